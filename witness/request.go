package witness

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// The limits of a request. A proof in a tree of 2^62 leaves has no more lines
// than the protocol allows; sizes above that are nobody's, and the arithmetic
// of proofs ends there.
const (
	mostProof   = 63
	largestTree = 1 << 62
	mostBytes   = 128 << 10
)

// request is what is asked of a witness: to cosign a checkpoint that follows
// from the one of size old.
type request struct {
	old        int64
	proof      []docket.Hash
	checkpoint []byte
}

// text is the request's body, after C2SP tlog-witness.
func (r request) text() []byte {
	b := strconv.AppendInt([]byte("old "), r.old, 10)
	b = append(b, '\n')
	for _, h := range r.proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), r.checkpoint...)
}

// parseRequest reads a body.
func parseRequest(body []byte) (request, error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return request{}, fault.New(fault.Invalid, "witness.request-end")
	}
	lines := strings.Split(string(head), "\n")
	digits, ok := strings.CutPrefix(lines[0], "old ")
	r := request{checkpoint: checkpoint}
	if r.old, ok = parseSize(digits, ok); !ok {
		return request{}, fault.New(fault.Invalid, "witness.request-old")
	}
	if len(lines)-1 > mostProof {
		return request{}, fault.New(fault.Invalid, "witness.request-long", "lines", len(lines)-1, "most", mostProof)
	}
	for n, line := range lines[1:] {
		h, ok := parseHash(line)
		if !ok {
			return request{}, fault.New(fault.Invalid, "witness.request-proof", "line", n+2)
		}
		r.proof = append(r.proof, h)
	}
	return r, nil
}

// checkpoint is what a checkpoint's text says.
type checkpoint struct {
	origin string
	size   int64
	root   docket.Hash
}

// parseCheckpoint reads a checkpoint's text (C2SP tlog-checkpoint). Lines after
// the third are the log's own affair.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" || lines[len(lines)-1] != "" {
		return checkpoint{}, fault.New(fault.Invalid, "witness.checkpoint-form")
	}
	size, okSize := parseSize(lines[1], true)
	root, okRoot := parseHash(lines[2])
	for _, extension := range lines[3 : len(lines)-1] {
		okRoot = okRoot && extension != ""
	}
	if !okSize || !okRoot {
		return checkpoint{}, fault.New(fault.Invalid, "witness.checkpoint-form")
	}
	return checkpoint{lines[0], size, root}, nil
}

// parseSize reads a tree's size: one number has one text.
func parseSize(digits string, so bool) (int64, bool) {
	size, err := strconv.ParseInt(digits, 10, 64)
	return size, so && err == nil && size >= 0 && size <= largestTree && digits == strconv.FormatInt(size, 10)
}

// parseHash reads a hash in base64: one hash has one text.
func parseHash(text string) (docket.Hash, bool) {
	var h docket.Hash
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	// The decoder passes over newlines, and a carriage return is one to it.
	return h, err == nil && copy(h[:], raw) == len(h) && len(raw) == len(h) && len(text) == base64.StdEncoding.EncodedLen(len(h))
}
