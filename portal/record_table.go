package portal

import (
	"html/template"
	"strconv"
	"strings"
)

// Tables and bars of hundreds of lines are written here and not by a template,
// which takes ten times as long for them. Every text goes through escaped;
// addresses are the house's own (link) or were looked at (address).

// escaped is a text as it may stand in a page, in an attribute too.
func escaped(text string) string { return template.HTMLEscapeString(text) }

// table writes a table: on a narrow screen each row is a card, with the heads
// of the columns beside the cells.
func (w words) table(t recordTable) template.HTML {
	var b strings.Builder
	if len(t.Rows) == 0 {
		return template.HTML(`<p class="none">` + escaped(t.None) + `</p>`)
	}
	b.WriteString(`<table class="cards facts"><caption>` + escaped(t.Caption) + "</caption>\n" + `<thead><tr>`)
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = escaped(c)
		b.WriteString(`<th scope="col">` + heads[i] + `</th>`)
	}
	b.WriteString("</tr></thead>\n<tbody>")
	for _, row := range t.Rows {
		b.WriteString("\n<tr")
		attribute(&b, "id", row.ID)
		attribute(&b, "class", row.Class)
		b.WriteString(">")
		for i, cell := range row.Cells {
			if i == 0 {
				b.WriteString(`<th scope="row">`)
				w.cell(&b, cell)
				b.WriteString(`</th>`)
				continue
			}
			b.WriteString(`<td data-label="` + heads[i] + `"><span>`)
			w.cell(&b, cell)
			b.WriteString(`</span></td>`)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("\n</tbody></table>")
	return template.HTML(b.String())
}

func attribute(b *strings.Builder, name, value string) {
	if value != "" {
		b.WriteString(" " + name + `="` + escaped(value) + `"`)
	}
}

// cell writes phrases, each in its line.
func (w words) cell(b *strings.Builder, phrases []phrase) {
	for i, p := range phrases {
		if i > 0 {
			b.WriteString("<br>")
		}
		switch {
		case p.Href != "":
			b.WriteString(`<a href="` + escaped(p.Href) + `">` + escaped(p.Text) + `</a>`)
		case p.Class != "":
			b.WriteString(`<span class="` + escaped(p.Class) + `">` + escaped(p.Text) + `</span>`)
		default:
			b.WriteString(escaped(p.Text))
		}
		if p.Small != "" {
			b.WriteString(` <small>` + escaped(p.Small) + `</small>`)
		}
		for _, n := range p.Cites {
			number := strconv.Itoa(n)
			b.WriteString(`<sup><a href="#source-` + number + `" aria-label="` + escaped(w.say("public.source", "number", number)) + `">` + number + `</a></sup>`)
		}
	}
}

// rows writes the bars of a picture of members over time.
func (t timeline) rows() template.HTML {
	var b strings.Builder
	bar := func(class string, x, width point, y em, height string) {
		b.WriteString(`<rect class="t-` + class + `" x="` + x.String() + `" y="` + y.String() + `" width="` + width.String() + `" height="` + height + `"`)
		switch class {
		case "open", "way", "halted":
			b.WriteString(` fill="url(#` + escaped(t.ID) + `-` + class + `)"`)
		}
		b.WriteString("/>")
	}
	for _, r := range t.Rows {
		for _, s := range r.Bars {
			bar(s.Class, s.X, s.Width, r.BarY, r.H.String())
		}
		for _, s := range r.BesideOf {
			bar(s.Class, s.X, s.Width, r.BesideY, ".25em")
		}
		b.WriteString(`<text x="0" y="` + r.Y.String() + `">` + escaped(r.Name) + "</text>\n")
	}
	return template.HTML(b.String())
}
