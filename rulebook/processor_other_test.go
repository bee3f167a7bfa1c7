//go:build !linux

package rulebook_test

import "time"

var begun = time.Now()

// processorTime is the time that went by: only Linux counts a thread's own.
func processorTime() time.Duration { return time.Since(begun) }
