package board_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

var today = day.Must(2026, 6, 1)

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if fault.Code(err) != code || code == "" && err != nil {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

// facts of each kind, as they are read.
func facts(kind docket.Kind) any {
	switch kind {
	case board.KindRecommended, board.KindDecided:
		return new(board.Summary)
	case board.KindWithdrawn:
		return new(board.Withdrawal)
	}
	return new(board.Terms)
}

// Each file of testdata/kinds holds the facts of one kind as they were first
// written; with -least the least of it. They must be read and be written the same
// for ever. If this test fails, add a new kind or an optional field: never change a
// file.
func TestKindsForEver(t *testing.T) {
	whole := map[docket.Kind]bool{}
	files, err := filepath.Glob("testdata/kinds/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name, least := strings.CutSuffix(strings.TrimSuffix(filepath.Base(file), ".json"), "-least")
		kind := docket.Kind(name)
		if !slices.Contains(board.Kinds(), kind) {
			t.Errorf("%s is of a kind that nobody knows any more", file)
		}
		whole[kind] = whole[kind] || !least
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		said := facts(kind)
		if err := json.Unmarshal(text, said); err != nil {
			t.Errorf("%s can't be read: %v", file, err)
		}
		if again, err := docket.Marshal(said); err != nil || string(again) != strings.TrimSpace(string(text)) {
			t.Errorf("%s is written as %s (%v)", file, again, err)
		}
	}
	for _, kind := range board.Kinds() {
		if !whole[kind] {
			t.Errorf("%s has no golden file", kind)
		}
		if !strings.HasPrefix(string(kind), "register.") || !strings.HasSuffix(string(kind), ".v1") {
			t.Errorf("%s is no name of a kind", kind)
		}
	}
}

// The whole of a summary stands in the golden files of a list's two kinds.
func TestTheGoldenFilesSayAllThatASummaryCan(t *testing.T) {
	said := map[string]bool{}
	for _, kind := range []docket.Kind{board.KindRecommended, board.KindDecided} {
		text, err := os.ReadFile("testdata/kinds/" + string(kind) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var s board.Summary
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		for i := range reflect.ValueOf(s).NumField() {
			name := reflect.TypeOf(s).Field(i).Name
			said[name] = said[name] || !reflect.ValueOf(s).Field(i).IsZero()
		}
	}
	for name, there := range said {
		if !there {
			t.Errorf("no golden file says anything of %s", name)
		}
	}
}

func TestWhoDecidesAList(t *testing.T) {
	l := board.List{}.After(docket.Envelope{Programme: "rd4u", Kind: board.KindRecommended, Version: 1, Actor: "director", Day: today}, board.Summary{List: 3, Claims: 2, RestsOn: []int64{7}})
	decided := board.Summary{List: 3, Claims: 1, Record: 1, Reason: "as-recommended"}
	for _, c := range []struct {
		name, actor, second string
		what                board.Summary
		code                string
	}{
		{"another", "board", "", decided, ""},
		{"who recommended it", "director", "", decided, "board.own-list"},
		{"who recommended it, by consenting", "board", "director", decided, "board.own-list"},
		{"when nothing is left of it", "board", "", board.Summary{LeftOut: 2, Reason: "as-recommended"}, "board.nothing-left"},
		{"without a reason", "board", "", board.Summary{Claims: 1}, "board.reason-code"},
		{"with a reason in words", "board", "", board.Summary{Claims: 1, Reason: "As Mr. Visser said."}, "board.reason-code"},
	} {
		_, err := l.Decide(c.actor, c.second, c.what)
		wantCode(t, c.name, err, c.code)
	}
	_, err := board.Recommend(board.Summary{List: 1})
	wantCode(t, "an empty list", err, "board.nothing-to-decide")
	if !l.RestsOn(7) || l.RestsOn(3) {
		t.Error("it doesn't say on what it rests")
	}
	l = l.After(docket.Envelope{Programme: "rd4u", Kind: board.KindDecided, Version: 2, Actor: "board", Day: today}, decided)
	_, err = l.Decide("board-2", "", decided)
	wantCode(t, "decided already", err, "board.decided-already")
	if l.Said.Claims != 2 || l.Result.Claims != 1 || l.DecidedBy != "board" || l.RecommendedBy != "director" || l.Version != 2 {
		t.Errorf("%+v", l)
	}
}

func TestWhatAResolutionMustSay(t *testing.T) {
	earlier, later := day.Must(2022, 8, 1), day.Must(2023, 5, 20)
	whole := board.Terms{Sort: board.OnPlace, Of: "UA14", Finding: "destroyed", From: &earlier, To: &later, On: today}
	for _, c := range []struct {
		name   string
		change func(*board.Terms)
		code   string
	}{
		{"whole", func(*board.Terms) {}, ""},
		{"one day", func(t *board.Terms) { t.To = &earlier }, ""},
		{"of no sort", func(t *board.Terms) { t.Sort = "rumour" }, "board.sort-unknown"},
		{"of a place in words", func(t *board.Terms) { t.Of = "Bakhmut, all of it" }, "board.not-a-code"},
		{"for a group in words", func(t *board.Terms) { t.Group = "all of them" }, "board.not-a-code"},
		{"without a finding", func(t *board.Terms) { t.Finding = "" }, "board.no-finding"},
		{"with a finding in words", func(t *board.Terms) { t.Finding = "wholly destroyed" }, "board.no-finding"},
		{"undated", func(t *board.Terms) { t.On = day.Date{} }, "board.date"},
		{"of tomorrow", func(t *board.Terms) { t.On = today.AddMonths(1) }, "board.date"},
		{"that ends first", func(t *board.Terms) { t.From, t.To = &later, &earlier }, "board.time-ends-before-it-begins"},
		{"a technique nobody knows", func(t *board.Terms) { *t = board.Terms{Sort: board.Technique, Of: "guessing", On: today} }, "board.technique-unknown"},
	} {
		terms := whole
		c.change(&terms)
		wantCode(t, c.name, terms.Check(today), c.code)
	}
}

func TestAResolutionIsWithdrawnOnceAndFromThenOn(t *testing.T) {
	r := board.Resolved(docket.Envelope{Programme: "rd4u", Version: 1, Day: today, Actor: "board"}, board.Terms{Number: 4, Sort: board.Verification, Of: "property-rights", On: today})
	wantCode(t, "it stands", r.Stands(), "")
	_, err := r.Withdraw("it was wrong")
	wantCode(t, "in words", err, "board.withdrawal-reason")
	w, err := r.Withdraw("new-evidence")
	wantCode(t, "withdrawn", err, "")
	r = r.AfterWithdrawal(docket.Envelope{Version: 2, Day: today}, w)
	wantCode(t, "then", r.Stands(), "board.withdrawn")
	_, err = r.Withdraw("again")
	wantCode(t, "again", err, "board.withdrawn")
	technique := board.Resolved(docket.Envelope{}, board.Terms{Sort: board.Technique, Of: "sampling"})
	wantCode(t, "a list rests on no technique", technique.Stands(), "board.no-ground-to-rest-on")
}

func TestAnApprovalIsOfATechniqueForAGroup(t *testing.T) {
	approved := func(of, group string, withdrawn bool) board.Resolution {
		r := board.Resolution{Number: 1, Said: board.Terms{Sort: board.Technique, Of: of, Group: group}}
		if withdrawn {
			r.Withdrawn = today
		}
		return r
	}
	for _, c := range []struct {
		name string
		of   []board.Resolution
		code string
	}{
		{"none", nil, "board.not-approved"},
		{"this one", []board.Resolution{approved("sampling", "bakhmut", false)}, ""},
		{"for all groups", []board.Resolution{approved("sampling", "", false)}, ""},
		{"of another technique", []board.Resolution{approved("matching", "bakhmut", false)}, "board.not-approved"},
		{"for another group", []board.Resolution{approved("sampling", "mariupol", false)}, "board.not-approved"},
		{"withdrawn", []board.Resolution{approved("sampling", "bakhmut", true)}, "board.approval-withdrawn"},
		{"withdrawn and given anew", []board.Resolution{approved("sampling", "bakhmut", true), approved("sampling", "bakhmut", false)}, ""},
		{"a finding of that name", []board.Resolution{{Said: board.Terms{Sort: board.OnPlace, Of: "sampling"}}}, "board.not-approved"},
	} {
		_, err := board.Approved(c.of, "sampling", "bakhmut")
		wantCode(t, c.name, err, c.code)
	}
	_, err := board.Approved([]board.Resolution{approved("sampling", "bakhmut", false)}, "sampling", "")
	wantCode(t, "for all where one group is approved", err, "board.not-approved")
}
