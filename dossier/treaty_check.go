package dossier

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/treaty"
)

// Clauses is a table of clauses to check: of treaties, or of parties. One of
// the two is filled.
type Clauses struct {
	Treaties []treaty.Row
	Parties  []treaty.PartyRow
}

// The two tables, by their header. The columns of the second list of each may
// stand there; what they hold is somebody's answer to the question that is
// asked here, or the way to it, and is never read.
var (
	clauseColumns = []string{"treaty_id", "threshold", "condition_type", "delay_rule", "qualifier", "entry_into_force_published"}
	clauseMay     = []string{"treaty", "clause", "condition_met", "computed_from_snapshot", "check", "note", "source"}
	partyColumns  = []string{"treaty_id", "party", "consent_date", "variant", "days", "treaty_in_force", "party_in_force_published"}
	partyMay      = []string{"treaty", "iso3", "action", "computed", "check", "note", "source"}
)

// ReadClauses reads a table of clauses. All that is wrong comes as Problems.
func ReadClauses(file string, text []byte) (Clauses, error) {
	r := &reader{}
	var c Clauses
	s := r.sheetOf(file, bytes.TrimPrefix(text, []byte("\ufeff")))
	switch {
	case s == nil:
	case s.has(clauseColumns):
		s.only(clauseColumns, clauseMay)
		for s.next() {
			c.Treaties = append(c.Treaties, s.clauseRow())
		}
		c.related()
	case s.has(partyColumns):
		s.only(partyColumns, partyMay)
		for s.next() {
			c.Parties = append(c.Parties, s.partyRow())
		}
	default:
		r.wrong(place{file, 1}, "dossier.csv-header-unknown", "header", strings.Join(s.header, ","),
			"known", strings.Join(clauseColumns, ",")+"\n  "+strings.Join(partyColumns, ","))
	}
	if err := r.err(); err != nil {
		return Clauses{}, err
	}
	return c, nil
}

// day is a date to the day, no date where nothing stands.
func (s *sheet) day(column string) day.Date {
	text := s.get(column)
	if text == "" {
		return day.Date{}
	}
	d, err := day.Parse(text)
	if err != nil {
		s.wrong(s.at(), "dossier.not-a-day", "field", column, "text", text)
	}
	return d
}

func (s *sheet) partyRow() treaty.PartyRow {
	row := treaty.PartyRow{
		Treaty: s.must("treaty_id"), Party: s.must("party"), Code: s.get("iso3"),
		InForce: s.day("treaty_in_force"), Consent: s.day("consent_date"), Published: s.day("party_in_force_published"),
		Rule: treaty.PartyRule{Variant: treaty.Variant(strings.ToUpper(s.must("variant")))},
	}
	if row.Rule.Variant != treaty.VariantA && row.Rule.Variant != treaty.VariantB {
		s.wrong(s.at(), "dossier.unknown-word", "field", "variant", "text", row.Rule.Variant, "nearest", "", "known", "A, B")
	}
	text := s.get("days") // a number of days, or a delay in words
	if _, err := strconv.Atoi(text); err == nil {
		text = "days " + text
	}
	d, err := treaty.ParseDelay(text)
	if err != nil {
		s.wrong(s.at(), "treaty.file.delay", "field", "days", "text", text)
	}
	row.Rule.Delay = d
	return row
}

// clauseRow turns a row into a clause, and says what the clause asks for that
// the row doesn't hold.
func (s *sheet) clauseRow() treaty.Row {
	row := treaty.Row{
		Treaty: s.must("treaty_id"), Title: s.get("treaty"),
		Published: s.day("entry_into_force_published"), Clause: &treaty.Clause{},
	}
	c := &clauseText{row: &row, text: s.get("qualifier") + "\n" + s.get("clause"), qualifier: s.get("qualifier")}
	row.Clause.Provision = provision(s.get("clause"))
	row.Clause.Wording = strings.TrimSpace(strings.TrimPrefix(s.get("clause"), row.Clause.Provision+":"))
	n, err := strconv.Atoi(s.must("threshold"))
	if err != nil || n < 1 {
		s.wrong(s.at(), "dossier.not-a-number", "field", "threshold", "text", s.get("threshold"))
	}
	c.number = n
	c.organisations()
	for word := range strings.SplitSeq(strings.ToLower(s.must("condition_type")), "+") {
		c.condition(strings.TrimSpace(word))
	}
	c.delay(s.get("delay_rule"))
	c.floors()
	c.consentBySignature()
	c.leftover()
	return row
}

// provision is the article that a clause's text begins with.
func provision(text string) string {
	before, _, ok := strings.Cut(text, ":")
	if !ok || len(before) > 40 {
		return ""
	}
	return before
}

// clauseText is a row whose words are being turned into a clause.
type clauseText struct {
	row       *treaty.Row
	number    int
	text      string // qualifier and clause
	qualifier string
	counted   bool // the number of instruments is a condition already
	orgs      bool // regional organisations count
	read      bool // the qualifier was understood
}

// gap notes what the row doesn't hold and the date hangs on.
func (c *clauseText) gap(code, text string) {
	c.row.Gaps = append(c.row.Gaps, treaty.Gap{Code: code, Text: strings.TrimSpace(text)})
	c.read = true
}

// doubt notes what may change which instruments count, and may not.
func (c *clauseText) doubt(code, text string) {
	c.row.Gaps = append(c.row.Gaps, treaty.Gap{Code: code, Text: strings.TrimSpace(text), Soft: true})
	c.read = true
}

// floor notes what the row doesn't hold and can only hold the date back.
func (c *clauseText) floor(code, text string) {
	c.row.Gaps = append(c.row.Gaps, treaty.Gap{Code: code, Text: strings.TrimSpace(text), Floor: true})
	c.read = true
}

var (
	orgCounts  = regexp.MustCompile(`(?i)(regional|economic integration)[a-z ]*organi[sz]ations?[a-z ,]* (is |are |also |to be )*(counted|counts?)\b`)
	orgNot     = regexp.MustCompile(`(?i)(regional|economic integration)[a-z ]*organi[sz]ations?[a-z ,]* (not|never)\b`)
	inBrackets = regexp.MustCompile(`\(([^()]*,[^()]*)\)`)
	aWord      = regexp.MustCompile(`[a-z0-9]+`)
)

func (c *clauseText) organisations() {
	switch {
	case orgNot.MatchString(c.text):
		c.read = true
	case orgCounts.MatchString(c.text):
		c.orgs, c.read = true, true
	}
}

// condition reads one part of the type of condition.
func (c *clauseText) condition(word string) {
	switch word {
	case "count":
		c.count()
	case "weight", "share", "tonnage":
		c.gap("weights", c.qualifier)
	case "subset", "qualified_subset":
		c.subset()
	case "named_parties", "named":
		c.named()
	case "funding", "funds", "finding", "condition":
		c.gap("finding", c.qualifier)
	case "not_before", "minimum_time", "dependency", "parent", "after_treaty":
		// What they say stands in the text: see floors.
	case "provisional", "provisional_application":
		c.read = true // it doesn't change the date
	case "no_regional_organisation", "regional_organisation_not_counted", "no_regional_org":
		c.orgs, c.read = false, true
	case "regional_organisation", "regional_organisation_counted":
		c.orgs, c.read = true, true
	default:
		c.gap("condition", word)
	}
}

// count asks for the number of instruments.
func (c *clauseText) count() {
	if !c.counted && c.number > 0 {
		c.counted = true
		c.row.Clause.Conditions = append(c.row.Clause.Conditions, treaty.Condition{Name: "instruments", Number: c.number, Organisations: c.orgs})
	}
}

// subset asks for a number of instruments of a group: computable where the text
// lists the group in brackets.
func (c *clauseText) subset() {
	list := c.list()
	n := askedOf(c.qualifier, len(list))
	if len(list) == 0 || n == 0 {
		c.gap("subset", c.qualifier)
		return
	}
	c.read = true
	c.row.Clause.Conditions = append(c.row.Clause.Conditions, treaty.Condition{Name: "subset", Number: n, Among: list, Group: c.qualifier})
}

// askedOf is how many of a group are asked for: the first number of the text
// that the group is large enough for, 0 where there is none.
func askedOf(text string, most int) int {
	for _, w := range aWord.FindAllString(strings.ToLower(text), -1) {
		if small, ok := smallNumber[w]; ok && w != "a" && w != "an" {
			w = small
		}
		if n, err := strconv.Atoi(w); err == nil && n > 0 && n <= most {
			return n
		}
	}
	return 0
}

// named asks for the instruments of parties that the text lists in brackets:
// "the three depositary Governments (UK, USA, USSR)".
func (c *clauseText) named() {
	list := c.list()
	if len(list) == 0 {
		c.gap("named", c.qualifier)
		return
	}
	c.read = true
	c.row.Clause.Conditions = append(c.row.Clause.Conditions, treaty.Condition{Name: "named_parties", All: list, Group: c.qualifier})
}

// shortNames are the names by which texts call states in brackets, with the
// codes that lists have. The list of a depositary keeps a state under the name
// that it has today: the USSR is where the Russian Federation is.
var shortNames = map[string]string{
	"uk": "GBR", "united kingdom": "GBR", "usa": "USA", "us": "USA", "united states": "USA",
	"ussr": "RUS", "soviet union": "RUS", "russia": "RUS", "prc": "CHN", "frg": "DEU",
}

// list is the parties that the qualifier names in brackets, as codes or names.
func (c *clauseText) list() []string {
	found := inBrackets.FindStringSubmatch(c.qualifier)
	if found == nil {
		return nil
	}
	var all []string
	for name := range strings.SplitSeq(found[1], ",") {
		name = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), "and "))
		if code, ok := shortNames[strings.ToLower(name)]; ok {
			name = code
		}
		if name != "" {
			all = append(all, name)
		}
	}
	return all
}
