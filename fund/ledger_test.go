package fund_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
)

// booked says postings in a line: debits are positive.
func booked(postings []fund.Posting) string {
	list := make([]string, len(postings))
	for i, p := range postings {
		list[i] = fmt.Sprintf("%s %s", p.Account, p.Amount)
	}
	return strings.Join(list, ", ")
}

func slicesOf(text string) []fund.Slice {
	var list []fund.Slice
	for _, d := range dues(text) {
		list = append(list, fund.Slice{Claim: d.Claim, Amount: d.Left})
	}
	return list
}

// Every movement has two sides.
func TestWhatIsBooked(t *testing.T) {
	for _, c := range []struct {
		name string
		book func() ([]fund.Posting, error)
		want string
		code string
	}{
		{"a contribution", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("harbour-barrier-company", sum("1000.00 USD"))
			return e.Postings, err
		}, "bank 1000.00 USD, contributions -1000.00 USD", ""},
		{"a contribution of nothing", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("harbour-barrier-company", sum("0.00 USD"))
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"a contribution of no amount", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("harbour-barrier-company", money.Amount{})
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"a contribution below nothing", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("harbour-barrier-company", sum("-1.00 USD"))
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"a contribution of nobody", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("", sum("1000.00 USD"))
			return e.Postings, err
		}, "", "fund.contributor-missing"},
		{"a contributor in words, who may be a person", func() ([]fund.Posting, error) {
			e, err := fund.Contribute("Jane Doe", sum("1000.00 USD"))
			return e.Postings, err
		}, "", "fund.contributor-form"},
		{"what an instalment makes the fund owe, each currency by itself", func() ([]fund.Posting, error) {
			e, err := fund.BookOwed(3, []money.Amount{sum("7.00 EUR"), sum("2500.00 USD")})
			return e.Postings, err
		}, "awards 7.00 EUR, owed -7.00 EUR, awards 2500.00 USD, owed -2500.00 USD", ""},
		{"an instalment that owes less than nothing", func() ([]fund.Posting, error) {
			e, err := fund.BookOwed(3, []money.Amount{sum("7.00 EUR"), sum("-1.00 USD")})
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"a round", func() ([]fund.Posting, error) {
			e, err := fund.Order(1, slicesOf("A 100.00 USD, B 70.00 USD"))
			return e.Postings, err
		}, "owed 170.00 USD, transit -170.00 USD", ""},
		{"a round of nothing", func() ([]fund.Posting, error) {
			e, err := fund.Order(1, nil)
			return e.Postings, err
		}, "", "fund.nothing-to-pay"},
		{"a round that pays one claim twice", func() ([]fund.Posting, error) {
			e, err := fund.Order(1, slicesOf("A 100.00 USD, B 70.00 USD, A 1.00 USD"))
			return e.Postings, err
		}, "", "fund.claim-twice"},
		{"a round with a payment below nothing", func() ([]fund.Posting, error) {
			e, err := fund.Order(1, slicesOf("A 100.00 USD, B -70.00 USD"))
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"a round with a payment of nothing", func() ([]fund.Posting, error) {
			e, err := fund.Order(1, slicesOf("A 100.00 USD, B 0.00 USD"))
			return e.Postings, err
		}, "", "fund.amount-not-positive"},
		{"the bank's answer", func() ([]fund.Posting, error) {
			e, err := fund.Settle(1, slicesOf("A 100.00 USD, C 5.00 USD"), slicesOf("B 70.00 USD"))
			return e.Postings, err
		}, "transit 105.00 USD, bank -105.00 USD, transit 70.00 USD, owed -70.00 USD", ""},
		{"all came back", func() ([]fund.Posting, error) {
			e, err := fund.Settle(1, nil, slicesOf("B 70.00 USD"))
			return e.Postings, err
		}, "transit 70.00 USD, owed -70.00 USD", ""},
		{"no answer", func() ([]fund.Posting, error) {
			e, err := fund.Settle(1, nil, nil)
			return e.Postings, err
		}, "", "fund.nothing-to-settle"},
		{"paid and returned at once", func() ([]fund.Posting, error) {
			e, err := fund.Settle(1, slicesOf("A 100.00 USD"), slicesOf("A 100.00 USD"))
			return e.Postings, err
		}, "", "fund.claim-twice"},
		{"paid twice in one answer", func() ([]fund.Posting, error) {
			e, err := fund.Settle(1, slicesOf("A 100.00 USD, A 100.00 USD"), nil)
			return e.Postings, err
		}, "", "fund.claim-twice"},
	} {
		postings, err := c.book()
		if got := booked(postings); got != c.want || fault.Code(err) != c.code {
			t.Errorf("%s: %s (%v), want %s (%s)", c.name, got, err, c.want, c.code)
		}
		if err := fund.Balanced(postings); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestSumsBeyondAnySum(t *testing.T) {
	huge := fund.Slice{Claim: "A", Amount: money.New(math.MaxInt64, "USD")}
	one := fund.Slice{Claim: "B", Amount: money.New(1, "USD")}
	other := fund.Slice{Claim: "B", Amount: money.New(1, "EUR")}
	if e, err := fund.Order(1, []fund.Slice{huge, one}); err == nil {
		t.Errorf("a round wraps round: %+v", e)
	}
	if e, err := fund.Order(1, []fund.Slice{huge, other}); err == nil {
		t.Errorf("a round in two currencies: %+v", e)
	}
	if e, err := fund.Settle(1, []fund.Slice{huge, one}, nil); err == nil {
		t.Errorf("an answer wraps round: %+v", e)
	}
}

func TestWhatIsNotBalanced(t *testing.T) {
	post := func(texts ...string) (list []fund.Posting) {
		for _, text := range texts {
			list = append(list, fund.Posting{Account: fund.Bank, Amount: sum(text)})
		}
		return list
	}
	for _, c := range []struct {
		name string
		list []fund.Posting
		code string
	}{
		{"nothing", nil, ""},
		{"two sides", post("5.00 USD", "-5.00 USD"), ""},
		{"three sides", post("5.00 USD", "-3.00 USD", "-2.00 USD"), ""},
		{"one side", post("5.00 USD"), "fund.unbalanced"},
		{"a cent is missing", post("5.00 USD", "-4.99 USD"), "fund.unbalanced"},
		{"the other side in other money", post("5.00 USD", "-5.00 EUR"), "fund.unbalanced"},
		{"sums that would wrap round to nothing", post("92233720368547758.07 USD", "92233720368547758.07 USD", "0.02 USD"), "money.too-large"},
	} {
		err := fund.Balanced(c.list)
		if got := code(err); got != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
	}
}

func code(err error) string {
	if f := fault.Code(err); f != "" || err == nil {
		return f
	}
	return err.Error()[strings.LastIndex(err.Error(), "money."):]
}

func TestWherePostingsAreFound(t *testing.T) {
	two := `{"postings":[{"account":"bank","amount":"5.00 USD"},{"account":"contributions","amount":"-5.00 USD"}]}`
	one := `{"postings":[{"account":"bank","amount":"5.00 USD"}]}`
	for _, c := range []struct {
		name  string
		kind  docket.Kind
		facts string
		want  int
		ok    bool
	}{
		{"a kind of the fund", fund.KindContribution, two, 2, true},
		{"another room's kind, whatever it says", "claim.filed.v1", one, 0, true},
		{"a kind of the fund that says no movement", fund.KindOwed, `{"instalment":1,"postings":null}`, 0, true},
		{"one side", fund.KindRoundOrdered, one, 1, false},
		{"an amount that is a number", fund.KindSettled, `{"postings":[{"account":"bank","amount":5}]}`, 0, false},
		{"no facts", fund.KindSettled, ``, 0, false},
	} {
		got, err := fund.Postings(docket.Envelope{Kind: c.kind, Facts: json.RawMessage(c.facts)})
		if len(got) != c.want || (err == nil) != c.ok {
			t.Errorf("%s: %v (%v)", c.name, got, err)
		}
	}
}

// The files are facts as they were first written. They must be read, be
// written the same and fold for ever: never change one.
func TestKindsForEver(t *testing.T) {
	read := map[docket.Kind]struct {
		into   any
		booked string
		round  fund.Round // after it
	}{
		fund.KindContribution: {&fund.Contribution{}, "bank 1000.00 USD, contributions -1000.00 USD", fund.Round{}},
		fund.KindOwed:         {&fund.OwedBooked{}, "awards 7.00 EUR, owed -7.00 EUR, awards 2500.00 USD, owed -2500.00 USD", fund.Round{}},
		fund.KindRoundOrdered: {&fund.RoundOrdered{}, "owed 170.00 USD, transit -170.00 USD", fund.Round{Number: 2, Payments: 2, Ordered: sum("170.00 USD")}},
		fund.KindSettled:      {&fund.Settled{}, "transit 105.00 USD, bank -105.00 USD, transit 70.00 USD, owed -70.00 USD", fund.Round{Paid: 2, Returned: 1}},
	}
	files, err := filepath.Glob("testdata/kinds/*.json")
	if err != nil || len(files) != len(fund.Kinds()) {
		t.Fatalf("%d files for %d kinds: %v", len(files), len(fund.Kinds()), err)
	}
	for _, kind := range fund.Kinds() {
		text, err := os.ReadFile("testdata/kinds/" + string(kind) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		golden, want := strings.TrimSuffix(string(text), "\n"), read[kind]
		if err := json.Unmarshal([]byte(golden), want.into); err != nil {
			t.Fatal(err)
		}
		if again, err := docket.Marshal(want.into); err != nil || string(again) != golden {
			t.Errorf("%s is written as %s (%v)", kind, again, err)
		}
		says := reflect.ValueOf(want.into).Elem()
		for i := range says.NumField() {
			if says.Field(i).IsZero() {
				t.Errorf("%s says nothing of %s: a new field needs a golden file of its own", kind, says.Type().Field(i).Name)
			}
		}
		env := docket.Envelope{Programme: "harbour-fire", Version: 7, Kind: kind, Facts: json.RawMessage(golden)}
		postings, err := fund.Postings(env)
		if got := booked(postings); err != nil || got != want.booked {
			t.Errorf("%s books %s (%v), want %s", kind, got, err, want.booked)
		}
		want.round.Programme, want.round.Version = "harbour-fire", 7
		if got, err := (fund.Round{}).After(env); err != nil || got != want.round {
			t.Errorf("%s folds into %+v (%v), want %+v", kind, got, err, want.round)
		}
	}
}

func TestARoundOfWhichNothingCanBeRead(t *testing.T) {
	for _, kind := range []docket.Kind{fund.KindRoundOrdered, fund.KindSettled} {
		if r, err := (fund.Round{}).After(docket.Envelope{Kind: kind, Facts: json.RawMessage(`{"round":"one"}`)}); err == nil {
			t.Errorf("%s: %+v", kind, r)
		}
	}
}

func TestStreams(t *testing.T) {
	got := []docket.Stream{fund.AccountStream("harbour-fire", fund.Owed), fund.RoundStream("harbour-fire", 3)}
	if !slices.Equal(got, []docket.Stream{"account/harbour-fire/owed", "round/harbour-fire/3"}) {
		t.Errorf("%v", got)
	}
}
