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
// officers read: each of their sentences must stand in all of spoken. What
// stands in one language beside English is for people too, whether or not its
// file is named here; in which file of a language a sentence stands is its own
// matter.
var forPeople = []string{
	"count.yaml", "form.yaml", "explain.yaml", "story.yaml", "web.yaml",
	"screen.yaml", "house-pages.yaml", "interview.yaml", "evidence.yaml", "after.yaml", "letters.yaml", "messages.yaml",
	"helpers.yaml", "represent.yaml", "counter.yaml", "paper.yaml", "bulk.yaml", "signin.yaml", "console.yaml", "casework.yaml",
}

// notPlain are files for people that keep other words: the steps of a
// computation, and what a spreadsheet takes, aren't told to somebody in need.
var notPlain = []string{"explain.yaml", "form.yaml"}

// sentence is what stands under a code: its forms by name, "" for one that has no
// more, and its file.
type sentence struct {
	forms map[string]string
	file  string
}

// sentences are those of a language, by code.
func sentences(t *testing.T, lang string) map[string]sentence {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(lang, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s has %d files: %v", lang, len(names), err)
	}
	all := map[string]sentence{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var read map[string]any
		if err := yaml.Unmarshal(text, &read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for code, said := range read {
			if first, twice := all[code]; twice {
				t.Errorf("%s: %s stands in %s too", name, code, first.file)
			}
			all[code] = sentence{forms(said), filepath.Base(name)}
		}
	}
	return all
}

// spokenSentences are those of every language, and whether each is for people.
func spokenSentences(t *testing.T) (all map[string]map[string]sentence, forPeopleToo func(code string) bool) {
	t.Helper()
	all = map[string]map[string]sentence{}
	for _, lang := range spoken {
		all[lang] = sentences(t, lang)
	}
	return all, func(code string) bool {
		return slices.Contains(forPeople, all["en"][code].file) || slices.ContainsFunc(spoken[1:], func(lang string) bool {
			_, ok := all[lang][code]
			return ok
		})
	}
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
	all, forPeopleToo := spokenSentences(t)
	for _, lang := range spoken[1:] {
		for code, said := range all[lang] {
			if _, ok := all["en"][code]; !ok {
				t.Errorf("%s/%s: %s is unknown in English", lang, said.file, code)
			}
		}
		for code, english := range all["en"] {
			if forPeopleToo(code) {
				same(t, lang+": "+code+" (en/"+english.file+")", lang, english.forms, all[lang][code].forms)
			}
		}
	}
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
	all, forPeopleToo := spokenSentences(t)
	looked := 0
	for _, lang := range spoken {
		for code, said := range all[lang] {
			if !forPeopleToo(code) || slices.Contains(notPlain, all["en"][code].file) {
				continue
			}
			for _, text := range said.forms {
				looked++
				for _, c := range plain.Look(lang, text) {
					t.Errorf("%s/%s: %s: %s", lang, said.file, code, c)
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d sentences were looked at", looked)
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
