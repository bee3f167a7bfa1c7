package tlog

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"strconv"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// recordSize is the length of a leaf's record, chosen so that any place in the
// docket fits: 16 digits of number, 64 of hash, a stream of
// docket.LongestStream, 16 digits of version.
const recordSize = 256

// A sum of four bytes tells a damaged file from a forged one: verify would
// otherwise blame the entry for a bit that fell over on the disk. It guards
// against accidents only; against people there are root and docket.
const sumDigits = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendSum(b, of []byte) []byte {
	sum := crc32.Checksum(of, castagnoli)
	return hex.AppendEncode(b, []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// body is the record without sum and newline.
const body = recordSize - sumDigits - 1

func appendRecord(b []byte, leaf docket.TreeLeaf) ([]byte, error) {
	begin := len(b)
	b = strconv.AppendInt(b, leaf.Number, 10)
	b = append(b, ' ')
	b = hex.AppendEncode(b, leaf.Hash[:])
	b = append(b, ' ')
	b = append(b, leaf.Ref.Stream...)
	b = append(b, '#')
	b = strconv.AppendInt(b, int64(leaf.Ref.Version), 10)
	if len(b)-begin >= body {
		return nil, fault.New(fault.Invalid, "tlog.leaf-long", "leaf", leaf.Number)
	}
	for len(b)-begin < body {
		b = append(b, ' ')
	}
	b = appendSum(b, b[begin:])
	return append(b, '\n'), nil
}

// parseRecord reads the record of leaf n. Every byte of it counts: spaces, sum
// and newline too.
func parseRecord(record []byte, n int64) (docket.TreeLeaf, error) {
	leaf := docket.TreeLeaf{Number: n}
	if !readRecord(record, &leaf) {
		return docket.TreeLeaf{Number: n}, fault.New(fault.Unsound, "tlog.leaf-unreadable", "leaf", n)
	}
	return leaf, nil
}

func readRecord(record []byte, leaf *docket.TreeLeaf) bool {
	var sum [sumDigits + 1]byte
	if len(record) != recordSize || !bytes.Equal(record[body:], append(appendSum(sum[:0], record[:body]), '\n')) {
		return false
	}
	var digits [20]byte
	number, rest, _ := bytes.Cut(record[:body], []byte{' '})
	hash, rest, _ := bytes.Cut(rest, []byte{' '})
	return bytes.Equal(number, strconv.AppendInt(digits[:0], leaf.Number, 10)) &&
		leaf.Hash.UnmarshalText(hash) == nil && leaf.Ref.UnmarshalText(bytes.TrimRight(rest, " ")) == nil
}

// headLine is one line of the heads file. Its sum follows as a last member,
// over the bytes before it.
type headLine struct {
	docket.TreeHead
	Subtrees []docket.Hash `json:"subtrees"`
}

const (
	sumMember = `,"crc32c":"`
	sumEnd    = "\"}\n"
)

func (h headLine) text() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	text = text[:len(text)-1] // the closing brace comes after the sum
	return append(appendSum(append(text, sumMember...), text), sumEnd...), nil
}

// parseHead reads a whole line, newline included.
func parseHead(line []byte, file string) (headLine, error) {
	var h headLine
	at := len(line) - len(sumMember) - sumDigits - len(sumEnd)
	if at < 0 {
		return h, fault.New(fault.Unsound, "tlog.head-unreadable", "file", file, "why", "cut short")
	}
	want := append(appendSum([]byte(sumMember), line[:at]), sumEnd...)
	if !bytes.Equal(line[at:], want) {
		return h, fault.New(fault.Unsound, "tlog.head-unreadable", "file", file, "why", "its sum differs")
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, fault.New(fault.Unsound, "tlog.head-unreadable", "file", file, "why", err)
	}
	return h, nil
}
