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

// LongestStream bounds a stream's name, so that every entry's place fits into
// a leaf's record outside the database.
const LongestStream = 128

// check refuses a name that could be read otherwise where it is written beside
// other things.
func (s Stream) check() error {
	if s == "" || len(s) > LongestStream || !plain(string(s), "-_./") {
		return fault.New(fault.Invalid, "docket.stream-form", "stream", s, "most", LongestStream)
	}
	return nil
}

// IsCode reports whether a text can stand in an entry as a code: up to 64
// letters and digits of ASCII with - _ . between. Where a code is asked for,
// words could bring in what must never be in the docket: somebody's name.
func IsCode(text string) bool {
	return text != "" && len(text) <= 64 && plain(text, "-_.")
}

func plain(text, besides string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(besides, c) < 0 {
			return false
		}
	}
	return true
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

// UnmarshalText reads "stream#version", as MarshalText writes it.
func (r *Ref) UnmarshalText(text []byte) error {
	stream, version, _ := strings.Cut(string(text), "#")
	n, err := strconv.ParseInt(version, 10, 64)
	read := Ref{Stream(stream), Version(n)}
	if err != nil || n < 1 || stream == "" || read.String() != string(text) {
		return fault.New(fault.Invalid, "docket.ref", "text", string(text))
	}
	*r = read
	return nil
}
