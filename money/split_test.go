package money_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/openchancery/chancery/money"
	"pgregory.net/rapid"
)

func TestEqualShares(t *testing.T) {
	for _, c := range []struct {
		name  string
		minor int64
		among int
		want  []int64
	}{
		{"ten dollars among three heirs", 1000, 3, []int64{334, 333, 333}},
		{"what divides", 900, 3, []int64{300, 300, 300}},
		{"two cents among three", 2, 3, []int64{1, 1, 0}},
		{"a debt", -1000, 3, []int64{-334, -333, -333}},
		{"one payee", 1000, 1, []int64{1000}},
		{"nothing", 0, 2, []int64{0, 0}},
		{"among nobody", 1000, 0, nil},
		{"among fewer than nobody", 1000, -1, nil},
	} {
		if got := minors(money.New(c.minor, "USD").Split(c.among)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := (money.Amount{}).Split(2); got != nil {
		t.Errorf("no amount is split into %v", got)
	}
}

func TestSharesByWhatIsOwed(t *testing.T) {
	for _, c := range []struct {
		name    string
		minor   int64
		weights []int64
		want    []int64
		code    string
	}{
		{"what divides", 1000, []int64{1, 3}, []int64{250, 750}, ""},
		{"who lost most by the cut comes first", 100, []int64{1, 1, 4}, []int64{17, 17, 66}, ""},
		{"the same loss: in order", 100, []int64{1, 1, 1}, []int64{34, 33, 33}, ""},
		{"one unit for the greatest claim", 1, []int64{5, 6, 5}, []int64{0, 1, 0}, ""},
		{"who is owed nothing gets nothing", 100, []int64{0, 7, 0}, []int64{0, 100, 0}, ""},
		{"a return of money", -100, []int64{1, 1, 4}, []int64{-17, -17, -66}, ""},
		{"nothing to share", 0, []int64{1, 2}, []int64{0, 0}, ""},
		{"the largest there is", math.MaxInt64, []int64{math.MaxInt64}, []int64{math.MaxInt64}, ""},
		{"nobody is owed", 100, []int64{0, 0}, nil, money.CodeBadWeights},
		{"nobody is there", 100, nil, nil, money.CodeBadWeights},
		{"owed less than nothing", 100, []int64{3, -1}, nil, money.CodeBadWeights},
		{"owed beyond any sum", 100, []int64{math.MaxInt64, 1}, nil, money.CodeTooLarge},
	} {
		got, err := money.New(c.minor, "USD").SplitBy(c.weights)
		if code(err) != c.code || !slices.Equal(minors(got), c.want) {
			t.Errorf("%s: %v (%v), want %v (%s)", c.name, minors(got), err, c.want, c.code)
		}
	}
}

func TestLawsOfShares(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"equal shares sum to the whole and differ by one unit at most": func(t *rapid.T) {
			a := anyAmount(t, "a", anyCurrency(t))
			shares := a.Split(rapid.IntRange(1, 500).Draw(t, "n"))
			least, most := slices.Min(minors(shares)), slices.Max(minors(shares))
			if sumOf(shares).Cmp(big.NewInt(a.Minor())) != 0 || most-least > 1 {
				t.Fatalf("%v: shares from %d to %d, together %v", a, least, most, sumOf(shares))
			}
		},
		"shares by weight sum to the whole and are within one unit of their proportion": func(t *rapid.T) {
			a := anyAmount(t, "a", anyCurrency(t))
			weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/50), 1, 50).Draw(t, "weights")
			weights[0]++ // somebody is owed something
			shares, err := a.SplitBy(weights)
			if err != nil {
				t.Fatal(err)
			}
			if sumOf(shares).Cmp(big.NewInt(a.Minor())) != 0 {
				t.Fatalf("%v becomes %v", a, sumOf(shares))
			}
			total := new(big.Int)
			for _, w := range weights {
				total.Add(total, big.NewInt(w))
			}
			for i, w := range weights {
				// |share*total - amount*weight| < total
				exact := new(big.Int).Mul(big.NewInt(a.Minor()), big.NewInt(w))
				off := new(big.Int).Mul(big.NewInt(shares[i].Minor()), total)
				if off.Sub(off, exact).CmpAbs(total) >= 0 {
					t.Fatalf("%v: share %d of weight %d is %v", a, i, w, shares[i])
				}
			}
		},
		"who is owed more never gets less": func(t *rapid.T) {
			a := money.New(rapid.Int64Range(0, math.MaxInt64).Draw(t, "a"), "USD")
			weights := rapid.SliceOfN(rapid.Int64Range(0, 1000), 2, 20).Draw(t, "weights")
			weights[0]++
			shares, err := a.SplitBy(weights)
			if err != nil {
				t.Fatal(err)
			}
			for i := range weights {
				for j := range weights {
					if weights[i] > weights[j] && shares[i].Minor() < shares[j].Minor() {
						t.Fatalf("owed %d gets %v, owed %d gets %v", weights[i], shares[i], weights[j], shares[j])
					}
				}
			}
		},
	}
	for law, holds := range laws {
		t.Run(law, func(t *testing.T) { rapid.Check(t, holds) })
	}
}

func BenchmarkSplitBy20000(b *testing.B) {
	weights := make([]int64, 20_000)
	for i := range weights {
		weights[i] = int64(i*7919%10_007) + 1
	}
	a := money.New(1_000_000_007, "USD")
	for b.Loop() {
		if _, err := a.SplitBy(weights); err != nil {
			b.Fatal(err)
		}
	}
}

func minors(amounts []money.Amount) []int64 {
	var m []int64
	for _, a := range amounts {
		m = append(m, a.Minor())
	}
	return m
}

func sumOf(amounts []money.Amount) *big.Int {
	sum := new(big.Int)
	for _, a := range amounts {
		sum.Add(sum, big.NewInt(a.Minor()))
	}
	return sum
}
