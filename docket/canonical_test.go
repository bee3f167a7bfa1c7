package docket_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"pgregory.net/rapid"
)

// The examples of RFC 8785 as far as they hold no doubles, and what follows
// from its sections 3.2.1 to 3.2.4.
func TestCanonicalForm(t *testing.T) {
	for _, c := range []struct{ name, given, want string }{
		{
			"the RFC's example of sorting (3.2.3)",
			`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
			  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
				"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
		{
			"the RFC's example of a string (3.2.4)",
			`{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`,
			`{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{"the five short escapes", `"\u0008\u0009\u000a\u000c\u000d"`, `"\b\t\n\f\r"`},
		{"the other control characters", `"\u0000\u0001\u000b\u000e\u001f"`, `"\u0000\u0001\u000b\u000e\u001f"`},
		{"what needs no escape", `"\u007f\u0080\u2028\u2029\u003c\u003e\u0026\/"`, "\"\u007f\u0080\u2028\u2029<>&/\""},
		{"hexadecimal in either case", `"\u00E9\u00e9"`, `"éé"`},
		{"no normalisation of Unicode", `["A\u030a","Å"]`, "[\"A\u030a\",\"Å\"]"},
		{"a pair of surrogates", `"\ud83d\ude02"`, `"😂"`},
		{"the replacement character itself", "\"\ufffd \\n\"", "\"\ufffd \\n\""},
		{"names by UTF-16 units, not by runes", `{"\ufb33":1,"😀":2}`, "{\"😀\":2,\"\ufb33\":1}"},
		{"names by units, not by language", `{"sin":4,"pêche":3,"péché":2,"peach":1}`, `{"peach":1,"péché":2,"pêche":3,"sin":4}`},
		{"capitals first, the shorter first", `{"a":1,"A":2,"aa":3,"":4,"10":5,"1":6}`, `{"":4,"1":6,"10":5,"A":2,"a":1,"aa":3}`},
		{"names within names", `{"b":{"d":1,"c":{"f":2,"e":3}},"a":[{"h":4,"g":5}]}`, `{"a":[{"g":5,"h":4}],"b":{"c":{"e":3,"f":2},"d":1}}`},
		{"a name by what it says, not by how it is escaped", `{"\u0062":1,"a":2}`, `{"a":2,"b":1}`},
		{"white space between all", " {\t\"a\" :\r\n[ 1 , 2 ] } ", `{"a":[1,2]}`},
		{"an order of elements stays", `[3,1,2]`, `[3,1,2]`},
		{"empty things", `[{},[],""]`, `[{},[],""]`},
		{"a value by itself", ` true `, `true`},
		{"the smallest and the largest integer", `[-9007199254740992,0,9007199254740992]`, `[-9007199254740992,0,9007199254740992]`},
		{"32 levels", deep(32), deep(32)},
	} {
		got, err := docket.Canonical([]byte(c.given))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s (%v), want %s", c.name, got, err, c.want)
		}
	}
}

func deep(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

func TestWhatIsRefused(t *testing.T) {
	for _, c := range []struct{ name, given, code string }{
		{"a name twice", `{"a":1,"b":2,"a":1}`, "docket.json-twice"},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, "docket.json-twice"},
		{"a name twice, in order already", `{"a":1,"a":1}`, "docket.json-twice"},
		{"a name twice, deep down", `[[{"x":{"a":1,"a":1}}]]`, "docket.json-twice"},

		{"a float", `1.5`, "docket.json-number"},
		{"a float that is whole", `[1.0]`, "docket.json-number"},
		{"an exponent", `{"a":1e3}`, "docket.json-number"},
		{"an exponent in capitals", `1E3`, "docket.json-number"},
		{"minus nothing", `-0`, "docket.json-number"},
		{"one above 2^53", `9007199254740993`, "docket.json-number"},
		{"one below -2^53", `-9007199254740993`, "docket.json-number"},
		{"a much larger one", `[99999999999999999999]`, "docket.json-number"},
		{"a leading nought", `007`, "docket.json-number"},
		{"a minus alone", `-`, "docket.json-number"},
		{"two signs", `--1`, "docket.json-number"},
		{"a plus", `+1`, "docket.json-syntax"},
		{"a point first", `.5`, "docket.json-syntax"},
		{"not a number", `NaN`, "docket.json-syntax"},

		{"half of a pair of surrogates, the first", `"\ud83d"`, "docket.json-text"},
		{"half of a pair of surrogates, the second", `"\ude02"`, "docket.json-text"},
		{"a pair the wrong way round", `"\ude02\ud83d"`, "docket.json-text"},
		{"half a pair as a name", `{"\ud83d":1}`, "docket.json-text"},
		{"half a pair beside the replacement character", "\"\ufffd\\ud83d\"", "docket.json-text"},
		{"what encoding/json writes for bytes that it lost", `"\ufffd"`, "docket.json-text"},
		{"bytes that are not UTF-8", "\"\xff\"", "docket.json-text"},
		{"bytes that are not UTF-8 after an escape", "\"\\n\xff\"", "docket.json-text"},
		{"UTF-8 longer than it need be", "\"\xc0\xaf\"", "docket.json-text"},
		{"a surrogate written as UTF-8", "\"\xed\xa0\x80\"", "docket.json-text"},
		{"half a character", "\"\xe2\x82\"", "docket.json-text"},

		{"nothing", ``, "docket.json-syntax"},
		{"white space alone", " \n", "docket.json-syntax"},
		{"a text without its end", `"abc`, "docket.json-syntax"},
		{"a text that ends in an escape", `"abc\`, "docket.json-syntax"},
		{"a text that ends in an escaped quote", `"abc\"`, "docket.json-syntax"},
		{"an escape that is none", `"\x41"`, "docket.json-syntax"},
		{"half an escape", `"\u00"`, "docket.json-syntax"},
		{"a line feed in a text", "\"a\nb\"", "docket.json-syntax"},
		{"a line feed behind a backslash", "\"a\\\nb\"", "docket.json-syntax"},
		{"single quotes", `'a'`, "docket.json-syntax"},
		{"a name without quotes", `{a:1}`, "docket.json-syntax"},
		{"a number as a name", `{1:1}`, "docket.json-syntax"},
		{"a name without a value", `{"a"}`, "docket.json-syntax"},
		{"a comma too many in an object", `{"a":1,}`, "docket.json-syntax"},
		{"a comma too many in an array", `[1,]`, "docket.json-syntax"},
		{"a comma alone", `[,]`, "docket.json-syntax"},
		{"no comma", `[1 2]`, "docket.json-syntax"},
		{"no comma between members", `{"a":1 "b":2}`, "docket.json-syntax"},
		{"an array without its end", `[1`, "docket.json-syntax"},
		{"an object without its end", `{"a":1`, "docket.json-syntax"},
		{"ends that don't fit", `[1}`, "docket.json-syntax"},
		{"a word in capitals", `True`, "docket.json-syntax"},
		{"half a word", `nul`, "docket.json-syntax"},
		{"a comment", `/*a*/1`, "docket.json-syntax"},
		{"a byte order mark", "\ufeff1", "docket.json-syntax"},
		{"a byte of nothing", "\x00", "docket.json-syntax"},
		{"white space that JSON doesn't know", "\u00a01", "docket.json-syntax"},

		{"a second value", `{} {}`, "docket.json-trailing"},
		{"a second bracket", `[]]`, "docket.json-trailing"},
		{"letters behind a word", `nullx`, "docket.json-trailing"},
		{"a byte of nothing behind the value", "1\x00", "docket.json-trailing"},

		{"33 levels", deep(33), "docket.json-depth"},
		{"as many levels as would fill the stack", strings.Repeat("[", 1_000_000), "docket.json-depth"},
		{"as many levels of objects", strings.Repeat(`{"a":`, 1_000_000), "docket.json-depth"},
	} {
		got, err := docket.Canonical([]byte(c.given))
		if fault.Code(err) != c.code {
			t.Errorf("%s: %.60s (%v), want %s", c.name, got, err, c.code)
		}
		if err != nil && got != nil {
			t.Errorf("%s is refused and yet gives %s", c.name, got)
		}
	}
}

func TestControlCharactersAreEscaped(t *testing.T) {
	for c := range byte(0x22) {
		raw := []byte{'"', 'a', c, 'b', '"'}
		got, err := docket.Canonical(raw)
		if want := c == 0x20 || c == 0x21; (err == nil) != want || want && string(got) != string(raw) {
			t.Errorf("%q: %s (%v)", raw, got, err)
		}
	}
}

// A text that is not UTF-8 would be written with something else in its place,
// and the entry would commit to that.
func TestMarshalLosesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		said any
		want string // "" means that it is refused
	}{
		{"names in order", map[string]any{"b": 1, "a": "<&>"}, `{"a":"<&>","b":1}`},
		{"fields in the order of their names", struct {
			Z int `json:"z"`
			A int `json:"a"`
		}{1, 2}, `{"a":2,"z":1}`},
		{"the replacement character", "a\ufffd\n", "\"a\ufffd\\n\""},
		{"facts that were written before", json.RawMessage(`{ "b" : 1 , "a" : 2 }`), `{"a":2,"b":1}`},
		{"bytes that are not UTF-8", "a\xffb", ""},
		{"a name that is not UTF-8", map[string]int{"a\xff": 1}, ""},
		{"a float", 0.5, ""},
		{"what is no JSON", func() {}, ""},
	} {
		got, err := docket.Marshal(c.said)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %s (%v), want %s", c.name, got, err, c.want)
		}
	}
}

func TestLawsOfCanonicalForm(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"what is canonical stays as it is": func(t *rapid.T) {
			once := canonical(t, written(t, anyJSON(4).Draw(t, "value")))
			if again := canonical(t, once); !bytes.Equal(once, again) {
				t.Fatalf("%s becomes %s", once, again)
			}
		},
		"it says what encoding/json reads": func(t *rapid.T) {
			raw := written(t, anyJSON(4).Draw(t, "value"))
			if got := canonical(t, raw); !reflect.DeepEqual(read(t, raw), read(t, got)) {
				t.Fatalf("%s becomes %s", raw, got)
			}
		},
		"one value has one form, however it was written": func(t *rapid.T) {
			value := anyJSON(4).Draw(t, "value")
			a, b := canonical(t, written(t, value)), canonical(t, written(t, value))
			if !bytes.Equal(a, b) {
				t.Fatalf("%s and %s", a, b)
			}
		},
		"two values have two forms": func(t *rapid.T) {
			a, b := written(t, anyJSON(2).Draw(t, "a")), written(t, anyJSON(2).Draw(t, "b"))
			if reflect.DeepEqual(read(t, a), read(t, b)) != bytes.Equal(canonical(t, a), canonical(t, b)) {
				t.Fatalf("%s and %s are both %s", a, b, canonical(t, a))
			}
		},
		"what encoding/json refuses is refused": func(t *rapid.T) {
			raw := written(t, anyJSON(3).Draw(t, "value"))
			broken := bytes.Clone(raw)
			broken[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			if got, err := docket.Canonical(broken); err == nil && !json.Valid(broken) {
				t.Fatalf("%q is taken for %s", broken, got)
			}
		},
	}
	for name, law := range laws {
		t.Run(name, rapid.MakeCheck(law))
	}
}

// anyJSON draws what Canonical takes: no floats, no lost texts.
func anyJSON(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.Map(rapid.Int64Range(-1<<53, 1<<53), func(n int64) any { return n }),
		anyText().AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	return rapid.OneOf(append(leaves,
		rapid.SliceOfN(anyJSON(depth-1), 0, 4).AsAny(),
		rapid.MapOfN(anyText(), anyJSON(depth-1), 0, 6).AsAny(),
	)...)
}

func anyText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(
		rapid.RuneFrom([]rune("ab\"\\/<&>\b\f\n\r\t\x00\x1f\x7f\u0080é€\u2028\ufb33\ufffd😀𝄞")),
		rapid.Rune(),
	), 0, 8, -1)
}

// written writes a value as some other program might: names in any order,
// characters escaped or not, white space between.
func written(t *rapid.T, value any) []byte {
	var b bytes.Buffer
	write(t, &b, value)
	return b.Bytes()
}

func write(t *rapid.T, b *bytes.Buffer, value any) {
	space := func() { b.WriteString(rapid.SampledFrom([]string{"", "", " ", "\r\n\t"}).Draw(t, "space")) }
	space()
	defer space()
	switch v := value.(type) {
	case string:
		writeText(t, b, v)
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			write(t, b, e)
		}
		b.WriteByte(']')
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		b.WriteByte('{')
		for i, name := range rapid.Permutation(names).Draw(t, "order") {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			writeText(t, b, name)
			space()
			b.WriteByte(':')
			write(t, b, v[name])
		}
		b.WriteByte('}')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
}

func writeText(t *rapid.T, b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, r := range s {
		escape := r < 0x20 || r == '"' || r == '\\' || rapid.IntRange(0, 3).Draw(t, "escape") == 0
		if r == utf8.RuneError || !escape {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16Units(r) {
			b.WriteString(`\u`)
			b.WriteString(hexOf(unit, rapid.Bool().Draw(t, "capitals")))
		}
	}
	b.WriteByte('"')
}

func canonical(t rapid.TB, raw []byte) []byte {
	got, err := docket.Canonical(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return got
}

// read is the value as encoding/json reads it, its numbers as they stand.
func read(t rapid.TB, raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return value
}

// What a stranger sends in must never be taken for another value, and never
// stop the program.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1,-9007199254740992,true,null],"a":"\ud83d\ude00\n"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := docket.Canonical(raw)
		if err != nil {
			if fault.Code(err) == "" {
				t.Fatalf("%q is refused without a code: %v", raw, err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is no JSON and is taken for %s", raw, got)
		}
		if again := canonical(t, got); !bytes.Equal(again, got) {
			t.Fatalf("%q gives %s, which gives %s", raw, got, again)
		}
		if !reflect.DeepEqual(read(t, raw), read(t, got)) {
			t.Fatalf("%q says something else than %s", raw, got)
		}
	})
}
