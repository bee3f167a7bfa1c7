package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/openchancery/chancery/fault"
)

// maxMap is the longest map that is read, in bytes: a map of two hundred
// columns with all their words is a tenth of it.
const maxMap = 1 << 20

// Problems are all that is wrong with a map. Each is a *fault.Fault with the
// values file, line, column and path.
type Problems []error

func (p Problems) Error() string { return errors.Join(p...).Error() }

// Unwrap lets fault.Is and fault.Code see the first of them.
func (p Problems) Unwrap() []error { return p }

// place is where something stands in the map's file, from 1.
type place struct{ line, column int }

// ParseMap reads a map. The name is that of its file, for errors. A key that
// a map does not know is an error, because a misspelt "currency_colum" would
// otherwise be a currency that nobody reads. Whether the map fits the
// programme's form, Check says.
func ParseMap(name string, src []byte) (*Map, error) {
	if len(src) > maxMap {
		return nil, Problems{fault.New(fault.Invalid, "sheet.map-too-large", "file", name, "bytes", len(src), "most", maxMap)}
	}
	m := &Map{}
	err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(m)
	if errors.Is(err, io.EOF) {
		return nil, Problems{fault.New(fault.Invalid, "sheet.map-empty", "file", name)}
	}
	if err != nil {
		return nil, Problems{mapFault(name, err)}
	}
	m.file, m.at = name, map[string]place{}
	doc, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, Problems{mapFault(name, err)}
	}
	if len(doc.Docs) > 1 {
		at := doc.Docs[1].GetToken()
		return nil, Problems{fault.New(fault.Invalid, "sheet.map-syntax", "file", name,
			"line", at.Position.Line, "column", at.Position.Column, "detail", "a second document")}
	}
	for _, d := range doc.Docs {
		locate(d.Body, "", m.at)
	}
	return m, nil
}

// mapFault puts what the YAML reader said into a fault with its place.
func mapFault(name string, err error) error {
	values := []any{"file", name, "line", 0, "column", 0}
	said, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return fault.New(fault.Invalid, "sheet.map-syntax", append(values, "detail", err.Error())...)
	}
	token := said.GetToken()
	if token != nil && token.Position != nil {
		values[3], values[5] = token.Position.Line, token.Position.Column
	}
	if _, ok := errors.AsType[*yaml.UnknownFieldError](err); ok && token != nil {
		values = append(values, "key", token.Value, "nearest", nearest(token.Value, mapKeys))
		return fault.New(fault.Invalid, "sheet.map-unknown-key", values...)
	}
	if _, ok := errors.AsType[*yaml.DuplicateKeyError](err); ok && token != nil {
		return fault.New(fault.Invalid, "sheet.map-key-twice", append(values, "key", token.Value)...)
	}
	detail, _, _ := strings.Cut(said.GetMessage(), "\n")
	return fault.New(fault.Invalid, "sheet.map-syntax", append(values, "detail", detail)...)
}

// mapKeys are all keys of a map and its feeds, to propose the nearest.
var mapKeys = []string{
	"source", "encoding", "delimiter", "unanswered", "number", "received", "category", "claimant", "fields", "outcome",
	"award", "decided_on", "column", "value", "formats", "part", "decimal", "thousands", "currency", "currency_column", "values",
}

// locate notes the place of every key under a node.
func locate(n ast.Node, path string, at map[string]place) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return
	}
	for _, kv := range m.Values {
		key := kv.Key.GetToken()
		p := key.Value
		if path != "" {
			p = path + "." + p
		}
		at[p] = place{line: key.Position.Line, column: key.Position.Column}
		locate(kv.Value, p, at)
	}
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
