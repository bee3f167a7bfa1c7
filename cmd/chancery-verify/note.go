package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The types of signature that the page names.
const (
	typeLog     = 1 // Ed25519
	typeWitness = 4 // cosignature/v1
)

// key is a verifier key with its text; it verifies signatures of its type.
type key struct {
	text   string
	name   string
	id     uint32
	kind   byte
	public ed25519.PublicKey
}

// Name is the key's name.
func (k key) Name() string { return k.name }

// KeyHash is the key's id.
func (k key) KeyHash() uint32 { return k.id }

// Verify says whether sig is this key's under the text.
func (k key) Verify(text, sig []byte) bool {
	if k.kind == typeLog {
		return ed25519.Verify(k.public, text, sig)
	}
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(k.public, append([]byte(head), text...), sig[8:])
}

// parseKey reads NAME+HHHHHHHH+BASE64. The id in it is a checksum over name
// and key, so that a slip of the pen is found.
func parseKey(text string, kind byte) (key, error) {
	name, rest, _ := strings.Cut(text, "+")
	id, encoded, ok := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	number, errID := strconv.ParseUint(id, 16, 32)
	if !ok || err != nil || errID != nil || len(id) != 8 || name == "" || len(raw) != 1+ed25519.PublicKeySize {
		return key{}, errors.New("a key reads NAME+8 hexadecimal digits+BASE64")
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(number) {
		return key{}, errors.New("a character of the key is wrong: its checksum doesn't fit")
	}
	if raw[0] != kind {
		return key{}, fmt.Errorf("it is a key of type %d, and type %d is needed here (1: a log's, 4: a witness's)", raw[0], kind)
	}
	return key{text: text, name: name, id: uint32(number), kind: kind, public: raw[1:]}, nil
}

// givenKeys reads keys from a command line: each is a key, or a file of keys.
func givenKeys(flag string, given []string, kind byte) ([]key, error) {
	var keys []key
	for _, g := range given {
		text := g
		if !strings.Contains(g, "+") || fileThere(g) {
			raw, err := readFile(g, 1<<16)
			if err != nil {
				return nil, useWrong("%s %.200q is neither a key (NAME+8 digits+BASE64) nor a file that can be read: %v", flag, g, err)
			}
			text = string(raw)
		}
		if strings.TrimSpace(text) == "" {
			return nil, useWrong("%s %.200q holds no key", flag, g)
		}
		for line := range strings.FieldsSeq(text) {
			k, err := parseKey(line, kind)
			if err != nil {
				return nil, useWrong("%s %.200q: %v", flag, line, err)
			}
			keys = append(keys, k)
		}
	}
	return keys, nil
}

func fileThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// openFile opens a file, or says in words why it can't be.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileTrouble(err)
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(fileTrouble(errors.Join(err, syscall.EISDIR)), f.Close())
	}
	return f, nil
}

// fileTrouble says what to do about a file that can't be opened or written.
func fileTrouble(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file or folder; check the path")
	case errors.Is(err, syscall.EISDIR):
		return errors.New("it is a folder; name a file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("this user may not; change its permissions, or name another")
	}
	return err
}

// readFile reads a file of at most so many bytes.
func readFile(path string, most int64) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		err = tooLarge(most)
	}
	return raw, err
}

// mostNote bounds a signed note.
const mostNote = 1 << 20

// openNote is the text of a note that the key has signed. Signatures of others
// don't count here; the lines that carry them must still be well formed.
func openNote(where, signed string, by key) (string, *problem) {
	malformed := wrong(where, "it is not a signed note").meaning("Nothing can be concluded from it", "Ask for the file again")
	if len(signed) > mostNote || !strictSignatures(signed) {
		return "", malformed
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(by))
	if bad, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return "", wrong(where, "the signature in the name of %s does not fit the text", bad.Name).
			meaning("Text or signature was altered after signing, or somebody else signed", "Don't rely on it; get it again from the log itself")
	}
	if other, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return "", wrong(where, "it is not signed by %s", by.text).
			meaning("It says "+quoteSigners(other.Note)+"; whoever made it, the log whose key you gave did not sign it", "Compare the key with the one that the log's operator publishes")
	}
	if err != nil {
		return "", malformed
	}
	return opened.Text, nil
}

func quoteSigners(n *note.Note) string {
	var names []string
	for _, s := range n.UnverifiedSigs {
		names = append(names, fmt.Sprintf("%.100q with key id %08x", s.Name, s.Hash))
	}
	return "to be signed by " + strings.Join(names, ", ")
}

// strictSignatures refuses a signature whose base64 could be written otherwise:
// one note has one text.
func strictSignatures(signed string) bool {
	end := strings.LastIndex(signed, "\n\n")
	if end < 0 {
		return false
	}
	for line := range strings.Lines(signed[end+2:]) {
		encoded := line[strings.LastIndexByte(line, ' ')+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(encoded, "\n")); err != nil {
			return false
		}
	}
	return true
}

// checkpoint is a log's signed word on its tree.
type checkpoint struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   hash   `json:"root"`
	note   string
	by     key
}

// decimal reads a number as the page writes them: no sign, no leading zeroes,
// and no more than 2^53.
func decimal(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= 1<<53 && strconv.FormatInt(n, 10) == text
}

// openCheckpoint reads a checkpoint that the key must have signed, of the
// epoch that the key is for.
func openCheckpoint(where, signed string, by key) (checkpoint, *problem) {
	text, p := openNote(where, signed, by)
	if p != nil {
		return checkpoint{}, p
	}
	c, ok := parseCheckpoint(text)
	switch {
	case !ok:
		return c, wrong(where, "the text is signed and is not a checkpoint: three lines with the log's name, the number of entries and the root").
			meaning("It is some other text of this log", "Ask for the checkpoint")
	case c.Origin != by.name:
		return c, wrong(where, "it is of the log %.200q, and the key is for %q", c.Origin, by.name).
			meaning("It says nothing of the log that you asked about", "Give the key of that log")
	}
	c.note, c.by = signed, by
	return c, nil
}

func parseCheckpoint(text string) (c checkpoint, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return c, false
	}
	c.Origin = lines[0]
	c.Size, ok = decimal(lines[1])
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, false
	}
	c.Root = hash(root)
	return c, ok
}

// cosigned is when the witness countersigned the note.
func cosigned(where, signed string, witness key) (time.Time, *problem) {
	if _, p := openNote(where, signed, witness); p != nil {
		return time.Time{}, p.meaning("The witness has not vouched for this checkpoint", "Ask for a newer one, or leave this witness out and say so")
	}
	for line := range strings.Lines(signed[strings.LastIndex(signed, "\n\n")+2:]) {
		name, encoded, _ := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err == nil && name == witness.name && len(raw) == 4+8+ed25519.SignatureSize && binary.BigEndian.Uint32(raw) == witness.id {
			return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), nil
		}
	}
	return time.Time{}, wrong(where, "no cosignature of %s", witness.name) // openNote found one
}

// witnessed is a witness's countersignature.
type witnessed struct {
	Witness string    `json:"witness"`
	At      time.Time `json:"at"`
}

// allWitnessed wants the countersignature of each witness that was named.
func allWitnessed(where, signed string, witnesses []key) (list []witnessed, _ *problem) {
	for _, w := range witnesses {
		at, p := cosigned(where, signed, w)
		if p != nil {
			return nil, p
		}
		list = append(list, witnessed{w.name, at})
	}
	return list, nil
}
