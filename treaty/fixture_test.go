package treaty_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// when reads a date as a source gives it.
func when(t interface{ Fatal(...any) }, s string) day.When {
	w, err := day.ParseWhen(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func on(t interface{ Fatal(...any) }, s string) day.Date {
	if s == "" {
		return day.Date{}
	}
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func delay(t interface{ Fatal(...any) }, s string) treaty.Delay {
	d, err := treaty.ParseDelay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// facts reads lines of a story: "2001-05-03 ratification Austria", with more
// words as name=value: effective, known, predecessor, with, code, org,
// condition, by, document, ended, text, against.
func facts(t interface{ Fatal(...any) }, id string, clause *treaty.Clause, story string) []treaty.Fact {
	src := roll.Source{Name: "the story"}
	known := day.Must(2000, 1, 1)
	all := []treaty.Fact{{Source: src, Known: known, Instrument: &treaty.Instrument{ID: id, Title: "Convention of " + id, Depositaries: []string{"the Depositary"}, Clause: clause}}}
	for line := range strings.Lines(story) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		a := &treaty.Action{Treaty: id, Kind: treaty.Kind(words[1]), On: when(t, words[0])}
		f := treaty.Fact{Source: src, Known: known, Action: a}
		for _, w := range words[2:] {
			name, value, pair := strings.Cut(w, "=")
			switch {
			case !pair:
				a.Party = strings.TrimSpace(a.Party + " " + w)
			case name == "known":
				f.Known = on(t, value)
			case name == "effective":
				a.Effect = when(t, value)
			case name == "predecessor":
				a.Predecessor = value
			case name == "ended":
				a.Ended = true
			case name == "with":
				a.With = value
			case name == "code":
				a.Code = value
			case name == "org":
				a.Org = true
			case name == "condition":
				a.Condition = value
			case name == "by":
				a.By = value
			case name == "document":
				a.Document = value
			case name == "text":
				a.Text = value
			case name == "against":
				a.Against = value
			default:
				t.Fatal(fmt.Errorf("the story doesn't know %s", w))
			}
		}
		if err := f.Check(); err != nil {
			t.Fatal(fmt.Errorf("%s: %w", line, err))
		}
		all = append(all, f)
	}
	return all
}

// count is a clause of so many instruments and a delay.
func count(t interface{ Fatal(...any) }, n int, after string) *treaty.Clause {
	return &treaty.Clause{
		Provision: "Article 1", Delay: delay(t, after),
		Conditions: []treaty.Condition{{Name: "instruments", Number: n}},
	}
}

// entered says when a treaty entered or is to enter into force.
func entered(s treaty.Status) string {
	switch {
	case s.Entry != nil:
		return s.Entry.String()
	case s.Scheduled != nil:
		return s.Scheduled.String()
	}
	return ""
}

func names(list []treaty.Bound) string {
	var all []string
	for _, b := range list {
		all = append(all, b.Name)
	}
	return strings.Join(all, " ")
}

func missing(s treaty.Status) string {
	var all []string
	for _, m := range s.Missing {
		all = append(all, strings.TrimPrefix(m.Code, "treaty.step.missing."))
	}
	return strings.Join(all, " ")
}

var _ = testing.Short
