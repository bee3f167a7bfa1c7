//go:build race

package rulebook_test

// racing is whether the race detector is on, under which nothing is quick.
const racing = true
