package office_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// canaries are texts that stand for what people told the office in confidence.
// None of them may be met anywhere in clear.
type canaries struct {
	texts []string
	forms map[string]string // how it is written -> which canary, and in what
}

func (c *canaries) hatch(what string) string {
	text := fmt.Sprintf("Canary%03dOf%s", len(c.texts), strings.ReplaceAll(what, "_", ""))
	c.add(text)
	return text
}

// add keeps a text in every form in which it could be written down.
func (c *canaries) add(text string) {
	c.texts = append(c.texts, text)
	put := func(form, written string) { c.forms[written] = text + " in " + form }
	put("clear", text)
	put("small letters", strings.ToLower(text))
	put("hex", hex.EncodeToString([]byte(text)))
	put("hex in capitals", strings.ToUpper(hex.EncodeToString([]byte(text))))
	put("UTF-16", strings.Join(strings.Split(text, ""), "\x00"))
	for shift := range 3 { // base64 of something that it stands in
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		put("base64", strings.TrimRight(whole, "=")[4:len(whole)-8])
	}
}

// met looks for canaries in a text.
func (c *canaries) met(t *testing.T, where string, text []byte) {
	t.Helper()
	for written, which := range c.forms {
		if bytes.Contains(text, []byte(written)) {
			t.Errorf("%s: %s", where, which)
		}
	}
}

// metIn looks into every file of the folders, and at the files' names; it
// answers how many bytes it looked at.
func (c *canaries) metIn(t *testing.T, folders ...string) (looked int) {
	t.Helper()
	for _, folder := range folders {
		must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			looked += len(text)
			c.met(t, path, append(text, path...))
			return err
		}))
	}
	return looked
}

func TestTheSearchForCanariesFindsThem(t *testing.T) {
	for _, form := range []func(string) string{
		func(s string) string { return s },
		strings.ToLower,
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("{" + s + "}")) },
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"name":"` + s + `","x":1}`)) },
	} {
		c := &canaries{forms: map[string]string{}}
		text := "before " + form(c.hatch("claimant_name")) + " after"
		found := false
		for written := range c.forms {
			found = found || strings.Contains(text, written)
		}
		if !found {
			t.Errorf("not found in %s", text)
		}
	}
}

// fillIn gives a filing a canary of its own in every field of its form that
// isn't public, as far as the field's type holds one.
func (c *canaries) fillIn(t *testing.T, e *rulebook.Edition, f office.Filing) office.Filing {
	t.Helper()
	f.Answers = maps.Clone(f.Answers)
	category, ok := e.Category(f.Category)
	if !ok {
		t.Fatalf("no category %s", f.Category)
	}
	for _, field := range e.Fields {
		asked := false
		for _, id := range category.Asks {
			asked = asked || id == field.ID
		}
		if !asked || field.Class == rulebook.Public {
			continue
		}
		switch field.Type {
		case rulebook.Text:
			f.Answers[field.ID] = c.hatch(field.ID)
		case rulebook.Date:
			day := fmt.Sprintf("%d-11-%02d", 1901+len(c.texts)/28, 1+len(c.texts)%28)
			c.add(day)
			f.Answers[field.ID] = day
		}
	}
	f.Key = c.hatch("key") // the source's own number may be somebody's passport
	return f
}

// confided is a house that was told canaries in every way there is, and the
// errors that it answered.
func confided(t *testing.T) (*house, *canaries, []error) {
	h, c := opened(t), &canaries{forms: map[string]string{}}
	e, err := h.Office.Edition(t.Context(), "demo")
	must(t, err)
	injury := departure("", 0, true)
	injury.Category = "b-injury"
	delete(injury.Answers, "nights_away")
	maps.Copy(injury.Answers, map[string]string{"injured": "2", "medical_record": "true"})
	goods := departure("", 0, true)
	goods.Category = "c-belongings"
	delete(goods.Answers, "nights_away")
	delete(goods.Answers, "family")
	maps.Copy(goods.Answers, map[string]string{"claimed": "812.50 EUR", "proof": "receipts"})
	var filings []office.Filing
	for _, f := range []office.Filing{
		departure("", 2, true), injury, goods, departure("", 2, false), elsewhere(departure("", 3, true)), departure("", 4, true),
	} {
		f.Source = &docket.Source{Name: "us-tsa", Row: int64(len(filings) + 1)}
		filings = append(filings, c.fillIn(t, e, f))
	}
	ids := h.file(filings...)
	_, err = h.Office.FindDeficient(t.Context(), h.by("officer"), "demo", h.examined(ids[3]))
	must(t, err)
	_, err = h.Office.AnswerDeficiency(t.Context(), keyed(h.by("officer"), c.hatch("key")), "demo", ids[3], map[string]string{
		"signed": "true", "contact": c.hatch("contact"),
	})
	must(t, err)
	_, err = h.Office.RefuseClaims(t.Context(), h.by("officer", "officer-2"), "demo", h.examined(ids[4]))
	must(t, err)
	_, err = h.Office.WithdrawClaim(t.Context(), h.by("officer"), "demo", ids[5])
	must(t, err)
	h.decide(ids[:4]...)
	_, err = h.Office.ReceiveContribution(t.Context(), h.by("treasurer"), "demo", "harbour", euros(9000))
	must(t, err)
	round, err := h.Office.PayRound(t.Context(), h.by("treasurer", "treasurer-2"), "demo", "EUR")
	must(t, err)
	_, err = h.Office.SettlePayments(t.Context(), h.by("treasurer"), "demo", round.Round, []office.BankAnswer{
		{Claim: ids[0]}, {Claim: ids[1], Returned: true, Reason: "AC04"},
	})
	must(t, err)
	return h, c, h.wrongly(c, e, ids, filings)
}

// wrongly tells the office things in confidence that it can't take, and answers
// what it says.
func (h *house) wrongly(c *canaries, e *rulebook.Edition, ids []claim.ID, filings []office.Filing) (errs []error) {
	h.Helper()
	ctx, officer := h.Context(), h.by("officer")
	file := func(change func(*office.Filing)) {
		f := departure(c.hatch("key"), 2, true)
		change(&f)
		_, err := h.Office.FileClaims(ctx, officer, "demo", []office.Filing{departure(c.hatch("key"), 2, true), f})
		errs = append(errs, err)
	}
	file(func(f *office.Filing) { f.Answers["birth_date"] = c.hatch("birth_date") })
	file(func(f *office.Filing) { f.Answers["nights_away"] = c.hatch("nights_away") })
	file(func(f *office.Filing) { f.Answers["claimant_name"] = strings.Repeat(c.hatch("claimant_name"), 50) })
	file(func(f *office.Filing) { f.Answers["claimant_name"] = c.hatch("claimant_name") + "\x07" })
	file(func(f *office.Filing) { f.Answers["claimant_name"] = c.hatch("claimant_name") + "\xff" })
	file(func(f *office.Filing) { f.Answers["statement"] = c.hatch("statement") }) // of another form
	file(func(f *office.Filing) { f.Claimant = c.hatch("claimant") })
	supply := func(id claim.ID, field string) {
		_, err := h.Office.AnswerDeficiency(ctx, officer, "demo", id, map[string]string{field: c.hatch(field)})
		errs = append(errs, err)
	}
	supply(ids[0], "contact")
	supply(ids[3], "birth_date")
	_, err := h.Office.FindClaim(ctx, c.hatch("reference"))
	errs = append(errs, err)
	_, err = h.Office.Authenticate(ctx, "chancery_officer_"+c.hatch("secret"))
	errs = append(errs, err)
	changed := filings[0]
	changed.Answers = maps.Clone(changed.Answers)
	changed.Answers["contact"] = c.hatch("contact")
	answers, err := h.Office.FileClaims(ctx, officer, "demo", []office.Filing{changed})
	if err != nil || !answers[0].Changed {
		h.Errorf("%+v, %v", answers, err)
	}
	return errs
}

func TestWhatWasToldInConfidenceIsNowhereInClear(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	h, c, errs := confided(t)
	folders := []string{h.Data, h.Keys, h.Heads, temporary}
	for n, err := range errs {
		if err == nil {
			t.Errorf("wrong thing %d was taken", n)
		}
		c.met(t, "an error", fmt.Appendf(nil, "%v %+v %#v", err, err, err))
	}
	_, err := h.Office.Sequence(t.Context())
	must(t, err)
	var export bytes.Buffer
	lines, err := h.Office.ExportAudit(t.Context(), &export, office.AuditHeader{}, h.Office.Tree.Head(), nil)
	if err != nil || lines < 20 {
		t.Errorf("%d lines exported, %v", lines, err)
	}
	c.met(t, "the audit's export", export.Bytes())
	figures, err := h.Public().Figures(t.Context())
	must(t, err)
	c.met(t, "the figures", fmt.Appendf(nil, "%+v", figures))
	v := verified(t, h.Installation)
	must(t, h.Rebuild(t.Context(), v, func(string, int64, int64) { c.metIn(t, folders...) })) // while the scratch database is there
	c.met(t, "what verify found", fmt.Appendf(nil, "%+v", v))
	for id := range h.everyClaim() {
		history, err := h.Office.History(t.Context(), id.Stream())
		must(t, err)
		c.met(t, "a history", fmt.Appendf(nil, "%+v", history))
		for _, step := range history {
			c.met(t, "a history", step.Facts)
		}
	}
	looked := c.metIn(t, folders...)
	must(t, h.Close())
	looked += c.metIn(t, folders...)
	t.Logf("%d canaries in %d forms, %d KB of files looked at", len(c.texts), len(c.forms), looked>>10)
	h.theyAreThere(c)
}

// theyAreThere opens the blobs: the canaries were told, and are kept.
func (h *house) theyAreThere(c *canaries) {
	h.Helper()
	i, err := installation.Open(h.Context(), h.Data, installation.Options{ReadOnly: true})
	must(h.TB, err)
	defer i.Close()
	kept := openAll(h.TB, i, h.deskKey())
	for _, text := range c.texts[:20] {
		if !strings.Contains(text, "Ofkey") && !strings.Contains(kept, text) {
			h.Errorf("%s is sealed nowhere", text)
		}
	}
}
