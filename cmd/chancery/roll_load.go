package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/dossiers"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
)

// loading are the flags of roll load and treaty load.
type loading struct {
	known       string
	yes, dryRun bool
}

func (l *loading) flags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&l.known, "known", "", "the day on which we learned what names no other: 2026-11-23 (default: the dossier's own, else today)")
	c.Flags().BoolVar(&l.yes, "yes", false, "accept without asking")
	c.Flags().BoolVar(&l.dryRun, "dry-run", false, "show what would change, and take nothing")
	return c
}

// day is the day of learning that was given; none where it wasn't.
func (l *loading) day(c *cobra.Command) (day.Date, error) {
	if l.known == "" {
		return day.Date{}, nil
	}
	d, err := day.Parse(l.known)
	if err != nil {
		return d, wrongUse(c, "ask.date", "name", "known", "text", l.known)
	}
	return d, nil
}

func (a *app) rollLoad() *cobra.Command {
	var l loading
	c := &cobra.Command{
		Use: "load ID|FILE|FOLDER…", Short: "Take facts into the roll",
		Long: `Take facts into the roll: the dossier that ships (cis-csto), a folder, or files (CSV,
YAML, ISO's JSON), which then come in together. What they would add, end, change
or contradict is shown first. On a terminal you are asked whether to accept it;
--yes accepts, and so does a script, where nobody can be asked. --dry-run shows
it and takes nothing.

Each fact keeps the day on which we learned it: its own, or the dossier's, or
--known, or today. Given twice, it adds nothing.`,
		Example: `  chancery roll load cis-csto
  chancery roll load igo_list.csv cow_states.csv igo_membership.csv --known 2026-11-23 --yes
  chancery roll load my-dossier --dry-run`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			known, err := l.day(c)
			if err != nil {
				return err
			}
			return a.loadRoll(c.Context(), l, known, given)
		},
	}
	return l.flags(c)
}

func (a *app) loadRoll(ctx context.Context, l loading, known day.Date, given []string) error {
	start := time.Now()
	read := func(today day.Date) (roll.Bundle, error) {
		names, err := a.dossierNames(given)
		if err != nil {
			return roll.Bundle{}, err
		}
		b, err := dossier.OpenRoll(known, names...)
		a.tellFacts("facts-read", len(b.Facts), err)
		return b.Dated(today), err
	}
	if l.dryRun {
		return a.reading(ctx, func(i *installation.Installation) error {
			b, err := read(a.desk(i).Today())
			if err != nil {
				return err
			}
			sum, err := a.summarised(ctx, i, b)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"dry_run": true, "summary": sum}, func(w io.Writer) {
				printSummary(w, summaryOf(sum))
				fmt.Fprintln(w, "Nothing was taken (--dry-run).")
			})
		})
	}
	return a.acting(ctx, func(i *installation.Installation, by office.By) error {
		b, err := read(a.desk(i).Today())
		if err != nil {
			return err
		}
		sum, err := a.summarised(ctx, i, b)
		if err != nil {
			return err
		}
		short := summaryOf(sum)
		if err := a.accept(l, given, short); err != nil {
			return err
		}
		done, err := i.Office.LoadRoll(ctx, by, b)
		a.tellFacts("facts-entered", len(b.Facts), err)
		if err != nil {
			return err
		}
		return a.printLoaded(done, short, start)
	})
}

// dossierNames are what somebody named: dossiers that ship as they are, files
// by where they lead to.
func (a *app) dossierNames(given []string) ([]string, error) {
	names := make([]string, len(given))
	for n, name := range given {
		names[n] = name
		if len(given) == 1 && slices.Contains(dossiers.List(), name) {
			continue
		}
		path, err := a.file(name)
		if err != nil {
			return nil, err
		}
		names[n] = path
	}
	return names, nil
}

// summarised is what a bundle would change in what the roll holds of the same
// things.
func (a *app) summarised(ctx context.Context, i *installation.Installation, b roll.Bundle) (roll.Summary, error) {
	var subjects []roll.ID
	seen := map[roll.ID]bool{}
	for _, f := range b.Facts {
		if id := f.Subject(); !seen[id] {
			seen[id] = true
			subjects = append(subjects, id)
		}
	}
	have, err := i.Office.Roll(ctx, subjects...)
	if err != nil {
		return roll.Summary{}, err
	}
	return roll.Summarise(have, b), nil
}

// summary is what a bundle would change, for a person to read. Its JSON counts.
type summary struct {
	bundle, title string
	known         day.Date

	Added    int            `json:"added"`
	Ended    int            `json:"ended"`
	Changed  int            `json:"changed"`
	Conflict int            `json:"in_conflict"`
	Already  int            `json:"already_known"`
	Kinds    map[string]int `json:"kinds"` // of what is added
	lines    []change       // of what is ended, changed or in conflict
}

// change is one line of a summary.
type change struct {
	what, about, is, source string
	was                     []string
}

func summaryOf(s roll.Summary) summary {
	out := summary{
		bundle: s.Bundle, title: s.Title, known: s.Known, Kinds: map[string]int{},
		Added: len(s.Added), Ended: len(s.Ended), Changed: len(s.Changed), Conflict: len(s.Conflict), Already: len(s.AlreadyKnown),
	}
	for _, l := range s.Added {
		out.Kinds[l.Kind]++
	}
	for _, part := range []struct {
		what  string
		lines []roll.Line
	}{{"ends", s.Ended}, {"changes", s.Changed}, {"in conflict", s.Conflict}} {
		for _, l := range part.lines {
			out.lines = append(out.lines, change{part.what, string(l.Subject) + ", " + l.Kind, cmp.Or(l.Is, "-"), l.Fact.Source.Name, l.Was})
		}
	}
	return out
}

// mostLines bounds the lines of a summary that a person reads.
const mostLines = 40

func printSummary(w io.Writer, s summary) {
	title := s.title
	if title == "" {
		title = s.bundle
	}
	fmt.Fprintf(w, "%s (%s), learned on %s\n", title, s.bundle, s.known)
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(s.Kinds)) {
		kinds = append(kinds, fmt.Sprintf("%s: %s", strings.ReplaceAll(kind, "_", " "), grouped(int64(s.Kinds[kind]))))
	}
	table(w,
		[]string{"adds", grouped(int64(s.Added)), strings.Join(kinds, ", ")},
		[]string{"ends", grouped(int64(s.Ended)), ""},
		[]string{"changes", grouped(int64(s.Changed)), ""},
		[]string{"in conflict", grouped(int64(s.Conflict)), ""},
		[]string{"known already", grouped(int64(s.Already)), ""})
	for _, l := range s.lines[:min(len(s.lines), mostLines)] {
		fmt.Fprintf(w, "%s: %s: %s  [%s]\n", l.what, l.about, l.is, shortened(l.source))
		for _, was := range l.was {
			fmt.Fprintf(w, "    beside: %s\n", was)
		}
	}
	if more := len(s.lines) - mostLines; more > 0 {
		fmt.Fprintf(w, "… and %s more\n", grouped(int64(more)))
	}
}

// accept shows what a bundle would change, and asks whether it is accepted.
// What ships was accepted by who installed the program; where nobody can be
// asked, who gave the command meant it.
func (a *app) accept(l loading, given []string, s summary) error {
	if !a.json {
		printSummary(steady{a.out}, s)
	}
	ships := len(given) == 1 && slices.Contains(dossiers.List(), given[0])
	if l.yes || ships || !a.terminal.In || a.json || s.Added+s.Ended+s.Changed+s.Conflict == 0 {
		return nil
	}
	fmt.Fprint(a.err, "Accept this? [y/N] ")
	answer, err := a.typedLine(a.input())
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return fault.New(fault.Conflict, "ask.not-accepted")
	}
	return nil
}

func (a *app) printLoaded(done office.Loaded, s summary, start time.Time) error {
	took := time.Since(start)
	answer := struct {
		office.Loaded
		Known   day.Date `json:"known"`
		Summary summary  `json:"summary"`
		Seconds float64  `json:"seconds"`
	}{done, s.known, s, float64(took.Milliseconds()) / 1000}
	return a.print(answer, func(w io.Writer) {
		if len(done.Entries) == 0 {
			fmt.Fprintln(w, "Nothing is new; nothing was entered.")
			return
		}
		fmt.Fprintf(w, "Entered: %s facts about %s things, in %.1f seconds. %s\n", grouped(done.Entered), grouped(done.Streams), took.Seconds(), entries(done.Entries))
	})
}

func entries(refs []docket.Ref) string {
	var all []string
	for _, r := range refs {
		all = append(all, r.String())
	}
	if len(all) == 1 {
		return "Entry: " + all[0]
	}
	return "Entries: " + strings.Join(all, ", ")
}

// fewFacts are so few that nobody waits for them.
const fewFacts = 5000

// tellFacts says on the way that a step over many facts is done.
func (a *app) tellFacts(stage string, facts int, err error) {
	if progress := a.progress(); progress != nil && err == nil && facts > fewFacts {
		progress(stage, int64(facts), int64(facts))
	}
}
