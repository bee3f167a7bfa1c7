package rulebooks_test

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/internal/plain"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// What a claimant reads of a rulebook that tells stories is plain in each of its
// languages. The official titles of categories are what they are; notes are for
// who studies the rulebook.
func TestWhatAClaimantReadsIsPlain(t *testing.T) {
	looked := 0
	for _, r := range rulebooks.All() {
		e := parse(t, r.ID)
		if len(e.Stories) == 0 {
			continue
		}
		look := func(where string, texts ...rulebook.Texts) {
			for _, text := range texts {
				for lang, said := range text {
					looked++
					for _, c := range plain.Look(lang, said) {
						t.Errorf("%s, %s, %s: %s", e.ID, where, lang, c)
					}
				}
			}
		}
		forClaimants(e, look)
	}
	if looked < 500 {
		t.Errorf("only %d texts were looked at", looked)
	}
}

func forClaimants(e *rulebook.Edition, look func(string, ...rulebook.Texts)) {
	for _, s := range e.Sections {
		look("section "+s.ID, s.Title, s.Hint)
	}
	for _, s := range e.Stories {
		look("story "+s.ID, s.Title, s.Hint)
		for _, q := range s.Asks {
			look("question "+q.ID, q.Text, q.Other, q.Hint)
		}
		for _, l := range s.Leads {
			look("story "+s.ID+" to "+l.Category, l.Reason)
		}
	}
	for _, f := range e.Fields {
		look("question "+f.ID, f.Label, f.Why, f.Help, f.Unit, f.Example)
		for _, o := range f.Options {
			look("option "+f.ID+" "+o.ID, o.Label, o.Text)
		}
	}
	for _, c := range e.Categories {
		for _, p := range c.Evidence.All() {
			look("evidence "+c.ID+" "+p.ID, p.Text)
		}
	}
	for _, p := range e.Parties {
		look("party "+p.ID, p.Title, p.MandateText)
	}
	for _, g := range e.Grounds {
		look("ground "+g.ID, g.Text)
	}
	for _, r := range slices.Concat(e.Requirements, e.Checks) {
		look("rule "+r.ID, r.Text)
	}
	for _, l := range e.Letters {
		look("letter "+l.ID, l.Subject, l.Text)
	}
	for _, d := range e.Deadlines {
		look("deadline "+d.ID, d.Text)
	}
}
