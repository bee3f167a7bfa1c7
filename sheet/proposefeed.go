package sheet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/money"
)

// feedNamed fills in what every map has.
func (p *proposal) feedNamed() {
	p.m.Number = p.feed("number", typeText, "", nil)
	p.m.Received = p.feed("received", typeDate, "", nil)
	p.m.Category = p.feed("category", typeChoice, "", p.categories)
	if p.m.Category.Column == "" && len(p.categories) == 1 {
		p.m.Category.Value = p.categories[0]
	}
	p.m.Claimant = p.feed("claimant", typeChoice, "", Claimants)
	if p.m.Claimant.Column == "" {
		p.m.Claimant.Value = Claimants[0]
		p.about("claimant", "sheet.note-claimant", "value", Claimants[0], "known", strings.Join(Claimants, ", "))
	}
	for _, path := range []string{"number", "received", "category"} {
		if _, ok := p.chosen[path]; !ok {
			p.about(path, "sheet.note-no-column")
		}
	}
	if _, ok := p.chosen["award"]; ok {
		f := p.feed("award", typeAmount, "", nil)
		p.m.Award = &f
	}
	if _, ok := p.chosen["decided_on"]; ok {
		f := p.feed("decided_on", typeDate, "", nil)
		p.m.DecidedOn = &f
	}
}

// feedField fills in one field of the form.
func (p *proposal) feedField(spec FieldSpec) {
	path := "fields." + spec.ID
	if _, ok := p.chosen[path]; ok {
		p.m.Fields[spec.ID] = p.feed(path, spec.Type, spec.Currency, spec.Options)
		p.m.order = append(p.m.order, spec.ID)
	}
}

// feed makes the feed of a target out of the column chosen for it.
func (p *proposal) feed(path, kind, currency string, options []string) Feed {
	c, ok := p.chosen[path]
	if !ok {
		return Feed{}
	}
	f := Feed{Column: c.column.name}
	if c.score < surely {
		p.about(path, "sheet.note-guessed", "column", shown(f.Column))
	}
	if c.second != nil && !p.taken[c.second.index] {
		p.about(path, "sheet.note-other-column", "column", shown(f.Column), "other", shown(c.second.name))
	}
	switch kind {
	case typeDate, typeTime:
		p.feedDate(path, kind, c.column, &f)
	case typeAmount:
		p.feedAmount(path, currency, c.column, &f)
	case typeChoice:
		p.feedCodes(path, c.column, options, &f)
	case typeBoolean:
		p.feedCodes(path, c.column, booleans, &f)
	}
	return f
}

// feedDate finds the formats of a date or a time.
func (p *proposal) feedDate(path, kind string, c *columnProfile, f *Feed) {
	fits := func(g Format) bool { return g.dated }
	if kind == typeTime && !isDateColumn(c) {
		fits = func(g Format) bool { return g.timed && !g.dated }
	}
	d := guessDates(c.texts, p.monthFirst, fits)
	for _, g := range d.formats {
		f.Formats = append(f.Formats, g.text)
		if kind == typeTime && g.dated {
			f.Part = "time"
		}
		if strings.Contains(g.text, "20YY") {
			p.about(path, "sheet.note-century", "column", shown(c.name), "format", g.text)
		}
	}
	if d.doubt && !(p.monthFirst && d.formats[0].monthFirst()) {
		p.about(path, "sheet.note-day-or-month", "column", shown(c.name), "format", d.formats[0].text, "other", d.other)
	}
	if d.read < d.all {
		p.about(path, "sheet.note-unread", "column", shown(c.name), "unread", d.all-d.read, "all", d.all)
	}
	if len(d.formats) == 0 {
		p.about(path, "sheet.note-no-format", "column", shown(c.name))
	}
}

// sharedThousands finds what parts thousands in any of the file's columns of
// amounts. An office writes all of them alike, and a column of small amounts
// doesn't show how.
func (p *proposal) sharedThousands(fields []FieldSpec) map[string]string {
	shared := map[string]string{}
	look := func(path, currency string) {
		if c, ok := p.chosen[path]; ok {
			n := guessAmounts(c.column.texts, currency)
			if n.thousands != "" && n.read == n.all {
				shared[n.decimal] = n.thousands
			}
		}
	}
	look("award", "")
	for _, spec := range fields {
		if spec.Type == typeAmount {
			look("fields."+spec.ID, spec.Currency)
		}
	}
	return shared
}

// feedAmount finds how a column's figures are written, and their currency.
func (p *proposal) feedAmount(path, currency string, c *columnProfile, f *Feed) {
	n := guessAmounts(c.texts, currency)
	if n.decimal == "comma" {
		f.Decimal = n.decimal
	}
	f.Thousands = cmp.Or(n.thousands, p.thousands[n.decimal])
	if n.doubt {
		p.about(path, "sheet.note-decimal", "column", shown(c.name), "decimal", n.decimal, "thousands", n.thousands)
	}
	if n.read < n.all {
		p.about(path, "sheet.note-unread", "column", shown(c.name), "unread", n.all-n.read, "all", n.all)
	}
	f.Currency = n.currency
	if currency == "" && n.currency == "" {
		for _, word := range strings.FieldsFunc(c.name, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			if _, err := money.ParseCurrency(word); err == nil {
				f.Currency = word
			}
		}
	}
	if f.Currency != "" && f.Currency == currency {
		f.Currency = ""
	}
}

// feedCodes proposes a code for each word of a column.
func (p *proposal) feedCodes(path string, c *columnProfile, options []string, f *Feed) {
	texts := slices.Clone(c.texts)
	if c.answered < p.file.rows {
		texts = append(texts, "")
	}
	f.Values = map[string]string{}
	same := true
	var open, guessed []string
	for _, text := range texts {
		code, sure := likestCode(text, options)
		same = same && code == text
		f.Values[text] = code
		switch {
		case code == "":
			open = append(open, `"`+shown(text)+`"`)
		case !sure:
			guessed = append(guessed, `"`+shown(text)+`"`)
		}
	}
	if same {
		f.Values = nil
	}
	if len(open) > 0 {
		p.about(path, "sheet.note-no-code", "column", shown(c.name), "words", strings.Join(open, ", "), "known", strings.Join(options, ", "))
	}
	if len(guessed) > 0 {
		p.about(path, "sheet.note-codes-guessed", "column", shown(c.name), "words", strings.Join(guessed, ", "))
	}
}

// codeWords are words that offices use for this room's own codes.
var codeWords = map[string]string{
	"": "not-stated", "yes": "true", "y": "true", "1": "true", "ja": "true", "j": "true", "oui": "true", "o": "true", "так": "true", "x": "true",
	"no": "false", "n": "false", "0": "false", "nein": "false", "non": "false", "ні": "false",
	"person": "individual", "private": "individual", "privat": "individual", "privatperson": "individual", "naturalperson": "individual",
	"natürlicheperson": "individual", "naturlicheperson": "individual", "particulier": "individual", "personnephysique": "individual", "фізичнаособа": "individual",
	"company": "organisation", "corporate": "organisation", "firma": "organisation", "unternehmen": "organisation", "business": "organisation",
	"organization": "organisation", "entreprise": "organisation", "societe": "organisation", "legalperson": "organisation", "legalentity": "organisation",
	"juristischeperson": "organisation", "personnemorale": "organisation", "юридичнаособа": "organisation",
	"government": "public-body", "state": "public-body", "behorde": "public-body", "authority": "public-body", "municipality": "public-body",
	"gemeinde": "public-body", "commune": "public-body", "органвлади": "public-body",
}

// likestCode is the code that a word of the file most likely means, or "".
func likestCode(text string, options []string) (code string, sure bool) {
	if slices.Contains(options, text) {
		return text, true
	}
	if code, ok := codeWords[normal(text)]; ok && slices.Contains(options, code) {
		return code, true
	}
	best := leastLikely - 1
	for _, option := range options {
		if s := likeness(text, option); text != "" && s > best {
			best, code = s, option
		}
	}
	return code, best >= surely
}

// feedOutcome takes the columns of few words that say what the office did.
func (p *proposal) feedOutcome() {
	for _, c := range p.file.columns {
		own := tokens(c.name)
		says := slices.Contains(own, "outcome") || slices.Contains(own, "decided")
		if says && !p.taken[c.index] && c.different <= mostCodes && !slices.Contains(p.m.Outcome, c.name) {
			p.m.Outcome = append(p.m.Outcome, c.name)
			p.taken[c.index] = true
		}
	}
	if len(p.m.Outcome) > 0 {
		p.about("outcome", "sheet.note-outcome")
	}
}

// currencies gives every amount its currency: a column of codes, else the
// currency of the form's only one, else none, with a note.
func (p *proposal) currencies(fields []FieldSpec) {
	column := p.currencyColumn()
	known := ""
	fill := func(path string, f *Feed, form string) {
		if f.Currency == "" && form == "" && column != "" {
			f.CurrencyColumn = column
		}
		if f.Currency == "" && f.CurrencyColumn == "" && form == "" {
			f.Currency = known
			code := "sheet.note-currency-taken"
			if known == "" {
				code = "sheet.note-no-currency"
			}
			p.about(path, code, "column", shown(f.Column), "currency", known)
		}
	}
	for _, spec := range fields {
		if f, ok := p.m.Fields[spec.ID]; ok && spec.Type == typeAmount {
			fill("fields."+spec.ID, &f, spec.Currency)
			p.m.Fields[spec.ID] = f
			known = cmp.Or(f.Currency, spec.Currency, known)
		}
	}
	if p.m.Award != nil {
		fill("award", p.m.Award, "")
	}
}

// currencyColumn is the column that holds currency codes, or "".
func (p *proposal) currencyColumn() string {
	for _, c := range p.file.columns {
		if p.taken[c.index] || len(c.texts) == 0 || likeness(c.name, "currency") < leastLikely {
			continue
		}
		codes := true
		for _, s := range c.texts {
			_, err := money.ParseCurrency(strings.ToUpper(s))
			codes = codes && err == nil
		}
		if codes {
			p.taken[c.index] = true
			return c.name
		}
	}
	return ""
}

// leftOver notes the fields without a column and the columns without a field.
func (p *proposal) leftOver(fields []FieldSpec) {
	var without, unused []string
	for _, spec := range fields {
		if _, ok := p.m.Fields[spec.ID]; !ok {
			without = append(without, spec.ID)
		}
	}
	for _, c := range p.file.columns {
		if !p.taken[c.index] {
			unused = append(unused, `"`+shown(c.name)+`"`)
		}
	}
	if len(without) > 0 {
		p.about("fields", "sheet.note-fields-without", "fields", strings.Join(without, ", "))
	}
	if len(unused) > 0 {
		p.about("unused", "sheet.note-unused", "columns", strings.Join(unused, ", "))
	}
}
