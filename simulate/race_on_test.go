//go:build race || small

package simulate_test

// The demo that is killed, and how often. Under the race detector the database
// is many times slower.
const (
	killedClaims = 150
	killedTimes  = 5
)
