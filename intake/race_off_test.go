//go:build !race && !small

package intake_test

const raceOn = false
