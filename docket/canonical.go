package docket

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/openchancery/chancery/fault"
)

// Marshal is the canonical JSON (RFC 8785) of an entry's own types.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return Canonical(b.Bytes())
}

// Canonical rewrites one JSON value by RFC 8785: no white space, members in
// the order of their names' UTF-16 units, the shortest escapes. Numbers must
// be integers of at most 2^53: the docket holds no others, so the hard part of
// the RFC, the printing of doubles, doesn't arise; anything else is refused.
// A name that stands twice in one object is refused too.
func Canonical(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	out, err := canonicalValue(dec, make([]byte, 0, len(raw)), 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fault.New(fault.Invalid, "docket.json-trailing")
	}
	return out, nil
}

// maxDepth bounds nesting; our own entries are four deep.
const maxDepth = 32

func canonicalValue(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fault.New(fault.Invalid, "docket.json-depth", "most", maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return nil, fault.New(fault.Invalid, "docket.json-syntax", "why", err)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return canonicalObject(dec, out, depth)
		}
		return canonicalArray(dec, out, depth)
	case string:
		return appendString(out, t)
	case json.Number:
		return appendInteger(out, t.String())
	case bool:
		if t {
			return append(out, "true"...), nil
		}
		return append(out, "false"...), nil
	}
	return append(out, "null"...), nil
}

func canonicalArray(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	out = append(out, '[')
	for first := true; dec.More(); first = false {
		if !first {
			out = append(out, ',')
		}
		var err error
		if out, err = canonicalValue(dec, out, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fault.New(fault.Invalid, "docket.json-syntax", "why", err)
	}
	return append(out, ']'), nil
}

// member is one name of an object with the canonical bytes of its value.
type member struct {
	name  string
	value []byte
}

func canonicalObject(dec *json.Decoder, out []byte, depth int) ([]byte, error) {
	var members []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fault.New(fault.Invalid, "docket.json-syntax", "why", err)
		}
		value, err := canonicalValue(dec, nil, depth+1)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name.(string), value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, fault.New(fault.Invalid, "docket.json-syntax", "why", err)
	}
	slices.SortFunc(members, func(a, b member) int { return compareUTF16(a.name, b.name) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				return nil, fault.New(fault.Invalid, "docket.json-twice", "name", m.name)
			}
			out = append(out, ',')
		}
		var err error
		if out, err = appendString(out, m.name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), m.value...)
	}
	return append(out, '}'), nil
}

// compareUTF16 orders names as RFC 8785 section 3.2.3 asks. For ASCII names,
// and ours are ASCII, that is the order of the bytes.
func compareUTF16(a, b string) int {
	if isASCII(a) && isASCII(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendString escapes by RFC 8785 section 3.2.2.2 and nothing more.
func appendString(out []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return nil, fault.New(fault.Invalid, "docket.json-text")
	}
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\b':
			out = append(out, '\\', 'b')
		case c == '\f':
			out = append(out, '\\', 'f')
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < 0x20:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"'), nil
}

// largestInteger is 2^53: the largest that every JSON reader keeps exactly.
const largestInteger = "9007199254740992"

func appendInteger(out []byte, text string) ([]byte, error) {
	digits := strings.TrimPrefix(text, "-")
	whole := strings.Trim(digits, "0123456789") == ""
	tooLarge := len(digits) > len(largestInteger) || len(digits) == len(largestInteger) && digits > largestInteger
	if !whole || tooLarge || text == "-0" {
		return nil, fault.New(fault.Invalid, "docket.json-number", "number", text)
	}
	return append(out, text...), nil
}
