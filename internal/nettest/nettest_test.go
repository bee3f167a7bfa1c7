package nettest_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/openchancery/chancery/internal/nettest"
)

// echo answers what it is sent.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	return l.Addr().String()
}

// ask sends a letter over a new connection, and answers how long the answer
// took, or why there was none within a second.
func ask(w *nettest.Way) (time.Duration, error) {
	c, err := net.Dial("tcp", w.Address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	begin := time.Now()
	_ = c.SetDeadline(begin.Add(time.Second))
	if _, err := c.Write([]byte("a")); err != nil {
		return 0, err
	}
	_, err = io.ReadFull(c, make([]byte, 1))
	return time.Since(begin), err
}

func TestAWayIsMadeBadAndGoodAgain(t *testing.T) {
	w := nettest.To(t, echo(t))
	for name, c := range map[string]struct {
		spoil func()
		mend  func()
	}{
		"reset":     {func() { w.Reset(t) }, w.Mend},
		"swallowed": {func() { w.Swallow(t) }, w.Mend},
		"closed":    {w.Close, func() { w.Open(t) }},
	} {
		if _, err := ask(w); err != nil {
			t.Fatal(err)
		}
		c.spoil()
		if _, err := ask(w); err == nil {
			t.Errorf("%s: there was an answer", name)
		}
		c.mend()
	}
	w.Slow(t, 100*time.Millisecond)
	if took, err := ask(w); err != nil || took < 200*time.Millisecond {
		t.Errorf("slow: %v, %v", took, err)
	}
}
