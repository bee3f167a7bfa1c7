package web

import (
	"encoding/json"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
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
