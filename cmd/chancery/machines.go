package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
)

func (a *app) machinesCommand() *cobra.Command {
	return group("machines", "Several machines over one database: what they share", "machines show",
		a.machinesShow(), a.machinesSeveral(), a.machinesOne())
}

func (a *app) machinesShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show what several machines share, and where it is",
		Long: `Show the things of which there is one for all machines, where each is, and whether
another machine would reach it. It looks at what is written down, and asks nobody.`,
		Example: "  chancery machines show",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			places, err := installation.Find(a.path(a.dir))
			if err != nil {
				return err
			}
			return a.printMachines(places)
		},
	}
}

func (a *app) printMachines(places installation.Places) error {
	all, err := places.Shareables()
	if err != nil {
		return err
	}
	return a.print(map[string]any{"several": places.Several, "shared": all}, func(w io.Writer) {
		acts := "One machine acts on this installation."
		if places.Several {
			acts = "Several machines act on this installation."
		}
		fmt.Fprintln(w, acts)
		rows := [][]string{{"\nWHAT", "ALL REACH IT", "WHERE"}}
		for _, s := range all {
			reached := "no"
			if s.Shared {
				reached = "yes"
			}
			rows = append(rows, []string{catalogue.Label(language, "label.shared."+s.Name), reached, s.Place})
		}
		table(w, rows...)
	})
}

func (a *app) machinesSeveral() *cobra.Command {
	var kept string
	c := &cobra.Command{
		Use: "several", Short: "Say that several machines act on the installation",
		Long: `Say that several machines act on the installation from now on. It is refused while
anything that they share lies on one of them: docket and tables, the key store, the
published log, evidence. The newest signed checkpoint, which is a file beside the
tree until then, is put into a bucket, by default the log's, under a name of its own.

Stop chancery serve and work before. Then each machine gets a copy of the data
directory, the folder of keys and the folder of heads: docs/operations.md, Grow to
several machines. Whatever a machine then finds on its own disk that must be shared,
it refuses to start.`,
		Example: "  chancery machines several\n  chancery machines several --kept 's3://kept/claims?endpoint=https://s3.example.org'",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			places, err := installation.SetSeveral(c.Context(), a.dir, true, kept)
			if err != nil {
				return err
			}
			return a.printMachines(places)
		},
	}
	c.Flags().StringVar(&kept, "kept", "", "where the signed checkpoint is kept: s3://BUCKET/PREFIX?endpoint=URL&region=NAME (default: beside the log)")
	return c
}

func (a *app) machinesOne() *cobra.Command {
	return &cobra.Command{
		Use: "one", Short: "Say that one machine alone acts on the installation",
		Long: `Say that this machine alone acts on the installation from now on. Everything stays
where it is. Stop the others first: one that goes on is refused when it starts again.`,
		Example: "  chancery machines one",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			places, err := installation.SetSeveral(c.Context(), a.dir, false, "")
			if err != nil {
				return err
			}
			return a.printMachines(places)
		},
	}
}
