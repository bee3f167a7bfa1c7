package rulebook_test

import (
	"strings"
	"testing"
)

// A lawyer sees what another edition asks otherwise and proposes to whom.
func TestWhatAFormSaysOtherwiseIsToldFacetByFacet(t *testing.T) {
	older := fromFile(t, "form.yaml")
	newer := fromFile(t, "form.yaml", `edition: "1"`, `edition: "2"`, "decline: true, ", "", "shared: event, ", "", "places: katottg, ", "places: geonames, ",
		"for: [self], if: [things-gone]", "for: [self, adult], if: [things-gone]", "{en: Proof,", "{en: Proofs,", "unless: [abroad], ", "",
		"      - {id: abroad, text: {en: Did you go abroad?, uk: Ви виїхали за кордон?}}\n", "      - {id: abroad, text: {en: Did you leave Ukraine?, uk: Ви виїхали за кордон?}}\n")
	var said []string
	for _, c := range newer.Diff(older) {
		said = append(said, strings.Join([]string{c.Section, c.ID, string(c.Kind), c.Facet, c.Of, c.From, c.To}, "|"))
	}
	got := strings.Join(said, "\n")
	for _, want := range []string{
		"question|former_country|changed|decline||yes|",
		"question|happened|changed|shared||event|",
		"question|home|changed|places||katottg|geonames",
		"section|proof|changed|title|en|Proof|Proofs",
		"story|home-hit|now|leads|||things for self, adult if things-gone",
		"story|home-hit|no-longer|leads||things for self if things-gone|",
		"story|had-to-leave|no-longer|leads||left for self, adult, child unless abroad|",
		"story-question|abroad|changed|text|en|Did you go abroad?|Did you leave Ukraine?",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s isn't told; told is\n%s", want, got)
		}
	}
}
