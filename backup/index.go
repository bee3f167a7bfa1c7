package backup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// The index has a record for each blob, in the order of the blobs' key: the
// first four bytes of the claim's id, a keyed hash of the whole row, and the
// place in List.Blobs of the part that it lies in. A claim's id is random, so
// that those four bytes tell nothing, and put together the few blobs that must
// be held in memory to compare one backup with the next.
const (
	bucketSize = 4
	tagSize    = 16
	recordSize = bucketSize + tagSize + 4
)

type (
	bucket [bucketSize]byte
	rowTag [tagSize]byte
)

// indexed is one record.
type indexed struct {
	bucket bucket
	tag    rowTag
	part   uint32
}

// bucketOf is that of a row of blobs, whose first column is the claim's id.
func bucketOf(row []any) (b bucket) {
	id, _ := row[0].(string)
	copy(b[:], id)
	return b
}

func (r indexed) appendTo(b []byte) []byte {
	b = append(append(b, r.bucket[:]...), r.tag[:]...)
	return binary.BigEndian.AppendUint32(b, r.part)
}

// indexReader reads records one bucket at a time.
type indexReader struct {
	from *bufio.Reader
	next *indexed // read and not given yet
}

// readIndex reads an index; nil is one without records.
func readIndex(r io.Reader) *indexReader {
	if r == nil {
		return &indexReader{}
	}
	return &indexReader{from: bufio.NewReaderSize(r, 1<<20)}
}

// one is the next record; false after the last.
func (x *indexReader) one() (r indexed, ok bool, err error) {
	if x.next != nil {
		r, x.next = *x.next, nil
		return r, true, nil
	}
	if x.from == nil {
		return r, false, nil
	}
	var raw [recordSize]byte
	if _, err := io.ReadFull(x.from, raw[:]); errors.Is(err, io.EOF) {
		return r, false, nil
	} else if err != nil {
		return r, false, err
	}
	copy(r.bucket[:], raw[:])
	copy(r.tag[:], raw[bucketSize:])
	r.part = binary.BigEndian.Uint32(raw[bucketSize+tagSize:])
	return r, true, nil
}

// upTo gives the records before a bucket to passed, and those of the bucket
// itself by their tags.
func (x *indexReader) upTo(b bucket, passed func(indexed)) (map[rowTag]uint32, error) {
	held := map[rowTag]uint32{}
	for {
		r, ok, err := x.one()
		if err != nil || !ok {
			return held, err
		}
		switch c := compareBuckets(r.bucket, b); {
		case c < 0:
			passed(r)
		case c == 0:
			held[r.tag] = r.part
		default:
			x.next = &r
			return held, nil
		}
	}
}

func compareBuckets(a, b bucket) int {
	x, y := binary.BigEndian.Uint32(a[:]), binary.BigEndian.Uint32(b[:])
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
