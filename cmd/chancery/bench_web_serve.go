package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/rulebooks"
)

// servedBench is a serve of this program over an installation of its own, as a
// process of its own: what it takes of memory is its own.
type servedBench struct {
	base string // its address: "http://127.0.0.1:4711"
	cmd  *exec.Cmd
	mu   sync.Mutex
	said []string // what it printed last
	done chan struct{}
}

// serveBench makes an installation in which a programme is open, and serves it.
func (a *app) serveBench(ctx context.Context, folder, programme string) (*servedBench, error) {
	places := installation.Beside(filepath.Join(folder, "data"))
	if err := openBench(ctx, places, programme); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &servedBench{cmd: exec.Command(self, "serve", "--dir", places.Data, "--listen", "127.0.0.1:0"), done: make(chan struct{})}
	s.cmd.Args[0] = "chancery"
	out, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	address := make(chan string, 1)
	go s.listen(out, address)
	select {
	case s.base = <-address:
		return s, nil
	case <-s.done:
		_ = s.cmd.Wait()
		return nil, fmt.Errorf("serve ended: %s", s.last())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.end())
	}
}

func openBench(ctx context.Context, places installation.Places, programme string) (err error) {
	desk, err := installation.MakeDemoDesk(places.Data)
	if err != nil {
		return err
	}
	if err := installation.Create(ctx, places, "bench.invalid/log", installation.Options{Desk: desk}); err != nil {
		return err
	}
	i, err := installation.Open(ctx, places.Data, installation.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	by, err := signIn(ctx, i)
	if err != nil {
		return err
	}
	book, _ := rulebooks.Find(programme)
	_, err = i.Office.OpenProgramme(ctx, by, book.Name, book.Source)
	return err
}

var servedAt = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// listen keeps what serve says, and hears its address.
func (s *servedBench) listen(from io.Reader, address chan<- string) {
	defer close(s.done)
	lines := bufio.NewScanner(from)
	for heard := false; lines.Scan(); {
		if at := servedAt.FindString(lines.Text()); at != "" && !heard {
			heard = true
			address <- at
		}
		s.mu.Lock()
		s.said = append(s.said, lines.Text())
		s.said = s.said[max(0, len(s.said)-20):]
		s.mu.Unlock()
	}
}

func (s *servedBench) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.said, "\n")
}

// peak is the most memory that the process has had resident, in bytes.
func (s *servedBench) peak() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, errors.New("this system doesn't say how much memory a process takes")
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10, err
}

// end ends it in good order, and kills it if that lasts.
func (s *servedBench) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.done: // it has closed what it writes to
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
	}
	return s.cmd.Wait()
}
