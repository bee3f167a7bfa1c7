package press_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/press"
)

// BenchmarkPublish is a large programme with small cells everywhere: forty
// categories, all standings, two currencies.
func BenchmarkPublish(b *testing.B) {
	f := press.ProgrammeFigures{ID: "p", Currencies: []money.Currency{"EUR", "USD"}}
	draw := rapid.Custom(func(t *rapid.T) press.Row { return drawRow(t, "c", f.Currencies) })
	for i := range 40 {
		r := draw.Example(i)
		r.ID = fmt.Sprint(i)
		f.Rows = append(f.Rows, r)
	}
	for b.Loop() {
		publishOne(b, f)
	}
}
