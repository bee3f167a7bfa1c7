package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

const groundUsage = "why, as a code: request-of-claimant, retention, court-order …"

func (a *app) eraseCommand() *cobra.Command {
	var ground string
	var yes bool
	c := &cobra.Command{
		Use: "erase CLAIM", Short: "Erase what a claim holds in confidence, for good",
		Long: `Erase what a claim holds in confidence, for good: its sealed answers and traces
are removed, with the keyed hashes of what was asked of it, and its keys are
destroyed, so that no copy of the data opens them either. It takes two people
(--second), and can't be undone.

What was entered stays: codes, days, amounts, and commitments that reveal
nothing. So every proof holds, and so does the receipt of whoever has one.

It is refused while money is owed or under way, while a legal hold stands
(chancery claim hold), and while the claim waits for a decision: withdraw it
first. The ground is a code, for it stands in the docket for ever, and words
may name somebody.

It prints the day from which no copy of the keys is left anywhere: until then a
backup of the key store may hold them.`,
		Example: "  chancery erase HF-0000012 --ground request-of-claimant --second my-data.keys/credentials/officer-2.credential",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				if !yes {
					if err := a.confirmed(c.InOrStdin(), found); err != nil {
						return err
					}
				}
				done, err := i.Office.Erase(c.Context(), by, found.Programme, found.ID, ground)
				if done.Ref.Stream == "" {
					return err
				}
				return errors.Join(a.printErased(c.Context(), i, found, done), err)
			})
		},
	}
	c.Flags().StringVar(&ground, "ground", "", groundUsage)
	a.acknowledged(c).Flags().BoolVar(&yes, "yes", false, "don't ask on the terminal; a script is never asked")
	return requires(c, "ground")
}

func (a *app) printErased(ctx context.Context, i *installation.Installation, c claim.Claim, done office.Erased) error {
	said := map[string]any{
		"reference": c.Reference, "keys_gone_by": done.KeysGoneBy,
		"blobs_removed": done.Blobs, "requests_emptied": done.Requests,
	}
	return a.answer(ctx, i, done.Ref, said, func(w io.Writer) {
		fmt.Fprintf(w, "Claim %s is erased. Entry: %s\n\n", c.Name(), done.Ref)
		table(w,
			[]string{"removed", grouped(done.Blobs) + " sealed answers and traces, and all keys of the claim"},
			[]string{"emptied", grouped(done.Requests) + " requests: that their keys were used is kept, so that nothing is filed again"},
			[]string{"stays", "what was entered (codes, days, amounts, commitments): the proofs and receipts rest on it"})
		fmt.Fprintf(w, "\nFrom %s on no copy of the keys is left anywhere. Until then a backup of the key\nstore may hold them: it opens something only together with the master key and a\nbackup of the data.\n", done.KeysGoneBy)
	})
}

// confirmed asks where somebody can answer; a script has said what it wants.
func (a *app) confirmed(in io.Reader, c claim.Claim) error {
	if !a.terminal.In {
		return nil
	}
	fmt.Fprintf(a.err, "Erase claim %s (%s, %s) for good? It can't be undone. Write yes: ", c.Name(), c.Category, c.Standing)
	line, err := a.typedLine(in)
	if err == nil && line != "yes" {
		err = fault.New(fault.Conflict, "use.not-confirmed", "claim", c.Name())
	}
	return err
}

// holding is an act of the office on one claim and a ground.
type holding func(o *office.Office, ctx context.Context, by office.By, programme string, id claim.ID, ground string) (office.Done, error)

func (a *app) claimHold() *cobra.Command {
	return a.grounded(&cobra.Command{
		Use: "hold CLAIM", Short: "Put a legal hold on a claim: it can't be erased",
		Long: `Put a legal hold on a claim, so that it can't be erased while a court or an audit
needs it. It takes two people (--second) and keeps nothing else from being done.
Each ground is a hold of its own.`,
		Example: "  chancery claim hold HF-0000012 --ground court-order --second my-data.keys/credentials/officer-2.credential",
	}, "Claim %s is held on the ground %s.", (*office.Office).HoldClaim)
}

func (a *app) claimRelease() *cobra.Command {
	return a.grounded(&cobra.Command{
		Use: "release CLAIM", Short: "End a legal hold on a claim",
		Long: `End the legal hold that stands on a claim on this ground. It takes two people
(--second). Holds on other grounds stay.`,
		Example: "  chancery claim release HF-0000012 --ground court-order --second my-data.keys/credentials/officer-2.credential",
	}, "Claim %s is no longer held on the ground %s.", (*office.Office).ReleaseClaim)
}

func (a *app) grounded(c *cobra.Command, sentence string, do holding) *cobra.Command {
	var ground string
	c.Args = args(cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
			found, err := i.Office.FindClaim(c.Context(), given[0])
			if err != nil {
				return err
			}
			done, err := do(i.Office, c.Context(), by, found.Programme, found.ID, ground)
			if err != nil {
				return err
			}
			return a.answerDone(c.Context(), i, done.Ref, fmt.Sprintf(sentence, found.Name(), ground))
		})
	}
	c.Flags().StringVar(&ground, "ground", "", groundUsage)
	return requires(c, "ground")
}
