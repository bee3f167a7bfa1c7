package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
)

// toFile is what --to says for a file in the data directory.
const toFile = "sqlite"

func (a *app) moveCommand() *cobra.Command {
	var to, role, owner string
	c := &cobra.Command{
		Use: "move --to DATABASE", Short: "Move docket and tables to PostgreSQL, or back to a file",
		Long: `Move docket and tables to an empty PostgreSQL database, named by the address of its
owner, who makes the schema; or back to a file in the data directory (--to sqlite).
Keys, heads and the published log stay where they are: the tree's head is the same,
and every receipt verifies as before.

While it moves nobody can act. Away from a file it takes the installation for itself:
end chancery serve and what else acts. Away from PostgreSQL it takes the application's
right to write away, for all machines, which is why it wants the owner's address
(--owner); if it is broken off and not given again, chancery database upgrade gives
the right back.

The copy is held to the original, row by row, and to the tree. Only then, and in one
step, is the installation told of it. Interrupted before that, it has changed nothing:
give it again. The old database stays, for reading; remove it when you no longer want
it: it holds everything up to the move, what is erased later too.`,
		Example: `  chancery move --to postgres://owner@db.example.org/claims
  chancery move --to sqlite --owner postgres://owner@db.example.org/claims`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			m := installation.Moving{Owner: to, Role: role, Progress: a.progress()}
			if to == toFile {
				if owner == "" {
					return wrongUse(c, "use.move-owner")
				}
				m.Owner, m.Back = owner, true
			}
			moved, err := installation.Move(c.Context(), a.dir, m, a.asking())
			if err != nil {
				return err
			}
			return a.print(moved, func(w io.Writer) {
				var rows int64
				for _, n := range moved.Rows {
					rows += n
				}
				fmt.Fprintf(w, "Moved: %s rows, %s leaves, root %s.\nThe data are in %s from now on.\nThe old database stays, for reading, in %s\n",
					grouped(rows), grouped(moved.Head.Size), moved.Head.Root, moved.To, moved.From)
				if moved.Variable != "" {
					fmt.Fprintf(w, "%s still names the old one: take it out of the environment, also of what starts serve.\n", moved.Variable)
				}
				fmt.Fprintf(w, "Next: chancery verify --rebuild --dir %s\n", typed(a.dir))
			})
		},
	}
	c.Flags().StringVar(&to, "to", "", "an empty PostgreSQL database by its owner's address, postgres://OWNER@HOST/NAME; or sqlite")
	c.Flags().StringVar(&role, "role", installation.Role, "as whom the application acts in that database")
	c.Flags().StringVar(&owner, "owner", "", "with --to sqlite: the database that is left, by its owner's address")
	return requires(c, "to")
}
