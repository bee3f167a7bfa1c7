// Package reply says an answer as people read it: names and addresses in all
// their parts, dates as far as they are known, sums, choices. Whoever shows an
// answer says it by these words, so that a claimant and an officer read the same.
package reply

import (
	"strings"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// InWords is a canonical text that answers a field, in words of a language; ""
// for no answer. A name or an address has a line for each of its parts. places
// is the list that the field's codes are of; without one a code is shown. What
// is no answer to the field is shown as it is.
func InWords(words screen.Words, f *rulebook.Field, text string, places *place.List) string {
	switch text {
	case "":
		return ""
	case rulebook.UnsureText:
		return words.Say("interview.reply.unsure")
	case rulebook.DeclinedText:
		return words.Say("interview.reply.declined")
	}
	switch f.Type {
	case rulebook.Choice:
		for _, o := range f.Options {
			if o.ID == text {
				return o.Label.In(words.Lang)
			}
		}
	case rulebook.Boolean:
		if code, ok := map[string]string{"true": "yes", "false": "no"}[text]; ok {
			return words.Say("interview.reply." + code)
		}
	case rulebook.Date, rulebook.PartialDate:
		return date(words, text)
	case rulebook.Amount:
		if a, err := money.Parse(strings.TrimSuffix(text, " "+string(f.Currency)), f.Currency); err == nil {
			return words.Amount(a)
		}
	case rulebook.FullName:
		return name(words, text)
	case rulebook.Whereabouts:
		return address(words, text, places)
	}
	return text
}

// date is one of the forms of day.When: what it leaves open stays open.
func date(words screen.Words, text string) string {
	if word, rest, ok := strings.Cut(text, " "); ok {
		switch word {
		case "about":
			return words.Say("interview.date.about-shown", "date", partial(words, rest))
		case "before", "by", "after", "from":
			return words.Say("reply.date."+word, "date", partial(words, rest))
		}
		return text
	}
	first, last, span := strings.Cut(text, "/")
	if !span {
		return partial(words, text)
	}
	if len(last) < len(first) { // it leaves out what it shares with the beginning
		last = first[:len(first)-len(last)] + last
	}
	return words.Say("reply.date.span", "first", partial(words, first), "last", partial(words, last))
}

// partial is a day, a month or a year.
func partial(words screen.Words, text string) string {
	if d, err := day.Parse(text); err == nil {
		return words.Date(d)
	}
	if at, err := time.Parse("2006-01", text); err == nil {
		return words.Say("reply.month."+at.Format("1"), "year", at.Format("2006"))
	}
	return text
}

func name(words screen.Words, text string) string {
	n, ok := rulebook.ParseName(text)
	if !ok {
		return text
	}
	return parts(words, []string{n.Full}, "reply.name.patronymic", n.Patronymic, "reply.name.latin", n.Latin, "reply.name.former", strings.Join(n.Former, ", "))
}

func address(words screen.Words, text string, places *place.List) string {
	at, ok := rulebook.ParseAddress(text)
	if !ok {
		return text
	}
	var lines []string
	for _, line := range []string{at.Words, Place(places, at.Place)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	point := ""
	if at.Latitude != "" {
		point = at.Latitude + ", " + at.Longitude
	}
	shown := parts(words, lines, "interview.address.old", at.OldStreet, "reply.address.point", point)
	if at.Gone {
		shown += "\n" + words.Say("interview.address.gone")
	}
	return shown
}

// parts are lines, and those parts that are there: pairs of what a part is called
// and what it is.
func parts(words screen.Words, lines []string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			lines = append(lines, words.Say(pairs[i])+": "+pairs[i+1])
		}
	}
	return strings.Join(lines, "\n")
}

// Place is what a place of a list is called, with what it lies in; "" for none.
func Place(list *place.List, code string) string {
	if list == nil || code == "" {
		return code
	}
	var names []string
	for _, p := range list.Way(code) {
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return code
	}
	return strings.Join(names, ", ")
}
