package docket

import (
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Stream names the entries of one thing: "claim/5f…", "round/demo/3".
// The part before the first slash says what sort of thing it is.
type Stream string

// Sort is the part before the first slash: "claim", "round", "actor" …
func (s Stream) Sort() string {
	sort, _, _ := strings.Cut(string(s), "/")
	return sort
}

// ID is what follows the sort: a claim's 32 hexadecimal digits, an actor's id.
func (s Stream) ID() string {
	_, id, _ := strings.Cut(string(s), "/")
	return id
}

// Version numbers the entries of a stream from 1, without gaps.
type Version int64

// Ref points at one entry, or at one row of an annex, by its place in its
// stream. Its text is "claim/5f…#3".
type Ref struct {
	Stream  Stream
	Version Version
}

// String is the ref as people and entries write it.
func (r Ref) String() string { return string(r.Stream) + "#" + strconv.FormatInt(int64(r.Version), 10) }

// MarshalText writes "stream#version".
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "stream#version".
func (r *Ref) UnmarshalText(text []byte) error {
	stream, version, ok := strings.Cut(string(text), "#")
	n, err := strconv.ParseInt(version, 10, 64)
	if !ok || err != nil || n < 1 || stream == "" {
		return fault.New(fault.Invalid, "docket.ref", "text", text)
	}
	*r = Ref{Stream(stream), Version(n)}
	return nil
}
