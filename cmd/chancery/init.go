package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

const initLong = `Make an installation in DIR (default: --dir): the data in DIR, the keys, the
log's heads and the published log beside it, in DIR.keys, DIR.heads and DIR.log
unless named otherwise. They are never inside DIR, so that a copy of the data
neither opens what is sealed nor vouches for itself: back them up apart.

The log's origin is its name for ever: a host name that is yours, and perhaps a
path. The first actor, ` + installation.FirstActor + `, is an administrator and an officer; their
credential lies with the keys and is what the command line uses unless told
otherwise.

Sensitive answers are sealed to a key that this machine doesn't hold: make it on
an officer's own machine (chancery desk new) and give its public line with
--desk, or later with chancery desk use. Without it nothing sensitive is taken.

The docket and the tables are a file in DIR, unless --database names an empty
PostgreSQL database by the address of its owner, who makes the schema. From then
on the application acts there as --role, which can add to the docket and change
nothing in it; make that role first (CREATE ROLE chancery LOGIN). No password is
kept: give them in ~/.pgpass, in PGPASSWORD, or give the application's whole
address in ` + installation.DatabaseEnv + `. The wrapped keys of claims are a file with the keys, unless
--keys-database names a PostgreSQL database of their own. See docs/operations.md.`

func (a *app) initCommand() *cobra.Command {
	var keys, heads, log, evidence, origin, desk, owner, role, keysDatabase string
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make an installation",
		Long:  initLong,
		Example: "  chancery init my-data --origin claims.example.org/log\n" +
			"  chancery init my-data --origin claims.example.org/log --database postgres://owner@db.example.org/claims",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) (err error) {
			if len(given) == 1 {
				a.dir = given[0]
			}
			if a.dir == "" {
				return wrongUse(c, "use.dir")
			}
			if base := filepath.Base(a.dir); base == "." || base == ".." {
				// "..keys" would be no name beside this folder.
				if abs, err := filepath.Abs(a.dir); err == nil {
					a.dir = abs
				}
			}
			places := installation.Beside(a.dir)
			places.Keys, places.Heads, places.Log = cmp.Or(keys, places.Keys), cmp.Or(heads, places.Heads), cmp.Or(log, places.Log)
			places.Evidence = cmp.Or(evidence, places.Evidence)
			if owner != "" {
				if places.Database, err = installation.AddressFor(role, owner); err != nil {
					return err
				}
			}
			if !c.Flags().Changed("origin") {
				if origin, err = a.askOrigin(c.InOrStdin()); err != nil {
					return err
				}
			}
			if desk != "" {
				if desk, err = a.publicLine(desk); err != nil {
					return err
				}
			}
			if err = a.create(c.Context(), places, origin, desk, installation.Options{Owner: owner, KeysDatabase: keysDatabase}); err != nil {
				return err
			}
			return a.printInit(places, origin, desk)
		},
	}
	c.Flags().StringVar(&keys, "keys", "", "folder of the keys (default DIR.keys)")
	c.Flags().StringVar(&heads, "head", "", "folder of the log's heads (default DIR.heads)")
	c.Flags().StringVar(&log, "log", "", "where the log is published: a folder, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME (default DIR.log)")
	c.Flags().StringVar(&evidence, "evidence", "", "where larger files that people send rest, sealed: a folder, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME (default DIR.evidence)")
	c.Flags().StringVar(&origin, "origin", "", "the log's name, for ever: a host name that is yours (asked for on a terminal; default "+nobodysOrigin+")")
	c.Flags().StringVar(&owner, "database", "", "an empty PostgreSQL database, by its owner's address: postgres://OWNER@HOST/NAME (default: a file in DIR)")
	c.Flags().StringVar(&role, "role", installation.Role, "as whom the application acts in that database")
	c.Flags().StringVar(&keysDatabase, "keys-database", "", "an empty PostgreSQL database for the key store, by the address of the role that owns it (default: a file in the folder of keys)")
	c.Flags().StringVar(&desk, "desk", "", "the desk's public key, to which sensitive answers are sealed (chancery desk new)")
	return c
}

// printInit says where everything of a new installation lies.
func (a *app) printInit(places installation.Places, origin, desk string) error {
	made := map[string]string{"dir": places.Data, "keys": places.Keys, "heads": places.Heads, "log": places.Log, "origin": origin, "actor": installation.FirstActor}
	rows := [][]string{{"data", places.Data}}
	if places.Database != "" {
		made["database"] = places.Database
		rows = append(rows, []string{"database", places.Database + "   (no password is kept: ~/.pgpass, PGPASSWORD or " + installation.DatabaseEnv + ")"})
	}
	return a.print(made, func(w io.Writer) {
		fmt.Fprintf(w, "An installation is ready.\n\n")
		table(w, append(rows,
			[]string{"keys", places.Keys + "   (back them up apart from the data: without them nothing sealed can be read)"},
			[]string{"heads", places.Heads + "   (copy them off this machine: they prove what was recorded)"},
			[]string{"log", places.Log + "   (public: any web server can give it out; chancery serve does)"},
			[]string{"origin", origin},
			[]string{"actor", installation.FirstActor + "   (" + office.Administrator + ", " + office.Officer + ")"})...)
		printInitAdvice(w, places.Data, origin, desk)
		fmt.Fprintf(w, "\nNext: chancery programme open demo --dir %s\n", typed(places.Data))
	})
}

// printInitAdvice says what a new installation lacks.
func printInitAdvice(w io.Writer, data, origin, desk string) {
	if desk == "" {
		fmt.Fprintf(w, "\nThere is no desk's key yet, so nothing sensitive is taken. On an officer's own machine, not\nhere: chancery desk new -o desk.key — then here: chancery desk use desk.key.pub --dir %s\n", typed(data))
	}
	if origin == nobodysOrigin {
		fmt.Fprintln(w, "\nThe log's name is for ever, and this one is nobody's: good for a trial. For a real body,\nstart again with --origin and a host name that is yours.")
	}
}

// create makes an installation, or leaves nothing behind: half of one would be
// in the way of the next attempt. What was there before is never touched.
func (a *app) create(ctx context.Context, places installation.Places, origin, desk string, o installation.Options) error {
	var fresh []string
	for _, folder := range []string{places.Data, places.Keys, places.Heads, places.Log} {
		if _, err := os.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
			fresh = append(fresh, folder)
		}
	}
	err := installation.Create(ctx, places, origin, o)
	if err == nil && desk != "" { // an act, so that the docket has the key's id from the first day
		err = a.acting(ctx, func(i *installation.Installation, by office.By) error {
			_, err := i.Office.UseDesk(ctx, by, desk)
			return err
		})
	}
	if err == nil {
		return nil
	}
	for _, folder := range fresh {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return err
}

// nobodysOrigin names a log that no one else will ever trust: for trials.
const nobodysOrigin = "chancery.invalid/log"

// askOrigin asks for the log's name where somebody can answer.
func (a *app) askOrigin(in io.Reader) (string, error) {
	if !a.terminal.In {
		return nobodysOrigin, nil
	}
	fmt.Fprintf(a.err, "The log's name, for ever: a host name that is yours, such as claims.example.org/log\n[%s] ", nobodysOrigin)
	line, err := a.typedLine(in)
	return cmp.Or(line, nobodysOrigin), err
}
