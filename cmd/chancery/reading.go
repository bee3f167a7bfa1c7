package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) claimReadings() *cobra.Command {
	return &cobra.Command{
		Use: "readings CLAIM", Short: "Show who opened what is sealed of a claim",
		Long: `Show every opening of what is sealed of a claim, oldest first: when, who, in
which capacity, for what purpose, and what was opened; and whether a person saw
it or a rule ran over it in memory. It is what the claimant can be shown, and
holds nothing of what was read. chancery verify proves that no line of it was
changed since its head went into the docket, which happens once a day.`,
		Example: "  chancery claim readings HF-0000012\n  chancery claim readings '7K3M 9QX2 VD4K' --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				readings, err := i.Office.Readings(c.Context(), found.ID)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"reference": found.Reference, "number": found.Number, "readings": readings}, func(w io.Writer) {
					rows := [][]string{{"WHEN", "WHO", "WHY", "WHAT", "HOW"}}
					for _, r := range readings {
						who := r.Actor + " (" + r.Capacity + ")"
						if r.Second != "" {
							who += " with " + r.Second
						}
						rows = append(rows, []string{
							r.Instant.String(), who, catalogue.Label(language, "label.purpose."+r.Purpose),
							strings.Join(r.Opened, ", "), catalogue.Label(language, "label.manner."+string(r.Manner)),
						})
					}
					table(w, rows...)
				})
			})
		},
	}
}

// purposeFlag asks what something sealed is opened for.
func purposeFlag(c *cobra.Command, purpose *string) *cobra.Command {
	c.Flags().StringVar(purpose, "purpose", "", "what for: "+strings.Join(office.Purposes(), ", "))
	return requires(c, "purpose")
}

// warn says on the error output that somebody opened many claims.
func (a *app) warn(alarm int64) {
	if alarm > 0 {
		fmt.Fprintf(a.err, "chancery: ALARM: %d claims were opened under this credential today. It is in the reading log, and in: chancery claim alarms\n", alarm)
	}
}

func (a *app) claimAnswers() *cobra.Command {
	var purpose string
	c := &cobra.Command{
		Use: "answers CLAIM", Short: "Open the answers of a claim, for a stated purpose",
		Long: fmt.Sprintf(`Open the answers of a claim and show them to an officer. The reading log keeps
who looked, when and for which purpose, before anything is opened, and the
claimant can be shown it (chancery claim readings). Sensitive answers don't open
here: they are sealed to the desk's key (chancery desk).

More than %d claims a day opened by one person raise an alarm; past %d a second
officer must consent to each further one (--second).`, office.AlarmAfter, office.SecondAfter),
		Example: "  chancery claim answers HF-0000012 --purpose review",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				shown, err := i.Office.ReadAnswers(c.Context(), by, given[0], purpose)
				if err != nil {
					return err
				}
				a.warn(shown.Alarm)
				said := map[string]any{
					"reference": shown.Claim.Reference, "number": shown.Claim.Number,
					"answers": shown.Answers, "desk_only": shown.DeskOnly, "alarm": shown.Alarm,
				}
				return a.print(said, func(w io.Writer) { printAnswers(w, shown) })
			})
		},
	}
	return purposeFlag(c, &purpose)
}

func printAnswers(w io.Writer, shown office.Shown) {
	rows := [][]string{{"FIELD", "ANSWER"}}
	category, _ := shown.Edition.Category(shown.Claim.Category)
	for _, field := range category.Asks {
		if slices.Contains(shown.DeskOnly, field) {
			rows = append(rows, []string{field, "(opens at the desk only: chancery desk fetch)"})
		} else if answer, ok := shown.Answers[field]; ok {
			rows = append(rows, []string{field, oneLine(answer)})
		}
	}
	table(w, rows...)
}

// oneLine keeps a text of several lines within its row.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// mostAlarms bounds what claim alarms lists.
const mostAlarms = 1000

func (a *app) claimAlarms() *cobra.Command {
	return &cobra.Command{
		Use: "alarms", Short: "List who opened many claims on one day",
		Long: fmt.Sprintf(`List the days on which one person opened the answers of more than %d claims, the
newest first, with how many they were. Look into each: somebody may be copying.
Claims over which rules ran in memory don't count.`, office.AlarmAfter),
		Example: "  chancery claim alarms --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				alarms, err := i.Office.Alarms(c.Context(), mostAlarms)
				if err != nil {
					return err
				}
				type line struct {
					Day    string `json:"day"`
					Actor  string `json:"actor"`
					Claims int64  `json:"claims"`
				}
				lines := make([]line, len(alarms))
				rows := [][]string{{"DAY", "WHO", "CLAIMS OPENED"}}
				for n, at := range alarms {
					lines[n] = line{at.Day, at.Actor, at.Claims}
					rows = append(rows, []string{at.Day, at.Actor, grouped(at.Claims)})
				}
				return a.print(map[string]any{"alarms": lines}, func(w io.Writer) {
					if len(lines) == 0 {
						fmt.Fprintf(w, "Nobody opened more than %d claims on one day.\n", office.AlarmAfter)
						return
					}
					table(w, rows...)
				})
			})
		},
	}
}
