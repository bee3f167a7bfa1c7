package money_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/openchancery/chancery/money"
)

func TestTotalsByCurrency(t *testing.T) {
	var paid money.Totals // ready to use
	for _, a := range []money.Amount{
		money.New(263_647_700, "USD"),
		money.New(48, "USD"),
		money.New(1_000, "JPY"),
		money.New(0, "EUR"),
		{}, // no amount
	} {
		if err := paid.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	want := []money.Amount{money.New(0, "EUR"), money.New(1_000, "JPY"), money.New(263_647_748, "USD")}
	if got := paid.Amounts(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	text, err := json.Marshal(paid)
	if want := `{"EUR":"0.00","JPY":"1000","USD":"2636477.48"}`; err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	var again money.Totals
	if err := json.Unmarshal(text, &again); err != nil || !slices.Equal(again.Amounts(), want) {
		t.Errorf("read back as %v (%v)", again, err)
	}
	if text, err := json.Marshal(money.Totals(nil)); err != nil || string(text) != "{}" {
		t.Errorf("no totals are %s (%v)", text, err)
	}
}

func TestATotalBeyondTheRange(t *testing.T) {
	sums := money.Totals{"USD": math.MaxInt64}
	if err := sums.Add(money.New(1, "USD")); code(err) != money.CodeTooLarge {
		t.Errorf("added: %v", err)
	}
	if sums["USD"] != math.MaxInt64 {
		t.Errorf("a sum that failed was kept: %d", sums["USD"])
	}
}

func TestTotalsThatAreNone(t *testing.T) {
	for _, wrong := range []string{`[]`, `{"USD":12.5}`, `{"USD":"12.555"}`, `{"DEM":"12.55"}`} {
		var sums money.Totals
		if err := json.Unmarshal([]byte(wrong), &sums); err == nil {
			t.Errorf("%s is read as %v", wrong, sums)
		}
	}
}
