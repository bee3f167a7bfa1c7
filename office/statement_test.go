package office_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

// The numbered statements on the Register of Damage, on a whole installation
// under the rulebook that ships. docs/rd4u-statements.md lists them all, with
// the tests of other rooms.

const rd4u = "rd4u"

// may1 is a day on which every open category is open.
var may1 = day.Must(2026, 5, 1)

func rd4uSource(t testing.TB) string {
	t.Helper()
	book, ok := rulebooks.Find(rd4u)
	if !ok {
		t.Fatal("no rulebook rd4u")
	}
	return string(book.Source)
}

// edition changes the rulebook's text: pairs of old and new, each of which must
// be there.
func edition(t testing.TB, number string, pairs ...string) string {
	t.Helper()
	source := strings.Replace(rd4uSource(t), `edition: "2026-05"`, fmt.Sprintf("edition: %q", number), 1)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(source, pairs[i]) {
			t.Fatalf("the rulebook doesn't say %q", pairs[i])
		}
		source = strings.ReplaceAll(source, pairs[i], pairs[i+1])
	}
	return source
}

// with is a filing with other answers; "" takes one away.
func with(f office.Filing, pairs ...string) office.Filing {
	for i := 0; i < len(pairs); i += 2 {
		if f.Answers[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(f.Answers, pairs[i])
		}
	}
	return f
}

// death is a claim for the death of a father.
func death(key string) office.Filing {
	f := with(damage(key, may1), "property_kind", "", "damage", "", "owner_kind", "", "circumstances", "",
		"relation", "child", "relative_name", "Petro Example", "death_cause", "shelling", "account", "A shell.")
	f.Category = "a2-1"
	return f
}

// findings are the results of an examination's tests, with their authors.
func findings(tests []claim.TestFinding) map[string]string {
	found := map[string]string{}
	for _, f := range tests {
		found[f.Test] = strings.Join(strings.Fields(strings.Join([]string{f.Result, f.Ground, f.Reason, f.By}, " ")), " ")
	}
	return found
}

// recommended is the list of these claims, recommended and not decided.
func (h *house) recommended(with office.Recommending, ids ...claim.ID) office.Listed {
	h.Helper()
	list, err := h.Office.Recommend(context.Background(), h.by("director"), rd4u, h.examined(ids...), with)
	must(h.TB, err)
	return list
}

// boardDecides decides a list as it was recommended.
func (h *house) boardDecides(list int64) office.Listed {
	h.Helper()
	done, err := h.Office.DecideList(context.Background(), h.by("board"), rd4u, list, office.Deciding{Reason: "as-recommended"})
	must(h.TB, err)
	return done
}

func (h *house) outcome(f office.Filing) rulebook.Finding {
	h.Helper()
	return h.fileDamage(f)[0].Finding()
}

// 2: the list of categories has editions; old claims keep theirs.
func TestStatement02OldClaimsKeepTheirCategory(t *testing.T) {
	h := registerOfDamage(t)
	old := h.fileDamage(damage("old", may1))[0].Claim()
	h.open("the next edition", edition(t, "2026-06", "a3-1", "a3-10"))
	_, err := h.Office.FileClaims(t.Context(), h.by("officer"), rd4u, []office.Filing{damage("late", may1)})
	wantCode(t, "in the category that is gone", err, "rulebook.category-unknown")
	renamed := damage("new", may1)
	renamed.Category = "a3-10"
	fresh := h.fileDamage(renamed)[0].Claim()
	h.boardDecides(h.recommended(office.Recommending{}, old.ID, fresh.ID).List)
	h.stands(claim.Recorded, old.ID, fresh.ID)
	same(t, [2]string{h.claim(old.ID).Category, h.claim(fresh.ID).Category}, [2]string{"a3-1", "a3-10"})
	h.sound()
}

// 3: four tests are four stored findings, each with reason and author.
func TestStatement03FourTestsAreFourStoredFindings(t *testing.T) {
	h := registerOfDamage(t)
	early := h.fileDamage(with(damage("early", may1), "event_date", "2022-02-23", "place", "outside"))[0]
	want := map[string]string{
		"claimant": "met rule", "time": "not-met too-early rule", "place": "not-met outside-ukraine rule", "attribution": "met rule",
	}
	if diff := cmp.Diff(want, findings(early.Tests())); diff != "" {
		t.Error(diff)
	}
	id := h.fileDamage(damage("judged", may1))[0].Claim().ID
	find := func(who, test, result, ground, reason string) error {
		_, err := h.Office.FindTest(t.Context(), h.by(who), rd4u, id, test, result, ground, reason)
		return err
	}
	wantCode(t, "by nobody who may", find("commissioner", "place", "not-met", "outside-ukraine", "map-checked"), "policy.capacity-missing")
	wantCode(t, "without a reason", find("officer", "place", "not-met", "outside-ukraine", "I think so"), "claim.reason-code")
	wantCode(t, "without a ground", find("officer", "place", "not-met", "", "map-checked"), "claim.test-ground")
	wantCode(t, "on no ground of the rulebook", find("officer", "place", "not-met", "bad-weather", "map-checked"), "board.no-such-ground")
	wantCode(t, "of no test", find("officer", "weather", "met", "", "map-checked"), "claim.no-such-test")
	must(t, find("officer", "place", "not-met", "outside-ukraine", "map-checked"))
	list := h.recommended(office.Recommending{}, id)
	wantCode(t, "after the recommendation", find("officer-2", "place", "met", "", "map-checked-again"), "claim.recommended-already")
	_, items, err := h.Office.ListItems(t.Context(), rd4u, list.List)
	must(t, err)
	want = map[string]string{
		"claimant": "met rule", "time": "met rule", "place": "not-met outside-ukraine map-checked officer", "attribution": "met rule",
	}
	if diff := cmp.Diff(want, findings(items[0].Recommended.Tests)); diff != "" {
		t.Error(diff)
	}
	h.boardDecides(list.List)
	refused := h.claim(id)
	same(t, [3]string{string(refused.Standing), refused.Ground, refused.Rule}, [3]string{"refused", "outside-ukraine", "place-inside"})
	h.sound()
}

// 4: a loss of the day before fails, and passes once an edition begins in 2014.
func TestStatement04TheDayBeforeFailsUntilAnEditionBeginsIn2014(t *testing.T) {
	h := registerOfDamage(t)
	early := func(key string) office.Filing { return with(damage(key, may1), "event_date", "2022-02-23") }
	same(t, h.outcome(early("before")).Ground, "too-early")
	h.open("the edition of 2014", edition(t, "2026-06", "period: {from: 2022-02-24}", "period: {from: 2014-02-20}"))
	same(t, h.outcome(early("after")).Outcome, rulebook.Record)
}

// 5: the place rule belongs to the category, and the Commission's edition adds
// sea zones, ships and aircraft.
func TestStatement05ThePlaceRuleBelongsToTheCategory(t *testing.T) {
	h := registerOfDamage(t)
	same(t, h.outcome(with(damage("home abroad", may1), "place", "outside")).Ground, "outside-ukraine")
	same(t, h.outcome(with(death("abroad"), "place", "outside", "linked_event", "false")).Ground, "outside-without-link")
	same(t, h.outcome(with(death("abroad, linked"), "place", "outside", "linked_event", "true")).Outcome, rulebook.Record)
	book, _ := rulebooks.Find("iccu")
	h.open("iccu", string(book.Source))
	for place, want := range map[string]rulebook.FindingOutcome{"ukrainian-ship": rulebook.Record, "exclusive-economic-zone": rulebook.Record, "outside": rulebook.Refuse} {
		answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "iccu", []office.Filing{with(damage(place, may1), "place", place)})
		must(t, err)
		same(t, h.examined(answers[0].ID)[0].Finding().Outcome, want)
	}
	_, err := h.Office.FileClaims(t.Context(), h.by("officer"), rd4u, []office.Filing{with(damage("ship", may1), "place", "ukrainian-ship")})
	if err == nil {
		t.Error("the Register knows ships")
	}
}

// 6: a claim without files is filed, reviewed and recorded.
func TestStatement06AClaimWithoutFilesIsRecorded(t *testing.T) {
	h := registerOfDamage(t)
	id := h.fileDamage(damage("no files", may1))[0].Claim().ID
	h.boardDecides(h.recommended(office.Recommending{}, id).List)
	h.stands(claim.Recorded, id)
}

// extract is a registry that knows one person, and can be away.
type extract struct{ away bool }

func (e *extract) Name() string     { return "civil-status" }
func (e *extract) Fields() []string { return []string{"claimant_name", "birth_date"} }
func (e *extract) LookUp(_ context.Context, key string) (map[string]string, error) {
	switch {
	case e.away:
		return nil, errors.New("no route")
	case key == "1234567890":
		return map[string]string{"claimant_name": "Olena Example", "birth_date": "1980-05-05"}, nil
	}
	return nil, nil
}

// 8: prefilled values show registry and time; with the registry down, what is
// given by hand is marked as not verified.
func TestStatement08WhatNoRegistryConfirmedIsMarked(t *testing.T) {
	h := registerOfDamage(t)
	civil := &extract{}
	h.Office.Registries = []office.Registry{civil}
	officer := h.by("officer")
	filed := func(key string, prefilled map[string]office.Prefilled, pairs ...string) office.Shown {
		t.Helper()
		f := with(damage(key, may1), pairs...)
		f.Prefilled = prefilled
		answers, err := h.Office.FileClaims(t.Context(), officer, rd4u, []office.Filing{f})
		must(t, err)
		shown, err := h.Office.ReadAnswers(t.Context(), officer, string(answers[0].Reference), office.PurposeExamination)
		must(t, err)
		return shown
	}
	got, err := h.Office.LookUp(t.Context(), officer, rd4u, "5f0c", "civil-status", "1234567890")
	must(t, err)
	prefilled := map[string]office.Prefilled{}
	for field, text := range got.Texts {
		prefilled[field] = office.Prefilled{From: got.From, Text: text}
	}
	shown := filed("known", prefilled, "claimant_name", "Olena Example", "birth_date", "1980-05-06")
	same(t, shown.From.Fields["claimant_name"], office.From{Registry: "civil-status", At: got.At})
	same(t, strings.Join(shown.From.Unverified, " "), "birth_date") // she put it right by hand
	if got.At.IsZero() {
		t.Error("nobody knows when the registry was asked")
	}

	civil.away = true
	down, err := h.Office.LookUp(t.Context(), officer, rd4u, "5f0d", "civil-status", "1234567890")
	wantCode(t, "down", err, "registry.down")
	shown = filed("by hand", map[string]office.Prefilled{"claimant_name": {From: down.From}}, "claimant_name", "Olena Example")
	same(t, strings.Join(shown.From.Unverified, " "), "claimant_name")
	same(t, len(shown.From.Fields), 0)
	h.sound()
}

// 9: Russian nationality alone is refused; with another one proved it passes.
func TestStatement09RussianNationalityAloneIsRefused(t *testing.T) {
	h := registerOfDamage(t)
	russian := func(key string, pairs ...string) office.Filing {
		return with(with(damage(key, may1), "nationality", "ru"), pairs...)
	}
	same(t, h.outcome(russian("only", "other_nationality", "false")).Ground, "only-russian-nationality")
	same(t, h.outcome(russian("not proved", "other_nationality", "true", "other_nationality_proof", "false")).Ground, "only-russian-nationality")
	same(t, h.outcome(russian("proved", "other_nationality", "true", "other_nationality_proof", "true")).Outcome, rulebook.Record)
}

// alarms are what the office is told to look at, of one claim.
func (h *house) alarms(id claim.ID) string {
	h.Helper()
	var found []string
	must(h.TB, h.Office.Suspicions(context.Background(), rd4u, func(s office.Suspicion) error {
		if s.Claim.ID == id && (strings.HasPrefix(s.Check, "shares-") || s.Check == "injury-claimed-twice" || s.Check == rulebook.OnePerPerson) {
			found = append(found, s.Check)
		}
		return nil
	}))
	return strings.Join(found, " ")
}

// 10: one claim of a category and joint claims are settings; co-owners' claims
// link to one object, and shares over 100 % are flagged.
func TestStatement10SharesOfOneObjectAreAddedUp(t *testing.T) {
	h := registerOfDamage(t)
	share := func(key, percent string) claim.ID {
		return h.fileDamage(with(damage(key, may1), "owner_kind", "co-owner", "share_percent", percent, "object_number", "4711"))[0].Claim().ID
	}
	one, other, third := share("one", "50"), share("other", "50"), share("third", "25")
	link := func(a, b claim.ID) {
		_, err := h.Office.LinkObjects(t.Context(), h.by("officer"), rd4u, a, b, "same-flat")
		must(t, err)
	}
	link(one, other)
	same(t, h.alarms(one), "")
	link(one, third)
	same(t, h.alarms(one), "shares-of-a3-1")

	h = registerOfDamage(t)
	h.open("one claim each", edition(t, "2026-06", "    one_per_person: false\n", "    one_per_person: true\n"))
	first, second := h.fileDamage(damage("first", may1))[0].Claim().ID, h.fileDamage(damage("second", may1))[0].Claim().ID
	link(first, second)
	same(t, h.alarms(first), "") // two owners of one flat
	_, err := h.Office.UnlinkPersons(t.Context(), h.by("officer"), rd4u, first, second, "same-owner-after-all")
	must(t, err)
	_, err = h.Office.LinkPersons(t.Context(), h.by("officer"), rd4u, first, second, "same-passport")
	must(t, err)
	same(t, h.alarms(first), rulebook.OnePerPerson)
	h.sound()
}

// 11: allowed overlaps raise no alarm; the same injury in A2.3 and A2.6 does.
func TestStatement11AllowedOverlapsRaiseNoAlarm(t *testing.T) {
	h := registerOfDamage(t)
	home := h.fileDamage(damage("owner", may1))[0].Claim().ID
	lived := with(damage("resident", may1), "property_kind", "", "damage", "", "owner_kind", "", "residence_kind", "owner")
	lived.Category = "a3-3"
	resident := h.fileDamage(lived)[0].Claim().ID
	_, err := h.Office.LinkPersons(t.Context(), h.by("officer"), rd4u, home, resident, "same-passport")
	must(t, err)
	same(t, h.alarms(home), "")

	// A2.6's form isn't public: its claims come once it is open, with the day of
	// the injury that both forms ask for.
	e, err := rulebook.Parse(rd4u, []byte(rd4uSource(t)))
	must(t, err)
	hurt, err := e.Read("a2-3", map[string]string{"injured_in_detention": "true", "injury_date": "2022-08-01"})
	must(t, err)
	at := rulebook.Case{Category: "a2-3", Claimant: "individual", Answers: hurt}
	for category, want := range map[string]int{"a2-6": 1, "a1-1": 0} {
		at.Links = []rulebook.Link{{Claim: "other", Category: category, Person: true, Answers: hurt}}
		same(t, len(e.Alarms(at)), want)
	}
}

// 12: a misfiled claim moves category with consent and keeps its filing date.
func TestStatement12AMisfiledClaimMovesWithConsentAndKeepsItsDay(t *testing.T) {
	h := registerOfDamage(t)
	received := day.Must(2025, 5, 16)
	answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), rd4u, []office.Filing{func() office.Filing {
		f := damage("garage", received)
		f.Code = true
		return f
	}()})
	must(t, err)
	id := answers[0].ID
	move := func(to, reason string) error {
		_, err := h.Office.ProposeMove(t.Context(), h.by("officer"), rd4u, id, to, reason)
		return err
	}
	claimant, _, _, err := h.Office.ClaimantByCode(t.Context(), string(answers[0].Reference), string(answers[0].Code))
	must(t, err)
	consent := func(supplied map[string]string) error {
		_, err := h.Office.ConsentToMove(t.Context(), office.By{Actor: claimant}, rd4u, id, supplied)
		return err
	}
	wantCode(t, "where nobody proposed it", consent(nil), "claim.no-move-proposed")
	wantCode(t, "to a category that isn't open", move("a3-7", "no-dwelling"), "rulebook.category-not-opened")
	wantCode(t, "to one for others", move("c3-1", "no-dwelling"), "claim.claimant-kind")
	wantCode(t, "to where it is", move("a3-1", "no-dwelling"), "claim.same-category")
	must(t, move("a3-2", "no-dwelling"))
	same(t, h.claim(id).Category, "a3-1") // it waits
	_, err = h.Office.DeclineMove(t.Context(), office.By{Actor: claimant}, rd4u, id)
	must(t, err)
	wantCode(t, "declined", consent(nil), "claim.no-move-proposed")
	must(t, move("a3-2", "no-dwelling"))
	must(t, consent(map[string]string{"object_kind": "garage"}))
	moved := h.claim(id)
	same(t, [3]string{moved.Category, moved.Received.String(), string(moved.Reference)}, [3]string{"a3-2", "2025-05-16", string(answers[0].Reference)})
	history, err := h.Office.History(t.Context(), id.Stream())
	must(t, err)
	last := history[len(history)-1]
	same(t, [3]string{string(last.Kind), last.Actor, last.ForWhom}, [3]string{"claim.moved.v1", "claimant", ""})
	if !strings.Contains(string(last.Facts), `"consent":"claimant"`) {
		t.Errorf("%s", last.Facts)
	}
	same(t, h.examined(id)[0].Finding().Outcome, rulebook.Record)
	h.boardDecides(h.recommended(office.Recommending{}, id).List)
	h.stands(claim.Recorded, id)
	h.sound()
}

// 13: of each act it is seen for whom it was.
func TestStatement13EachActShowsForWhom(t *testing.T) {
	h := registerOfDamage(t)
	for party, claimant := range map[string]string{"self": "individual", "parent": "individual", "guardian": "individual", "entity-head": "organisation", "representative": "individual", "counter-clerk": "individual"} {
		f := with(damage(party, may1), "filed_by", party, "mandate_shown", map[bool]string{false: "true"}[party == "self"])
		if f.Claimant = claimant; claimant == "organisation" {
			f.Category = "c3-1"
			with(f, "property_kind", "", "damage", "", "owner_kind", "", "nationality", "", "claimant_name", "",
				"entity_name", "Example", "entity_kind", "company", "asset_kind", "equipment", "asset_harm", "lost")
		}
		id := h.fileDamage(f)[0].Claim().ID
		history, err := h.Office.History(t.Context(), id.Stream())
		must(t, err)
		var said claim.FiledEvent
		must(t, json.Unmarshal(history[0].Facts, &said))
		same(t, [3]string{history[0].Actor, history[0].ForWhom, said.Answers["filed_by"]}, [3]string{"officer", "claimant", party})
		same(t, h.examined(id)[0].Finding().Outcome, rulebook.Record)
	}
	without := with(damage("no mandate", may1), "filed_by", "parent", "mandate_shown", "false")
	same(t, h.outcome(without).Outcome, rulebook.Deficient)
}

// 15: a group goes to the Board as one list, with one reasoned decision and a
// result for each claim.
func TestStatement15AGroupIsOneListWithAResultForEachClaim(t *testing.T) {
	h := registerOfDamage(t)
	var ids []claim.ID
	for _, key := range []string{"as recommended", "refused by the board", "sent back", "withdraws consent"} {
		ids = append(ids, h.fileDamage(damage(key, may1))[0].Claim().ID)
	}
	list := h.recommended(office.Recommending{}, ids...)
	same(t, list.Claims, int64(4))
	_, err := h.Office.WithdrawConsent(t.Context(), h.by("officer"), rd4u, ids[3])
	must(t, err)
	decide := func(results map[claim.ID]office.Result, reason string) (office.Listed, error) {
		return h.Office.DecideList(t.Context(), h.by("board"), rd4u, list.List, office.Deciding{
			Results: results, Reason: reason, Reasons: "The Board finds as follows.", Document: &docket.Hash{7},
		})
	}
	results := map[claim.ID]office.Result{ids[1]: {Outcome: rulebook.Refuse, Ground: "outside-ukraine"}, ids[2]: {Outcome: office.SendBack, Reason: "title-unclear"}}
	_, err = decide(results, "In part, as the rapporteur said.")
	wantCode(t, "a reason in words", err, "board.reason-code")
	_, err = decide(map[claim.ID]office.Result{"5f0c": {Outcome: rulebook.Refuse}}, "in-part")
	wantCode(t, "a claim that isn't in it", err, "board.not-in-list")
	_, err = decide(map[claim.ID]office.Result{ids[0]: {Outcome: rulebook.Refuse}}, "in-part")
	wantCode(t, "a refusal without a ground", err, "claim.no-ground")
	done, err := decide(results, "in-part")
	must(t, err)
	same(t, [5]int64{done.Claims, done.Record, done.Refuse, done.SentBack, done.LeftOut}, [5]int64{3, 1, 1, 1, 1})
	same(t, strings.Join(done.Left, ""), h.claim(ids[3]).Name())
	h.stands(claim.Recorded, ids[0])
	h.stands(claim.Refused, ids[1])
	h.stands(claim.Filed, ids[2], ids[3])
	env, err := h.entry(done.Ref).Open()
	must(t, err)
	same(t, [2]string{string(env.Kind), fmt.Sprint(env.Annex.Rows)}, [2]string{string(board.KindDecided), "3"})
	again := h.recommended(office.Recommending{}, ids[2]) // what was sent back comes in a new list
	h.boardDecides(again.List)
	h.stands(claim.Recorded, ids[2])
	h.sound()
}

// 16: no sampling, matching or grouping runs without a recorded approval.
func TestStatement16NoTechniqueRunsWithoutApproval(t *testing.T) {
	h := registerOfDamage(t)
	group := h.fileDamage(damage("one", may1), damage("two", may1))
	alike := office.Recommending{Group: "bakhmut"}
	recommend := func(with office.Recommending) error {
		_, err := h.Office.Recommend(t.Context(), h.by("director"), rd4u, group, with)
		return err
	}
	for _, technique := range board.Techniques() {
		err := h.Office.TechniqueAllowed(t.Context(), rd4u, technique, "bakhmut")
		wantCode(t, technique, err, "board.not-approved")
		if said := err.Error(); !strings.Contains(said, technique) || !strings.Contains(said, "bakhmut") {
			t.Errorf("it isn't said what is missing: %v", err)
		}
	}
	wantCode(t, "like claims in one list", recommend(alike), "board.not-approved")
	wantCode(t, "a sample", recommend(office.Recommending{Technique: "sampling"}), "board.not-approved")
	wantCode(t, "a technique that nobody knows", recommend(office.Recommending{Technique: "guessing"}), "board.technique-unknown")
	approve := func(who, technique, group string) (int64, error) {
		number, _, err := h.Office.Resolve(t.Context(), h.by(who), rd4u, board.Terms{Sort: board.Technique, Of: technique, Group: group, On: may1})
		return number, err
	}
	_, err := approve("director", "grouping", "bakhmut")
	wantCode(t, "approved by the director", err, "policy.capacity-missing")
	_, err = approve("board", "sampling", "bakhmut")
	must(t, err)
	_, err = approve("board", "grouping", "mariupol")
	must(t, err)
	wantCode(t, "with another technique and another group approved", recommend(alike), "board.not-approved")
	number, err := approve("board", "grouping", "bakhmut")
	must(t, err)
	_, err = h.Office.WithdrawResolution(t.Context(), h.by("board"), rd4u, number, "too-broad")
	must(t, err)
	wantCode(t, "withdrawn", recommend(alike), "board.approval-withdrawn")
	_, err = approve("board", "grouping", "")
	must(t, err)
	must(t, recommend(alike))
	h.open("demo", demoRulebook(t))
	must(t, h.Office.TechniqueAllowed(t.Context(), "demo", "grouping", "like")) // no board, no approval
	h.sound()
}

// 17: a batch rests on a verification or on a finding on a place, dated and
// withdrawable.
func TestStatement17AListRestsOnFindingsThatCanBeWithdrawn(t *testing.T) {
	h := registerOfDamage(t)
	from, to := day.Must(2022, 8, 1), day.Must(2023, 5, 20)
	resolve := func(terms board.Terms) (int64, error) {
		number, _, err := h.Office.Resolve(t.Context(), h.by("board"), rd4u, terms)
		return number, err
	}
	for name, bad := range map[string]board.Terms{
		"board.date":                       {Sort: board.OnPlace, Of: "UA14", Finding: "destroyed", On: day.Must(2027, 1, 1)},
		"board.no-finding":                 {Sort: board.OnPlace, Of: "UA14", On: may1},
		"board.not-a-code":                 {Sort: board.OnPlace, Of: "the town of Bakhmut", Finding: "destroyed", On: may1},
		"board.time-ends-before-it-begins": {Sort: board.OnPlace, Of: "UA14", Finding: "destroyed", From: &to, To: &from, On: may1},
	} {
		_, err := resolve(bad)
		wantCode(t, name, err, name)
	}
	bakhmut, err := resolve(board.Terms{Sort: board.OnPlace, Of: "UA14020010010010932", Finding: "destroyed", From: &from, To: &to, On: may1, Document: &docket.Hash{1}})
	must(t, err)
	verified, err := resolve(board.Terms{Sort: board.Verification, Of: "damaged-and-destroyed-property", On: may1})
	must(t, err)
	first := h.fileDamage(damage("bakhmut", may1))
	rests := office.Recommending{RestsOn: []int64{bakhmut, verified}}
	list := h.recommended(rests, first[0].Claim().ID)
	h.boardDecides(list.List)
	second := h.fileDamage(damage("later", may1))
	waiting := h.recommended(rests, second[0].Claim().ID)

	gone, err := h.Office.WithdrawResolution(t.Context(), h.by("board"), rd4u, bakhmut, "new-evidence")
	must(t, err)
	var numbers []int64
	for _, l := range gone.Rested {
		numbers = append(numbers, l.Number)
	}
	if diff := cmp.Diff([]int64{waiting.List, list.List}, numbers); diff != "" {
		t.Error(diff)
	}
	h.stands(claim.Recorded, first[0].Claim().ID) // what was decided stays
	_, err = h.Office.DecideList(t.Context(), h.by("board"), rd4u, waiting.List, office.Deciding{Reason: "as-recommended"})
	wantCode(t, "decided on what is withdrawn", err, "board.withdrawn")
	back := map[claim.ID]office.Result{second[0].Claim().ID: {Outcome: office.SendBack, Reason: "finding-withdrawn"}}
	_, err = h.Office.DecideList(t.Context(), h.by("board"), rd4u, waiting.List, office.Deciding{Reason: "finding-withdrawn", Results: back})
	must(t, err)
	_, err = h.Office.Recommend(t.Context(), h.by("director"), rd4u, h.examined(second[0].Claim().ID), rests)
	wantCode(t, "recommended on what is withdrawn", err, "board.withdrawn")
	_, err = h.Office.WithdrawResolution(t.Context(), h.by("board"), rd4u, bakhmut, "again")
	wantCode(t, "withdrawn twice", err, "board.withdrawn")
	_, err = h.Office.ReverseClaim(t.Context(), h.by("board", "director"), rd4u, first[0].Claim().ID, "finding-withdrawn")
	must(t, err)
	reversed := h.claim(first[0].Claim().ID)
	h.stands(claim.Filed, reversed.ID)
	h.boardDecides(h.recommended(office.Recommending{}, reversed.ID, second[0].Claim().ID).List)
	same(t, h.claim(reversed.ID).Number, reversed.Number) // it stays used, and its own
	h.sound()
}

// 21: consent has editions, and every look-up is logged.
func TestStatement21ConsentHasEditionsAndLookUpsAreLogged(t *testing.T) {
	h := registerOfDamage(t)
	civil := &extract{}
	h.Office.Registries = []office.Registry{civil}
	officer := h.by("officer")
	got, err := h.Office.LookUp(t.Context(), officer, rd4u, "5f0c", "civil-status", "1234567890")
	must(t, err)
	f := damage("asked", may1)
	f.Prefilled = map[string]office.Prefilled{"claimant_name": {From: got.From, Text: got.Texts["claimant_name"]}}
	id := h.fileDamage(f)[0].Claim().ID
	civil.away = true
	_, err = h.Office.LookUp(t.Context(), officer, rd4u, string(id), "civil-status", "7")
	wantCode(t, "down", err, "registry.down")
	var asked []string
	for _, r := range h.readings(id) {
		if r.Registry != "" {
			asked = append(asked, fmt.Sprint(r.Registry, " ", r.Actor, " ", r.Purpose, " ", r.Asked != nil))
		}
	}
	if diff := cmp.Diff([]string{"civil-status officer registry-lookup true", "civil-status officer registry-lookup false"}, asked); diff != "" {
		t.Error(diff)
	}
	_, err = h.Office.LookUp(t.Context(), officer, rd4u, string(id), "no-such", "7")
	wantCode(t, "none", err, "registry.none")

	same(t, h.claim(id).Answers["consent_edition"], "diia-1")
	_, err = h.Office.GiveConsent(t.Context(), officer, rd4u, id, "diia-2")
	must(t, err)
	same(t, h.claim(id).Register.Consent, "diia-2")
	_, err = h.Office.WithdrawConsent(t.Context(), officer, rd4u, id)
	must(t, err)
	_, err = h.Office.Recommend(t.Context(), h.by("director"), rd4u, h.examined(id), office.Recommending{})
	wantCode(t, "without consent", err, "claim.consent-gone")
	history, err := h.Office.History(t.Context(), id.Stream())
	must(t, err)
	for _, step := range history[1:] {
		if step.Instant.IsZero() || step.ForWhom != "claimant" {
			t.Errorf("%+v", step)
		}
	}
	h.sound()
}

// plainText is a screening that takes every file for text, and finds those
// infected that say so.
type plainText struct{}

func (plainText) Look(context.Context, string, io.ReaderAt, int64, bool) (evidence.Finding, error) {
	return evidence.Finding{Kind: "txt"}, nil
}
func (plainText) Scans() bool { return true }
func (plainText) Scan(_ context.Context, content io.Reader) (bool, error) {
	text, err := io.ReadAll(content)
	return strings.Contains(string(text), "a virus"), err
}

var (
	claimsOf24 = flag.Int("claims", 300, "claims that TestStatement24 files")
	filesOf24  = flag.Int("files", 2, "small files that it files with each")
)

// 24: as many claims and files as one likes pass the same tests as ten:
// -claims 100000 -files 6 for the size that the Register has in mind here.
func TestStatement24ManyClaimsPassTheTestsAsTenDo(t *testing.T) {
	h := registerOfDamage(t)
	h.Office.Screen = plainText{}
	const atOnce = 1000
	begun := time.Now()
	for n := 0; n < *claimsOf24; n += atOnce {
		var filings []office.Filing
		for i := n; i < min(n+atOnce, *claimsOf24); i++ {
			f := damage(fmt.Sprint("claim ", i), may1)
			for n := range *filesOf24 {
				f.Files = append(f.Files, office.Enclosure{Name: fmt.Sprint("photo ", n, ".txt"), Content: fmt.Appendf(nil, "What was left of house %d, from side %d.", i, n)})
			}
			if i%10 == 9 {
				with(f, "event_date", "2022-02-23")
			}
			filings = append(filings, f)
		}
		_, err := h.Office.FileClaims(t.Context(), h.by("officer"), rd4u, filings)
		must(t, err)
	}
	recorded, refused, lists := int64(0), int64(0), 0
	for {
		examined, err := h.Office.Examine(t.Context(), h.by("director"), rd4u, atOnce)
		must(t, err)
		if len(examined) == 0 {
			break
		}
		for _, e := range examined {
			same(t, len(e.Tests()), 4)
		}
		list, err := h.Office.Recommend(t.Context(), h.by("director"), rd4u, examined, office.Recommending{})
		must(t, err)
		done := h.boardDecides(list.List)
		recorded, refused, lists = recorded+done.Record, refused+done.Refuse, lists+1
	}
	n := int64(*claimsOf24)
	same(t, [2]int64{recorded, refused}, [2]int64{n - n/10, n / 10})
	t.Logf("%d claims with %d files filed, examined, recommended and decided in %d lists: %s", n, n*int64(*filesOf24), lists, time.Since(begun).Round(time.Millisecond))
	h.sound()
}

// Who has an interest in a claim takes no step in it and sees nothing of it that
// is sealed; nor do they consent.
func TestWhoHasAnInterestKeepsAway(t *testing.T) {
	h := registerOfDamage(t)
	one, other := h.fileDamage(damage("one", may1))[0], h.fileDamage(damage("other", may1))[0]
	declare := func(who string, id claim.ID) error {
		_, err := h.Office.DeclareInterest(t.Context(), h.by(who), rd4u, id)
		return err
	}
	must(t, declare("officer", one.Claim().ID))
	wantCode(t, "twice", declare("officer", one.Claim().ID), "actor.interest-declared")
	read := func(who string) error {
		_, err := h.Office.ReadAnswers(t.Context(), h.by(who), string(one.Claim().Reference), office.PurposeReview)
		return err
	}
	wantCode(t, "reads", read("officer"), "policy.interest")
	must(t, read("officer-2"))
	_, err := h.Office.FindTest(t.Context(), h.by("officer"), rd4u, one.Claim().ID, "place", "met", "", "map-checked")
	wantCode(t, "acts", err, "policy.interest")
	found, err := h.Office.Examine(t.Context(), h.by("officer"), rd4u, 10)
	must(t, err)
	same(t, len(found), 1) // the other one
	_, err = h.Office.DeclareInterestIn(t.Context(), h.by("director"), rd4u, "a3-1")
	must(t, err)
	_, err = h.Office.Recommend(t.Context(), h.by("director"), rd4u, []office.Examination{other}, office.Recommending{})
	wantCode(t, "recommends", err, "policy.interest")
	h.engage("director-2", office.Director)
	list, err := h.Office.Recommend(t.Context(), h.by("director-2"), rd4u, []office.Examination{one, other}, office.Recommending{})
	must(t, err)
	must(t, declare("board", one.Claim().ID))
	_, err = h.Office.DecideList(t.Context(), h.by("board"), rd4u, list.List, office.Deciding{Reason: "as-recommended"})
	wantCode(t, "decides", err, "policy.interest")
	_, err = h.Office.DecideList(t.Context(), h.by("board-2"), rd4u, list.List, office.Deciding{Reason: "as-recommended"})
	must(t, err)
	_, err = h.Office.ReverseClaim(t.Context(), h.by("board-2", "director"), rd4u, one.Claim().ID, "wrong-person")
	wantCode(t, "consents", err, "policy.interest")
	h.sound()
}

// A review is asked for once, in the time that the rulebook gives, and its clock
// runs; what is amended keeps what was told before.
func TestReviewAndAmendmentWhereTheRulebookGivesThem(t *testing.T) {
	h := registerOfDamage(t)
	id := h.fileDamage(with(damage("none", may1), "event_date", "2022-02-23"))[0].Claim().ID
	_, err := h.Office.Amend(t.Context(), h.by("officer"), rd4u, id, map[string]string{"cause": "mine"})
	wantCode(t, "amended where nobody may", err, "policy.not-in-edition")
	h.open("with review", edition(t, "2026-06",
		"  find_test: {by: officer}\n", "  find_test: {by: officer}\n  amend: {by: officer}\n  ask_review: {by: officer}\n",
		"\n# No letter names", "\ndeadlines:\n"+
			"  - {id: ask, for: claimant, from: refused, within: P30D, text: {en: Ask for a review, uk: Просіть, fr: Demandez}}\n"+
			"  - {id: answer, for: register, from: review-asked, within: P60D, text: {en: Answer, uk: Дайте відповідь, fr: Répondez}}\n\n# No letter names"))
	ids := []claim.ID{}
	for _, key := range []string{"reviewed", "too late"} {
		f := with(damage(key, may1), "event_date", "2022-02-23")
		f.Code = true
		answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), rd4u, []office.Filing{f})
		must(t, err)
		ids = append(ids, answers[0].ID)
	}
	_, err = h.Office.Amend(t.Context(), h.by("officer"), rd4u, ids[0], map[string]string{"contact": "Lviv", "cause": "mine"})
	must(t, err)
	same(t, h.claim(ids[0]).Answers["cause"], "mine")
	shown, err := h.Office.ReadAnswers(t.Context(), h.by("officer"), string(h.claim(ids[0]).Reference), office.PurposeReview)
	must(t, err)
	same(t, [2]string{shown.Answers["contact"], shown.Answers["claimant_name"]}, [2]string{"Lviv", "Olena reviewed"})
	wantCode(t, "of what isn't refused", func() error { _, err := h.Office.AskReview(t.Context(), h.by("officer"), rd4u, ids[0], ""); return err }(), "claim.cannot-be-reviewed")
	h.boardDecides(h.recommended(office.Recommending{}, ids...).List)
	times, given, err := h.Office.ReviewTimes(t.Context(), h.claim(ids[0]))
	must(t, err)
	same(t, [3]string{fmt.Sprint(given), times.Until.String(), times.Answer.String()}, [3]string{"true", "2026-07-01", "2026-07-31"})
	done, err := h.Office.AskReview(t.Context(), h.by("officer"), rd4u, ids[0], "It was the day after.")
	must(t, err)
	same(t, done.Claims, int64(1))
	c := h.claim(ids[0])
	same(t, [3]string{string(c.Standing), c.Register.Review.Answer.String(), c.Register.Review.Ground}, [3]string{"filed", "2026-07-31", "too-early"})
	h.boardDecides(h.recommended(office.Recommending{}, ids[0]).List)
	_, err = h.Office.AskReview(t.Context(), h.by("officer"), rd4u, ids[0], "")
	wantCode(t, "a second time", err, "claim.reviewed-once")
	if !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	h.later(40 * 24 * time.Hour)
	_, err = h.Office.AskReview(t.Context(), h.by("officer"), rd4u, ids[1], "")
	wantCode(t, "too late", err, "claim.review-too-late")
	h.sound()
}
