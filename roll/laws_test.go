package roll_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// The laws of the roll over made-up records: few bodies, members and sources,
// so that facts meet, differ, are preferred and withdrawn.

func drawDate(t *rapid.T, label string) day.Date {
	return day.Must(rapid.IntRange(1990, 1999).Draw(t, label+" year"), rapid.IntRange(1, 12).Draw(t, label+" month"), rapid.IntRange(1, 28).Draw(t, label+" day"))
}

func drawWhen(t *rapid.T, label string) day.When {
	d := drawDate(t, label)
	switch rapid.IntRange(0, 6).Draw(t, label+" precision") {
	case 0:
		return day.When{}
	case 1:
		return when(fmt.Sprintf("%04d", d.Year()))
	case 2:
		return when(fmt.Sprintf("%04d-%02d", d.Year(), d.Month()))
	case 3:
		return when("before " + d.String())
	case 4:
		return when(d.String() + "/" + d.AddDays(20).String())
	}
	return day.On(d)
}

func drawUntil(t *rapid.T) roll.Until {
	switch rapid.IntRange(0, 3).Draw(t, "until") {
	case 0:
		return roll.Until{}
	case 1:
		return roll.Until{Told: drawDate(t, "told")}
	}
	return roll.Until{Ended: true, To: drawWhen(t, "to")}
}

var lawActs = []string{"member", "associate", "observer", "suspended", "signatory", "recall", "participation_frozen", "withdrawal_notified", "unheard_of"}

func drawFact(t *rapid.T, before []roll.Fact) roll.Fact {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	f := says(pick("source", "a", "b", "c"))
	f.Known = day.Must(2000, 1, 1+5*rapid.IntRange(0, 3).Draw(t, "known")) // few days: facts tie
	f.Doubt = pick("doubt", "", "", "not confirmed")
	kind := rapid.IntRange(0, 13).Draw(t, "kind")
	if len(before) == 0 {
		kind = 0
	}
	switch kind {
	case 7:
		f.Tenure = &roll.Tenure{Office: "office", Holder: roll.ID(pick("holder", "p", "q")), Sort: pick("sort", "full", "acting"), From: drawWhen(t, "from"), Until: drawUntil(t)}
	case 8:
		f.Meeting = &roll.Meeting{Series: "series", Ordinal: rapid.IntRange(1, 3).Draw(t, "ordinal"), On: drawWhen(t, "on"), Place: pick("place", "", "Moscow", "Minsk")}
	case 9, 12, 13:
		f.Attendance = &roll.Attendance{Series: "series", Ordinal: rapid.IntRange(1, 2).Draw(t, "ordinal"), Person: roll.ID(pick("person", "p", "q")), For: roll.ID(pick("for", "x", "y")), Office: "office", Title: pick("title", "head", "acting head"), Presence: pick("presence", "present", "absent")}
	case 10:
		winner, loser := rapid.SampledFrom(before).Draw(t, "winner"), rapid.SampledFrom(before).Draw(t, "loser")
		f.Preference = &roll.Preference{About: winner.Subject(), Preferred: winner.ID(), Over: []roll.FactID{loser.ID()}, Reason: "r"}
	case 11:
		what := rapid.SampledFrom(before).Draw(t, "withdrawn")
		f.Withdrawal = &roll.Withdrawal{About: what.Subject(), Fact: what.ID(), Reason: "r"}
	default:
		f.Membership = &roll.Membership{Body: roll.ID(pick("body", "one", "two")), Member: roll.ID(pick("member", "x", "y", "z")), Act: pick("act", lawActs...), On: drawWhen(t, "on"), Until: drawUntil(t)}
	}
	return f
}

func drawFacts(t *rapid.T) []roll.Fact {
	facts := []roll.Fact{
		thing("one", roll.Body, "", "One"), thing("two", roll.Body, "", "Two"), thing("office", roll.Office, "one", "Head"), thing("series", roll.Series, "two", "Summits"),
	}
	rule := says("charter")
	rule.Rule = &roll.Rule{Body: "one", Name: "charter", Provision: "1", Gives: []roll.RuleStep{{Status: roll.Full, Acts: []string{"member", "associate"}, Except: []string{"recall"}}, {Status: roll.Observer, Acts: []string{"observer"}}}}
	facts = append(facts, rule)
	for i := range facts {
		facts[i].Known = day.Must(2000, 1, 1)
	}
	for range rapid.IntRange(1, 14).Draw(t, "facts") {
		facts = append(facts, drawFact(t, facts[5:]))
	}
	return facts
}

// answers is all that a record answers, as it goes out.
func answers(t *rapid.T, r *roll.Record) string {
	var all []any
	add := func(answer any, err error) {
		if err != nil {
			answer = err.Error()
		}
		all = append(all, answer)
	}
	for _, date := range []string{"1992-06-01", "1996-02-29", "1999-12-31", "2000-01-10"} {
		for _, body := range []roll.ID{"one", "two"} {
			add(r.Members(body, roll.Query{On: on(date)}))
			add(r.Offices(body, on(date)), nil)
		}
		add(r.Compare("one", "two", roll.Query{On: on(date)}))
		add(r.Accession("two", "x", on(date)))
	}
	for ordinal := range 4 {
		add(r.MeetingOf("series", ordinal))
	}
	add(r.Closeness("one", "two", 1990, 2000, 3, ""))
	add(r.Timeline("one", ""))
	add(r.Differences("two", on("1991-01-01"), on("1999-01-01"), ""))
	add(r.Check(), nil)
	add(r.Disagreements(""), nil)
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTheOrderOfImportDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		want := answers(t, roll.NewRecord(facts))
		other := rapid.Permutation(facts).Draw(t, "order")
		if got := answers(t, roll.NewRecord(other)); got != want {
			t.Fatalf("in another order the answers are\n%s\nnot\n%s", got, want)
		}
		if got := answers(t, roll.NewRecord(slices.Concat(facts, other))); got != want {
			t.Fatalf("learned twice, the answers are\n%s\nnot\n%s", got, want)
		}
	})
}

func TestWhatIsLearnedLaterNeverChangesWhatWasKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		knownOn := day.Must(2000, 1, rapid.IntRange(1, 21).Draw(t, "known on"))
		want := answers(t, roll.NewRecord(facts).KnownOn(knownOn))
		var then []roll.Fact
		for _, f := range facts {
			if !f.Known.After(knownOn) {
				then = append(then, f)
			}
		}
		if got := answers(t, roll.NewRecord(then)); got != want {
			t.Fatalf("a record made on that day answers\n%s\nnot\n%s", got, want)
		}
		later := drawFact(t, facts[5:])
		later.Known = knownOn.AddDays(1 + rapid.IntRange(0, 30).Draw(t, "later"))
		if got := answers(t, roll.NewRecord(append(facts, later)).KnownOn(knownOn)); got != want {
			t.Fatalf("a later fact changes what was known:\n%s\nnot\n%s", got, want)
		}
	})
}

// TestStatusIsAFunctionOfTheActs: a member's status in a body hangs on the
// acts of that member in that body and on nothing else in the record.
func TestStatusIsAFunctionOfTheActs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		date := drawDate(t, "asked")
		status := func(facts []roll.Fact) string {
			m, err := roll.NewRecord(facts).Members("one", roll.Query{On: date})
			if err != nil {
				t.Fatal(err)
			}
			for _, list := range [][]roll.Standing{m.Members, m.Undetermined, m.Former, m.Outside} {
				for _, s := range list {
					if s.Member.ID == "x" {
						return fmt.Sprint(s.Status, s.Possible, s.Full, s.Beside, s.Open)
					}
				}
			}
			return "no act"
		}
		var own []roll.Fact
		for _, f := range facts {
			if m := f.Membership; m == nil || m.Body == "one" && m.Member == "x" {
				own = append(own, f)
			}
		}
		if got, want := status(own), status(facts); got != want && !circular(facts) {
			t.Fatalf("from its own acts it is %s, from the whole record %s", got, want)
		}
	})
}

// circular: preferences of one member's acts over another's hang on what is
// left out.
func circular(facts []roll.Fact) bool {
	return slices.ContainsFunc(facts, func(f roll.Fact) bool { return f.Preference != nil })
}

// TestATimelineSaysOfEachDayWhatTheMembersSay: the picture and the list can't
// part.
func TestATimelineSaysOfEachDayWhatTheMembersSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := roll.NewRecord(drawFacts(t))
		date := drawDate(t, "asked")
		for _, body := range []roll.ID{"one", "two"} {
			line, err := r.Timeline(body, "")
			if err != nil {
				t.Fatal(err)
			}
			m, err := r.Members(body, roll.Query{On: date})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range slices.Concat(m.Members, m.Undetermined, m.Former, m.Outside) {
				want := fmt.Sprint(s.Status, s.Possible)
				if (s.Status == roll.None || s.Status == roll.Left) && len(s.Beside) == 0 {
					want = "nothing"
				}
				if got := shown(line, s.Member.ID, date); got != want {
					t.Fatalf("%s in %s on %s: the picture shows %s, the list %s", s.Member.ID, body, date, got, want)
				}
			}
		}
	})
}

// TestClosenessCountsWhomTheMembersName: the count over years reads the same
// statuses as the list for the day.
func TestClosenessCountsWhomTheMembersName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := roll.NewRecord(drawFacts(t))
		c, err := r.Closeness("one", "two", 1990, 2000, 3, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, y := range c.Years {
			m, err := r.Compare("one", "two", roll.Query{On: y.On})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(y.Shared, m.Both) || !slices.Equal(y.Undetermined, m.Undetermined) || y.Jaccard.Of != len(m.Both)+len(m.OnlyFirst)+len(m.OnlySecond) {
				t.Fatalf("in %d: %+v, and on its last day %+v", y.Year, y, m)
			}
		}
	})
}

func shown(line roll.Timeline, member roll.ID, date day.Date) string {
	for _, row := range line.Rows {
		if row.Member.ID != member {
			continue
		}
		for _, s := range row.Spans {
			if !s.From.After(date) && (s.To.IsZero() || !s.To.Before(date)) {
				return fmt.Sprint(s.Status, s.Possible)
			}
		}
	}
	return "nothing"
}

// TestAVaguerDateNeverTurnsAnAnswerAround: to know a date less well can leave
// an answer open, and never makes a yes of a no.
func TestAVaguerDateNeverTurnsAnAnswerAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := drawDate(t, "from")
		to := from.AddDays(rapid.IntRange(0, 3000).Draw(t, "days"))
		asked := drawDate(t, "asked")
		full := func(from, to string) day.Tri {
			m, err := roll.NewRecord([]roll.Fact{act("a", "b", "m", "member", from, to)}).Members("b", roll.Query{On: asked})
			if err != nil {
				t.Fatal(err)
			}
			return slices.Concat(m.Members, m.Undetermined, m.Former, m.Outside)[0].Full
		}
		exact := full(from.String(), to.String())
		if exact == day.CantBeTold {
			t.Fatal("two days leave nothing open")
		}
		for _, vague := range []func(day.Date) string{
			func(d day.Date) string { return d.String()[:4] }, func(d day.Date) string { return d.String()[:7] },
			func(d day.Date) string { return "by " + d.String() }, func(d day.Date) string { return "from " + d.String()[:7] },
		} {
			for _, got := range []day.Tri{full(vague(from), to.String()), full(from.String(), vague(to)), full(vague(from), vague(to))} {
				if got != day.CantBeTold && got != exact {
					t.Fatalf("with the days it is %v, with vaguer dates %v", exact, got)
				}
			}
		}
	})
}

func TestAFactKeepsItsNameAndItsSubject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(drawFacts(t)).Draw(t, "fact")
		if f.Subject() == "" || f.Kind() == "" {
			t.Fatalf("a fact of no subject or kind: %+v", f)
		}
		again := f
		again.Known, again.Bundle = learned, "another"
		if again.ID() != f.ID() {
			t.Fatal("when it was learned, and in which bundle, is part of the id")
		}
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var read roll.Fact
		if err := json.Unmarshal(raw, &read); err != nil {
			t.Fatal(err)
		}
		if read.ID() != f.ID() {
			t.Fatalf("written and read it is another fact: %s", raw)
		}
		again.Note = "something else"
		if again.ID() == f.ID() {
			t.Fatal("another note is another statement")
		}
	})
}
