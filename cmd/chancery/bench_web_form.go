package main

import (
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A page as somebody reads it who knows nothing of it but HTML: its forms, with
// what stands in their fields, its links, and what it says is wrong.

// readPage is what stands in a page.
type readPage struct {
	forms   []readForm
	next    string   // where the page's own button leads that is a link; "" for none
	tongues []string // where it is shown in another language
	tasks   []string // what its list of tasks leads to
	links   []string // its other links
	style   string   // its stylesheet
	said    string   // what its summary of errors says
	wrong   []string // the ids of the fields that its summary of errors names
}

// readForm is one form of a page.
type readForm struct {
	action, kind string // kind is its enctype
	fields       []readField
	second       bool // its button isn't the one that leads on
}

// readField is one field of a form: radios and ticks of one name are one field.
type readField struct {
	id, name, kind   string // kind: "text", "radio", "checkbox", "select", "hidden", "file", …
	mode, auto, said string // inputmode, autocomplete, and what stands in it
	choices          []string
	chosen           []string
}

// readHTML reads a page.
func readHTML(from io.Reader) (*readPage, error) {
	root, err := html.Parse(from)
	if err != nil {
		return nil, err
	}
	p := &readPage{}
	p.walk(root, false, false)
	return p, nil
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func inClass(n *html.Node, name string) bool {
	return slices.Contains(strings.Fields(attribute(n, "class")), name)
}

func (p *readPage) walk(n *html.Node, inMain, inTasks bool) {
	switch {
	case n.DataAtom == atom.Main:
		inMain = true
	case inClass(n, "tasks"):
		inTasks = true
	case inClass(n, "problems"):
		p.summary(n)
		return
	case n.DataAtom == atom.Link && attribute(n, "rel") == "stylesheet":
		p.style = attribute(n, "href")
	case n.DataAtom == atom.A && has(n, "hreflang"):
		p.tongues = append(p.tongues, attribute(n, "href"))
	case n.DataAtom == atom.A && inMain && inClass(n, "button") && p.next == "":
		p.next = attribute(n, "href")
	case n.DataAtom == atom.A && inTasks:
		p.tasks = append(p.tasks, attribute(n, "href"))
	case n.DataAtom == atom.A && inMain:
		p.links = append(p.links, attribute(n, "href"))
	case n.DataAtom == atom.Form && inMain:
		f := readForm{action: attribute(n, "action"), kind: attribute(n, "enctype"), second: true}
		f.read(n)
		p.forms = append(p.forms, f)
		for inside := range n.Descendants() {
			if inside.DataAtom == atom.A {
				p.links = append(p.links, attribute(inside, "href"))
			}
		}
		return
	}
	for child := range n.ChildNodes() {
		p.walk(child, inMain, inTasks)
	}
}

func (p *readPage) summary(n *html.Node) {
	for inside := range n.Descendants() {
		if id, is := strings.CutPrefix(attribute(inside, "href"), "#"); is {
			p.wrong = append(p.wrong, id)
		}
		if inside.Type == html.TextNode {
			p.said = strings.TrimSpace(p.said + " " + strings.TrimSpace(inside.Data))
		}
	}
}

func (f *readForm) read(form *html.Node) {
	for n := range form.Descendants() {
		field := readField{id: attribute(n, "id"), name: attribute(n, "name"), said: attribute(n, "value"), mode: attribute(n, "inputmode"), auto: attribute(n, "autocomplete")}
		switch n.DataAtom {
		case atom.Button:
			if !inClass(n, "second") && !inClass(n, "grave") && !inClass(n, "plain") {
				f.second = false
			}
			continue
		case atom.Input:
			field.kind = attribute(n, "type")
		case atom.Textarea:
			field.kind, field.said = "text", ""
			if n.FirstChild != nil {
				field.said = n.FirstChild.Data
			}
		case atom.Select:
			field.kind, field.said = "select", ""
			for o := range n.Descendants() {
				if o.DataAtom == atom.Option {
					field.choices = append(field.choices, attribute(o, "value"))
					if has(o, "selected") {
						field.chosen = append(field.chosen, attribute(o, "value"))
					}
				}
			}
		default:
			continue
		}
		if field.name != "" {
			f.add(field, has(n, "checked"))
		}
	}
}

// add adds a field, or one more choice to that of its name.
func (f *readForm) add(field readField, checked bool) {
	if field.kind != "radio" && field.kind != "checkbox" {
		f.fields = append(f.fields, field)
		return
	}
	at := slices.IndexFunc(f.fields, func(g readField) bool { return g.name == field.name })
	if at < 0 {
		at = len(f.fields)
		f.fields = append(f.fields, field)
	}
	g := &f.fields[at]
	g.choices = append(g.choices, field.said)
	if checked {
		g.chosen = append(g.chosen, field.said)
	}
}

// onward is the form by which one goes on: the last that has such a button.
func (p *readPage) onward() *readForm {
	for n := len(p.forms) - 1; n >= 0; n-- {
		if !p.forms[n].second {
			return &p.forms[n]
		}
	}
	return nil
}

// bringing is the form that takes a file; nil without one.
func (p *readPage) bringing() (*readForm, string) {
	for n := range p.forms {
		for _, f := range p.forms[n].fields {
			if f.kind == "file" {
				return &p.forms[n], f.name
			}
		}
	}
	return nil, ""
}

// What somebody writes who is asked for a text that they were refused so many
// times: no page says what it takes in a way that a program reads.
var (
	writtenTexts = []string{"Шевченко Олена Іванівна", "12", "3119900000", "09:30", "olena@mail.invalid", "+380 50 123 45 67", "UA213223130000026007233566001"}
	writtenDates = [][3]string{{"14", "3", "2022"}, {"26", "4", "1985"}, {"5", "11", "2019"}, {"1", "6", "2025"}}
)

// fill is the form as somebody fills it in: what stands there is left, choices are
// taken one after another, and what is not asked for by itself (a part of a name,
// "I don't know") is left out. refused says how often a field was refused.
func (f *readForm) fill(by *rand.Rand, refused func(readField) int) url.Values {
	filled := url.Values{}
	for _, field := range f.fields {
		tries := refused(field)
		switch field.kind {
		case "hidden":
			filled.Set(field.name, field.said)
		case "radio", "select", "checkbox":
			for _, value := range field.choose(by, tries) {
				filled.Add(field.name, value)
			}
		case "file", "submit":
		default:
			filled.Set(field.name, field.write(tries))
		}
	}
	return filled
}

func (f readField) choose(by *rand.Rand, tries int) []string {
	several := len(f.choices) > 1 && !strings.HasSuffix(f.name, "-unsaid")
	switch {
	case len(f.choices) == 0, len(f.chosen) > 0 && tries == 0:
		return f.chosen
	case f.kind == "checkbox" && tries == 0 && !several:
		return nil // a single tick is given when it is asked for
	case f.kind == "checkbox" && several && tries == 0:
		return []string{f.choices[by.IntN(len(f.choices))]}
	}
	return []string{f.choices[max(tries-1, 0)%len(f.choices)]}
}

func (f readField) write(tries int) string {
	if f.said != "" && tries == 0 {
		return f.said
	}
	for n, part := range []string{"-day", "-month", "-year"} {
		if strings.HasSuffix(f.name, part) {
			if strings.HasPrefix(f.auto, "bday") {
				tries++
			}
			return writtenDates[tries%len(writtenDates)][n]
		}
	}
	switch {
	case strings.Contains(f.name, "-") && tries == 0:
		return ""
	case f.mode == "numeric" || f.mode == "decimal":
		return []string{"12", "2", "1200"}[tries%3]
	}
	return writtenTexts[tries%len(writtenTexts)]
}
