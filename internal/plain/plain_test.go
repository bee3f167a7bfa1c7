package plain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/plain"
)

func TestWhatIsNotPlainIsFound(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 27))
	for _, c := range []struct {
		lang, text string
		want       string
	}{
		{"en", "You can stop at any time. Nothing is lost.", "[]"},
		{"en", "Pursuant to rule 12, you shall furnish the papers.", "[“pursuant”: write under “shall”: write must, or will “furnish”: write give]"},
		{"en", "Prior to filing, check your answers.", "[“prior to”: write before]"},
		{"en", "Marshall is a town.", "[]"},
		{"en", long + ".", "[a sentence of 27 words: part it]"},
		{"en", long[:len(long)-5] + ". And " + long[:50] + ".", "[]"},
		{"uk", "Ми здійснимо перевірку заяви.", "[“здійсн”: write дієслово самої дії]"},
		{"uk", "Ми перевіримо заяву.", "[]"},
		{"fr", "Nous procéderons à l’examen. Veuillez joindre ladite pièce.", "[“ladite”: write cette]"},
		{"fr", "Nous allons lire votre demande.", "[]"},
		{"de", "Hiermit wird bestätigt.", "[]"}, // not a language that we judge
	} {
		if got := fmt.Sprint(plain.Look(c.lang, c.text)); got != c.want {
			t.Errorf("%s %q: %s; want %s", c.lang, c.text, got, c.want)
		}
	}
}

// A dot in a code or a number ends no sentence, and what a template puts in is
// one word.
func TestASentenceEndsWhereAReaderDrawsBreath(t *testing.T) {
	for text, want := range map[string]int{
		"A3.1 and A3.3 may stand beside each other.":                      1,
		"It is 47.3 square metres.":                                       1,
		"What you need: a photo. How long it takes: 15 minutes.":          4,
		"{{.name}} came at {{with .time}}{{.}}{{end}}. Then it was gone!": 2,
		"One line\nanother line":                                          2,
	} {
		if got := plain.Sentences(text); len(got) != want {
			t.Errorf("%q: %q; want %d", text, got, want)
		}
	}
}
