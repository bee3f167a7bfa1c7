package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) docketCommand() *cobra.Command {
	return group("docket", "Look at the record itself", "docket show programme/demo", a.docketShow(), a.docketExport())
}

func (a *app) docketShow() *cobra.Command {
	return &cobra.Command{
		Use: "show STREAM|CLAIM", Short: "Show the entries of one thing",
		Long: `Show the entries of one thing, oldest first: of a claim (by reference or number)
or of a stream: programme/ID, actor/ID, instalment/PROGRAMME/N,
round/PROGRAMME/N, account/PROGRAMME/contributions.`,
		Example: "  chancery docket show programme/demo\n  chancery docket show HF-0000012 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				stream := docket.Stream(given[0])
				if !strings.Contains(given[0], "/") {
					found, err := i.Office.FindClaim(c.Context(), given[0])
					if err != nil {
						return err
					}
					stream = found.ID.Stream()
				}
				history, err := i.Office.History(c.Context(), stream)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"stream": stream, "entries": history}, func(w io.Writer) { printHistory(w, history) })
			})
		},
	}
}

func (a *app) docketExport() *cobra.Command {
	var audit bool
	var to string
	c := &cobra.Command{
		Use: "export --audit", Short: "Export entries and salts for an auditor",
		Long: `Export every entry with its leaf and salt, and the rows of every annex, one JSON
object a line. Nothing sealed is in it. From it an auditor recomputes every
commitment, the tree's head and every published figure.`,
		Example: "  chancery docket export --audit -o audit.ndjson",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if !audit {
				return wrongUse(c, "use.export-nothing")
			}
			return a.export(c.Context(), to)
		},
	}
	c.Flags().BoolVar(&audit, "audit", false, "entries and salts, nothing sealed")
	c.Flags().StringVarP(&to, "output", "o", "-", "file; - is standard output")
	return c
}

// export waits for a moment in which all is published, as serve does within a second
// of an act.
func (a *app) export(ctx context.Context, to string) error {
	var head docket.TreeHead
	asItIs, err := a.ofOneMoment(ctx, func() (docket.TreeHead, error) {
		err := a.reading(ctx, func(i *installation.Installation) (err error) {
			if err := a.elsewhere(i, to); err != nil {
				return err
			}
			var header office.AuditHeader
			if header, head, err = i.Office.AuditHeader(ctx); err != nil {
				return err
			}
			return a.exportFrom(ctx, i, header, head, to)
		})
		switch fault.Code(err) {
		case "log.not-all-published", "office.figures-ahead":
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(time.Second):
			}
		}
		return head, err
	})
	if err == nil && asItIs {
		err = waiting(head)
	}
	return err
}

// exportFrom writes the export of a header.
func (a *app) exportFrom(ctx context.Context, i *installation.Installation, header office.AuditHeader, head docket.TreeHead, to string) error {
	if to == "-" {
		w := bufio.NewWriterSize(a.out, 1<<16)
		_, err := i.Office.ExportAudit(ctx, w, header, head, nil)
		return errors.Join(err, w.Flush())
	}
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		return fault.New(fault.Invalid, "machine.is-folder", "path", to)
	}
	// Under another name until it is whole: a half export must not pass for one.
	f, err := os.OpenFile(to+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: named.Op, Path: to, Err: named.Err}
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	lines, err := i.Office.ExportAudit(ctx, w, header, head, a.progress())
	if err := errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(to+".part"))
	}
	if err := os.Rename(to+".part", to); err != nil {
		return err
	}
	return a.print(map[string]any{"file": to, "lines": lines}, func(w io.Writer) { fmt.Fprintf(w, "%s lines in %s\n", grouped(lines), to) })
}
