package office_test

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"pgregory.net/rapid"
)

// The fingerprint by which a repeated filing is told from another one is kept for ever:
// what it is of is what encoding/json writes, without what is sensitive.
func TestAFingerprintIsOfTheSameBytesForEver(t *testing.T) {
	book, _ := rulebooks.Find("demo")
	edition, err := rulebook.Parse("demo", book.Source)
	if err != nil {
		t.Fatal(err)
	}
	text := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("ab09 -_.~")), rapid.RuneFrom([]rune("\"\\/<&>\n€\u2028😀"))), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		f := office.Filing{Category: text.Draw(t, "category"), Claimant: text.Draw(t, "claimant")}
		if rapid.Bool().Draw(t, "received") {
			f.Received = day.Must(2026, 2, rapid.IntRange(1, 28).Draw(t, "day"))
		}
		if rapid.Bool().Draw(t, "answered") {
			f.Answers = rapid.MapOfN(rapid.OneOf(text, rapid.SampledFrom([]string{"statement", "nights_away"})), text, 0, 4).Draw(t, "answers")
		}
		for range rapid.IntRange(0, 1).Draw(t, "files") {
			f.Files = append(f.Files, office.Enclosure{Content: []byte("photograph")})
		}
		answers := maps.Clone(f.Answers)
		delete(answers, "statement")
		var files []string
		if len(f.Files) > 0 {
			files = []string{docket.Hash(sha256.Sum256([]byte("photograph"))).String()}
		}
		want, err := json.Marshal(struct {
			Category, Claimant string
			Received           day.Date
			Answers            map[string]string
			Files              []string `json:",omitempty"`
		}{f.Category, f.Claimant, f.Received, answers, files})
		if err != nil {
			t.Fatal(err)
		}
		got, err := office.FilingContent(edition, f)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
