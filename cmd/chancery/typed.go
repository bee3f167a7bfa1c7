package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/openchancery/chancery/fault"
)

// typed is what somebody types, unless Ctrl-C comes first: the read of a
// terminal is ended by nothing else, and would keep the program waiting.
func (a *app) typed(read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1) // whoever types too late finds room
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case got := <-answers:
		return got.text, got.err
	case <-a.ended:
		return "", fault.New(fault.Conflict, "interrupted")
	}
}

// typedLine is a line that somebody types, without the blanks around it.
func (a *app) typedLine(in io.Reader) (string, error) {
	return a.typed(func() (string, error) {
		line, err := bufio.NewReader(io.LimitReader(in, 1000)).ReadString('\n')
		if err == io.EOF {
			err = nil
		}
		return strings.TrimSpace(line), err
	})
}

// typedSecret is a line that isn't shown while it is typed. The terminal shows
// again what is typed after it, also when Ctrl-C ended it.
func (a *app) typedSecret(in *os.File) (text string, err error) {
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", err
	}
	text, err = a.typed(func() (string, error) {
		secret, err := term.ReadPassword(int(in.Fd()))
		return string(secret), err
	})
	if err != nil {
		_ = term.Restore(int(in.Fd()), before) // what went wrong is told already
	}
	return text, err
}
