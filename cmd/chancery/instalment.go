package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) instalmentCommand() *cobra.Command {
	return group("instalment", "Propose and adopt instalments", "instalment propose --programme demo", a.acknowledged(a.instalmentPropose()), a.acknowledged(a.instalmentAdopt()))
}

func (a *app) instalmentPropose() *cobra.Command {
	var programme string
	var limit int
	c := &cobra.Command{
		Use: "propose", Short: "Assess recorded claims and put them into an instalment",
		Long: `Assess recorded claims by the rulebook's valuation and put them into a new
instalment, up to --limit of them. Another commissioner adopts it.`,
		Example: "  chancery instalment propose --programme demo --limit 5000",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 || limit > office.MostInOneAct {
				return wrongUse(c, "use.limit", "most", office.MostInOneAct)
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				done, err := i.Office.ProposeInstalment(c.Context(), by, programme, limit)
				if err != nil {
					return err
				}
				return a.printInstalment(c.Context(), i, done, "proposed")
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().IntVar(&limit, "limit", 10_000, "claims at most")
	return requires(c, "programme")
}

func (a *app) instalmentAdopt() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "adopt NUMBER", Short: "Adopt a proposed instalment: decide its claims",
		Long: `Adopt a proposed instalment: its outcomes become the commission's decisions, and
the fund owes the awards. Who proposed it can't adopt it.`,
		Example: "  chancery instalment adopt 1 --programme demo --credential commissioner-1.credential --second commissioner-2.credential",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			number, err := strconv.ParseInt(given[0], 10, 64)
			if err != nil || number < 1 {
				return wrongUse(c, "use.instalment", "text", given[0])
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				done, err := i.Office.AdoptInstalment(c.Context(), by, programme, number)
				if err != nil {
					return err
				}
				return a.printInstalment(c.Context(), i, done, "adopted")
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	return requires(c, "programme")
}

func (a *app) printInstalment(ctx context.Context, i *installation.Installation, done office.Instalment, what string) error {
	said := map[string]any{
		"instalment": done.Instalment, "claims": done.Claims,
		"awards": done.Awards, "dismissals": done.Dismissals, "total": done.Total,
	}
	return a.answer(ctx, i, done.Ref, said, func(w io.Writer) {
		fmt.Fprintf(w, "Instalment %d %s: %s claims, %s awards, %s dismissals.", done.Instalment, what, grouped(done.Claims), grouped(done.Awards), grouped(done.Dismissals))
		for _, t := range done.Total {
			fmt.Fprintf(w, " Awarded: %s.", t)
		}
		fmt.Fprintf(w, " Entry: %s\n", done.Ref)
	})
}
