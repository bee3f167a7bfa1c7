package office_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/treaty"
)

// acts are all the acts, each with no more than it takes to be asked whether
// this person may do it.
var acts = []struct {
	name string
	do   func(*house, office.By) error
}{
	{"open_programme", func(h *house, by office.By) error {
		_, err := h.Office.OpenProgramme(context.Background(), by, "demo", []byte(demoRulebook(h.TB)))
		return err
	}},
	{"add_actor", func(h *house, by office.By) error {
		h.keys++
		id := fmt.Sprint("guest-", h.keys)
		return h.Office.AddActor(context.Background(), by, id, []string{office.Officer}, h.Keep(id))
	}},
	{"end_actor", func(h *house, by office.By) error { return h.Office.EndActor(context.Background(), by, "nobody") }},
	{"add_token", func(h *house, by office.By) error {
		_, err := h.Office.AddToken(context.Background(), by, "officer", []string{office.ScopeFile}, docket.At(h.Office.Now().Add(time.Hour)), func(string) error { return nil })
		return err
	}},
	{"end_token", func(h *house, by office.By) error { return h.Office.EndToken(context.Background(), by, "none") }},
	{"read_own", func(h *house, by office.By) error {
		_, _, err := h.Office.OwnClaim(context.Background(), by.Actor, "none")
		return err
	}},
	{"invite_actor", func(h *house, by office.By) error {
		_, _, err := h.Office.InviteActor(context.Background(), by, "nobody", false)
		return err
	}},
	{"set_webhook", func(h *house, by office.By) error {
		_, err := h.Office.Webhook(context.Background(), by.Actor, "none")
		return err
	}},
	{"file_claim", func(h *house, by office.By) error {
		_, err := h.Office.FileClaims(context.Background(), by, "demo", nil)
		return err
	}},
	{"report_outcomes", func(h *house, by office.By) error {
		h.keys++
		f := reported(departure(fmt.Sprint("reported ", h.keys), 1, true), rulebook.ReportedRecorded)
		_, err := h.Office.FileClaims(context.Background(), by, "demo", []office.Filing{f})
		return err
	}},
	{"give_code", func(h *house, by office.By) error {
		_, _, err := h.Office.GiveCode(context.Background(), by, "demo", "none")
		return err
	}},
	{"open_epoch", func(h *house, by office.By) error {
		_, err := h.Office.OpenEpoch(context.Background(), by, office.Epoch{Number: 9, Reason: office.KeyRotation})
		return err
	}},
	{"find_deficient", func(h *house, by office.By) error {
		_, err := h.Office.FindDeficient(context.Background(), by, "demo", nil)
		return err
	}},
	{"answer_deficiency", func(h *house, by office.By) error {
		_, err := h.Office.AnswerDeficiency(context.Background(), by, "demo", "none", nil)
		return err
	}},
	{"record", func(h *house, by office.By) error {
		_, err := h.Office.RecordClaims(context.Background(), by, "demo", nil)
		return err
	}},
	{"refuse", func(h *house, by office.By) error {
		_, err := h.Office.RefuseClaims(context.Background(), by, "demo", nil)
		return err
	}},
	{"withdraw", func(h *house, by office.By) error {
		_, err := h.Office.WithdrawClaim(context.Background(), by, "demo", "none")
		return err
	}},
	{"propose_instalment", func(h *house, by office.By) error {
		_, err := h.Office.ProposeInstalment(context.Background(), by, "demo", 10)
		return err
	}},
	{"adopt_instalment", func(h *house, by office.By) error {
		_, err := h.Office.AdoptInstalment(context.Background(), by, "demo", 99)
		return err
	}},
	{"receive_contribution", func(h *house, by office.By) error {
		_, err := h.Office.ReceiveContribution(context.Background(), by, "demo", "", euros(1))
		return err
	}},
	{"pay_round", func(h *house, by office.By) error {
		_, err := h.Office.PayRound(context.Background(), by, "demo", "EUR")
		return err
	}},
	{"mark_payment", func(h *house, by office.By) error {
		_, err := h.Office.SettlePayments(context.Background(), by, "demo", 99, nil)
		return err
	}},
	{"draft_claim", func(h *house, by office.By) error {
		_, err := h.Office.Drafts(context.Background(), by)
		return err
	}},
	{"hold_claim", func(h *house, by office.By) error {
		_, err := h.Office.HoldClaim(context.Background(), by, "demo", "none", "audit")
		return err
	}},
	{"release_claim", func(h *house, by office.By) error {
		_, err := h.Office.ReleaseClaim(context.Background(), by, "demo", "none", "audit")
		return err
	}},
	{"erase_claim", func(h *house, by office.By) error {
		_, err := h.Office.Erase(context.Background(), by, "demo", "none", "retention")
		return err
	}},
	{"link_persons", func(h *house, by office.By) error {
		_, err := h.Office.LinkPersons(context.Background(), by, "demo", "none", "other", "audit")
		return err
	}},
	{"unlink_persons", func(h *house, by office.By) error {
		_, err := h.Office.UnlinkPersons(context.Background(), by, "demo", "none", "other", "audit")
		return err
	}},
	{"add_evidence", func(h *house, by office.By) error {
		h.keys++
		c := h.file(departure(fmt.Sprint("evidence ", h.keys), 1, true))[0]
		_, err := h.Office.BeginFile(context.Background(), by, office.FileOwner{Claim: c}, office.FileFacts{Name: "a.txt"})
		return err
	}},
	{"open_file", func(h *house, by office.By) error {
		h.keys++
		c := h.file(departure(fmt.Sprint("file ", h.keys), 1, true))[0]
		f := h.sends(h.by("officer"), office.FileOwner{Claim: c}, "a.txt", []byte("a letter"))
		_, content, err := h.Office.OpenFile(context.Background(), by, f.ID, office.PurposeExamination)
		if err == nil {
			err = content.Close()
		}
		return err
	}},
	{"load_roll", func(h *house, by office.By) error {
		_, err := h.Office.LoadRoll(context.Background(), by, roll.Bundle{ID: "cis", Facts: []roll.Fact{{
			Source: roll.Source{Name: "a page"}, Thing: &roll.Thing{ID: "cis", Sort: roll.Body},
		}}})
		return err
	}},
	{"load_treaties", func(h *house, by office.By) error {
		_, err := h.Office.LoadTreaties(context.Background(), by, treaty.Bundle{ID: "t", Facts: []treaty.Fact{{
			Source: roll.Source{Name: "a page"}, Instrument: &treaty.Instrument{ID: "t"},
		}}})
		return err
	}},
	{"deposit_action", func(h *house, by office.By) error {
		_, err := h.Office.DepositAction(context.Background(), by, treaty.Fact{
			Source: roll.Source{Name: "a page"}, Action: &treaty.Action{Treaty: "none", Kind: treaty.Signature, Party: "A"},
		})
		return err
	}},
	{"examine", func(h *house, by office.By) error {
		_, err := h.Office.ExamineClaims(context.Background(), by, nil)
		return err
	}},
	{"read_answers", func(h *house, by office.By) error {
		_, err := h.Office.ReadAnswers(context.Background(), by, "none", office.PurposeReview)
		return err
	}},
	{"fetch_for_desk", func(h *house, by office.By) error {
		_, _, err := h.Office.FetchForDesk(context.Background(), by, []string{"none"}, office.PurposeReview)
		return err
	}},
	{"work_claims", func(h *house, by office.By) error {
		_, err := h.Office.Filters(context.Background(), by)
		return err
	}},
	{"set_contact", func(h *house, by office.By) error {
		return h.Office.SetContact(context.Background(), by, "demo", "none", office.Contact{Channel: office.ByPage})
	}},
	{"read_contact", func(h *house, by office.By) error {
		_, err := h.Office.Contact(context.Background(), by, "demo", "none")
		return err
	}},
	{"open_own", func(h *house, by office.By) error {
		_, err := h.Office.ReadOwn(context.Background(), by, "demo", "none")
		return err
	}},
	{"print_letters", func(h *house, by office.By) error {
		_, err := h.Office.LettersToPrint(context.Background(), by, "demo", 0)
		return err
	}},
	{"replace_desk", func(h *house, by office.By) error {
		_, err := h.Office.UseDesk(context.Background(), by, "none")
		return err
	}},
}

// verdicts are the policy's answers, in one word each. What else an act
// answers comes after it was allowed.
var verdicts = map[string]string{
	"policy.capacity-missing": "no",
	"policy.second-missing":   "alone",
	"policy.second-same":      "same",
	"policy.actor-unknown":    "ended",
}

func verdict(err error) string {
	code := fault.Code(err)
	if !strings.HasPrefix(code, "policy.") {
		return "yes"
	}
	if word, ok := verdicts[code]; ok {
		return word
	}
	return code
}

// asked writes what an act answers to each actor, with each second person.
func (h *house) asked(to *strings.Builder, name string, actors, seconds []string, act func(office.By) error) {
	h.Helper()
	for _, actor := range actors {
		line := fmt.Sprintf("%-21s%-15s", name, actor)
		for _, second := range seconds {
			by := h.by(actor)
			switch second {
			case "":
			case "self":
				by.Second = by.Actor
			default:
				by.Second = h.people[second]
			}
			line += fmt.Sprintf("%-8s", verdict(act(by)))
		}
		to.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// Every act by everybody, alone and with everybody as the second person. The
// table stands in testdata/policy.txt: it is what a lawyer is shown.
func TestWhoMayDoWhat(t *testing.T) {
	h := opened(t)
	h.engage("ended", office.Capacities()...)
	h.engage("depositary", office.Depositary)
	must(t, h.Office.EndActor(t.Context(), h.by("registrar"), "ended"))
	actors := []string{"administrator", "officer", "commissioner", "treasurer", "depositary", "ended"}
	seconds := []string{"", "self", "administrator", "officer-2", "commissioner-2", "treasurer-2", "ended"}
	var got strings.Builder
	fmt.Fprintf(&got, "%-21s%-15s%s\n", "", "", "second person:")
	fmt.Fprintf(&got, "%-21s%-15s%-8s%-8s%-8s%-8s%-8s%-8s%s\n", "act", "by", "nobody", "self", "admin.", "officer", "comm.", "treas.", "ended")
	for _, act := range acts {
		h.asked(&got, act.name, actors, seconds, func(by office.By) error { return act.do(h, by) })
	}
	want, err := os.ReadFile("testdata/policy.txt")
	if err != nil || !strings.HasSuffix(string(want), got.String()) {
		t.Errorf("%v; the policy says\n%s", err, got.String())
	}
}

func TestNobodyMayDoAnything(t *testing.T) {
	h := opened(t)
	for _, act := range acts {
		if got := verdict(act.do(h, office.By{})); got != "ended" {
			t.Errorf("%s by nobody: %s", act.name, got)
		}
	}
}

// power replaces one line of the demo's powers.
func power(t *testing.T, act, line string) string {
	t.Helper()
	source, lines := demoRulebook(t), 0
	var out []string
	for l := range strings.Lines(source) {
		if strings.HasPrefix(l, "  "+act+": {by:") {
			lines++
			if l = line; l != "" {
				l = "  " + act + ": " + line + "\n"
			}
		}
		out = append(out, l)
	}
	if lines != 1 {
		t.Fatalf("%d lines say who may %s", lines, act)
	}
	return strings.Join(out, "")
}

// An edition says which body takes which step, within the limits of the one
// table.
func TestAnEditionCantGiveAwayMoreThanTheTable(t *testing.T) {
	for _, c := range []struct{ act, power, code string }{
		{"record", "{by: officer}", ""},
		{"record", "{by: treasurer}", "policy.capacity-outside"},
		{"record", "{by: commissioner}", "policy.capacity-outside"},
		{"record", "{by: officer, second: officer}", "policy.capacity-outside"},
		{"record", "{by: officer, second: commissioner}", ""},
		{"find_deficient", "{by: treasurer}", "policy.capacity-outside"},
		{"answer_deficiency", "{by: commissioner}", "policy.capacity-outside"},
		{"withdraw", "{by: treasurer}", "policy.capacity-outside"},
		{"report_outcomes", "{by: commissioner}", "policy.capacity-outside"},
		{"refuse", "{by: officer, second: officer}", ""},
		{"refuse", "{by: officer, second: commissioner}", ""},
		{"refuse", "{by: officer}", "policy.two-needed"},
		{"refuse", "{by: officer, second: treasurer}", "policy.capacity-outside"},
		{"refuse", "{by: commissioner, second: officer}", "policy.capacity-outside"},
		{"propose_instalment", "{by: commissioner}", ""},
		{"propose_instalment", "{by: treasurer}", "policy.capacity-outside"},
		{"adopt_instalment", "{by: commissioner}", ""}, // whoever proposed is the other person
		{"adopt_instalment", "{by: officer}", "policy.capacity-outside"},
		{"adopt_instalment", "{by: commissioner, second: officer}", "policy.capacity-outside"},
		{"receive_contribution", "{by: officer}", "policy.capacity-outside"},
		{"pay_round", "{by: treasurer, second: commissioner}", ""},
		{"pay_round", "{by: treasurer}", "policy.two-needed"},
		{"pay_round", "{by: treasurer, second: officer}", "policy.capacity-outside"},
		{"pay_round", "{by: commissioner, second: treasurer}", "policy.capacity-outside"},
		{"mark_payment", "{by: officer}", "policy.capacity-outside"},
	} {
		t.Run(c.act+" "+c.power, func(t *testing.T) {
			h := staffed(t)
			before := h.everything()
			_, err := h.Office.OpenProgramme(t.Context(), h.by("registrar"), "changed", []byte(power(t, c.act, c.power)))
			wantCode(t, "open", err, c.code)
			if c.code != "" {
				unchanged(h, before)
			}
		})
	}
}

func TestAStepThatTheEditionGivesToNobodyIsNobodys(t *testing.T) {
	for _, act := range []string{"record", "refuse", "withdraw", "adopt_instalment", "pay_round", "report_outcomes"} {
		h := staffed(t)
		h.open("changed", power(t, act, ""))
		for _, a := range acts {
			if a.name != act {
				continue
			}
			for _, who := range []string{"officer", "commissioner", "treasurer", "administrator"} {
				wantCode(t, who, a.do(h, h.by(who, "commissioner-2")), map[bool]string{
					true: "policy.capacity-missing", false: "policy.not-in-edition",
				}[act == "report_outcomes" && who != "officer"]) // to report one files, which is an officer's
			}
		}
	}
}

// The new edition rules from the moment it is published, for the claims filed
// under the old one too.
func TestTheOpenEditionSaysWhoMayAct(t *testing.T) {
	h := opened(t)
	ids := h.file(elsewhere(departure("a", 1, true)), elsewhere(departure("b", 1, true)))
	refuse := func(n int, second string) error {
		_, err := h.Office.RefuseClaims(t.Context(), h.by("officer", second), "demo", h.examined(ids[n]))
		return err
	}
	wantCode(t, "with a commissioner", refuse(0, "commissioner"), "policy.capacity-missing")
	must(t, refuse(0, "officer-2"))
	h.open("second edition", strings.Replace(power(t, "refuse", "{by: officer, second: commissioner}"), `edition: "1"`, `edition: "2"`, 1))
	wantCode(t, "with an officer", refuse(1, "officer-2"), "policy.capacity-missing")
	must(t, refuse(1, "commissioner"))
	h.sound()
}

func TestAnActorWhoIsEndedIsOutAtOnce(t *testing.T) {
	h := opened(t)
	secret, err := h.Credential(h.CredentialPath("officer-2"))
	must(t, err)
	must(t, h.Office.EndActor(t.Context(), h.by("registrar"), "officer-2"))
	_, err = h.Office.FileClaims(t.Context(), h.by("officer-2"), "demo", nil)
	wantCode(t, "who is signed in", err, "policy.actor-unknown")
	_, err = h.Office.Authenticate(t.Context(), secret)
	wantCode(t, "who signs in", err, "policy.actor-unknown")
	wantCode(t, "ended again", h.Office.EndActor(t.Context(), h.by("registrar"), "officer-2"), "actor.none")
	wantCode(t, "added again", h.Office.AddActor(t.Context(), h.by("registrar"), "officer-2", []string{office.Officer}, h.Keep("officer-2")), "actor.exists")
	h.sound()
}

func TestTheLastAdministratorStays(t *testing.T) {
	h := staffed(t)
	must(t, h.Office.EndActor(t.Context(), h.by("registrar"), "administrator"))
	wantCode(t, "the last", h.Office.EndActor(t.Context(), h.by("registrar"), "registrar"), "actor.last-administrator")
	wantCode(t, "a second first", h.Office.AddFirstActor(t.Context(), "intruder", []string{office.Administrator}, h.Keep("intruder")), "actor.not-first")
}

func TestWhatAnActorMayBe(t *testing.T) {
	h := staffed(t)
	for _, c := range []struct {
		id         string
		capacities []string
		code       string
	}{
		{"o-3", []string{office.Officer, office.Treasurer}, ""},
		{"", []string{office.Officer}, "actor.id-form"},
		{"Olena Kovalenko", []string{office.Officer}, "actor.id-form"},
		{"../officer", []string{office.Officer}, "actor.id-form"},
		{strings.Repeat("o", 33), []string{office.Officer}, "actor.id-form"},
		{"o-4", nil, "actor.no-capacity"},
		{"o-4", []string{"judge"}, "actor.capacity-unknown"},
		{"o-4", []string{office.Officer, ""}, "actor.capacity-unknown"},
	} {
		err := h.Office.AddActor(t.Context(), h.by("registrar"), c.id, c.capacities, h.Keep(c.id))
		wantCode(t, fmt.Sprintf("%q %q", c.id, c.capacities), err, c.code)
	}
}

// A secret that doesn't reach its holder lets nobody in.
func TestASecretThatIsLostOnTheWayLetsNobodyIn(t *testing.T) {
	h := staffed(t)
	var lost string
	before := h.everything()
	err := h.Office.AddActor(t.Context(), h.by("registrar"), "o-3", []string{office.Officer}, func(secret string) error {
		lost = secret
		return os.ErrPermission
	})
	if err == nil {
		t.Error("the actor was added")
	}
	unchanged(h, before)
	_, err = h.Office.Authenticate(t.Context(), lost)
	wantCode(t, "with the lost secret", err, "policy.actor-unknown")
}
