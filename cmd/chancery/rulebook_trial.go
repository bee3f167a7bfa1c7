package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// mostChanges is how many changed claims JSON and the screen name.
const mostChanges = 20

func (a *app) rulebookTrial() *cobra.Command {
	var programme, svg, list string
	c := &cobra.Command{
		Use: "trial NEW", Short: "Try a new edition on all past claims, without touching them",
		Long: `Run a new edition over all past claims of a programme, in memory: who would gain,
who would lose, whose standing would change, and what it comes to in total. What was
decided is compared with what the new edition says; of a claim that isn't decided,
what its own edition says. No claim is touched, and nobody sees an answer. The reading
log has one line for the trial, shown with each claim's readings.

Claims whose sensitive answers a rule would look into are left to the desk (chancery
desk preview) and counted. --svg keeps a picture, --list a table of each claim that
would come out otherwise.`,
		Example: "  chancery rulebook trial next.yaml --on demo\n  chancery rulebook trial next.yaml --on demo --svg next.svg --list changes.csv --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			e, err := a.edition(given[0])
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				changes, err := a.keepChanges(list)
				if err != nil {
					return err
				}
				begun := time.Now()
				trial, err := i.Office.TryEdition(c.Context(), by, programme, e, changes.add, a.progress())
				if closed := changes.close(); err == nil {
					err = closed
				}
				if err != nil {
					return err
				}
				took := time.Since(begun)
				if svg != "" {
					if err := a.keepPicture(trialPicture(e, trial), svg); err != nil {
						return err
					}
				}
				said := map[string]any{"trial": trial, "changes": changes.first, "milliseconds": took.Milliseconds()}
				return a.print(said, func(w io.Writer) { printTrial(w, e, trial, changes.first, took) })
			})
		},
	}
	c.Flags().StringVar(&programme, "on", "", "programme whose claims it is tried on")
	c.Flags().StringVar(&svg, "svg", "", "file for a picture")
	c.Flags().StringVar(&list, "list", "", "file for a table (CSV) of the claims that would come out otherwise")
	return requires(c, "on")
}

// changesKept writes the claims that would come out otherwise to a table, and
// keeps the first of them.
type changesKept struct {
	first []office.TrialChange
	file  *os.File
	rows  *csv.Writer
}

func (a *app) keepChanges(name string) (*changesKept, error) {
	k := &changesKept{first: []office.TrialChange{}}
	if name == "" {
		return k, nil
	}
	path, err := a.file(name)
	if err != nil {
		return nil, err
	}
	if k.file, err = os.Create(path); err != nil {
		return nil, err
	}
	k.rows = csv.NewWriter(k.file)
	return k, k.rows.Write([]string{"claim", "category", "was", "was_award", "was_rule", "would", "would_award", "would_rule", "would_ground", "would_miss"})
}

func (k *changesKept) add(c office.TrialChange) error {
	if len(k.first) < mostChanges {
		k.first = append(k.first, c)
	}
	if k.rows == nil {
		return nil
	}
	award := func(s office.TrialState) string {
		if s.Award.IsZero() {
			return ""
		}
		return s.Award.String()
	}
	return k.rows.Write([]string{
		c.Claim, c.Category, string(c.Was.Standing), award(c.Was), c.Was.Rule,
		string(c.Would.Standing), award(c.Would), c.Would.Rule, c.Would.Ground, strings.Join(c.Would.Missing, " "),
	})
}

func (k *changesKept) close() error {
	if k.rows == nil {
		return nil
	}
	k.rows.Flush()
	if err := k.rows.Error(); err != nil {
		return err
	}
	return k.file.Close()
}

func printTrial(w io.Writer, e *rulebook.Edition, t office.Trial, first []office.TrialChange, took time.Duration) {
	fmt.Fprintf(w, "%s, edition %s, tried on %s claims:\n\n", e.ID, e.Number, grouped(t.Tried))
	most := max(t.Gain, t.Lose, t.Standing, t.Same, 1)
	for _, l := range []struct {
		name string
		n    int64
	}{{"would gain", t.Gain}, {"would lose", t.Lose}, {"another standing", t.Standing}, {"the same", t.Same}} {
		fmt.Fprintf(w, "  %-17s %9s  %s\n", l.name, grouped(l.n), bar(l.n, most))
	}
	fmt.Fprintf(w, "\nAwarded: %s; would be: %s\n", amounts(t.Was), amounts(t.Would))
	if len(t.Moves) > 0 {
		fmt.Fprintln(w, "\nFrom one standing to another:")
		rows := [][]string{}
		for _, m := range t.Moves {
			rows = append(rows, []string{"  " + trialWord(m.From), "→ " + trialWord(m.To), grouped(m.Claims)})
		}
		table(w, rows...)
	}
	fmt.Fprintln(w, "\nBy category:")
	rows := [][]string{{"  CATEGORY", "CLAIMS", "GAIN", "LOSE", "STANDING", "WAS", "WOULD BE"}}
	for _, c := range t.Categories {
		rows = append(rows, []string{"  " + c.Category, grouped(c.Claims), grouped(c.Gain), grouped(c.Lose), grouped(c.Standing), amounts(c.Was), amounts(c.Would)})
	}
	table(w, rows...)
	if len(first) > 0 {
		fmt.Fprintln(w, "\nThe first claims that would come out otherwise (all of them: --list FILE):")
		rows := [][]string{}
		for _, c := range first {
			rows = append(rows, []string{"  " + c.Claim, c.Category, trialState(c.Was), "→ " + trialState(c.Would)})
		}
		table(w, rows...)
	}
	fmt.Fprintln(w)
	for _, l := range []struct {
		n    int64
		text string
	}{
		{t.AtDesk, "could not be tried here, since a rule looks into sensitive answers: chancery desk preview"},
		{t.Erased, "are erased, and nothing is left to try on"},
		{t.Withdrawn, "were withdrawn, and are left out"},
	} {
		if l.n > 0 {
			fmt.Fprintf(w, "%s claims %s.\n", grouped(l.n), l.text)
		}
	}
	for code, n := range t.NotRun {
		fmt.Fprintf(w, "%s claims can't be judged by it: %s\n", grouped(n), code)
	}
	fmt.Fprintf(w, "No claim was touched. It took %s, %s claims a second.\n", took.Round(time.Millisecond), grouped(int64(float64(t.Claims)/max(took.Seconds(), 0.001))))
}

// bar is a bar of at most forty marks; what isn't nothing has one at least.
func bar(n, most int64) string {
	marks := int(n * 40 / most)
	if n > 0 {
		marks = max(marks, 1)
	}
	return strings.Repeat("█", marks)
}

func trialWord(s office.TrialStanding) string {
	return catalogue.Label(language, "label.trial."+string(s))
}

func trialState(s office.TrialState) string {
	switch {
	case s.Standing == office.TrialAward:
		return s.Award.String()
	case s.Ground != "":
		return trialWord(s.Standing) + " (" + s.Ground + ")"
	case s.Reason != "":
		return trialWord(s.Standing) + " (" + s.Reason + ")"
	case len(s.Missing) > 0:
		return trialWord(s.Standing) + " (" + listed(s.Missing) + ")"
	}
	return trialWord(s.Standing)
}

// trialPicture draws, category by category, how many claims would gain, lose,
// change standing or stay, and the totals below.
func trialPicture(e *rulebook.Edition, t office.Trial) *picture {
	const left, wide, step = 240, 480, 34
	p := &picture{}
	p.text(20, 30, "start", "title", fmt.Sprintf("%s, edition %s, on %s past claims", e.Title.In(language), e.Number, grouped(t.Tried)))
	colours := []struct{ name, fill string }{{"would gain", "#2e7d4f"}, {"would lose", "#b3382c"}, {"another standing", "#d19a1d"}, {"the same", "#c9ccd1"}}
	for i, c := range colours {
		p.rect(20+i*160, 46, 12, 12, c.fill)
		p.text(38+i*160, 57, "start", "small", c.name)
	}
	y := 84
	row := func(name string, n office.TrialCount) {
		all := max(n.Gain+n.Lose+n.Standing+n.Same, 1)
		p.text(left-10, y+15, "end", "", cut(name, 30))
		x := left
		for i, part := range []int64{n.Gain, n.Lose, n.Standing, n.Same} {
			width := int(part * wide / all)
			if part > 0 {
				p.rect(x, y, max(width, 1), 20, colours[i].fill)
			}
			x += width
		}
		p.text(left+wide+14, y+9, "start", "small", fmt.Sprintf("%s claims: +%s  −%s  ±%s", grouped(all), grouped(n.Gain), grouped(n.Lose), grouped(n.Standing)))
		p.text(left+wide+14, y+22, "start", "small", amounts(n.Was)+" → "+amounts(n.Would))
		y += step
	}
	row("All", t.TrialCount)
	y += 8
	for _, c := range t.Categories {
		name := c.Category
		if found, ok := e.Category(c.Category); ok {
			name = found.Title.In(language)
		}
		row(name, c.TrialCount)
	}
	if left := t.AtDesk + t.Erased + t.Withdrawn; left > 0 {
		p.text(20, y+14, "start", "small", fmt.Sprintf("Not tried: %s for sensitive answers (at the desk), %s erased, %s withdrawn.", grouped(t.AtDesk), grouped(t.Erased), grouped(t.Withdrawn)))
	}
	p.reach(left+wide+340, y+14)
	return p
}
