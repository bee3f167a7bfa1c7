package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/treaty"
)

func (a *app) treatyList() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "list", Short: "List the treaties",
		Example: "  chancery treaty list --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return answering(a, c, func(d *ask.Desk) ([]treaty.Instrument, error) { return d.Treaties(c.Context(), q.Query) },
				func(w io.Writer, all []treaty.Instrument) {
					rows := [][]string{{"ID", "OPENED", "TITLE"}}
					for _, t := range all {
						rows = append(rows, []string{t.ID, t.Opened.String(), shortened(t.Title)})
					}
					table(w, rows...)
				})
		},
	}
	return q.knownOn(c)
}

func (a *app) treatyStatus() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "status ID", Short: "Is a treaty in force on a day, since when, and why",
		Long: `Is a treaty in force on a day, since when, what is missing, who is bound and who
signed. The explanation names each step: the action it rests on and the clause.`,
		Example: "  chancery treaty status iccu-2025 --on 2026-11-23\n  chancery treaty status iccu-2025 --on 2026-11-23 --known-on 2026-11-20 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.TreatyStatus, error) {
				return d.TreatyStatus(c.Context(), given[0], q.Query)
			}, printStatus)
		},
	}
	return q.about(c)
}

func (a *app) treatySignatories() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "signatories ID", Short: "Who signed a treaty, and who of them is bound",
		Example: "  chancery treaty signatories iccu-2025",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				s, err := a.desk(i).TreatyStatus(c.Context(), given[0], q.Query)
				if err != nil {
					return err
				}
				return a.print(map[string]any{
					"treaty": s.Treaty, "title": s.Title, "on": s.On, "known_on": s.KnownOn,
					"signatories": s.Signatories, "not_ratified": s.NotRatified, "contracting": s.Contracting, "sources": s.Sources,
				}, func(w io.Writer) { printSignatories(w, s) })
			})
		},
	}
	return q.about(c)
}

func (a *app) treatyActions() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "actions ID", Short: "List the actions on a treaty, by date",
		Example: "  chancery treaty actions iccu-2025 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) ([]ask.TreatyAction, error) {
				return d.TreatyActions(c.Context(), given[0], q.Query)
			}, printActions)
		},
	}
	return q.knownOn(c)
}

func (a *app) treatyProject() *cobra.Command {
	var q asked
	var assume []string
	c := &cobra.Command{
		Use: "project ID --assume TEXT", Short: "What would be if somebody ratified, or an organ found a condition met",
		Long: `How a treaty would stand after what is assumed, beside how it stands. Nothing is
entered. An assumption says who does what and when; the words are
` + treaty.Verbs() + `.`,
		Example: `  chancery treaty project iccu-2025 --assume "MD ratifies 2026-12-01"
  chancery treaty project iccu-2025 --assume "MD ratifies 2026-12-01" --assume "funds_secured found 2027-01-15" --json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.TreatyProjection, error) {
				return d.TreatyProject(c.Context(), given[0], assume, q.Query)
			}, printProjection)
		},
	}
	c.Flags().StringArrayVar(&assume, "assume", nil, "what is assumed: \"MD ratifies 2026-12-01\"; give it again for more")
	return requires(q.about(c), "assume")
}

func (a *app) treatyNotice() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "notice ID [ACTION]", Short: "Draft the depositary's notification of an action",
		Long: `Draft the depositary's notification of an action: of the last one, or of the one
that is named by its id or the beginning of it (see: chancery treaty actions ID).
It says what was done and what follows from it, and edits nothing.`,
		Example: "  chancery treaty notice iccu-2025\n  chancery treaty notice iccu-2025 3f9a --json",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(c *cobra.Command, given []string) error {
			action := ""
			if len(given) > 1 {
				action = given[1]
			}
			return answering(a, c, func(d *ask.Desk) (ask.TreatyNotice, error) {
				return d.TreatyNotice(c.Context(), given[0], action, q.Query)
			}, printNotice)
		},
	}
	return q.knownOn(c)
}

func (a *app) treatyUpcoming() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "upcoming [ID]", Short: "What follows from the actions so far and has not happened",
		Example: "  chancery treaty upcoming\n  chancery treaty upcoming iccu-2025 --on 2026-11-23 --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) ([]ask.Coming, error) {
				return d.Upcoming(c.Context(), first(given), q.Query)
			}, printComing)
		},
	}
	return q.about(c)
}

// first is the first of some arguments, or "".
func first(given []string) string {
	if len(given) == 0 {
		return ""
	}
	return given[0]
}

func (a *app) treatyFeed() *cobra.Command {
	var q asked
	var format, out string
	c := &cobra.Command{
		Use: "feed [ID] --format atom|ics", Short: "Write what is coming as a feed or a calendar",
		Example: "  chancery treaty feed --format atom -o coming.atom\n  chancery treaty feed iccu-2025 --format ics",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			if format != "atom" && format != "ics" {
				return wrongUse(c, "use.treaty-format", "text", format, "known", "atom, ics")
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				coming, err := a.desk(i).Upcoming(c.Context(), first(given), q.Query)
				if err != nil {
					return err
				}
				return a.writeOut(i, out, func(w io.Writer) error { return writeComing(w, format, coming, i.Office.Now()) })
			})
		},
	}
	c.Flags().StringVar(&format, "format", "ics", "atom or ics")
	c.Flags().StringVarP(&out, "output", "o", "-", "file; - is standard output")
	return q.about(c)
}

func writeComing(w io.Writer, format string, coming []ask.Coming, now time.Time) error {
	if format == "ics" {
		return ask.ComingCalendar(coming, calendarOrigin, now).Write(w)
	}
	return ask.ComingFeed(coming, calendarOrigin, now).Write(w)
}

func (a *app) treatyCheck() *cobra.Command {
	var actions, clauses string
	c := &cobra.Command{
		Use: "check --clauses FILE --actions FILE", Short: "Recompute a table of published dates of entry into force",
		Long: `Recompute published dates of entry into force from clauses and a list of actions,
and say of each row whether it matches, differs (and why), or can't be computed
from the list (and what is missing). The table of clauses may be one of treaties
(treaty_id, threshold, condition_type, delay_rule, qualifier,
entry_into_force_published) or one of parties (treaty_id, party, consent_date,
variant, days, treaty_in_force, party_in_force_published), which needs no list of
actions. What else stands in a row, such as somebody's own verdict, is not read.
It needs no installation.`,
		Example: "  chancery treaty check --actions treaty_actions.csv --clauses entry_into_force.csv\n  chancery treaty check --clauses party_entry_into_force.csv --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := a.checkTable(c, clauses, actions)
			if err != nil {
				return err
			}
			return a.print(t, func(w io.Writer) { printCheckedTable(w, t) })
		},
	}
	c.Flags().StringVar(&actions, "actions", "", "list of actions: treaty_id, party, iso3, action, date, dataset (CSV)")
	c.Flags().StringVar(&clauses, "clauses", "", "table of clauses and published dates (CSV)")
	return requires(c, "clauses")
}

func (a *app) checkTable(c *cobra.Command, clauses, actions string) (ask.CheckedTable, error) {
	text, err := a.readGiven(clauses)
	if err != nil {
		return ask.CheckedTable{}, err
	}
	rows, err := dossier.ReadClauses(clauses, text)
	if err != nil {
		return ask.CheckedTable{}, err
	}
	if len(rows.Parties) > 0 {
		return ask.Checked(language, treaty.RecomputeParties(rows.Parties)), nil
	}
	if actions == "" {
		return ask.CheckedTable{}, wrongUse(c, "use.actions-missing", "file", clauses)
	}
	if text, err = a.readGiven(actions); err != nil {
		return ask.CheckedTable{}, err
	}
	facts, err := dossier.ReadActions(actions, text, day.Of(time.Now(), time.UTC))
	if err != nil {
		return ask.CheckedTable{}, err
	}
	return ask.Checked(language, treaty.Recompute(rows.Treaties, facts)), nil
}

// readGiven is the content of a file that somebody named.
func (a *app) readGiven(name string) ([]byte, error) {
	path, err := a.file(name)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
