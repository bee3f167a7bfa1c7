package rulebook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// decoder makes an edition of the file's nodes, and keeps what is wrong. What
// the schema has already said it doesn't say again: a part of the wrong shape
// reads as nothing.
type decoder struct {
	file     string
	problems Problems
	grids    map[string]*Grid
	rules    map[string]*node // ids of rules, requirements and checks, with their places
}

func (d *decoder) say(at *node, code, mend string, values ...string) {
	d.problems = append(d.problems, newProblem(d.file, at, code, mend, values...))
}

// warn says what is better mended and keeps nobody from using the edition.
func (d *decoder) warn(at *node, code, mend string, values ...string) {
	p := newProblem(d.file, at, code, mend, values...)
	p.Severity = Warning
	d.problems = append(d.problems, p)
}

// texts reads a text by language, and holds it against the languages of the
// programme: a missing one would leave somebody without an answer.
func (d *decoder) texts(n *node, languages []string) Texts {
	if n == nil || n.kind != mapNode {
		return nil
	}
	t := make(Texts, len(n.keys))
	for i, k := range n.keys {
		t[k.text] = n.items[i].str()
		if len(languages) > 0 && !contains(languages, k.text) {
			d.say(k, "language-not-named", nearest(k.text, languages), "language", k.text)
		}
	}
	for _, l := range languages {
		if _, ok := t[l]; !ok {
			d.say(n, "language-missing", l, "language", l)
		}
	}
	return t
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// date reads a date; the form is the schema's to check, the calendar ours.
func (d *decoder) date(n *node) day.Date {
	on, err := day.Parse(n.str())
	if err != nil && len(n.str()) == len("2006-01-02") {
		d.say(n, "no-such-date", "", "date", n.str())
	}
	return on
}

// currency reads the code of a currency that exists.
func (d *decoder) currency(n *node) money.Currency {
	c, err := money.ParseCurrency(n.str())
	if err != nil && len(n.str()) == 3 {
		d.say(n, "no-such-currency", "", "currency", n.str())
	}
	return c
}

func (d *decoder) programme(n *node) Programme {
	p := Programme{
		Basis:        n.get("basis").str(),
		Territory:    n.get("territory").strs(),
		TimeZone:     n.get("time_zone").str(),
		Languages:    n.get("languages").strs(),
		NumberPrefix: n.get("number_prefix").str(),
	}
	period := n.get("period")
	if from := period.get("from"); from != nil {
		p.Period.From = d.date(from)
	}
	if to := period.get("to"); to != nil {
		p.Period.To = d.date(to)
	}
	if from, to := p.Period.From, p.Period.To; !from.IsZero() && !to.IsZero() && to.Before(from) {
		d.say(period.get("to"), "period-ends-before-it-begins", "", "from", from.String(), "to", to.String())
	}
	for _, c := range n.get("currencies").list() {
		p.Currencies = append(p.Currencies, d.currency(c))
	}
	p.Respondent = d.texts(n.get("respondent"), p.Languages)
	return p
}

func (d *decoder) powers(n *node) map[string]Power {
	powers := make(map[string]Power)
	for _, act := range acts {
		if p := n.get(act); p != nil {
			powers[act] = Power{By: p.get("by").str(), Second: p.get("second").str(), Treaty: p.get("treaty").str()}
			if t := p.get("treaty"); t != nil && !slices.Contains(ofCommission, act) {
				d.say(t, "treaty-gates-no-such-act", strings.Join(ofCommission, ", "), "act", act)
			}
		}
	}
	return powers
}

func (d *decoder) fields(n *node, languages []string) []Field {
	var all []Field
	for _, item := range n.list() {
		f := Field{
			ID:       item.get("id").str(),
			Type:     FieldType(item.get("type").str()),
			Class:    Class(item.get("class").str()),
			Label:    d.texts(item.get("label"), languages),
			Claimed:  item.get("claimed").truth(),
			Incident: item.get("incident").truth(),
		}
		if why := item.get("why"); why != nil {
			f.Why = d.texts(why, languages)
		}
		if c := item.get("currency"); c != nil {
			f.Currency = d.currency(c)
		}
		for _, o := range item.get("options").list() {
			option := Option{ID: o.get("id").str(), Label: d.texts(o.get("label"), languages)}
			if text := o.get("text"); text != nil {
				option.Text = d.texts(text, languages)
			}
			f.Options = append(f.Options, option)
		}
		if f.Type == Text {
			f.Max = defaultMax
			if most := item.get("max"); most != nil {
				f.Max, _ = strconv.Atoi(most.str())
			}
		}
		if f.Type == FullName || f.Type == Whereabouts {
			f.Max = maxLines
		}
		d.fieldStructure(item, &f, languages)
		d.fieldForm(item, &f, languages)
		all = append(all, f)
	}
	return all
}

// defaultMax is how many characters a text may have where its field says
// nothing.
const defaultMax = 1000

func (d *decoder) categories(n *node, languages []string) []Category {
	var all []Category
	for _, item := range n.list() {
		c := Category{
			ID:        item.get("id").str(),
			Title:     d.texts(item.get("title"), languages),
			Claimants: item.get("claimants").strs(),
			Asks:      item.get("asks").strs(),
			Requires:  item.get("requires").strs(),
		}
		d.categoryStructure(item, &c, languages)
		all = append(all, c)
	}
	return all
}

func (d *decoder) grounds(n *node, languages []string) []Ground {
	var all []Ground
	for _, item := range n.list() {
		all = append(all, Ground{ID: item.get("id").str(), Text: d.texts(item.get("text"), languages)})
	}
	return all
}

// rule reads what all rules have; condition is the key of its expression.
func (d *decoder) rule(item *node, condition string, languages []string) Rule {
	r := Rule{
		ID:         item.get("id").str(),
		Categories: item.get("categories").strs(),
		Condition:  item.get(condition).str(),
		Ground:     item.get("ground").str(),
		Basis:      item.get("basis").str(),
		Assumption: item.get("assumption").truth(),
		Test:       item.get("test").str(),
	}
	if text := item.get("text"); text != nil {
		r.Text = d.texts(text, languages)
	}
	d.claim(item.get("id"))
	return r
}

// claim takes an id that must be the only one among all rules.
func (d *decoder) claim(id *node) {
	if id.str() == "" {
		return
	}
	if first, ok := d.rules[id.str()]; ok {
		d.say(id, "id-twice", "", "id", id.str(), "line", strconv.Itoa(first.line))
		return
	}
	d.rules[id.str()] = id
}

// once says where an id is taken already.
func (d *decoder) once(id *node, first map[string]*node) {
	if id.str() == "" {
		return
	}
	if before, ok := first[id.str()]; ok {
		d.say(id, "id-twice", "", "id", id.str(), "line", strconv.Itoa(before.line))
		return
	}
	first[id.str()] = id
}

func (d *decoder) ruleList(n *node, condition string, languages []string) []Rule {
	var all []Rule
	for _, item := range n.list() {
		all = append(all, d.rule(item, condition, languages))
	}
	return all
}

func (d *decoder) valuation(n *node, p Programme) ([]ValuationRule, Rule) {
	var all []ValuationRule
	for _, item := range n.get("rules").list() {
		r := ValuationRule{Rule: d.rule(item, "when", p.Languages), Amount: item.get("amount").str()}
		r.Ground = item.get("dismissed").str()
		if len(p.Currencies) > 0 {
			r.Currency = p.Currencies[0]
		}
		if c := item.get("currency"); c != nil {
			r.Currency = d.currency(c)
		}
		if sum := item.get("sum"); sum != nil {
			r.Sum = d.sum(sum)
			r.Currency = r.Sum.Currency()
		}
		if points := item.get("points"); points != nil {
			r.Points = points.str()
			if g, ok := d.grids[r.Points]; ok {
				r.Currency = g.Currency
			}
		}
		for _, n := range item.get("steps").list() {
			r.Steps = append(r.Steps, d.work(n, p.Languages))
		}
		if steps := item.get("steps"); steps != nil && r.Ground != "" {
			d.say(steps, "steps-of-dismissal", "")
		}
		d.oneOf(item, "sum", "amount", "points", "dismissed")
		if item.get("currency") != nil && item.get("amount") == nil {
			d.say(item.get("currency"), "currency-without-amount", "amount")
		}
		all = append(all, r)
	}
	otherwise := n.get("otherwise")
	return all, Rule{ID: otherwiseID, Ground: otherwise.get("ground").str(), Basis: otherwise.get("basis").str()}
}

// otherwiseID is the id of the dismissal where no rule applies. No rule may
// have it.
const otherwiseID = "otherwise"

// oneOf says where not exactly one of the keys is there. Where there is no map
// to hold them, the schema has said so.
func (d *decoder) oneOf(item *node, keys ...string) {
	if item == nil || item.kind != mapNode {
		return
	}
	var there []string
	for _, k := range keys {
		if item.get(k) != nil {
			there = append(there, k)
		}
	}
	if len(there) != 1 {
		d.say(item, "not-exactly-one", joined(keys), "there", joined(there))
	}
}

// sum reads "2500.00 EUR"; an award of nothing is no award.
func (d *decoder) sum(n *node) money.Amount {
	decimal, code, ok := cutSum(n.str())
	if !ok {
		return money.Amount{}
	}
	c, err := money.ParseCurrency(code)
	if err != nil {
		d.say(n, "no-such-currency", "", "currency", code)
		return money.Amount{}
	}
	a, err := money.Parse(decimal, c)
	switch {
	case err != nil:
		d.say(n, "no-such-amount", "", "amount", decimal, "currency", code)
	case a.Sign() <= 0:
		d.say(n, "amount-not-above-nothing", "", "amount", n.str())
	}
	return a
}

func (d *decoder) payment(n *node, currencies []money.Currency) Plan {
	p := Plan{Slice: make(map[money.Currency]money.Amount), Stop: StopRule(n.get("stop").str())}
	p.Tiers = d.tiers(n.get("tiers"), p.Stop)
	slice := n.get("slice")
	if n != nil && n.kind == mapNode && slice == nil && n.get("tiers") == nil {
		d.say(n, "missing-key", "slice", "key", "slice")
	}
	if slice == nil || slice.kind != mapNode {
		return p
	}
	p.Slice = d.sums(slice)
	for _, k := range slice.keys {
		if len(currencies) > 0 && !containsCurrency(currencies, money.Currency(k.text)) {
			d.say(k, "currency-not-of-programme", joinedCurrencies(currencies), "currency", k.text)
		}
	}
	for _, c := range currencies {
		if c != "" && slice.get(string(c)) == nil {
			d.say(slice, "slice-missing", string(c), "currency", string(c))
		}
	}
	return p
}
