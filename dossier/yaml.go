package dossier

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file, so that it is read in tenths of a second whatever stands in
// it: the time of the YAML library grows with the square of a line's length and
// of the depth. Longer lists come in CSV files or are parted into several.
const (
	mostYAML   = 1 << 19 // bytes
	mostMarks  = 60_000  // lines and characters that part things
	longest    = 20_000  // bytes of a line
	mostIndent = 100     // of the first character of a line
	deepest    = 30      // of lists and maps in each other
)

// readYAML reads a file of YAML whose top is a map. Every text is taken as it
// is written: 2005 is no number, no and ~ are words like others. Anchors,
// aliases, tags and further documents are refused: a dossier is read by
// people. Nil where something is wrong.
func (r *reader) readYAML(file string, src []byte) (root *cell) {
	at := place{file, 1}
	defer func() { // the library is young: what it can't read must not end the process
		if stopped := recover(); stopped != nil {
			r.wrong(at, "dossier.yaml-syntax", "detail", "the reader stopped")
			root = nil
		}
	}()
	if line := outOfBounds(src); line > 0 {
		r.wrong(place{file, line}, "dossier.yaml-too-large", "most", mostYAML, "deepest", deepest)
		return nil
	}
	tokens := lexer.Tokenize(string(src))
	if line, code := refused(tokens); code != "" {
		r.wrong(place{file, line}, code, "most", mostYAML, "deepest", deepest)
		return nil
	}
	doc, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(file, err)
		return nil
	}
	for _, d := range doc.Docs {
		if _, comment := d.Body.(*ast.CommentGroupNode); comment || d.Body == nil {
			continue
		}
		if root != nil {
			r.wrong(placeOf(file, d.Body), "dossier.yaml-two-documents")
			return nil
		}
		root = r.cellOf(file, d.Body)
	}
	switch {
	case root == nil:
		r.wrong(at, "dossier.empty")
		return nil
	case root.kind != mapCell:
		r.wrong(root.at, "dossier.not-fields")
		return nil
	}
	return root
}

// outOfBounds is the line at which a file goes beyond the bounds, 0 for none. It
// looks at the bytes alone, once.
func outOfBounds(src []byte) int {
	if len(src) > mostYAML {
		return 1
	}
	marks, line, begun, indent, leading := 0, 1, 0, 0, true
	for i, c := range src {
		switch c {
		case '\n':
			marks, line, begun, indent, leading = marks+1, line+1, i+1, 0, true
			continue
		case ':', ',', '[', '{', '&', '*', '?', '!', '\'', '"':
			marks++
		}
		leading = leading && (c == ' ' || c == '\t')
		if leading {
			indent++
		}
		if i-begun > longest || indent > mostIndent || marks > mostMarks {
			return line
		}
	}
	return 0
}

// refused finds the first token that has no place in a dossier, or that goes
// too deep for the parser, which calls itself for each level.
func refused(tokens token.Tokens) (line int, code string) {
	open, entries, at := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != at {
			entries, at = 0, t.Position.Line
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType, token.DirectiveType, token.MappingKeyType:
			return at, "dossier.yaml-not-plain"
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open = max(open-1, 0)
		case token.SequenceEntryType:
			entries++
		}
		if open > deepest || entries > deepest {
			return at, "dossier.yaml-too-large"
		}
	}
	return 0, ""
}

// syntax puts what the YAML reader said into a problem with its place.
func (r *reader) syntax(file string, err error) {
	at, detail := place{file, 0}, err.Error()
	if said, ok := errors.AsType[yaml.Error](err); ok {
		if t := said.GetToken(); t != nil && t.Position != nil {
			at.line = t.Position.Line
		}
		detail = said.GetMessage()
	}
	detail, _, _ = strings.Cut(detail, "\n")
	r.wrong(at, "dossier.yaml-syntax", "detail", detail)
}

// cellOf is a node as a cell.
func (r *reader) cellOf(file string, n ast.Node) *cell {
	c := &cell{at: placeOf(file, n)}
	switch n := n.(type) {
	case *ast.LiteralNode:
		c.text = strings.TrimSuffix(n.Value.Value, "\n")
	case *ast.NullNode:
		if n.GetToken().Type != token.ImplicitNullType {
			c.text = n.GetToken().Value
		}
	case *ast.StringNode:
		c.text = n.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		c.text = n.GetToken().Value
	case *ast.SequenceNode:
		c.kind = listCell
		for _, item := range n.Values {
			c.list = append(c.list, r.cellOf(file, item))
		}
	case *ast.MappingNode:
		r.mapOf(file, c, n.Values)
	case *ast.MappingValueNode:
		r.mapOf(file, c, []*ast.MappingValueNode{n})
	default:
		r.wrong(c.at, "dossier.yaml-not-plain")
	}
	return c
}

// mapOf takes the keys of a map.
func (r *reader) mapOf(file string, c *cell, values []*ast.MappingValueNode) {
	c.kind, c.of = mapCell, make(map[string]*cell, len(values))
	for i, kv := range values {
		at := placeOf(file, kv.Key)
		if i == 0 {
			c.at = at
		}
		t := kv.Key.GetToken()
		if t == nil || kv.Key.IsMergeKey() {
			r.wrong(at, "dossier.yaml-not-plain")
			continue
		}
		if _, twice := c.of[t.Value]; twice {
			r.wrong(at, "dossier.twice", "what", t.Value)
			continue
		}
		value := r.cellOf(file, kv.Value)
		if value.kind == textCell {
			value.at = at // a folded text begins below its key
		}
		c.keys, c.of[t.Value] = append(c.keys, t.Value), value
	}
}

func placeOf(file string, n ast.Node) place {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return place{file, 0}
	}
	return place{file, n.GetToken().Position.Line}
}
