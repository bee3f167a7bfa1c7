package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) logCommand() *cobra.Command {
	return group("log", "The published log: its head, its key, its epochs", "log head", a.logHead(), a.logPublish(), a.logKey(), a.logEpoch())
}

// logState is the published log as JSON.
type logState struct {
	Origin      string      `json:"origin"`
	Size        int64       `json:"size"`
	Root        docket.Hash `json:"root"`
	Checkpoint  string      `json:"checkpoint"`
	Unpublished int64       `json:"unpublished"`
	Overdue     int         `json:"overdue"`
}

func (a *app) printLog(ctx context.Context, i *installation.Installation, p office.Published) error {
	u, err := i.Office.Unpublished(ctx)
	if err != nil {
		return err
	}
	return a.print(logState{p.Origin, p.Size, p.Root, p.Checkpoint, u.Entries, len(u.Overdue)}, func(w io.Writer) {
		table(w,
			[]string{"origin", p.Origin},
			[]string{"size", grouped(p.Size)},
			[]string{"root", p.Root.String()},
			[]string{"waiting", fmt.Sprintf("%s entries not published yet, %s of them overdue", grouped(u.Entries), grouped(int64(len(u.Overdue))))},
			[]string{"files", i.Log})
		if p.Checkpoint != "" {
			fmt.Fprintf(w, "\n%s", p.Checkpoint)
		}
	})
}

func (a *app) logHead() *cobra.Command {
	return &cobra.Command{
		Use: "head", Short: "Show the newest published checkpoint",
		Long: `Show the newest checkpoint of the published log, with its signatures, and how
many entries wait to be published. Keep a copy of a checkpoint: from then on the
log can't be changed behind it without your noticing.`,
		Example: "  chancery log head\n  chancery log head --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				p, err := i.Published(c.Context())
				if err != nil {
					return err
				}
				return a.printLog(c.Context(), i, p)
			})
		},
	}
}

func (a *app) logPublish() *cobra.Command {
	var rebuild bool
	c := &cobra.Command{
		Use: "publish", Short: "Publish what waits, and ask the witnesses again",
		Long: `Give every entry its place, bring the published log up to date, and ask the
witnesses for cosignatures. Commands that enter acts, and serve, do so by
themselves; this is for what was in the way then: a bucket that was out of reach,
a witness that did not answer. Who is asked stands in the file witnesses in the folder of heads, a
line each: the witness's key, a space and its address.

With --rebuild it writes the public files anew from the docket, where
they were lost or changed, up to what was signed: it signs nothing then.`,
		Example: "  chancery log publish\n  chancery log publish --rebuild",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.owning(c.Context(), func(i *installation.Installation) error {
				publish := i.Office.PublishNow
				if rebuild {
					publish = i.Office.Republish
				}
				if _, err := publish(c.Context()); err != nil {
					return err
				}
				p, err := i.AskWitnesses(c.Context())
				if err != nil {
					return err
				}
				if err := a.sayUnwitnessed(i); err != nil {
					return err
				}
				return a.printLog(c.Context(), i, p)
			})
		},
	}
	c.Flags().BoolVar(&rebuild, "rebuild", false, "write the public files anew, up to what was signed")
	return c
}

// sayUnwitnessed tells which witnesses did not cosign; it stops nothing.
func (a *app) sayUnwitnessed(i *installation.Installation) error {
	if err := i.Unwitnessed(); err != nil {
		_, err = fmt.Fprintf(a.err, "chancery: published without every witness: %s\n", steadied(a.say(err)))
		return err
	}
	return nil
}

func (a *app) logKey() *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Show the log's public key",
		Long: `Show the log's public key, with which anybody checks receipts and the whole log:
chancery-verify receipt FILE --key KEY. Publish it where a reader can trust it
without trusting this machine: on paper, in a treaty's annex, in a newspaper.`,
		Example: "  chancery log key",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				origin, key, err := i.LogKey()
				if err != nil {
					return err
				}
				return a.print(map[string]string{"origin": origin, "key": key}, func(w io.Writer) { fmt.Fprintln(w, key) })
			})
		},
	}
}

func (a *app) logEpoch() *cobra.Command {
	var reason string
	var accept bool
	c := &cobra.Command{
		Use: "epoch --reason REASON --second FILE", Short: "Go on under a new key, or from an older state after a disaster",
		Long: `Open a new epoch of the log, by two people: an administrator, and an officer who
consents (--second). The epoch is published with a statement that says why.

  key-rotation     the log's key is retired in good order
  key-lost         nobody can sign with the old key; refused while it is here
  key-compromised  somebody else can
  loss             the log goes on from the older state that the database is in,
                   after a disaster. It takes --accept-loss, names every leaf
                   that is lost, and commits to the old checkpoint, which stays
                   published: what is lost can be seen to be lost for ever.

Who knows only the old key follows it to the new one after a rotation or a loss.
After key-lost and key-compromised, tell the public the new key by other means.
A command that was cut short is given again and finishes. Stop chancery serve
before, and start it again afterwards.`,
		Example: `  chancery log epoch --reason key-rotation --second my-data.keys/credentials/officer-2.credential
  chancery log epoch --reason loss --accept-loss --second officer-2.credential`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			why := office.EpochReason(reason)
			if !slices.Contains(office.EpochReasons(), why) {
				return wrongUse(c, "use.epoch-reason", "reason", reason, "known", listed(office.EpochReasons()))
			}
			if accept != (why == office.Loss) {
				return wrongUse(c, "use.accept-loss")
			}
			return a.with(c.Context(), installation.Options{Disaster: true}, func(i *installation.Installation) error {
				by, err := a.by(c.Context(), i)
				if err != nil {
					return err
				}
				opened, err := i.OpenEpoch(c.Context(), by, why)
				if err != nil {
					return err
				}
				if err := a.printEpoch(opened); err != nil {
					return err
				}
				names, _ := i.Witnesses()
				return a.tellWitnesses(names, opened.Key)
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why: "+listed(office.EpochReasons()))
	c.Flags().BoolVar(&accept, "accept-loss", false, "go on without the leaves that are lost")
	return requires(c, "reason")
}

// tellWitnesses says that witnesses know the log under its old key.
func (a *app) tellWitnesses(names []string, key string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.err, "chancery: no witness cosigns under the new key yet. Have those who run %s give: chancery witness add-log DIR %s — then: chancery log publish\n",
		strings.Join(names, ", "), key)
	return err
}

// mostLostShown is how many lost leaves a person is shown; all are in the file.
const mostLostShown = 50

func (a *app) printEpoch(e *installation.EpochOpened) error {
	return a.print(epochAnswer(e), func(w io.Writer) { printEpochText(w, e) })
}

// epochAnswer is an epoch that was opened, as JSON.
func epochAnswer(e *installation.EpochOpened) map[string]any {
	lost := make([]map[string]any, 0, min(len(e.Lost), mostLostShown))
	for _, l := range e.Lost[:min(len(e.Lost), mostLostShown)] {
		lost = append(lost, map[string]any{"leaf": l.Number, "entry": l.Ref, "hash": l.Hash})
	}
	return map[string]any{
		"epoch": e.Epoch, "origin": e.Origin, "size": e.Published.Size, "lost_leaves": len(e.Lost), "lost_file": e.LostFile, "first_lost": lost,
	}
}

func printEpochText(w io.Writer, e *installation.EpochOpened) {
	for _, l := range e.Lost[:min(len(e.Lost), mostLostShown)] {
		fmt.Fprintf(w, "LOST  leaf %d: %s\n", l.Number, l.Ref)
	}
	if more := len(e.Lost) - mostLostShown; more > 0 {
		fmt.Fprintf(w, "… and %s more\n", grouped(int64(more)))
	}
	if len(e.Lost) > 0 {
		fmt.Fprintf(w, "All %s are listed in %s. Tell those whom they concern.\n", grouped(int64(len(e.Lost))), e.LostFile)
	}
	fmt.Fprintf(w, "Epoch %d of the log is open (%s): %s leaves kept, %s of the published ones lost.\nOrigin %s\nKey    %s\n",
		e.Number, e.Reason, grouped(e.Kept), grouped(e.Epoch.Lost), e.Origin, e.Key)
}
