//go:build race || small

package life_test

// How much the tests play unless told otherwise. Under the race detector the
// database is many times slower; make lives plays 200 years without it.
const (
	newYears      = 5
	replayedYears = 1
	postgresLives = 1
)
