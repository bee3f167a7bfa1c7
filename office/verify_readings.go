package office

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// headedAt is a head of the reading log with the entry that says it.
type headedAt struct {
	readingsHeaded
	ref  docket.Ref
	leaf int64
}

// keepHead keeps what an entry says of the reading log's head.
func (c *check) keepHead(l store.LeafEntry) {
	at, err := readHead(l.Entry)
	if err != nil {
		c.v.find("verify.entry-unreadable", l.Ref, l.Number, err)
		return
	}
	c.headed = append(c.headed, headedAt{at, l.Ref, l.Number})
}

// readings walks the reading log: each line by itself, its place in the chain,
// and the lines between two heads in the docket from the one to the other. Who
// makes every hash anew from one line on to the end leaves the chain consistent
// with itself, and not with the heads.
func (c *check) readings() error {
	var previous, fromHead docket.Hash // of the line before: as it stands, and reckoned from the last head
	expected, proven := int64(1), int64(0)
	broken := false // since the last head, something was named
	name := func(code string, detail string) {
		broken = true
		c.v.find(code, docket.Ref{}, -1, detail)
	}
	for l, err := range c.r.Readings() {
		if err != nil {
			return err
		}
		c.v.Readings++
		gap := l.Number > expected
		if gap {
			name("verify.readings-missing", lines(expected, l.Number-1))
		}
		switch {
		case l.Number < 1 || !says(l):
			name("verify.reading-changed", lines(l.Number, l.Number))
		case !gap && l.Hash != docket.ReadingHash(previous, l.Line):
			// Its own bytes or hash, or the hash before it.
			name("verify.reading-changed", lines(max(l.Number-1, 1), l.Number))
		}
		previous, fromHead, expected = l.Hash, docket.ReadingHash(fromHead, l.Line), max(expected, l.Number+1)
		for len(c.headed) > 0 && c.headed[0].Size <= l.Number {
			at := c.headed[0]
			c.headed = c.headed[1:]
			if !broken && fromHead != at.Head {
				c.v.find("verify.readings-rewritten", at.ref, at.leaf, lines(proven+1, at.Size))
			}
			proven, fromHead, broken = at.Size, at.Head, false
		}
	}
	for _, at := range c.headed {
		if at.Size >= expected {
			c.v.find("verify.readings-missing", at.ref, at.leaf, lines(expected, at.Size))
			expected = at.Size + 1
		}
	}
	return nil
}

// lines names lines of the reading log.
func lines(from, to int64) string {
	if from == to {
		return fmt.Sprintf("line %d", from)
	}
	return fmt.Sprintf("lines %d to %d", from, to)
}

// says reports whether a line is canonical and says what stands beside it.
func says(l store.Reading) bool {
	var r Reading
	if json.Unmarshal(l.Line, &r) != nil {
		return false
	}
	again, err := r.line()
	return err == nil && bytes.Equal(again.Line, l.Line) &&
		again.Number == l.Number && again.Claim == l.Claim && again.Actor == l.Actor &&
		again.Day == l.Day && again.Person == l.Person && again.Alarm == l.Alarm
}
