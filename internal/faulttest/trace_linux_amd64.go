package faulttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Run runs a program under the tracer until it ends. Its calls are counted
// over all its threads: strace, which could do the rest, counts each thread's
// for itself, so that there is no sweep over all calls of a Go program with it.
func (tr Trace) Run(c *exec.Cmd) (Ran, error) {
	// The kernel knows a tracer by its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	root, err := filepath.EvalSymlinks(tr.Root)
	if err != nil {
		return Ran{}, err
	}
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.Ptrace = true
	if err := c.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) {
			return Ran{}, ErrNotHere
		}
		return Ran{}, err
	}
	t := &tracer{Trace: tr, root: root, pid: c.Process.Pid, threads: map[int]*thread{}}
	err = t.follow()
	if err != nil {
		_ = c.Process.Kill()
	}
	// It was waited for by the tracer; what is left is to close its pipes.
	waited := c.Wait()
	if _, exited := errors.AsType[*exec.ExitError](waited); waited != nil && !exited && !errors.Is(waited, syscall.ECHILD) {
		err = errors.Join(err, waited)
	}
	return t.ran, err
}

// tracer follows one program.
type tracer struct {
	Trace
	root    string // without symbolic links
	pid     int
	threads map[int]*thread
	dying   bool // it is to be killed, when the calls that others have begun are over
	ran     Ran
}

// thread is one thread of it; within a call that is looked at, op is not nil.
type thread struct {
	within bool
	op     *Op
	call   *Call
	fail   syscall.Errno
}

const (
	wallNoThread = syscall.WALL | 0x20000000 // this thread's children and tracees alone
	options      = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEFORK |
		syscall.PTRACE_O_TRACEVFORK | 0x100000 // PTRACE_O_EXITKILL
	syscallStop = syscall.SIGTRAP | 0x80
)

func (t *tracer) follow() error {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(t.pid, &status, wallNoThread, nil); err != nil {
		return fmt.Errorf("wait for the program to start: %w", err)
	}
	if err := syscall.PtraceSetOptions(t.pid, options); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	t.threads[t.pid] = &thread{}
	if err := syscall.PtraceSyscall(t.pid, 0); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	for {
		tid, err := syscall.Wait4(-1, &status, wallNoThread, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait for the program: %w", err)
		}
		if status.Exited() || status.Signaled() {
			delete(t.threads, tid)
			if tid != t.pid {
				continue
			}
			t.ran.Code = status.ExitStatus() // -1 for one that was killed
			return nil
		}
		if err := t.stopped(tid, status); err != nil && !errors.Is(err, syscall.ESRCH) { // it is dying
			return err
		}
	}
}

// stopped goes on with a thread that has stopped.
func (t *tracer) stopped(tid int, status syscall.WaitStatus) error {
	th, known := t.threads[tid]
	if !known {
		th = &thread{}
		t.threads[tid] = th
	}
	signal := 0
	switch s := status.StopSignal(); {
	case s == syscallStop:
		th.within = !th.within
		look := t.leave
		if th.within {
			look = t.enter
		}
		if err := look(tid, th); err != nil {
			return err
		}
		if t.dying && th.op != nil {
			return t.die(th)
		}
	case s == syscall.SIGTRAP: // a thread was made
	case s == syscall.SIGSTOP && !known: // it begins
	default:
		signal = int(s)
	}
	return syscall.PtraceSyscall(tid, signal)
}

// die holds a thread that was about to make a call when the program is to die,
// and kills it when no other is within one: what was done by then is recorded.
func (t *tracer) die(th *thread) error {
	th.op = nil
	for _, other := range t.threads {
		if other.op != nil {
			return nil
		}
	}
	return syscall.Kill(t.pid, syscall.SIGKILL)
}

// enter looks at a call that is about to be made.
func (t *tracer) enter(tid int, th *thread) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	th.call, th.fail = nil, 0
	op, err := t.read(tid, &regs)
	if err != nil || op == nil {
		return err
	}
	op.Begun = len(t.ran.Ops)
	if op.Kind == Said { // what it says, it says from this moment on
		if t.Record {
			t.ran.Ops = append(t.ran.Ops, *op)
		}
		if t.Heard != nil {
			t.Heard(string(op.Data))
		}
		return nil
	}
	if th.op = op; t.dying {
		return nil
	}
	t.ran.Calls++
	th.call = &Call{Number: t.ran.Calls, Kind: op.Kind, Path: op.Path, To: op.To}
	if t.At == nil {
		return nil
	}
	verdict := t.At(*th.call)
	if verdict.Kill {
		t.ran.Killed, t.dying = *th.call, true
		return nil
	}
	if verdict.Err != 0 {
		th.fail = verdict.Err
		t.ran.Failed = append(t.ran.Failed, *th.call)
		regs.Orig_rax = ^uint64(0) // no such call: nothing is done
		return syscall.PtraceSetRegs(tid, &regs)
	}
	return nil
}

// leave looks at what a call has done.
func (t *tracer) leave(tid int, th *thread) error {
	op := th.op
	if op == nil {
		return nil
	}
	if !t.dying { // else it is what the kill waits for
		th.op = nil
	}
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	if th.fail != 0 {
		regs.Rax = uint64(-int64(th.fail))
		if err := syscall.PtraceSetRegs(tid, &regs); err != nil {
			return err
		}
	}
	result := int64(regs.Rax)
	if result < 0 {
		op.Err = syscall.Errno(-result)
	}
	if t.Record && (op.Err == 0 || op.Kind == Sync) {
		if op.Kind == Write {
			op.Data = op.Data[:min(int64(len(op.Data)), max(0, result))]
		}
		t.ran.Ops = append(t.ran.Ops, *op)
	}
	return nil
}

// within is a path below the root, by its place there.
func (t *tracer) within(path string) (string, bool) {
	if path == t.root {
		return ".", true
	}
	return strings.CutPrefix(path, t.root+"/")
}

// open is the path of an open file.
func (t *tracer) open(fd uint64) (string, bool) {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(fd)))
	if err != nil || strings.HasSuffix(path, " (deleted)") {
		return "", false
	}
	return t.within(path)
}

// named is the path that a call names, below an open folder or by itself.
func (t *tracer) named(tid int, folder, address uint64) (string, bool) {
	name, err := text(tid, address)
	if err != nil {
		return "", false
	}
	if !filepath.IsAbs(name) {
		below := fmt.Sprintf("/proc/%d/cwd", t.pid)
		if int32(folder) != atCwd {
			below = fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(folder))
		}
		at, err := os.Readlink(below)
		if err != nil {
			return "", false
		}
		name = filepath.Join(at, name)
	}
	// The folder may be reached by a symbolic link; the last part is meant as
	// it is.
	parent, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return "", false
	}
	return t.within(filepath.Join(parent, filepath.Base(name)))
}

const atCwd = -100 // AT_FDCWD

// text reads a string of the program's memory.
func text(tid int, address uint64) (string, error) {
	var b []byte
	for piece := make([]byte, 64); ; address += uint64(len(piece)) {
		n, err := syscall.PtracePeekData(tid, uintptr(address), piece)
		for _, c := range piece[:n] {
			if c == 0 {
				return string(b), nil
			}
			b = append(b, c)
		}
		if err != nil || n == 0 {
			return "", errors.Join(err, errors.New("a string without an end"))
		}
	}
}

// bytesAt reads what a call is about to write.
func (t *tracer) bytesAt(address, length uint64) ([]byte, error) {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", t.pid))
	if err != nil {
		return nil, err
	}
	b := make([]byte, length)
	_, err = memory.ReadAt(b, int64(address))
	return b, errors.Join(err, memory.Close())
}

// position is where an open file is written next.
func (t *tracer) position(fd uint64) (offset int64, err error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", t.pid, int32(fd)))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(info)) {
		if pos, ok := strings.CutPrefix(line, "pos:"); ok {
			return strconv.ParseInt(strings.TrimSpace(pos), 10, 64)
		}
	}
	return 0, errors.New("an open file without a position")
}
