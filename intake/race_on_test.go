//go:build race || small

package intake_test

// raceOn: the race detector makes SQLite in Go ten times as slow. What takes
// the whole real file then runs in cmd/chancery, over the binary as it ships.
const raceOn = true
