package screening

import (
	"bytes"
	"encoding/binary"

	"github.com/openchancery/chancery/evidence"
)

// HEIC, MP4, MOV and M4A are made of boxes: a length, a name of four letters, and what
// is in it. They are walked by their lengths, so that what is cut off shows.

// box is one of them.
type box struct {
	name string
	at   int64 // of what is in it
	size int64
}

// mostBoxes bounds how many are walked in one file, at any depth.
const mostBoxes = 20_000

// boxes walks the boxes between two places. One that goes past the end is errShort.
func (f *file) boxes(from, to int64, left *int, visit func(box) error) error {
	for from < to {
		if *left--; *left < 0 {
			return errShort
		}
		if err := f.ctx.Err(); err != nil {
			return err
		}
		head, err := f.at(from, 16)
		if err != nil {
			return err
		}
		if len(head) < 8 {
			return errShort
		}
		size, skip := int64(binary.BigEndian.Uint32(head)), int64(8)
		switch {
		case size == 0: // to the end
			size = to - from
		case size == 1 && len(head) == 16:
			wide := binary.BigEndian.Uint64(head[8:])
			if wide > 1<<62 {
				return errShort
			}
			size, skip = int64(wide), 16
		}
		if size < skip || size > to-from {
			return errShort
		}
		if err := visit(box{string(head[4:8]), from + skip, size - skip}); err != nil {
			return err
		}
		from += size
	}
	return nil
}

// movie holds a film or a recording to its boxes: an index and what it is of.
func (f *file) movie() (*evidence.Finding, error) {
	left, index, data := mostBoxes, false, false
	err := f.boxes(0, f.size, &left, func(b box) error {
		index, data = index || b.name == "moov", data || b.name == "mdat"
		return nil
	})
	if err == nil && (!index || !data) {
		return f.bad()
	}
	return nil, err
}

// heic holds a HEIC to its boxes, and adds up the sizes of its pictures.
func (f *file) heic() (*evidence.Finding, error) {
	left, meta := mostBoxes, box{}
	err := f.boxes(0, f.size, &left, func(b box) error {
		if b.name == "meta" {
			meta = b
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if meta.name == "" || meta.size < 4 {
		return f.bad()
	}
	var found *evidence.Finding
	seen := false
	var visit func(box) error
	visit = func(b box) error {
		switch b.name {
		case "iprp", "ipco":
			return f.boxes(b.at, b.at+b.size, &left, visit)
		case "ispe":
			size, err := f.exactly(b.at, 12)
			if err != nil || found != nil {
				return err
			}
			seen = true
			found, err = f.flood(uint64(binary.BigEndian.Uint32(size[4:])), uint64(binary.BigEndian.Uint32(size[8:])))
			return err
		}
		return nil
	}
	if err := f.boxes(meta.at+4, meta.at+meta.size, &left, visit); err != nil || found != nil {
		return found, err
	}
	if !seen {
		return f.bad()
	}
	return nil, nil
}

// sound looks for the first frame of an MP3, behind what players keep before it.
func (f *file) sound() (*evidence.Finding, error) {
	at := int64(0)
	if bytes.HasPrefix(f.head, []byte("ID3")) && len(f.head) > 10 {
		size := int64(f.head[6]&0x7f)<<21 | int64(f.head[7]&0x7f)<<14 | int64(f.head[8]&0x7f)<<7 | int64(f.head[9]&0x7f)
		at = 10 + size
	}
	frames, err := f.at(at, headSize)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(frames); i++ {
		if frames[i] == 0xff && frames[i+1]&0xe0 == 0xe0 && frames[i+1]&0x18 != 0x08 && frames[i+1]&0x06 != 0 {
			return nil, nil
		}
	}
	return f.bad()
}
