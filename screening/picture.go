package screening

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/openchancery/chancery/evidence"
)

// A picture is walked through by its own structure, to its end, and not decoded: that
// finds what is cut off, and what it says of its size, without a pixel in memory.

const (
	// mostPixels is the largest picture that any camera in use makes, and some.
	mostPixels = 260_000_000
	// plainPixels is what every viewer opens.
	plainPixels = 50_000_000
	// leastShare is how many pixels one byte of a large picture may stand for: a
	// photograph has about three, a drawing some dozens.
	leastShare = 300
)

// flood refuses a picture that would fill the memory of whoever opens it.
func (f *file) flood(width, height uint64) (*evidence.Finding, error) {
	if width == 0 || height == 0 || width > 1<<32 || height > 1<<32 {
		return f.bad()
	}
	pixels := width * height
	if pixels > mostPixels || pixels > plainPixels && pixels/leastShare > uint64(f.size) {
		return f.refuse(evidence.PixelFlood, "evidence.refused.pixel-flood", "width", width, "height", height)
	}
	return nil, nil
}

// jpeg walks the segments of a JPEG: each begins with its length, but for the
// entropy-coded data, which ends at the next marker.
func (f *file) jpeg() (*evidence.Finding, error) {
	r := bufio.NewReaderSize(f.whole(), 64<<10)
	if b, err := readN(r, 2); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return f.bad()
	}
	sized := false
	for marker, err := nextMarker(r, false); ; marker, err = nextMarker(r, marker == 0xda) {
		if err != nil {
			return f.cut(err)
		}
		switch {
		case marker == 0xd9 && sized:
			return nil, nil
		case marker == 0xd9:
			return f.bad()
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
			continue
		}
		b, err := readN(r, 2)
		if err != nil {
			return f.cut(err)
		}
		length := int(binary.BigEndian.Uint16(b)) - 2
		if length < 0 {
			return f.bad()
		}
		if frame := marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc; frame {
			if length < 6 {
				return f.bad()
			}
			head, err := readN(r, 5)
			if err != nil {
				return f.cut(err)
			}
			length -= 5
			sized = true
			if found, err := f.flood(uint64(binary.BigEndian.Uint16(head[3:])), uint64(binary.BigEndian.Uint16(head[1:]))); found != nil || err != nil {
				return found, err
			}
		}
		if _, err := r.Discard(length); err != nil {
			return f.cut(err)
		}
	}
}

// nextMarker is the next marker; within entropy-coded data a stuffed zero and a
// restart are none.
func nextMarker(r *bufio.Reader, coded bool) (byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != 0xff {
			if !coded {
				return 0, io.ErrUnexpectedEOF // what is between segments isn't a JPEG's
			}
			continue
		}
		for b == 0xff {
			if b, err = r.ReadByte(); err != nil {
				return 0, err
			}
		}
		if coded && (b == 0 || b >= 0xd0 && b <= 0xd7) {
			continue
		}
		if b == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		return b, nil
	}
}

// cut tells a file that ends too early from one that can't be read.
func (f *file) cut(err error) (*evidence.Finding, error) {
	if err == io.EOF || err == io.ErrUnexpectedEOF || err == bufio.ErrBufferFull {
		return f.bad()
	}
	return nil, err
}

func readN(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// png walks the chunks of a PNG and their sums.
func (f *file) png() (*evidence.Finding, error) {
	r := bufio.NewReaderSize(f.whole(), 64<<10)
	if b, err := readN(r, 8); err != nil || !bytes.Equal(b, []byte("\x89PNG\r\n\x1a\n")) {
		return f.bad()
	}
	for first, data := true, false; ; first = false {
		head, err := readN(r, 8)
		if err != nil {
			return f.cut(err)
		}
		length, kind := binary.BigEndian.Uint32(head), string(head[4:])
		if length > 1<<31-1 || first != (kind == "IHDR") {
			return f.bad()
		}
		sum := crc32.NewIEEE()
		_, _ = sum.Write(head[4:])
		if first {
			if length != 13 {
				return f.bad()
			}
			b, err := readN(r, 13)
			if err != nil {
				return f.cut(err)
			}
			_, _ = sum.Write(b)
			if found, err := f.flood(uint64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))); found != nil || err != nil {
				return found, err
			}
		} else if _, err := io.CopyN(sum, r, int64(length)); err != nil {
			return f.cut(err)
		}
		crc, err := readN(r, 4)
		if err != nil {
			return f.cut(err)
		}
		if binary.BigEndian.Uint32(crc) != sum.Sum32() {
			return f.bad()
		}
		if data = data || kind == "IDAT"; kind == "IEND" {
			if !data {
				return f.bad()
			}
			return nil, nil
		}
	}
}

// webp holds a WebP to the length that it says, and reads its size.
func (f *file) webp() (*evidence.Finding, error) {
	head, err := f.exactly(0, 30)
	if err != nil {
		return nil, err
	}
	if int64(binary.LittleEndian.Uint32(head[4:]))+8 > f.size {
		return f.bad()
	}
	switch b := head[20:]; string(head[12:16]) {
	case "VP8X":
		return f.flood(uint64(b[4])+uint64(b[5])<<8+uint64(b[6])<<16+1, uint64(b[7])+uint64(b[8])<<8+uint64(b[9])<<16+1)
	case "VP8L":
		bits := binary.LittleEndian.Uint32(b[1:])
		return f.flood(uint64(bits&0x3fff)+1, uint64(bits>>14&0x3fff)+1)
	case "VP8 ":
		return f.flood(uint64(binary.LittleEndian.Uint16(b[6:])&0x3fff), uint64(binary.LittleEndian.Uint16(b[8:])&0x3fff))
	}
	return f.bad()
}
