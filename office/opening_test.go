package office_test

import (
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
)

// RD4U statement 1: a category opens on a date by data alone, and earlier
// filing is refused with that reason.
func TestACategoryOpensOnItsDay(t *testing.T) {
	h := staffed(t)
	h.open("demo", strings.Replace(demoRulebook(t), "  - id: a-departure\n", "  - id: a-departure\n    opens: 2020-06-01\n    closes: 2020-06-30\n", 1))
	for _, c := range []struct {
		received day.Date
		code     string
	}{
		{day.Must(2020, 5, 31), "rulebook.category-not-open"},
		{day.Must(2020, 6, 1), ""},
		{day.Must(2020, 6, 30), ""},
		{day.Must(2020, 7, 1), "rulebook.category-closed"},
	} {
		f := departure("on-"+c.received.String(), 3, true)
		f.Received = c.received
		_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f})
		if c.code == "" {
			must(t, err)
			continue
		}
		wantCode(t, "received on "+c.received.String(), err, c.code)
	}
}
