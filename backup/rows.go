package backup

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A row in a part is its values one after another, in the order of the table's
// columns. A value is a byte that tells its type, and then
//
//	0   a signed varint
//	1   a length as a varint, and so many bytes: a string
//	2   the same: bytes
const (
	typeInt = iota
	typeString
	typeBytes
)

var errRow = errors.New("not a row")

// appendRow appends a row as it stands in a part.
func appendRow(to []byte, row []any) ([]byte, error) {
	for _, v := range row {
		switch v := v.(type) {
		case int64:
			to = binary.AppendVarint(append(to, typeInt), v)
		case string:
			to = binary.AppendUvarint(append(to, typeString), uint64(len(v)))
			to = append(to, v...)
		case []byte:
			to = binary.AppendUvarint(append(to, typeBytes), uint64(len(v)))
			to = append(to, v...)
		default:
			return nil, errRow
		}
	}
	return to, nil
}

// takeRow takes a row of so many columns off the front of text. Its bytes are
// those of text.
func takeRow(text []byte, columns int) (row []any, rest []byte, err error) {
	row = make([]any, columns)
	for i := range row {
		if len(text) == 0 {
			return nil, nil, errRow
		}
		kind := text[0]
		text = text[1:]
		if kind == typeInt {
			v, n := binary.Varint(text)
			if n <= 0 {
				return nil, nil, errRow
			}
			row[i], text = v, text[n:]
			continue
		}
		length, n := binary.Uvarint(text)
		if n <= 0 || length > uint64(len(text)-n) {
			return nil, nil, errRow
		}
		raw := text[n : n+int(length) : n+int(length)]
		text = text[n+int(length):]
		switch kind {
		case typeString:
			row[i] = string(raw)
		case typeBytes:
			row[i] = raw
		default:
			return nil, nil, errRow
		}
	}
	return row, text, nil
}

// The lengths of parts before they are sealed. The middle one is what they come
// to on average.
const (
	leastOfPart  = 512 << 10
	middleOfPart = 2 << 20
	mostOfPart   = 8 << 20
)

var cutting = crc32.MakeTable(crc32.Castagnoli)

// ends reports whether a part that has come to so many bytes ends with this row.
// It hangs on the row's own bytes: the same rows are cut at the same places
// whatever stands before them.
func ends(bytes int, row []byte) bool {
	if bytes >= mostOfPart {
		return true
	}
	chance := uint32(max(1, middleOfPart/max(1, len(row))))
	return bytes >= leastOfPart && crc32.Checksum(row, cutting)%chance == 0
}

// readAtMost reads all of r, which must not be more than most bytes.
func readAtMost(r io.Reader, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(content)) > most {
		err = errRow
	}
	return content, err
}
