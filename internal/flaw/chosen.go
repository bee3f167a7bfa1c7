//go:build flaws

package flaw

import (
	"os"
	"sync/atomic"
)

// FromEnvironment is the variable that chooses a mistake for a program built
// with the tag.
const FromEnvironment = "CHANCERY_FLAW"

var chosen atomic.Value // Name

func init() { Choose(Name(os.Getenv(FromEnvironment))) }

// Choose makes one mistake from here on; "" makes none.
func Choose(n Name) { chosen.Store(n) }

// On reports whether this mistake is made.
func On(n Name) bool { return chosen.Load() == n }
