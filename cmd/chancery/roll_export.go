package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
)

func (a *app) rollExport() *cobra.Command {
	var q asked
	var format, out, about string
	c := &cobra.Command{
		Use: "export", Short: "Write the roll as Popolo, FollowTheMoney, CSV or a calendar",
		Long: `Write the roll for other programs: popolo (JSON), ftm (FollowTheMoney, an entity a
line), csv (every fact, nothing is lost), ics (the meetings, as a calendar).`,
		Example: "  chancery roll export --format popolo -o roll.json\n  chancery roll export --format ics --about cis-security-councils",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			write, ok := rollFormats[format]
			if !ok {
				return wrongUse(c, "use.roll-format", "text", format, "known", "popolo, ftm, csv, ics")
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				facts, err := a.desk(i).Facts(c.Context(), about, q.Query)
				if err != nil {
					return err
				}
				if _, left := dossier.Meetings(facts.Facts, facts.Series); format == "ics" && left > 0 {
					fmt.Fprintf(a.err, "Left out, as their day isn't known: %d meetings\n", left)
				}
				return a.writeOut(i, out, func(w io.Writer) error { return write(w, facts, i.Office.Now()) })
			})
		},
	}
	c.Flags().StringVar(&format, "format", "csv", "popolo, ftm, csv or ics")
	c.Flags().StringVarP(&out, "output", "o", "-", "file; - is standard output")
	c.Flags().StringVar(&about, "about", "", "one body with what belongs to it, or one series (default: everything)")
	return q.knownOn(c)
}

// rollFormats are the forms in which the roll goes out. A calendar says on the
// error stream how many meetings it leaves out because their day isn't known.
var rollFormats = map[string]func(w io.Writer, of ask.Facts, now time.Time) error{
	"popolo": func(w io.Writer, of ask.Facts, _ time.Time) error { return dossier.WritePopolo(w, of.Facts) },
	"ftm":    func(w io.Writer, of ask.Facts, _ time.Time) error { return dossier.WriteFollowTheMoney(w, of.Facts) },
	"csv":    func(w io.Writer, of ask.Facts, _ time.Time) error { return dossier.WriteFacts(w, of.Facts) },
	"ics": func(w io.Writer, of ask.Facts, now time.Time) error {
		entries, _ := dossier.Meetings(of.Facts, of.Series)
		return dossier.Calendar{Name: of.Title, Origin: calendarOrigin, Stamp: now, Entries: entries}.Write(w)
	},
}

// calendarOrigin makes the ids of a calendar's entries the world's.
const calendarOrigin = "chancery"

// writeOut writes what is no table: where the answers go, or into a file, under
// another name until it is whole.
func (a *app) writeOut(i *installation.Installation, to string, write func(io.Writer) error) (err error) {
	if to == "-" {
		w := bufio.NewWriterSize(a.out, 1<<16)
		return errors.Join(write(w), w.Flush())
	}
	if i != nil {
		if err := a.elsewhere(i, to); err != nil {
			return err
		}
	}
	path := a.path(to)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fault.New(fault.Invalid, "machine.is-folder", "path", to)
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: named.Op, Path: to, Err: named.Err}
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(write(w), w.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	return a.print(map[string]any{"file": to}, func(w io.Writer) { fmt.Fprintf(w, "Written: %s\n", to) })
}
