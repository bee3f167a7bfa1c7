package patience

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// Neither a server that says nothing nor one that takes nothing in is waited for
// without end; whoever gives up meanwhile is heard in both.
func TestNoWaitForTheOtherSideIsEndless(t *testing.T) {
	doings := map[string]func(net.Conn) error{
		"reading": func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"writing": func(c net.Conn) error { _, err := c.Write(make([]byte, 1)); return err },
	}
	for what, do := range doings {
		for how, c := range map[string]struct {
			patience time.Duration
			give     func(net.Conn) error
		}{
			"by its own patience":   {50 * time.Millisecond, func(net.Conn) error { return nil }},
			"by who gives up":       {time.Hour, func(c net.Conn) error { return c.SetDeadline(time.Now().Add(50 * time.Millisecond)) }},
			"by who gave up before": {time.Hour, func(c net.Conn) error { return c.SetDeadline(time.Unix(1, 0)) }},
		} {
			t.Run(what+" "+how, func(t *testing.T) {
				here, there := net.Pipe() // nobody is at the other end
				defer there.Close()
				defer here.Close()
				patient := &patientConn{Conn: here, patience: c.patience}
				done := make(chan error, 1)
				go func() { done <- errors.Join(c.give(patient), do(patient)) }()
				select {
				case err := <-done:
					if !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("got %v", err)
					}
				case <-time.After(20 * time.Second):
					t.Error("it waits still")
				}
			})
		}
	}
}
