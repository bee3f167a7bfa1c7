package web

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// Patterns are the patterns of all routes, and whether each shows something of
// the claim that one is signed in to.
func Patterns() map[string]bool {
	all := map[string]bool{}
	for _, r := range routes {
		all[r.pattern] = r.own != nil
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
	s := &site{Options: Options{Say: func(said string, values map[string]string) (string, bool) {
		if code = said; strings.HasPrefix(said, "web.step.") {
			names = slices.Collect(maps.Keys(values))
		}
		return "", true
	}}}
	s.event(event)
	return code, names, nil
}
