package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/blank"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/letter"
)

func (a *app) paperCommand() *cobra.Command {
	return group("paper", "Forms on paper", "paper form demo a-departure --out form.html", a.paperForm())
}

func (a *app) paperForm() *cobra.Command {
	var out, browser string
	lang := language
	c := &cobra.Command{
		Use: "form PROGRAMME CATEGORY", Short: "Make a blank form to print and fill in by hand",
		Long: `Make a blank form to print and fill in by hand: every question of the category
with room to write, what comes with it, the declaration and the signature. Each
page bears a code with the form's number and its own. Each time it is made it has
another number: make one for each copy.

--out form.html is a page that any browser prints; --out form.pdf is a tagged PDF,
made by a chromium of the machine's (--browser). What comes back is keyed at the
desk, on the page Paper, by two people.`,
		Example: "  chancery paper form demo a-departure --out form.html\n  chancery paper form rd4u a3-1 --language uk --out form.pdf",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			ending := strings.ToLower(filepath.Ext(out))
			if ending != ".html" && ending != ".pdf" {
				return wrongUse(c, "use.paper-out", "file", out)
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := a.elsewhere(i, out); err != nil {
					return err
				}
				e, err := i.Office.OpenEdition(c.Context(), given[0])
				if err != nil {
					return err
				}
				f, err := blank.Make(e, given[1], lang, i.Office.NewPaperNumber())
				if err != nil {
					return err
				}
				if err := writeBlank(c.Context(), f, out, browser); err != nil {
					return err
				}
				said := map[string]any{"file": out, "number": f.Number, "pages": len(f.Sheets), "language": f.Lang}
				return a.print(said, func(w io.Writer) {
					fmt.Fprintf(w, "Form %s of %d pages: %s\nIt is one copy: make another for each that is filled in.\n", f.Number, len(f.Sheets), out)
				})
			})
		},
	}
	c.Flags().StringVar(&lang, "language", lang, "language of the form: en, uk or fr")
	c.Flags().StringVarP(&out, "out", "o", "", "new file to write, .html or .pdf")
	c.Flags().StringVar(&browser, "browser", "chromium", "program that makes the PDF")
	return requires(c, "out")
}

// writeBlank writes a blank form, as what the file's ending says.
func writeBlank(ctx context.Context, f *blank.Form, out, browser string) error {
	var document bytes.Buffer
	if err := f.Write(&document, "", ""); err != nil {
		return err
	}
	content := document.Bytes()
	if strings.EqualFold(filepath.Ext(out), ".pdf") {
		var err error
		if content, err = letter.PDF(ctx, browser, "", content); err != nil {
			return err
		}
	}
	return newFile(out, 0o644, func(w io.Writer) error { // it holds nothing of anybody
		_, err := w.Write(content)
		return err
	})
}
