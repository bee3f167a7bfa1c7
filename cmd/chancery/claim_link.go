package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// linking is an act of the office on two claims and a ground.
type linking func(o *office.Office, ctx context.Context, by office.By, programme string, one, other claim.ID, ground string) (office.Done, error)

func (a *app) claimLink() *cobra.Command {
	var object bool
	c := a.linked(&cobra.Command{
		Use: "link CLAIM OTHER", Short: "Enter that two claims are of the same person, or of the same object",
		Long: `Enter, by hand and on a ground, that two claims of a programme are of the same
person. Rules of valuation that ask for it see it from then on: a fixed sum for
those who claim nowhere else, a set-off against what was awarded there. What was
decided before stays decided. With --object they are of the same object and of two persons:
co-owners, whose shares the checks add up.`,
		Example: "  chancery claim link HF-0000012 HF-0000340 --ground same-passport\n  chancery claim link RD-0000012 RD-0000340 --object --ground same-flat",
	}, "Claims %s and %s are linked on the ground %s.", func(o *office.Office, ctx context.Context, by office.By, programme string, one, other claim.ID, ground string) (office.Done, error) {
		if object {
			return o.LinkObjects(ctx, by, programme, one, other, ground)
		}
		return o.LinkPersons(ctx, by, programme, one, other, ground)
	})
	c.Flags().BoolVar(&object, "object", false, "of the same object alone, not of the same person")
	return c
}

func (a *app) claimUnlink() *cobra.Command {
	return a.linked(&cobra.Command{
		Use: "unlink CLAIM OTHER", Short: "Take a link between two claims back",
		Example: "  chancery claim unlink HF-0000012 HF-0000340 --ground another-person",
	}, "Claims %s and %s are no longer linked: %s.", (*office.Office).UnlinkPersons)
}

func (a *app) linked(c *cobra.Command, sentence string, do linking) *cobra.Command {
	var ground string
	c.Args = args(cobra.ExactArgs(2))
	c.RunE = func(c *cobra.Command, given []string) error {
		return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
			one, err := i.Office.FindClaim(c.Context(), given[0])
			if err != nil {
				return err
			}
			other, err := i.Office.FindClaim(c.Context(), given[1])
			if err != nil {
				return err
			}
			done, err := do(i.Office, c.Context(), by, one.Programme, one.ID, other.ID, ground)
			if err != nil {
				return err
			}
			return a.answerDone(c.Context(), i, done.Ref, fmt.Sprintf(sentence, one.Name(), other.Name(), ground))
		})
	}
	c.Flags().StringVar(&ground, "ground", "", "how it is known, as a code: same-passport, same-account, another-person …")
	return requires(c, "ground")
}
