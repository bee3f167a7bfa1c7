package office_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

const boarded = "with-board"

// boardActs are the acts of a register with a board, and those of representatives
// and of interests, each with no more than it takes to be asked whether this person
// may do it.
var boardActs = []struct {
	name string
	do   func(context.Context, *office.Office, office.By) error
}{
	{"find_test", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.FindTest(ctx, by, boarded, "none", "place", "met", "", "seen")
		return err
	}},
	{"recommend", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.Recommend(ctx, by, boarded, nil, office.Recommending{})
		return err
	}},
	{"decide_list", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.DecideList(ctx, by, boarded, 9, office.Deciding{Reason: "seen"})
		return err
	}},
	{"resolve", func(ctx context.Context, o *office.Office, by office.By) error {
		_, _, err := o.Resolve(ctx, by, boarded, board.Terms{})
		return err
	}},
	{"withdraw_resolution", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.WithdrawResolution(ctx, by, boarded, 9, "seen")
		return err
	}},
	{"reverse", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.ReverseClaim(ctx, by, boarded, "none", "wrong")
		return err
	}},
	{"propose_move", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.ProposeMove(ctx, by, boarded, "none", "a1-1", "wrong")
		return err
	}},
	{"consent_to_move", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.DeclineMove(ctx, by, boarded, "none")
		return err
	}},
	{"amend", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.Amend(ctx, by, boarded, "none", nil)
		return err
	}},
	{"ask_review", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.AskReview(ctx, by, boarded, "none", "")
		return err
	}},
	{"consent", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.WithdrawConsent(ctx, by, boarded, "none")
		return err
	}},
	{"declare_interest", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.DeclareInterest(ctx, by, boarded, "none")
		return err
	}},
	{"look_up", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.LookUp(ctx, by, boarded, strings.Repeat("0", 32), (&extract{}).Name(), "1")
		return err
	}},
	{"join_organisation", func(ctx context.Context, o *office.Office, by office.By) error {
		return o.JoinOrganisation(ctx, by, "aid", "nobody")
	}},
	{"leave_organisation", func(ctx context.Context, o *office.Office, by office.By) error {
		return o.LeaveOrganisation(ctx, by, "aid", "nobody")
	}},
	{"give_mandate", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.GiveMandate(ctx, by, boarded, office.NewMandate{})
		return err
	}},
	{"end_mandate", func(ctx context.Context, o *office.Office, by office.By) error {
		return o.EndMandate(ctx, by, boarded, "none")
	}},
	{"read_mandates", func(ctx context.Context, o *office.Office, by office.By) error {
		_, err := o.Mandates(ctx, by, "aid", "", 1)
		return err
	}},
}

// askedElsewhere are the acts that neither table asks, each with the test that does.
var askedElsewhere = map[string]string{
	"enrol_actor": "TestAWayInIsOnePersons: of oneself, by an invitation or signed in",
	"set_desk":    "the first key of a desk; a later one is replace_desk, which the table has",
	"key_paper":   "TestAFormOnPaperIsKeyedByOneAndCheckedByAnother: it hangs on who keyed before",
	"file_paper":  "TestAFormOnPaperIsKeyedByOneAndCheckedByAnother: two people, one after the other",
	"export_list": "TestAShortListLeavesWithOnePersonAndALongOneWithTwo: two screens",
}

// Every act of the policy stands in one of the two tables that a lawyer is shown.
func TestEveryActOfThePolicyIsInATable(t *testing.T) {
	for _, name := range office.PolicyActs() {
		asked := slices.ContainsFunc(acts, func(a struct {
			name string
			do   func(*house, office.By) error
		},
		) bool {
			return a.name == name
		})
		for _, a := range boardActs {
			asked = asked || a.name == name
		}
		if asked == (askedElsewhere[name] != "") {
			t.Errorf("%s: in a table %v, elsewhere %q", name, asked, askedElsewhere[name])
		}
	}
}

// Who may do what where there is a board, as TestWhoMayDoWhat has it for the demo.
func TestWhoMayDoWhatWhereThereIsABoard(t *testing.T) {
	h := opened(t)
	b, _ := rulebooks.Find("rd4u")
	source := strings.Replace("\n"+string(b.Source), "\nid: rd4u\n", "\nid: "+boarded+"\n", 1)
	source = strings.Replace(source, "\npowers:\n", "\npowers:\n  amend: {by: officer}\n  ask_review: {by: officer}\n", 1)
	_, err := h.Office.OpenProgramme(t.Context(), h.by(installation.FirstActor), boarded, []byte(source))
	must(t, err)
	h.Office.Registries = []office.Registry{&extract{}}
	for id, capacity := range map[string]string{"director": office.Director, "board": office.Board, "board-2": office.Board, "representative": office.Representative} {
		h.engage(id, capacity)
	}
	h.engage("ended", office.Capacities()...)
	must(t, h.Office.EndActor(t.Context(), h.by("registrar"), "ended"))
	actors := []string{"administrator", "officer", "director", "board", "representative", "commissioner", "treasurer", "ended"}
	seconds := []string{"", "self", "officer-2", "director", "board-2", "ended"}
	var got strings.Builder
	fmt.Fprintf(&got, "%-21s%-15s%s\n", "", "", "second person:")
	fmt.Fprintf(&got, "%-21s%-15s%-8s%-8s%-8s%-8s%-8s%s\n", "act", "by", "nobody", "self", "officer", "direct.", "board", "ended")
	for _, act := range boardActs {
		h.asked(&got, act.name, actors, seconds, func(by office.By) error { return act.do(t.Context(), h.Office, by) })
	}
	want, err := os.ReadFile("testdata/policy-board.txt")
	if err != nil || !strings.HasSuffix(string(want), got.String()) {
		t.Errorf("%v; the policy says\n%s", err, got.String())
	}
}
