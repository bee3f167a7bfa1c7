package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) statsCommand() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "stats", Short: "Count claims, awards and money",
		Long: `Count claims, awards and money, from the docket's tables. These are the staff's
figures: small numbers stand as they are. What the public sees (chancery serve)
withholds them.`,
		Example: "  chancery stats --json\n  chancery stats --programme tsa-2007",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.statistics(c.Context(), programme)
			if err != nil {
				return err
			}
			recordsOnly, err := a.recordsOnly(c.Context(), programme)
			if err != nil {
				return err
			}
			if recordsOnly {
				return a.print(map[string]any{
					"claims": s.Claims, "numbers_given": s.Numbers, "standings": s.Standings, "records_only": true,
					"entries": s.Entries, "tree_head": s.TreeHead,
				}, func(w io.Writer) { printStatistics(w, s, true) })
			}
			return a.print(s, func(w io.Writer) { printStatistics(w, s, false) })
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "one programme only")
	return c
}

// How often counts are looked for where acts come in between, and where none gets its
// leaf, or none is published: one look waits a second or two for it, and another
// machine takes the turn to give leaves within five.
const (
	mostLooks  = 20
	stillLooks = 3
)

// ofOneMoment looks until counts, tree head and, where look asks for it, the published
// log are of one moment. While another process enters acts one is ahead of the other:
// then it looks again. Where the tree stays as it was nobody is fast: an act waits for
// its leaf, or to be published. asItIs says that no more can be had here.
func (a *app) ofOneMoment(ctx context.Context, look func() (docket.TreeHead, error)) (asItIs bool, err error) {
	var stood docket.Hash
	still := 0
	for range mostLooks {
		tree, err := look()
		code := fault.Code(err)
		switch code {
		case "stats.unsettled":
			continue
		case "office.figures-ahead":
			if asItIs, err := a.finish(ctx); asItIs || err != nil {
				return asItIs, err
			}
		case "log.not-all-published":
		default:
			return false, err
		}
		if tree.Root != stood {
			stood, still = tree.Root, 0
		}
		if still++; still < stillLooks {
			continue
		}
		if code == "office.figures-ahead" {
			err = waiting(tree)
		}
		return false, err
	}
	return false, fault.New(fault.Conflict, "stats.unsettled")
}

// waiting is the fault of a tree that lacks an act, and stands.
func waiting(tree docket.TreeHead) error {
	return fault.New(fault.Conflict, "stats.waiting", "entries", tree.Size)
}

// statistics counts, so that counts and tree head are of one moment.
func (a *app) statistics(ctx context.Context, programme string) (s *office.Statistics, err error) {
	_, err = a.ofOneMoment(ctx, func() (tree docket.TreeHead, err error) {
		err = a.reading(ctx, func(i *installation.Installation) (err error) {
			if s, err = i.Office.Statistics(ctx, programme); err != nil {
				return err
			}
			tree = docket.TreeHead{Size: s.Entries, Root: s.TreeHead}
			now, err := i.Public().Figures(ctx)
			if err == nil && now.TreeSize != s.Entries {
				err = fault.New(fault.Conflict, "stats.unsettled")
			}
			return err
		})
		return tree, err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// recordsOnly reports whether a programme records claims and values none: no
// screen shows an award of it, not even that there is none.
func (a *app) recordsOnly(ctx context.Context, programme string) (only bool, err error) {
	if programme == "" {
		return false, nil
	}
	err = a.reading(ctx, func(i *installation.Installation) error {
		edition, err := i.Office.Edition(ctx, programme)
		only = err == nil && edition.RecordsOnly()
		return err
	})
	return only, err
}

func printStatistics(w io.Writer, s *office.Statistics, recordsOnly bool) {
	rows := [][]string{{"claims", grouped(s.Claims)}}
	for _, standing := range claim.Standings() {
		if n := s.Standings[standing]; n > 0 {
			rows = append(rows, []string{"  " + catalogue.Label(language, "label.standing."+string(standing)), grouped(n)})
		}
	}
	if recordsOnly {
		table(w, append(rows, []string{"entries", grouped(s.Entries)}, []string{"tree head", s.TreeHead.String()})...)
		return
	}
	rows = append(rows,
		[]string{"awards", fmt.Sprintf("%s   (%s reported by another body, %s with no amount stated)", grouped(s.Awards.Count), grouped(s.Awards.Reported), grouped(s.Awards.NotStated))},
		[]string{"  total", amounts(s.Awards.Total)},
		[]string{"dismissals", grouped(s.Dismissals)},
		[]string{"money in", amounts(s.Fund.In)},
		[]string{"  owed", amounts(s.Fund.Owed)},
		[]string{"  under way", amounts(s.Fund.Transit)},
		[]string{"  paid", amounts(s.Paid)},
		[]string{"  left", amounts(s.Fund.Left)},
		[]string{"entries", grouped(s.Entries)},
		[]string{"tree head", s.TreeHead.String()})
	table(w, rows...)
}
