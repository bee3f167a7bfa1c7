package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// refeaturedAtOnce is how many claims are opened in one go.
const refeaturedAtOnce = 500

func (a *app) claimRefeature() *cobra.Command {
	var programme, after string
	c := &cobra.Command{
		Use: "refeature", Short: "Let claims that were filed earlier be found by what they answer",
		Long: `Make the keyed features by which claims are found and compared anew, from the sealed
answers. A claim that was filed before there were features has none until then, nor
has one whose rulebook named no fields for identity. Each claim is opened as a rule
does it, which the reading log has. It may be stopped and run again at any time; with
--after it goes on from where it stopped.`,
		Example: "  chancery claim refeature --programme demo\n  chancery claim refeature --programme demo --after '0042 7f0c' --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := isOpen(c.Context(), i, programme); err != nil {
					return err
				}
				progress, total := a.progress(), int64(0)
				for {
					next, done, err := i.Office.Refeature(c.Context(), by, programme, "", after, refeaturedAtOnce)
					if err != nil {
						if after != "" {
							fmt.Fprintf(a.err, "Go on with --after '%s'\n", after)
						}
						return err
					}
					total += int64(done)
					of := int64(-1)
					if after = next; next == "" {
						of = total
					}
					if progress != nil {
						progress("features", total, of)
					}
					if next == "" {
						return a.print(map[string]any{"claims": total}, func(w io.Writer) { fmt.Fprintf(w, "The features of %d claims are made anew.\n", total) })
					}
				}
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "whose claims")
	c.Flags().StringVar(&after, "after", "", "where to go on, as it said when it stopped")
	return requires(c, "programme")
}
