package paper_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
)

func number(t *rapid.T) paper.Number {
	return paper.NewNumber([11]byte(rapid.SliceOfN(rapid.Byte(), 11, 11).Draw(t, "random")))
}

// However somebody types a number, it is read, and with one wrong symbol it isn't.
func TestANumberIsReadAsPeopleTypeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := number(t)
		plain := strings.ReplaceAll(strings.TrimPrefix(string(n), "P-"), "-", "")
		for _, typed := range []string{string(n), strings.ToLower(string(n)), plain, "p" + plain, " P " + plain + " ", string(n[2:])} {
			if got, err := paper.ParseNumber(typed); err != nil || got != n {
				t.Fatalf("%q is read as %q, %v", typed, got, err)
			}
		}
		at := rapid.IntRange(0, 11).Draw(t, "at")
		other := "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rapid.IntRange(0, 31).Draw(t, "symbol")]
		if other == plain[at] {
			return
		}
		wrong := plain[:at] + string(other) + plain[at+1:]
		if got, err := paper.ParseNumber("P-" + wrong); fault.Code(err) != "paper.number-wrong" {
			t.Fatalf("%q is read as %q, %v", wrong, got, err)
		}
	})
}

func TestAMarkComesBackWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := paper.Mark{
			Number: number(t), Programme: rapid.StringMatching(`[a-z0-9-]{1,20}`).Draw(t, "programme"), Category: rapid.StringMatching(`[a-z0-9-]{1,20}`).Draw(t, "category"),
			Language: rapid.SampledFrom([]string{"en", "uk", "fr"}).Draw(t, "language"), Edition: rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "edition"),
			Pages: rapid.IntRange(1, 40).Draw(t, "pages"),
		}
		m.Page = rapid.IntRange(1, m.Pages).Draw(t, "page")
		if got, err := paper.ParseMark(m.Text()); err != nil || got != m {
			t.Fatalf("%s is read as %+v, %v", m.Text(), got, err)
		}
	})
	for _, text := range []string{"", "CHANCERY-P1:", "P-7K3M-9QX2-VD4K", "CHANCERY-P1:7K3M9QX2VD4X:DEMO:A:EN:0123456789AB:1:2", "CHANCERY1:7K3M9QX2VD4K:3:00"} {
		if m, err := paper.ParseMark(text); fault.Code(err) != "paper.mark" {
			t.Errorf("%q is read as %+v, %v", text, m, err)
		}
	}
}

func demo(t *testing.T) (*rulebook.Edition, *rulebook.Category) {
	t.Helper()
	b, _ := rulebooks.Find("demo")
	e, err := rulebook.Parse("demo", b.Source)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := e.Category("b-injury")
	return e, c
}

func TestWhereTwoPeopleReadTheSame(t *testing.T) {
	e, _ := demo(t)
	said := func(text string) paper.Reading { return paper.Reading{Text: text} }
	illegible := paper.Reading{Illegible: true}
	for _, c := range []struct {
		field string
		a, b  paper.Reading
		want  bool
	}{
		{"claimant_name", said("Olena  Koval"), said("olena Koval "), true},
		{"claimant_name", said("Olena Koval"), said("Olena Kowal"), false},
		{"injured", said("1"), said("7"), false},
		{"birth_date", said("1975-04-26"), said("1975-04-20"), false},
		{"injured", paper.Reading{}, paper.Reading{}, true},
		{"injured", paper.Reading{}, illegible, false},
		{"injured", said("1"), illegible, false},
		{"injured", illegible, illegible, true},
	} {
		f, _ := e.Field(c.field)
		if paper.Same(f, c.a, c.b) != c.want || paper.Same(f, c.b, c.a) != c.want {
			t.Errorf("%s: %+v and %+v", c.field, c.a, c.b)
		}
	}
	if long, _ := e.Field("statement"); paper.Twice(long) {
		t.Error("a long text is keyed twice")
	}
}

// What is taken is what both read, or what the second decided; of a long text,
// what the second holds to be right.
func TestWhatTwoPeopleKeyedIsSettled(t *testing.T) {
	e, c := demo(t)
	k := paper.Keyed{
		First:   paper.Readings{"claimant_name": {Text: "Olena Koval"}, "injured": {Text: "1"}, "place": {Text: "marina"}, "statement": {Text: "The quey broke"}, "contact": {Illegible: true}},
		Second:  paper.Readings{"claimant_name": {Text: "Olena Koval"}, "injured": {Text: "7"}, "statement": {Text: "The quay broke"}, "contact": {Text: "3 Quay Lane"}},
		Decided: paper.Readings{"contact": {Text: "3 Quay Lane"}},
	}
	if got := k.Differences(e, c); !slices.Equal(got, []string{"contact", "injured"}) {
		t.Errorf("they differ in %v", got)
	}
	if got := k.Undecided(e, c); !slices.Equal(got, []string{"injured"}) {
		t.Errorf("undecided: %v", got)
	}
	k.Decided["injured"] = paper.Reading{Illegible: true}
	settled := k.Settled(e)
	if got := settled.Answers(); got["statement"] != "The quay broke" || got["contact"] != "3 Quay Lane" || got["place"] != "marina" || len(got) != 4 {
		t.Errorf("settled: %v", got)
	}
	if got := settled.Illegible(); !slices.Equal(got, []string{"injured"}) {
		t.Errorf("illegible: %v", got)
	}
	if paper.May(c, "injured") || !paper.May(c, "medical_record") {
		t.Error("what may be left empty isn't what the form says")
	}
}
