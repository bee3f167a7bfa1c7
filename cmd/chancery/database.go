package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
)

func (a *app) databaseCommand() *cobra.Command {
	var owner string
	upgrade := &cobra.Command{
		Use: "upgrade", Short: "Bring the database's schema up to this program, as its owner",
		Long: `Bring the schema of the installation's PostgreSQL up to this program, and the
rights of the application's role with it. The application can't: it has no right
to change the schema. A database that is up to date stays as it is.`,
		Example: "  chancery database upgrade --database postgres://owner@db.example.org/claims",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := installation.UpgradeDatabase(c.Context(), a.dir, owner); err != nil {
				return err
			}
			return a.print(map[string]bool{"upgraded": true}, func(w io.Writer) { fmt.Fprintln(w, "The database is up to date.") })
		},
	}
	upgrade.Flags().StringVar(&owner, "database", "", "the database by its owner's address: postgres://OWNER@HOST/NAME")
	return group("database", "Look after an installation's PostgreSQL", "database upgrade --database postgres://owner@db.example.org/claims",
		requires(upgrade, "database"))
}
