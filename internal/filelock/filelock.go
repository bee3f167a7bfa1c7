// Package filelock locks files and folders between processes, and between those who
// opened one for themselves within a process. A lock is given free when what was
// locked is closed, or the process ends, however it ends.
package filelock

import (
	"errors"
	"os"
)

// ErrHeld is the answer where somebody else has the file in a way that excludes what
// was asked for.
var ErrHeld = errors.New("somebody else holds the lock")

// Alone takes a file for this one alone, or answers ErrHeld.
func Alone(f *os.File) error { return take(f, alone) }

// Beside takes a file beside others that take it so, so that nobody has it alone
// meanwhile, or answers ErrHeld.
func Beside(f *os.File) error { return take(f, beside) }

// WaitAlone waits until it can take a file for this one alone.
func WaitAlone(f *os.File) error { return take(f, waitAlone) }

// Free gives a file free before it is closed.
func Free(f *os.File) error { return take(f, free) }
