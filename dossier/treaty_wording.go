package dossier

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/treaty"
)

// What clauses say in words, as tables write it. A floor holds the date back
// and never brings it forward.
var (
	// "not earlier than two years after opening for signature (13 Jan 1993)"
	floorPeriod = regexp.MustCompile(`(?i)not (?:earlier|before|sooner|until)(?: than)? (\w+) (day|week|month|year)s? (?:after|from|following) (?:its |the )?(?:opening|adoption|signature|date)[^(.;]*(?:\(([^)]*)\))?`)
	// "not before 1 January 1989"
	floorDate = regexp.MustCompile(`(?i)(?:not (?:earlier|before|sooner|until)(?: than)?|no earlier than) (\d{4}-\d{2}-\d{2}|\d{1,2} [a-z]+ \d{4})`)
	// "subject to entry into force of the Convention", "dependency rule",
	// "not before the parent convention", "parent Vienna Convention in force"
	floorParent = regexp.MustCompile(`(?i)dependen(?:cy|t)|parent|(?:subject to|not before|not until|after)(?: the)? entry into force of|not before the (?:[a-z]+ )?(?:convention|treaty|agreement|covenant)`)
	anID        = regexp.MustCompile(`\b(?:un|ggo|coe|unesco):[A-Za-z0-9_#:.-]*[A-Za-z0-9]`)
	anyDate     = regexp.MustCompile(`(?i)\b(\d{4}-\d{2}-\d{2}|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{4})\b`)
	bySignature = regexp.MustCompile(`(?i)consent by signature|definitive signature|signature not subject to`)
	months      = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	smallNumber = map[string]string{
		"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
		"seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "eighteen": "18",
	}
)

// delay reads the rule of delay. "fixed_or_days 90" has its date in the text.
func (c *clauseText) delay(text string) {
	rest, fixed := strings.CutPrefix(text, "fixed_or_")
	d, err := treaty.ParseDelay(rest)
	switch {
	case text == "" || err != nil:
		c.gap("delay", text)
	case fixed:
		on, ok := dateIn(c.text)
		if !ok {
			c.gap("fixed", text)
			return
		}
		c.row.Clause.Delay = d.Fixed(on)
	default:
		c.row.Clause.Delay = d
	}
}

// floors reads what holds the treaty back.
func (c *clauseText) floors() {
	clause := c.row.Clause
	rest := c.text
	if found := floorPeriod.FindStringSubmatch(rest); found != nil {
		n := found[1]
		if small, ok := smallNumber[strings.ToLower(n)]; ok {
			n = small
		}
		rest = strings.Replace(rest, found[0], "", 1)
		period, err := treaty.ParseDelay(strings.ToLower(found[2]) + "s " + n)
		opened, ok := dateIn(found[3])
		switch {
		case err != nil || !ok:
			c.floor("opening", found[0])
		default:
			clause.NotBefore, c.read = day.Latest(clause.NotBefore, period.After(opened)), true
		}
	}
	if found := floorDate.FindStringSubmatch(rest); found != nil {
		rest = strings.Replace(rest, found[0], "", 1)
		if on, ok := dateIn(found[1]); ok {
			clause.NotBefore, c.read = day.Latest(clause.NotBefore, on), true
		}
	}
	if floorParent.MatchString(rest) {
		if id := parent(c.row.Treaty, rest); id != "" {
			clause.After, c.read = []string{id}, true
		} else {
			c.floor("parent", floorParent.FindString(rest))
		}
	}
}

// parent is the treaty that a protocol belongs to: the one that the text gives
// the id of, or the one whose id the protocol's is built on: un:4-15-a stands
// under un:4-15, ggo:P_1978P1:C_1973A under ggo:C_1973A. "" where neither is so.
func parent(id, text string) string {
	for _, named := range anID.FindAllString(text, -1) {
		if named != id {
			return named
		}
	}
	scheme, rest, ok := strings.Cut(id, ":")
	if !ok {
		return ""
	}
	if _, of, protocol := strings.Cut(rest, ":"); protocol {
		return scheme + ":" + of
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 && i == len(rest)-2 && rest[i+1] >= 'a' && rest[i+1] <= 'z' {
		return scheme + ":" + rest[:i]
	}
	return ""
}

// related gives up the parents that a text only seems to name: a treaty can't
// wait for itself.
func (c *Clauses) related() {
	for i := range c.Treaties {
		row := &c.Treaties[i]
		row.Clause.After = slices.DeleteFunc(row.Clause.After, func(id string) bool { return id == row.Treaty })
	}
}

// consentBySignature notes that some signatures bind at once. Which ones, only
// a list that calls them definitive can say.
func (c *clauseText) consentBySignature() {
	if bySignature.MatchString(c.qualifier) {
		c.doubt("signatures", c.qualifier)
	}
}

// leftover notes a qualifier that no rule here has understood: it may change
// which instruments count.
func (c *clauseText) leftover() {
	if c.qualifier != "" && !c.read {
		c.doubt("qualifier", c.qualifier)
	}
}

// dateIn is the first date that a text names: 2006-01-02 or 2 January 2006.
func dateIn(text string) (day.Date, bool) {
	found := anyDate.FindString(text)
	if on, err := day.Parse(found); err == nil {
		return on, true
	}
	parts := strings.Fields(strings.ToLower(found))
	if len(parts) != 3 || len(parts[1]) < 3 {
		return day.Date{}, false
	}
	m := slices.Index(months, parts[1][:3])
	return newDay(parts[2], m+1, parts[0])
}

func newDay(year string, month int, dayOf string) (day.Date, bool) {
	y, err := strconv.Atoi(year)
	d, err2 := strconv.Atoi(dayOf)
	on, err3 := day.New(y, month, d)
	return on, errors.Join(err, err2, err3) == nil
}
