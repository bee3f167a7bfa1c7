package store_test

import (
	"encoding/json"
	"testing"

	"github.com/openchancery/chancery/store"
	"pgregory.net/rapid"
)

// What is kept of answers was written by encoding/json, and is compared with it for ever.
func TestAnswersAreWrittenAsEncodingJSONWritesThem(t *testing.T) {
	text := rapid.StringOfN(rapid.OneOf(
		rapid.RuneFrom([]rune("ab09 -_.~")), rapid.RuneFrom([]rune("\"\\/<&>'\n\x00\x1f\x7f€\u2028\ufffd😀")), rapid.Rune()), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		var texts map[string]string
		if rapid.Bool().Draw(t, "any") {
			texts = rapid.MapOfN(text, text, 0, 5).Draw(t, "texts")
		}
		want, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		if got := store.TextsJSON(texts); got != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
		for name := range texts {
			if raw, _ := json.Marshal(name); store.AsItStands(name) && string(raw) != `"`+name+`"` {
				t.Fatalf("%q doesn't stand so: %s", name, raw)
			}
		}
	})
	for _, bad := range []string{"\xff", "a\xc3"} { // no UTF-8
		texts := map[string]string{"a": bad}
		if want, _ := json.Marshal(texts); store.TextsJSON(texts) != string(want) {
			t.Errorf("%q: %s, want %s", bad, store.TextsJSON(texts), want)
		}
	}
}
