package claim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"pgregory.net/rapid"
)

const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestReferencesAsPeopleTypeThem(t *testing.T) {
	const want = claim.Reference("7K3M-9QX2-VD4K")
	for _, c := range []struct{ name, text, code string }{
		{"as it is printed", "7K3M-9QX2-VD4K", ""},
		{"in small letters", "7k3m-9qx2-vd4k", ""},
		{"without dashes", "7K3M9QX2VD4K", ""},
		{"with spaces", " 7K3M 9QX2 VD4K ", ""},
		{"in other groups", "7K-3M-9Q-X2-VD-4K", ""},
		{"pasted with a tab and a line end", "\t7K3M-9QX2-VD4K\r\n", ""},
		{"with the dashes of a word processor", "7K3M–9QX2—VD4K", ""},
		{"with spaces that don't break", "7K3M\u00a09QX2\u202fVD4K", ""},
		{"with a minus sign", "7K3M−9QX2‑VD4K", ""},
		{"a wrong symbol", "7K3M-9QX2-VD4M", "claim.reference-check"},
		{"two symbols swapped", "7K3M-9QX2-DV4K", "claim.reference-check"},
		{"a symbol short", "7K3M-9QX2-VD4", "claim.reference-form"},
		{"a symbol long", "7K3M-9QX2-VD4KK", "claim.reference-form"},
		{"far too long", strings.Repeat("7", 1<<20), "claim.reference-form"},
		{"a letter that there is not", "7K3M-9QX2-VD4U", "claim.reference-form"},
		{"a Cyrillic letter that looks the same", "7К3M-9QX2-VD4K", "claim.reference-form"},
		{"digits of another script", "٧K3M-9QX2-VD4K", "claim.reference-form"},
		{"a number", "HF-0000001", "claim.reference-form"},
		{"nothing", "", "claim.reference-form"},
		{"dashes alone", "----", "claim.reference-form"},
		{"bytes that are no text", "7K3M-9QX2-VD4\xff", "claim.reference-form"},
	} {
		got, err := claim.ParseReference(c.text)
		if fault.Code(err) != c.code || (err == nil) != (got == want) {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.code)
		}
		if err != nil && len(c.text) > 3 && strings.Contains(err.Error(), c.text[:3]) {
			t.Errorf("%s: what was typed may be a name, and the log would say %.60q", c.name, err)
		}
	}
	// O is read for 0, I and L for 1.
	mistaken := claim.NewReference([11]byte{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0})
	last := string(mistaken[len(mistaken)-1])
	if got, err := claim.ParseReference("oIol-0L0i-O1o" + last); err != nil || got != mistaken {
		t.Errorf("%s: %s (%v)", mistaken, got, err)
	}
}

// The alphabet leaves out what is read as another symbol, and every symbol
// comes as often as any other.
func TestReferencesAreRandomInEverySymbol(t *testing.T) {
	for position := range 11 {
		seen := map[byte]int{}
		for b := range 256 {
			var random [11]byte
			random[position] = byte(b)
			reference := strings.ReplaceAll(string(claim.NewReference(random)), "-", "")
			seen[reference[position]]++
		}
		for i := range symbols {
			if seen[symbols[i]] != 256/len(symbols) {
				t.Errorf("%c comes %d times in place %d", symbols[i], seen[symbols[i]], position)
			}
		}
		if len(seen) != len(symbols) {
			t.Errorf("place %d holds %d symbols", position, len(seen))
		}
	}
}

// What the check symbol promises, tried on every pair of symbols in every
// place, and what it can't see: no more than the code's comment says.
func TestWhatTheCheckSymbolFinds(t *testing.T) {
	for _, c := range []struct {
		name   string
		right  func(at int, a, b byte) []byte // a sound reference
		slip   func(r []byte, at int, b byte) // what goes wrong at a place of it
		places int
		misses []string // symbol a, and b that it was taken for or swapped with
	}{
		{
			"a wrong symbol", func(at int, a, _ byte) []byte { return referenceWith(at, a, a) },
			func(r []byte, at int, b byte) { r[at] = b }, 12, nil,
		},
		{
			"two neighbours swapped", referenceWith,
			func(r []byte, at int, _ byte) { r[at], r[at+1] = r[at+1], r[at] }, 11,
			[]string{"0Z", "Z0"},
		},
		{
			"twins taken for other twins", func(at int, a, _ byte) []byte { return referenceWith(at, a, a) },
			func(r []byte, at int, b byte) { r[at], r[at+1] = b, b }, 11,
			[]string{
				"0N", "1P", "2Q", "3R", "4S", "5T", "6V", "7W", "8X", "9Y", "AZ",
				"N0", "P1", "Q2", "R3", "S4", "T5", "V6", "W7", "X8", "Y9", "ZA",
			},
		},
	} {
		for at := range c.places {
			var missed []string
			for a := range len(symbols) {
				for b := range len(symbols) {
					if a == b {
						continue
					}
					r := c.right(at, symbols[a], symbols[b])
					c.slip(r, at, symbols[b])
					if _, err := claim.ParseReference(string(r)); err == nil {
						missed = append(missed, symbols[a:a+1]+symbols[b:b+1])
					} else if fault.Code(err) != "claim.reference-check" {
						t.Fatalf("%s: %v", r, err)
					}
				}
			}
			if !slices.Equal(missed, c.misses) {
				t.Errorf("%s, place %d: it misses %v, want %v", c.name, at, missed, c.misses)
			}
		}
	}
	// It gives every second symbol the same weight.
	for at := range 10 {
		r := referenceWith(at, 'A', 'B')
		r[at], r[at+2] = r[at+2], r[at]
		if _, err := claim.ParseReference(string(r)); err != nil {
			t.Errorf("two symbols swapped with one between them are found by now: say so in reference.go")
		}
	}
}

// referenceWith is a sound reference with the symbol a at a place and b behind
// it; the first symbol is chosen so that the check symbol can be one of them.
func referenceWith(at int, a, b byte) []byte {
	var random [11]byte
	for i := range random {
		random[i] = byte(7 * i)
	}
	for i, symbol := range []byte{a, b} {
		if at+i < len(random) {
			random[at+i] = byte(strings.IndexByte(symbols, symbol))
		}
	}
	var r []byte
	for first := range byte(len(symbols)) {
		if at > 0 {
			random[0] = first
		}
		r = []byte(clean(claim.NewReference(random)))
		if r[at] == a && (at+1 == len(r) || r[at+1] == b) {
			break
		}
	}
	return r
}

func clean(r claim.Reference) string { return strings.ReplaceAll(string(r), "-", "") }

func TestLawsOfReferences(t *testing.T) {
	anyReference := rapid.Custom(func(t *rapid.T) claim.Reference {
		return claim.NewReference([11]byte(rapid.SliceOfN(rapid.Byte(), 11, 11).Draw(t, "random")))
	})
	t.Run("what is printed is read back", rapid.MakeCheck(func(t *rapid.T) {
		r := anyReference.Draw(t, "r")
		if got, err := claim.ParseReference(string(r)); err != nil || got != r {
			t.Fatalf("%s is read as %s (%v)", r, got, err)
		}
		if got, err := claim.ParseReference(strings.ToLower(clean(r))); err != nil || got != r {
			t.Fatalf("%s in small letters is read as %s (%v)", r, got, err)
		}
	}))
	t.Run("of what is made up, one in 32 passes", rapid.MakeCheck(func(t *rapid.T) {
		begin := rapid.StringOfN(rapid.RuneFrom([]rune(symbols)), 11, 11, -1).Draw(t, "begin")
		passed := 0
		for _, last := range symbols {
			if _, err := claim.ParseReference(begin + string(last)); err == nil {
				passed++
			}
		}
		if passed != 1 {
			t.Fatalf("%d symbols fit behind %s", passed, begin)
		}
	}))
	t.Run("nothing stops it", rapid.MakeCheck(func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if r, err := claim.ParseReference(text); err == nil && len(clean(r)) != 12 {
			t.Fatalf("%q is read as %s", text, r)
		}
	}))
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		prefix string
		serial int64
		want   claim.Number
	}{
		{"HF", 1, "HF-0000001"},
		{"HF", 1234567, "HF-1234567"},
		{"HF", 12345678, "HF-12345678"}, // more claims than the form foresaw
		{"H-F", 9, "H-F-0000009"},
		{"HF", 1<<63 - 1, "HF-9223372036854775807"},
	} {
		got := claim.NewNumber(c.prefix, c.serial)
		if got != c.want || got.Serial() != c.serial {
			t.Errorf("%s, serial %d; want %s", got, got.Serial(), c.want)
		}
	}
	for _, none := range []claim.Number{"", "HF", "HF-", "HF-x", "HF-99999999999999999999"} {
		if none.Serial() != 0 {
			t.Errorf("%q has the serial %d", none, none.Serial())
		}
	}
}
