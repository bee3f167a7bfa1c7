package sheet

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fault"
)

// The example that --help shows is a map, and says what it seems to say.
func TestTheExampleIsAMap(t *testing.T) {
	m, err := ParseMap("example.yaml", []byte(MapExample))
	if err != nil {
		t.Fatal(err)
	}
	fields := []FieldSpec{
		{ID: "incident-date", Type: "date"},
		{ID: "incident-time", Type: "time"},
		{ID: "amount-claimed", Type: "amount"},
		{ID: "place", Type: "text"},
	}
	if err := m.Check(fields, harbourCategories); err != nil {
		t.Fatal(err)
	}
	file := `Claim Number,Date Received,Claim Type,Incident Date,Claim Amount,Airport Code,Status,Disposition,Close Amount,Close Date
2007,2007-01-01,Personal Injury,03-NOV-0206 14:30,"3,000,000,000,000",?,Denied,Deny,-,N/A
`
	r, err := From(t.Context(), "claims.csv", strings.NewReader(file), m, fields)
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	want := map[string]string{"incident-date": "0206-11-03", "incident-time": "14:30", "amount-claimed": "3000000000000.00 USD"}
	if err != nil || !reflect.DeepEqual(row.Answers, want) || row.Category != "personal-injury" || row.AwardStated || !row.DecidedOn.IsZero() {
		t.Errorf("%+v %v", row, err)
	}
	for _, name := range Encodings {
		if !strings.Contains(MapExample, name) {
			t.Errorf("the example does not name the encoding %s", name)
		}
	}
	for key := range (&mapReader{m: &Map{}}).top() {
		if !strings.Contains(MapExample, "\n"+key+":") {
			t.Errorf("the example does not show %s", key)
		}
	}
}

// What is wrong with the text of a map, where, and what is proposed instead.
func TestMapsThatCantBeRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "sheet.map-empty"},
		{"# nothing\n", "sheet.map-empty"},
		{"source: a\nnumber: {colum: No}\n", "sheet.map-unknown-key 2:10 number.colum -> column"},
		{"sourc: a\n", "sheet.map-unknown-key 1:1 sourc -> source"},
		{"source: a\nfields:\n  what:\n    Column: What\n", "sheet.map-unknown-key 4:5 fields.what.Column -> column"},
		{"source: a\nsource: b\n", "sheet.map-key-twice 2:1 source"},
		{"category:\n  values:\n    A: x\n    A: y\n", "sheet.map-key-twice 4:5 category.values.A"},
		{"number: No\n", "sheet.map-not-keys 1:9 number"},
		{"- number\n", "sheet.map-not-keys 1:1 "},
		{"source: [a]\n", "sheet.map-not-text 1:9 source"},
		{"source: &a b\nencoding: *a\n", "sheet.map-not-text 1:9 source; sheet.map-not-text 2:11 encoding"},
		{"number: {<<: {column: No}}\n", "sheet.map-not-plain 1:10 number"},
		{"source: a\n---\nsource: b\n", "sheet.map-two-documents 3:7 "},
		{"source: \"a\n", "sheet.map-syntax 1:9 "},
		{"source: a\n\tencoding: b\n", "sheet.map-syntax 2:1 "},
		{strings.Repeat("[", 1<<16), "sheet.map-too-large"},
		{strings.Repeat("# much\n", 1<<16), "sheet.map-too-large"},
	} {
		_, err := ParseMap("map.yaml", []byte(c.text))
		if got := problemsOf(err); got != c.want {
			t.Errorf("%.40q:\n%s, not\n%s", c.text, got, c.want)
		}
	}
}

// problemsOf is every problem's code, place, path and proposal.
func problemsOf(err error) string {
	var all []string
	problems, _ := errors.AsType[Problems](err)
	for _, p := range problems {
		f, ok := errors.AsType[*fault.Fault](p)
		if !ok {
			all = append(all, "no fault: "+p.Error())
			continue
		}
		v := map[string]string{}
		for _, value := range f.Values {
			v[value.Name] = value.Text
		}
		s := f.Code
		if v["line"] != "" {
			s += fmt.Sprintf(" %s:%s %s", v["line"], v["column"], v["path"])
		}
		if v["nearest"] != "" {
			s += " -> " + v["nearest"]
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

// Every text is what the clerk wrote, whatever YAML makes of it elsewhere.
func TestTextsAreTakenAsWritten(t *testing.T) {
	m, err := ParseMap("map.yaml", []byte(`
source: 007
unanswered: [~, null, no, -, 0, 1.50, 'it''s', "a\tb"]
number: {column: 2007}
category:
  column: on
  values: {01: property-loss, yes: x, "": y, 1.0: z, ~: w, 2007-01-01: v, true: TRUE}
outcome: Status
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Map{
		Source: "007", Unanswered: []string{"~", "null", "no", "-", "0", "1.50", "it's", "a\tb"},
		Number:  Feed{Column: "2007"},
		Outcome: []string{"Status"},
		Category: Feed{Column: "on", Values: map[string]string{
			"01": "property-loss", "yes": "x", "": "y", "1.0": "z", "~": "w", "2007-01-01": "v", "true": "TRUE",
		}},
	}
	if got := said(m); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// said is what a map says, without where it says it.
func said(m *Map) Map {
	c := *m
	c.file, c.at, c.remarks, c.order = "", nil, nil, nil
	return c
}

// What is wrong with a map for a form, all of it at once and in its place.
func TestMapsThatDoNotFit(t *testing.T) {
	const good = `source: harbour
number: {column: No}
received: {column: Received}
category: {column: Kind, values: {Loss: property-loss}}
claimant: {value: individual}
`
	for _, c := range []struct{ text, want string }{
		{good, ""},
		{"source: Harbour Office\n", "sheet.map-source 1:1 source; sheet.map-no-column 0:0 number; sheet.map-no-column 0:0 received; " +
			"sheet.map-no-column 0:0 category; sheet.map-no-column 0:0 claimant"},
		{good + "encoding: latin1\n", "sheet.map-encoding 6:1 encoding"},
		{good + "delimiter: '#'\n", "sheet.map-delimiter 6:1 delimiter"},
		{good + "outcome: [A, A]\n", "sheet.map-outcome 6:1 outcome"},
		{good + "fields: {wat: {column: What}}\n", "sheet.map-field-unknown 6:10 fields.wat -> what"},
		{good + "fields: {zzzzzz: {column: What}}\n", "sheet.map-field-unknown 6:10 fields.zzzzzz"},
		{strings.Replace(good, "property-loss", "property-los", 1), "sheet.map-category-unknown 4:35 category.values.Loss -> property-loss"},
		{strings.Replace(good, "property-loss", `""`, 1), "sheet.map-code-missing 4:35 category.values.Loss"},
		{strings.Replace(good, "individual", "person", 1), "sheet.map-claimant-unknown 5:12 claimant.value"},
		{good + "fields: {place: {column: P, values: {Kai: quai}}}\n", "sheet.map-option-unknown 6:38 fields.place.values.Kai -> quay"},
		{good + "fields: {insured: {column: I, values: {ja: yes}}}\n", "sheet.map-option-unknown 6:40 fields.insured.values.ja"},
		{good + "fields: {insured: {value: 'true'}}\n", ""},
		{good + "fields: {when: {value: 2007-01-01}}\n", "sheet.map-value 6:17 fields.when.value"},
		{good + "fields: {what: {column: W, value: w}}\n", "sheet.map-value 6:28 fields.what.value"},
		{
			good + "fields: {what: {column: W, currency: USD, formats: [YYYY-MM-DD]}}\n",
			"sheet.map-not-for-type 6:28 fields.what.currency; sheet.map-not-for-type 6:43 fields.what.formats",
		},
		{good + "fields: {when: {column: W, part: time}}\n", "sheet.map-not-for-type 6:28 fields.when.part"},
		{good + "fields: {when: {column: W, formats: [DD.MM.YY]}}\n", "sheet.map-format 6:28 fields.when.formats"},
		{good + "fields: {when: {column: W, formats: ['HH:MM']}}\n", "sheet.map-format-tells-no-date 6:28 fields.when.formats"},
		{good + "fields: {hour: {column: W, formats: [YYYY-MM-DD]}}\n", "sheet.map-format-tells-no-time 6:28 fields.hour.formats"},
		{good + "fields: {hour: {column: W, formats: [YYYY-MM-DD], part: time}}\n", ""},
		{good + "fields: {when: {column: W, formats: [DD/MM/YYYY, MM/DD/YYYY]}}\n", "sheet.map-formats-contradict 6:28 fields.when.formats"},
		{good + "fields: {amount: {column: A}}\n", "sheet.map-currency-missing 6:10 fields.amount"},
		{good + "fields: {amount: {column: A, currency: XYZ}}\n", "sheet.map-currency 6:30 fields.amount.currency"},
		{good + "fields: {amount: {column: A, currency_column: C}}\n", ""},
		{good + "fields: {amount: {column: A, currency: USD, decimal: komma}}\n", "sheet.map-decimal 6:45 fields.amount.decimal"},
		{good + "fields: {amount: {column: A, currency: USD, decimal: space}}\n", "sheet.map-decimal 6:45 fields.amount.decimal"},
		{good + "fields: {amount: {column: A, currency: USD, thousands: dot}}\n", "sheet.map-thousands 6:45 fields.amount.thousands"},
		{good + "fields: {amount: {column: A, currency: USD, thousands: point}}\n", "sheet.map-thousands 6:45 fields.amount.thousands"},
		{good + "fields: {pieces: {column: A, thousands: point}}\n", ""},
		{good + "award: {column: A}\n", "sheet.map-currency-missing 6:1 award"},
		{good + "decided_on: {column: A, formats: [YYYY]}\n", "sheet.map-format 6:25 decided_on.formats"},
	} {
		m, err := ParseMap("map.yaml", []byte(c.text))
		if err != nil {
			t.Errorf("%s\n%v", c.text, err)
			continue
		}
		if got := problemsOf(m.Check(harbourFields, harbourCategories)); got != c.want {
			t.Errorf("%s\n%s, not\n%s", c.text, got, c.want)
		}
	}
	m, _ := ParseMap("map.yaml", []byte(good+"fields: {amount: {column: A, currency: EUR}}\n"))
	form := []FieldSpec{{ID: "amount", Type: "amount", Currency: "USD"}}
	if got := problemsOf(m.Check(form, harbourCategories)); got != "sheet.map-currency-differs 6:30 fields.amount.currency" {
		t.Error(got)
	}
}

// A map that is written is the map that is read.
func TestMapsComeBack(t *testing.T) {
	text := rapid.OneOf(rapid.StringN(1, 12, 40), rapid.SampledFrom([]string{"No", "null", "~", "- a", "a: b", "#", "'", `"`, "\n", "Straße", "x ", " y", "1", "Yes", "é"})).
		Filter(func(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, '\ufeff') })
	texts := rapid.SliceOfN(text, 1, 3)
	feed := rapid.Custom(func(t *rapid.T) Feed {
		f := Feed{Column: text.Draw(t, "column")}
		if rapid.Bool().Draw(t, "more") {
			f = Feed{
				Value: text.Draw(t, "value"), Formats: texts.Draw(t, "formats"), Part: "time", Decimal: "comma", Thousands: "space",
				Currency: "USD", CurrencyColumn: text.Draw(t, "currency"), Unanswered: texts.Draw(t, "unanswered"),
				Values: rapid.MapOfN(rapid.OneOf(text, rapid.Just("")), text, 1, 3).Draw(t, "values"),
			}
		}
		return f
	})
	rapid.Check(t, func(t *rapid.T) {
		m := &Map{
			Source: text.Draw(t, "source"), Encoding: "windows-1252", Delimiter: rapid.SampledFrom([]string{";", "tab", "\t"}).Draw(t, "delimiter"),
			Unanswered: texts.Draw(t, "unanswered"), Number: feed.Draw(t, "number"), Received: feed.Draw(t, "received"),
			Category: feed.Draw(t, "category"), Claimant: feed.Draw(t, "claimant"), Outcome: texts.Draw(t, "outcome"),
			Fields: rapid.MapOfN(text, feed, 1, 3).Draw(t, "fields"),
		}
		if rapid.Bool().Draw(t, "decided") {
			f := feed.Draw(t, "award")
			m.Award, m.DecidedOn = &f, &f
		}
		again, err := ParseMap("map.yaml", []byte(m.YAML(nil)))
		if err != nil {
			t.Fatalf("%v in\n%s", err, m.YAML(nil))
		}
		if !reflect.DeepEqual(said(again), said(m)) {
			t.Fatalf("%+v\nis read from\n%s\nand was\n%+v", said(again), m.YAML(nil), said(m))
		}
	})
}

func TestNearestNames(t *testing.T) {
	columns := []string{"Claim Number", "Date Received", "Incident Date", "Claim Amount", "Close Amount", "Item"}
	for name, want := range map[string]string{
		"claim number":  "Claim Number",
		"Claim No":      "Claim Number",
		"Date Recieved": "Date Received",
		"IncidentDate":  "Incident Date",
		"Items":         "Item",
		"Montant":       "Claim Amount",
		"Betrag":        "Claim Amount",
		"Zzz":           "",
	} {
		if got := nearestColumn(name, columns); got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
	}
	if got := distance("", "abc") + distance("abcd", "acbd"); got != 4 {
		t.Errorf("distances come to %d", got)
	}
	if got := shown("a\x1b[31m\nb\u202e" + strings.Repeat("é", 100)); got != "a·[31m·b·"+strings.Repeat("é", 51)+"…" {
		t.Errorf("shown as %q", got)
	}
}
