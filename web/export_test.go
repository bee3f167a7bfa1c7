package web

import "time"

// Patterns are the patterns of all routes, and whether each shows something of
// the claim that one is signed in to.
func Patterns() map[string]bool {
	all := map[string]bool{}
	for _, r := range routes {
		all[r.pattern] = r.own != nil
	}
	return all
}

// AnswerAfter is when a wrong pair is answered.
const AnswerAfter = answerAfter

// MostCounted bounds the counts of a limit.
const MostCounted = mostCounted

// Counted takes that many tries of different names, and says how many are kept.
func Counted(tries int, name func(n int) string, now time.Time) int {
	l := newLimit(1)
	for n := range tries {
		l.take(name(n), now)
	}
	return len(l.counts)
}

// CodeText is what the sheet's code holds.
var CodeText = codeText
