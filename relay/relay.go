// Package relay carries a command from the process in which somebody gave it
// to the process that owns the installation, and the answer back, over a local
// socket in the data directory. What is carried is the command itself: its
// words, the folder that its relative paths are of, its three streams, and the
// wish to end it. The package knows no command and no installation.
//
// Both ends belong to the same user of the machine, which each holds against
// the other by what the kernel says of its peer; and to the same build of the
// program, since a command of another version may mean something else.
//
// On the wire each message is a letter, its length in four bytes, and its
// content. The first one is the order, as JSON; all that follows is bytes of a
// stream or nothing.
package relay

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/openchancery/chancery/fault"
)

// Terminals says which of the asker's streams are a terminal.
type Terminals struct {
	In  bool `json:"in"`
	Err bool `json:"err"`
}

// Order is a command as somebody gave it.
type Order struct {
	Build       string            `json:"build"`  // of the program that asks
	Args        []string          `json:"args"`   // without the program's name
	Folder      string            `json:"folder"` // the working directory
	Environment map[string]string `json:"environment,omitempty"`
	Terminals   Terminals         `json:"terminals"`
}

// The letters of messages.
const (
	// From who asks.
	ordered   = 'O' // the order
	given     = 'I' // some of standard input
	inputEnds = 'E'
	cancelled = 'C' // end it in good order

	// From the owner.
	refused = 'N' // a reason, and no more
	wanted  = 'R' // some of standard input is wanted
	printed = 'o' // some of standard output
	told    = 'e' // some of standard error
	ended   = 'X' // the exit code, one byte
)

// The reasons for which an order is refused.
const (
	otherBuild = "build"
	ending     = "ending"
)

const (
	longestOrder = 1 << 20
	longestPart  = 32 << 10 // of a stream, in one message
)

// wire is one end of a connection. Several may send.
type wire struct {
	from io.Reader
	to   io.Writer

	sending sync.Mutex
}

// send sends one message.
func (w *wire) send(letter byte, content []byte) error {
	text := make([]byte, 5, 5+len(content))
	text[0] = letter
	binary.BigEndian.PutUint32(text[1:], uint32(len(content)))
	w.sending.Lock()
	defer w.sending.Unlock()
	_, err := w.to.Write(append(text, content...))
	return err
}

// receive waits for the next message.
func (w *wire) receive(longest uint32) (letter byte, content []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(w.from, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > longest {
		return 0, nil, fault.New(fault.Invalid, "relay.message-too-long", "bytes", size)
	}
	content = make([]byte, size)
	_, err = io.ReadFull(w.from, content)
	return head[0], content, err
}

// stream is one of the two ways out, in messages.
type stream struct {
	wire   *wire
	letter byte
}

// Write sends all of p.
func (s stream) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), longestPart)]
		if err := s.wire.send(s.letter, part); err != nil {
			return n, err
		}
		n, p = n+len(part), p[len(part):]
	}
	return n, nil
}
