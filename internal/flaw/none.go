//go:build !flaws

package flaw

// On reports whether this mistake is made: never.
func On(Name) bool { return false }
