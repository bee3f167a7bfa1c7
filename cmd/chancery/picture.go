package main

import (
	"fmt"
	"html"
	"os"
	"strings"
)

// picture is an SVG while it is drawn: plain shapes and texts, which stand by
// themselves and load nothing.
type picture struct {
	width, height int
	body          strings.Builder
}

func (p *picture) rect(x, y, width, height int, fill string) {
	fmt.Fprintf(&p.body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\"/>\n", x, y, width, height, fill)
	p.reach(x+width, y+height)
}

// frame is a box with a line around it.
func (p *picture) frame(x, y, width, height int, fill, line string) {
	fmt.Fprintf(&p.body, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"%s\"/>\n", x, y, width, height, fill, line)
	p.reach(x+width, y+height)
}

// text writes one line whose foot stands at y. anchor is start, middle or end.
func (p *picture) text(x, y int, anchor, style, text string) {
	fmt.Fprintf(&p.body, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, style, html.EscapeString(text))
	p.reach(x, y)
}

// arrow goes straight from one point to another, dashed where it is not always
// gone.
func (p *picture) arrow(x1, y1, x2, y2 int, dashed bool) {
	dash := ""
	if dashed {
		dash = ` stroke-dasharray="5 4"`
	}
	fmt.Fprintf(&p.body, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#555\"%s marker-end=\"url(#end)\"/>\n", x1, y1, x2, y2, dash)
}

func (p *picture) reach(x, y int) { p.width, p.height = max(p.width, x+20), max(p.height, y+20) }

// String is the whole file.
func (p *picture) String() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">
<style>text{font:13px sans-serif;fill:#222}.title{font-size:17px;font-weight:bold}.small{font-size:11px;fill:#555}.bold{font-weight:bold}</style>
<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#555"/></marker></defs>
<rect width="100%%" height="100%%" fill="#fff"/>
%[3]s</svg>
`, p.width, p.height, p.body.String())
}

// keepPicture writes it to a file.
func (a *app) keepPicture(p *picture, name string) error {
	path, err := a.file(name)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(p.String()), 0o644)
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
