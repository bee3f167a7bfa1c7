package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/vault"
)

func (a *app) deskBackup() *cobra.Command {
	var key, to string
	var shares, needed int
	c := &cobra.Command{
		Use: "backup", Short: "Back the desk's key up in shares, of which some bring it back",
		Long: `Write shares of the desk's private key into a new folder, on the officer's own
machine. So many of them as --needed says bring it back; fewer tell nothing. Each
is a text file: print it, give each to another person, and delete them here. No
installation is needed. What is sensitive is lost for good with this key.`,
		Example: "  chancery desk backup --key desk.key --shares 3 --needed 2 -o desk-shares",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if _, err := vault.ReadDeskKey(key); err != nil {
				return err
			}
			private, err := os.ReadFile(key)
			if err != nil {
				return err
			}
			set, made, err := vault.ShareDeskKey(to, string(private), shares, needed, day.Of(time.Now(), time.UTC))
			if err != nil {
				return err
			}
			return a.print(map[string]any{"set": set, "shares": made, "needed": needed}, func(w io.Writer) {
				fmt.Fprintf(w, "%d shares of the desk's key, backup %s; any %d of them bring it back.\n\n", len(made), set, needed)
				for _, s := range made {
					fmt.Fprintln(w, s.File)
				}
				fmt.Fprintln(w, "\nGive each to another person and delete them here: together they are the key.")
			})
		},
	}
	c.Flags().StringVar(&key, "key", "", "file with the desk's private key")
	c.Flags().StringVarP(&to, "out", "o", "", "new folder for the shares")
	c.Flags().IntVar(&shares, "shares", 5, "how many shares")
	c.Flags().IntVar(&needed, "needed", 3, "how many of them bring the key back")
	return requires(c, "key", "out")
}

func (a *app) deskRestore() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "restore SHARE…", Short: "Bring the desk's key back from its shares",
		Long: `Bring the desk's private key back from its shares, into a new file, on an
officer's own machine and never on the server. Shares of a server's keys are
refused: they belong there (chancery keys restore).`,
		Example: "  chancery desk restore share-1-of-3.txt share-3-of-3.txt -o desk.key",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			if err := vault.RestoreDeskKey(to, given); err != nil {
				return err
			}
			back, err := vault.ReadDeskKey(to)
			if err != nil {
				return err
			}
			return a.print(map[string]string{"file": to, "id": back.ID()}, func(w io.Writer) {
				fmt.Fprintf(w, "The desk's key %s is back, in %s.\n", back.ID(), to)
			})
		},
	}
	c.Flags().StringVarP(&to, "out", "o", "", "new file for the private key")
	return requires(c, "out")
}
