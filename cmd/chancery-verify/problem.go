package main

import (
	"fmt"
	"strings"
)

// problem is one thing that is not as it must be, said to somebody who has
// never seen a hash: where it is, what is wrong, what that means, what to do.
type problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
	Means string `json:"means,omitempty"`
	Do    string `json:"do,omitempty"`
}

func (p *problem) Error() string {
	parts := []string{p.Where + ": " + p.What + "."}
	if p.Means != "" {
		parts = append(parts, p.Means+".")
	}
	if p.Do != "" {
		parts = append(parts, p.Do+".")
	}
	return strings.Join(parts, " ")
}

// wrong is a problem of which the place and the matter are all that is to be
// said: the file as a whole is refused, and the caller says what that means.
func wrong(where, what string, values ...any) *problem {
	return &problem{Where: where, What: fmt.Sprintf(what, values...)}
}

// meaning adds what follows from the problem.
func (p *problem) meaning(means, do string) *problem {
	p.Means, p.Do = means, do
	return p
}

// mostProblems bounds what is kept of a file in which everything is wrong.
const mostProblems = 50

// problems gathers what is wrong with something that is read to its end.
type problems struct {
	list []*problem
	more int // beyond the list
}

func (ps *problems) add(p *problem) {
	if len(ps.list) == mostProblems {
		ps.more++
		return
	}
	ps.list = append(ps.list, p)
}

func (ps *problems) none() bool { return len(ps.list) == 0 }

// misuse is a command that can't be carried out as it was given.
type misuse struct{ text string }

func (m misuse) Error() string { return m.text }

func useWrong(text string, values ...any) error { return misuse{fmt.Sprintf(text, values...)} }
