package main

import (
	"io"
	"strings"
	"unicode"
)

// steady passes text on without what steers a terminal. An answer may come from
// a server that is not ours, a claimant, a file or a witness, and none of them
// is to colour a line, clear a screen, turn a text round or begin a line of its
// own on the screen of an officer.
type steady struct{ to io.Writer }

// Write writes whole sentences.
func (s steady) Write(p []byte) (int, error) {
	if _, err := io.WriteString(s.to, steadied(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// steadied is a text with a question mark in the place of each control, and of
// each mark that turns the direction of what follows.
func steadied(text string) string {
	return strings.Map(func(c rune) rune {
		steers := unicode.IsControl(c) && c != '\n' && c != '\t' || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069
		if steers {
			return '?'
		}
		return c
	}, text)
}
