package faulttest

import (
	"fmt"
	"syscall"
)

// Kind is what a call does to files.
type Kind string

// The calls that change files, as far as anything of them can be lost, and
// what a program says on its output.
const (
	Create   Kind = "create" // a name that wasn't there
	Mkdir    Kind = "mkdir"
	Write    Kind = "write"
	Truncate Kind = "truncate"
	Mode     Kind = "chmod"
	Rename   Kind = "rename"
	Link     Kind = "link"
	Remove   Kind = "remove"
	Sync     Kind = "sync" // of a file or a folder
	Said     Kind = "said"
)

// Op is one call of a traced program, when it has ended.
type Op struct {
	Kind Kind
	Path string // within the root of the trace, "." for the root itself; a rename's or a link's old name
	To   string // its new name

	Offset int64  // of a write
	Data   []byte // written, or said
	Size   int64  // of a truncate
	Perm   uint32 // of a create, mkdir, chmod

	fd uint64 // of a sync

	Err syscall.Errno // why it failed, 0 if it didn't; of those that fail, syncs alone are recorded
}

// Call is one that a traced program is about to make.
type Call struct {
	Number int // of the calls that are asked about, over all threads, from 1
	Kind   Kind
	Path   string // within the root
	To     string
}

func (c Call) String() string {
	if c.To != "" {
		return fmt.Sprintf("call %d (%s %s to %s)", c.Number, c.Kind, c.Path, c.To)
	}
	return fmt.Sprintf("call %d (%s %s)", c.Number, c.Kind, c.Path)
}

// Verdict is what becomes of a call. The zero value lets it happen.
type Verdict struct {
	Kill bool          // the program dies, and the call isn't made
	Err  syscall.Errno // the call isn't made, and fails so
}

// Trace is one run of a program under a tracer.
type Trace struct {
	// Root is the folder whose files are looked at.
	Root string
	// At is asked before each call that changes a file below Root or syncs
	// one; nil lets all happen.
	At func(Call) Verdict
	// Heard is told what the program says on its output, before it is said; nil
	// if nobody minds.
	Heard func(string)
	// Record keeps the calls, with all that they wrote.
	Record bool
}

// Ran is what came of a traced run.
type Ran struct {
	Calls  int  // that were asked about
	Killed Call // zero if it wasn't
	Failed []Call
	Ops    []Op // with Record
	Code   int  // the exit code; -1 if it was killed
}
