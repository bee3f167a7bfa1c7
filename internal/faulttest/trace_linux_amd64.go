package faulttest

import (
	"cmp"
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
	// It is waited for by its group: this thread may have started other programs
	// before, which are for others to wait for.
	c.SysProcAttr.Setpgid = true
	if err := c.Start(); err != nil {
		if errors.Is(err, syscall.EPERM) {
			return Ran{}, ErrNotHere
		}
		return Ran{}, err
	}
	t := &tracer{Trace: tr, root: root, pid: c.Process.Pid, threads: map[int]*thread{}, owed: map[owing]bool{}}
	if err = t.follow(); err != nil {
		t.end()
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
	busy    *thread   // is within a call that is looked at
	held    []*thread // wait until it is over
	owed    map[owing]bool
	ran     Ran
}

// owing is an open file of which a sync failed while it was open: the system tells
// so once to each who has it open, at its next sync (man 2 fsync).
type owing struct {
	fd   uint64
	path string
}

// thread is one thread of it; within a call that is looked at, op is not nil.
type thread struct {
	id     int
	within bool
	op     *Op
	fail   syscall.Errno
}

const (
	wallNoThread = syscall.WALL | 0x20000000 // this thread's tracees alone
	options      = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEFORK |
		syscall.PTRACE_O_TRACEVFORK | 0x100000 // PTRACE_O_EXITKILL
	syscallStop = syscall.SIGTRAP | 0x80
	restarted   = 512 // from here on the kernel says that it makes an interrupted call again
)

func (t *tracer) follow() error {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(t.pid, &status, wallNoThread, nil); err != nil {
		return fmt.Errorf("wait for the program to start: %w", err)
	}
	if err := syscall.PtraceSetOptions(t.pid, options); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	t.threads[t.pid] = &thread{id: t.pid}
	if err := syscall.PtraceSyscall(t.pid, 0); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	for {
		tid, err := syscall.Wait4(-t.pid, &status, wallNoThread, nil)
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

// end kills the program and waits for all its threads: the kernel lets nobody
// else wait for what is traced.
func (t *tracer) end() {
	_ = syscall.Kill(t.pid, syscall.SIGKILL)
	for {
		var status syscall.WaitStatus
		tid, err := syscall.Wait4(-t.pid, &status, wallNoThread, nil)
		if err != nil && !errors.Is(err, syscall.EINTR) || tid == t.pid && (status.Exited() || status.Signaled()) {
			return
		}
	}
}

// stopped goes on with a thread that has stopped.
func (t *tracer) stopped(tid int, status syscall.WaitStatus) error {
	th, known := t.threads[tid]
	if !known {
		th = &thread{id: tid}
		t.threads[tid] = th
	}
	signal := 0
	switch s := status.StopSignal(); {
	case s == syscallStop:
		if th.within = !th.within; th.within {
			return t.enter(th)
		}
		return t.leave(th)
	case s == syscall.SIGTRAP: // a thread was made
	case s == syscall.SIGSTOP && !known: // it begins
	default:
		signal = int(s)
	}
	return syscall.PtraceSyscall(tid, signal)
}

// enter looks at a call that is about to be made. One at a time is made of those
// that are looked at: so their order is known, and what one of them rests on.
func (t *tracer) enter(th *thread) error {
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(th.id, &regs); err != nil {
		return err
	}
	op, err := t.read(th.id, &regs)
	if err != nil {
		return err
	}
	switch {
	case op == nil:
	case t.busy != nil:
		t.held = append(t.held, th)
		return nil
	case op.Kind == Said: // what it says, it says from this moment on
		t.keep(op)
		if t.Heard != nil {
			t.Heard(string(op.Data))
		}
	default:
		return t.begin(th, op, &regs)
	}
	return syscall.PtraceSyscall(th.id, 0)
}

// begin lets a call happen, or not.
func (t *tracer) begin(th *thread, op *Op, regs *syscall.PtraceRegs) error {
	t.ran.Calls++
	call := Call{Number: t.ran.Calls, Kind: op.Kind, Path: op.Path, To: op.To}
	t.busy, th.op, th.fail = th, op, 0
	if t.At != nil {
		verdict := t.At(call)
		if verdict.Kill {
			t.ran.Killed = call
			return syscall.Kill(t.pid, syscall.SIGKILL)
		}
		th.fail = verdict.Err
	}
	if op.Kind == Sync {
		t.owe(th, op)
	}
	if th.fail != 0 {
		t.ran.Failed = append(t.ran.Failed, call)
		regs.Orig_rax = ^uint64(0) // no such call: nothing is done
		if err := syscall.PtraceSetRegs(th.id, regs); err != nil {
			return err
		}
	}
	return syscall.PtraceSyscall(th.id, 0)
}

// owe lets a sync fail to whom the failure of another one is owed, and owes that of
// this one to all others who have the file open.
func (t *tracer) owe(th *thread, op *Op) {
	this := owing{op.fd, op.Path}
	if t.owed[this] {
		th.fail = cmp.Or(th.fail, syscall.EIO)
		delete(t.owed, this)
		return
	}
	if th.fail != syscall.EIO {
		return
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", t.pid))
	if err != nil {
		return // it is dying
	}
	for _, entry := range open {
		fd, err := strconv.ParseUint(entry.Name(), 10, 31)
		if path, ok := t.open(fd); err == nil && ok && path == op.Path && fd != op.fd {
			t.owed[owing{fd, path}] = true
		}
	}
}

// leave looks at what a call has done, and lets the next one happen.
func (t *tracer) leave(th *thread) error {
	if op := th.op; op != nil {
		var regs syscall.PtraceRegs
		if err := syscall.PtraceGetRegs(th.id, &regs); err != nil {
			return err
		}
		if th.fail != 0 {
			regs.Rax = uint64(-int64(th.fail))
			if err := syscall.PtraceSetRegs(th.id, &regs); err != nil {
				return err
			}
		}
		t.ended(op, int64(regs.Rax))
		t.busy, th.op = nil, nil
	}
	if err := syscall.PtraceSyscall(th.id, 0); err != nil {
		return err
	}
	for t.busy == nil && len(t.held) > 0 {
		next := t.held[0]
		t.held = t.held[1:]
		if err := t.enter(next); err != nil {
			return err
		}
	}
	return nil
}

// ended records a call with its result.
func (t *tracer) ended(op *Op, result int64) {
	if result < 0 {
		op.Err = syscall.Errno(-result)
	}
	if op.Err != 0 && op.Kind != Sync || op.Err >= restarted {
		return
	}
	if op.Kind == Write {
		op.Data = op.Data[:min(int64(len(op.Data)), max(0, result))]
	}
	t.keep(op)
}

func (t *tracer) keep(op *Op) {
	if t.Record {
		t.ran.Ops = append(t.ran.Ops, *op)
	}
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
