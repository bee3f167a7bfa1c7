package screening_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screening"
)

// clamd is a scanner that finds malware wherever the word EICAR stands. answer, if it
// isn't "", is what it says to everything.
func clamd(t testing.TB, answer string) (address string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "clamd.ctl")
	listener, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn, answer)
		}
	}()
	return "unix:" + at
}

func serve(conn net.Conn, answer string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	said := "PONG"
	if command == "zINSTREAM\x00" {
		var all strings.Builder
		for {
			var length uint32
			if binary.Read(r, binary.BigEndian, &length) != nil {
				return
			}
			if length == 0 {
				break
			}
			if _, err := io.CopyN(&all, r, int64(length)); err != nil {
				return
			}
		}
		if said = "stream: OK"; strings.Contains(all.String(), "EICAR") {
			said = "stream: Eicar-Signature FOUND"
		}
	}
	if answer != "" {
		said = answer
	}
	if answer == "silent" {
		time.Sleep(time.Minute)
	}
	_, _ = io.WriteString(conn, said+"\x00")
}

func scanner(t testing.TB, address string) *screening.Clamd {
	t.Helper()
	c, err := screening.ParseClamd(address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheScannerIsAsked(t *testing.T) {
	c := scanner(t, clamd(t, ""))
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for content, want := range map[string]bool{"a letter": false, strings.Repeat("x", 200_000) + "EICAR": true, "": false} {
		if infected, err := c.Scan(t.Context(), strings.NewReader(content)); err != nil || infected != want {
			t.Errorf("%d bytes: infected: %v, %v", len(content), infected, err)
		}
	}
}

// Anything but a clear answer is an error: nothing passes for clean because a scanner
// was away, full, or said something else.
func TestAnUnclearAnswerIsNoAnswer(t *testing.T) {
	for _, answer := range []string{"INSTREAM size limit exceeded. ERROR", "stream: ", "OK", "stream: OK FOUNDLING", "\n"} {
		if infected, err := scanner(t, clamd(t, answer)).Scan(t.Context(), strings.NewReader("a letter")); err == nil || infected {
			t.Errorf("%q passes: %v, %v", answer, infected, err)
		}
	}
	away := scanner(t, "unix:"+filepath.Join(t.TempDir(), "none"))
	if _, err := away.Scan(t.Context(), strings.NewReader("a")); fault.Code(err) != "screening.scanner-away" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := scanner(t, clamd(t, "silent")).Scan(ctx, strings.NewReader("a")); fault.Code(err) != "screening.scanner-away" {
		t.Errorf("a scanner that says nothing: %v", err)
	}
}

func TestAddressesOfScanners(t *testing.T) {
	for _, address := range []string{"", "unix:", "tcp:", "tcp:localhost", "http:localhost:3310", "/run/clamd.ctl"} {
		if _, err := screening.ParseClamd(address); fault.Code(err) != "screening.scanner-address" {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, address := range []string{"unix:/run/clamav/clamd.ctl", "tcp:127.0.0.1:3310", "tcp:[::1]:3310"} {
		if _, err := screening.ParseClamd(address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}
