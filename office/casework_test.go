package office_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// atDesk is the demo's programme with rules of identity and a time in which the
// register answers.
func atDesk(t *testing.T) *house {
	t.Helper()
	h := staffed(t)
	h.open("demo", demoRulebook(t)+`
identity:
  - {id: same-person, fields: [claimant_name, birth_date], means: likely}
deadlines:
  - {id: register, for: register, from: filed, within: P30D, text: {en: The register answers.}}
`)
	return h
}

func (h *house) queue(q office.QueueQuery) []office.Queued {
	h.Helper()
	q.Programme, q.Limit = "demo", 50
	list, _, err := h.Office.Queue(h.Context(), h.by("officer"), q)
	must(h.TB, err)
	return list
}

func namesOf(list []office.Queued) (ids []claim.ID) {
	for _, q := range list {
		ids = append(ids, q.Claim.ID)
	}
	return ids
}

func TestAQueueSaysWhyAClaimIsInIt(t *testing.T) {
	h := atDesk(t)
	ids := slices.Concat(h.filed(1), h.filed(1), h.filed(1))
	must(t, h.Office.Assign(t.Context(), h.by("officer-2"), "officer", ids[1]))
	must(t, h.Office.SetFlag(t.Context(), h.by("officer"), office.FlagUrgent, true, ids[1], ids[2]))
	all := h.queue(office.QueueQuery{Standing: claim.Filed})
	if !slices.Equal(namesOf(all), ids) {
		t.Fatalf("the queue is %v, filed were %v", namesOf(all), ids)
	}
	second := all[1]
	switch {
	case second.Assigned == nil || second.Assigned.Actor != "officer" || second.Assigned.By != "officer-2":
		t.Errorf("it is assigned as %+v", second.Assigned)
	case len(second.Flags) != 1 || second.Flags[0].Flag != office.FlagUrgent || second.Flags[0].By != "officer":
		t.Errorf("its flags are %+v", second.Flags)
	case second.Due != day.Must(2020, 7, 1) || second.Deadline == nil || second.Late:
		t.Errorf("it is due on %s (%+v), late %t", second.Due, second.Deadline, second.Late)
	case all[0].Assigned != nil || len(all[0].Flags) != 0:
		t.Errorf("the first one has %+v", all[0])
	}
	if got := namesOf(h.queue(office.QueueQuery{Assigned: "officer"})); !slices.Equal(got, ids[1:2]) {
		t.Errorf("the officer has %v", got)
	}
	if got := namesOf(h.queue(office.QueueQuery{Flag: office.FlagUrgent})); len(got) != 2 {
		t.Errorf("urgent are %v", got)
	}
	// Undone until it is an act: nothing of it stood in the docket.
	must(t, h.Office.Assign(t.Context(), h.by("officer"), "", ids[1]))
	must(t, h.Office.SetFlag(t.Context(), h.by("officer"), office.FlagUrgent, false, ids[1], ids[2]))
	if got := h.queue(office.QueueQuery{Standing: claim.Filed, Nobodys: true}); len(got) != 3 || len(got[1].Flags) != 0 {
		t.Errorf("after undoing it is %+v", got)
	}
	h.record(ids[0])
	if got := h.queue(office.QueueQuery{Standing: claim.Recorded}); !got[0].Since.After(got[0].Claim.Filed.Time) {
		t.Errorf("recorded at %s, filed at %s", got[0].Since, got[0].Claim.Filed)
	}
	h.sound()
}

func TestAQueuesClockRunsOut(t *testing.T) {
	now := time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	h := staffedAt(t, func() time.Time { return now })
	h.open("demo", demoRulebook(t)+"\ndeadlines:\n  - {id: register, for: register, from: filed, within: P30D, text: {en: The register answers.}}\n")
	h.filed(1)
	for _, c := range []struct {
		days int
		late bool
	}{{0, false}, {30, false}, {31, true}} {
		now = time.Date(2020, time.June, 1+c.days, 9, 0, 0, 0, time.UTC)
		if got := h.queue(office.QueueQuery{Standing: claim.Filed})[0]; got.Late != c.late {
			t.Errorf("after %d days late is %t", c.days, got.Late)
		}
	}
}

func TestWorkIsGivenToWhoWorksOnClaims(t *testing.T) {
	h := atDesk(t)
	ids := h.filed(1)
	for _, who := range []string{"treasurer", "nobody", "Olena Kovalenko"} {
		wantCode(t, who, h.Office.Assign(t.Context(), h.by("officer"), who, ids...), "casework.nobody")
	}
	wantCode(t, "by a treasurer", h.Office.Assign(t.Context(), h.by("treasurer"), "officer", ids...), "policy.capacity-missing")
	wantCode(t, "a flag of one's own", h.Office.SetFlag(t.Context(), h.by("officer"), "likes-me", true, ids...), "casework.flag")
	wantCode(t, "no such claim", h.Office.Assign(t.Context(), h.by("officer"), "officer", "0123"), "claim.none")
}

// A note is sealed under the claim's key, its reading is in the reading log, and
// it goes with the claim.
func TestANoteIsSealedReadAndErasedAsTheClaimIs(t *testing.T) {
	h := atDesk(t)
	const secret = "the neighbour Petrenko rang"
	ids := h.filed(2)
	n, err := h.Office.WriteNote(t.Context(), h.by("officer"), ids[0], secret, "officer-2", day.Must(2020, 6, 9))
	must(t, err)
	_, err = h.Office.WriteNote(t.Context(), h.by("officer"), ids[1], secret, "", day.Date{})
	must(t, err)
	for table, rows := range h.everything() {
		if strings.Contains(strings.Join(rows, "\n"), "Petrenko") {
			t.Errorf("table %s holds the note in the clear", table)
		}
	}
	tasks, err := h.Office.Tasks(t.Context(), h.by("officer-2"), 10)
	must(t, err)
	if len(tasks) != 1 || tasks[0].Claim.ID != ids[0] || tasks[0].Text != "" {
		t.Errorf("the tasks are %+v", tasks)
	}
	before := len(h.readings(ids[0]))
	notes, err := h.Office.ReadNotes(t.Context(), h.by("officer-2"), ids[0])
	must(t, err)
	if len(notes) != 1 || notes[0].Text != secret || notes[0].By != "officer" {
		t.Errorf("the notes are %+v", notes)
	}
	if after := h.readings(ids[0]); len(after) != before+1 || after[before].Actor != "officer-2" || after[before].Opened[0] != "note.1" {
		t.Errorf("the reading log says %+v", after)
	}
	wantCode(t, "another's note", h.Office.TakeNoteBack(t.Context(), h.by("officer-2"), ids[0], n), "casework.note-others")
	must(t, h.Office.FinishTask(t.Context(), h.by("officer-2"), ids[0], n, true))
	if tasks, _ = h.Office.Tasks(t.Context(), h.by("officer-2"), 10); len(tasks) != 0 {
		t.Errorf("after it is done the tasks are %+v", tasks)
	}
	h.withdraw(ids[0])
	_, err = h.erase(ids[0])
	must(t, err)
	for _, table := range []string{"notes", "features"} {
		if rows := strings.Join(h.everything()[table], "\n"); strings.Contains(rows, string(ids[0])) || !strings.Contains(rows, string(ids[1])) {
			t.Errorf("after the erasure %s holds %s", table, rows)
		}
	}
	h.sound()
}

// Claims are found by who made them over keyed hashes; the database holds no
// name to search through.
func TestAClaimIsFoundByKeyedFeatures(t *testing.T) {
	h := atDesk(t)
	ids := h.file(departure("Kovalenko", 3, true), departure("Petrenko", 3, false))
	find := func(texts map[string]string) []claim.ID {
		t.Helper()
		found, many, err := h.Office.FindByFeatures(t.Context(), h.by("officer"), "demo", texts, 10)
		must(t, err)
		if many {
			t.Error("there are too many")
		}
		var list []claim.ID
		for _, c := range found {
			list = append(list, c.ID)
		}
		return list
	}
	if got := find(map[string]string{"claimant_name": "KOVALENKO  olena"}); !slices.Equal(got, ids[:1]) {
		t.Errorf("by name: %v", got)
	}
	if got := find(map[string]string{"birth_date": "1975-04-26"}); len(got) != 2 {
		t.Errorf("by birth: %v", got)
	}
	if got := find(map[string]string{"birth_date": "1975-04-26", "claimant_name": "Olena Petrenko"}); !slices.Equal(got, ids[1:]) {
		t.Errorf("by both: %v", got)
	}
	if got := find(map[string]string{"contact": "3 Quay Lane"}); len(got) != 0 {
		t.Errorf("by what no rule of identity names: %v", got)
	}
	for table, rows := range h.everything() {
		if strings.Contains(strings.Join(rows, "\n"), "Kovalenko") {
			t.Errorf("table %s holds the name in the clear", table)
		}
	}
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(ids[1]))
	must(t, err)
	_, err = h.Office.AnswerDeficiency(t.Context(), h.by("officer"), "demo", ids[1], map[string]string{"claimant_name": "Olena Shevchenko", "signed": "true"})
	must(t, err)
	if got := find(map[string]string{"claimant_name": "Olena Petrenko"}); len(got) != 0 {
		t.Errorf("by the old name: %v", got)
	}
	if got := find(map[string]string{"claimant_name": "Olena Shevchenko"}); !slices.Equal(got, ids[1:]) {
		t.Errorf("by the new name: %v", got)
	}
	_, _, err = h.Office.FindByFeatures(t.Context(), h.by("treasurer"), "demo", map[string]string{"claimant_name": "x"}, 10)
	wantCode(t, "by a treasurer", err, "policy.capacity-missing")
	h.sound()
}

func TestFeaturesThatWereNeverMadeAreMadeAnew(t *testing.T) {
	h := atDesk(t)
	ids := h.filed(3)
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error { return tx.DropFeatures(ids) }))
	before := h.everything()["features"]
	done, cursor := 0, ""
	for {
		next, n, err := h.Office.Refeature(t.Context(), h.by("officer"), "demo", claim.Filed, cursor, 2)
		must(t, err)
		if done, cursor = done+n, next; next == "" {
			break
		}
	}
	if after := h.everything()["features"]; len(before) != 0 || done != 3 || len(after) != 6 {
		t.Errorf("%d rows before, %d claims done, %d rows after", len(before), done, len(after))
	}
}

// Two people, each at their own screen.
func TestAnActWaitsForASecondPerson(t *testing.T) {
	h := atDesk(t)
	ids := h.file(elsewhere(departure("a", 1, true)), elsewhere(departure("b", 1, true)), departure("c", 1, true))
	propose := func(act office.Act, ids ...claim.ID) (string, error) {
		return h.Office.Propose(t.Context(), h.by("officer"), "demo", act, h.examined(ids...))
	}
	_, err := propose(office.ActRefuse, ids[2])
	wantCode(t, "what the rulebook doesn't find", err, "proposal.finding")
	_, err = propose(office.ActRecord, ids[2])
	wantCode(t, "what needs one person", err, "proposal.alone")
	_, err = propose(office.ActWithdraw, ids[0])
	wantCode(t, "what doesn't wait", err, "proposal.act")
	id, err := propose(office.ActRefuse, ids[:2]...)
	must(t, err)
	h.stands(claim.Filed, ids...)
	_, err = propose(office.ActRefuse, ids[1])
	wantCode(t, "what waits already", err, "proposal.waits")

	_, err = h.Office.Confirm(t.Context(), h.people["officer"], id)
	wantCode(t, "by who proposed", err, "policy.second-same")
	_, err = h.Office.Confirm(t.Context(), h.people["treasurer"], id)
	wantCode(t, "by a treasurer", err, "policy.capacity-missing")
	_, err = h.Office.Confirm(t.Context(), office.Known{}, id)
	wantCode(t, "by nobody", err, "policy.second-missing")
	h.stands(claim.Filed, ids...)

	done, err := h.Office.Confirm(t.Context(), h.people["officer-2"], id)
	must(t, err)
	h.stands(claim.Refused, ids[:2]...)
	history, err := h.Office.History(t.Context(), ids[0].Stream())
	must(t, err)
	last := history[len(history)-1]
	if done.Claims != 2 || last.Actor != "officer" || last.Second == nil || last.Second.Actor != "officer-2" {
		t.Errorf("%d claims; the entry names %s and %+v", done.Claims, last.Actor, last.Second)
	}
	_, err = h.Office.Confirm(t.Context(), h.people["officer-2"], id)
	wantCode(t, "again", err, "proposal.none")
	h.sound()
}

func TestAProposalOfWhatMovedOnOrOfWhoIsGoneConfirmsNothing(t *testing.T) {
	h := atDesk(t)
	ids := h.file(elsewhere(departure("a", 1, true)), elsewhere(departure("b", 1, true)), elsewhere(departure("c", 1, true)))
	one := func(id claim.ID) string {
		p, err := h.Office.Propose(t.Context(), h.by("officer"), "demo", office.ActRefuse, h.examined(id))
		must(t, err)
		return p
	}
	moved, forged, ended := one(ids[0]), one(ids[1]), one(ids[2])
	h.withdraw(ids[0])
	_, err := h.Office.Confirm(t.Context(), h.people["officer-2"], moved)
	wantCode(t, "moved on", err, "claim.moved-on")

	// Who has the database alone puts another's name there: nothing is confirmed.
	prop, err := h.Office.Proposal(t.Context(), h.by("officer"), forged)
	must(t, err)
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.DropProposal(forged); err != nil {
			return err
		}
		prop.Actor = "officer-2"
		return tx.AddProposal(prop)
	}))
	_, err = h.Office.Confirm(t.Context(), h.people["officer"], forged)
	wantCode(t, "forged", err, "proposal.differs")
	must(t, h.Office.DropProposal(t.Context(), h.by("officer"), forged))

	must(t, h.Office.EndActor(t.Context(), h.by("administrator"), "officer"))
	_, err = h.Office.Confirm(t.Context(), h.people["officer-2"], ended)
	wantCode(t, "of who is gone", err, "policy.actor-unknown")
	h.stands(claim.Filed, ids[1:]...)
}

func TestALongListLeavesWithTwoPeopleAndWithinAnHour(t *testing.T) {
	now := time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	h := staffedAt(t, func() time.Time { now = now.Add(time.Millisecond); return now })
	h.open("demo", demoRulebook(t))
	id, err := h.Office.ProposeExport(t.Context(), h.by("officer"), "demo", "standing=filed")
	must(t, err)
	fetch := func(who string) error {
		_, err := h.Office.Exportable(t.Context(), h.by(who), id)
		return err
	}
	wantCode(t, "before", fetch("officer"), "proposal.not-yet")
	wantCode(t, "consents alone", h.Office.ConsentToExport(t.Context(), h.people["officer"], id), "policy.second-same")
	must(t, h.Office.ConsentToExport(t.Context(), h.people["officer-2"], id))
	must(t, fetch("officer"))
	wantCode(t, "another fetches", fetch("officer-2"), "proposal.none")
	now = now.Add(2 * time.Hour)
	wantCode(t, "too late", fetch("officer"), "proposal.expired")
}

// A board sees of a claim what it needs, and no name.
func TestACapacitySeesItsClassesOfFields(t *testing.T) {
	h := atDesk(t)
	ids := h.filed(1)
	reference := string(h.claim(ids[0]).Reference)
	officer, err := h.Office.ReadAnswers(t.Context(), h.by("officer"), reference, office.PurposeExamination)
	must(t, err)
	board, err := h.Office.ReadAnswers(t.Context(), h.by("commissioner"), reference, office.PurposeExamination)
	must(t, err)
	if officer.Answers["claimant_name"] == "" || len(officer.Hidden) != 0 {
		t.Errorf("the officer sees %v", officer.Answers)
	}
	if board.Answers["claimant_name"] != "" || board.Answers["place"] == "" || !slices.Contains(board.Hidden, "claimant_name") {
		t.Errorf("the commissioner sees %v, hidden are %v", board.Answers, board.Hidden)
	}
	_, err = h.Office.ReadAnswers(t.Context(), h.by("treasurer"), reference, office.PurposeExamination)
	wantCode(t, "a treasurer", err, "policy.capacity-missing")
	last := h.readings(ids[0])
	if got := last[len(last)-1]; got.Actor != "officer" || !bytes.Contains([]byte(strings.Join(got.Opened, " ")), []byte("answers.personal")) {
		t.Errorf("the last opening is %+v: the commissioner's opened nothing", got)
	}
}

func TestAFilterIsSavedForItsOfficer(t *testing.T) {
	h := atDesk(t)
	must(t, h.Office.SaveFilter(t.Context(), h.by("officer"), " mine ", "assigned=officer"))
	list, err := h.Office.Filters(t.Context(), h.by("officer"))
	must(t, err)
	if len(list) != 1 || list[0].Name != "mine" || list[0].Query != "assigned=officer" {
		t.Errorf("the filters are %+v", list)
	}
	if list, err = h.Office.Filters(t.Context(), h.by("officer-2")); err != nil || len(list) != 0 {
		t.Errorf("another's filters are %+v, %v", list, err)
	}
	must(t, h.Office.DropFilter(t.Context(), h.by("officer"), "mine"))
	wantCode(t, "without a name", h.Office.SaveFilter(t.Context(), h.by("officer"), " ", ""), "casework.filter-name")
}
