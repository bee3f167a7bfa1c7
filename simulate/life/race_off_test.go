//go:build !race && !small

package life_test

// How much the tests play unless told otherwise: make lives plays 200 years.
const (
	newYears      = 10
	replayedYears = 3
	postgresLives = 3
)
