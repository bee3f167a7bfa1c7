package main

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// machineFault is the fault that stands for what the machine refused (a full
// disk, a folder that may not be written), or nil. Rooms pass such errors on as
// they are; what a person does about them is the same wherever they arise. A
// fault that a room found itself says more, and goes first.
func (a *app) machineFault(err error) error {
	if fault.Code(err) != "" {
		return nil
	}
	if errors.Is(err, store.ErrTaken) {
		return fault.New(fault.Conflict, "claim.moved-on")
	}
	path := pathOf(err)
	if refused, ok := errors.AsType[*sqlite.Error](err); ok {
		if path == "" {
			path = a.dir
		}
		return databaseFault(refused.Code(), path)
	}
	if refused := postgresFault(err); refused != nil {
		return refused
	}
	if away := networkFault(err); away != nil {
		return away
	}
	for _, m := range machineCodes {
		if errors.Is(err, m.errno) {
			if folder := filepath.Dir(path); m.errno == fs.ErrNotExist && path != "" && isMissing(folder) {
				return fault.New(m.kind, "machine.no-folder", "folder", folder, "file", filepath.Base(path))
			}
			return fault.New(m.kind, m.code, "path", path)
		}
	}
	return nil
}

// networkFault is the fault that stands for another machine, a bucket's say, that
// didn't answer, with what it was asked for; nil where that isn't it.
func networkFault(err error) error {
	asked, ok := errors.AsType[*url.Error](err)
	if !ok || asked.Op == "parse" || errors.Is(err, context.Canceled) {
		return nil
	}
	at, unread := url.Parse(asked.URL)
	if unread != nil {
		return nil
	}
	during, _, _ := strings.Cut(err.Error(), asked.Error())
	return fault.New(fault.Conflict, "machine.no-answer", "at", at.Host, "why", root(asked), "during", strings.TrimSuffix(during, ": "))
}

// isMissing reports that a folder isn't there: a file that is to be written into
// it is not what is missing.
func isMissing(folder string) bool {
	_, err := os.Stat(folder)
	return errors.Is(err, fs.ErrNotExist)
}

// machineCodes are the refusals of the system that a person can do something
// about.
var machineCodes = []struct {
	errno error
	kind  fault.Kind
	code  string
}{
	{syscall.ENOSPC, fault.Conflict, "machine.disk-full"},
	{syscall.EDQUOT, fault.Conflict, "machine.disk-full"},
	{syscall.EROFS, fault.Conflict, "machine.read-only"},
	{fs.ErrPermission, fault.Conflict, "machine.denied"},
	{syscall.EISDIR, fault.Invalid, "machine.is-folder"},
	{syscall.ENOTDIR, fault.Invalid, "machine.not-folder"},
	{fs.ErrNotExist, fault.NotFound, "machine.not-there"},
	{fs.ErrExist, fault.Conflict, "machine.there-already"},
	{syscall.EMFILE, fault.Conflict, "machine.too-many-files"},
	{syscall.EFBIG, fault.Conflict, "machine.disk-full"},
	{syscall.EIO, fault.Conflict, "machine.disk-fails"},
}

// databaseFault puts a refusal of SQLite into a fault. Its result codes are
// those of https://www.sqlite.org/rescode.html; the low byte is the primary one.
func databaseFault(code int, path string) error {
	switch code {
	case lib.SQLITE_IOERR_SHMSIZE, lib.SQLITE_IOERR_WRITE, lib.SQLITE_IOERR_TRUNCATE: // what a full disk comes to beside SQLITE_FULL
		return fault.New(fault.Conflict, "machine.disk-full", "path", path)
	}
	switch code & 0xff {
	case lib.SQLITE_FULL:
		return fault.New(fault.Conflict, "machine.disk-full", "path", path)
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return fault.New(fault.Conflict, "machine.read-only", "path", path)
	case lib.SQLITE_CANTOPEN:
		return fault.New(fault.Conflict, "machine.database-closed", "path", path)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fault.New(fault.Conflict, "machine.database-busy", "path", path)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fault.New(fault.Unsound, "machine.database-damaged", "path", path)
	case lib.SQLITE_IOERR:
		return fault.New(fault.Conflict, "machine.disk-fails", "path", path)
	}
	return nil
}

// pathOf is the file that an error names, or "".
func pathOf(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Path
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.New
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Syscall
	}
	return ""
}
