package office_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

func (h *house) publish() office.Published {
	h.Helper()
	p, err := h.Office.Publish(h.Context())
	must(h.TB, err)
	return p
}

func (h *house) receipt(id claim.ID) (docket.Receipt, []docket.Ref) {
	h.Helper()
	r, pending, err := h.Office.Receipt(h.Context(), string(h.claim(id).Reference))
	must(h.TB, err)
	return r, pending
}

// paid are n claims that went the whole way in bulk, and one that was answered
// singly.
func (h *house) paid(n int) []claim.ID {
	h.Helper()
	ids := h.filed(n)
	h.decide(ids...)
	_, err := h.Office.ReceiveContribution(h.Context(), h.by("treasurer"), "demo", "harbour", euros(1_000_000))
	must(h.TB, err)
	_, err = h.Office.PayRound(h.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	must(h.TB, err)
	return ids
}

// A receipt proves every step, those in bulk acts by the annex, and each claim
// gets its own.
func TestAReceiptProvesTheWholeWayOfEachClaim(t *testing.T) {
	h := opened(t)
	ids := h.paid(7)
	p := h.publish()
	for n, id := range ids {
		receipt, pending := h.receipt(id)
		c := h.claim(id)
		if len(pending) > 0 || receipt.Reference != string(c.Reference) || receipt.Number != string(c.Number) || receipt.Checkpoint != p.Checkpoint {
			t.Errorf("receipt %d of %s, %s: %d pending", n, receipt.Reference, receipt.Number, len(pending))
		}
		var kinds []string
		for _, s := range receipt.Steps {
			env := docket.RowEnvelope{}
			text := s.Entry
			if s.Row != nil {
				text = s.Row.Entry
			}
			must(t, json.Unmarshal([]byte(text), &env))
			if env.Stream != id.Stream() {
				t.Errorf("a step of %s stands in the receipt of %s", env.Stream, id)
			}
			kinds = append(kinds, string(env.Kind))
		}
		want := "claim.filed.v1 claim.recorded.v1 claim.assessed.v1 claim.decided.v1 claim.payment_ordered.v1"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("steps %s", got)
		}
		must(t, receipt.Check(p.Head()))
	}
}

// Whatever is changed in a receipt, it proves nothing any more.
func TestAChangedReceiptProvesNothing(t *testing.T) {
	h := opened(t)
	ids := h.paid(3)
	p := h.publish()
	text := func() docket.Receipt {
		r, _ := h.receipt(ids[1])
		return r
	}
	for name, change := range map[string]func(*docket.Receipt){
		"no step":                   func(r *docket.Receipt) { r.Steps = nil },
		"another format":            func(r *docket.Receipt) { r.Format = "chancery/receipt/v2" },
		"the first step is gone":    func(r *docket.Receipt) { r.Steps = r.Steps[1:] },
		"a step in between is gone": func(r *docket.Receipt) { r.Steps = append(r.Steps[:2:2], r.Steps[3:]...) },
		"two steps are swapped":     func(r *docket.Receipt) { r.Steps[1], r.Steps[2] = r.Steps[2], r.Steps[1] },
		"a step stands twice":       func(r *docket.Receipt) { r.Steps = append(r.Steps, r.Steps[len(r.Steps)-1]) },
		"the leaf":                  func(r *docket.Receipt) { r.Steps[0].Leaf++ },
		"the salt":                  func(r *docket.Receipt) { r.Steps[0].Salt[0] ^= 1 },
		"a letter of the entry": func(r *docket.Receipt) {
			r.Steps[0].Entry = strings.Replace(r.Steps[0].Entry, "quayside", "quaysidf", 1)
		},
		"a space in the entry": func(r *docket.Receipt) { r.Steps[0].Entry += " " },
		"the proof":            func(r *docket.Receipt) { r.Steps[0].Proof[0][5] ^= 1 },
		"a shorter proof":      func(r *docket.Receipt) { r.Steps[0].Proof = r.Steps[0].Proof[1:] },
		"the award in the row": func(r *docket.Receipt) {
			r.Steps[3].Row.Entry = strings.Replace(r.Steps[3].Row.Entry, "2500.00", "9500.00", 1)
		},
		"the row's index":           func(r *docket.Receipt) { r.Steps[3].Row.Index++ },
		"the row's salt":            func(r *docket.Receipt) { r.Steps[3].Row.Salt[1] ^= 1 },
		"the row's proof":           func(r *docket.Receipt) { r.Steps[3].Row.Proof[0][0] ^= 1 },
		"another claim's row":       func(r *docket.Receipt) { o, _ := h.receipt(ids[0]); r.Steps[3] = o.Steps[3] },
		"a row of an entry without": func(r *docket.Receipt) { r.Steps[0].Row = r.Steps[3].Row },
	} {
		r := text()
		must(t, r.Check(p.Head()))
		change(&r)
		if r.Check(p.Head()) == nil {
			t.Errorf("%s: it still proves", name)
		}
	}
	r := text()
	for name, head := range map[string]docket.TreeHead{
		"another size": {Size: p.Size + 1, Root: p.Root}, "another root": {Size: p.Size},
	} {
		if r.Check(head) == nil {
			t.Errorf("it proves to %s", name)
		}
	}
}

// What isn't published yet is in no receipt, and is named.
func TestWhatIsNotPublishedIsInNoReceipt(t *testing.T) {
	h := opened(t)
	id := h.filed(1)[0]
	_, _, err := h.Office.Receipt(t.Context(), string(h.claim(id).Reference))
	wantCode(t, "before anything is published", err, "claim.not-published")
	h.publish()
	h.record(id)
	receipt, pending := h.receipt(id)
	if len(receipt.Steps) != 1 || len(pending) != 1 || pending[0] != (docket.Ref{Stream: id.Stream(), Version: 2}) || receipt.Number != "" {
		t.Errorf("%d steps, pending %v, number %q", len(receipt.Steps), pending, receipt.Number)
	}
	h.publish()
	if receipt, pending = h.receipt(id); len(receipt.Steps) != 2 || len(pending) != 0 {
		t.Errorf("%d steps, pending %v", len(receipt.Steps), pending)
	}
	_, _, err = h.Office.Receipt(t.Context(), "HF-9999999")
	wantCode(t, "of no claim", err, "claim.none")
}

// An acknowledgement is signed at once, says what was taken in and until when
// it is published, and can't pass for a checkpoint.
func TestAnActIsAcknowledgedAtOnce(t *testing.T) {
	h := opened(t)
	ids := h.filed(2)
	_, key, err := h.LogKey()
	must(t, err)
	verifier, err := note.NewVerifier(key)
	must(t, err)
	for _, id := range ids {
		ref := docket.Ref{Stream: id.Stream(), Version: 1}
		a, err := h.Office.Acknowledge(t.Context(), ref)
		must(t, err)
		signed, err := note.Open([]byte(a.Note), note.VerifierList(verifier))
		must(t, err)
		lines := strings.Split(signed.Text, "\n")
		entry := h.entry(ref)
		env, err := entry.Open()
		must(t, err)
		want := []string{
			"chancery/acknowledgement/v1", "register.example/log", ref.String(), entry.Commitment().String(),
			env.Instant.String(), docket.At(env.Instant.Add(24 * time.Hour)).String(), "",
		}
		if fmt.Sprint(lines) != fmt.Sprint(want) {
			t.Errorf("it says\n%s", signed.Text)
		}
	}
	_, err = h.Office.Acknowledge(t.Context(), docket.Ref{Stream: "claim/none", Version: 1})
	wantCode(t, "of no entry", err, "docket.no-entry")
	_, err = h.Office.Log.Sign("register.example/log\n1\nAAAA\n")
	wantCode(t, "a checkpoint, by the way of acknowledgements", err, "log.text-of-checkpoint")
}

func (h *house) entry(ref docket.Ref) (e docket.Entry) {
	h.Helper()
	must(h.TB, h.Office.Store.Read(h.Context(), func(r store.Reader) (err error) {
		e, err = r.Entry(ref)
		return err
	}))
	return e
}

// What was acknowledged and isn't published in time is found.
func TestAnOverdueActIsFound(t *testing.T) {
	h := opened(t)
	h.publish()
	first := h.filed(2)[0]
	u, err := h.Office.Unpublished(t.Context())
	must(t, err)
	if u.Entries != 2 || len(u.Overdue) != 0 || u.Oldest.Stream != first.Stream() {
		t.Errorf("%+v", u)
	}
	now := h.Office.Now
	h.Office.Now = func() time.Time { return now().Add(office.PublishWithin) }
	if u, err = h.Office.Unpublished(t.Context()); err != nil || len(u.Overdue) != 2 || u.Overdue[0].Stream != first.Stream() {
		t.Errorf("%+v (%v)", u, err)
	}
	h.publish()
	if u, err = h.Office.Unpublished(t.Context()); err != nil || u.Entries != 0 {
		t.Errorf("%+v (%v)", u, err)
	}
}

// Reference and code open a claim together, and nothing else does.
func TestAClaimantHasACode(t *testing.T) {
	h := opened(t)
	file := func(key string) office.FilingAnswer {
		f := departure(key, 2, true)
		f.Code = true
		answers, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{f})
		must(t, err)
		return answers[0]
	}
	a, b, again := file("a"), file("b"), file("a")
	if a.Code == "" || a.Code == b.Code || again.Code != "" || !again.Repeated {
		t.Errorf("codes %q, %q, and again %q", a.Code, b.Code, again.Code)
	}
	without := h.filed(1)[0]
	open := func(reference claim.Reference, code claim.Code) error {
		c, _, err := h.Office.ClaimByCode(t.Context(), string(reference), string(code))
		if err == nil && c.Reference != reference {
			t.Errorf("%s opens %s", reference, c.Reference)
		}
		return err
	}
	must(t, open(a.Reference, a.Code))
	must(t, open(b.Reference, b.Code))
	_, _, err := h.Office.ClaimByCode(t.Context(), strings.ToLower(string(a.Reference)), strings.ReplaceAll(string(a.Code), "-", " "))
	must(t, err)
	for name, err := range map[string]error{
		"another's code":        open(a.Reference, b.Code),
		"no code":               open(a.Reference, ""),
		"a code for a name":     open(a.Reference, "Olena"),
		"no such claim":         open("0000-0000-0000", a.Code),
		"a claim without one":   open(h.claim(without).Reference, a.Code),
		"reference and code":    open(claim.Reference(a.Code), claim.Code(a.Reference)),
		"a stream for a claim":  open("claim/"+claim.Reference(a.ID), a.Code),
		"no code, none was set": open(h.claim(without).Reference, ""),
	} {
		wantCode(t, name, err, "claim.code-wrong")
	}
	code, done, err := h.Office.GiveCode(t.Context(), h.by("officer"), "demo", a.ID)
	must(t, err)
	wantCode(t, "the old one", open(a.Reference, a.Code), "claim.code-wrong")
	must(t, open(a.Reference, code))
	if c := h.claim(a.ID); c.Version != 2 || done.Ref != (docket.Ref{Stream: a.ID.Stream(), Version: 2}) || c.Standing != claim.Filed {
		t.Errorf("stands at version %d as %s", c.Version, c.Standing)
	}
	h.sound()
}
