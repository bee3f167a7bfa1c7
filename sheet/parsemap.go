package sheet

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/openchancery/chancery/fault"
)

const (
	// maxMap is the longest map that is read, in bytes: some thousands of
	// words with their codes.
	maxMap = 256 << 10
	// maxBrackets is how many brackets it may have. The YAML reader's time
	// grows with the square of their depth.
	maxBrackets = 2000
)

// Problems are all that is wrong with a map. Each is a *fault.Fault with the
// values file, line, column and path.
type Problems []error

func (p Problems) Error() string { return errors.Join(p...).Error() }

// Unwrap lets fault.Is and fault.Code see the first of them.
func (p Problems) Unwrap() []error { return p }

// place is where something stands in the map's file, from 1.
type place struct{ line, column int }

// ParseMap reads a map. The name is that of its file, for errors. Every text
// is taken as it is written: 007 stays 007, no and ~ are words like others. A
// key that a map does not know is an error, because a misspelt
// "currency_colum" would otherwise be a currency that nobody reads. What is
// wrong is given as Problems, all at once. Whether the map fits the
// programme's form, Check says.
func ParseMap(name string, src []byte) (*Map, error) {
	if len(src) > maxMap || bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) > maxBrackets {
		return nil, Problems{fault.New(fault.Invalid, "sheet.map-too-large", "file", name, "most", maxMap)}
	}
	doc, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Problems{syntaxFault(name, err)}
	}
	m := &Map{file: name, at: map[string]place{}}
	r := mapReader{m: m}
	switch bodies := documents(doc); len(bodies) {
	case 0:
		return nil, Problems{fault.New(fault.Invalid, "sheet.map-empty", "file", name)}
	case 1:
		r.keys(bodies[0], "", r.top())
	default:
		r.wrong(bodies[1], "", "sheet.map-two-documents")
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return m, nil
}

// documents are the documents of a file in which something stands.
func documents(f *ast.File) []ast.Node {
	var all []ast.Node
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if _, ok := d.Body.(*ast.CommentGroupNode); !ok {
			all = append(all, d.Body)
		}
	}
	return all
}

// syntaxFault puts what the YAML reader said into a fault with its place.
func syntaxFault(name string, err error) error {
	line, column, detail := 0, 0, err.Error()
	if said, ok := errors.AsType[yaml.Error](err); ok {
		if t := said.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
		detail = said.GetMessage()
	}
	detail, _, _ = strings.Cut(detail, "\n")
	return fault.New(fault.Invalid, "sheet.map-syntax", "file", name, "line", line, "column", column, "detail", detail)
}

// mapReader takes a map out of its YAML.
type mapReader struct {
	m        *Map
	problems Problems
}

// take reads what stands under one key.
type take func(n ast.Node, path string)

// top is what the keys of a map mean.
func (r *mapReader) top() map[string]take {
	m := r.m
	return map[string]take{
		"source": r.text(&m.Source), "encoding": r.text(&m.Encoding), "delimiter": r.text(&m.Delimiter),
		"unanswered": r.texts(&m.Unanswered), "outcome": r.texts(&m.Outcome),
		"number": r.feed(&m.Number), "received": r.feed(&m.Received),
		"category": r.feed(&m.Category), "claimant": r.feed(&m.Claimant),
		"award": r.optional(&m.Award), "decided_on": r.optional(&m.DecidedOn),
		"fields": r.fields,
	}
}

// feed reads a feed.
func (r *mapReader) feed(f *Feed) take {
	return func(n ast.Node, path string) {
		r.keys(n, path, map[string]take{
			"column": r.text(&f.Column), "value": r.text(&f.Value), "formats": r.texts(&f.Formats), "part": r.text(&f.Part),
			"decimal": r.text(&f.Decimal), "thousands": r.text(&f.Thousands), "currency": r.text(&f.Currency),
			"currency_column": r.text(&f.CurrencyColumn), "values": r.values(f), "unanswered": r.texts(&f.Unanswered),
		})
	}
}

// optional reads a feed that a map may do without.
func (r *mapReader) optional(f **Feed) take {
	return func(n ast.Node, path string) {
		*f = &Feed{}
		r.feed(*f)(n, path)
	}
}

// fields reads the feeds of the form's fields.
func (r *mapReader) fields(n ast.Node, path string) {
	r.m.Fields = map[string]Feed{}
	r.each(n, path, func(id string, n ast.Node, path string) {
		var f Feed
		r.feed(&f)(n, path)
		r.m.Fields[id] = f
	})
}

// values reads the words of a column and their codes.
func (r *mapReader) values(f *Feed) take {
	return func(n ast.Node, path string) {
		f.Values = map[string]string{}
		r.each(n, path, func(word string, n ast.Node, path string) {
			var code string
			r.text(&code)(n, path)
			f.Values[word] = code
		})
	}
}

// keys reads a node all of whose keys are known.
func (r *mapReader) keys(n ast.Node, path string, known map[string]take) {
	r.each(n, path, func(key string, n ast.Node, path string) {
		if read, ok := known[key]; ok {
			read(n, path)
			return
		}
		names := sortedKeys(known)
		r.problems = append(r.problems, r.m.wrong(path, "sheet.map-unknown-key", "key", shown(key),
			"nearest", nearest(key, names), "known", strings.Join(names, ", ")))
	})
}

// each goes through the keys of a node and notes their places. A key that
// stands there twice is an error, as is anything but keys.
func (r *mapReader) each(n ast.Node, path string, do func(key string, n ast.Node, path string)) {
	if isNothing(n) {
		return
	}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		r.wrong(n, path, "sheet.map-not-keys")
		return
	}
	seen := map[string]bool{}
	for _, kv := range m.Values {
		key, ok := plainText(kv.Key)
		if !ok {
			r.wrong(kv.Key, path, "sheet.map-not-plain")
			continue
		}
		below := key
		if path != "" {
			below = path + "." + key
		}
		if seen[key] {
			r.wrong(kv.Key, below, "sheet.map-key-twice")
			continue
		}
		seen[key] = true
		r.m.at[below] = placeOf(kv.Key)
		do(key, kv.Value, below)
	}
}

// text reads one text.
func (r *mapReader) text(to *string) take {
	return func(n ast.Node, path string) {
		if isNothing(n) {
			return
		}
		s, ok := plainText(n)
		if !ok {
			r.wrong(n, path, "sheet.map-not-text")
			return
		}
		*to = s
	}
}

// texts reads a list of texts; one text alone is a list of one.
func (r *mapReader) texts(to *[]string) take {
	return func(n ast.Node, path string) {
		items := []ast.Node{n}
		if list, ok := n.(*ast.SequenceNode); ok {
			items = list.Values
		}
		for _, item := range items {
			var s string
			r.text(&s)(item, path)
			if !isNothing(item) {
				*to = append(*to, s)
			}
		}
	}
}

// isNothing reports whether nothing stands after a key.
func isNothing(n ast.Node) bool {
	null, ok := n.(*ast.NullNode)
	return n == nil || ok && null.GetToken().Type == token.ImplicitNullType
}

// plainText is a node's text as it is written. Anchors, aliases and tags are
// not taken: a map is read by people.
func plainText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func placeOf(n ast.Node) place {
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{line: t.Position.Line, column: t.Position.Column}
}

// wrong notes a problem at a node.
func (r *mapReader) wrong(n ast.Node, path, code string) {
	at := placeOf(n)
	r.problems = append(r.problems, fault.New(fault.Invalid, code, "file", r.m.file, "line", at.line, "column", at.column, "path", path))
}

// wrong is a fault in the map, with the place of the nearest key that stands
// in its file ("" and zeros for a map that the caller built).
func (m *Map) wrong(path, code string, pairs ...any) error {
	at := place{}
	for p := path; p != ""; {
		if found, ok := m.at[p]; ok {
			at = found
			break
		}
		cut := strings.LastIndexByte(p, '.')
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	values := append([]any{"file", m.file, "line", at.line, "column", at.column, "path", path}, pairs...)
	return fault.New(fault.Invalid, code, values...)
}
