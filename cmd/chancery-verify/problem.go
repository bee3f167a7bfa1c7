package main

import (
	"fmt"
	"slices"
	"strings"
)

// problem is one thing that is not as it must be, said to somebody who has
// never seen a hash: where it is, what is wrong, what that means, what to do.
type problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
	Means string `json:"means,omitempty"`
	Do    string `json:"do,omitempty"`

	Unread bool `json:"unread,omitempty"` // nothing was found wrong: it couldn't be had
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

// unknown is a problem of something that couldn't be had, right or wrong.
func unknown(where, what string, values ...any) *problem {
	p := wrong(where, what, values...)
	p.Unread = true
	return p
}

// meaning adds what follows from the problem.
func (p *problem) meaning(means, do string) *problem {
	p.Means, p.Do = means, do
	return p
}

// mostProblems bounds what is kept of a file in which everything is wrong.
const mostProblems = 50

// unread reports whether all that is listed is that files couldn't be had: then
// nothing was found wrong, and it can't be told whether all is well.
func unread(list []*problem) bool {
	return !slices.ContainsFunc(list, func(p *problem) bool { return !p.Unread })
}

// problems gathers what is wrong with something that is read to its end.
type problems struct {
	list []*problem
	more int // beyond the list
}

func (ps *problems) add(p *problem) {
	if last := mostProblems - 1; len(ps.list) > last {
		if ps.more++; ps.list[last].Unread && !p.Unread {
			ps.list[last] = p // what is wrong outweighs what couldn't be had
		}
		return
	}
	ps.list = append(ps.list, p)
}

func (ps *problems) none() bool { return len(ps.list) == 0 }

// misuse is a command that can't be carried out as it was given.
type misuse struct{ text string }

func (m misuse) Error() string { return m.text }

func useWrong(text string, values ...any) error { return misuse{fmt.Sprintf(text, values...)} }
