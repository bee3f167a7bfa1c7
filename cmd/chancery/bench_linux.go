package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes what was written durable, as SQLite does at a commit.
func syncData(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
