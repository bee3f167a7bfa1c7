package rulebooks_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// olenas is a family of four: Olena, who tells, her husband and two children.
var olenas = []rulebook.Member{
	{ID: "olena", Kind: rulebook.Self}, {ID: "petro", Kind: rulebook.Adult}, {ID: "ivan", Kind: rulebook.Child}, {ID: "nina", Kind: rulebook.Child},
}

// replies are "question member" for each that was answered with yes, with a
// question mark where it was "I don't know".
func replies(yes ...string) map[rulebook.Told]rulebook.Reply {
	all := map[rulebook.Told]rulebook.Reply{}
	for _, text := range yes {
		text, unsure := strings.CutSuffix(text, "?")
		question, member, _ := strings.Cut(text, " ")
		all[rulebook.Told{Question: question, Member: member}] = rulebook.SaidYes
		if unsure {
			all[rulebook.Told{Question: question, Member: member}] = rulebook.SaidUnsure
		}
	}
	return all
}

// claims are what is proposed, "member code" each; a question mark where we
// aren't sure, and the reason where it can't be filed.
func claims(t *testing.T, e *rulebook.Edition, told rulebook.Telling) string {
	t.Helper()
	all, err := e.Suggest(told)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, s := range all {
		c, _ := e.Category(s.Category)
		text := s.Member.ID + " " + c.Code
		if !s.Sure {
			text += "?"
		}
		if s.Barred != nil {
			text += " " + strings.TrimPrefix(fault.Code(s.Barred), "rulebook.category-")
		}
		if len(s.Because) == 0 || s.Because[0].Reason.In("uk") == "" {
			t.Errorf("%s is proposed without a reason", text)
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}

func TestRD4UAFamilyOfFourTellsOneStoryAndGetsFourClaims(t *testing.T) {
	e, on := parse(t, "rd4u"), day.Must(2026, 6, 1)
	for _, c := range []struct {
		what    string
		stories []string
		replies map[rulebook.Told]rulebook.Reply
		want    string
	}{
		{
			"three fled abroad, the husband within Ukraine",
			[]string{"had-to-leave"},
			replies("left-abroad olena", "left-abroad ivan", "left-abroad nina", "left-within petro"),
			"olena A1.2, petro A1.1, ivan A1.2, nina A1.2",
		},
		{
			"both may be claimed by one person", []string{"had-to-leave"}, replies("left-within olena", "left-abroad olena"), "olena A1.1, olena A1.2",
		},
		{
			"a flat of the mother in which all lived",
			[]string{"home-hit"},
			replies("home-owned olena", "home-lived olena", "home-lived petro", "home-lived ivan", "home-lived nina"),
			"olena A3.1, olena A3.3, petro A3.3, ivan A3.3, nina A3.3",
		},
		{"a tenant has no A3.1", []string{"home-hit"}, replies("home-lived olena"), "olena A3.3"},
		{"an owner who lived elsewhere has no A3.3", []string{"home-hit"}, replies("home-owned petro"), "petro A3.1"},
		{"who doesn't know whether it was theirs", []string{"home-hit"}, replies("home-owned olena?", "home-lived olena"), "olena A3.1?, olena A3.3"},
		{
			"the grandfather died",
			[]string{"someone-died"},
			replies("died-close olena", "died-support ivan"),
			"olena A2.1, ivan A3.7 not-opened",
		},
		{"an injury at home", []string{"hurt"}, replies("was-hurt petro"), "petro A2.3"},
		{"an injury in detention goes inside A2.6", []string{"hurt", "held"}, replies("was-hurt petro", "hurt-held petro", "was-held petro"), "petro A2.6"},
		{"a child and a mother were taken away", []string{"taken-away"}, replies("was-taken olena", "was-taken nina"), "olena A2.9, nina A2.8"},
		{"a sole trader, and a job", []string{"work-lost"}, replies("own-business olena", "job-lost petro"), "olena A3.5, petro A3.4 not-opened"},
		{"nothing is proposed of what wasn't answered", []string{"home-hit", "hurt"}, nil, ""},
	} {
		if got := claims(t, e, rulebook.Telling{Members: olenas, Stories: c.stories, Replies: c.replies, On: on}); got != c.want {
			t.Errorf("%s: %s; want %s", c.what, got, c.want)
		}
	}
	firm := rulebook.Telling{Members: []rulebook.Member{{ID: "firm", Kind: rulebook.Organisation}}, Stories: []string{"entity-loss"}, Replies: replies("entity-assets", "entity-occupied"), On: day.Must(2026, 6, 1)}
	if got := claims(t, e, firm); got != "firm C3.1, firm C3.2 not-opened" {
		t.Errorf("a company: %s", got)
	}
	early := rulebook.Telling{Members: olenas[:1], Stories: []string{"had-to-leave"}, Replies: replies("left-abroad olena"), On: day.Must(2026, 2, 22)}
	if got := claims(t, e, early); got != "olena A1.2 not-open" {
		t.Errorf("the day before A1.2 opens: %s", got)
	}
}

// Every question that a story puts is put of somebody, and every category that
// takes claims is reached by saying yes.
func TestRD4UEveryCategoryThatTakesClaimsIsReachedByAStory(t *testing.T) {
	e := parse(t, "rd4u")
	if len(e.Warnings) > 0 {
		t.Errorf("the check warns: %v", e.Warnings)
	}
	reached := map[string]bool{}
	for _, s := range e.Stories {
		for _, l := range s.Leads {
			for _, kind := range l.For {
				told := rulebook.Telling{Members: []rulebook.Member{{ID: "1", Kind: kind}}, Stories: []string{s.ID}, Replies: map[rulebook.Told]rulebook.Reply{}}
				for range len(s.Asks) + 1 { // a yes may bring another question
					asked, err := e.Ask(told)
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range asked {
						if slices.Contains(l.If, a.Question.ID) {
							told.Replies[a.Told()] = rulebook.SaidYes
						}
					}
				}
				found, err := e.Suggest(told)
				if err != nil || !slices.ContainsFunc(found, func(f rulebook.Suggestion) bool { return f.Category == l.Category && f.Sure }) {
					t.Errorf("%s doesn't lead a %s to %s: %v, %v", s.ID, kind, l.Category, found, err)
				}
				reached[l.Category] = true
			}
		}
	}
	for _, c := range e.Categories {
		if !c.NotOpen && !reached[c.ID] {
			t.Errorf("no story leads to %s", c.Code)
		}
	}
}

// What one claim of a family has said, the next one isn't asked again.
func TestRD4UAFamilyAnswersOnce(t *testing.T) {
	e := parse(t, "rd4u")
	first := rulebook.Drafted{Person: "olena", Event: "home-hit", Category: "a3-1", Answers: claim(t, e, "a3-1",
		"property_address=Bakhmut, Myru 5\nold-street: Lenina\ngone: yes", "claimed_currency=UAH", "claimed_uah=5.00", "claimed_reasoning=x").Answers}
	for _, c := range []struct {
		to        rulebook.Drafted
		has, lack []string
	}{
		{
			rulebook.Drafted{Person: "olena", Event: "home-hit", Category: "a3-3"},
			[]string{"claimant_name", "birth_date", "contact", "event_date", "place", "cause", "property_address", "nationality"},
			[]string{"circumstances", "claimed_uah", "consent", "signed"},
		},
		{
			rulebook.Drafted{Person: "petro", Event: "home-hit", Category: "a3-3"},
			[]string{"contact", "event_date", "place", "cause", "property_address"},
			[]string{"claimant_name", "birth_date", "nationality"},
		},
		{
			rulebook.Drafted{Person: "olena", Event: "had-to-leave", Category: "a1-1"},
			[]string{"claimant_name", "contact", "nationality"},
			[]string{"event_date", "place", "account", "consent"},
		},
	} {
		carried := e.Carry(c.to, []rulebook.Drafted{first})
		for _, id := range c.has {
			if _, ok := carried[id]; !ok {
				t.Errorf("%s %s is asked %s again", c.to.Person, c.to.Category, id)
			}
		}
		for _, id := range c.lack {
			if _, ok := carried[id]; ok {
				t.Errorf("%s %s takes %s over, which is each claim's own", c.to.Person, c.to.Category, id)
			}
		}
	}
}

func TestRD4UTakesWhatPeopleKnow(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range []struct{ category, changes, want string }{
		{"a3-1", "event_date=2022-03", "record "},
		{"a3-1", "event_date=about 2022-03", "record "},
		{"a3-1", "event_date=2022", "record "}, // may be before, may be after: the claimant is believed
		{"a3-1", "event_date=2022-01", "refuse too-early"},
		{"a3-1", "event_date=2022-03/2022-05", "record "},
		{"a3-1", "claimed_currency=UAH|claimed_uah=5.00", "deficient answer:claimed_reasoning "},
		{"a3-1", "claimed_currency=UAH|claimed_uah=5.00|claimed_reasoning=One window.", "record "},
		{"a3-1", "claimed_currency=UAH|claimed_uah=" + rulebook.UnsureText, "record "},
		{"a3-1", "tax_number=" + rulebook.DeclinedText + "|group_mark=" + rulebook.DeclinedText, "record "},
		{"a3-1", "owner_kind=co-owner|share_percent=" + rulebook.UnsureText, "record "},
		{"a3-5", "activity_ended=", "deficient answer:activity_ended "},
		{"a3-5", "earlier_income=120000.00", "deficient answer:income_reasoning "},
		{"a3-5", "earlier_income=120000.00|income_reasoning=By the tax return.", "record "},
		{"a2-2", "missing_register=" + rulebook.UnsureText, "record "},
	} {
		if got := found(t, e, claim(t, e, c.category, strings.Split(c.changes, "|")...)); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.category, c.changes, got, c.want)
		}
	}
	marks, err := e.Suspicions(claim(t, e, "a3-1", "claimed_currency=UAH", "claimed_uah="+rulebook.UnsureText))
	if err != nil || !slices.Contains(marks, "amount-not-stated") {
		t.Errorf("an amount that nobody knows is marked %v, %v", marks, err)
	}
	named := claim(t, e, "a3-1", "claimant_name=Шевченко Олена Іванівна\nformer: Коваль Олена\nlatin: Olena Shevchenko").Answers["claimant_name"].Name()
	if named.Full != "Шевченко Олена Іванівна" || named.Latin != "Olena Shevchenko" || !slices.Equal(named.Former, []string{"Коваль Олена"}) {
		t.Errorf("the name is %+v", named)
	}
	at := claim(t, e, "a3-1", "property_address=Миру 5\nplace: UA14020010010033757\ngone: yes").Answers["property_address"].Address()
	if at.Place != "UA14020010010033757" || !at.Gone || at.Words != "Миру 5" {
		t.Errorf("the address is %+v", at)
	}
}

// A claim is a handful of tasks, each with a title in every language; nothing
// stands outside of them.
func TestRD4UEachFormIsATaskList(t *testing.T) {
	e := parse(t, "rd4u")
	for _, c := range e.Categories {
		filled := claim(t, e, c.ID)
		tasks, err := e.Tasks(filled)
		if err != nil {
			t.Fatal(err)
		}
		if len(tasks) < 4 || len(tasks) > 9 {
			t.Errorf("%s has %d tasks", c.Code, len(tasks))
		}
		asked := 0
		for i := range tasks {
			asked += len(tasks[i].Asked)
			if !tasks[i].Done() {
				t.Errorf("%s: %s is open in a claim that is sound: %v", c.Code, tasks[i].Section.ID, tasks[i].Open)
			}
			if len(slices.Concat(e.Pages(tasks[i].Asked)...)) != len(tasks[i].Asked) {
				t.Errorf("%s: %s loses questions between its pages", c.Code, tasks[i].Section.ID)
			}
		}
		all, err := e.Asked(filled)
		if err != nil || asked != len(all) {
			t.Errorf("%s asks %d questions, and %d stand in tasks: %v", c.Code, len(all), asked, err)
		}
	}
}
