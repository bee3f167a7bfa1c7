package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
)

// Another language may hold fewer sentences than English, never others; of the
// explanation of a claim it holds all, so that no two languages stand in one
// page.
func TestAnotherLanguageHasNoSentenceOfItsOwnAndTheWholeExplanation(t *testing.T) {
	english, err := catalogue.Codes("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"uk"} {
		codes, err := catalogue.Codes(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range codes {
			if _, ok := slices.BinarySearch(english, code); !ok {
				t.Errorf("%s: %s is unknown in English", lang, code)
			}
		}
		for _, code := range english {
			if _, ok := slices.BinarySearch(codes, code); strings.HasPrefix(code, "explain.") && !ok {
				t.Errorf("%s: %s is missing", lang, code)
			}
		}
	}
}
