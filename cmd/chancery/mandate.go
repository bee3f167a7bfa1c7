package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) mandateCommand() *cobra.Command {
	return group("mandate", "What organisations may do for claimants", "mandate list",
		a.mandateGive(), a.mandateEnd(), a.mandateList(), a.mandateShow())
}

// mandateLine is a mandate as JSON prints it.
type mandateLine struct {
	Mandate      claim.MandateID   `json:"mandate"`
	Programme    string            `json:"programme"`
	Organisation string            `json:"organisation"`
	Kind         claim.MandateKind `json:"kind"`
	Scopes       []claim.Scope     `json:"scopes"`
	From         string            `json:"from"`
	Until        string            `json:"until,omitempty"` // the last day
	Ended        string            `json:"ended,omitempty"`
}

func mandateLineOf(m claim.Mandate) mandateLine {
	return mandateLine{m.ID, m.Programme, m.Organisation, m.Kind, m.Scopes, m.From.String(), m.Until.String(), m.Ended.String()}
}

// holds is from when until when a mandate holds, as people read it.
func (l mandateLine) holds() string {
	switch {
	case l.Ended != "":
		return "ended on " + l.Ended
	case l.Until != "":
		return "from " + l.From + " to " + l.Until
	}
	return "from " + l.From + " until it is ended"
}

func (a *app) mandateGive() *cobra.Command {
	var programme, from, until string
	var given claim.MandateGiven
	var kind string
	var scopes []string
	principal := map[string]string{}
	c := &cobra.Command{
		Use: "give", Short: "Enter a mandate that a claimant gave",
		Long: `Enter a mandate that a claimant gave an organisation: for some purposes, from a
day, until a day or until it is ended. A representative enters one for their own
organisation; an officer, who saw the paper, for any (--organisation).

The claimant sees it on the page of each claim that is filed under it, and can
end it there at any time. Who gives it, and what shows it, is sealed.

Kinds: ` + listed(claim.MandateKinds()) + `.
Scopes: ` + listed(claim.Scopes()) + `.
Without --scope it is for ` + listed(claim.DefaultScopes()) + `: be-paid is
never among them unless it is named.`,
		Example: `  chancery mandate give --programme demo --principal name='Olena Kovalenko' --principal paper='signed 2 June 2026'
  chancery mandate give --programme demo --organisation legal-aid --kind guardian --scope file --scope letters --until 2027-01-31`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if given.From, err = a.dayFlag(c, "from", from); err != nil {
				return err
			}
			if until != "" {
				last, err := a.dayFlag(c, "until", until)
				if err != nil {
					return err
				}
				given.Until = &last
			}
			given.Kind = claim.MandateKind(kind)
			for _, s := range scopes {
				given.Scopes = append(given.Scopes, claim.Scope(s))
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				id, err := i.Office.GiveMandate(c.Context(), by, programme, office.NewMandate{MandateGiven: given, Principal: principal})
				if err != nil {
					return err
				}
				return a.print(map[string]any{"mandate": id}, func(w io.Writer) {
					fmt.Fprintf(w, "Mandate %s is entered. Name it with each claim that is filed under it.\n", id)
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme in which it holds")
	c.Flags().StringVar(&given.Organisation, "organisation", "", "to whom it is given (default: the organisation of who enters it)")
	c.Flags().StringVar(&kind, "kind", string(claim.ByAuthority), "on what it rests: "+listed(claim.MandateKinds()))
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it is for; give it again for another")
	c.Flags().StringVar(&from, "from", "", "its first day, 2026-06-02; default: today")
	c.Flags().StringVar(&until, "until", "", "its last day; default: none, it holds until it is ended")
	c.Flags().StringToStringVar(&principal, "principal", nil, "who gives it and what shows it, as what=text; sealed")
	return requires(c, "programme")
}

// dayFlag is the day that a flag names; the zero day for none.
func (a *app) dayFlag(c *cobra.Command, flag, text string) (day.Date, error) {
	if text == "" {
		return day.Date{}, nil
	}
	d, err := day.Parse(text)
	if err != nil {
		return d, wrongUse(c, "use.day", "flag", flag, "why", a.say(err))
	}
	return d, nil
}

func (a *app) mandateEnd() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "end MANDATE", Short: "End a mandate, from today on",
		Example: "  chancery mandate end 0123456789abcdef0123456789abcdef --programme demo",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := i.Office.EndMandate(c.Context(), by, programme, claim.MandateID(given[0])); err != nil {
					return err
				}
				return a.print(map[string]any{"mandate": given[0], "ended": true}, func(w io.Writer) {
					fmt.Fprintln(w, "The mandate is ended: nothing more can be done by it.")
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme in which it holds")
	return requires(c, "programme")
}

func (a *app) mandateList() *cobra.Command {
	var organisation, after string
	limit := 100
	c := &cobra.Command{
		Use: "list", Short: "List an organisation's mandates, a page at a time",
		Long: `List an organisation's mandates, a page at a time: its own to a representative,
any organisation's to an officer (--organisation). Give the last mandate of a
page with --after for the next one.`,
		Example: "  chancery mandate list\n  chancery mandate list --organisation legal-aid --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 || limit > mostOnAPage {
				return wrongUse(c, "use.limit", "most", mostOnAPage)
			}
			return a.askingAs(c.Context(), func(i *installation.Installation, by office.By) error {
				list, err := i.Office.Mandates(c.Context(), by, organisation, claim.MandateID(after), limit)
				if err != nil {
					return err
				}
				lines, rows := make([]mandateLine, len(list)), [][]string{{"MANDATE", "KIND", "FOR", "HOLDS"}}
				for n, m := range list {
					lines[n] = mandateLineOf(m)
					rows = append(rows, []string{string(m.ID), string(m.Kind), listed(m.Scopes), lines[n].holds()})
				}
				return a.print(map[string]any{"mandates": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
	c.Flags().StringVar(&organisation, "organisation", "", "whose mandates (default: the organisation of who asks)")
	c.Flags().StringVar(&after, "after", "", "the last mandate of the page before")
	c.Flags().IntVar(&limit, "limit", limit, "how many")
	return c
}

func (a *app) mandateShow() *cobra.Command {
	return &cobra.Command{
		Use: "show MANDATE", Short: "Show a mandate and the claims filed under it",
		Example: "  chancery mandate show 0123456789abcdef0123456789abcdef",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.askingAs(c.Context(), func(i *installation.Installation, by office.By) error {
				m, claims, err := i.Office.Mandate(c.Context(), by, claim.MandateID(given[0]))
				if err != nil {
					return err
				}
				line, under := mandateLineOf(m), make([]claimLine, len(claims))
				rows := [][]string{{"REFERENCE", "STANDING"}}
				for n, at := range claims {
					under[n] = lineOf(at)
					rows = append(rows, []string{string(at.Reference), string(at.Standing)})
				}
				return a.print(map[string]any{"mandate": line, "claims": under}, func(w io.Writer) {
					table(w, []string{"organisation", m.Organisation}, []string{"programme", m.Programme}, []string{"kind", string(m.Kind)},
						[]string{"for", listed(m.Scopes)}, []string{"holds", line.holds()})
					if len(claims) > 0 {
						fmt.Fprintln(w)
						table(w, rows...)
					}
				})
			})
		},
	}
}
