package dossier_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/treaty"
)

const sharedData = "../../shared/data/"

var learned = day.Must(2026, 11, 26)

// shared is a file of the shared data; the test is skipped where the folder
// isn't there at all, and fails where the file can't be read.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	if _, err := os.Stat(sharedData); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the shared data aren't here (%s)", sharedData)
	}
	text, err := os.ReadFile(filepath.Join(sharedData, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// without is a table whose columns with somebody's answers are emptied.
func without(t *testing.T, text []byte, columns ...string) []byte {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range rows[0] {
		for _, c := range columns {
			if name != c {
				continue
			}
			for _, row := range rows[1:] {
				row[i] = "nonsense"
			}
		}
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func column(t *testing.T, text []byte, key, value string) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	index := map[string]int{}
	for i, name := range rows[0] {
		index[name] = i
	}
	all := map[string]string{}
	for _, row := range rows[1:] {
		all[row[index[key]]] = row[index[value]]
	}
	return all
}

// Every row of our table of clauses has a verdict; the rows that the table's
// own column calls a match do match. The column is never read for the answer:
// with nonsense in it, and in the others that hold somebody's working, the
// answers are the same.
func TestTheTableOfClausesIsRecomputed(t *testing.T) {
	table := shared(t, "entry_into_force.csv")
	actions, err := dossier.ReadActions("treaty_actions.csv", shared(t, "treaty_actions.csv"), learned)
	if err != nil {
		t.Fatal(err)
	}
	if len(actions) != 50_128 {
		t.Errorf("%d actions are read, want 50128", len(actions))
	}
	spoilt, err := dossier.ReadClauses("spoilt.csv", without(t, table, "check", "note", "computed_from_snapshot", "condition_met", "source"))
	if err != nil {
		t.Fatal(err)
	}
	checks := column(t, table, "treaty_id", "check")
	got := treaty.Recompute(spoilt.Treaties, actions)
	count := map[string]int{}
	for _, c := range got {
		count[c.Verdict]++
		want := map[string]string{
			"match": treaty.Matches, "match_with_dependency": treaty.Matches,
			"differs_missing_instruments": treaty.Differs, "snapshot_too_old": treaty.NotComputable,
		}[checks[c.Treaty]]
		if want != "" && c.Verdict != want {
			t.Errorf("%s: %s, want %s (published %v, computed %v, %s %v)", c.Treaty, c.Verdict, want, c.Published, c.Computed, c.Why.Code, c.Why.Values)
		}
		if testing.Verbose() {
			t.Log(c.Treaty, c.Verdict, c.Published, c.Computed, c.Why.Code, c.Why.Values)
		}
	}
	if len(got) != len(checks) {
		t.Errorf("%d verdicts on %d rows", len(got), len(checks))
	}
	t.Logf("%v", count)
}

func TestTheTableOfPartiesIsRecomputed(t *testing.T) {
	table := shared(t, "party_entry_into_force.csv")
	c, err := dossier.ReadClauses("party.csv", without(t, table, "check", "computed"))
	if err != nil {
		t.Fatal(err)
	}
	match := 0
	for _, row := range treaty.RecomputeParties(c.Parties) {
		if row.Verdict == treaty.Matches {
			match++
		}
	}
	if len(c.Parties) != 725 || match < 722 {
		t.Errorf("%d of %d match, want 722 of 725 at least", match, len(c.Parties))
	}
	t.Logf("%d of %d match", match, len(c.Parties))
}

// small is a list in which AA and BB deposit in 2001, and CC in 2002.
const small = `treaty_id,party,iso3,action,date,dataset
un:1-1,Aland,AAA,ratification,2001-01-10,test
un:1-1,Bland,BBB,accession,2001-03-31,test
un:1-1,Cland,CCC,ratification,2002-01-31,test
un:1-1,European Union,EUE,approval,2001-02-01,test
un:1-1-a,Aland,AAA,ratification,2000-01-10,test
un:1-1-a,Bland,BBB,ratification,2000-01-10,test
un:2-2,Dland,DDD,succession,2001-01-01,test
un:2-2,Aland,AAA,ratification,2001-01-01,test
`

// The words that tables use for clauses.
func TestTheWordsOfATable(t *testing.T) {
	actions, err := dossier.ReadActions("actions.csv", []byte(small), learned)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ row, verdict, computed, reason string }{
		{`un:1-1,2,count,days 30,,Art. 1: plain,2001-04-30`, "matches", "2001-04-30", "same"},
		{`un:1-1,2,count,months 3,,,2001-06-30`, "matches", "2001-06-30", "same"}, // 31 March and three months
		{`un:1-1,2,count,first_of_month_after_months 3,,,2001-07-01`, "matches", "2001-07-01", "same"},
		{`un:1-1,3,count,days 30,,,2001-04-30`, "differs", "2002-03-02", "missing"},
		{`un:1-1,2,count,days 30,,,2001-05-30`, "differs", "2001-04-30", "early"},
		{`un:1-1,3,count,days 30,regional organisation counted,,2001-04-30`, "matches", "2001-04-30", "same"},
		{`un:1-1,2,count,days 30,regional organisation not counted,,2001-04-30`, "matches", "2001-04-30", "same"},
		{`un:1-1,4,count,days 30,,,2001-04-30`, "not_computable", "", "too_few"},
		{`un:1-1,4,count,days 30,,,`, "matches", "", "not_in_force"},
		{`un:9-9,4,count,days 30,,,2001-04-30`, "not_computable", "", "no_actions"},
		{`un:1-1,2,count,unknown - read the text,,,2001-04-30`, "not_computable", "", "gap.delay"},
		{`un:1-1,2,count+weight,days 30,half of the tonnage,,2001-04-30`, "not_computable", "", "gap.weights"},
		{`un:1-1,2,count+subset,days 30,of which 8 members,,2001-04-30`, "not_computable", "", "gap.subset"},
		{`un:1-1,2,count+subset,days 30,"including two members (Aland, Cland)",,2002-03-02`, "matches", "2002-03-02", "same"},
		{`un:1-1,2,named_parties,same,"the Original Parties (AAA, CCC)",,2002-01-31`, "matches", "2002-01-31", "same"},
		{`un:1-1,2,named_parties,same,all of Annex 2,,2002-01-31`, "not_computable", "", "gap.named"},
		{`un:1-1,2,count+funding,same,sufficient funds,,`, "not_computable", "", "gap.finding"},
		{`un:1-1,2,count+astrology,same,,,`, "not_computable", "", "gap.condition"},
		{`un:1-1,2,count,fixed_or_days 30,,"1 Jan 2002 if 2 instruments by then, otherwise 30 days",2002-01-01`, "matches", "2002-01-01", "same"},
		{`un:1-1,2,count,days 30,,not earlier than two years after opening for signature (13 Jan 2000),2002-01-13`, "matches", "2002-01-13", "same_held_back"},
		{`un:1-1,2,count,days 30,not before 1 February 2002,,2002-02-01`, "matches", "2002-02-01", "same_held_back"},
		{`un:1-1,2,count,days 30,not earlier than two years after opening,,2002-01-13`, "not_computable", "2001-04-30", "gap.opening"},
		{`un:1-1,2,count,days 30,the stars must be right,,2001-04-30`, "matches", "2001-04-30", "same_but"},
		{`un:1-1,2,count,days 30,the stars must be right,,2001-05-30`, "not_computable", "2001-04-30", "gap.qualifier"},
		{`un:1-1-a,2,count,days 30,,subject to entry into force of the Convention,2000-02-09`, "matches", "2000-02-09", "same_but"},
		{`un:1-1-a,2,count,days 30,,subject to entry into force of the Convention,2000-03-09`, "not_computable", "2000-02-09", "gap.treaty"},
		{`un:2-2,2,count,same,,,2001-01-01`, "matches", "2001-01-01", "same_by_succession"},
	} {
		table := "treaty_id,threshold,condition_type,delay_rule,qualifier,clause,entry_into_force_published\n" + c.row + "\n"
		clauses, err := dossier.ReadClauses("clauses.csv", []byte(table))
		if err != nil {
			t.Errorf("%s: %v", c.row, err)
			continue
		}
		got := treaty.Recompute(clauses.Treaties, actions)[0]
		computed := ""
		if got.Computed != nil {
			computed = got.Computed.String()
		}
		if got.Verdict != c.verdict || computed != c.computed || strings.TrimPrefix(got.Reason, "treaty.check.") != c.reason {
			t.Errorf("%s:\n  %s %q %s, want %s %q %s", c.row, got.Verdict, computed, got.Reason, c.verdict, c.computed, c.reason)
		}
	}
	// A protocol waits for what its parent was published to have done.
	clauses, err := dossier.ReadClauses("clauses.csv", []byte(`treaty_id,threshold,condition_type,delay_rule,qualifier,clause,entry_into_force_published
un:1-1,2,count,days 30,,,2001-04-30
un:1-1-a,2,count,days 30,,subject to entry into force of the Convention,2001-04-30
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := treaty.Recompute(clauses.Treaties, actions)[1]; got.Verdict != treaty.Matches || got.Reason != "treaty.check.same_held_back" {
		t.Errorf("the protocol: %s %s", got.Verdict, got.Reason)
	}
}

func TestAListThatIsWrongSaysWhere(t *testing.T) {
	for _, c := range []struct{ text, code, line string }{
		{"treaty_id,party,iso3,action,date,dataset\nun:1-1,A,AAA,ratifcation,2001-01-01,x\n", "dossier.unknown-word", "2"},
		{"treaty_id,party,iso3,action,date,dataset\nun:1-1,A,AAA,ratification,2001-13-01,x\n", "dossier.not-a-date", "2"},
		{"treaty_id,party,iso3,action,date,dataset\nun:1-1,A,AAA,ratification\n", "dossier.csv-fields", "2"},
		{"treaty_id,party,iso3,action,date,dataset\nun:1-1,,AAA,ratification,2001-01-01,x\n", "dossier.field-missing", "2"},
		{"id,party\n", "dossier.csv-header-unknown", "1"},
	} {
		_, err := dossier.ReadActions("list.csv", []byte(c.text), learned)
		if err == nil || !strings.Contains(err.Error(), c.code) || !strings.Contains(err.Error(), `line="`+c.line+`"`) || !strings.Contains(err.Error(), "list.csv") {
			t.Errorf("%q: %v, want %s in line %s", c.text, err, c.code, c.line)
		}
	}
	actions, err := dossier.ReadActions("list.csv", []byte("treaty_id,party,iso3,action,date,dataset\nun:1-1,A,AAA,ratification,2010-02-29,x\n"), learned)
	if err != nil || actions[0].Action.On.String() != "2010-02" || !strings.Contains(actions[0].Doubt, "2010-02-29") {
		t.Errorf("a day that no calendar has: %v, %v", actions, err)
	}
	for _, c := range []struct{ text, code string }{
		{"treaty_id,threshold,condition_type,delay_rule,qualifier,entry_into_force_published\nun:1-1,many,count,days 3,,\n", "dossier.not-a-number"},
		{"treaty_id,threshold,condition_type,delay_rule,qualifier,entry_into_force_published\nun:1-1,3,count,days 3,,soon\n", "dossier.not-a-day"},
		{"treaty_id,threshold,condition_type,delay_rule,qualifier,entry_into_force_published,colour\nun:1-1,3,count,days 3,,,red\n", "treaty.file.column"},
		{"treaty_id,party,consent_date,variant,days,treaty_in_force,party_in_force_published\nun:1-1,A,2001-01-01,C,30,2001-01-01,2001-01-31\n", "dossier.unknown-word"},
		{"treaty_id,party,consent_date,variant,days,treaty_in_force,party_in_force_published\nun:1-1,A,2001-01-01,A,soon,2001-01-01,2001-01-31\n", "treaty.file.delay"},
	} {
		if _, err := dossier.ReadClauses("table.csv", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.code) {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
		}
	}
}
