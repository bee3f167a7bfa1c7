package main

import (
	"runtime"
	"runtime/debug"
)

// ballast is memory that nobody touches, and which so takes none; but the collector
// counts it as in use, and lets as much more be made before it runs. What a server
// makes for an act is garbage at once, beside little that stays: without ballast one
// act in some dozens waits for a collection. drop lets it go.
func ballast() (drop func()) {
	held := make([]byte, 16<<20)
	return func() { runtime.KeepAlive(held) }
}

// sparing has the collector run sooner, for a command of its own process that goes
// through a large file on a small machine: a twentieth less memory, for some hundredths
// more time. back lets it be as before.
func sparing() (back func()) {
	before := debug.SetGCPercent(70)
	return func() { debug.SetGCPercent(before) }
}
