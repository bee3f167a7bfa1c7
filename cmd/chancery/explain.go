package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

func (a *app) explainCommand() *cobra.Command {
	purpose, lang := office.PurposeReview, language
	c := &cobra.Command{
		Use: "explain CLAIM", Short: "Tell line by line how a claim came to what was decided",
		Long: `Tell line by line, in plain sentences, how a claim came to what was decided: each
rule at work, the article that it rests on, what it read and what followed. It is
told from the traces that were sealed when the rules ran, under the edition of that
day. They hold answers: the reading log keeps who looked, when and for what.

--lang names a language of the programme: its questions, rules and grounds are told
in it, and the sentences around them where the catalogue has that language.`,
		Example: "  chancery explain HF-0000012\n  chancery explain '7K3M 9QX2 VD4K' --lang uk --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				traced, err := i.Office.ReadTraces(c.Context(), by, given[0], purpose)
				if err != nil {
					return err
				}
				a.warn(traced.Alarm)
				told := make([]toldTrace, len(traced.Traces))
				for n, k := range traced.Traces {
					told[n] = tell(k, lang)
				}
				said := map[string]any{"reference": traced.Claim.Reference, "number": traced.Claim.Number, "traces": told}
				return a.print(said, func(w io.Writer) { printTold(w, traced, told, lang) })
			})
		},
	}
	c.Flags().StringVar(&purpose, "purpose", purpose, "what for: "+strings.Join(office.Purposes(), ", "))
	c.Flags().StringVar(&lang, "lang", lang, "language of the programme: en, uk, fr, …")
	return c
}

// toldTrace is a trace in sentences.
type toldTrace struct {
	Entry    string               `json:"entry"`
	Name     string               `json:"name"`
	Edition  *rulebook.EditionRef `json:"edition,omitempty"`
	DeskOnly bool                 `json:"desk_only,omitempty"`
	RestsOn  string               `json:"rests_on,omitempty"`
	Lines    []toldLine           `json:"lines"`
}

type toldLine struct {
	rulebook.Explanation
	Sentences []string `json:"sentences"`
}

// tell tells one trace.
func tell(k office.KeptTrace, lang string) toldTrace {
	t := toldTrace{Entry: k.Entry.String(), Name: k.Name, DeskOnly: k.DeskOnly, RestsOn: k.Trace.RestsOn, Lines: []toldLine{}}
	if k.DeskOnly {
		return t
	}
	t.Edition = &k.Trace.Edition
	for _, x := range k.Edition.Explain(k.Trace, lang) {
		t.Lines = append(t.Lines, toldLine{x, explainSentences(x, lang)})
	}
	return t
}

// explainSentences are what is told of one rule: what it came to, on what it
// rests, what it read, and how the sum was worked out.
func explainSentences(x rulebook.Explanation, lang string) []string {
	said := func(code string, values map[string]string) string {
		text, _ := catalogue.Say(lang, "explain."+code, values)
		return text
	}
	values := map[string]string{"rule": x.Rule, "text": x.Text, "ground": x.Ground, "award": x.Award}
	sentences := []string{said(string(x.Part)+"."+x.Outcome, values)}
	if x.Basis != "" {
		sentences = append(sentences, said("basis", map[string]string{"basis": x.Basis}))
	}
	if x.Assumption {
		sentences = append(sentences, said("assumption", nil))
	}
	for _, in := range x.Read {
		values := map[string]string{"label": in.Label, "answer": shownInput(in, lang)}
		switch {
		case in.Label == "":
			values["label"] = inputLabel(in.Name, lang)
			sentences = append(sentences, said("read-fact", values))
		case in.Text == "":
			sentences = append(sentences, said("read-nothing", values))
		default:
			sentences = append(sentences, said("read", values))
		}
	}
	for _, l := range x.Working {
		values := map[string]string{"text": l.Text, "gives": l.Gives}
		for _, in := range l.With {
			values[strings.ReplaceAll(in.Name, "-", "_")] = in.Text
		}
		code := "working." + l.Step
		if l.Gives == "passed-over" {
			code = "working.passed-over"
		}
		text := said(code, values)
		if l.Text != "" && l.Step != "criterion" {
			text += " " + l.Text
		}
		if l.Basis != "" {
			text += " [" + l.Basis + "]"
		}
		sentences = append(sentences, text)
	}
	return sentences
}

// shownInput is an answer as people read it.
func shownInput(in rulebook.ReadInput, lang string) string {
	switch {
	case in.Shown != "":
		return in.Shown
	case in.Text == rulebook.UnsureText:
		return catalogue.Label(lang, "label.answer.unsure")
	case in.Text == rulebook.DeclinedText:
		return catalogue.Label(lang, "label.answer.declined")
	case in.Type == rulebook.Boolean || in.Text == "true" || in.Text == "false":
		return catalogue.Label(lang, "label.answer."+in.Text)
	}
	return oneLine(in.Text)
}

// inputLabel names what a rule read that is no question: the day of receipt, or
// what is linked: linked(b), awarded(b); or why there is no answer: unsure(x).
func inputLabel(name, lang string) string {
	function, category, of := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	text, ok := catalogue.Say(lang, "label.input."+function, map[string]string{"category": category})
	if !ok || !of && function != name {
		return name
	}
	return text
}

func printTold(w io.Writer, traced office.Traced, told []toldTrace, lang string) {
	say := func(code string, values map[string]string) {
		text, _ := catalogue.Say(lang, "explain."+code, values)
		fmt.Fprintln(w, text)
	}
	c := traced.Claim
	say("claim", map[string]string{"claim": c.Name(), "standing": catalogue.Label(lang, "label.standing."+string(c.Standing))})
	if len(told) == 0 {
		say("no-trace", map[string]string{"claim": c.Name()})
	}
	for n, t := range told {
		fmt.Fprintln(w)
		if t.DeskOnly {
			say("desk-only", map[string]string{"name": t.Name, "claim": c.Name()})
			continue
		}
		k := traced.Traces[n]
		category := k.Trace.Category
		if found, ok := k.Edition.Category(category); ok {
			category = found.Title.In(lang)
		}
		say(strings.ReplaceAll(t.Name, ".", "-"), map[string]string{
			"programme": k.Edition.Title.In(lang), "edition": t.Edition.Number, "category": category,
			"received": k.Trace.Received.String(), "entry": t.Entry,
		})
		if t.RestsOn != "" {
			say("rests-on", map[string]string{"entry": t.RestsOn, "claim": c.Name()})
		}
		for i, l := range t.Lines {
			for j, s := range l.Sentences {
				if j == 0 {
					fmt.Fprintf(w, "%3d. %s\n", i+1, s)
				} else {
					fmt.Fprintf(w, "     %s\n", s)
				}
			}
		}
	}
}

func (a *app) claimRerun() *cobra.Command {
	purpose := office.PurposeAudit
	c := &cobra.Command{
		Use: "rerun CLAIM", Short: "Make the rules' decisions on a claim again, from their traces",
		Long: `Make each decision of the rules on a claim again, from the trace that was sealed
with it: under the edition of that day, with what the rules read then. The result
must be the same, byte for byte, today and in ten years. Nobody sees the answers;
the reading log has that a rule read them. Once a claim is erased its inputs are
gone, and that is said. What read sensitive answers reruns at the desk: chancery
desk rerun.

Exit code 0: the same. 1: something came out otherwise.`,
		Example: "  chancery claim rerun HF-0000012\n  chancery claim rerun HF-0000012 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				found, reruns, err := i.Office.RerunClaim(c.Context(), by, given[0], purpose)
				if err != nil {
					return err
				}
				type line struct {
					Entry string            `json:"entry"`
					Name  string            `json:"name"`
					State office.RerunState `json:"state"`
					Why   string            `json:"why,omitempty"`
				}
				lines, same := make([]line, len(reruns)), true
				for n, r := range reruns {
					lines[n] = line{r.Entry.String(), r.Name, r.State, ""}
					if r.Why != nil {
						lines[n].Why = a.say(r.Why)
					}
					same = same && r.State != office.RerunDifferent && r.State != office.RerunNotRun
				}
				err = a.print(map[string]any{"reference": found.Reference, "number": found.Number, "same": same, "traces": lines}, func(w io.Writer) {
					if len(lines) == 0 {
						text, _ := catalogue.Say(language, "explain.no-trace", map[string]string{"claim": found.Name()})
						fmt.Fprintln(w, text)
					}
					for _, l := range lines {
						fmt.Fprintf(w, "%s %s: %s%s\n", l.Entry, l.Name, catalogue.Label(language, "label.rerun."+string(l.State)), l.Why)
					}
				})
				if err == nil && !same {
					return errFound
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&purpose, "purpose", purpose, "what for: "+strings.Join(office.Purposes(), ", "))
	return c
}
