package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
)

// demoOrigin is the log of every demo: its name is in no entry.
const demoOrigin = "demo.invalid/log"

// mostClaims bounds a demo.
const mostClaims = 10_000_000

// demo are the flags of the command.
type demo struct {
	claims  int
	seed    int64
	files   int
	noServe bool
	owner   string
	role    string
	listen  string
}

func (a *app) demoCommand() *cobra.Command {
	var f demo
	c := &cobra.Command{
		Use: "demo", Short: "Take made-up claims through the whole way, then serve the figures",
		Long: `Make an installation in a folder (default: chancery-demo), take made-up claims
through the whole way (filed, recorded, decided, paid), print what came of it,
and serve the public figures until Ctrl-C.

The same seed gives the same tree head on any machine: in the demo, and only
there, salts, ids and the clock come from the seed. An interrupted demo is given
again and finishes.`,
		Example: "  chancery demo\n  chancery demo --claims 1000 --seed 7 --no-serve --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("dir") {
				a.dir = "chancery-demo"
			}
			if f.claims < 1 || f.claims > mostClaims {
				return wrongUse(c, "use.claims", "most", mostClaims)
			}
			if f.files < 0 || f.files > 100 {
				return wrongUse(c, "use.files")
			}
			return a.demo(c.Context(), f)
		},
	}
	c.Flags().IntVar(&f.claims, "claims", 20_000, "how many claims")
	c.Flags().Int64Var(&f.seed, "seed", 1, "what everything made up comes from")
	c.Flags().IntVar(&f.files, "files", 0, "how many small files each claim is filed with, at most 100")
	c.Flags().StringVar(&f.owner, "database", "", "an empty PostgreSQL database, by its owner's address (see chancery init)")
	c.Flags().StringVar(&f.role, "role", installation.Role, "as whom the application acts in that database")
	c.Flags().BoolVar(&f.noServe, "no-serve", false, "end after the table")
	c.Flags().StringVar(&f.listen, "listen", localAddress, "address of the public figures")
	return c
}

func (a *app) demo(ctx context.Context, f demo) error {
	clock := simulate.NewClock()
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(f.seed)}
	if _, err := installation.Find(a.dir); fault.Is(err, fault.NotFound) {
		if options.Desk, err = installation.MakeDemoDesk(a.dir); err != nil {
			return err
		}
		places := installation.Beside(a.dir)
		if f.owner != "" {
			options.Owner = f.owner
			if places.Database, err = installation.AddressFor(f.role, f.owner); err != nil {
				return err
			}
		}
		if err := installation.Create(ctx, places, demoOrigin, options); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	err := a.with(ctx, options, func(i *installation.Installation) error {
		if _, err := i.Office.Sequence(ctx); err != nil {
			return err
		}
		if err := simulate.Claim(ctx, i, f.seed, f.claims, f.files); err != nil {
			return err
		}
		d, err := simulate.NewDemo(ctx, i, f.seed, f.claims, clock)
		if err != nil {
			return err
		}
		d.Progress, d.Files = a.progress(), f.files
		start := time.Now()
		stages, err := d.Run(ctx)
		if err != nil {
			return err
		}
		if err := a.publish(ctx, i); err != nil {
			return err
		}
		return a.printDemo(ctx, i, stages, time.Since(start))
	})
	if err != nil || f.noServe || a.json {
		return err
	}
	// With the machine's own clock and randomness: what is entered from now on
	// is no part of the demo.
	return a.with(ctx, installation.Options{Serving: true}, func(i *installation.Installation) error {
		return a.serve(ctx, i, serving{address: f.listen})
	})
}

func (a *app) printDemo(ctx context.Context, i *installation.Installation, stages []simulate.Stage, took time.Duration) error {
	s, err := i.Office.Statistics(ctx, "")
	if err != nil {
		return err
	}
	answer := struct {
		*office.Statistics
		Stages  []simulate.Stage `json:"stages"`
		Seconds string           `json:"seconds"`
		Note    string           `json:"note"`
	}{s, stages, seconds(took), "salts, ids and the clock come from the seed, and the desk's private key lies on this machine: only in the demo"}
	return a.print(answer, func(w io.Writer) {
		printWay(w, s)
		fmt.Fprintln(w)
		rows := [][]string{{"STAGE", "CLAIMS", "SECONDS", "A SECOND"}}
		for _, st := range stages {
			rows = append(rows, []string{catalogue.Label(language, "label.stage."+st.Name), grouped(st.Claims), st.Seconds, grouped(st.Rate)})
		}
		table(w, append(rows, []string{"all", "", seconds(took), ""})...)
		fmt.Fprintln(w, "\nThe same seed gives this tree head on any machine. That is so only in the demo:\nelsewhere salts and ids come from the system's randomness and the clock is the machine's.")
		fmt.Fprintf(w, "\nThe key that opens sensitive answers lies in %s. Only a demo keeps it on one machine\nwith the answers: elsewhere the officers keep it on theirs.\n", installation.DemoDesk(a.dir))
	})
}

// printWay prints how many claims passed each point of the way, and what became
// of the money.
func printWay(w io.Writer, s *office.Statistics) {
	table(w,
		[]string{"claims filed", grouped(s.Claims)},
		[]string{"  recorded", grouped(s.Numbers)},
		[]string{"  deficient", grouped(s.Standings[claim.Deficient]) + "   (not answered yet)"},
		[]string{"  refused", grouped(s.Standings[claim.Refused])},
		[]string{"  withdrawn", grouped(s.Standings[claim.Withdrawn])},
		[]string{"  decided", grouped(s.Awards.Count + s.Dismissals)},
		[]string{"  awarded", grouped(s.Awards.Count) + "   " + amounts(s.Awards.Total)},
		[]string{"  paid", grouped(s.Standings[claim.Paid]) + "   (" + grouped(s.Standings[claim.Payable]) + " more in part)"},
		[]string{"money in", amounts(s.Fund.In)},
		[]string{"  owed", amounts(s.Fund.Owed)},
		[]string{"  paid", amounts(s.Paid)},
		[]string{"  left", amounts(s.Fund.Left)},
		[]string{"entries", grouped(s.Entries)},
		[]string{"tree head", s.TreeHead.String()})
}

func seconds(d time.Duration) string {
	return fmt.Sprintf("%d.%02d", d/time.Second, d%time.Second/(10*time.Millisecond))
}
