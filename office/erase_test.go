package office_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

func (h *house) erase(id claim.ID) (office.Erased, error) {
	return h.Office.Erase(context.Background(), h.by("officer", "administrator"), "demo", id, "request-of-claimant")
}

func (h *house) hold(id claim.ID, ground string) error {
	_, err := h.Office.HoldClaim(context.Background(), h.by("administrator", "officer"), "demo", id, ground)
	return err
}

func (h *house) release(id claim.ID, ground string) error {
	_, err := h.Office.ReleaseClaim(context.Background(), h.by("officer", "officer-2"), "demo", id, ground)
	return err
}

func (h *house) withdraw(ids ...claim.ID) {
	h.Helper()
	for _, id := range ids {
		_, err := h.Office.WithdrawClaim(context.Background(), h.by("officer"), "demo", id)
		must(h.TB, err)
	}
}

// pay orders a round over all the money given.
func (h *house) pay(sum int64) office.Round {
	h.Helper()
	_, err := h.Office.ReceiveContribution(context.Background(), h.by("treasurer"), "demo", "harbour", euros(sum))
	must(h.TB, err)
	round, err := h.Office.PayRound(context.Background(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	must(h.TB, err)
	return round
}

func (h *house) settle(round int64, answers ...office.BankAnswer) {
	h.Helper()
	_, err := h.Office.SettlePayments(context.Background(), h.by("treasurer"), "demo", round, answers)
	must(h.TB, err)
}

// Each refusal says what is to be settled first; once it is, the claim can be
// erased.
func TestWhatMustBeSettledBeforeAClaimIsErased(t *testing.T) {
	h := opened(t)
	ids := h.filed(2)
	refused := func(what, code string) {
		t.Helper()
		before := h.everything()
		for _, id := range ids {
			_, err := h.erase(id)
			wantCode(t, what, err, code)
		}
		unchanged(h, before)
	}
	refused("not decided yet", "claim.erase-undecided")
	h.decide(ids...)
	refused("its award is owed", "claim.erase-owed")
	round := h.pay(5000)
	refused("its payment is under way", "claim.erase-under-way")
	h.settle(round.Round, office.BankAnswer{Claim: ids[0]}, office.BankAnswer{Claim: ids[1], Returned: true, Reason: "AC04"})
	_, err := h.erase(ids[1])
	wantCode(t, "its payment came back", err, "claim.erase-owed")
	must(t, h.hold(ids[0], "court-order"))
	_, err = h.erase(ids[0])
	wantCode(t, "held", err, "claim.held")
	must(t, h.release(ids[0], "court-order"))
	_, err = h.Office.Erase(t.Context(), h.by("officer", "officer-2"), "demo", ids[0], "Olena asked us to")
	wantCode(t, "on a ground in words", err, "claim.ground-form")
	_, err = h.Office.Erase(t.Context(), h.by("officer", "officer-2"), "other", ids[0], "retention")
	wantCode(t, "of another programme", err, "programme.none")
	_, err = h.erase(ids[0])
	must(t, err)
	h.sound()
}

func TestAfterAnErasure(t *testing.T) {
	h := opened(t)
	filing := departure("gone", 2, false)
	id, other := h.file(filing)[0], h.filed(1)[0]
	_, err := h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(id))
	must(t, err)
	supplied := map[string]string{"signed": "true", "contact": "4 Quay Lane"}
	answering := func() error {
		_, err := h.Office.AnswerDeficiency(t.Context(), keyed(h.by("officer"), "answer-1"), "demo", id, supplied)
		return err
	}
	must(t, answering())
	must(t, answering()) // its first answer, for now
	h.withdraw(id)
	by := keyed(h.by("administrator", "officer"), "erase-1")
	erase := func(ground string) (office.Erased, error) {
		return h.Office.Erase(t.Context(), by, "demo", id, ground)
	}
	done, err := erase("retention")
	must(t, err)
	// Two blobs of answers and a trace at filing and after the answer; two requests.
	if done.Ref.Version != 5 || done.Blobs != 3 || done.Requests != 2 || done.KeysGoneBy.String() != "2020-07-02" {
		t.Errorf("%+v", done)
	}
	c := h.claim(id)
	if c.Erased.String() != "2020-06-01" || c.KeysGoneBy != done.KeysGoneBy || c.Standing != claim.Withdrawn {
		t.Errorf("%+v", c)
	}
	again, err := erase("retention")
	if err != nil || again != done {
		t.Errorf("the same once more: %+v, %v", again, err)
	}
	_, err = erase("court-order")
	wantCode(t, "another request under that key", err, "office.key-reused")
	by.Key = ""
	_, err = erase("retention")
	wantCode(t, "erased again", err, "claim.erased-already")
	_, err = h.Office.ExamineClaims(t.Context(), h.by("officer"), []claim.ID{other, id})
	wantCode(t, "examined", err, "claim.inputs-erased")
	wantCode(t, "held", h.hold(id, "audit"), "claim.inputs-erased")
	_, err = h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", id)
	wantCode(t, "withdrawn", err, "claim.inputs-erased")
	wantCode(t, "answered under the same key", answering(), "office.answer-forgotten")
	otherwise := departure("gone", 9, true)
	withOutcome := reported(departure("gone", 2, false), "award")
	for _, f := range []office.Filing{filing, otherwise, withOutcome} {
		answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f, departure("new", 1, true)})
		if err != nil || answers[0] != (office.FilingAnswer{Erased: true}) || answers[1].Reference == "" {
			t.Errorf("filed again: %+v, %v", answers, err)
		}
	}
	if n, err := h.Office.Unfinished(t.Context()); n != 0 || err != nil {
		t.Errorf("%d erasures are unfinished, %v", n, err)
	}
	h.sound()
}

// whole is a house that was told canaries, in Latin and in Cyrillic letters, in
// every field that holds a text: three claims to be erased, at the end of three
// ways, and one that stays.
func whole(t *testing.T) (h *house, gone []claim.ID, stays claim.ID, told map[claim.ID]*canaries) {
	h, told = opened(t), map[claim.ID]*canaries{}
	e, err := h.Office.Edition(t.Context(), "demo")
	must(t, err)
	var list []*canaries
	var filings []office.Filing
	for n := range 4 {
		c := &canaries{forms: map[string]string{}}
		for i := range n * 20 {
			c.add(fmt.Sprintf("told to nobody %d-%d", n, i)) // they are numbered from there: each claim has its own
		}
		f := c.fillIn(t, e, departure("", 2, n != 0))
		cyrillic := fmt.Sprintf("Канарка%03dОльгаҐанок", n)
		c.add(cyrillic)
		f.Answers["contact"] = cyrillic
		list, filings = append(list, c), append(filings, f)
	}
	ids := h.file(filings...)
	for n, id := range ids {
		told[id] = list[n]
	}
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(ids[0]))
	must(t, err)
	_, err = h.Office.AnswerDeficiency(t.Context(), keyed(h.by("officer"), list[0].hatch("key")), "demo", ids[0], map[string]string{
		"signed": "true", "contact": list[0].hatch("contact"),
	})
	must(t, err)
	h.withdraw(ids[0])
	h.decide(ids[1:]...)
	round := h.pay(7500)
	h.settle(round.Round, office.BankAnswer{Claim: ids[1]}, office.BankAnswer{Claim: ids[2]}, office.BankAnswer{Claim: ids[3]})
	_, err = h.Office.Sequence(t.Context())
	must(t, err)
	return h, ids[:3], ids[3], told
}

// pieces are what an erasure must leave nowhere: ciphertext, keyed hashes of
// what was asked, wrapped keys. The keys are read from their file.
func (h *house) pieces(ids []claim.ID) (pieces [][]byte) {
	h.Helper()
	data := connected(h.TB, filepath.Join(h.Data, "chancery.db"))
	keys := connected(h.TB, filepath.Join(h.Keys, "keystore.db"))
	for _, id := range ids {
		for _, q := range []struct {
			db   *sql.DB
			text string
		}{
			{data, "SELECT sealed FROM blobs WHERE claim_id = ?"},
			{data, "SELECT fingerprint FROM idempotency WHERE claim_id = ?"},
			{keys, "SELECT wrapped FROM wrapped_keys WHERE claim_id = ?"},
		} {
			rows, err := q.db.Query(q.text, string(id))
			must(h.TB, err)
			found := 0
			for ; rows.Next(); found++ {
				var piece []byte
				must(h.TB, rows.Scan(&piece))
				pieces = append(pieces, piece[:32], piece[len(piece)-32:])
			}
			must(h.TB, errors.Join(rows.Err(), rows.Close()))
			if found == 0 {
				h.Fatalf("%s finds nothing of claim %s", q.text, id)
			}
		}
	}
	must(h.TB, errors.Join(data.Close(), keys.Close()))
	return pieces
}

func connected(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	must(t, err)
	return db
}

// met counts the pieces that stand in any file of the places.
func met(t testing.TB, places installation.Places, pieces [][]byte) (n int) {
	t.Helper()
	for _, folder := range []string{places.Data, places.Keys, places.Heads} {
		must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, piece := range pieces {
				n += bytes.Count(text, piece)
			}
			return err
		}))
	}
	return n
}

// mentionsNone are the rows of all tables that speak of none of these claims. What
// is known of the whole house is left out.
func mentionsNone(all map[string][]string, ids []claim.ID) map[string][]string {
	others := map[string][]string{}
	for table, rows := range all {
		if table == "meta" {
			continue
		}
		others[table] = slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
			return slices.ContainsFunc(ids, func(id claim.ID) bool { return strings.Contains(row, string(id)) })
		})
	}
	return others
}

// Promise 20: what was erased is unreadable everywhere, in the indexes and in
// an older copy of the data too, and the log still verifies.
func TestWhatIsErasedIsUnreadableEverywhere(t *testing.T) {
	h, gone, stays, told := whole(t)
	pieces := h.pieces(gone)
	must(t, h.Close())
	older, olderKeys := copied(t, h.Places), copied(t, h.Places).Keys
	h = h.again()
	before := h.everything()
	if n := met(t, h.Places, pieces); n < len(pieces) {
		t.Fatalf("%d of %d pieces are found before: the search is blind", n, len(pieces))
	}
	for _, id := range gone {
		_, err := h.erase(id)
		must(t, err)
	}
	if n := met(t, h.Places, pieces); n > 0 {
		t.Errorf("%d pieces of what was erased are still in the files", n)
	}
	h.forgotten(told, gone, stays)
	h.sound()
	after := mentionsNone(h.everything(), gone)
	for table, rows := range mentionsNone(before, gone) {
		for _, row := range rows {
			if !slices.Contains(after[table], row) {
				t.Errorf("table %s lost or changed what is another's: %s", table, row)
			}
		}
	}
	must(t, h.Close())
	if n := met(t, h.Places, pieces); n > 0 {
		t.Errorf("%d pieces are in the files once they are closed", n)
	}

	t.Run("an older copy of the keys, put back", func(t *testing.T) {
		back := copied(t, h.Places)
		back.Keys = olderKeys
		putBack(t, back)
		h := &house{TB: t, Installation: openedAt(t, back), people: h.people}
		if n := met(t, back, pieces); n > 0 {
			t.Errorf("%d pieces came back", n)
		}
		shredded, err := h.Office.Vault.Shredded(t.Context())
		if err != nil || len(shredded) != len(gone) {
			t.Errorf("%d are shredded, %v", len(shredded), err)
		}
		h.forgotten(told, gone, stays)
		h.sound()
	})
	t.Run("an older copy of the data, put back", func(t *testing.T) {
		back := installation.Places{Data: older.Data, Keys: h.Keys, Heads: older.Heads}
		putBack(t, back)
		h := &house{TB: t, Installation: openedAt(t, back), people: h.people}
		if n := met(t, back, pieces); n > 0 {
			t.Errorf("%d pieces came back", n)
		}
		h.forgotten(told, gone, stays)
		var codes []string
		for _, f := range verified(t, h.Installation).Findings {
			codes = append(codes, f.Code)
		}
		if want := slices.Repeat([]string{"verify.erasure-not-entered"}, len(gone)); !slices.Equal(codes, want) {
			t.Errorf("verify finds %q, want %q", codes, want)
		}
		for _, id := range gone { // entered again, in the log that goes on from there
			_, err := h.erase(id)
			must(t, err)
		}
		h.sound()
	})
}

// again opens a house that was closed.
func (h *house) again() *house {
	h.Helper()
	return &house{TB: h.TB, Installation: openedAt(h.TB, h.Places), people: h.people}
}

func openedAt(t testing.TB, places installation.Places) *installation.Installation {
	t.Helper()
	i, err := installation.Open(context.Background(), places.Data, installation.Options{Now: ticking()})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// putBack writes where an installation's parts lie.
func putBack(t testing.TB, places installation.Places) {
	t.Helper()
	text := fmt.Sprintf(`{"keys":%q,"heads":%q}`, places.Keys, places.Heads)
	must(t, os.WriteFile(filepath.Join(places.Data, "places.json"), []byte(text), 0o600))
}

// forgotten holds that all that opens tells of the claim that stays, and of
// none that is gone.
func (h *house) forgotten(told map[claim.ID]*canaries, gone []claim.ID, stays claim.ID) {
	h.Helper()
	kept := openAll(h.TB, h.Installation, nil)
	met := func(id claim.ID) (n int) {
		for _, text := range told[id].texts {
			n += strings.Count(kept, text)
		}
		return n
	}
	for _, id := range gone {
		if n := met(id); n > 0 {
			h.Errorf("%d canaries of claim %s can be read", n, id)
		}
	}
	if met(stays) < 3 {
		h.Errorf("the claim that stays is forgotten too")
	}
}

// A copy of the data from before takes an erased claim for one that waits: it
// must not be found deficient for want of answers that were given and erased.
func TestAnErasedClaimThatComesBackIsNotExamined(t *testing.T) {
	h := opened(t)
	ids := h.filed(2)
	_, err := h.Office.Sequence(t.Context())
	must(t, err)
	must(t, h.Close())
	older := copied(t, h.Places)
	h = h.again()
	h.withdraw(ids[0])
	_, err = h.erase(ids[0])
	must(t, err)
	must(t, h.Close())
	older.Keys = h.Keys
	putBack(t, older)
	h = &house{TB: t, Installation: openedAt(t, older), people: h.people}
	_, err = h.Office.ExamineClaims(t.Context(), h.by("officer"), ids)
	wantCode(t, "examined", err, "claim.erasure-not-entered")
	h.record(ids[1])
	h.withdraw(ids[0])
	_, err = h.erase(ids[0])
	must(t, err)
	h.sound()
}

// One that is erased by somebody who goes round the office is named.
func TestVerifyHoldsTheBlobsAgainstTheEntries(t *testing.T) {
	h := opened(t)
	ids := h.filed(3)
	h.record(ids[1])
	h.withdraw(ids[0])
	var old []store.Blob
	must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) (err error) {
		old, err = r.Blobs(ids[0])
		return err
	}))
	_, err := h.erase(ids[0])
	must(t, err)
	h.sound()
	must(t, plain(h).Write(t.Context(), func(tx store.Tx) error {
		if err := tx.PutBlobs(old[:1]); err != nil { // they lie in a backup
			return err
		}
		_, err := tx.DeleteBlobs(ids[1:2])
		return err
	}))
	// Who removes a claim's blobs may say in the table that it was erased.
	hidden := connected(t, filepath.Join(h.Data, "chancery.db"))
	run(t, hidden, "UPDATE claims SET erased = '2020-06-01', keys_gone_by = '2020-07-02' WHERE id = ?", string(ids[2]))
	run(t, hidden, "DELETE FROM blobs WHERE claim_id = ?", string(ids[2]))
	must(t, hidden.Close())
	found := map[string]int{}
	for _, f := range verified(t, h.Installation).Findings {
		found[f.Code+" "+f.Entry+" "+f.Detail]++
	}
	want := map[string]int{
		fmt.Sprintf("verify.blob-missing %s#1 the table says that it is erased", ids[2].Stream()): 1,
		fmt.Sprintf("verify.blob-left %s#1 answers.personal", ids[0].Stream()):                    1,
		fmt.Sprintf("verify.blob-missing %s#1 answers.personal", ids[1].Stream()):                 1,
		fmt.Sprintf("verify.blob-missing %s#2 trace.examined", ids[1].Stream()):                   1,
	}
	if !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}
