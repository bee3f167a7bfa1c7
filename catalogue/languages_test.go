package catalogue_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/internal/plain"
)

// spoken are the languages that whoever we serve is spoken to in.
var spoken = []string{"en", "uk", "fr"}

// forPeople are the files of English that claimants, representatives and
// officers read: each must stand in all of spoken. A file that stands in one
// language beside English is for people too, whether or not it is named here.
var forPeople = []string{
	"count.yaml", "form.yaml", "explain.yaml",
	"screen.yaml", "interview.yaml", "evidence.yaml", "after.yaml", "letters.yaml", "messages.yaml", "verify.yaml",
	"helpers.yaml", "mandate.yaml", "counter.yaml", "paper.yaml", "bulk.yaml", "signin.yaml", "console.yaml", "board.yaml",
}

// notPlain are files for people that keep other words: the steps of a
// computation, and what a spreadsheet takes, aren't told to somebody in need.
var notPlain = []string{"explain.yaml", "form.yaml"}

// sheets are the files of a language, by name.
func sheets(t *testing.T, lang string) map[string]map[string]map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(lang, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has %d files: %v", lang, len(names), err)
	}
	all := map[string]map[string]map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var read map[string]any
		if err := yaml.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sheet := map[string]map[string]string{}
		for code, said := range read {
			sheet[code] = forms(said)
		}
		all[filepath.Base(name)] = sheet
	}
	return all
}

// forms are the forms of a sentence by their names, "" for one that has no more.
func forms(said any) map[string]string {
	if text, ok := said.(string); ok {
		return map[string]string{"": text}
	}
	all := map[string]string{}
	if m, ok := said.(map[string]any); ok {
		for form, text := range m {
			all[form], _ = text.(string)
		}
	}
	return all
}

// counted are the forms that a language has for a number of things.
var counted = map[string][]string{
	"en": {"one", "other"},
	"uk": {"few", "many", "one", "other"},
	"fr": {"many", "one", "other"},
}

var placeholders = regexp.MustCompile(`\{\{[^}]*\}\}`)

// What people read stands in every language, each sentence with the same values
// in it, and each count in all the forms that the language has.
func TestWhatPeopleReadStandsInEveryLanguage(t *testing.T) {
	all := map[string]map[string]map[string]map[string]string{}
	for _, lang := range spoken {
		all[lang] = sheets(t, lang)
	}
	for _, lang := range spoken[1:] {
		for name := range all[lang] {
			if _, ok := all["en"][name]; !ok {
				t.Errorf("%s/%s: there is no en/%s", lang, name, name)
			}
		}
	}
	for name, english := range all["en"] {
		if !forPeopleToo(name, all) {
			continue
		}
		for _, lang := range spoken[1:] {
			sheet, ok := all[lang][name]
			if !ok {
				t.Errorf("%s/%s is missing: what people read stands in every language", lang, name)
				continue
			}
			for code := range sheet {
				if _, ok := english[code]; !ok {
					t.Errorf("%s/%s: %s is unknown in English", lang, name, code)
				}
			}
			for code, said := range english {
				same(t, lang+"/"+name+": "+code, lang, said, sheet[code])
			}
		}
	}
}

func forPeopleToo(name string, all map[string]map[string]map[string]map[string]string) bool {
	return slices.Contains(forPeople, name) || slices.ContainsFunc(spoken[1:], func(lang string) bool {
		_, ok := all[lang][name]
		return ok
	})
}

// same holds a sentence of a language against the English one.
func same(t *testing.T, where, lang string, english, other map[string]string) {
	t.Helper()
	if len(other) == 0 {
		t.Errorf("%s is missing", where)
		return
	}
	_, single := english[""]
	if _, ok := other[""]; ok != single {
		t.Errorf("%s counts in one language and not in the other", where)
		return
	}
	if !single {
		for _, form := range counted[lang] {
			if other[form] == "" {
				t.Errorf("%s has no form “%s”", where, form)
			}
		}
	}
	want := valuesOf(english)
	for form, text := range other {
		if got := valuesOf(map[string]string{"": text}); !slices.Equal(got, want) {
			t.Errorf("%s %s: it has the values %v, English has %v", where, form, got, want)
		}
		if text == "" {
			t.Errorf("%s %s is empty", where, form)
		}
	}
}

// valuesOf are the template's actions in a sentence, each once.
func valuesOf(said map[string]string) []string {
	var all []string
	for _, text := range said {
		for _, action := range placeholders.FindAllString(text, -1) {
			if !slices.Contains(all, action) {
				all = append(all, action)
			}
		}
	}
	slices.Sort(all)
	return all
}

// What people read is plain: short sentences, no office words.
func TestWhatPeopleReadIsPlain(t *testing.T) {
	all := map[string]map[string]map[string]map[string]string{}
	for _, lang := range spoken {
		all[lang] = sheets(t, lang)
	}
	looked := 0
	for _, lang := range spoken {
		for name, sheet := range all[lang] {
			if !forPeopleToo(name, all) || slices.Contains(notPlain, name) {
				continue
			}
			for code, said := range sheet {
				for _, text := range said {
					looked++
					for _, c := range plain.Look(lang, text) {
						t.Errorf("%s/%s: %s: %s", lang, name, code, c)
					}
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d sentences were looked at", looked)
	}
}

// A code stands once in a language, whatever file it is in.
func TestACodeStandsOnce(t *testing.T) {
	for _, lang := range spoken {
		first := map[string]string{}
		for name, sheet := range sheets(t, lang) {
			for code := range sheet {
				if other, ok := first[code]; ok {
					t.Errorf("%s: %s stands in %s and in %s", lang, code, other, name)
				}
				first[code] = name
			}
		}
	}
}

// A sentence that a language doesn't have is said in English, and one that
// nobody has is not said at all.
func TestALanguageFallsBackOnEnglish(t *testing.T) {
	for _, lang := range []string{"fr", "uk", "xx", "", "../en", "uk-UA"} {
		if got, ok := catalogue.Say(lang, "rulebook.expression-answered", nil); !ok || !strings.HasPrefix(got, "answered(…) takes") {
			t.Errorf("%q: %q, %v", lang, got, ok)
		}
		if got, ok := catalogue.Say(lang, "no.such-code", nil); ok {
			t.Errorf("%q: %q is said", lang, got)
		}
	}
	for lang, want := range map[string]string{"en": "yes", "uk": "так", "fr": "oui"} {
		if got := catalogue.Label(lang, "label.answer.true"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}
