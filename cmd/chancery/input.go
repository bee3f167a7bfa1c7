package main

import (
	"bytes"
	"io"
	"os"

	"golang.org/x/term"
)

// input is the standard input, which remembers what was read of it: a command
// that finds that another process must carry it out gives it all of it.
type input struct {
	from io.Reader
	read bytes.Buffer
}

// Read reads on, and remembers.
func (i *input) Read(p []byte) (int, error) {
	n, err := i.from.Read(p)
	i.read.Write(p[:n])
	return n, err
}

// again is the whole input from its beginning.
func (i *input) again() io.Reader {
	return io.MultiReader(bytes.NewReader(bytes.Clone(i.read.Bytes())), i.from)
}

// input is this command's standard input.
func (a *app) input() *input {
	in, ok := a.in.(*input)
	if !ok {
		in = &input{from: a.in}
		if a.in == nil {
			in.from = os.Stdin
		}
		a.in = in
	}
	return in
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
