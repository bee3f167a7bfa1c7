package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
)

// owning serves a folder until the test ends, or the function is called; it
// answers what Serve answered.
func owning(t *testing.T, dir string, s *Server) (stop func() error) {
	t.Helper()
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(100 * time.Millisecond): // it was stopped before
		}
	})
	return stop
}

// ask gives an order and answers what came of it.
func ask(t *testing.T, ctx context.Context, dir string, o Order, in io.Reader) (code int, out, errs string, err error) {
	t.Helper()
	c, err := Dial(dir)
	if err != nil {
		return 0, "", "", err
	}
	defer c.Close()
	var o1, e1 bytes.Buffer
	code, err = c.Ask(ctx, o, in, &o1, &e1)
	return code, o1.String(), e1.String(), err
}

// A command is carried out as it was given: its words, its folder, its streams,
// its exit code.
func TestACommandIsCarriedOutElsewhere(t *testing.T) {
	dir := t.TempDir()
	stop := owning(t, dir, &Server{Build: "1", Do: func(_ context.Context, e Errand) int {
		text, err := io.ReadAll(e.In)
		fmt.Fprint(e.Out, strings.Join(e.Args, "|"), " in ", e.Folder, ": ", len(text), " bytes ", text[:3])
		fmt.Fprint(e.Err, e.Environment["DIR"], " ", e.Terminals.Err, " ", err)
		return 7
	}})
	if info, err := os.Stat(filepath.Join(dir, Name)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	o := Order{Build: "1", Args: []string{"a b", ""}, Folder: "/here", Environment: map[string]string{"DIR": "x"}, Terminals: Terminals{Err: true}}
	code, out, errs, err := ask(t, t.Context(), dir, o, strings.NewReader(strings.Repeat("abc", 100_000)))
	if code != 7 || err != nil || out != "a b| in /here: 300000 bytes [97 98 99]" || errs != "x true <nil>" {
		t.Errorf("code %d, %v\n%s\n%s", code, err, out, errs)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, Name)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
	if _, _, _, err := ask(t, t.Context(), dir, o, nil); fault.Code(err) != "relay.unreachable" {
		t.Errorf("nobody is there: %v", err)
	}
}

// Standard input is not touched before the command asks for it: what a person
// types is for whoever reads it.
func TestInputIsReadWhenItIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	owning(t, dir, &Server{Do: func(context.Context, Errand) int { return 0 }})
	touched := false
	in := reading(func([]byte) (int, error) { touched = true; return 0, io.EOF })
	if _, _, _, err := ask(t, t.Context(), dir, Order{}, in); err != nil || touched {
		t.Errorf("%v; touched: %v", err, touched)
	}
}

type reading func([]byte) (int, error)

func (r reading) Read(p []byte) (int, error) { return r(p) }

// Who asked ends the command in good order, and hears how it ended; one who
// hangs up ends it too.
func TestACommandIsEndedByWhoAskedForIt(t *testing.T) {
	dir := t.TempDir()
	begun, over := make(chan bool, 1), make(chan bool, 1)
	owning(t, dir, &Server{Do: func(ctx context.Context, e Errand) int {
		begun <- true
		<-ctx.Done()
		fmt.Fprint(e.Err, "in good order")
		over <- true
		return 1
	}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if code, _, errs, err := ask(t, ctx, dir, Order{}, nil); code != 1 || err != nil || errs != "in good order" {
		t.Errorf("code %d, %q, %v", code, errs, err)
	}
	<-over
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	go c.Ask(t.Context(), Order{}, nil, io.Discard, io.Discard)
	<-begun
	c.Close()
	select {
	case <-over:
	case <-time.After(10 * time.Second):
		t.Error("the command goes on for nobody")
	}
}

// When the owner is to end, short work is done, long work is asked to end, and
// who doesn't listen holds up nobody.
func TestTheEndOfTheOwner(t *testing.T) {
	for name, test := range map[string]struct {
		work time.Duration
		want string
	}{"short": {20 * time.Millisecond, "done"}, "long": {time.Hour, "relay.ended"}} {
		t.Run(name, func(t *testing.T) {
			dir, begun := t.TempDir(), make(chan bool, 1)
			stop := owning(t, dir, &Server{Finish: time.Second, End: 100 * time.Millisecond, Do: func(ctx context.Context, e Errand) int {
				begun <- true
				select {
				case <-time.After(test.work):
					fmt.Fprint(e.Out, "done")
				case <-ctx.Done():
					fmt.Fprint(e.Out, fault.Code(context.Cause(ctx)))
				}
				return 0
			}})
			go func() { <-begun; _ = stop() }()
			if _, out, _, err := ask(t, t.Context(), dir, Order{}, nil); err != nil || out != test.want {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
	t.Run("to who doesn't listen", func(t *testing.T) {
		dir := t.TempDir()
		begun := make(chan bool, 1)
		stop := owning(t, dir, &Server{Finish: 10 * time.Millisecond, End: 10 * time.Millisecond, Do: func(_ context.Context, e Errand) int {
			begun <- true
			for {
				if _, err := e.Out.Write(make([]byte, longestPart)); err != nil {
					return 1
				}
			}
		}})
		c, err := Dial(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := (&wire{to: c.socket}).send(ordered, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		<-begun
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// setLimit sets a limit in the type that the system has for it.
func setLimit[N int64 | uint64](limit *N, to int) { *limit = N(to) }

// When the machine has no more file descriptors for a while, orders wait; none
// that is under way is ended.
func TestOrdersWaitForWhatTheMachineIsShortOf(t *testing.T) {
	dir, said := t.TempDir(), make(chan error, 10)
	owning(t, dir, &Server{Say: func(err error) { said <- err }, Do: func(context.Context, Errand) int { return 4 }})
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	next, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	limits := func(l syscall.Rlimit) {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
			t.Fatal(err)
		}
	}
	short := usual
	setLimit(&short.Cur, next)
	limits(short)
	defer limits(usual)
	_ = syscall.Close(next)
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: filepath.Join(dir, Name)}); err != nil {
		t.Fatal(err)
	}
	if err := <-said; !errors.Is(err, syscall.EMFILE) {
		t.Errorf("the owner says: %v", err)
	}
	limits(usual)
	asks := os.NewFile(uintptr(fd), "")
	defer asks.Close()
	w := &wire{from: asks, to: asks}
	if err := w.send(ordered, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if letter, code, err := w.receive(longestPart); err != nil || letter != ended || code[0] != 4 {
		t.Errorf("%c %v %v", letter, code, err)
	}
}

// Where no more orders can be taken, those under way end before Serve does:
// what they work on is there as long.
func TestOrdersUnderWayEndFirst(t *testing.T) {
	dir, begun, over := t.TempDir(), make(chan bool, 1), make(chan bool, 1)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Finish: time.Millisecond, End: time.Minute, Do: func(ctx context.Context, _ Errand) int {
		begun <- true
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		over <- true
		return 0
	}}
	served := make(chan error, 1)
	go func() { served <- s.Serve(t.Context(), l) }()
	go func() { _, _, _, _ = ask(t, t.Context(), dir, Order{}, nil) }()
	<-begun
	if err := l.socket.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	select {
	case <-over:
	default:
		t.Error("a command is under way when Serve has ended")
	}
}

// Who asked and then stands still, as after Ctrl-Z, holds up the command for a
// while; then they count as gone.
func TestWhoAskedStandsStill(t *testing.T) {
	dir, ended := t.TempDir(), make(chan error, 1)
	owning(t, dir, &Server{Patience: 50 * time.Millisecond, Do: func(ctx context.Context, e Errand) int {
		for {
			if _, err := e.Err.Write([]byte("still at it\r")); err != nil {
				<-ctx.Done()
				ended <- err
				return 1
			}
		}
	}})
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := (&wire{to: c.socket}).send(ordered, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the command waits for nobody")
	}
}

// A command that nothing ends doesn't hold the owner up for ever.
func TestACommandThatDoesNotEnd(t *testing.T) {
	dir, begun, hung := t.TempDir(), make(chan bool, 1), make(chan bool)
	defer close(hung)
	stop := owning(t, dir, &Server{Finish: time.Millisecond, End: 10 * time.Millisecond, Do: func(context.Context, Errand) int {
		begun <- true
		<-hung
		return 0
	}})
	go func() { _, _, _, _ = ask(t, t.Context(), dir, Order{}, nil) }()
	<-begun
	if err := stop(); fault.Code(err) != "relay.stuck" {
		t.Errorf("%v", err)
	}
}

// An owner that is gone before it has answered leaves it open what was done.
func TestAnOwnerThatIsGone(t *testing.T) {
	dir := t.TempDir()
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := l.socket.AcceptUnix()
		if err == nil {
			_, _, _ = (&wire{from: c}).receive(longestOrder)
			_ = c.Close()
		}
	}()
	if _, _, _, err := ask(t, t.Context(), dir, Order{}, nil); fault.Code(err) != "relay.lost" {
		t.Errorf("%v", err)
	}
	// Killed, it leaves its socket, which the next one replaces.
	if err := l.socket.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(dir); fault.Code(err) != "relay.unreachable" {
		t.Errorf("a stale socket: %v", err)
	}
	owning(t, dir, &Server{Do: func(context.Context, Errand) int { return 3 }})
	if code, _, _, err := ask(t, t.Context(), dir, Order{}, nil); code != 3 || err != nil {
		t.Errorf("after a stale socket: %d, %v", code, err)
	}
}

// What isn't an order of the same build is refused, and changes nothing for the
// others.
func TestWhatIsRefused(t *testing.T) {
	dir := t.TempDir()
	carried := 0
	owning(t, dir, &Server{Build: "1", Do: func(context.Context, Errand) int { carried++; return 0 }})
	if _, _, _, err := ask(t, t.Context(), dir, Order{Build: "2"}, nil); fault.Code(err) != "relay.other-build" {
		t.Errorf("another build: %v", err)
	}
	if _, _, _, err := ask(t, t.Context(), dir, Order{Args: []string{strings.Repeat("x", longestOrder)}}, nil); fault.Code(err) != "relay.message-too-long" {
		t.Errorf("an order of a megabyte: %v", err)
	}
	for _, text := range []string{"", "GET / HTTP/1.1\r\n\r\n", "O\xff\xff\xff\xff", "O\x00\x00\x00\x02{]", "X\x00\x00\x00\x00"} {
		c, err := net.Dial("unix", filepath.Join(dir, Name))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, text)
		_ = c.(*net.UnixConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}
	if carried > 0 {
		t.Errorf("%d orders were carried out", carried)
	}
	if _, _, _, err := ask(t, t.Context(), dir, Order{Build: "1"}, nil); err != nil || carried != 1 {
		t.Errorf("an order afterwards: %v, %d", err, carried)
	}
}

// A command that panics ends alone.
func TestAPanicEndsOneCommand(t *testing.T) {
	dir, said := t.TempDir(), make(chan error, 1)
	owning(t, dir, &Server{Say: func(err error) { said <- err }, Do: func(_ context.Context, e Errand) int {
		if len(e.Args) > 0 {
			panic("no such thing")
		}
		return 0
	}})
	code, _, errs, err := ask(t, t.Context(), dir, Order{Args: []string{"x"}}, nil)
	if code == 0 || err != nil || !strings.Contains(errs, "no such thing") || !strings.Contains((<-said).Error(), "relay_test.go") {
		t.Errorf("%d, %q, %v", code, errs, err)
	}
	if code, _, _, err := ask(t, t.Context(), dir, Order{}, nil); code != 0 || err != nil {
		t.Errorf("another one afterwards: %d, %v", code, err)
	}
}

// A socket's path may have a hundred letters; a folder's four thousand.
func TestAFolderWithALongPath(t *testing.T) {
	dir := t.TempDir()
	for len(dir) < 1000 {
		dir = filepath.Join(dir, strings.Repeat("long-", 40))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stop := owning(t, dir, &Server{Do: func(context.Context, Errand) int { return 5 }})
	if code, _, _, err := ask(t, t.Context(), dir, Order{}, nil); code != 5 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Another user of the machine neither asks nor answers, even where the modes of
// files would let them.
func TestAnotherUserIsRefused(t *testing.T) {
	if dir := os.Getenv("RELAY_TEST_DIR"); dir != "" {
		_, err := Dial(dir)
		fmt.Println("asking:", fault.Code(err))
		c, err := net.Dial("unix", filepath.Join(dir, Name))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = (&wire{to: c}).send(ordered, []byte("{}"))
		answer, _ := io.ReadAll(c)
		fmt.Printf("answered: %q\n", answer)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("to be another user takes root")
	}
	dir, err := os.MkdirTemp("/tmp", "relay-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	said := make(chan error, 2)
	owning(t, dir, &Server{Say: func(err error) { said <- err }, Do: func(context.Context, Errand) int {
		t.Error("an order of another user was carried out")
		return 0
	}})
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "asks")
	for _, err := range []error{os.WriteFile(program, self, 0o755), os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, Name), 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(program, "-test.run=TestAnotherUserIsRefused")
	c.Dir, c.Env = dir, []string{"RELAY_TEST_DIR=" + dir}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "asking: relay.other-user\nanswered: \"\"\n") {
		t.Errorf("%v: %s", err, out)
	}
	if err := <-said; fault.Code(err) != "relay.other-user" {
		t.Errorf("the owner says: %v", err)
	}
}
