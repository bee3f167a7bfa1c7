package portal_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/press"
)

// fixed is a source with figures set by the test.
type fixed struct {
	mu      sync.Mutex
	figures press.Figures
	fails   bool
	asked   int
}

func (f *fixed) Figures(context.Context) (press.Figures, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.fails {
		return press.Figures{}, errors.New("the database is away")
	}
	return f.figures, nil
}

// labels is the words of the pages.
func labels(testing.TB) portal.Say {
	return func(code string, values map[string]string) (string, bool) { return catalogue.Say("en", code, values) }
}

// noon is the clock of the tests.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func options(t testing.TB) portal.Options {
	return portal.Options{Say: labels(t), Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
}

// realistic is two programmes as they may stand on a day: the claims office
// whose outcomes were reported, and one that decides and pays by itself.
func realistic() press.Figures {
	return press.Figures{
		AsOf: "2026-11-24T02:14:09Z", TreeSize: 160_427,
		TreeHead:   "5c1f0b6f2f6c0a6f3f9d4e7a81c2b3d4e5f60718293a4b5c6d7e8f9012a3b4c5",
		Programmes: []press.ProgrammeFigures{demo(), tsa()},
	}
}

// tsa is the real office's three years, by type of claim.
func tsa() press.ProgrammeFigures {
	row := func(id, title string, dismissed, awards, withdrawn, recorded, deficient, minor, stated int64) press.Row {
		return press.Row{
			ID: id, Title: title,
			Counts: map[press.Standing]int64{
				press.Decided: dismissed + awards, press.Withdrawn: withdrawn, press.Recorded: recorded, press.Deficient: deficient,
			},
			Reported: press.Outcomes{
				Awards: awards, Dismissals: dismissed,
				Awarded: []press.Sum{{Claims: stated, Amount: money.New(minor, "USD")}},
			},
		}
	}
	return press.ProgrammeFigures{
		ID: "tsa-2007", Title: "Airport screening claims, 2007–2009", Currencies: []money.Currency{"USD"},
		Rows: []press.Row{
			row("passenger-property-loss", "Passenger property loss", 23583, 6033, 1431, 251, 1086, 104771195, 6032),
			row("property-damage", "Property damage", 8866, 5173, 168, 90, 437, 125752393, 5172),
			row("personal-injury", "Personal injury", 241, 54, 22, 13, 31, 20107089, 54),
			row("motor-vehicle", "Motor vehicle", 18, 68, 11, 1, 3, 11868153, 68),
			row("employee-loss", "Employee loss under the Military Personnel and Civilian Employees Claims Act", 25, 12, 1, 0, 0, 175979, 12),
			row("passenger-theft", "Passenger theft", 19, 4, 1, 0, 0, 92100, 4),
			row("not-stated", "Type not stated", 134, 38, 20, 7, 71, 880839, 38),
		},
	}
}

// demo is a programme of 20,000 claims with its own decisions and payments.
func demo() press.ProgrammeFigures {
	row := func(id, title string, each int64, n ...int64) press.Row {
		filed, deficient, recorded, refused, assigned, assessed := n[0], n[1], n[2], n[3], n[4], n[5]
		awaiting, dismissed, payable, paid, returned, withdrawn := n[6], n[7], n[8], n[9], n[10], n[11]
		awards := awaiting + payable + paid + returned
		sum := func(claims int64) []press.Sum {
			return []press.Sum{{Claims: claims, Amount: money.New(claims*each+claims%7*1250, "EUR")}}
		}
		paidOut, owed := sum(paid), sum(awards-paid)
		all, _ := paidOut[0].Amount.Add(owed[0].Amount)
		return press.Row{
			ID: id, Title: title,
			Counts: map[press.Standing]int64{
				press.Filed: filed, press.Deficient: deficient, press.Recorded: recorded, press.Refused: refused,
				press.Assigned: assigned, press.Assessed: assessed, press.Decided: awaiting + dismissed,
				press.Payable: payable, press.Paid: paid, press.Returned: returned, press.Withdrawn: withdrawn,
			},
			Own:  press.Outcomes{Awards: awards, Dismissals: dismissed, Awarded: []press.Sum{{Claims: awards, Amount: all}}},
			Paid: paidOut, Owed: owed,
		}
	}
	f := press.ProgrammeFigures{
		ID: "demo", Title: "Riverbank flood claims", Currencies: []money.Currency{"EUR"},
		Rows: []press.Row{
			row("home-destroyed", "Home destroyed", 1840000, 12, 212, 340, 96, 60, 31, 0, 204, 1480, 2204, 17, 41),
			row("home-damaged", "Home damaged", 620000, 31, 402, 611, 188, 122, 64, 0, 402, 2310, 4712, 38, 77),
			row("injury", "Personal injury", 310000, 14, 121, 205, 61, 44, 19, 0, 131, 402, 1108, 9, 22),
			row("death", "Death of a close relative", 2500000, 2, 34, 61, 12, 21, 8, 0, 22, 61, 804, 3, 6),
			row("property", "Belongings, vehicles and livestock", 145000, 9, 140, 214, 77, 31, 12, 0, 171, 290, 1604, 11, 19),
			row("business", "Small business interrupted", 480000, 7, 61, 88, 44, 9, 5, 0, 51, 31, 288, 6, 8),
		},
	}
	in := money.New(12_000_000_000, "EUR")
	left := in
	for _, r := range f.Rows {
		left, _ = left.Sub(r.Paid[0].Amount)
	}
	f.In, f.Left = []money.Amount{in}, []money.Amount{left}
	return f
}
