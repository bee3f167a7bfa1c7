package rulebook

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// ground is an edition with a field of each type, for expressions to read.
func ground(t testing.TB) (*compiler, scope) {
	t.Helper()
	fields := []Field{
		{ID: "name", Type: Text, Max: 100},
		{ID: "nothing", Type: Text, Max: 100},
		{ID: "incident_date", Type: Date},
		{ID: "birth_date", Type: Date},
		{ID: "at", Type: Time},
		{ID: "claimed", Type: Amount, Currency: "EUR"},
		{ID: "paid", Type: Amount, Currency: "EUR"},
		{ID: "count", Type: Integer},
		{ID: "family", Type: Boolean},
		{ID: "place", Type: Choice, Options: []Option{{ID: "north"}, {ID: "south"}}},
	}
	e := &Edition{Fields: fields, Categories: []Category{{ID: "loss"}}, Programme: Programme{
		Territory: []string{"north"}, Period: day.Span{From: day.Must(2020, 1, 1), To: day.Must(2020, 12, 31)},
	}}
	c, err := newCompiler(e.words(ofChecks), e)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"name": "Анна Example", "incident_date": "2020-01-31", "at": "09:30", "claimed": "1234.50 EUR", "count": "3",
		"family": "true", "place": "north",
	}
	answers := Answers{}
	for i := range fields {
		if text, ok := texts[fields[i].ID]; ok {
			if answers[fields[i].ID], err = fields[i].read(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c, scope{&Case{Category: "loss", Claimant: "individual", Received: day.Must(2020, 3, 1), Answers: answers}}
}

func TestConditions(t *testing.T) {
	c, s := ground(t)
	for _, test := range []struct {
		condition string
		want      string // true, false, or the error
	}{
		{`0.1 + 0.2 == 0.3`, "true"},
		{`1 / 2 == 0.5`, "true"}, // one kind of number: no division of whole numbers that drops the rest
		{`-0.1 + 0.1 == 0`, "true"},
		{`2 - 3 == -1`, "true"},
		{`9 / 3 == 3`, "true"},
		{`1.10 == 1.1`, "true"},
		{`claimed == 1234.5`, "true"},
		{`claimed > count`, "true"},
		{`claimed / 1000 == 1.2345`, "true"},
		{`claimed / count == 411.5`, "true"},
		{`10 / count > 3`, "division-inexact"},
		{`claimed / (count - 3) > 1`, "division-by-zero"},
		{`round(10.005, 2, "half-even") == 10.00`, "true"},
		{`round(10.015, 2, "half-even") == 10.02`, "true"},
		{`round(10.005, 2, "half-up") == 10.01`, "true"},
		{`round(-10.005, 2, "half-up") == -10.01`, "true"},
		{`round(10.009, 2, "down") == 10.00`, "true"},
		{`round(7, 2, "down") == 7`, "true"},
		{`divide(10, 3, 2, "half-even") == 3.33`, "true"},
		{`divide(20, 3, 2, "half-even") == 6.67`, "true"},
		{`divide(-20, 3, 2, "down") == -6.66`, "true"},
		{`divide(1, 8, 2, "half-even") == 0.12`, "true"},
		{`divide(1, 8, 2, "half-up") == 0.13`, "true"},
		{`min(claimed, 1000) == 1000 && max(1, 2, 3, 4) == 4 && min(3, 2.5, 2) == 2`, "true"},
		{`123456789012345678901234.5 * 2 > 246913578024691357802469.0`, "false"},
		{`999999999999999999 + 1 == 1000000000000000000`, "true"},
		{strings.Repeat("9999999999 * ", 7) + `1 > 0`, "number-too-large"},

		{`incident_date + period("P1M") == date("2020-02-29")`, "true"}, // a month after 31 January
		{`incident_date + period("P30D") == received`, "true"},
		{`incident_date.daysUntil(received) == 30`, "true"},
		{`received.daysUntil(incident_date) == -30`, "true"},
		{`incident_date >= programme.from && incident_date <= programme.to`, "true"},
		{`date("2022-02-24") > received`, "true"},
		{`at < time("10:00") && at != time("09:31")`, "true"},

		{`place == "north" && place in ["north", "south"] && place in programme.territory`, "true"},
		{`!(place in ["south"])`, "true"},
		{`count in [1, 2, 3.0]`, "true"},
		{`category == "loss" && claimant == "individual" && outcome == "none"`, "true"},
		{`name.startsWith("Анна") && name.endsWith("ple") && name.contains("а E")`, "true"},
		{`name.matches("^Анна [A-Z][a-z]+$") && size(name) == 12`, "true"},
		{`family ? count == 3 : count == 4`, "true"},

		{`answered(claimed) && !answered(paid) && !answered(award)`, "true"},
		{`paid > 0`, "unanswered paid"},
		{`birth_date < received`, "unanswered birth_date"},
		{`nothing == ""`, "unanswered nothing"},
		{`answered(paid) && paid > 0`, "false"},
		{`!answered(paid) || paid > 0`, "true"},
		{`answered(paid) ? paid > 0 : family`, "true"},
		{`paid > 0 || true`, "true"}, // an or is true where one side is, whatever the other
		{`paid > 0 && family`, "unanswered paid"},
	} {
		p, found := c.compile(test.condition, truthKind)
		if found != nil {
			t.Errorf("%s: %+v", test.condition, found)
			continue
		}
		holds, err := p.holds(s)
		got := fmt.Sprint(holds)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s is %s, want %s", test.condition, got, test.want)
		}
	}
}

// Whatever CEL itself would do with a float, a clock or a loop can't be said.
func TestWhatCannotBeSaid(t *testing.T) {
	c, _ := ground(t)
	for _, expression := range []string{
		`double(claimed) > 1`, `1.5e0 > 1`, `1.5e400 > 1`, `.5 > 0`, `0x10 > 1`, `5u > 1u`, `int(1) > 0`, `1 % 2 == 0`, `99999999999999999999 > 1`,
		`now() > received`, `timestamp("2020-01-01T00:00:00Z") > received`, `duration("1s") > duration("1s")`,
		`[1, 2].exists(i, i > 1)`, `{"a": 1}["a"] == 1`, `null == null`, `b"a" == b"b"`, `type(1) == int`, `dyn(1) == 1`,
		`name < "B"`, `name + name == ""`, `claimed == "1234.5"`, `incident_date > "2020-01-01"`, `incident_date - received > 1`,
		`place == "nrth"`, `name.matches(name)`, `has(name)`, `answered("name")`, `answered(name, name)`, `name.answered()`, `@number("1") == 1`,
		`"name".answered() `, `date(name) > received`, `round(claimed, 2, name) > 1`, `round(claimed, count, "down") > 1`,
		`claimed / 3 > 1`, `claimed in []`, `claimed in [1, "a"]`, `family ? 1 : "a"`, `programme.to`, `programme == 1`, `answered(programme.to)`,
		``, `(`, `)`, `true &&`, `"`, `claimed >`, `// nothing`, `true; true`, "true\x00",
	} {
		if p, found := c.compile(expression, truthKind); p != nil || len(found) == 0 {
			t.Errorf("%s was compiled", expression)
		}
	}
}

func TestOneProgramRunsManyTimesAtOnce(t *testing.T) {
	c, s := ground(t)
	p, found := c.compile(`name.matches("^Анна") && claimed / 2 == 617.25 && place in ["north", "south"]`, truthKind)
	if found != nil {
		t.Fatal(found)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 500 {
				if ok, err := p.holds(s); !ok || err != nil {
					t.Error(ok, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestWhatAnExpressionReads(t *testing.T) {
	c, _ := ground(t)
	p, found := c.compile(`claimed > 1 && answered(paid) && incident_date >= programme.from && category == "loss"`, truthKind)
	if found != nil {
		t.Fatal(found)
	}
	if got, want := fmt.Sprint(p.reads), "[category claimed incident_date paid]"; got != want {
		t.Errorf("reads %s, want %s", got, want)
	}
}

func TestAmountOfANumber(t *testing.T) {
	for _, test := range []struct {
		number   string
		currency money.Currency
		want     string
	}{
		{"12.5", "EUR", "12.50 EUR"},
		{"12.50000", "EUR", "12.50 EUR"},
		{"-0.01", "EUR", "-0.01 EUR"},
		{"0", "EUR", "0.00 EUR"},
		{"12.505", "EUR", ""},
		{"12.5", "JPY", ""},
		{"12", "JPY", "12 JPY"},
		{"1.234", "KWD", "1.234 KWD"},
		{"92233720368547758.07", "EUR", "92233720368547758.07 EUR"},
		{"92233720368547758.08", "EUR", ""},
		{"1" + strings.Repeat("0", 40), "EUR", ""},
	} {
		d, ok := parseDecimal(test.number)
		if !ok {
			t.Fatalf("%s isn't read", test.number)
		}
		a, ok := d.amount(test.currency)
		if got := a.String(); got != test.want || ok != (test.want != "") {
			t.Errorf("%s in %s is %q, want %q", test.number, test.currency, got, test.want)
		}
	}
}
