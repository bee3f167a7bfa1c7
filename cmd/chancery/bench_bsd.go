//go:build darwin || freebsd

package main

import "os"

// syncData makes what was written durable, as SQLite does at a commit.
func syncData(f *os.File) error { return f.Sync() }
