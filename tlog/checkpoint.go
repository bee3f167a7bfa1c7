package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// checkpointFile is the name under which the newest checkpoint is published.
const checkpointFile = "checkpoint"

// Checkpoint is a signed head of the published tree. The zero value stands for
// a log of which nothing is published yet.
type Checkpoint struct {
	Size int64
	Root docket.Hash
	Note []byte // as it was signed, with every cosignature
}

// checkpointText is the text that is signed.
func checkpointText(origin string, size int64, root docket.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
}

// ParseCheckpoint reads a checkpoint that this key's holder has signed, of the
// log that is called as the key is. Cosignatures are left for others to check.
// In what it refuses it names the place where the checkpoint was.
func ParseCheckpoint(signed []byte, key note.Verifier, place string) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(key))
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		origin, _, _ := strings.Cut(unverified.Note.Text, "\n")
		return Checkpoint{}, fault.New(fault.Unsound, "tlog.checkpoint-foreign", "file", place, "key", keyName(key), "origin", strconv.Quote(origin))
	}
	if err != nil {
		return Checkpoint{}, fault.New(fault.Unsound, "tlog.checkpoint-form", "file", place, "why", err)
	}
	for _, s := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		// One note has one text: bits that say nothing must be as they were written.
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fault.New(fault.Unsound, "tlog.checkpoint-form", "file", place, "why", "a signature is not written as it must be")
		}
	}
	c, ok := parseText(n.Text)
	if origin, _, _ := strings.Cut(n.Text, "\n"); origin != key.Name() {
		return Checkpoint{}, fault.New(fault.Unsound, "tlog.checkpoint-foreign", "file", place, "key", keyName(key), "origin", strconv.Quote(origin))
	}
	if !ok {
		return Checkpoint{}, fault.New(fault.Unsound, "tlog.checkpoint-form", "file", place, "why", "its three lines are not written as they must be")
	}
	c.Note = signed
	return c, nil
}

// parseText reads origin, size and root, where they are written as they must be.
func parseText(text string) (c Checkpoint, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return c, false
	}
	c.Size, _ = strconv.ParseInt(lines[1], 10, 64)
	root, _ := base64.StdEncoding.DecodeString(lines[2])
	copy(c.Root[:], root)
	return c, c.Size >= 1 && checkpointText(lines[0], c.Size, c.Root) == text
}

// keyName is how a verifier key begins: "NAME+HHHHHHHH".
func keyName(key note.Verifier) string { return fmt.Sprintf("%s+%08x", key.Name(), key.KeyHash()) }
