package rulebook_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/rulebook"
)

func TestTwoSpellingsOfOneThingAreAlike(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"Олена Коваль", "КОВАЛЬ  олена"},
		{"Мар'яна О’Браєн", "Марʼяна ОБраєн"},
		{"Андрій", "Андрій"}, // the second in decomposed letters
		{"1234 5678-90", "1234567890"},
		{"AB 123456", "ab 123456"},
		{"+380 (44) 123-45-67", "380441234567"},
		{"ﬁsher", "fisher"},
	} {
		if a, b := rulebook.Likeness(c.a), rulebook.Likeness(c.b); a != b || a == "" {
			t.Errorf("%q is %q and %q is %q", c.a, a, c.b, b)
		}
	}
	for _, c := range []struct{ a, b string }{{"Коваль", "Ковальчук"}, {"1234", "12340"}, {"й", "и"}, {"Іван", "Iван"}} {
		if rulebook.Likeness(c.a) == rulebook.Likeness(c.b) {
			t.Errorf("%q and %q are alike", c.a, c.b)
		}
	}
}

func TestLikenessIsLikeItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := rulebook.Likeness(rapid.String().Draw(t, "text"))
		if twice := rulebook.Likeness(once); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}
