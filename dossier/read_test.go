package dossier_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
)

// folder is a folder of one file or several: name, text, name, text …
func folder(files ...string) fstest.MapFS {
	f := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		f[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return f
}

const rollHead = "dossier: d\ntitle: D\nsources: {s: {name: S}}\n"

func TestTheExampleOfThePageLoads(t *testing.T) {
	page, err := os.ReadFile("../docs/dossiers.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	if example == nil {
		t.Fatal("the page has no example")
	}
	b, err := dossier.ReadRoll(folder("dossier.yaml", string(example[1])), today)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, f := range b.Facts {
		kinds[f.Kind()]++
		if want := day.Must(2026, 11, 23); f.Known != want && f.Withdrawal == nil {
			t.Errorf("%s of %s known %s, want the head's %s", f.Kind(), f.Subject(), f.Known, want)
		}
	}
	for _, kind := range []string{"thing", "succession", "membership", "rule", "admission", "position", "tenure", "meeting", "attendance", "count", "preference", "withdrawal"} {
		if kinds[kind] == 0 {
			t.Errorf("the example shows no %s", kind)
		}
	}
	record := roll.NewRecord(b.Facts)
	m, err := record.Members("river-council", roll.Query{On: day.Must(2007, 1, 1), Among: "the-shores"})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Members) != 1 || m.Members[0].Member.Code != "XN" || len(m.Undetermined) != 1 {
		t.Errorf("members %v, undetermined %v", m.Members, m.Undetermined)
	}
}

func TestWhatIsWrongIsToldWithItsPlaceAndItsMend(t *testing.T) {
	for _, c := range []struct{ name, file, text, code, values string }{
		{"a field misspelt", "a.yaml", rollHead + "bodies:\n  - {id: b, nmae: B, source: s}\n", "dossier.unknown-field", "line=5 field=nmae nearest=name"},
		{"a field missing", "a.yaml", rollHead + "memberships:\n  - {body: b, member: m, source: s}\n", "dossier.field-missing", "line=5 field=act"},
		{"no source", "a.yaml", rollHead + "bodies:\n  - {id: b}\n", "dossier.field-missing", "line=5 field=source"},
		{"a source misspelt", "a.yaml", rollHead + "bodies:\n  - id: b\n    source: z\n", "dossier.unknown-source", "line=6 text=z nearest=s"},
		{"a section misspelt", "a.yaml", rollHead + "bodys: []\n", "dossier.unknown-section", "line=4 nearest=bodies"},
		{"treaties", "a.yaml", rollHead + "treaties: []\n", "dossier.treaties-here", "line=4"},
		{"an id in capitals", "a.yaml", rollHead + "bodies:\n  - {id: River Council, source: s}\n", "dossier.not-an-id", "line=5 nearest=river-council"},
		{"no such day", "a.yaml", rollHead + "memberships:\n  - {body: b, member: m, act: a, on: 2018-02-30, source: s}\n", "dossier.not-a-date", "line=5 field=on text=2018-02-30"},
		{"a day in another form", "a.yaml", rollHead + "memberships:\n  - {body: b, member: m, act: a, on: 21.11.2018, source: s}\n", "dossier.not-a-date", "field=on"},
		{"a partial day of learning", "a.yaml", rollHead + "bodies:\n  - {id: b, known: 2018, source: s}\n", "dossier.not-a-day", "line=5 field=known"},
		{"ended before it began", "a.yaml", rollHead + "memberships:\n  - {body: b, member: m, act: a, on: 2019, until: 2018, source: s}\n", "roll.fact-ends-before-it-begins", "from=2019"},
		{"a word that no question knows", "a.yaml", rollHead + "tenures:\n  - {office: o, holder: h, sort: actin, source: s}\n", "roll.fact-word", "word=actin"},
		{"a number that is none", "a.yaml", rollHead + "meetings:\n  - {series: x, ordinal: six, source: s}\n", "dossier.not-a-number", "text=six"},
		{"no list", "a.yaml", rollHead + "bodies: yes\n", "dossier.not-a-list", "line=4"},
		{"a list for a text", "a.yaml", rollHead + "bodies:\n  - {id: [a, b], source: s}\n", "dossier.not-text", "field=id"},
		{"neither true nor false", "a.yaml", rollHead + "rules:\n  - {body: b, name: n, provision: p, default: maybe, gives: [{status: full, acts: [a]}], source: s}\n", "dossier.not-true-or-false", "text=maybe"},
		{"a key twice", "a.yaml", rollHead + "bodies:\n  - {id: a, key: k, source: s}\n  - {id: b, key: k, source: s}\n", "dossier.twice", "line=6 what=k before=a.yaml:5"},
		{"a field twice", "a.yaml", rollHead + "bodies:\n  - {id: a, id: b, source: s}\n", "dossier.twice", "line=5 what=id"},
		{"a fact that isn't there", "a.yaml", rollHead + "bodies:\n  - {id: a, key: one, source: s}\nwithdrawals:\n  - {fact: onee, about: a, reason: r, source: s}\n", "dossier.unknown-fact", "text=onee nearest=one"},
		{"anchors", "a.yaml", rollHead + "bodies:\n  - &b {id: a, source: s}\n", "dossier.yaml-not-plain", "line=5"},
		{"broken YAML", "a.yaml", rollHead + "bodies:\n  - {id: a, source: s\n", "dossier.yaml-syntax", "file=a.yaml"},
		{"two documents", "a.yaml", rollHead + "---\nbodies: []\n", "dossier.yaml-two-documents", "file=a.yaml"},
		{"too deep", "a.yaml", "a: " + strings.Repeat("[", 200), "dossier.yaml-too-large", "file=a.yaml"},
		{"too deep by hyphens", "a.yaml", "a:\n" + strings.Repeat("- ", 5000) + "x", "dossier.yaml-too-large", "line=2"},
		{"tags", "a.yaml", "a: " + strings.Repeat("!a ", 5000) + "x", "dossier.yaml-not-plain", "line=1"},
		{"a question mark for a key", "a.yaml", strings.Repeat("? ", 5000) + "x", "dossier.yaml-not-plain", "line=1"},
		{"nothing", "a.yaml", "# nothing\n", "dossier.empty", "file=a.yaml"},
		{"a head alone", "a.yaml", rollHead, "dossier.no-facts", ""},
		{"an unknown header", "a.csv", "who,what\na,b\n", "dossier.csv-header-unknown", "known=memberships: organisation,state"},
		{"a column twice", "a.csv", "body,member,act,on,source,source\n", "dossier.csv-header-unknown", ""},
		{"a field too few", "a.csv", "body,member,act,on,source\nb,m,a,2005\n", "dossier.csv-fields", "line=2 fields=4 columns=5"},
		{"a quotation mark alone", "a.csv", "body,member,act,on,source\nb,m,a,2005,\"x\" y\n", "dossier.csv-syntax", "line=2"},
		{"no such state", "a.csv", "organisation,state,status,from,to,source,confidence,note\nCIS,AM,member,1994,,x,seen,\nCIS,XX,member,1994,,x,seen,\n", "dossier.unknown-state", "line=3 text=XX"},
		{"a code that ISO gave twice", "a.csv", "organisation,state,status,from,to,source,confidence,note\nUN,CS,member,1945,,x,seen,\n", "dossier.unknown-state", "text=CS"},
		{"a year that is none", "a.csv", "igo,cow_ccode,cow_abb,status,first_year,last_year,open_at_end_of_data\nX,2,USA,full,85,2014,1\n", "dossier.not-a-date", "line=2 field=first_year"},
		{"neither 1 nor 0", "a.csv", "igo,cow_ccode,cow_abb,status,first_year,last_year,open_at_end_of_data\nX,2,USA,full,1985,2014,y\n", "dossier.not-one-or-zero", "text=y"},
		{"another JSON", "a.json", "{\n\"people\": []}", "dossier.json-unknown", "line=2"},
		{"no file of facts", "a.txt", "hello", "dossier.empty-folder", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := dossier.ReadRoll(folder(c.file, c.text), today)
			if fault.Code(err) != c.code {
				t.Fatalf("%v, want %s", err, c.code)
			}
			if len(b.Facts) > 0 {
				t.Errorf("%d facts were taken in all the same", len(b.Facts))
			}
			told := strings.ReplaceAll(err.Error(), `"`, "")
			for want := range strings.FieldsSeq(c.values) {
				if !strings.Contains(told, want) {
					t.Errorf("%s says no %s", told, want)
				}
			}
		})
	}
}

func TestAllThatIsWrongIsToldAtOnceAndNotWithoutEnd(t *testing.T) {
	_, err := dossier.ReadRoll(folder("a.yaml", rollHead+"bodies:\n"+strings.Repeat("  - {id: B}\n", 100)), today)
	problems, ok := errors.AsType[dossier.Problems](err)
	if !ok || len(problems) != 51 || fault.Code(problems[50]) != "dossier.more-problems" {
		t.Errorf("%d problems, the last %v", len(problems), problems[len(problems)-1])
	}
}

func TestTheDayOfLearningComesFromTheNearestThatGivesOne(t *testing.T) {
	text := "bodies:\n  - {id: a, known: 2019-01-01, source: {name: S}}\n  - {id: b, source: {name: S}}\n"
	for _, c := range []struct{ name, rollHead, a, b string }{
		{"no head", "", "2019-01-01", "2026-11-26"},
		{"a head without a day", "dossier: d\ntitle: D\n", "2019-01-01", "2026-11-26"},
		{"a head with one", "dossier: d\ntitle: D\nknown: 2020-02-02\n", "2019-01-01", "2020-02-02"},
	} {
		b, err := dossier.ReadRoll(folder("a.yaml", c.rollHead+text), today)
		if err != nil {
			t.Fatal(err)
		}
		if b.Facts[0].Known.String() != c.a || b.Facts[1].Known.String() != c.b {
			t.Errorf("%s: %s and %s, want %s and %s", c.name, b.Facts[0].Known, b.Facts[1].Known, c.a, c.b)
		}
	}
}

func TestTextsAreTakenAsTheyAreWritten(t *testing.T) {
	b, err := dossier.ReadRoll(folder("a.yaml", "bodies:\n  - {id: no, name: 007, from: 2005, source: {name: yes}, note: ~}\n  - id: two\n    source: {name: S}\n    note: >\n      in two\n      lines\n"), today)
	if err != nil {
		t.Fatal(err)
	}
	f := b.Facts[0]
	if f.Thing.ID != "no" || f.Thing.Names[0].Text != "007" || f.Thing.From.String() != "2005" || f.Source.Name != "yes" || f.Note != "~" {
		t.Errorf("%+v %+v", f, f.Thing)
	}
	if b.Facts[1].Note != "in two lines" {
		t.Errorf("note %q", b.Facts[1].Note)
	}
}

func TestSourcesMayStandInAnotherFile(t *testing.T) {
	b, err := dossier.ReadRoll(folder("a.yaml", "bodies:\n  - {id: b, source: s}\n", "dossier.yaml", rollHead), today)
	if err != nil || len(b.Facts) != 1 || b.Facts[0].Source.Name != "S" || b.ID != "d" {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestWhatAPersonNamesIsOpened(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := write("one/dossier.yaml", rollHead+"bodies: [{id: a, source: s}]\n")
	two := write("two.csv", "body,member,act,on,source\na,m,member,2005,S\n")
	for _, c := range []struct {
		name  string
		named []string
		id    string
		facts int
		code  string
	}{
		{"a folder", []string{filepath.Dir(one)}, "d", 1, ""},
		{"a file", []string{two}, "two", 1, ""},
		{"two files in one bundle", []string{one, two}, "d", 2, ""},
		{"what isn't there", []string{filepath.Join(dir, "three")}, "", 0, "dossier.not-found"},
		{"nothing", nil, "", 0, "dossier.none-named"},
	} {
		b, err := dossier.OpenRoll(today, c.named...)
		if fault.Code(err) != c.code || b.ID != c.id || len(b.Facts) != c.facts {
			t.Errorf("%s: %s with %d facts, %v", c.name, b.ID, len(b.Facts), err)
		}
	}
}
