package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

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
another machine would reach it: as it is written down, nobody is asked. Where several
machines act, show also who does at this moment, and by which settings they go
otherwise than this machine (list of places, registries, witnesses, mail and so on).`,
		Example: "  chancery machines show\n  chancery machines show --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			places, err := installation.Find(a.path(a.dir))
			if err != nil {
				return err
			}
			if !places.Several {
				return a.printMachines(places, nil)
			}
			var who actors
			unasked := a.reading(c.Context(), func(i *installation.Installation) (err error) {
				if who.acting, err = i.Acting(c.Context()); err != nil {
					return err
				}
				who.differing, err = i.Differing(c.Context())
				return err
			})
			if unasked != nil { // what is written down is shown all the same
				return errors.Join(a.printMachines(places, nil), unasked)
			}
			return a.printMachines(places, &who)
		},
	}
}

// actors are who acts at this moment, and what they do otherwise than this machine.
type actors struct {
	acting    []installation.Acting
	differing []installation.Differing
}

// lines are the actors as JSON, and as rows of a table.
func (who *actors) lines() (said []map[string]any, rows [][]string) {
	said, rows = []map[string]any{}, [][]string{{"\nACTS NOW", "PROCESS", "OTHERWISE THAN HERE"}}
	for _, at := range who.acting {
		otherwise := []string{}
		for _, d := range who.differing {
			if d.By.Key == at.Key {
				otherwise = append(otherwise, d.Setting)
			}
		}
		host := at.Host
		if at.Here {
			host += " (here)"
		}
		said = append(said, map[string]any{"machine": at.Host, "here": at.Here, "process": at.Process, "differs": otherwise})
		rows = append(rows, []string{host, strconv.Itoa(at.Process), cmp.Or(strings.Join(otherwise, ", "), "nothing")})
	}
	return said, rows
}

// complaints are the sentences about what differs, as JSON.
func (who *actors) complaints(a *app) []complaint {
	list := []complaint{}
	for _, err := range installation.Complaints(who.differing) {
		list = append(list, complaint{a.code(err), a.say(err)})
	}
	return list
}

func (a *app) printMachines(places installation.Places, who *actors) error {
	all, err := places.Shareables()
	if err != nil {
		return err
	}
	said := map[string]any{"several": places.Several, "shared": all}
	if who != nil {
		said["acting"], _ = who.lines()
		said["complaints"] = who.complaints(a)
	}
	return a.print(said, func(w io.Writer) {
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
		if who == nil {
			return
		}
		if _, rows := who.lines(); len(rows) > 1 {
			table(w, rows...)
		} else {
			fmt.Fprintln(w, "\nNobody acts at this moment.")
		}
		for _, c := range who.complaints(a) {
			fmt.Fprintf(w, "- %s\n", c.Message)
		}
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
			return a.printMachines(places, nil)
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
			return a.printMachines(places, nil)
		},
	}
}
