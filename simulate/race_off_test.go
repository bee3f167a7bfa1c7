//go:build !race && !small

package simulate_test

// The demo that is killed, and how often.
const (
	killedClaims = 3000
	killedTimes  = 20
)
