package web

import (
	"encoding/json"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// Patterns are the patterns of all routes, and whether each shows something of
// the claim that one is signed in to.
func Patterns() map[string]bool {
	all := map[string]bool{}
	for _, r := range (&site{}).Routes() {
		all[r.Pattern] = r.Rule == screen.Claimant
	}
	return all
}

// AnswerAfter is when a wrong pair is answered.
const AnswerAfter = answerAfter

// CodeText is what the sheet's code holds.
var CodeText = codeText

// Told is the code of a step's sentence, and the names of the values in it.
func Told(kind docket.Kind, facts string) (code string, names []string, err error) {
	event, err := claim.Decode(kind, json.RawMessage(facts))
	if err != nil {
		return "", nil, err
	}
	code, pairs := own{}.tell(screen.Words{Lang: "en"}, event)
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, pairs[i])
	}
	return code, names, nil
}

// AfterSending are the boxes of a question on the pages after sending, with its answer
// in them, and the answer in words.
func AfterSending(e *rulebook.Edition, lang, field, text string) (boxes []screen.Field, shown string) {
	v := &visit{edition: e, words: screen.Words{Lang: lang}}
	f, _ := e.Field(field)
	own := office.Own{Edition: e, Answers: map[string]string{field: text}}
	return v.boxes(own, []string{field}, nil, nil, map[string]bool{}), v.asker().Shown(f, text)
}
