package rulebook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// family is a mother who tells, a father and two children.
var family = []rulebook.Member{{ID: "1", Kind: rulebook.Self}, {ID: "2", Kind: rulebook.Adult}, {ID: "3", Kind: rulebook.Child}, {ID: "4", Kind: rulebook.Child}}

// suggested are the claims that are proposed, "person category" each, with a
// question mark where we aren't sure and the fault where it can't be filed.
func suggested(t *testing.T, e *rulebook.Edition, told rulebook.Telling) string {
	t.Helper()
	all, err := e.Suggest(told)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, s := range all {
		text := s.Member.ID + " " + s.Category
		if !s.Sure {
			text += "?"
		}
		if s.Barred != nil {
			text += " " + fault.Code(s.Barred)
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}

func TestAStoryBecomesTheClaimsOfAFamily(t *testing.T) {
	e := fromFile(t, "form.yaml")
	on := day.Must(2025, 6, 1)
	each := func(question, member string) rulebook.Told { return rulebook.Told{Question: question, Member: member} }
	for _, c := range []struct {
		what string
		told rulebook.Telling
		want string
	}{
		{"one story, four people", rulebook.Telling{Members: family, Stories: []string{"had-to-leave"}, On: on}, "1 left, 2 left, 3 left, 4 left"},
		{"before the category opens", rulebook.Telling{Members: family[:1], Stories: []string{"had-to-leave"}, On: day.Must(2024, 1, 1)}, "1 left rulebook.category-not-open"},
		{"a question that leads elsewhere", rulebook.Telling{
			Members: family, Stories: []string{"had-to-leave"}, On: on, Replies: map[rulebook.Told]rulebook.Reply{{Question: "abroad"}: rulebook.SaidYes},
		}, ""},
		{"only owners claim for the home", rulebook.Telling{
			Members: family, Stories: []string{"home-hit"}, On: on,
			Replies: map[rulebook.Told]rulebook.Reply{
				each("owned", "1"): rulebook.SaidNo, each("owned", "2"): rulebook.SaidYes, each("owned", "3"): rulebook.SaidUnsure,
				{Question: "things-gone"}: rulebook.SaidYes,
			},
		}, "1 things, 2 home, 3 home?"},
		{"two stories", rulebook.Telling{
			Members: family[:1], Stories: []string{"had-to-leave", "home-hit"}, On: on,
			Replies: map[rulebook.Told]rulebook.Reply{each("owned", "1"): rulebook.SaidYes},
		}, "1 home, 1 left"},
		{"nothing ticked", rulebook.Telling{Members: family, On: on}, ""},
		{"a firm", rulebook.Telling{Members: []rulebook.Member{{ID: "1", Kind: rulebook.Organisation}}, Stories: []string{"firm-lost"}, On: on}, "1 firm rulebook.category-not-opened"},
	} {
		if got := suggested(t, e, c.told); got != c.want {
			t.Errorf("%s: %s; want %s", c.what, got, c.want)
		}
	}
	all, err := e.Suggest(rulebook.Telling{Members: family[:1], Stories: []string{"had-to-leave"}, On: on})
	if err != nil || all[0].Because[0].Story != "had-to-leave" || all[0].Because[0].Reason.In("uk") != "Подає кожен, хто мусив виїхати." {
		t.Errorf("the reason is %v, %v", all, err)
	}
}

func TestWhatATellingCannotSay(t *testing.T) {
	e := fromFile(t, "form.yaml")
	for code, told := range map[string]rulebook.Telling{
		"rulebook.story-unknown":  {Members: family, Stories: []string{"earthquake"}},
		"rulebook.member-unknown": {Members: []rulebook.Member{{ID: "1", Kind: "dog"}}, Stories: []string{"had-to-leave"}},
	} {
		if _, err := e.Suggest(told); fault.Code(err) != code {
			t.Errorf("Suggest: %v; want %s", err, code)
		}
		if _, err := e.Ask(told); fault.Code(err) != code {
			t.Errorf("Ask: %v; want %s", err, code)
		}
	}
}

func TestAQuestionOfEachIsPutOfWhomItConcerns(t *testing.T) {
	e := fromFile(t, "form.yaml")
	asked, err := e.Ask(rulebook.Telling{Members: family, Stories: []string{"had-to-leave", "home-hit"}})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range asked {
		said = append(said, strings.TrimSpace(fmt.Sprintf("%s %s", a.Told().Question, a.Told().Member)))
	}
	if got := strings.Join(said, ", "); got != "owned 1, owned 2, owned 3, owned 4, things-gone, abroad" {
		t.Errorf("asked %s", got)
	}
}
