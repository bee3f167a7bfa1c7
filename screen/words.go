package screen

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// languages are those of the pages, the first one for who asks for another.
var languages = []string{"en", "uk", "fr"}

// Languages are the languages of the pages.
func Languages() []string { return slices.Clone(languages) }

// Language is another language in which a page can be read.
type Language struct{ Code, Name string }

// LanguageName is what a language of the pages calls itself.
func LanguageName(code string) string { return names[code] }

var names = map[string]string{"en": "English", "uk": "Українська", "fr": "Français"}

func others(lang string) []Language {
	var list []Language
	for _, code := range languages {
		if code != lang {
			list = append(list, Language{code, names[code]})
		}
	}
	return list
}

// Words says things in one language.
type Words struct{ Lang string }

// Say is the sentence of a code; pairs are the values in it. A code without a
// sentence says itself, which is ugly and tells what is missing.
func (w Words) Say(code string, pairs ...string) string {
	if text, ok := catalogue.Say(w.Lang, code, paired(pairs)); ok {
		return text
	}
	return code
}

// paired are values by their names: name, value, …
func paired(pairs []string) map[string]string {
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return values
}

// Count is the sentence of a code for a number of things, in the form that the
// language has for that number; pairs are the values in it beside {{.count}}.
func (w Words) Count(code string, n int, pairs ...string) string {
	if text, ok := catalogue.Count(w.Lang, code, n, paired(pairs)); ok {
		return text
	}
	return code
}

// Knows reports whether there is a sentence for a code.
func (w Words) Knows(code string) bool {
	_, ok := catalogue.Say(w.Lang, code, nil)
	return ok
}

// Sentence is what a person is told of an error.
func (w Words) Sentence(err error) string { return catalogue.Sentence(w.Lang, err) }

// Date is a day as people read it; "" for none.
func (w Words) Date(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return w.Say("screen.date", "day", strconv.Itoa(d.Day()), "month", w.Say("screen.month."+strconv.Itoa(d.Month())), "year", strconv.Itoa(d.Year()))
}

// Time is a point in time as people read it, in UTC.
func (w Words) Time(t time.Time) string {
	t = t.UTC()
	return w.Say("screen.time", "date", w.Date(day.Of(t, time.UTC)), "clock", t.Format("15:04"))
}

// Number is a whole number with its thousands set apart.
func (w Words) Number(n int64) string { return w.grouped(strconv.FormatInt(n, 10)) }

// Amount is an amount as people read it: "2,636.48 USD"; "" for none.
func (w Words) Amount(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return w.grouped(a.Decimal()) + "\u00a0" + string(a.Currency())
}

func (w Words) grouped(decimal string) string {
	whole, cents, has := strings.Cut(decimal, ".")
	for at := len(whole) - 3; at > 0 && whole[at-1] != '-'; at -= 3 {
		whole = whole[:at] + w.Say("screen.thousands") + whole[at:]
	}
	if has {
		whole += w.Say("screen.decimal") + cents
	}
	return whole
}

type languageKey struct{}

const languageCookie = "chancery-language"

var matcher = language.NewMatcher([]language.Tag{language.English, language.Ukrainian, language.French})

// Words are those of a request: of the language that was chosen on the page, or
// else that the browser asks for, or else the default.
func (h *House) Words(r *http.Request) Words {
	if lang, ok := r.Context().Value(languageKey{}).(string); ok {
		return Words{lang}
	}
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages, c.Value) {
		return Words{c.Value}
	}
	if asked := r.Header.Get("Accept-Language"); asked != "" {
		if tags, _, err := language.ParseAcceptLanguage(asked); err == nil && len(tags) > 0 {
			if _, at, sure := matcher.Match(tags...); sure > language.No {
				return Words{languages[at]}
			}
		}
	}
	return Words{h.Default}
}

// In is the request with a language of its own, whatever its browser asks for:
// that of a person whom we know.
func In(r *http.Request, lang string) *http.Request {
	if !slices.Contains(languages, lang) {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), languageKey{}, lang))
}

// speaking keeps the language that somebody chose: /path?lang=uk leads to /path.
func (h *House) speaking(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.Method != http.MethodGet || !query.Has("lang") {
			next.ServeHTTP(w, r)
			return
		}
		if lang := query.Get("lang"); slices.Contains(languages, lang) {
			http.SetCookie(w, &http.Cookie{
				Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 60 * 60,
				HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.HTTPS || r.TLS != nil,
			})
		}
		query.Del("lang")
		to := *r.URL
		to.Scheme, to.Host, to.RawQuery = "", "", query.Encode()
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
}
