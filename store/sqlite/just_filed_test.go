package sqlite

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
)

// A claim that was just filed is written by the columns that its filing gives: the row is
// the one that all columns would make, for a filing that says everything.
func TestAClaimThatWasJustFiledIsWrittenWhole(t *testing.T) {
	edition := docket.Hash{1, 2}
	amount := money.New(1234, "USD")
	c := claim.Begin("5f0c", docket.Envelope{
		Programme: "demo", Instant: docket.At(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)), Edition: &edition,
		Source: &docket.Source{Name: "us-tsa", Row: 7, Line: 8}, Actor: "registrar", Second: &docket.Second{Actor: "officer"},
	}, everything(t, claim.FiledEvent{Claimed: &amount}))
	values, blank := claimValues(&c, nil), claimValues(&claim.Claim{Version: 1, Standing: claim.Filed}, nil)
	short := justFiledValues(&c, nil)
	given := strings.Split(justFiled, ", ")
	if len(short) != justFiledCount || len(given) != justFiledCount {
		t.Fatalf("%d columns and %d values, of %d", len(given), len(short), justFiledCount)
	}
	if !isJustFiled(&c) {
		t.Error("it isn't taken for a claim that was just filed")
	}
	for what, other := range map[string]claim.Claim{"a number": {Number: "HF-0000001"}, "an outcome": {Outcome: claim.Award}, "a payment": {Paid: amount}, "a hold": {Holds: []string{"fraud"}}} {
		other.Version, other.Standing = 1, claim.Filed
		if isJustFiled(&other) {
			t.Errorf("a claim with %s is taken for one that was just filed", what)
		}
	}
	columns := strings.Split(strings.Join(strings.Fields(claimColumns), ""), ",")
	for i, column := range columns {
		want := blank[i]
		for at := range given {
			if given[at] == column {
				want = short[at]
				if reflect.DeepEqual(want, blank[i]) && column != "standing" {
					t.Errorf("this filing gives no %s, so that the test shows nothing of it", column)
				}
			}
		}
		if !reflect.DeepEqual(values[i], want) {
			t.Errorf("%s is %#v, and would be written as %#v", column, values[i], want)
		}
	}
}

// everything fills in every field of a filing.
func everything(t *testing.T, e claim.FiledEvent) claim.FiledEvent {
	t.Helper()
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case day.Date:
			f.Set(reflect.ValueOf(day.Must(2026, 1, 2)))
		case map[string]string:
			f.Set(reflect.ValueOf(map[string]string{"place": "harbour"}))
		case []string:
			f.Set(reflect.ValueOf([]string{"statement"}))
		case []claim.Enclosed:
			f.Set(reflect.ValueOf([]claim.Enclosed{{File: "f"}}))
		case bool:
			f.SetBool(true)
		case *money.Amount:
		default:
			f.SetString("said")
		}
	}
	return e
}
