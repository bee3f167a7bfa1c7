package rulebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file. A rulebook of thirty categories in three languages keeps
// well within them; what doesn't is refused before it is read through.
const (
	maxFile   = 1 << 19 // bytes
	maxBlock  = 1 << 17 // bytes of texts in blocks (| and >), which the YAML library reads slowly
	maxMarks  = 25_000  // lines and characters that part things: nearly twice those of the fullest rulebook that ships
	maxBelow  = 2_000   // keys of one map below each other; see refusedToken
	maxColumn = 200     // of the first character of a line: no deeper than that
	maxLine   = 20_000  // bytes of a line
	maxDepth  = 20      // of lists and maps in each other
)

// node is a part of the file with its place.
type node struct {
	kind   nodeKind
	text   string // of a scalar, as written
	style  token.Type
	line   int
	column int
	path   string
	keys   []*node // of a map, in order, beside items
	items  []*node // of a map or list
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	textNode
	numberNode
	truthNode
	listNode
	mapNode
)

// get is the value under a key, nil where there is none. A nil node has none.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapNode {
		return nil
	}
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// list is the items of a list; a nil node has none.
func (n *node) list() []*node {
	if n == nil || n.kind != listNode {
		return nil
	}
	return n.items
}

// str is the text of a scalar as it was written, "" of anything else.
func (n *node) str() string {
	if n == nil || n.kind == listNode || n.kind == mapNode || n.kind == nullNode {
		return ""
	}
	return n.text
}

// truth is whether it says true.
func (n *node) truth() bool { return n != nil && n.kind == truthNode && n.text == "true" }

// strs are the texts of a list.
func (n *node) strs() []string {
	var all []string
	for _, item := range n.list() {
		all = append(all, item.str())
	}
	return all
}

// plain is the node as JSON would hold it, for the schema. A number keeps its
// digits.
func (n *node) plain() any {
	switch n.kind {
	case mapNode:
		m := make(map[string]any, len(n.keys))
		for i, k := range n.keys {
			m[k.text] = n.items[i].plain()
		}
		return m
	case listNode:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.plain()
		}
		return l
	case truthNode:
		return n.text == "true"
	case numberNode:
		return json.Number(n.text)
	case textNode:
		return n.text
	}
	return nil
}

// readSource reads the YAML. It refuses what a rulebook has no need of and
// what could make reading it dear: anchors, aliases, tags, several documents,
// lists in lists in lists.
func readSource(file string, src []byte) (root *node, problems Problems) {
	wrong := func(line, column int, code, mend string, values ...string) Problems {
		return Problems{newProblem(file, &node{line: line, column: column}, code, mend, values...)}
	}
	if p := outOfBounds(file, src); p != nil {
		return nil, p
	}
	defer func() { // the library is young: what it can't read must not end the process
		if r := recover(); r != nil {
			root, problems = nil, wrong(1, 1, "yaml-unreadable", "", "detail", "the reader stopped")
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if t, code := refusedToken(tokens); t != nil {
		return nil, wrong(t.Position.Line, t.Position.Column, code, "", "text", clip(t.Value))
	}
	parsed, err := parser.Parse(tokens, 0)
	if err != nil {
		if s, ok := errors.AsType[*yaml.SyntaxError](err); ok && s.GetToken() != nil {
			at := s.GetToken().Position
			return nil, wrong(at.Line, at.Column, "yaml-syntax", "", "detail", s.GetMessage())
		}
		return nil, wrong(1, 1, "yaml-unreadable", "", "detail", clip(err.Error()))
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, wrong(1, 1, "file-empty", "")
	}
	r := treeReader{file: file}
	root = r.node(parsed.Docs[0].Body, "", 0)
	return root, r.problems
}

// outOfBounds looks at the bytes alone, in one pass.
func outOfBounds(file string, src []byte) Problems {
	at := func(line int, code string, values ...string) Problems {
		return Problems{newProblem(file, &node{line: line, column: 1}, code, "", values...)}
	}
	if len(src) > maxFile {
		return at(1, "file-too-large", "bytes", strconv.Itoa(len(src)), "most", strconv.Itoa(maxFile))
	}
	marks, line, indent, begun := 0, 1, 0, 0
	leading := true
	for i, c := range src {
		switch {
		case i-begun > maxLine:
			return at(line, "file-line-too-long", "most", strconv.Itoa(maxLine))
		case c == '\n':
			marks, line, indent, begun, leading = marks+1, line+1, 0, i+1, true
			continue
		case c < ' ' && c != '\t' && !(c == '\r' && i+1 < len(src) && src[i+1] == '\n'):
			return at(line, "file-not-text")
		case c == ':' || c == ',' || c == '[' || c == '{' || c == '&' || c == '*' || c == '?',
			c == '-' && i+1 < len(src) && (src[i+1] == ' ' || src[i+1] == '\n'):
			marks++
		}
		if leading && (c == ' ' || c == '\t' || c == '-' || c == '?') {
			indent++
		} else {
			leading = false
		}
		if indent > maxColumn {
			return at(line, "file-too-deep", "most", strconv.Itoa(maxDepth))
		}
		if marks > maxMarks {
			return at(line, "file-too-large", "parts", strconv.Itoa(marks), "most", strconv.Itoa(maxMarks))
		}
	}
	if line := longBlocks(src); line > 0 {
		return at(line, "file-blocks-too-long", "most", strconv.Itoa(maxBlock))
	}
	return hidden(src, at)
}

// longBlocks is the line where the texts in blocks are too long, all together;
// 0 where they aren't. It takes a text that ends in > for the head of a block,
// which does no harm.
func longBlocks(src []byte) int {
	bytesIn, head, line := 0, -1, 0 // head is the indent of the line that began the block
	for l := range bytes.Lines(src) {
		line++
		text := bytes.TrimRight(l, " \t\r\n")
		indent := len(text) - len(bytes.TrimLeft(text, " "))
		if head >= 0 && (len(text) == 0 || indent > head) {
			if bytesIn += len(l); bytesIn > maxBlock {
				return line
			}
			continue
		}
		head = -1
		if at := bytes.Index(text, []byte(" #")); at >= 0 {
			text = bytes.TrimRight(text[:at], " \t")
		}
		text = bytes.TrimRight(text, "+-0123456789")
		if bytes.HasSuffix(text, []byte("|")) || bytes.HasSuffix(text, []byte(">")) {
			head = indent
		}
	}
	return 0
}

// hidden finds what makes a file read otherwise than it looks: a reviewer must
// see what the machine sees.
func hidden(src []byte, at func(int, string, ...string) Problems) Problems {
	line := 1
	for i, size := 0, 0; i < len(src); i += size {
		var r rune
		switch r, size = utf8.DecodeRune(src[i:]); {
		case r == utf8.RuneError && size == 1:
			return at(line, "file-not-utf8")
		case r == '\n':
			line++
		case r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\u200b',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return at(line, "file-hidden-character", "character", fmt.Sprintf("U+%04X", r))
		}
	}
	return nil
}

// refusedToken finds the first token that a rulebook may not hold, or that
// goes too deep for the parser, which calls itself for each level and for each
// key of a map that isn't in braces.
func refusedToken(tokens token.Tokens) (*token.Token, string) {
	flow, entries, line := 0, 0, 0
	var keys ladder
	for i, t := range tokens {
		if t.Position.Line != line {
			entries, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return t, "yaml-alias"
		case token.TagType, token.DirectiveType:
			return t, "yaml-tag"
		case token.MappingKeyType:
			return t, "yaml-key"
		case token.DocumentHeaderType, token.DocumentEndType:
			if i > 0 {
				return t, "yaml-not-one-document"
			}
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			entries++
			keys.downTo(t.Position.Column)
		case token.MappingValueType:
			if flow == 0 && t.Prev != nil && !keys.add(t.Prev.Position.Column) {
				return t.Prev, "file-map-too-long"
			}
		}
		if flow > maxDepth || entries > maxDepth {
			return t, "file-too-deep"
		}
	}
	return nil, ""
}

// ladder counts the keys that stand below each other in maps without braces.
// For each of them the library copies all that come after it, so that what
// counts is the squares of the numbers, over all maps together.
type ladder struct {
	maps   []below
	copies int
}

// below is a map that isn't done: where its keys begin, and how many there are.
type below struct{ column, keys int }

// downTo ends the maps whose keys begin after a column.
func (l *ladder) downTo(column int) {
	for len(l.maps) > 0 && l.maps[len(l.maps)-1].column > column {
		l.maps = l.maps[:len(l.maps)-1]
	}
}

// add counts a key that begins in a column; false where it is one too many.
func (l *ladder) add(column int) bool {
	l.downTo(column)
	if len(l.maps) == 0 || l.maps[len(l.maps)-1].column < column {
		l.maps = append(l.maps, below{column: column})
	}
	m := &l.maps[len(l.maps)-1]
	l.copies += m.keys
	m.keys++
	return l.copies <= maxBelow*maxBelow/2
}

// treeReader makes nodes of the library's tree.
type treeReader struct {
	file     string
	problems Problems
}

func (r *treeReader) node(n ast.Node, path string, depth int) *node {
	out := &node{path: path}
	if at := startOf(n); at != nil {
		out.line, out.column = at.Line, at.Column
	}
	if depth > maxDepth {
		r.problems = append(r.problems, newProblem(r.file, out, "file-too-deep", "", "most", strconv.Itoa(maxDepth)))
		return out
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		out.kind = mapNode
		for _, pair := range n.Values {
			r.pair(out, pair, depth)
		}
	case *ast.MappingValueNode:
		out.kind = mapNode
		r.pair(out, n, depth)
	case *ast.SequenceNode:
		out.kind = listNode
		for i, item := range n.Values {
			out.items = append(out.items, r.node(item, fmt.Sprintf("%s[%d]", path, i), depth+1))
		}
	case *ast.LiteralNode:
		out.kind, out.text, out.style = textNode, strings.TrimRight(n.Value.Value, "\n"), n.Start.Type
	case *ast.StringNode:
		out.kind, out.text, out.style = textNode, n.Value, n.Token.Type
	case *ast.BoolNode:
		out.kind, out.text = truthNode, strconv.FormatBool(n.Value)
	case *ast.NullNode:
	default:
		out.kind, out.text = textNode, n.GetToken().Value
		if isPlainNumber(out.text) {
			out.kind = numberNode
		}
	}
	return out
}

func (r *treeReader) pair(out *node, pair *ast.MappingValueNode, depth int) {
	key := &node{kind: textNode, line: out.line, column: out.column}
	if t := pair.Key.GetToken(); t != nil {
		key.text, key.line, key.column = t.Value, t.Position.Line, t.Position.Column
	}
	key.path = join(out.path, key.text)
	value := r.node(pair.Value, key.path, depth+1)
	if value.kind == nullNode { // a null that nobody wrote stands where its key does
		value.line, value.column = key.line, key.column
	}
	out.keys, out.items = append(out.keys, key), append(out.items, value)
}

// startOf is where a node begins. A map in block style has no token of its own
// there: it begins with its first key.
func startOf(n ast.Node) *token.Position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return startOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return startOf(n.Key)
	}
	if t := n.GetToken(); t != nil {
		return t.Position
	}
	return nil
}

// isPlainNumber reports whether it is digits with at most one point in them:
// other spellings of YAML (1e3, 0x1F, 1_000, .inf) are texts to us.
func isPlainNumber(s string) bool {
	_, ok := parseDecimal(s)
	return ok && len(s) <= 40 && !(len(strings.TrimPrefix(s, "-")) > 1 && strings.TrimPrefix(s, "-")[0] == '0' && strings.TrimPrefix(s, "-")[1] != '.')
}

// join adds a key to a path. A key that is not one word is quoted.
func join(path, key string) string {
	for _, c := range key {
		if c != '_' && c != '-' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return path + "[" + strconv.Quote(clip(key)) + "]"
		}
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// newProblem is a problem at a node; values are names and texts in turn.
func newProblem(file string, at *node, code, mend string, values ...string) Problem {
	p := Problem{File: file, Severity: Wrong, Line: at.line, Column: at.column, Path: at.path, Code: "rulebook." + code, Mend: mend}
	for i := 0; i+1 < len(values); i += 2 {
		p.Values = append(p.Values, value(values[i], values[i+1]))
	}
	return p
}
