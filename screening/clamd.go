package screening

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Clamd is a scanner that speaks clamd's protocol: what is to be checked is streamed
// to it (INSTREAM), so that it needs no access to any file of ours.
type Clamd struct {
	network, address string
}

// Clamd's own patience with one step; the whole of a check is bounded by its context.
const stepPatience = 30 * time.Second

// chunkSize is how much goes to the scanner at a time.
const chunkSize = 64 << 10

// ParseClamd reads where a scanner listens: unix:/run/clamav/clamd.ctl or
// tcp:127.0.0.1:3310. What is sent there is in clear: a scanner on another machine
// must be reached by a way that nobody else reads.
//
// Fault: screening.scanner-address.
func ParseClamd(address string) (*Clamd, error) {
	network, at, _ := strings.Cut(address, ":")
	if network == "tcp" {
		if _, _, err := net.SplitHostPort(at); err != nil {
			network = ""
		}
	}
	if network != "unix" && network != "tcp" || at == "" {
		return nil, fault.New(fault.Invalid, "screening.scanner-address", "address", address)
	}
	return &Clamd{network, at}, nil
}

// Scan asks whether there is malware in what it reads. Any answer but a clear one is
// an error: an unclear answer never passes for clean.
//
// Fault: screening.scanner-away, with the error behind it.
func (c *Clamd) Scan(ctx context.Context, content io.Reader) (infected bool, err error) {
	answer, err := c.ask(ctx, "INSTREAM", content)
	if err != nil {
		return false, fmt.Errorf("%w: %w", fault.New(fault.Conflict, "screening.scanner-away", "address", c.address), err)
	}
	verdict, ours := strings.CutPrefix(answer, "stream: ")
	switch {
	case ours && verdict == "OK":
		return false, nil
	case ours && strings.HasSuffix(verdict, " FOUND"):
		return true, nil
	}
	return false, fault.New(fault.Conflict, "screening.scanner-unclear", "address", c.address)
}

// Ping asks whether it is there.
func (c *Clamd) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "PING", nil)
	if err == nil && answer != "PONG" {
		err = errors.New("it answers otherwise than clamd does")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", fault.New(fault.Conflict, "screening.scanner-away", "address", c.address), err)
	}
	return nil
}

// ask sends a command, and a stream with it, and reads the one line of the answer.
func (c *Clamd) ask(ctx context.Context, command string, content io.Reader) (answer string, err error) {
	var d net.Dialer
	dialing, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := d.DialContext(dialing, c.network, c.address)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := step(ctx, conn, func() error { return write(conn, []byte("z"+command+"\x00")) }); err != nil {
		return "", err
	}
	if content != nil {
		if err := stream(ctx, conn, content); err != nil {
			return "", err
		}
	}
	line := ""
	err = step(ctx, conn, func() error {
		line, err = bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
		return err
	})
	return strings.TrimRight(line, "\x00\n"), err
}

// step does one thing within its time.
func step(ctx context.Context, conn net.Conn, do func() error) error {
	if err := conn.SetDeadline(time.Now().Add(stepPatience)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // after: who gave up has set a deadline that is over
		return err
	}
	return do()
}

func write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

// stream sends chunks, each behind its length, and a length of nothing. Where clamd
// hangs up amid it, what it answered is read all the same.
func stream(ctx context.Context, conn net.Conn, content io.Reader) error {
	chunk := make([]byte, 4+chunkSize)
	for {
		n, err := io.ReadFull(content, chunk[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return fmt.Errorf("read what is to be checked: %w", err)
		}
		if n > 0 {
			binary.BigEndian.PutUint32(chunk, uint32(n))
			if err := step(ctx, conn, func() error { return write(conn, chunk[:4+n]) }); err != nil {
				return err
			}
		}
		if err != nil {
			return step(ctx, conn, func() error { return write(conn, []byte{0, 0, 0, 0}) })
		}
	}
}
