package commission_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"pgregory.net/rapid"
)

func sums(texts ...string) []money.Amount {
	list := make([]money.Amount, len(texts))
	for i, text := range texts {
		a, err := money.ParseAmount(text)
		if err != nil {
			panic(err)
		}
		list[i] = a
	}
	return list
}

// of counts outcomes; "" is a dismissal.
func of(t testing.TB, instalment int64, awards ...string) commission.Summary {
	t.Helper()
	s := commission.Summary{Instalment: instalment}
	for _, text := range awards {
		award := money.Amount{}
		if text != "" {
			award = sums(text)[0]
		}
		if err := s.Add(award); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestWhatAnInstalmentComesTo(t *testing.T) {
	for _, c := range []struct {
		name   string
		awards []string
		want   commission.Summary
	}{
		{"nothing", nil, commission.Summary{}},
		{"one award", []string{"2500.00 USD"}, commission.Summary{Claims: 1, Awards: 1, Total: sums("2500.00 USD")}},
		{"a dismissal", []string{""}, commission.Summary{Claims: 1, Dismissals: 1}},
		{"awards and dismissals", []string{"", "2500.00 USD", "", "1500.50 USD"}, commission.Summary{Claims: 4, Awards: 2, Dismissals: 2, Total: sums("4000.50 USD")}},
		{
			"currencies are not added together, and stand in their order",
			[]string{"1.00 USD", "2.00 EUR", "3 JPY", "4.000 KWD", "5.00 EUR", "6.00 AED"},
			commission.Summary{Claims: 6, Awards: 6, Total: sums("6.00 AED", "7.00 EUR", "3 JPY", "4.000 KWD", "1.00 USD")},
		},
		// 62,337 claims of UNCC's category C, initial payment 2,500 each (IK/198).
		{"one instalment of UNCC", slices.Repeat([]string{"2500.00 USD"}, 62_337), commission.Summary{Claims: 62_337, Awards: 62_337, Total: sums("155842500.00 USD")}},
	} {
		if got := of(t, 0, c.awards...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAnInstalmentBeyondAnySum(t *testing.T) {
	s := commission.Summary{}
	if err := s.Add(money.New(math.MaxInt64, "USD")); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(money.New(1, "USD")); err == nil {
		t.Errorf("wrapped round: %+v", s)
	}
}

func TestOrderOfClaimsDoesntCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		awards := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Amount {
			currency := rapid.SampledFrom([]money.Currency{"", "USD", "EUR", "JPY", "UAH"}).Draw(t, "currency")
			if currency == "" {
				return money.Amount{}
			}
			return money.New(rapid.Int64Range(1, 1_000_000).Draw(t, "minor"), currency)
		}), 0, 40).Draw(t, "awards")
		var a, b commission.Summary
		var totals money.Totals
		for _, award := range awards {
			if a.Add(award) != nil || totals.Add(award) != nil {
				t.Fatal("a small sum is too large")
			}
		}
		for _, award := range rapid.Permutation(awards).Draw(t, "other order") {
			if b.Add(award) != nil {
				t.Fatal("a small sum is too large")
			}
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
		if !slices.Equal(a.Total, totals.Amounts()) || a.Awards+a.Dismissals != a.Claims || a.Claims != int64(len(awards)) {
			t.Fatalf("%+v, want %v", a, totals)
		}
	})
}

// Nobody decides alone: who proposed an instalment can't adopt it.
func TestProposingAndAdopting(t *testing.T) {
	proposal := of(t, 3, "2500.00 USD", "")
	proposed := commission.Instalment{}.After(docket.Envelope{
		Programme: "harbour-fire", Stream: "instalment/harbour-fire/3", Version: 1, Kind: commission.KindProposed, Actor: "commissioner-1",
	}, proposal)
	adopted := proposed.After(docket.Envelope{
		Programme: "harbour-fire", Stream: "instalment/harbour-fire/3", Version: 2, Kind: commission.KindAdopted, Actor: "commissioner-2",
	}, of(t, 3, "2500.00 USD"))
	for _, c := range []struct {
		name    string
		at      commission.Instalment
		actor   string
		second  string
		decided commission.Summary
		code    string
		kind    fault.Kind
	}{
		{"another commissioner adopts it", proposed, "commissioner-2", "commissioner-9", proposal, "", ""},
		{"a claim was withdrawn since", proposed, "commissioner-2", "commissioner-9", of(t, 3, "2500.00 USD"), "", ""},
		{"who proposed it", proposed, "commissioner-1", "commissioner-9", proposal, "commission.own-proposal", fault.NotAllowed},
		{"who proposed it is the second", proposed, "commissioner-2", "commissioner-1", proposal, "commission.own-proposal", fault.NotAllowed},
		{"nobody is the second", proposed, "commissioner-2", "", proposal, "", ""},
		{"all claims were withdrawn since", proposed, "commissioner-2", "commissioner-9", of(t, 3), "commission.nothing-to-decide", fault.Conflict},
		{"it was adopted before", adopted, "commissioner-3", "commissioner-9", proposal, "commission.not-proposed", fault.Conflict},
		{"it was adopted before, by the same", adopted, "commissioner-2", "commissioner-9", proposal, "commission.not-proposed", fault.Conflict},
		{"it was never proposed", commission.Instalment{}, "commissioner-2", "commissioner-9", proposal, "commission.not-proposed", fault.Conflict},
	} {
		got, err := c.at.Adopt(c.actor, c.second, c.decided)
		if fault.Code(err) != c.code || c.kind != "" && !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		want := c.decided
		if err != nil {
			want = commission.Summary{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if _, err := commission.Propose(of(t, 4)); fault.Code(err) != "commission.nothing-to-decide" {
		t.Errorf("an empty instalment is proposed: %v", err)
	}
	if got, err := commission.Propose(proposal); err != nil || !reflect.DeepEqual(got, proposal) {
		t.Errorf("%+v (%v)", got, err)
	}
	want := commission.Instalment{
		Programme: "harbour-fire", Number: 3, Version: 2, State: commission.Adopted, ProposedBy: "commissioner-1", AdoptedBy: "commissioner-2",
		Claims: 1, Awards: 1, Total: sums("2500.00 USD"),
	}
	if !reflect.DeepEqual(adopted, want) {
		t.Errorf("folded: %+v, want %+v", adopted, want)
	}
	if got := commission.Stream("harbour-fire", 3); got != "instalment/harbour-fire/3" {
		t.Errorf("stream %s", got)
	}
}

// The files are facts as they were first written. They must be read, be
// written the same and fold for ever: never change one.
func TestKindsForEver(t *testing.T) {
	folded := map[docket.Kind]commission.Instalment{
		commission.KindProposed: {Programme: "harbour-fire", Number: 3, Version: 7, State: commission.Proposed, ProposedBy: "commissioner-1", Claims: 4, Awards: 3, Dismissals: 1, Total: sums("7.00 EUR", "2500.00 USD")},
		commission.KindAdopted:  {Programme: "harbour-fire", Number: 3, Version: 7, State: commission.Adopted, AdoptedBy: "commissioner-1", Claims: 2, Dismissals: 2},
	}
	files, err := filepath.Glob("testdata/kinds/*.json")
	if err != nil || len(files) != len(commission.Kinds()) {
		t.Fatalf("%d files for %d kinds: %v", len(files), len(commission.Kinds()), err)
	}
	for _, kind := range commission.Kinds() {
		text, err := os.ReadFile("testdata/kinds/" + string(kind) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(string(text), "\n")
		var s commission.Summary
		if err := json.Unmarshal([]byte(golden), &s); err != nil {
			t.Fatal(err)
		}
		if again, err := docket.Marshal(s); err != nil || string(again) != golden {
			t.Errorf("%s is written as %s (%v)", kind, again, err)
		}
		env := docket.Envelope{Programme: "harbour-fire", Version: 7, Kind: kind, Actor: "commissioner-1"}
		if got := (commission.Instalment{}).After(env, s); !reflect.DeepEqual(got, folded[kind]) {
			t.Errorf("%s folds into %+v, want %+v", kind, got, folded[kind])
		}
	}
}

// A step that a treaty gates says on which status of it that rests; the day
// since which it is in force is left out where it isn't known exactly. It
// changes nothing of how the step folds.
func TestKindsUnderATreatyForEver(t *testing.T) {
	relied := map[docket.Kind]commission.InForce{
		commission.KindProposed: {Treaty: "iccu-2025", On: day.Must(2027, 3, 2)},
		commission.KindAdopted:  {Treaty: "iccu-2025", Since: day.Must(2027, 3, 1), On: day.Must(2027, 3, 2)},
	}
	for _, kind := range commission.Kinds() {
		text, err := os.ReadFile("testdata/gated/" + string(kind) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(string(text), "\n")
		var s commission.Summary
		if err := json.Unmarshal([]byte(golden), &s); err != nil {
			t.Fatal(err)
		}
		if s.Treaty == nil || *s.Treaty != relied[kind] {
			t.Errorf("%s relies on %+v", kind, s.Treaty)
		}
		if again, err := docket.Marshal(s); err != nil || string(again) != golden {
			t.Errorf("%s is written as %s (%v)", kind, again, err)
		}
		env := docket.Envelope{Programme: "harbour-fire", Version: 7, Kind: kind, Actor: "commissioner-1"}
		gated := (commission.Instalment{}).After(env, s)
		s.Treaty = nil
		if free := (commission.Instalment{}).After(env, s); !reflect.DeepEqual(gated, free) {
			t.Errorf("%s folds into %+v, without a treaty into %+v", kind, gated, free)
		}
	}
}
