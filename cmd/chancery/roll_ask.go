package main

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/installation"
)

func (a *app) rollMembers() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "members BODY", Short: "Who belonged to a body on a day",
		Long: `Who belonged to a body on a day: each member with its status by the body's own
rule, of whom it can't be told and which dates leave it open, and what the
body's other rules say differently.`,
		Example: "  chancery roll members CIS --on 2018-11-21\n  chancery roll members CIS --on 2018-11-21 --rule charter --among ussr-15 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Members, error) { return d.Members(c.Context(), given[0], q.Query) }, printMembers)
		},
	}
	return q.among(q.byRule(q.about(c)))
}

func (a *app) rollCompare() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "compare BODY BODY", Short: "Who is in both of two bodies, in one, in neither",
		Example: "  chancery roll compare CIS CSTO --on 2018-11-21 --among ussr-15\n  chancery roll compare CIS CSTO --on 2018-11-21 --rule charter --json",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Comparison, error) {
				return d.Compare(c.Context(), given[0], given[1], q.Query)
			}, printComparison)
		},
	}
	return q.among(q.byRule(q.about(c)))
}

func (a *app) rollCloseness() *cobra.Command {
	var q asked
	var from, to int
	c := &cobra.Command{
		Use: "closeness BODY BODY", Short: "What two bodies had in common over the years",
		Long: `What two bodies had in common in each of some years: shared members (Jaccard's
index, and the part of each that is in the other), officers of one at meetings
of the other with their capacity, persons with offices in both, meetings of both
held back to back. It gives no verdict: a single case may be chance, and the
answer says how many meetings are known of how many held.`,
		Example: "  chancery roll closeness CIS CSTO --from 2010 --to 2025\n  chancery roll closeness CIS CSTO --from 2010 --to 2025 --json",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				d := a.desk(i)
				if !c.Flags().Changed("to") {
					to = d.Today().Year()
				}
				answer, err := d.Closeness(c.Context(), given[0], given[1], from, to, q.Query)
				if err != nil {
					return err
				}
				return a.print(answer, func(w io.Writer) { printCloseness(w, answer) })
			})
		},
	}
	c.Flags().IntVar(&from, "from", 0, "the first year")
	c.Flags().IntVar(&to, "to", 0, "the last year (default: this one)")
	return requires(q.byRule(q.knownOn(c)), "from")
}

func (a *app) rollAccession() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "accession BODY STATE", Short: "Could a body take a state in, and who blocks it",
		Long: `Could a body take a state in on a day: its rule of admission, the position that
each member has declared, who blocks it, and what would have to change. Who
declared nothing is not known; it is never counted in favour.`,
		Example: "  chancery roll accession CSTO AZ --on 2018-11-21 --json",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Accession, error) {
				return d.Accession(c.Context(), given[0], given[1], q.Query)
			}, printAccession)
		},
	}
	return q.about(c)
}

func (a *app) rollMeeting() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "meeting SERIES [N]", Short: "A meeting with its attendance, or the meetings of a series",
		Long: `A meeting of a series: date, place, host, themes, and who was there, for whom, in
which office and capacity. Who isn't spoken of is not known, not absent. Without
a number: the meetings of the series that the roll knows.`,
		Example: "  chancery roll meeting cis-security-councils 6\n  chancery roll meeting cis-security-councils --json",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(c *cobra.Command, given []string) error {
			if len(given) == 1 {
				return answering(a, c, func(d *ask.Desk) (ask.Meetings, error) {
					return d.Meetings(c.Context(), given[0], q.Query)
				}, printMeetings)
			}
			ordinal, err := strconv.Atoi(given[1])
			if err != nil || ordinal < 1 {
				return wrongUse(c, "use.ordinal", "text", given[1])
			}
			return answering(a, c, func(d *ask.Desk) (ask.Sitting, error) {
				return d.Meeting(c.Context(), given[0], ordinal, q.Query)
			}, printSitting)
		},
	}
	return q.knownOn(c)
}

func (a *app) rollOffice() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "office OFFICE|BODY", Short: "Who held an office, or the offices of a body, on a day",
		Example: "  chancery roll office CSTO --on 2018-11-21\n  chancery roll office csto-secretary-general --on 2018-11-21 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Offices, error) { return d.Offices(c.Context(), given[0], q.Query) }, printOffices)
		},
	}
	return q.about(c)
}

func (a *app) rollDiff() *cobra.Command {
	var q asked
	var from, to string
	c := &cobra.Command{
		Use: "diff BODY", Short: "What changed in a body between two days",
		Example: "  chancery roll diff CIS --from 2008-01-01 --to 2018-11-21",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Differences, error) {
				return d.Differences(c.Context(), given[0], from, to, q.Query)
			}, printDifferences)
		},
	}
	c.Flags().StringVar(&from, "from", "", "the first day")
	c.Flags().StringVar(&to, "to", "", "the second day (default: today)")
	return requires(q.byRule(q.knownOn(c)), "from")
}

func (a *app) rollCheck() *cobra.Command {
	var q asked
	var about string
	c := &cobra.Command{
		Use: "check", Short: "Find what doesn't fit together inside the roll",
		Long: `Find contradictions inside the roll: a count that differs from those named, a
holder under two titles, "acting" dropped, a tenure that doesn't cover the day
of attendance, two holders of one office, and more. Only what is certain is
found. Exit code 0: a roll of what sources say has contradictions.`,
		Example: "  chancery roll check\n  chancery roll check --about CIS --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return answering(a, c, func(d *ask.Desk) (ask.Check, error) { return d.Check(c.Context(), about, q.Query) }, printCheck)
		},
	}
	c.Flags().StringVar(&about, "about", "", "one thing with what belongs to it (default: everything)")
	return q.knownOn(c)
}

func (a *app) rollDisagreements() *cobra.Command {
	var q asked
	c := &cobra.Command{
		Use: "disagreements [THING]", Short: "List what sources say differently",
		Long:    "List the facts of several sources that can't all be right, of one thing or of all. Both stay; where one is preferred the reason is said.",
		Example: "  chancery roll disagreements CIS\n  chancery roll disagreements --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			thing := ""
			if len(given) > 0 {
				thing = given[0]
			}
			return answering(a, c, func(d *ask.Desk) (ask.Disagreements, error) {
				return d.Disagreements(c.Context(), thing, q.Query)
			}, printDisagreements)
		},
	}
	return q.knownOn(c)
}
