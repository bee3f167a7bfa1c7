package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/vault"
)

func (a *app) backupCommand() *cobra.Command {
	var to []string
	var keep int
	c := &cobra.Command{
		Use: "backup DEST --to RECIPIENT", Short: "Back the data and the heads up, sealed, beside whoever works",
		Long: `Add a backup to the folder DEST: one state of the database with the tree's heads,
while others serve, import and act. Only what is new since the last one there is
written. An interrupted one leaves those before it whole; give the command again.

It is sealed with age to the recipients, so that this machine can write backups
and not read them: make the key on another machine (chancery keys new-backup-key)
and give its public line, or a file with such lines. Keys of the installation are
not in it: back them up apart (chancery keys backup, chancery keys backup-store).

It ends with 1 where it is made and something was found: parts of earlier backups that
were damaged and are written anew, or files that people sent and that aren't where they
should be or can't be read there. The rest is in the backup, and these are named.

With --keep N the lists of all but the newest N backups go, and with them the parts
that no list names any more: what was erased is then in none of them.`,
		Example: `  chancery backup /mnt/other/backups --to backup.key.pub
  chancery backup /mnt/other/backups --to age1pq1… --keep 30`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			if err := aFolder(given[0]); err != nil {
				return err
			}
			recipients, err := recipientsOf(to)
			if err != nil {
				return err
			}
			if keep < 0 {
				return wrongUse(c, "use.keep", "keep", keep)
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				made, err := i.Backup(c.Context(), given[0], recipients, keep, a.progress())
				if err != nil {
					return err
				}
				if err := a.print(made, func(w io.Writer) { a.printBackup(w, given[0], made) }); err != nil {
					return err
				}
				if made.Damaged+made.Missing+made.Unread > 0 {
					return errFound
				}
				return nil
			})
		},
	}
	c.Flags().StringArrayVar(&to, "to", nil, "an age recipient (age1…), or a file with some, one a line; may be given again")
	c.Flags().IntVar(&keep, "keep", 0, "keep the newest so many backups; 0 keeps all")
	return requires(c, "to")
}

func (a *app) checkBackupCommand() *cobra.Command {
	var identity, keys string
	var number int64
	c := &cobra.Command{
		Use: "check-backup DEST", Short: "Read the backups in a folder and hold them to their hashes",
		Long: `Hold each backup in the folder DEST, or the one that --backup names, to its mark by
the installation's keys, and every file of it to its SHA-256. Nothing is restored or
changed. It ends with 1 at the first file that is damaged or missing, by its name.

With --identity every part is opened too and its rows are counted. Do that on a
machine that may have the key, which the server may not. Where there is no
installation, --keys names a folder of keys, as for chancery restore.`,
		Example: `  chancery check-backup /mnt/other/backups
  chancery check-backup /mnt/other/backups --backup 7 --identity backup.key --keys register.keys`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			if err := aFolder(given[0]); err != nil {
				return err
			}
			checking := installation.Checking{Source: given[0], Number: number, Keys: keys, Progress: a.progress()}
			if identity != "" {
				read, err := vault.ReadBackupKey(identity)
				if err != nil {
					return err
				}
				checking.Key = &read
			}
			if keys == "" {
				places, err := installation.Find(a.path(a.dir))
				if err != nil {
					return err
				}
				checking.Keys = places.Keys
			}
			whole, err := installation.CheckBackups(c.Context(), checking, a.asking())
			if err != nil {
				return err
			}
			return a.print(map[string]any{"whole": whole}, func(w io.Writer) { printChecked(w, whole) })
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "file with the private half of the backup's key: opens every part too")
	c.Flags().Int64Var(&number, "backup", 0, "number of the backup; 0 is all of them")
	c.Flags().StringVar(&keys, "keys", "", "folder of the keys, where there is no installation (default: that of the installation)")
	return c
}

func printChecked(w io.Writer, whole []installation.BackupChecked) {
	for _, b := range whole {
		opened := ""
		if b.Opened {
			opened = ", and every part opens"
		}
		fmt.Fprintf(w, "Backup %d, made at %s, is whole: %s leaves, %s parts, %s%s.\n", b.Number, b.Made, grouped(b.Size), grouped(b.Parts), size(b.Bytes), opened)
	}
}

// recipientsOf are recipients given as they are or in files.
func recipientsOf(given []string) (vault.BackupTo, error) {
	var text strings.Builder
	for _, one := range given {
		if strings.HasPrefix(one, "age1") {
			// No file of that name, or one that no file can have: a recipient may be 2,000 letters long.
			if _, err := os.Lstat(one); err != nil {
				fmt.Fprintln(&text, one)
				continue
			}
		}
		f, err := os.Open(one)
		if err != nil {
			return vault.BackupTo{}, err
		}
		content, err := io.ReadAll(io.LimitReader(f, 1<<20))
		if err := errors.Join(err, f.Close()); err != nil {
			return vault.BackupTo{}, err
		}
		fmt.Fprintf(&text, "%s\n", content)
	}
	return vault.ParseBackupTo(text.String())
}

func (a *app) printBackup(w io.Writer, dest string, r backup.Report) {
	var rows int64
	for n := range maps.Values(r.Rows) {
		rows += n
	}
	fmt.Fprintf(w, "Backup %d of %s is in %s: %s leaves, %s rows, %s of which %s are new.\n",
		r.Number, r.Origin, dest, grouped(r.Head.Size), grouped(rows), size(r.Bytes), size(r.NewBytes))
	if r.Damaged > 0 {
		fmt.Fprintf(w, "DAMAGED: %s parts of earlier backups were missing or not as they were written. This backup has them anew; earlier ones that name them may not come back. Look at that disk, and take another folder.\n", grouped(r.Damaged))
	}
	if r.Missing > 0 {
		fmt.Fprintf(w, "MISSING: %s files that people sent are gone from where they lie, or are not what they were, and are in no backup here. The rest is in this one. Which they are: chancery verify\n", grouped(r.Missing))
	}
	if r.Unread > 0 {
		fmt.Fprintf(w, "UNREAD: %s files that people sent can't be read where they lie, and are in no backup here. The rest is in this one. See to the disk, the bucket or the rights there, and give the command again.\n", grouped(r.Unread))
	}
	for _, l := range r.Lacking {
		fmt.Fprintf(w, "  %s: %s\n", l.Object, a.say(l.Why))
	}
	if n := r.Missing + r.Unread - int64(len(r.Lacking)); n > 0 {
		fmt.Fprintf(w, "  … and %s more\n", grouped(n))
	}
	if r.Removed > 0 {
		fmt.Fprintf(w, "Removed: %s parts that no backup names any more.\n", grouped(r.Removed))
	}
	fmt.Fprintln(w, "Keys are not in it: chancery keys backup-store, and shares (chancery keys backup).")
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	unit, units := int64(1), []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && bytes >= 1024*unit {
		unit, units = unit*1024, units[1:]
	}
	if unit == 1 {
		return fmt.Sprintf("%d %s", bytes, units[0])
	}
	return fmt.Sprintf("%d.%d %s", bytes/unit, bytes%unit*10/unit, units[0])
}

func (a *app) keysNewBackupKey() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "new-backup-key", Short: "Make a key for backups of the data, on another machine",
		Long: `Make a key for backups of the data: the private half goes into a new file that its
owner alone may read, the public line into a file of the same name and .pub. Run it
on a machine that is not the server; no installation is needed. Then carry the public
file to the server: chancery backup DEST --to FILE. Keep the private half in a
safe, in two places: without it no backup opens. It is an age identity, and age
itself opens what was sealed to it.`,
		Example: "  chancery keys new-backup-key -o backup.key",
		Args:    args(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			public, err := vault.NewBackupKey(file)
			if err != nil {
				return err
			}
			if err := newFile(file+".pub", 0o644, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, public)
				return err
			}); err != nil {
				return errors.Join(err, os.Remove(file))
			}
			return a.print(map[string]string{"file": file, "public": public}, func(w io.Writer) {
				fmt.Fprintf(w, "The private half is in %s: into a safe with it, and a copy into another one.\nThe public line is in %s.pub. On the server: chancery backup DEST --to %s.pub\n", file, file, file)
			})
		},
	}
	c.Flags().StringVarP(&file, "out", "o", "", "new file for the private half")
	return requires(c, "out")
}
