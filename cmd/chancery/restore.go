package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// restoring are the flags of restore.
type restoring struct {
	keys, heads, log, identity string
	number                     int64
	accept, nothingKnown       bool
}

func (a *app) restoreCommand() *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use: "restore SOURCE DIR --identity FILE", Short: "Bring an installation back from a backup",
		Long: `Bring an installation back into DIR, which must be empty, from the newest backup in
the folder SOURCE, or the one that --backup names. --identity is the private half of
the backup's key. The installation's keys are not in the backup: they must lie in
DIR.keys, or where --keys says (chancery keys restore --keys FOLDER brings them back
from shares, chancery keys restore-store --keys FOLDER their store).

Every part is read and held to its hash before anything is written. Then it is held
against all that is known elsewhere: the heads, where they outlived (DIR.heads or
--head), the public log (DIR.log or --log), the witnesses. Where none of them has
seen more, it goes on as if nothing had been. Where they have, leaves are lost: it
says how many and refuses. Look for a newer backup first; if there is none, two people
accept the loss: --accept-loss, by an administrator and an officer (--second). That
opens a new epoch of the log, which says for ever what was lost.

Where nobody outside the backup answers at all, it can't be known whether leaves are
lost: that is refused too, until the same two people answer for it (--nothing-known).
Where the log was not published beside the data, --log must name its place.

Who was erased since the backup was made is erased in it. Files that people sent and that
are neither in the backup nor where they lay are counted, and it ends with 1 then: the
rest is restored. It ends with 1 too where the log's newest key isn't there: nothing is
published then, and nobody can act before it is. An interrupted restore leaves no
installation: give it again.`,
		Example: `  chancery restore /mnt/other/backups register --identity backup.key
  chancery restore /mnt/other/backups register --identity backup.key --log 's3://log/claims?endpoint=https://s3.example.org&region=eu'
  chancery restore /mnt/other/backups register --identity backup.key --accept-loss --second officer-2.credential
  chancery restore /mnt/other/backups register --identity backup.key --nothing-known --second officer-2.credential`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error { return a.restore(c, r, given[0], given[1]) },
	}
	c.Flags().StringVar(&r.identity, "identity", "", "file with the private half of the backup's key")
	c.Flags().StringVar(&r.keys, "keys", "", "folder of the installation's keys (default DIR.keys)")
	c.Flags().StringVar(&r.heads, "head", "", "folder of the log's heads (default DIR.heads)")
	c.Flags().StringVar(&r.log, "log", "", "where the log is published: a folder, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME (default DIR.log)")
	c.Flags().Int64Var(&r.number, "backup", 0, "number of the backup; 0 is the newest")
	c.Flags().BoolVar(&r.accept, "accept-loss", false, "go on without the leaves that are lost")
	c.Flags().BoolVar(&r.nothingKnown, "nothing-known", false, "go on though nobody outside the backup knows how long the log was")
	return requires(c, "identity")
}

func (a *app) restore(c *cobra.Command, r restoring, source, dir string) error {
	dir = filepath.Clean(dir)
	if err := aFolder(source); err != nil {
		return err
	}
	key, err := vault.ReadBackupKey(r.identity)
	if err != nil {
		return err
	}
	a.dir = dir
	places := installation.Beside(dir)
	places.Keys, places.Heads, places.Log = cmp.Or(r.keys, places.Keys), cmp.Or(r.heads, places.Heads), cmp.Or(r.log, places.Log)
	asked := installation.Restoration{Source: source, Number: r.number, Key: key, Places: places, Progress: a.progress()}
	var witnesses []string
	asked.AcceptLoss, asked.NothingKnown, asked.LogNamed = r.accept, r.nothingKnown, r.log != ""
	asked.People = func(i *installation.Installation) (office.By, error) {
		witnesses, _ = i.Witnesses()
		return a.by(c.Context(), i)
	}
	back, err := installation.Restore(c.Context(), asked, a.asking())
	if err != nil {
		return err
	}
	epoch := back.Epoch
	if epoch != nil {
		if err := a.tellWitnesses(witnesses, epoch.Key); err != nil {
			return err
		}
	}
	answer := map[string]any{"restored": back, "dir": places.Data, "keys": places.Keys, "heads": places.Heads, "log": places.Log, "seconds": back.Took.Seconds()}
	if epoch != nil {
		answer["epoch"] = epochAnswer(epoch)
	}
	if back.Unsigned != nil {
		answer["unsigned"] = map[string]string{"code": a.code(back.Unsigned), "message": a.say(back.Unsigned)}
	}
	err = a.print(answer, func(w io.Writer) {
		printRestored(w, back)
		if epoch != nil {
			printEpochText(w, epoch)
		}
		if back.Unsigned != nil {
			fmt.Fprintf(w, "Nobody can act in it yet. %s\n", a.say(back.Unsigned))
		}
		fmt.Fprintf(w, "Next: chancery verify --rebuild --dir %s\n", typed(places.Data))
	})
	if err == nil && (back.Lacking > 0 || back.Unsigned != nil) {
		err = errFound
	}
	return err
}

func printRestored(w io.Writer, r *installation.Restored) {
	fmt.Fprintf(w, "Backup %d, made at %s, is restored to %s.\n\n", r.Number, r.Made, r.Data)
	rows := [][]string{{"leaves", grouped(r.Head.Size)}, {"root", r.Head.Root.String()}}
	for _, name := range []string{"docket", "annexes", "claims", "blobs", "payments"} {
		rows = append(rows, []string{name, grouped(r.Rows[name])})
	}
	table(w, append(rows, []string{"keys", r.Keys}, []string{"heads", r.Heads}, []string{"log", r.Log})...)
	for _, name := range r.Silent {
		fmt.Fprintf(w, "\nWitness %s did not answer: what it has seen isn't known here. Ask it before you go on.", name)
	}
	for _, one := range r.Again {
		fmt.Fprintf(w, "\nThe registry %s is in no backup: put its file there again (SHA-256 %s).", filepath.Join(r.Data, one.File), one.SHA256)
	}
	switch {
	case r.Lost > 0:
		fmt.Fprintf(w, "\nLOST  %s leaves that were signed or seen.\n", grouped(r.Lost))
	case r.Lacking > 0:
		fmt.Fprintln(w, "\nNo entry is lost that anybody here knows of.")
	default:
		fmt.Fprintln(w, "\nNothing is lost that anybody here knows of.")
	}
	if r.Lacking > 0 {
		fmt.Fprintf(w, "MISSING  %s files that people sent are neither in this backup nor whole in %s. Which they are: chancery verify. Look for them among the other backups (evidence, there) and put each back under its own name; whoever sent one that is nowhere must send it again.\n", grouped(r.Lacking), r.Evidence)
	}
	fmt.Fprintf(w, "It took %.1f s for %s%s.\n", r.Took.Seconds(), size(r.Bytes), perGigabyte(r))
}

// perGigabyte is how long a gigabyte takes, once there is enough to say so.
func perGigabyte(r *installation.Restored) string {
	if r.Bytes < 10<<20 {
		return ""
	}
	return fmt.Sprintf(": %.0f s/GB", r.Took.Seconds()/(float64(r.Bytes)/1e9))
}
