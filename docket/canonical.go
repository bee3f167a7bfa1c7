package docket

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/openchancery/chancery/fault"
)

// Marshal is the canonical JSON (RFC 8785) of an entry's own types.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Canonical(raw)
}

// Canonical rewrites one JSON value by RFC 8785: no white space, members in
// the order of their names' UTF-16 units, the shortest escapes. Numbers must
// be integers of at most 2^53: the docket holds no others, so the hard part of
// the RFC, the printing of doubles, doesn't arise; anything else is refused.
// A name that stands twice in one object is refused too, and so is the escape
// \ufffd, which stands for something that was lost.
func Canonical(raw []byte) ([]byte, error) {
	c := canon{in: raw, out: make([]byte, 0, len(raw))}
	if err := c.value(0); err != nil {
		return nil, err
	}
	c.space()
	if c.at != len(c.in) {
		return nil, fault.New(fault.Invalid, "docket.json-trailing")
	}
	return c.out, nil
}

// maxDepth bounds nesting; our own entries are four deep.
const maxDepth = 32

// canon reads in from at on and writes out.
type canon struct {
	in  []byte
	at  int
	out []byte
}

func (c *canon) space() {
	for c.at < len(c.in) {
		switch c.in[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

// next skips white space and is the byte there, 0 at the end.
func (c *canon) next() byte {
	c.space()
	if c.at == len(c.in) {
		return 0
	}
	return c.in[c.at]
}

func (c *canon) syntax() error { return fault.New(fault.Invalid, "docket.json-syntax", "at", c.at) }

func (c *canon) value(depth int) error {
	switch b := c.next(); {
	case (b == '{' || b == '[') && depth == maxDepth:
		return fault.New(fault.Invalid, "docket.json-depth", "most", maxDepth)
	case b == '{':
		return c.object(depth)
	case b == '[':
		return c.array(depth)
	case b == '"':
		return c.text()
	case b == '-' || b >= '0' && b <= '9':
		return c.integer()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(c.in[c.at:], []byte(word)) {
			c.at += len(word)
			c.out = append(c.out, word...)
			return nil
		}
	}
	return c.syntax()
}

func (c *canon) array(depth int) error {
	c.at++
	c.out = append(c.out, '[')
	for first := true; ; first = false {
		if b := c.next(); b == ']' && first {
			break
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
		b := c.next()
		if b == ']' {
			break
		}
		if b != ',' {
			return c.syntax()
		}
		c.at++
		c.out = append(c.out, ',')
	}
	c.at++
	c.out = append(c.out, ']')
	return nil
}

// member is one member of an object: where it stands in out, and its name with
// the quotes from begin to named.
type member struct {
	begin, named, end int
	plain             string // the name without its escapes; "" where it has none
}

// name is the member's name in what stands from begin on.
func (m member) name(in []byte, begin int) []byte {
	if m.plain != "" {
		return []byte(m.plain)
	}
	return in[m.begin-begin+1 : m.named-begin-1]
}

func (c *canon) object(depth int) error {
	c.at++
	c.out = append(c.out, '{')
	begin := len(c.out)
	members := make([]member, 0, 16)
	for first := true; ; first = false {
		b := c.next()
		if b == '}' && first {
			break
		}
		if b != '"' {
			return c.syntax()
		}
		m := member{begin: len(c.out)}
		if err := c.text(); err != nil {
			return err
		}
		m.named = len(c.out)
		m.plain = withoutEscapes(c.out[m.begin:])
		if c.next() != ':' {
			return c.syntax()
		}
		c.at++
		c.out = append(c.out, ':')
		if err := c.value(depth + 1); err != nil {
			return err
		}
		m.end = len(c.out)
		members = append(members, m)
		b = c.next()
		if b == '}' {
			break
		}
		if b != ',' {
			return c.syntax()
		}
		c.at++
		c.out = append(c.out, ',')
	}
	c.at++
	if err := c.sort(begin, members); err != nil {
		return err
	}
	c.out = append(c.out, '}')
	return nil
}

// withoutEscapes is what a quoted name with escapes says; "" for one without.
func withoutEscapes(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return ""
	}
	var name string
	_ = json.Unmarshal(quoted, &name) // text wrote it: it is a JSON string
	return name
}

// sort puts the members that stand in out from begin on into their order.
func (c *canon) sort(begin int, members []member) error {
	was := c.out[begin:]
	order := func(a, b member) int { return compareUTF16(a.name(was, begin), b.name(was, begin)) }
	if !slices.IsSortedFunc(members, order) {
		was = slices.Clone(was)
		slices.SortFunc(members, order)
		c.out = c.out[:begin]
		for i, m := range members {
			if i > 0 {
				c.out = append(c.out, ',')
			}
			c.out = append(c.out, was[m.begin-begin:m.end-begin]...)
		}
	}
	for i := 1; i < len(members); i++ {
		if name := members[i].name(was, begin); bytes.Equal(name, members[i-1].name(was, begin)) {
			return fault.New(fault.Invalid, "docket.json-twice", "name", string(name))
		}
	}
	return nil
}

// text copies a string; one with escapes is read by encoding/json and written
// with the escapes of RFC 8785.
func (c *canon) text() error {
	begin := c.at
	escaped := false
	for c.at++; c.at < len(c.in) && c.in[c.at] != '"'; c.at++ {
		switch b := c.in[c.at]; {
		case b == '\\':
			escaped = true
			c.at++
		case b < 0x20:
			return c.syntax()
		}
	}
	if c.at >= len(c.in) {
		return c.syntax()
	}
	c.at++
	quoted := c.in[begin:c.at]
	if !utf8.Valid(quoted) {
		return fault.New(fault.Invalid, "docket.json-text")
	}
	if escaped {
		return c.escapedText(quoted)
	}
	c.out = append(c.out, quoted...)
	return nil
}

func (c *canon) escapedText(quoted []byte) error {
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return c.syntax()
	}
	// encoding/json reads half of a surrogate pair as U+FFFD, and writes bytes
	// that aren't UTF-8 as the escape \ufffd. Either way something was lost, so
	// that escape is refused; U+FFFD itself is a character like any other.
	const lost = string(utf8.RuneError)
	if strings.Count(s, lost) != bytes.Count(quoted, []byte(lost)) {
		return fault.New(fault.Invalid, "docket.json-text")
	}
	c.out = appendString(c.out, s)
	return nil
}

func (c *canon) integer() error {
	begin := c.at
	for c.at++; c.at < len(c.in); c.at++ {
		b := c.in[c.at]
		if (b < '0' || b > '9') && b != '.' && b != 'e' && b != 'E' && b != '+' && b != '-' {
			break
		}
	}
	out, err := appendInteger(c.out, string(c.in[begin:c.at]))
	c.out = out
	return err
}

// compareUTF16 orders names as RFC 8785 section 3.2.3 asks. For ASCII names,
// and ours are ASCII, that is the order of the bytes.
func compareUTF16(a, b []byte) int {
	if isASCII(a) && isASCII(b) {
		return bytes.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(string(a))), utf16.Encode([]rune(string(b))))
}

func isASCII(s []byte) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendString escapes by RFC 8785 section 3.2.2.2 and nothing more.
func appendString(out []byte, s string) []byte {
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
	return append(out, '"')
}

// largestInteger is 2^53: the largest that every JSON reader keeps exactly.
const largestInteger = "9007199254740992"

func appendInteger(out []byte, text string) ([]byte, error) {
	digits := strings.TrimPrefix(text, "-")
	whole := digits != "" && strings.Trim(digits, "0123456789") == "" && (digits == "0" || digits[0] != '0')
	tooLarge := len(digits) > len(largestInteger) || len(digits) == len(largestInteger) && digits > largestInteger
	if !whole || tooLarge || text == "-0" {
		return nil, fault.New(fault.Invalid, "docket.json-number", "number", text)
	}
	return append(out, text...), nil
}
