package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/rulebook"
)

func (a *app) rulebookFlow() *cobra.Command {
	lang, out := language, ""
	c := &cobra.Command{
		Use: "flow ID|FILE CATEGORY", Short: "Draw a category's form and what follows from it (SVG)",
		Long: `Draw the way of a claim through one category as a picture (SVG): the questions in
their order, those that are asked only sometimes set in and joined to what decides
it, then what must be there, what leads to a refusal, and what is awarded.`,
		Example: "  chancery rulebook flow demo b-injury --out b-injury.svg",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, given []string) error {
			e, c, err := a.categoryOf(given[0], given[1])
			if err != nil {
				return err
			}
			p := flowPicture(e, c, lang)
			if out == "" {
				return a.print(map[string]any{"category": c.ID, "svg": p.String()}, func(w io.Writer) { fmt.Fprint(w, p.String()) })
			}
			if err := a.keepPicture(p, out); err != nil {
				return err
			}
			return a.print(map[string]any{"category": c.ID, "file": out}, func(w io.Writer) { fmt.Fprintf(w, "Drawn in %s\n", out) })
		},
	}
	c.Flags().StringVar(&lang, "lang", lang, "language of the questions")
	c.Flags().StringVar(&out, "out", "", "file for the picture (default: standard output)")
	return c
}

// drawing is a flow while it is drawn: boxes from top to bottom, each joined to
// the one before.
type drawing struct {
	picture
	y    int
	last int // foot of the last box of the main line; 0 before the first
}

// The measures of a flow, in pixels.
const (
	flowLeft, flowIn    = 40, 110
	flowWide, flowTall  = 420, 46
	flowStep, flowRight = 66, 560
)

// box draws a box of the main line, or one that is set in.
func (d *drawing) box(in bool, fill, line, above, below string) (top int) {
	x := flowLeft
	if in {
		x = flowIn
	}
	d.frame(x, d.y, flowWide, flowTall, fill, line)
	d.text(x+12, d.y+19, "start", "bold", cut(above, 56))
	d.text(x+12, d.y+36, "start", "small", cut(below, 72))
	if top = d.y; !in {
		if d.last > 0 {
			d.arrow(flowLeft+20, d.last, flowLeft+20, d.y, false)
		}
		d.last = d.y + flowTall
	}
	d.y += flowStep
	return top
}

// aside draws what a box leads to beside the main line.
func (d *drawing) aside(top int, fill, line, above, below string) {
	d.frame(flowRight, top, flowWide, flowTall, fill, line)
	d.text(flowRight+12, top+19, "start", "bold", cut(above, 56))
	d.text(flowRight+12, top+36, "start", "small", cut(below, 72))
	d.arrow(flowLeft+flowWide, top+flowTall/2, flowRight, top+flowTall/2, false)
}

// flowPicture draws a category.
func flowPicture(e *rulebook.Edition, c *rulebook.Category, lang string) *picture {
	d := &drawing{y: 60}
	d.text(flowLeft, 34, "start", "title", cut(c.Name()+"  "+c.Title.In(lang), 80))
	middle := map[string]int{}
	for _, id := range c.Asks {
		f, _ := e.Field(id)
		after := e.AskedAfter(id)
		below := string(f.Type)
		if slices.Contains(c.Requires, id) {
			below += ", needed"
		}
		if f.When != "" {
			below = "where " + f.When
		}
		top := d.box(f.When != "", "#eef3fa", "#5b7fae", f.Label.In(lang), below)
		middle[id] = top + flowTall/2
		for _, decides := range after {
			if from, ok := middle[decides]; ok {
				d.arrow(flowIn-30, from+flowTall/2, flowIn, top+flowTall/2, true)
			}
		}
	}
	covers := func(r *rulebook.Rule) bool { return len(r.Categories) == 0 || slices.Contains(r.Categories, c.ID) }
	for i := range e.Requirements {
		if r := &e.Requirements[i]; covers(r) {
			top := d.box(false, "#fdf6e3", "#c59a2a", r.Text.In(lang), r.Condition)
			d.aside(top, "#fff", "#c59a2a", "Deficient", "if not: the claimant may bring it")
		}
	}
	for i := range e.Eligibility {
		if r := &e.Eligibility[i]; covers(r) {
			top := d.box(false, "#fbecea", "#b3382c", r.ID, r.Condition)
			text := ""
			if g, ok := e.Ground(r.Ground); ok {
				text = g.Text.In(lang)
			}
			d.aside(top, "#fff", "#b3382c", "Refused if not", text)
		}
	}
	d.box(false, "#e9f4ed", "#2e7d4f", "Recorded", "")
	for i := range e.Valuation {
		if r := &e.Valuation[i]; covers(&r.Rule) {
			condition := "in all other cases"
			if r.Condition != "" {
				condition = "where " + r.Condition
			}
			top := d.box(false, "#eef7f1", "#2e7d4f", r.ID, condition)
			d.award(e, r, top, lang)
		}
	}
	return &d.picture
}

// award draws what a rule of valuation gives.
func (d *drawing) award(e *rulebook.Edition, r *rulebook.ValuationRule, top int, lang string) {
	switch g, dismisses := e.Ground(r.Ground); {
	case dismisses:
		d.aside(top, "#fff", "#b3382c", "Dismissed", g.Text.In(lang))
	case r.Amount != "":
		d.aside(top, "#fff", "#2e7d4f", "An award of "+r.Amount, fmt.Sprintf("%s, %d further steps", r.Currency, len(r.Steps)))
	case r.Points != "":
		d.aside(top, "#fff", "#2e7d4f", "An award by points", r.Points)
	default:
		d.aside(top, "#fff", "#2e7d4f", "An award of "+r.Sum.String(), r.Basis)
	}
}
