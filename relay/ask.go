package relay

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/openchancery/chancery/fault"
)

// Ask has the owner carry the order out, and answers its exit code. in is read
// when the command asks for it and no sooner. When ctx ends, the command is
// asked to end in good order, and its answer is waited for. Where the owner
// ends before it has answered, nobody knows what was done (relay.lost).
//
// What out and errs refuse is not waited for: it is the first error of theirs
// that counts, and the command goes on.
func (c *Conn) Ask(ctx context.Context, o Order, in io.Reader, out, errs io.Writer) (code int, err error) {
	w := &wire{from: c.socket, to: c.socket}
	order, err := json.Marshal(o)
	if err != nil {
		return 0, err
	}
	if len(order) > longestOrder {
		return 0, fault.New(fault.Invalid, "relay.message-too-long", "bytes", len(order))
	}
	// An owner that refuses may have hung up by then; it has said why.
	_ = w.send(ordered, order)
	defer context.AfterFunc(ctx, func() { _ = w.send(cancelled, nil) })()
	wants := make(chan struct{}, 1)
	defer close(wants)
	go feed(w, in, wants)
	var broken error
	for {
		letter, content, err := w.receive(longestPart)
		if err != nil {
			return 0, errors.Join(fault.New(fault.Conflict, "relay.lost"), broken)
		}
		switch letter {
		case refused:
			return 0, refusal(string(content))
		case wanted:
			wants <- struct{}{} // it asks again only when it was given some
		case printed:
			broken = passOn(out, content, broken)
		case told:
			broken = passOn(errs, content, broken)
		case ended:
			if len(content) != 1 {
				return 0, fault.New(fault.Conflict, "relay.lost")
			}
			return int(content[0]), broken
		}
	}
}

func passOn(to io.Writer, content []byte, broken error) error {
	if broken != nil {
		return broken
	}
	_, err := to.Write(content)
	return err
}

// feed sends some of in each time that it is wanted. It ends when nothing more
// is, or with the program: a read of a terminal is ended by nothing else.
func feed(w *wire, in io.Reader, wants <-chan struct{}) {
	part := make([]byte, longestPart)
	for range wants {
		n, err := in.Read(part)
		if n > 0 {
			_ = w.send(given, part[:n]) // an owner that is gone is noticed where its answer is awaited
			if err == nil {
				continue
			}
		}
		if n == 0 && err == nil {
			_ = w.send(given, nil)
			continue
		}
		_ = w.send(inputEnds, nil)
		return
	}
}

func refusal(reason string) error {
	if reason == otherBuild {
		return fault.New(fault.Conflict, "relay.other-build")
	}
	return fault.New(fault.Conflict, "relay.unreachable")
}
