package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

func (a *app) treatyCommand() *cobra.Command {
	return group("treaty", "What is in force, on any date, and why", "treaty status iccu-2025 --on 2026-11-23",
		a.treatyLoad(), a.treatyList(), a.treatyStatus(), a.treatySignatories(), a.treatyActions(), a.treatyProject(),
		a.acknowledged(a.treatyDeposit()), a.treatyNotice(), a.treatyUpcoming(), a.treatyFeed(), a.treatyCheck())
}

func (a *app) treatyLoad() *cobra.Command {
	var l loading
	c := &cobra.Command{
		Use: "load ID|FILE|FOLDER…", Short: "Take treaties and the actions on them in",
		Long: `Take treaties and the actions on them in: the dossier that ships (iccu-2025), a
folder, or files: YAML with clauses and actions, lists of actions, of treaties and
of clauses (CSV, told apart by their headers). What they would add, end, change or contradict is shown first, as with
chancery roll load. Actions are only ever added; a rectification takes one back.`,
		Example: `  chancery treaty load iccu-2025
  chancery treaty load treaty_actions.csv treaties.csv --known 2026-11-23 --yes`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			known, err := l.day(c)
			if err != nil {
				return err
			}
			return a.loadTreaties(c.Context(), l, known, given)
		},
	}
	return l.flags(c)
}

func (a *app) loadTreaties(ctx context.Context, l loading, known day.Date, given []string) error {
	start := time.Now()
	read := func(i *installation.Installation) (treaty.Bundle, summary, error) {
		names, err := a.dossierNames(given)
		if err != nil {
			return treaty.Bundle{}, summary{}, err
		}
		if known.IsZero() {
			known = a.desk(i).Today() // a dossier's own day goes before it
		}
		b, err := dossier.OpenTreaties(known, names...)
		a.tellFacts("facts-read", len(b.Facts), err)
		if err != nil {
			return b, summary{}, err
		}
		have, err := knownOf(ctx, i, b)
		return b, treatySummary(b, treaty.Summarise(have, b), have), err
	}
	if l.dryRun {
		return a.reading(ctx, func(i *installation.Installation) error {
			_, sum, err := read(i)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"dry_run": true, "summary": sum}, func(w io.Writer) {
				printSummary(w, sum)
				fmt.Fprintln(w, "Nothing was taken (--dry-run).")
			})
		})
	}
	return a.acting(ctx, func(i *installation.Installation, by office.By) error {
		b, sum, err := read(i)
		if err != nil {
			return err
		}
		if err := a.accept(l, given, sum); err != nil {
			return err
		}
		done, err := i.Office.LoadTreaties(ctx, by, b)
		a.tellFacts("facts-entered", len(b.Facts), err)
		if err != nil {
			return err
		}
		return a.printLoaded(done, sum, start)
	})
}

// knownOf is what the record has on the treaties of a bundle.
func knownOf(ctx context.Context, i *installation.Installation, b treaty.Bundle) ([]treaty.Fact, error) {
	ids := map[string]bool{}
	for _, f := range b.Facts {
		ids[f.Subject()] = true
	}
	var have []treaty.Fact
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		file, err := i.Office.Treaty(ctx, id)
		if fault.Code(err) == "treaty.none" {
			continue
		}
		if err != nil {
			return nil, err
		}
		have = append(have, file.Facts(day.Date{})...)
	}
	return have, nil
}

func treatySummary(b treaty.Bundle, s treaty.Summary, have []treaty.Fact) summary {
	out := summary{
		bundle: b.ID, title: b.Title, known: b.Known, Kinds: map[string]int{},
		Added: len(s.Added), Ended: len(s.Ended), Changed: len(s.Changed), Conflict: len(s.Conflict), Already: s.Known,
	}
	for _, l := range s.Added {
		kind := "treaty"
		if l.Fact.Action != nil {
			kind = string(l.Fact.Action.Kind)
		}
		out.Kinds[kind]++
	}
	was := map[treaty.FactID]string{}
	if len(s.Ended)+len(s.Changed)+len(s.Conflict) > 0 {
		for _, f := range have {
			was[f.ID()] = inShort(f)
		}
	}
	for _, part := range []struct {
		what  string
		lines []treaty.Line
	}{{"ends", s.Ended}, {"changes", s.Changed}, {"in conflict", s.Conflict}} {
		for _, l := range part.lines {
			line := change{what: part.what, about: l.Fact.Subject(), is: inShort(l.Fact), source: l.Fact.Source.Name}
			for _, id := range l.Stands {
				line.was = append(line.was, was[id])
			}
			out.lines = append(out.lines, line)
		}
	}
	return out
}

// inShort is a fact on a treaty in a few words.
func inShort(f treaty.Fact) string {
	if a := f.Action; a != nil {
		return fmt.Sprintf("%s, %s, %s", cmp.Or(a.Party, a.By, a.Treaty), kindOf(a.Kind), cmp.Or(a.On.String(), "not known when"))
	}
	return "the treaty as described"
}

// depositing are the flags of treaty deposit.
type depositing struct {
	treaty.Action
	kind, on, effect, corrects, source, link, note, known string
}

func (a *app) treatyDeposit() *cobra.Command {
	var f depositing
	c := &cobra.Command{
		Use: "deposit ID", Short: "Enter one action on a treaty, as its depositary",
		Long: `Enter one action on a treaty: a signature, an instrument, a reservation, a notice
of withdrawal … It is only ever added; what turns out wrong is taken back by a
rectification (--action rectification --corrects ACTION). That an organ found a
condition of the clause met is an action too, with the organ and its document.

The actions: ` + treaty.KnownKinds() + `.`,
		Example: `  chancery treaty deposit iccu-2025 --party MD --action ratification --on 2026-12-01
  chancery treaty deposit iccu-2025 --action finding --organ Assembly --document 'Decision 1 (2027)' --on 2027-01-15`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			f.Treaty, f.Kind = given[0], treaty.Kind(f.kind)
			return a.deposit(c, f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.kind, "action", "", "what was done: ratification, signature, finding …")
	flags.StringVar(&f.Party, "party", "", "who did it: ISO code, or the name as the treaty's file has it")
	flags.StringVar(&f.on, "on", "", "when (default today); as far as it is known: 2026-12, after 2026-12-01")
	flags.StringVar(&f.effect, "effective", "", "when it takes effect, where that is said")
	flags.StringVar(&f.By, "organ", "", "a finding: the organ that found the condition met")
	flags.StringVar(&f.Document, "document", "", "a finding: the document in which it did")
	flags.StringVar(&f.Condition, "condition", "", "a finding: the condition by its name in the clause (default: the only one)")
	flags.StringVar(&f.Text, "text", "", "of a reservation, declaration, objection, rectification")
	flags.StringArrayVar(&f.Provisions, "provision", nil, "a provision of the treaty that it is about; give it again for another")
	flags.StringArrayVar(&f.Territories, "territory", nil, "a territory that it extends to; give it again for another")
	flags.StringVar(&f.Against, "against", "", "an objection: the party whose reservation it meets")
	flags.StringVar(&f.Predecessor, "predecessor", "", "a succession: the party whose instrument it continues")
	flags.BoolVar(&f.Ended, "predecessor-ended", false, "and the predecessor is no more")
	flags.StringVar(&f.With, "with", "", "the depositary it was deposited with, where there are several")
	flags.StringVar(&f.Notification, "notification", "", "the depositary's number for its notification")
	flags.StringVar(&f.corrects, "corrects", "", "a rectification: the action that no longer stands")
	flags.StringVar(&f.source, "source", "the depositary", "where it comes from")
	flags.StringVar(&f.link, "link", "", "the source's address or number")
	flags.StringVar(&f.note, "note", "", "what else there is to say")
	flags.StringVar(&f.known, "known", "", "the day on which we learned it (default today)")
	return requires(c, "action")
}

func (a *app) deposit(c *cobra.Command, f depositing) error {
	return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
		today := a.desk(i).Today()
		f.Corrects = treaty.FactID(f.corrects)
		fact := treaty.Fact{Source: roll.Source{Name: f.source, Link: f.link}, Note: f.note, Known: today}
		for _, d := range []struct {
			flag, text string
			at         *day.When
		}{{"on", f.on, &f.On}, {"effective", f.effect, &f.Effect}} {
			var err error
			if *d.at, err = day.ParseWhen(d.text); err != nil && d.text != "" {
				return wrongUse(c, "ask.when", "name", d.flag, "text", d.text)
			}
		}
		if f.on == "" {
			f.On = day.On(today)
		}
		if f.known != "" {
			var err error
			if fact.Known, err = day.Parse(f.known); err != nil {
				return wrongUse(c, "ask.date", "name", "known", "text", f.known)
			}
		}
		whole, err := a.desk(i).Deposit(c.Context(), f.Action)
		if err != nil {
			return err
		}
		fact.Action = &whole
		done, err := i.Office.DepositAction(c.Context(), by, fact)
		if err != nil {
			return err
		}
		id := fact.ID()
		if len(done.Entries) == 0 {
			return a.print(map[string]any{"action": id, "entered": 0, "already": 1}, func(w io.Writer) { fmt.Fprintln(w, "Nothing is new; nothing was entered.") })
		}
		said := map[string]any{"action": id, "fact": fact, "entered": 1, "already": 0}
		return a.answer(c.Context(), i, done.Entries[0], said, func(w io.Writer) {
			fmt.Fprintf(w, "Entered: %s. Action: %s\nEntry: %s\n", inShort(fact), id, done.Entries[0])
		})
	})
}
