package office_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/treaty"
)

// gated is a house whose commission acts under a treaty that takes so many
// instruments and a finding; nothing of it is loaded yet.
func gated(t *testing.T) *house {
	t.Helper()
	h := staffed(t)
	source := power(t, "propose_instalment", "{by: officer, treaty: iccu-2025}")
	source = strings.Replace(source, "adopt_instalment: {by: commissioner, second: commissioner}", "adopt_instalment: {by: commissioner, second: commissioner, treaty: iccu-2025}", 1)
	if strings.Count(source, "treaty: iccu-2025") != 2 {
		t.Fatal("the demo's powers stand otherwise")
	}
	h.open("gated", source)
	h.engage("depositary", office.Depositary)
	return h
}

func (h *house) loadTreaties(b treaty.Bundle) {
	h.Helper()
	_, err := h.Office.LoadTreaties(h.Context(), h.by("depositary"), b)
	must(h.TB, err)
}

func (h *house) deposit(f treaty.Fact) {
	h.Helper()
	_, err := h.Office.DepositAction(h.Context(), h.by("depositary"), f)
	must(h.TB, err)
}

func (h *house) mayPropose() error {
	_, err := h.Office.ProposeInstalment(h.Context(), h.by("officer"), "demo", 10)
	return err
}

func finding(t testing.TB, on string) treaty.Fact {
	t.Helper()
	return treaty.Fact{Source: page, Action: &treaty.Action{
		Treaty: "iccu-2025", Kind: treaty.Finding, Condition: "funds_secured", By: "Assembly", Document: "Decision 1", On: when(t, on),
	}}
}

// With every instrument and no finding the commission may not act, and the
// message says what is missing; with the finding it may, and its entry says on
// which status of the treaty it rests. The register's acts don't depend on it.
func TestTheCommissionActsOnlyWhileItsTreatyIsInForce(t *testing.T) {
	const needed = 25
	h := gated(t)
	ids := h.filed(3)
	h.record(ids[:2]...)
	wantCode(t, "a treaty that isn't here", h.mayPropose(), "treaty.not-loaded")

	b := convention(needed)
	for n := range needed - 1 {
		b.Facts = append(b.Facts, deposited(t, n, "2020-03-01"))
	}
	h.loadTreaties(b)
	before := h.everything()
	err := h.mayPropose()
	wantCode(t, "one instrument too few", err, "treaty.not-in-force")
	said(t, err, fmt.Sprintf("Instruments: %d of %d", needed-1, needed), "funds_secured", "Assembly")
	unchanged(h, before)

	h.deposit(deposited(t, needed, "2020-04-01"))
	before = h.everything()
	err = h.mayPropose()
	wantCode(t, "no finding", err, "treaty.not-in-force")
	said(t, err, fmt.Sprintf("Instruments: %d of %d", needed, needed), "funds_secured", "Assembly")
	unchanged(h, before)

	h.record(ids[2]) // the register goes on
	h.deposit(finding(t, "2020-05-07"))
	number := h.propose()
	h.adopt(number)
	h.stands(claim.Decided, ids...)
	want := &commission.InForce{Treaty: "iccu-2025", Since: day.Must(2020, 5, 7), On: day.Must(2020, 6, 1)}
	place := docket.Ref{Stream: "treaty/iccu-2025", Version: 3}
	for version := range docket.Version(2) {
		env, summary := h.instalment(number, version+1)
		same(t, summary.Treaty, want)
		same(t, env.ReliesOn[len(env.ReliesOn)-1], place)
	}
	h.sound()
}

// said holds that a person is told these words.
func said(t testing.TB, err error, words ...string) {
	t.Helper()
	sentence := catalogue.Sentence("en", err)
	for _, word := range words {
		if !strings.Contains(sentence, word) {
			t.Errorf("%q doesn't say %q", sentence, word)
		}
	}
}

// instalment is an entry of an instalment's stream.
func (h *house) instalment(number int64, version docket.Version) (env docket.Envelope, summary commission.Summary) {
	h.Helper()
	must(h.TB, h.Office.Store.Read(h.Context(), func(r store.Reader) error {
		e, err := r.Entry(docket.Ref{Stream: commission.Stream("demo", number), Version: version})
		if err != nil {
			return err
		}
		if env, err = e.Open(); err != nil {
			return err
		}
		return json.Unmarshal(env.Facts, &summary)
	}))
	return env, summary
}

// What isn't in force for certain on the legal day, by what is known then, is
// not in force for the commission.
func TestWhatTheGateTakesForInForce(t *testing.T) {
	for _, c := range []struct {
		name string
		last func(*treaty.Fact) // changes the finding, which is the last that is missing
		code string
		says string
	}{
		{"found on the day itself", func(f *treaty.Fact) { f.Action.On = when(t, "2020-06-01") }, "", ""},
		{"found on the day after", func(f *treaty.Fact) { f.Action.On = when(t, "2020-06-02") }, "treaty.not-in-force", ""},
		{"found on a day of that year", func(f *treaty.Fact) { f.Action.On = when(t, "2020") }, "treaty.not-in-force", "leave it open"},
		{"found on a day of the year before", func(f *treaty.Fact) { f.Action.On = when(t, "2019") }, "", ""},
		{"found, and learned a day later", func(f *treaty.Fact) { f.Known = day.Must(2020, 6, 2) }, "treaty.not-in-force", ""},
		{"found by another organ", func(f *treaty.Fact) { f.Action.By = "Secretariat" }, "treaty.not-in-force", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := gated(t)
			h.record(h.filed(1)...)
			b := convention(1)
			b.Facts = append(b.Facts, deposited(t, 1, "2018-01-02"))
			h.loadTreaties(b)
			last := finding(t, "2020-01-01")
			c.last(&last)
			h.deposit(last)
			err := h.mayPropose()
			wantCode(t, "propose", err, c.code)
			if err != nil {
				said(t, err, c.says)
			}
		})
	}
}

// A treaty that ended since the proposal keeps it from being adopted, and who
// repeats what was done is told what was done.
func TestATreatyThatEndedSinceTheProposalKeepsItFromBeingAdopted(t *testing.T) {
	h := gated(t)
	h.record(h.filed(1)...)
	b := convention(1)
	b.Facts = append(b.Facts, deposited(t, 1, "2018-01-02"), finding(t, "2018-01-03"))
	h.loadTreaties(b)
	by := keyed(h.by("officer"), "once")
	first, err := h.Office.ProposeInstalment(t.Context(), by, "demo", 10)
	must(t, err)
	h.deposit(treaty.Fact{Source: page, Action: &treaty.Action{Treaty: "iccu-2025", Kind: treaty.Termination, On: when(t, "2020-05-30")}})
	_, err = h.Office.AdoptInstalment(t.Context(), h.by("commissioner", "commissioner-2"), "demo", first.Instalment)
	wantCode(t, "adopt", err, "treaty.not-in-force")
	said(t, err, "ended on 2020-05-30")
	again, err := h.Office.ProposeInstalment(t.Context(), by, "demo", 10)
	must(t, err)
	same(t, again.Summary, first.Summary)
	h.sound()
}

func TestTreatiesAreListedAndRead(t *testing.T) {
	h := gated(t)
	b := convention(1)
	b.Facts = append(b.Facts, treaty.Fact{Source: page, Action: &treaty.Action{Treaty: "un:4-1", Kind: treaty.Signature, Party: "State 1", On: when(t, "2019-03-04")}},
		deposited(t, 1, "2018-01-02"), finding(t, "2018-01-03"))
	second := convention(1).Facts[0]
	second.Instrument.Title, second.Instrument.Clause, second.Known = "Convention as it is called since", nil, day.Must(2020, 6, 2)
	b.Facts = append(b.Facts, second)
	b.Facts[0].Instrument.Clause.After = []string{"un:4-1"}
	h.loadTreaties(b)
	all, err := h.Office.Treaties(t.Context(), day.Date{})
	must(t, err)
	if len(all) != 2 || all[0].ID != "iccu-2025" || all[0].Title != "Convention as it is called since" || all[0].Clause == nil || all[1].ID != "un:4-1" {
		t.Errorf("%+v", all)
	}
	f, err := h.Office.Treaty(t.Context(), "un:4-1")
	must(t, err)
	if s := f.Status(day.Must(2020, 6, 1), day.Date{}); len(s.Signatories) != 1 {
		t.Errorf("%+v", s)
	}
	_, err = h.Office.Treaty(t.Context(), "none")
	wantCode(t, "none", err, "treaty.none")
	h.record(h.filed(1)...)
	err = h.mayPropose() // the treaty that it waits for was read beside it
	wantCode(t, "waits for another", err, "treaty.not-in-force")
	said(t, err, "un:4-1")
}
