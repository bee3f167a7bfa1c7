package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/installation"
)

func (a *app) receiptCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "receipt CLAIM -o FILE", Short: "Prove what was recorded of a claim",
		Long: `Write the receipt of a claim, asked for by reference or number: everything that
happened to it, each with the proof that it is in the published log. Whoever has
the file and the log's public key (chancery log key) checks it without us and
without a network:

  chancery-verify receipt FILE --key KEY

or in a browser, with the page that chancery-verify page writes. Nothing sealed
is in it: it can be shown.`,
		Example: "  chancery receipt HF-0000012 -o receipt.json",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := a.elsewhere(i, to); err != nil {
					return err
				}
				receipt, pending, err := i.Office.Receipt(c.Context(), given[0])
				if err != nil {
					return err
				}
				text, err := receipt.JSON()
				if err != nil {
					return err
				}
				if to == "-" {
					_, err := a.out.Write(text)
					return err
				}
				if err := os.WriteFile(to, text, 0o600); err != nil {
					return err
				}
				said := map[string]any{"file": to, "reference": receipt.Reference, "steps": len(receipt.Steps), "pending": pending}
				return a.print(said, func(w io.Writer) {
					fmt.Fprintf(w, "Receipt of %s in %s: %d steps proved.\n", receipt.Reference, to, len(receipt.Steps))
					if len(pending) > 0 {
						fmt.Fprintf(w, "%d newer ones are not published yet, and in no receipt until then: chancery log publish\n", len(pending))
					}
				})
			})
		},
	}
	c.Flags().StringVarP(&to, "output", "o", "-", "file; - is standard output")
	return c
}
