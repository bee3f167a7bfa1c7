package relay

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Errand is an order while it is carried out. In, Out and Err are those of who
// asked; each may be used until the errand is done.
type Errand struct {
	Order
	In       io.Reader
	Out, Err io.Writer
}

// Server carries orders out, many at once.
type Server struct {
	Build string // refuses orders of another one
	// Do carries one out and answers its exit code. Its context ends when who
	// asked wishes so or is gone, or when the server's patience does.
	Do func(context.Context, Errand) int
	// Say is told of a connection that failed by our own fault, and once that
	// none can be taken for a while.
	Say func(error)
	// Finish is how long commands under way may take to end by themselves when
	// the server is to end. Then they are asked to end in good order, and End
	// later their connections are closed: nobody who asked holds them up. For
	// what holds a command up beyond that, it is waited as long again, and a
	// second.
	Finish, End time.Duration
	// Patience is how long who asked may leave lying what is printed; one who
	// stands still that long counts as gone. Zero is the usual time.
	Patience time.Duration
}

// usualPatience is that of a server that names none. A command may hold what
// others wait for while it prints.
const usualPatience = 10 * time.Second

// patient is the way to who asked, whom it takes for gone when they take
// nothing for too long.
type patient struct {
	*net.UnixConn
	within time.Duration
}

// Write hangs up where it can't write all of p in time.
func (p patient) Write(text []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(p.within)) // else it waits longer
	n, err := p.UnixConn.Write(text)
	if err != nil {
		_ = p.Close() // half a message is on its way: nothing more can follow
	}
	return n, err
}

// mostAtOnce bounds the orders that are carried out at once; further ones wait.
const mostAtOnce = 256

// orderWithin is how long a peer may take to say what it wants.
const orderWithin = 10 * time.Second

// Serve takes orders until ctx ends, lets those under way end within the
// server's bounds, and closes the listener. Where no more orders can be taken
// those under way end in the same order, and that is the error. A command that
// doesn't end is an error too (relay.stuck): it goes on with the process.
func (s *Server) Serve(ctx context.Context, l *Listener) error {
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var all sync.WaitGroup
	var open connections
	taking := make(chan error, 1)
	go func() {
		taking <- s.take(ctx, l, func(c *net.UnixConn, done func()) {
			open.add(c)
			all.Go(func() {
				defer func() { open.remove(c); done() }()
				if err := s.answer(work, c); err != nil {
					s.say(err)
				}
			})
		})
	}()
	var err error
	select {
	case err = <-taking:
		err = errors.Join(err, l.Close())
	case <-ctx.Done():
		err = l.Close()
		<-taking // what it took last is counted
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	if doneWithin(done, s.Finish) {
		return err
	}
	stop(fault.New(fault.Conflict, "relay.ended"))
	if doneWithin(done, s.End) {
		return err
	}
	open.closeAll()
	if !doneWithin(done, s.End+time.Second) {
		err = errors.Join(err, fault.New(fault.Conflict, "relay.stuck"))
	}
	return err
}

// take takes connections until ctx ends or the listener is closed. What the
// machine is short of for a while is waited for.
func (s *Server) take(ctx context.Context, l *Listener, each func(c *net.UnixConn, done func())) error {
	room := make(chan struct{}, mostAtOnce)
	short := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case room <- struct{}{}:
		}
		c, err := l.socket.AcceptUnix()
		switch {
		case err == nil:
			short = false
			each(c, func() { <-room })
			continue
		case ctx.Err() != nil:
			return nil
		case !passing(err):
			return fmt.Errorf("take orders: %w", err)
		}
		<-room
		if !short {
			short = true
			s.say(fmt.Errorf("take orders: %w", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(untilAgain):
		}
	}
}

// untilAgain is the pause before the next try, where the machine was short of
// something.
const untilAgain = 100 * time.Millisecond

// passing reports whether a connection could not be taken for a reason that
// passes by itself.
func passing(err error) bool {
	for _, reason := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR, syscall.EAGAIN,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

func (s *Server) say(err error) {
	if s.Say != nil {
		s.Say(err)
	}
}

// doneWithin waits until done, or for so long.
func doneWithin(done <-chan struct{}, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// connections are those that are open.
type connections struct {
	mu   sync.Mutex
	open map[*net.UnixConn]bool // owned by mu
}

func (s *connections) add(c *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*net.UnixConn]bool{}
	}
	s.open[c] = true
}

func (s *connections) remove(c *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	_ = c.Close() // it may be closed already
}

func (s *connections) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.Close()
	}
}

// answer takes one order and carries it out.
func (s *Server) answer(ctx context.Context, c *net.UnixConn) error {
	if err := sameUser(c); err != nil {
		return err
	}
	w := &wire{from: c, to: patient{c, cmp.Or(s.Patience, usualPatience)}}
	_ = c.SetReadDeadline(time.Now().Add(orderWithin))
	letter, text, err := w.receive(longestOrder)
	if err != nil {
		return nil // somebody looked whether there is anybody
	}
	_ = c.SetReadDeadline(time.Time{})
	var o Order
	if letter != ordered || json.Unmarshal(text, &o) != nil || o.Build != s.Build {
		return w.send(refused, []byte(otherBuild))
	}
	if ctx.Err() != nil {
		return w.send(refused, []byte(ending))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := &input{wire: w, parts: make(chan []byte, 1), ended: ctx.Done()}
	go listen(w, in, cancel)
	code, err := s.do(ctx, Errand{o, in, stream{w, printed}, stream{w, told}})
	// Who asked may be gone, and then nobody is to be told.
	_ = w.send(ended, []byte{byte(code)})
	return err
}

// do carries an order out. A command that panics ends as it would in a process
// of its own, but for those beside it: they go on.
func (s *Server) do(ctx context.Context, e Errand) (code int, err error) {
	defer func() {
		if p := recover(); p != nil {
			code, err = 2, fmt.Errorf("a command panicked: %v\n%s", p, debug.Stack())
			fmt.Fprintf(e.Err, "panic: %v\n", p)
		}
	}()
	return s.Do(ctx, e), nil
}

// listen hears what who asked has to say meanwhile. One who is gone has the
// command ended.
func listen(w *wire, in *input, cancel context.CancelCauseFunc) {
	defer close(in.parts)
	for {
		letter, content, err := w.receive(longestPart)
		switch {
		case err != nil:
			cancel(context.Canceled)
			return
		case letter == cancelled:
			cancel(context.Canceled)
		case letter == given && in.take(content), letter == inputEnds && in.take(nil):
		default:
			cancel(fault.New(fault.Invalid, "relay.message-unasked"))
			return
		}
	}
}

// input is the standard input of who asked: it is sent a part at a time, as the
// command asks for it.
type input struct {
	wire  *wire
	parts chan []byte     // nil: it ends
	ended <-chan struct{} // nobody is to be waited for any more
	rest  []byte
	over  bool
}

// take takes the part that was asked for; there is room for one.
func (i *input) take(part []byte) bool {
	select {
	case i.parts <- part:
		return true
	default:
		return false
	}
}

// Read asks for the next part and waits for it.
func (i *input) Read(p []byte) (int, error) {
	if len(i.rest) == 0 && !i.over {
		if err := i.wire.send(wanted, nil); err != nil {
			return 0, err
		}
		select {
		case part, more := <-i.parts:
			if !more {
				return 0, io.ErrUnexpectedEOF
			}
			i.rest, i.over = part, part == nil
		case <-i.ended:
			return 0, context.Canceled
		}
	}
	if i.over {
		return 0, io.EOF
	}
	n := copy(p, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}
