package portal_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/press"
)

// RD4U statement 19: no screen or export of a programme that records claims only
// shows an award, not even that there is none.
func TestStatement19NoAwardIsShownOfAProgrammeThatRecordsOnly(t *testing.T) {
	f := press.Figures{AsOf: "2026-11-24T02:14:09Z", TreeSize: 9, TreeHead: strings.Repeat("5c", 32), Programmes: []press.ProgrammeFigures{{
		ID: "rd4u", Title: "Register of Damage", Currencies: demo().Currencies, RecordsOnly: true,
		Rows: []press.Row{
			{ID: "a3-1", Title: "A3.1", Counts: map[press.Standing]int64{press.Recorded: 832, press.Filed: 70, press.Refused: 20}},
			{ID: "a3-2", Title: "A3.2", Counts: map[press.Standing]int64{press.Recorded: 40, press.Deficient: 30}},
		},
	}}}
	h := portal.New(&fixed{figures: f}, options(t))
	awards := regexp.MustCompile(`(?i)award|dismiss|payable|money in`)
	for _, path := range []string{"/programmes/rd4u", "/figures.json", "/figures.csv"} {
		text := styleOf.ReplaceAllString(body(t, fetch(t, h, "GET", path)), "")
		if !strings.Contains(text, "832") {
			t.Errorf("%s doesn't show what is recorded:\n%s", path, text)
		}
		if path != "/programmes/rd4u" { // the notes over all programmes speak of them
			text = regexp.MustCompile(`"note": ".*?",`).ReplaceAllString(text, "")
		}
		if at := awards.FindStringIndex(text); at != nil {
			t.Errorf("%s shows %q: …%s…", path, text[at[0]:at[1]], text[max(0, at[0]-200):min(len(text), at[1]+100)])
		}
	}
}
