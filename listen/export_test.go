package listen

import "time"

// Hurry makes the limits of a connection short for a test, until it is undone.
func Hurry(read, write time.Duration) (undo func()) {
	r, w := readAll, writeAll
	readAll, writeAll = read, write
	return func() { readAll, writeAll = r, w }
}
