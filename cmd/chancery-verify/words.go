package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// kindWords say in plain words what an entry of a kind records. {x} is the
// fact x, and a part in [ ] is left out where its fact is.
var kindWords = map[string]string{
	"claim.filed.v1":               "The claim was filed[, in the category {category}][, for {claimed}][, received on {received}].",
	"claim.found_deficient.v1":     "The office found that something was missing from the claim[: {missing}].",
	"claim.deficiency_answered.v1": "The claimant supplied what was missing.",
	"claim.recorded.v1":            "The claim was put on the record[ under the number {number}].",
	"claim.refused.v1":             "The office refused to take the claim in[, on the ground “{ground}”][ (rule {rule})].",
	"claim.withdrawn.v1":           "The claim was withdrawn by the claimant.",
	"claim.outcome_reported.v1":    "Another body dealt with the claim, and its file reports: {standing}[, outcome {outcome}][, amount {award}][, decided on {decided}].",
	"claim.assessed.v1":            "An outcome was proposed: {outcome}[ of {award}][, ground “{ground}”][, in instalment {instalment}]. This is not yet a decision.",
	"claim.decided.v1":             "The commission decided: {outcome}[ of {award}][, ground “{ground}”][, in instalment {instalment}][ (rule {rule})].",
	"claim.payment_ordered.v1":     "A payment of {amount} was ordered[, in round {round}].",
	"claim.paid.v1":                "The bank confirmed a payment of {amount}[, of round {round}].",
	"claim.payment_returned.v1":    "A payment of {amount} came back[, of round {round}][ (reason {reason})]. The money is owed again.",
	"claim.code_given.v1":          "The claimant was given a new code, in place of one that was lost.",
	"claim.held.v1":                "A legal hold was put on the claim[, on the ground “{ground}”]: nothing of it may be erased.",
	"claim.released.v1":            "A legal hold was ended[, on the ground “{ground}”].",
	"claim.linked.v1":              "The claim was found to be of the same person as another one[, on the ground “{ground}”].",
	"claim.unlinked.v1":            "The claim was found not to be of the same person as another one after all[, on the ground “{ground}”].",
	"claim.evidence_added.v1":      "Files came that support the claim. Their names and content stand nowhere in the open; the entry commits to each of them.",
	"claim.erased.v1":              "What was told in confidence was erased[, on the ground “{ground}”][, on {on}]. From {keys_gone_by} on no copy anywhere can be opened.",
}

// inWords is what an entry records. Of a kind that is not known it gives the
// name: a newer log may have acts that this program has no words for.
func inWords(kind string, facts value) string {
	text, ok := kindWords[kind]
	if !ok {
		return fmt.Sprintf("An act of the kind %q was entered (this program has no words for it; it is checked like any other).", plainly(kind))
	}
	var out strings.Builder
	for text != "" {
		part, rest, optional := strings.Cut(text, "[")
		out.WriteString(fill(part, facts))
		if text = rest; !optional {
			break
		}
		part, text, _ = strings.Cut(rest, "]")
		name := part[strings.IndexByte(part, '{')+1 : strings.IndexByte(part, '}')]
		if fact(facts, name) != "" {
			out.WriteString(fill(part, facts))
		}
	}
	return out.String()
}

func fill(text string, facts value) string {
	for {
		begin, end := strings.IndexByte(text, '{'), strings.IndexByte(text, '}')
		if begin < 0 {
			return text
		}
		said := fact(facts, text[begin+1:end])
		if said == "" {
			said = "(not said)"
		}
		text = text[:begin] + strings.NewReplacer("{", "(", "}", ")").Replace(said) + text[end+1:]
	}
}

// fact is a fact as text: a text, a number, or a list of texts.
func fact(facts value, name string) string {
	v, _ := facts.member(name)
	switch v.sort {
	case '"', '0':
		return plainly(v.text)
	case '[':
		var list []string
		for _, item := range v.items {
			list = append(list, plainly(item.text))
		}
		return strings.Join(list, ", ")
	}
	return ""
}

// plainly keeps what a file says from steering a terminal, or filling it.
func plainly(text string) string {
	const most = 300
	runes := []rune(text)
	cut := len(runes) > most
	runes = runes[:min(len(runes), most)]
	for i, c := range runes {
		if hidden(c) {
			runes[i] = '?'
		}
	}
	if cut {
		runes = append(slices.Clip(runes), '…')
	}
	return string(runes)
}

// hidden says that a character steers: a control, a mark of direction, a
// separator of lines, or what has no width.
func hidden(c rune) bool {
	return c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x61c || c >= 0x200b && c <= 0x200f ||
		c >= 0x2028 && c <= 0x202e || c >= 0x2060 && c <= 0x206f || c == 0xfeff
}

// steady is where answers go. What a file, a server or a note says may be in any
// of them, so that nothing hidden passes, whoever wrote the sentence.
type steady struct {
	to   io.Writer
	json *bool // a character has its escape then, and the answer stays what it is
}

// Write writes whole sentences.
func (s steady) Write(p []byte) (int, error) {
	var out strings.Builder
	for _, c := range string(p) {
		switch {
		case c == '\n' || c == '\t' || !hidden(c):
			out.WriteRune(c)
		case *s.json:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte('?')
		}
	}
	_, err := io.WriteString(s.to, out.String())
	return len(p), err
}
