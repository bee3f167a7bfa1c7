package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/vault"
)

func (a *app) keysMove() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "move --to DATABASE", Short: "Move the key store to a PostgreSQL of its own, or back to a file",
		Long: `Move the wrapped keys of claims, and the list of what was erased, to a PostgreSQL
database that holds nothing else, so that several machines reach them; or back to a
file in the folder of keys (--to sqlite). The database belongs to the role in the
address, and is another than the claims', best on another server: no backup may hold
both. The master key stays where it is; in the database each key is wrapped by it.

Stop chancery serve and work before, on all machines. The copy is held to the
original, key by key, and only then, in one step, the folder of keys points to it.
Broken off before that it has changed nothing: give it again. A file that was moved
lies among the copies of the key store for as long as they do; a database that was
moved is left without keys.

No password is kept: give it in ~/.pgpass, in PGPASSWORD, or the whole address in
` + vault.DatabaseEnv + `.`,
		Example: `  chancery keys move --to postgres://chancery_keys@keys.example.org/chancery_keys
  chancery keys move --to sqlite`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			address := to
			if to == toFile {
				address = ""
			}
			if err := installation.MoveKeys(c.Context(), a.dir, address, a.asking()); err != nil {
				return err
			}
			places, err := installation.Find(a.path(a.dir))
			if err != nil {
				return err
			}
			at, err := vault.StoreDatabase(places.Keys)
			if err != nil {
				return err
			}
			if at == "" {
				at = places.Keys
			}
			return a.print(map[string]string{"to": at}, func(w io.Writer) {
				fmt.Fprintf(w, "The key store is in %s from now on.\nNext: chancery keys backup-store, then chancery verify --dir %s\n", at, typed(a.dir))
			})
		},
	}
	c.Flags().StringVar(&to, "to", "", "a PostgreSQL database by the address of the role that owns it, postgres://ROLE@HOST/NAME; or sqlite")
	return requires(c, "to")
}
