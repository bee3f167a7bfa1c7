package console

import (
	"strings"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// letter is what the claimant will be told, written before it is sent: the
// rulebook's own words, in each of its languages, with each thing that is
// missing by its name.
type letter struct {
	Versions []letterVersion
}

type letterVersion struct {
	Lang, Language, Subject, Text string
	Missing                       []string
	Ground                        string
	Told                          bool // the text names what is missing
}

// letterFor writes the letter that follows from a finding; nil where none does.
func letterFor(words screen.Words, one office.Queued, f rulebook.Finding) *letter {
	on := map[rulebook.FindingOutcome]string{rulebook.Deficient: "found-deficient", rulebook.Refuse: "refused", rulebook.Record: "recorded"}[f.Outcome]
	if on == "" {
		return nil
	}
	e := one.Edition
	l := &letter{}
	for _, lang := range e.Programme.Languages {
		in := screen.Words{Lang: lang}
		v := letterVersion{Lang: lang, Language: words.Say("console.language." + lang)}
		for _, missing := range f.Missing {
			v.Missing = append(v.Missing, e.Lacks(one.Claim.Category, missing).In(lang))
		}
		if g, ok := e.Ground(f.Ground); ok {
			v.Ground = g.Text.In(lang)
		}
		if template, ok := e.Letter(on, one.Claim.Category); ok {
			v.Subject, v.Text = template.Subject.In(lang), template.Text.In(lang)
			if subject, text, err := template.Write(lang, letterValues(in, one, v)); err == nil {
				v.Subject, v.Text, v.Told = subject, text, strings.Contains(template.Text.In(lang), "{missing}")
			}
		}
		l.Versions = append(l.Versions, v)
	}
	return l
}

// letterValues are the values that are known before the act: the number isn't.
func letterValues(in screen.Words, one office.Queued, v letterVersion) map[string]string {
	missing := ""
	for i, m := range v.Missing {
		if i > 0 {
			missing += "; "
		}
		missing += m
	}
	values := map[string]string{
		"reference": string(one.Claim.Reference), "received": in.Date(one.Claim.Received), "programme": one.Edition.Title.In(v.Lang),
		"category": categoryName(in, one), "missing": missing, "ground": v.Ground, "number": "…",
	}
	today := dayOf(one)
	for i := range one.Edition.Deadlines {
		d := &one.Edition.Deadlines[i]
		values["deadline:"+d.ID] = in.Date(d.Ends(today))
	}
	return values
}
