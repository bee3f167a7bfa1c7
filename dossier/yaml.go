package dossier

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// mostYAML is the longest YAML file that is read, in bytes: some ten
	// thousand facts. More come in a CSV file.
	mostYAML = 4 << 20
	// deepest is how deep lists and maps may stand in each other. The YAML
	// reader's time grows with the square of their depth.
	deepest = 30
)

// readYAML reads a file of YAML whose top is a map. Every text is taken as it
// is written: 2005 is no number, no and ~ are words like others. Anchors,
// aliases, tags and further documents are refused: a dossier is read by
// people. Nil where something is wrong.
func (r *reader) readYAML(file string, src []byte) *cell {
	at := place{file, 1}
	if len(src) > mostYAML || tooDeep(src) {
		r.wrong(at, "dossier.yaml-too-large", "most", mostYAML, "deepest", deepest)
		return nil
	}
	doc, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(file, err)
		return nil
	}
	var root *cell
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

// tooDeep reports whether more brackets are open at once than a dossier has.
func tooDeep(src []byte) bool {
	if bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) <= deepest {
		return false
	}
	open := 0
	for _, b := range src {
		switch b {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if open > deepest {
			return true
		}
	}
	return false
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
