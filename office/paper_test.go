package office_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/store"
)

// onPaper is what stands on a form of the demo's a-departure.
func onPaper() paper.Readings {
	readings := paper.Readings{"birth_date": {}}
	for field, text := range map[string]string{
		"claimant_name": "Olena Koval", "contact": "3 Quay Lane", "signed": "true", "incident_date": "2019-11-04",
		"place": "quayside", "family": "false", "nights_away": "4",
	} {
		readings[field] = paper.Reading{Text: text}
	}
	return readings
}

func formNumber(h *house) paper.Number { return h.Office.NewPaperNumber() }

func (h *house) begunOnPaper(by string, n paper.Number) office.OwnKey {
	h.Helper()
	k, err := h.Office.BeginPaper(h.Context(), h.by(by), office.PaperBegun{Number: n, Programme: "demo", Category: "a-departure", Language: "uk", Received: day.Must(2020, 5, 20)})
	must(h.TB, err)
	return k
}

// A form on paper is keyed by one and checked by another; the claim is filed in the
// names of both, received on the day on which the paper came, with its scans.
func TestAFormOnPaperIsKeyedByOneAndCheckedByAnother(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	n := formNumber(h)
	_, err := o.BeginPaper(ctx, h.by("treasurer"), office.PaperBegun{Number: n, Programme: "demo", Category: "a-departure", Received: day.Must(2020, 5, 20)})
	wantCode(t, "by a treasurer", err, "policy.capacity-missing")
	_, err = o.BeginPaper(ctx, h.by("officer"), office.PaperBegun{Number: n, Programme: "demo", Category: "a-departure", Received: day.Must(2030, 1, 1)})
	wantCode(t, "received tomorrow", err, "paper.received")
	k := h.begunOnPaper("officer", n)
	_, err = o.BeginPaper(ctx, h.by("officer-2"), office.PaperBegun{Number: n, Programme: "demo", Category: "a-departure", Received: day.Must(2020, 5, 20)})
	wantCode(t, "begun twice", err, "paper.there")

	wantCode(t, "handed over empty", o.HandOverPaper(ctx, h.by("officer"), k), "paper.open")
	k, err = o.KeyPaper(ctx, h.by("officer"), k, onPaper())
	must(t, err)
	_, err = o.KeyPaper(ctx, h.by("officer"), k, paper.Readings{"nights_away": {Text: "many"}})
	wantCode(t, "what is no number", err, "paper.reading")
	wantCode(t, "checked before it was handed over", o.CheckPaper(ctx, h.by("officer-2"), k), "paper.stage")
	must(t, o.HandOverPaper(ctx, h.by("officer"), k))

	// Never the same person, by whatever way.
	wantCode(t, "checked by who keyed it", o.CheckPaper(ctx, h.by("officer"), k), "policy.second-same")
	must(t, o.CheckPaper(ctx, h.by("officer-2"), k))
	_, err = o.KeyPaper(ctx, h.by("officer"), k, paper.Readings{"nights_away": {Text: "5"}})
	wantCode(t, "keyed again by who keyed it", err, "paper.stage")
	_, err = o.FilePaper(ctx, h.by("officer"), k)
	wantCode(t, "filed by who keyed it", err, "paper.stage")
	_, err = o.FilePaper(ctx, h.by("officer-2"), k)
	wantCode(t, "filed before it was keyed again", err, "paper.open")

	again := onPaper()
	again["nights_away"], again["claimant_name"] = paper.Reading{Text: "9"}, paper.Reading{Text: "OLENA  KOVAL"}
	k, err = o.KeyPaper(ctx, h.by("officer-2"), k, again)
	must(t, err)
	_, err = o.FilePaper(ctx, h.by("officer-2"), k)
	wantCode(t, "filed with a difference", err, "paper.undecided")
	work, err := o.Paper(ctx, h.by("officer"), k)
	must(t, err)
	if differ := work.Paper.Undecided(work.Edition, work.Category); !slices.Equal(differ, []string{"nights_away"}) {
		t.Errorf("they differ in %v", differ)
	}
	_, err = o.DecidePaper(ctx, h.by("officer"), k, paper.Readings{"nights_away": {Text: "4"}})
	wantCode(t, "decided by who keyed it", err, "paper.stage")
	k, err = o.DecidePaper(ctx, h.by("officer-2"), k, paper.Readings{"nights_away": {Text: "9"}})
	must(t, err)
	must(t, o.AddressPaper(ctx, h.by("officer-2"), k, "Olena Koval\n3 Quay Lane"))
	filed, err := o.FilePaper(ctx, h.by("officer-2"), k)
	must(t, err)
	if filed.Code == "" || filed.Language != "uk" || filed.Repeated {
		t.Errorf("%+v", filed)
	}
	h.saysBoth(filed, n)
	h.filedOnce(k, n)
	h.sound()
}

// saysBoth holds the entry to the names of both, and to the day on which the paper
// came.
func (h *house) saysBoth(filed office.PaperFiled, n paper.Number) {
	h.Helper()
	t, ctx, o := h.TB, h.Context(), h.Office
	steps, err := o.History(ctx, filed.ID.Stream())
	must(t, err)
	event, err := claim.Decode(steps[0].Kind, steps[0].Facts)
	must(t, err)
	said := event.(claim.FiledEvent)
	if said.Paper != string(n) || said.Received != day.Must(2020, 5, 20) || said.Answers["nights_away"] != "9" || len(said.Illegible) > 0 {
		t.Errorf("the entry says %+v", said)
	}
	if steps[0].Actor != "officer" || steps[0].Second == nil || steps[0].Second.Actor != "officer-2" {
		t.Errorf("in the names of %s and %+v", steps[0].Actor, steps[0].Second)
	}
	who, _, _, err := o.ClaimantByCode(ctx, string(filed.Reference), string(filed.Code))
	must(t, err)
	if c, err := o.Contact(ctx, office.By{Actor: who}, "demo", filed.ID); err != nil || c.Channel != office.ByPost || c.Language != "uk" || c.Post != "Olena Koval\n3 Quay Lane" {
		t.Errorf("they are reached by %+v, %v", c, err)
	}
}

// filedOnce holds a form that was filed to be filed once.
func (h *house) filedOnce(k office.OwnKey, n paper.Number) {
	h.Helper()
	t, ctx, o := h.TB, h.Context(), h.Office
	if list, err := o.PaperForms(ctx, h.by("officer")); err != nil || len(list) != 0 {
		t.Errorf("still on the list: %+v, %v", list, err)
	}
	_, err := o.FilePaper(ctx, h.by("officer-2"), k)
	wantCode(t, "filed again", err, "paper.none")
	_, err = o.PaperByNumber(ctx, h.by("officer"), n)
	wantCode(t, "opened again", err, "paper.filed")
	_, err = o.BeginPaper(ctx, h.by("officer"), office.PaperBegun{Number: n, Programme: "demo", Category: "a-departure", Received: day.Must(2020, 5, 20)})
	wantCode(t, "begun again", err, "paper.filed")
	must(t, o.FinishErasures(ctx))
}

// Once something sensitive was keyed, only who has the paper opens it: the house's
// keys don't.
func TestAFormWithSomethingSensitiveOpensByItsNumberAlone(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	n := formNumber(h)
	k, err := o.BeginPaper(ctx, h.by("officer"), office.PaperBegun{Number: n, Programme: "demo", Category: "b-injury", Language: "en", Received: day.Must(2020, 5, 20)})
	must(t, err)
	listed, err := o.PaperByList(ctx, h.by("officer-2"), k.ID)
	if err != nil || !bytes.Equal(listed.Key, k.Key) {
		t.Fatalf("by the list: %v", err)
	}
	const told = "Canary what was told in confidence"
	k, err = o.KeyPaper(ctx, h.by("officer"), k, paper.Readings{"statement": {Text: told}})
	must(t, err)
	_, err = o.PaperByList(ctx, h.by("officer-2"), k.ID)
	wantCode(t, "by the list", err, "paper.number-needed")
	_, err = o.Paper(ctx, h.by("officer-2"), listed)
	wantCode(t, "under the key of before", err, "paper.none")
	there, err := o.PaperByNumber(ctx, h.by("officer-2"), n)
	must(t, err)
	work, err := o.Paper(ctx, h.by("officer-2"), there)
	if err != nil || work.Paper.First["statement"].Text != told || !work.Sensitive() {
		t.Errorf("by its number: %+v, %v", work.Paper, err)
	}
	if list, err := o.PaperForms(ctx, h.by("officer")); err != nil || len(list) != 1 || list[0].Open {
		t.Errorf("%+v, %v", list, err)
	}
	secret := strings.ReplaceAll(strings.TrimPrefix(string(n), "P-"), "-", "")
	if found := met(t, h.Places, [][]byte{[]byte(told), []byte(n), []byte(secret), k.Key}); found > 0 {
		t.Errorf("%d pieces lie in clear", found)
	}
	_, err = o.OwnByCode(ctx, strings.TrimPrefix(string(n), "P-"))
	wantCode(t, "as a claimant's code", err, "claim.code-wrong")
	_, err = o.SendOwn(ctx, k)
	wantCode(t, "sent as a claimant's draft", err, "draft.empty")
}

// Whoever goes on with a first keying vouches for it, and neither checks it; who
// takes a check over begins it anew; and what one left half way another finishes.
func TestWhatOneClerkLeftHalfWayAnotherFinishes(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	must(t, o.AddActor(ctx, h.by("administrator"), "officer-3", []string{office.Officer}, h.Keep("officer-3")))
	h.signIn("officer-3")
	n := formNumber(h)
	k := h.begunOnPaper("officer", n)
	half := onPaper()
	delete(half, "place")
	k, err := o.KeyPaper(ctx, h.by("officer"), k, half)
	must(t, err)
	k, err = o.KeyPaper(ctx, h.by("officer-3"), k, paper.Readings{"place": {Text: "quayside"}})
	must(t, err)
	must(t, o.HandOverPaper(ctx, h.by("officer-3"), k))
	wantCode(t, "by the first of them", o.CheckPaper(ctx, h.by("officer"), k), "policy.second-same")
	must(t, o.CheckPaper(ctx, h.by("officer-2"), k))
	k, err = o.KeyPaper(ctx, h.by("officer-2"), k, onPaper())
	must(t, err)
	must(t, o.SendPaperBack(ctx, h.by("officer-2"), k))
	work, err := o.Paper(ctx, h.by("officer-3"), k)
	if err != nil || work.Paper.Stage != office.PaperKeying || len(work.Paper.Second) > 0 || work.Paper.First["place"].Text != "quayside" {
		t.Errorf("%+v, %v", work.Paper, err)
	}
	must(t, o.HandOverPaper(ctx, h.by("officer-3"), k))
	must(t, o.CheckPaper(ctx, h.by("officer-2"), k))
	unread := onPaper()
	unread["birth_date"] = paper.Reading{Illegible: true}
	k, err = o.KeyPaper(ctx, h.by("officer-2"), k, unread)
	must(t, err)
	k, err = o.DecidePaper(ctx, h.by("officer-2"), k, paper.Readings{"birth_date": {Illegible: true}})
	must(t, err)
	filed, err := o.FilePaper(ctx, h.by("officer-2"), k)
	must(t, err)
	steps, err := o.History(ctx, filed.ID.Stream())
	must(t, err)
	event, err := claim.Decode(steps[0].Kind, steps[0].Facts)
	if said := event.(claim.FiledEvent); err != nil || !slices.Equal(said.Illegible, []string{"birth_date"}) || !slices.Contains(said.Blank, "birth_date") || steps[0].Actor != "officer-3" {
		t.Errorf("%+v by %s, %v", event, steps[0].Actor, err)
	}
	h.sound()
}

// What was begun by mistake goes, and the paper can be begun again.
func TestAFormBegunByMistakeGoes(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	n := formNumber(h)
	k := h.begunOnPaper("officer", n)
	must(t, o.DiscardPaper(ctx, h.by("officer"), k))
	_, err := o.Paper(ctx, h.by("officer"), k)
	wantCode(t, "discarded", err, "paper.none")
	must(t, o.Store.Read(ctx, func(r store.Reader) error {
		if list, err := r.PaperForms(10); err != nil || len(list) > 0 {
			t.Errorf("%+v, %v", list, err)
		}
		return nil
	}))
	h.begunOnPaper("officer-2", n)
}
