package docket_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"pgregory.net/rapid"
)

func utf16Units(r rune) []uint16 { return utf16.Encode([]rune{r}) }

func hexOf(unit uint16, capitals bool) string {
	if capitals {
		return fmt.Sprintf("%04X", unit)
	}
	return fmt.Sprintf("%04x", unit)
}

// saltOf is a salt that a test can name.
func saltOf(name string) docket.Salt { return docket.Salt(sha256.Sum256([]byte(name))) }

func hashOf(name string) docket.Hash { return docket.Hash(sha256.Sum256([]byte(name))) }

// These values are the format. Another program that can't make them reads
// another docket; if this test fails, the docket was broken, not the test.
func TestCommitmentsForEver(t *testing.T) {
	var counting docket.Salt
	for i := range counting {
		counting[i] = byte(i)
	}
	for _, c := range []struct {
		name string
		got  docket.Hash
		want string
	}{
		{"an entry", docket.EntryCommitment(counting, []byte(`{"kind":"claim.filed.v1"}`)), "d7eabb6a4dfa7b807715238915ecfe8601c1ff6c0769da5231b44c5e6513d931"},
		{"a row of an annex", docket.RowCommitment(counting, []byte(`{"kind":"claim.filed.v1"}`)), "8606ad6165fcf52c853b3d0c3182ac8c8cefc89609cc8f057a8e83cc235cfba4"},
		{"a sealed blob", docket.BlobCommitment(counting, []byte(`{"kind":"claim.filed.v1"}`)), "65282625ad32f702a78703161d1d4480dcdfd61d16c7ce6b0fa71a9bfaa890b3"},
		{"an entry of nothing without salt", docket.EntryCommitment(docket.Salt{}, nil), "714ff5791e43a92c7c0647fc439c2c8418423b59205ce781707f9cb7ae769d78"},
		{"the leaf of a commitment", docket.LeafHash(docket.Hash(counting)), "699cacdb4c39d8e0bb1223352765a7f7acdc51dec6694f7b54c3d0a47f0cc409"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

// The same by the words of the design, without the product's code.
func TestCommitmentsAsTheDesignSays(t *testing.T) {
	salt, content := saltOf("a salt"), []byte("what the entry says")
	for tag, got := range map[string]docket.Hash{
		"chancery/entry/v1\x00":     docket.EntryCommitment(salt, content),
		"chancery/annex-row/v1\x00": docket.RowCommitment(salt, content),
		"chancery/blob/v1\x00":      docket.BlobCommitment(salt, content),
	} {
		want := sha256.Sum256([]byte(tag + string(salt[:]) + string(content)))
		if got != want {
			t.Errorf("%q: %s, want %x", tag, got, want)
		}
	}
	if got, want := docket.LeafHash(docket.Hash(salt)), sha256.Sum256(append([]byte{0}, salt[:]...)); got != want {
		t.Errorf("leaf: %s, want %x", got, want)
	}
}

func TestLawsOfCommitments(t *testing.T) {
	anySalt := rapid.Custom(func(t *rapid.T) docket.Salt {
		return docket.Salt(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt"))
	})
	content := rapid.SliceOfN(rapid.Byte(), 0, 100)
	sorts := map[string]func(docket.Salt, []byte) docket.Hash{
		"entry": docket.EntryCommitment, "row": docket.RowCommitment, "blob": docket.BlobCommitment,
	}
	laws := map[string]func(*rapid.T){
		"no sort passes as another": func(t *rapid.T) {
			salt, said := anySalt.Draw(t, "salt"), content.Draw(t, "content")
			seen := map[docket.Hash]string{docket.LeafHash(docket.Hash(salt)): "leaf"}
			for sort, commit := range sorts {
				if other, ok := seen[commit(salt, said)]; ok {
					t.Fatalf("%s and %s commit alike", sort, other)
				}
				seen[commit(salt, said)] = sort
			}
		},
		"every bit of salt and content counts": func(t *rapid.T) {
			salt, said := anySalt.Draw(t, "salt"), content.Draw(t, "content")
			whole := append(append([]byte{}, salt[:]...), said...)
			bit := rapid.IntRange(0, 8*len(whole)-1).Draw(t, "bit")
			whole[bit/8] ^= 1 << (bit % 8)
			for sort, commit := range sorts {
				if commit(salt, said) == commit(docket.Salt(whole), whole[len(salt):]) {
					t.Fatalf("%s doesn't see bit %d", sort, bit)
				}
			}
		},
		"what stands in the salt can't move into the content": func(t *rapid.T) {
			salt, said := anySalt.Draw(t, "salt"), rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "content")
			shifted := docket.Salt(append(append([]byte{}, salt[1:]...), said[0]))
			for sort, commit := range sorts {
				if commit(salt, said) == commit(shifted, said[1:]) {
					t.Fatalf("%s", sort)
				}
			}
		},
	}
	for name, law := range laws {
		t.Run(name, rapid.MakeCheck(law))
	}
}

func TestAHashHasOneText(t *testing.T) {
	want := hashOf("a hash")
	for _, c := range []struct{ name, text, code string }{
		{"as it is written", want.String(), ""},
		{"in capitals", strings.ToUpper(want.String()), "docket.hash-form"},
		{"one capital", "A" + strings.Repeat("0", 63), "docket.hash-form"},
		{"a digit short", want.String()[:63], "docket.hash-form"},
		{"a digit long", want.String() + "0", "docket.hash-form"},
		{"no digits", strings.Repeat("g", 64), "docket.hash-form"},
		{"nothing", "", "docket.hash-form"},
		{"with a prefix", "0x" + want.String()[:62], "docket.hash-form"},
	} {
		got := hashOf("what stood there before")
		err := got.UnmarshalText([]byte(c.text))
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if err == nil && got != want || err != nil && got != hashOf("what stood there before") {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	text, err := json.Marshal(map[docket.Hash]docket.Hash{want: want})
	if err != nil || string(text) != `{"`+hex.EncodeToString(want[:])+`":"`+want.String()+`"}` {
		t.Errorf("in JSON: %s (%v)", text, err)
	}
}
