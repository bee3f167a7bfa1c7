package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json takes members in any case, the last of two with one name, and
// half a character. What is proved must be read in one way only, here and in
// the page for a phone, so both read JSON by the same few rules: integers of
// at most 2^53, no name twice, whole characters, 32 levels.

// value is one JSON value.
type value struct {
	sort  byte     // one of { [ " 0 t f n
	text  string   // of a string, without escapes, or of a number
	names []string // of the members of an object
	items []value  // members or elements
	raw   []byte   // as it stands in what was read
}

const mostDepth = 32

// readJSON reads exactly one value.
func readJSON(raw []byte) (value, error) {
	if !utf8.Valid(raw) {
		return value{}, errors.New("it is not UTF-8 text")
	}
	r := reader{in: raw}
	v, err := r.value(0)
	if err == nil {
		if r.space(); r.at < len(raw) {
			err = errors.New("something follows after the end")
		}
	}
	if err != nil {
		return value{}, fmt.Errorf("it is not the JSON that the format allows: byte %d: %w", r.at, err)
	}
	return v, nil
}

type reader struct {
	in []byte
	at int
}

func (r *reader) space() {
	for r.at < len(r.in) && strings.IndexByte(" \t\n\r", r.in[r.at]) >= 0 {
		r.at++
	}
}

// next passes over white space and is the byte there, 0 at the end.
func (r *reader) next() byte {
	if r.space(); r.at < len(r.in) {
		return r.in[r.at]
	}
	return 0
}

func (r *reader) value(depth int) (value, error) {
	r.space()
	begin := r.at
	v, err := r.bare(depth)
	v.raw = r.in[begin:r.at]
	return v, err
}

func (r *reader) bare(depth int) (value, error) {
	switch b := r.next(); {
	case (b == '{' || b == '[') && depth == mostDepth:
		return value{}, fmt.Errorf("nested deeper than %d levels", mostDepth)
	case b == '{' || b == '[':
		return r.several(b, depth)
	case b == '"':
		text, err := r.quoted()
		return value{sort: '"', text: text}, err
	case b == '-' || b >= '0' && b <= '9':
		return r.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(r.in[r.at:], []byte(word)) {
			r.at += len(word)
			return value{sort: word[0]}, nil
		}
	}
	return value{}, errors.New("a value is expected")
}

// several reads an object or an array.
func (r *reader) several(opens byte, depth int) (value, error) {
	v, closes := value{sort: opens}, opens+2 // in ASCII: { }, [ ]
	r.at++
	if r.next() == closes {
		r.at++
		return v, nil
	}
	for {
		if opens == '{' {
			if r.next() != '"' {
				return v, errors.New("a member's name is expected")
			}
			name, err := r.quoted()
			if err != nil {
				return v, err
			}
			if r.next() != ':' {
				return v, errors.New("a colon is expected")
			}
			r.at++
			v.names = append(v.names, name)
		}
		item, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
		switch r.next() {
		case closes:
			r.at++
			return v, r.twice(v.names)
		case ',':
			r.at++
		default:
			return v, fmt.Errorf("a comma or %c is expected", closes)
		}
	}
}

func (r *reader) twice(names []string) error {
	sorted := names
	if !slices.IsSorted(names) {
		sorted = slices.Sorted(slices.Values(names))
	}
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return fmt.Errorf("the member %q is there twice", sorted[i])
		}
	}
	return nil
}

const largestNumber = "9007199254740992" // 2^53

func (r *reader) number() (value, error) {
	begin := r.at
	for r.at < len(r.in) && strings.IndexByte("0123456789+-.eE", r.in[r.at]) >= 0 {
		r.at++
	}
	text := string(r.in[begin:r.at])
	digits := strings.TrimPrefix(text, "-")
	switch {
	case digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 1 && digits[0] == '0' || text == "-0",
		len(digits) > len(largestNumber), len(digits) == len(largestNumber) && digits > largestNumber:
		return value{}, fmt.Errorf("%.40q is not an integer of at most 2^53", text)
	}
	return value{sort: '0', text: text}, nil
}

func (r *reader) quoted() (string, error) {
	r.at++
	begin := r.at
	var out []byte // nil while nothing was escaped
	for r.at < len(r.in) {
		switch b := r.in[r.at]; {
		case b == '"':
			r.at++
			if out == nil {
				return string(r.in[begin : r.at-1]), nil
			}
			return string(out), nil
		case b < 0x20:
			return "", errors.New("a control character stands in a string")
		case b == '\\':
			if out == nil {
				out = append(make([]byte, 0, 2*(r.at-begin)+16), r.in[begin:r.at]...)
			}
			c, err := r.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, c)
		default:
			if out != nil {
				out = append(out, b)
			}
			r.at++
		}
	}
	return "", errors.New("a string has no end")
}

func (r *reader) escape() (rune, error) {
	if r.at+1 >= len(r.in) {
		return 0, errors.New("a string has no end")
	}
	b := r.in[r.at+1]
	if i := strings.IndexByte(`"\/bfnrt`, b); i >= 0 {
		r.at += 2
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	c, err := r.unit()
	if err != nil || !utf16.IsSurrogate(c) {
		return c, err
	}
	second, err := r.unit()
	if whole := utf16.DecodeRune(c, second); err == nil && whole != utf8.RuneError {
		return whole, nil
	}
	return 0, errors.New("half a character stands in a string")
}

// unit reads one escape: \u and four hexadecimal digits.
func (r *reader) unit() (rune, error) {
	if r.at+6 > len(r.in) || r.in[r.at] != '\\' || r.in[r.at+1] != 'u' {
		return 0, errors.New("no escape of JSON")
	}
	digits, err := hex.DecodeString(string(r.in[r.at+2 : r.at+6]))
	if err != nil {
		return 0, errors.New("no escape of JSON")
	}
	r.at += 6
	return rune(digits[0])<<8 | rune(digits[1]), nil
}

// canonical adds v in the form of RFC 8785.
func (v value) canonical(out []byte) []byte {
	switch v.sort {
	case '{', '[':
		out = append(out, v.sort)
		for n, i := range v.order() {
			if n > 0 {
				out = append(out, ',')
			}
			if v.sort == '{' {
				out = append(appendQuoted(out, v.names[i]), ':')
			}
			out = v.items[i].canonical(out)
		}
		return append(out, v.sort+2)
	case '"':
		return appendQuoted(out, v.text)
	case '0':
		return append(out, v.text...)
	}
	return append(out, map[byte]string{'t': "true", 'f': "false", 'n': "null"}[v.sort]...)
}

// isCanonical says whether v stands in its canonical form where it was read.
func (v value) isCanonical() bool {
	return bytes.Equal(v.canonical(make([]byte, 0, len(v.raw))), v.raw)
}

// order is the order of the items: for an object, of its names' UTF-16 units.
func (v value) order() []int {
	order := make([]int, len(v.items))
	for i := range order {
		order[i] = i
	}
	if v.sort == '{' && !(slices.IsSorted(v.names) && !slices.ContainsFunc(v.names, beyondASCII)) {
		slices.SortFunc(order, func(a, b int) int {
			return slices.Compare(utf16.Encode([]rune(v.names[a])), utf16.Encode([]rune(v.names[b])))
		})
	}
	return order
}

// beyondASCII says that the order of bytes may not be that of UTF-16 units.
func beyondASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) >= 0
}

func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= 0x20:
			out = append(out, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			out = append(out, '\\', "btn_fr"[c-'\b'])
		default:
			out = fmt.Appendf(out, `\u%04x`, c)
		}
	}
	return append(out, '"')
}

// member is a member of an object by its name.
func (v value) member(name string) (value, bool) {
	if i := slices.Index(v.names, name); i >= 0 {
		return v.items[i], true
	}
	return value{}, false
}

// fields reads the members of an object and keeps the first thing that is
// wrong with them.
type fields struct {
	value
	where string // the file and the object within it
	taken []string
	wrong *problem
}

func fieldsOf(where string, v value) *fields {
	f := &fields{value: v, where: where}
	if v.sort != '{' {
		f.fail("an object is expected here")
	}
	return f
}

func (f *fields) fail(what string, values ...any) {
	if f.wrong == nil {
		f.wrong = wrong(f.where, what, values...)
	}
}

func (f *fields) has(name string) bool {
	_, ok := f.member(name)
	return ok
}

// need is a member that must be there and of this sort.
func (f *fields) need(name string, sort byte) value {
	f.taken = append(f.taken, name)
	v, ok := f.member(name)
	if !ok {
		f.fail("the field %q is missing", name)
	} else if v.sort != sort {
		f.fail("the field %q must be %s", name, map[byte]string{'{': "an object", '[': "a list", '"': "a text", '0': "a number"}[sort])
		v = value{}
	}
	return v
}

func (f *fields) text(name string) string { return f.need(name, '"').text }

// number is an integer of at least least.
func (f *fields) number(name string, least int64) int64 {
	n, err := strconv.ParseInt(f.need(name, '0').text, 10, 64)
	if err != nil || n < least {
		f.fail("the field %q must be a number of at least %d", name, least)
	}
	return n
}

func (f *fields) hash(name string) hash {
	h, err := hashOf(f.text(name))
	if err != nil {
		f.fail("the field %q must be 64 hexadecimal digits in lower case", name)
	}
	return h
}

func (f *fields) hashes(name string) []hash {
	var list []hash
	for i, v := range f.need(name, '[').items {
		h, err := hashOf(v.text)
		if v.sort != '"' || err != nil {
			f.fail("item %d of the field %q must be 64 hexadecimal digits in lower case", i+1, name)
		}
		list = append(list, h)
	}
	return list
}

// only refuses members that the format doesn't know: one misspelt must not
// pass for one left out.
func (f *fields) only() {
	for _, name := range f.names {
		if !slices.Contains(f.taken, name) {
			f.fail("the field %q is not known to this format", name)
		}
	}
}

func hashOf(text string) (h hash, err error) {
	if len(text) != 2*len(h) || strings.ContainsAny(text, "ABCDEF") {
		return h, errors.New("no hash")
	}
	_, err = hex.Decode(h[:], []byte(text))
	return h, err
}
