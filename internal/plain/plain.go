// Package plain judges whether a text is plain: short sentences, and none of the
// words that offices use and people don't. Tests hold against it what claimants,
// representatives and officers read.
package plain

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Complaint is what is wrong with a text.
type Complaint struct {
	What string // "words": too many in a sentence; "banned": a word
	Says string // the sentence's count, or the word
	Try  string // what to write instead of the word
}

// String is the complaint in a few words.
func (c Complaint) String() string {
	if c.What == "words" {
		return "a sentence of " + c.Says + " words: part it"
	}
	return "“" + c.Says + "”: write " + c.Try
}

// Most is how many words a sentence may have, by language. Ukrainian does
// without articles, French has more of them.
var Most = map[string]int{"en": 26, "uk": 22, "fr": 30}

// Look judges a text in a language. A language that it doesn't know it doesn't
// judge.
func Look(lang, text string) []Complaint {
	most, known := Most[lang]
	if !known {
		return nil
	}
	var found []Complaint
	for _, sentence := range Sentences(text) {
		if n := len(words(sentence)); n > most {
			found = append(found, Complaint{What: "words", Says: strconv.Itoa(n)})
		}
	}
	spaced := " " + strings.Join(words(strings.ToLower(text)), " ") + " "
	for _, b := range banned[lang] {
		if strings.Contains(spaced, " "+b.word) && (b.stem || strings.Contains(spaced, " "+b.word+" ")) {
			found = append(found, Complaint{What: "banned", Says: b.word, Try: b.instead})
		}
	}
	return found
}

var (
	action = regexp.MustCompile(`\{\{[^}]*\}\}|\{[a-z][a-z:_-]*\}`)
	code   = regexp.MustCompile(`[A-Z]{1,3}[0-9]+(\.[0-9]+)*|[0-9]+[.,][0-9]+`)
	ends   = regexp.MustCompile(`[.!?…:;](\s|$|["”»])|\n`)
)

// Sentences parts a text where a reader draws breath: at a full stop, a question
// mark, a colon, a semicolon, a new line. What a template puts in counts as one
// word.
func Sentences(text string) []string {
	text = code.ReplaceAllString(action.ReplaceAllString(text, " X "), "X")
	var all []string
	for _, s := range ends.Split(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// words are those of a sentence; an apostrophe and a hyphen stand within one.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("'’ʼ-\u2011", r)
	})
}

// word is one that isn't plain; a stem stands for all words that begin so.
type word struct {
	word    string
	stem    bool
	instead string
}

// banned are the words of offices, by language.
var banned = map[string][]word{
	"en": {
		{"pursuant", false, "under"},
		{"hereby", false, "nothing"},
		{"herein", true, "here"},
		{"hereinafter", true, "its name"},
		{"thereof", true, "of it"},
		{"therein", true, "in it"},
		{"aforementioned", false, "this"},
		{"aforesaid", false, "this"},
		{"shall", false, "must, or will"},
		{"utilise", true, "use"},
		{"utilize", true, "use"},
		{"prior to", false, "before"},
		{"subsequent to", false, "after"},
		{"in order to", false, "to"},
		{"commence", true, "begin"},
		{"terminat", true, "end"},
		{"notwithstanding", false, "even if"},
		{"in respect of", false, "about, or for"},
		{"with regard to", false, "about"},
		{"deemed", false, "taken to be"},
		{"furnish", true, "give"},
		{"in the event that", false, "if"},
		{"in the event of", false, "if"},
		{"at this point in time", false, "now"},
		{"forthwith", false, "at once"},
		{"inter alia", false, "among others"},
		{"mutatis mutandis", false, "what it means"},
		{"endeavour", true, "try"},
		{"ascertain", true, "find out"},
		{"facilitate", true, "help"},
		{"expedite", true, "speed up"},
		{"submission", true, "what you sent"},
		{"authenticat", true, "sign in"},
		{"alleged", true, "said"},
	},
	"uk": {
		{"здійсн", true, "дієслово самої дії"},
		{"вищезазначен", true, "цей"},
		{"вищевказан", true, "цей"},
		{"нижчезазначен", true, "такий"},
		{"вищенаведен", true, "цей"},
		{"являється", false, "є"},
		{"на предмет", false, "щоб, чи"},
		{"у зв'язку з тим що", false, "бо"},
		{"у зв’язку з тим що", false, "бо"},
		{"у разі виникнення", false, "якщо буде"},
		{"шляхом", false, "дієслово самої дії"},
		{"в рамках", false, "у, під час"},
		{"у рамках", false, "у, під час"},
		{"приймати участь", false, "брати участь"},
		{"на протязі", false, "протягом"},
		{"по відношенню", false, "щодо"},
		{"з метою", false, "щоб"},
		{"надати можливість", false, "дати змогу"},
		{"слід зазначити", false, "нічого"},
		{"відповідно до вимог", false, "за"},
		{"згідно чинного", false, "за законом"},
		{"проінформувати", false, "повідомити"},
		{"невідкладно", false, "одразу"},
		{"забезпечити надання", false, "надати"},
		{"у встановленому порядку", false, "як саме"},
		{"в установленому порядку", false, "як саме"},
		{"уповноважений орган", false, "хто саме"},
		{"верифік", true, "перевірити"},
		{"автентифік", true, "вхід"},
		{"ідентифікуват", true, "дізнатися, хто"},
		{"валідн", true, "правильний"},
		{"некоректн", true, "неправильний"},
	},
	"fr": {
		{"susmentionné", true, "ce, cette"},
		{"susvisé", true, "ce, cette"},
		{"ci-dessus mentionné", true, "ce, cette"},
		{"nonobstant", false, "malgré"},
		{"ledit", false, "ce"},
		{"ladite", false, "cette"},
		{"lesdits", false, "ces"},
		{"préalablement", false, "avant"},
		{"afférent", true, "de"},
		{"dans le cadre de", false, "pour, pendant"},
		{"en vue de", false, "pour"},
		{"afin de", false, "pour"},
		{"au titre de", false, "pour"},
		{"procéder à", false, "le verbe de l’action"},
		{"procédez à", false, "le verbe de l’action"},
		{"s'avère", false, "est"},
		{"s’avère", false, "est"},
		{"à défaut de quoi", false, "sinon"},
		{"stipul", true, "dit"},
		{"conformément", false, "selon"},
		{"en application de", false, "selon"},
		{"subséquent", true, "suivant"},
		{"il convient de", false, "il faut"},
		{"à l'issue de", false, "après"},
		{"à l’issue de", false, "après"},
		{"dans les meilleurs délais", false, "un délai"},
		{"le cas échéant", false, "s’il y en a"},
		{"authentifi", true, "se connecter"},
		{"sollicit", true, "demander"},
	},
}
