package rulebook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// answer reads one answer of the category home, and gives its canonical text.
func answer(t *testing.T, e *rulebook.Edition, field, text string) (string, error) {
	t.Helper()
	read, err := e.Read("home", map[string]string{field: text})
	return read[field].Text(), err
}

func TestANameIsKeptAsItIs(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for _, c := range []struct{ given, kept string }{
		{"Шевченко Олена Іванівна", "Шевченко Олена Іванівна"},
		{"  Шевченко   Олена ", "Шевченко Олена"},
		{"Suharto", "Suharto"}, // one name is a name
		{"أحمد بن محمد", "أحمد بن محمد"},
		{
			"Шевченко Олена\nformer: Коваль Олена\nlatin: Olena Shevchenko\nformer: Мельник Олена\npatronymic: Іванівна",
			"Шевченко Олена\nlatin: Olena Shevchenko\npatronymic: Іванівна\nformer: Коваль Олена\nformer: Мельник Олена",
		},
		{"latin: Olena Shevchenko", ""},           // without the name in the document
		{"Олена\nlatin: Olena\nlatin: Helen", ""}, // two spellings
		{"Олена\nlatin:", ""},
		{"Олена\nlatin: Olena\nШевченко", ""}, // a line without a key behind one that has it
		{"\x1b[2J", ""},
		{strings.Repeat("я", 301), ""},
	} {
		kept, err := answer(t, e, "full_name", c.given)
		if kept != c.kept || (err == nil) != (c.kept != "") {
			t.Errorf("%q is kept as %q, %v; want %q", c.given, kept, err, c.kept)
		}
	}
	read, err := e.Read("home", map[string]string{"full_name": "Шевченко Олена\nlatin: Olena Shevchenko\nformer: Коваль Олена"})
	if err != nil {
		t.Fatal(err)
	}
	n := read["full_name"].Name()
	if n.Full != "Шевченко Олена" || n.Latin != "Olena Shevchenko" || n.Patronymic != "" || !slices.Equal(n.Former, []string{"Коваль Олена"}) {
		t.Errorf("the parts are %+v", n)
	}
}

func TestAnAddressMayBeWordsAPlaceOrBoth(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for _, c := range []struct{ field, given, kept string }{
		{"home", "вул. Миру, 5, кв. 12", "вул. Миру, 5, кв. 12"},
		{"home", "вул. Миру, 5\nкв. 12", "вул. Миру, 5, кв. 12"},
		{"home", "place: UA80000000000093317", "place: UA80000000000093317"},
		{
			"home", "Myru 5\nat: 48.5942 38.0006\ngone: yes\nold-street: Lenina\nplace: UA14020010010033757",
			"Myru 5\nplace: UA14020010010033757\nold-street: Lenina\ngone: yes\nat: 48.5942 38.0006",
		},
		{"home", "Myru 5\ngone: no", ""},
		{"home", "gone: yes", ""}, // nothing says where
		{"home", "Myru 5\nat: 91 0", ""},
		{"home", "Myru 5\nat: 48.59", ""},
		{"home", "Myru 5\nplace: ua80", ""},
	} {
		kept, err := answer(t, e, c.field, c.given)
		if kept != c.kept || (err == nil) != (c.kept != "") {
			t.Errorf("%q is kept as %q, %v; want %q", c.given, kept, err, c.kept)
		}
	}
	if _, err := e.Read("left", map[string]string{"away": "Berlin\nplace: DE-BE"}); fault.Code(err) != "rulebook.answer-invalid" {
		t.Errorf("a field without a list of places takes a code: %v", err)
	}
}

func TestWhatIsKnownOfADateIsAnAnswer(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for given, kept := range map[string]string{
		"2022-03-14": "2022-03-14", "2022-03": "2022-03", "2022": "2022", "about 2022-03": "about 2022-03",
		"2022-03/2022-05": "2022-03/2022-05", "before 2022": "", "unknown": "", "March": "", "2022-13": "", "2022-03-14/16": "2022-03-14/16", "2022-11-17/1-18": "",
		rulebook.UnsureText: rulebook.UnsureText, rulebook.DeclinedText: "",
	} {
		got, err := answer(t, e, "happened", given)
		if got != kept || (err == nil) != (kept != "") {
			t.Errorf("%q is kept as %q, %v; want %q", given, got, err, kept)
		}
	}
	read, err := e.Read("home", map[string]string{"happened": "about 2022-03"})
	if err != nil {
		t.Fatal(err)
	}
	if w := read["happened"].When(); w.First() != day.Must(2022, 2, 1) || w.Last() != day.Must(2022, 4, 30) {
		t.Errorf("about March is %s to %s", w.First(), w.Last())
	}
}

// A rule reads the ends of a date that isn't known to the day, and gives the
// claimant the benefit of what can't be told.
func TestARuleReadsTheEndsOfAPartialDate(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for happened, want := range map[string]rulebook.FindingOutcome{
		"2022-02-24": rulebook.Record, "2022-02-23": rulebook.Refuse, "2022-02": rulebook.Record, "2022-01": rulebook.Refuse,
		"about 2022-01": rulebook.Record, "2022": rulebook.Record, "2021": rulebook.Refuse, rulebook.UnsureText: rulebook.Record,
	} {
		c := rulebook.Case{Category: "home", Claimant: "individual", Received: day.Must(2025, 6, 1)}
		var err error
		if c.Answers, err = e.Read("home", map[string]string{"full_name": "Олена", "home": "Бахмут", "happened": happened}); err != nil {
			t.Fatal(err)
		}
		if f, err := e.Assess(c); f.Outcome != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", happened, f.Outcome, err, want)
		}
	}
}

// "I don't know" is an answer: it isn't missing, and no rule reckons with it.
func TestWhoDoesNotKnowHasAnswered(t *testing.T) {
	e := fromFile(t, "form.yaml")
	read := func(raw map[string]string) rulebook.Case {
		answers, err := e.Read("home", raw)
		if err != nil {
			t.Fatal(err)
		}
		return rulebook.Case{Category: "home", Claimant: "individual", Received: day.Must(2025, 6, 1), Answers: answers}
	}
	c := read(map[string]string{"full_name": "Олена", "former_country": rulebook.DeclinedText, "home": "Бахмут", "happened": rulebook.UnsureText, "cost": rulebook.UnsureText})
	if f, err := e.Assess(c); err != nil || len(f.Missing) > 0 {
		t.Errorf("missing %v, %v", f.Missing, err)
	}
	if missing := e.Missing("home", c.Answers); slices.Contains(missing, "happened") || slices.Contains(missing, "former_country") {
		t.Errorf("answered, and missing: %v", missing)
	}
	if asked, err := e.Asked(c); err != nil || !slices.Contains(asked, "why_unsure") || slices.Contains(asked, "reckoned") {
		t.Errorf("asked %v, %v", asked, err)
	}
	if v := c.Answers["happened"]; !v.Unsure() || v.Declined() || !v.When().IsZero() || v.Type() != rulebook.PartialDate {
		t.Errorf("the answer is %+v", v)
	}
	if v := c.Answers["cost"]; !v.Amount().IsZero() || v.Text() != rulebook.UnsureText {
		t.Errorf("an amount that nobody knows is %s", v.Text())
	}
	// a field that doesn't take it keeps the words as they are
	if text, err := answer(t, e, "why_unsure", rulebook.UnsureText); text != rulebook.UnsureText || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := answer(t, e, "full_name", rulebook.UnsureText+"\nlatin: x"); err != nil {
		t.Error(err)
	}
}

func TestWhoStatesAnAmountSaysHowItWasWorkedOut(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for _, test := range []struct{ cost, reckoned, lacks string }{
		{"", "", ""},
		{"1000.00", "", "answer:reckoned"},
		{"1000.00", "Five rows of bricks", ""},
		{rulebook.UnsureText, "", ""},
	} {
		answers, err := e.Read("home", map[string]string{"full_name": "Олена", "home": "Бахмут", "happened": "2022", "cost": test.cost, "reckoned": test.reckoned})
		if err != nil {
			t.Fatal(err)
		}
		c := rulebook.Case{Category: "home", Claimant: "individual", Received: day.Must(2025, 6, 1), Answers: answers}
		f, err := e.Assess(c)
		if strings.Join(f.Missing, " ") != test.lacks || err != nil {
			t.Errorf("%q, %q: lacks %v, %v; want %s", test.cost, test.reckoned, f.Missing, err, test.lacks)
		}
	}
}

func TestAFormIsAListOfTasks(t *testing.T) {
	e := fromFile(t, "form.yaml")
	said := func(raw map[string]string) string {
		answers, err := e.Read("home", raw)
		if err != nil {
			t.Fatal(err)
		}
		tasks, err := e.Tasks(rulebook.Case{Category: "home", Claimant: "individual", Answers: answers})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for i := range tasks {
			task := &tasks[i]
			all = append(all, fmt.Sprintf("%s %v open %v given %d done %v", task.Section.Title.In("en"), e.Pages(task.Asked), task.Open, task.Given, task.Done()))
		}
		return strings.Join(all, "; ")
	}
	want := "About you [[full_name former_country]] open [full_name] given 0 done false; Your home [[home]] open [home] given 0 done false; " +
		"What was lost [[happened] [cost]] open [happened] given 0 done false; Proof [] open [] given 0 done true"
	if got := said(nil); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "About you [[full_name former_country]] open [] given 1 done true; Your home [[home]] open [home] given 0 done false; " +
		"What was lost [[happened] [cost] [reckoned]] open [reckoned] given 2 done false; Proof [] open [] given 0 done true"
	if got := said(map[string]string{"full_name": "Олена", "happened": "2022", "cost": "5"}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnswersThatAreSharedAreGivenOnce(t *testing.T) {
	e := fromFile(t, "form.yaml")
	filled := func(person, event, category string, raw map[string]string) rulebook.Drafted {
		answers, err := e.Read(category, raw)
		if err != nil {
			t.Fatal(err)
		}
		return rulebook.Drafted{Person: person, Event: event, Category: category, Answers: answers}
	}
	first := filled("1", "home-hit", "home", map[string]string{
		"full_name": "Олена", "former_country": "Україна", "home": "Бахмут", "happened": "2022-03", "cost": "5", "reckoned": "so",
	})
	for _, c := range []struct {
		to   rulebook.Drafted
		want string
	}{
		{filled("1", "home-hit", "things", nil), "full_name=Олена happened=2022-03 home=Бахмут"}, // the cost is each claim's own
		{filled("1", "had-to-leave", "left", nil), "full_name=Олена home=Бахмут"},
		{filled("2", "home-hit", "home", nil), "happened=2022-03 home=Бахмут"},
		{filled("2", "", "left", map[string]string{"home": "Краматорськ"}), ""},
		{rulebook.Drafted{Person: "1", Category: "no-such"}, ""},
	} {
		var got []string
		for id, carried := range e.Carry(c.to, []rulebook.Drafted{first}) {
			got = append(got, id+"="+carried.Value.Text())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s takes over %v; want %s", c.to.Person, c.to.Category, got, c.want)
		}
	}
}

// The schema refuses what Read refuses, as far as a form can say it.
func TestTheSchemaSaysWhichAnswersAreNone(t *testing.T) {
	e := fromFile(t, "form.yaml")
	schema, err := e.AnswersSchema("home", "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"enum": [
            "~unsure"
          ]`, `"maxLength": 1200`, `(about )?`} {
		if !strings.Contains(string(schema), want) {
			t.Errorf("%s doesn't stand in %s", want, schema)
		}
	}
}

// What is kept is read again to the same, whatever somebody typed.
func TestCanonicalTextsAreReadAgainToTheSame(t *testing.T) {
	e := fromFile(t, "form.yaml")
	lines := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{"latin: ", "former: ", "place: UA80", "gone: yes", "at: 1 2", "old-street:", ":", "~unsure", "\t", "place:UA1"}),
		rapid.StringN(0, 20, 40),
	), 0, 6)
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(lines.Draw(r, "lines"), "\n")
		for _, field := range []string{"full_name", "home", "happened"} {
			read, err := e.Read("home", map[string]string{field: text})
			if err != nil || len(read) == 0 {
				continue
			}
			again, err := e.Read("home", map[string]string{field: read[field].Text()})
			if err != nil || again[field] != read[field] {
				r.Fatalf("%s: %q is kept as %q, which is read as %q, %v", field, text, read[field].Text(), again[field].Text(), err)
			}
		}
	})
}
