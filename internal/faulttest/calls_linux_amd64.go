package faulttest

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// read is what a call is about to do to files below the root, or to say; nil
// if nothing.
func (t *tracer) read(tid int, r *syscall.PtraceRegs) (*Op, error) {
	switch r.Orig_rax {
	case syscall.SYS_WRITE, syscall.SYS_PWRITE64:
		return t.write(r)
	case syscall.SYS_WRITEV, syscall.SYS_PWRITEV, syscall.SYS_SENDFILE, syscall.SYS_SPLICE, copyFileRange, syscall.SYS_FALLOCATE:
		return t.unknown(r)
	case syscall.SYS_FSYNC, syscall.SYS_FDATASYNC:
		if path, ok := t.open(r.Rdi); ok {
			return &Op{Kind: Sync, Path: path, fd: r.Rdi}, nil
		}
	case syscall.SYS_FTRUNCATE:
		if path, ok := t.open(r.Rdi); ok {
			return &Op{Kind: Truncate, Path: path, Size: int64(r.Rsi)}, nil
		}
	case syscall.SYS_FCHMOD:
		if path, ok := t.open(r.Rdi); ok {
			return &Op{Kind: Mode, Path: path, Perm: uint32(r.Rsi)}, nil
		}
	case syscall.SYS_OPEN:
		return t.opened(tid, cwd, r.Rdi, r.Rsi, r.Rdx)
	case syscall.SYS_OPENAT:
		return t.opened(tid, r.Rdi, r.Rsi, r.Rdx, r.R10)
	case syscall.SYS_MKDIR:
		return t.path(tid, Op{Kind: Mkdir, Perm: uint32(r.Rsi)}, cwd, r.Rdi)
	case syscall.SYS_MKDIRAT:
		return t.path(tid, Op{Kind: Mkdir, Perm: uint32(r.Rdx)}, r.Rdi, r.Rsi)
	case syscall.SYS_CHMOD:
		return t.path(tid, Op{Kind: Mode, Perm: uint32(r.Rsi)}, cwd, r.Rdi)
	case syscall.SYS_FCHMODAT, fchmodat2:
		return t.path(tid, Op{Kind: Mode, Perm: uint32(r.Rdx)}, r.Rdi, r.Rsi)
	case syscall.SYS_UNLINK, syscall.SYS_RMDIR:
		return t.path(tid, Op{Kind: Remove}, cwd, r.Rdi)
	case syscall.SYS_UNLINKAT:
		return t.path(tid, Op{Kind: Remove}, r.Rdi, r.Rsi)
	case syscall.SYS_RENAME:
		return t.paths(tid, Rename, cwd, r.Rdi, cwd, r.Rsi)
	case syscall.SYS_RENAMEAT, renameat2:
		return t.paths(tid, Rename, r.Rdi, r.Rsi, r.Rdx, r.R10)
	case syscall.SYS_LINK:
		return t.paths(tid, Link, cwd, r.Rdi, cwd, r.Rsi)
	case syscall.SYS_LINKAT:
		return t.paths(tid, Link, r.Rdi, r.Rsi, r.Rdx, r.R10)
	}
	return nil, nil
}

// Calls that package syscall has no name for, and AT_FDCWD as a call passes it.
const (
	renameat2     = 316
	copyFileRange = 326
	fchmodat2     = 452
	cwd           = ^uint64(99)
)

// unknown is a call that writes in a way which the record doesn't understand:
// what isn't recorded would be replayed wrongly.
func (t *tracer) unknown(r *syscall.PtraceRegs) (*Op, error) {
	to := r.Rdi
	if r.Orig_rax == syscall.SYS_SPLICE || r.Orig_rax == copyFileRange {
		to = r.Rdx
	}
	path, ok := t.open(to)
	if !ok {
		return nil, nil
	}
	if !t.Record {
		return &Op{Kind: Write, Path: path}, nil
	}
	return nil, fmt.Errorf("system call %d writes to %s, and the tracer doesn't know how", r.Orig_rax, path)
}

func (t *tracer) write(r *syscall.PtraceRegs) (*Op, error) {
	if r.Orig_rax == syscall.SYS_WRITE && r.Rdi == 1 {
		if !t.Record && t.Heard == nil {
			return nil, nil
		}
		said, err := t.bytesAt(r.Rsi, r.Rdx)
		return &Op{Kind: Said, Data: said}, err
	}
	path, ok := t.open(r.Rdi)
	if !ok {
		return nil, nil
	}
	op := &Op{Kind: Write, Path: path}
	if !t.Record {
		return op, nil
	}
	var err error
	if op.Data, err = t.bytesAt(r.Rsi, r.Rdx); err != nil {
		return nil, err
	}
	op.Offset = int64(r.R10)
	if r.Orig_rax == syscall.SYS_WRITE {
		op.Offset, err = t.position(r.Rdi)
	}
	return op, err
}

// opened is an open that makes a file, or empties one.
func (t *tracer) opened(tid int, folder, name, flags, perm uint64) (*Op, error) {
	if flags&(syscall.O_CREAT|syscall.O_TRUNC) == 0 {
		return nil, nil
	}
	path, ok := t.named(tid, folder, name)
	if !ok {
		return nil, nil
	}
	_, err := os.Lstat(filepath.Join(t.root, path))
	switch {
	case err == nil && flags&syscall.O_TRUNC != 0:
		return &Op{Kind: Truncate, Path: path}, nil
	case err == nil || flags&syscall.O_CREAT == 0:
		return nil, nil
	}
	return &Op{Kind: Create, Path: path, Perm: uint32(perm)}, nil
}

func (t *tracer) path(tid int, op Op, folder, name uint64) (*Op, error) {
	var ok bool
	if op.Path, ok = t.named(tid, folder, name); !ok {
		return nil, nil
	}
	return &op, nil
}

func (t *tracer) paths(tid int, kind Kind, folder, name, toFolder, toName uint64) (*Op, error) {
	from, ok := t.named(tid, folder, name)
	to, toOK := t.named(tid, toFolder, toName)
	if !ok || !toOK {
		return nil, nil
	}
	return &Op{Kind: kind, Path: from, To: to}, nil
}
