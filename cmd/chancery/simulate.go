package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/simulate/life"
)

// simulation are the flags of the command.
type simulation struct {
	seed   uint64
	years  int
	store  string
	owner  string
	role   string
	in     string
	shrink time.Duration
	only   []int
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulation
	c := &cobra.Command{
		Use: "simulate", Short: "Play years with crashes and faults, and check what is left",
		Long: `Play years in the life of a made-up programme in an installation of its own, which
is removed afterwards: people file, answer, decide and pay, some try what they may
not, the process dies between any two writes, store, keys, tree and log fail, the
clock jumps, and what was asked is asked again. Then what is left is held against
what was promised.

A seed gives the same life on any machine. Where an invariant breaks, the life is
played again with fewer and fewer steps, and the shortest story is printed.

On PostgreSQL the invariants are checked, and not the order; the life is left in
the database, which must be empty, and a failure isn't played again.`,
		Example: "  chancery simulate --seed 7 --years 5\n  chancery simulate --years 20 --json\n" +
			"  chancery simulate --store postgres --database postgres://owner@localhost/empty",
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case f.years < 1 || f.years > 1000:
				return wrongUse(c, "use.simulate-years")
			case f.store != "sqlite" && f.store != "postgres" || (f.store == "postgres") != (f.owner != ""):
				return wrongUse(c, "use.simulate-store")
			}
			steps := f.years * life.StepsAYear
			if n := slices.IndexFunc(f.only, func(step int) bool { return step < 1 || step > steps }); n >= 0 {
				return wrongUse(c, "use.simulate-only", "step", f.only[n], "years", f.years, "steps", steps)
			}
			if !c.Flags().Changed("seed") {
				f.seed = uint64(rand.Uint32())
			}
			return a.simulate(c.Context(), f)
		},
	}
	c.Flags().Uint64Var(&f.seed, "seed", 0, "what the life comes from (default: another one each time, which is printed)")
	c.Flags().IntVar(&f.years, "years", 5, "how long it is")
	c.Flags().StringVar(&f.store, "store", "sqlite", "the store that it is played on: sqlite, or postgres in the database that --database names")
	c.Flags().StringVar(&f.owner, "database", "", "an empty PostgreSQL database for --store postgres, by its owner's address: postgres://OWNER@HOST/NAME")
	c.Flags().StringVar(&f.role, "role", installation.Role, "as whom the life is played in that database")
	c.Flags().StringVar(&f.in, "in", "", "folder for the installation (default: memory, where the machine has a file system there)")
	c.Flags().IntSliceVar(&f.only, "only", nil, "play these steps of the life alone, as the story of a failure names them")
	c.Flags().DurationVar(&f.shrink, "shrink", time.Minute, "how long to look for a shorter story of a failure")
	return c
}

func (a *app) simulate(ctx context.Context, f simulation) error {
	options := life.Options{Seed: f.seed, Years: f.years, In: f.in, Only: f.only, Owner: f.owner, Role: f.role}
	if progress := a.progress(); progress != nil {
		options.Progress = func(step, steps int) { progress("simulate", int64(step), int64(steps)) }
	}
	start := time.Now()
	l, err := life.Play(ctx, options)
	if failure, ok := errors.AsType[*life.Failure](err); ok {
		var err error
		if f.owner == "" { // what was found is printed, however the search for a shorter story ends
			failure, err = life.Shrink(ctx, options, failure, f.shrink)
		}
		if ctx.Err() != nil {
			err = nil // who ends the search has the shortest there is
		}
		return errors.Join(errFound, a.printFailure(failure), err)
	}
	if err != nil && ctx.Err() != nil {
		kept := ""
		if f.owner != "" {
			kept = "in the database"
		}
		return fault.New(fault.Conflict, "interrupted.playing", "seed", f.seed, "years", f.years, "kept", kept)
	}
	if err != nil {
		return err
	}
	answer := struct {
		Seed uint64 `json:"seed"`
		life.Summary
		Head    string `json:"tree_head"`
		Seconds string `json:"seconds"`
	}{f.seed, l.Summary, l.Head, seconds(time.Since(start))}
	return a.print(answer, func(w io.Writer) { printLife(w, f.seed, l) })
}

func printLife(w io.Writer, seed uint64, l *life.Life) {
	s := l.Summary
	table(w,
		[]string{"seed", fmt.Sprint(seed)},
		[]string{"years", fmt.Sprint(s.Years)},
		[]string{"acts tried", grouped(s.Acts)},
		[]string{"  refused", grouped(s.Refused)},
		[]string{"  of them, by people who may not", grouped(s.Misdeeds)},
		[]string{"  repeats with their first answer", grouped(s.Repeats)},
		[]string{"crashes survived", grouped(s.Crashes)},
		[]string{"faults survived", grouped(s.Faults)},
		[]string{"jumps of the clock", grouped(s.Jumps)},
		[]string{"entries checked", grouped(s.Entries)},
		[]string{"invariants checked", grouped(s.Checks)},
		[]string{"tree head", l.Head})
	fmt.Fprintln(w, "\nEvery invariant held.")
}

func (a *app) printFailure(f *life.Failure) error {
	return a.print(f, func(w io.Writer) {
		for _, line := range f.Story {
			fmt.Fprintln(w, line)
		}
		again := fmt.Sprintf("  chancery simulate --seed %d --years %d", f.Seed, f.Years)
		fmt.Fprintf(w, "\nseed %d, step %d: %s\n%s\n\nTo see it again:\n%s\n", f.Seed, f.Step, f.Invariant, f.Detail, again)
		if len(f.Kept) > 0 {
			only := strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Kept), " ", ","), "[]")
			fmt.Fprintf(w, "The story above alone:\n%s --only %s\n", again, only)
		}
	})
}
