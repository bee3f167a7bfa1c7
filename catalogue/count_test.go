package catalogue_test

import (
	"testing"

	"github.com/openchancery/chancery/catalogue"
)

// The language has its forms: 1 заява, 2 заяви, 5 заяв, and 11 goes with 5 while
// 21 goes with 1.
func TestACountIsSaidInTheFormOfItsNumber(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"uk", 0, "0 заяв"},
		{"uk", 1, "1 заява"},
		{"uk", 2, "2 заяви"},
		{"uk", 5, "5 заяв"},
		{"uk", 11, "11 заяв"},
		{"uk", 21, "21 заява"},
		{"uk", 22, "22 заяви"},
		{"uk", 25, "25 заяв"},
		{"uk", 111, "111 заяв"},
		{"uk", 112, "112 заяв"},
		{"uk", 1001, "1001 заява"},
		{"en", 0, "0 claims"},
		{"en", 1, "1 claim"},
		{"en", 21, "21 claims"},
		{"fr", 0, "0 demande"},
		{"fr", 1, "1 demande"},
		{"fr", 2, "2 demandes"},
		{"fr", 1_000_000, "1000000 de demandes"},
		{"xx", 2, "2 claims"}, // a language that we don't speak hears English
	} {
		if got, ok := catalogue.Count(c.lang, "count.claims", c.n, nil); got != c.want || !ok {
			t.Errorf("%s %d: %q, %v; want %q", c.lang, c.n, got, ok, c.want)
		}
	}
	if got, ok := catalogue.Count("uk", "count.no-such-thing", 2, nil); ok {
		t.Errorf("what isn't in the catalogue was said: %q", got)
	}
}
