package ask

import (
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/treaty"
)

// CheckedRow is what became of a row of a table of clauses; its reason is a
// sentence, its code that sentence's.
type CheckedRow struct {
	treaty.Checked
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// CheckedTable is a table of clauses that was recomputed.
type CheckedTable struct {
	Rows   []CheckedRow   `json:"rows"`
	Counts map[string]int `json:"counts"` // by verdict
}

// Checked puts what a recomputation came to into sentences. It asks no
// installation.
func Checked(language string, rows []treaty.Checked) CheckedTable {
	d := &Desk{language: language}
	t := CheckedTable{Rows: make([]CheckedRow, len(rows)), Counts: map[string]int{treaty.Matches: 0, treaty.Differs: 0, treaty.NotComputable: 0}}
	for i, r := range rows {
		t.Rows[i] = CheckedRow{r, r.Why.Code, d.sayStep(r.Why)}
		t.Counts[r.Verdict]++
	}
	return t
}

// Verdict is the word for a verdict.
func Verdict(language, verdict string) string {
	return catalogue.Label(language, "label.treaty."+verdict)
}
