package main

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// standing is what the audit keeps of one stream: its last version and, of a
// claim's, what the figures count.
type standing struct {
	version              int64
	award, ordered, paid int64 // minor units of currency
	line                 *line // of its category; nil while it is not filed
	currency             int32 // of the award; 0 where none is stated
	stands               uint8 // index in standings
	outcome              uint8 // noOutcome, award, dismissal
	reported             bool
}

// standings are the words for where a claim stands.
var standings = []string{"filed", "deficient", "recorded", "refused", "assigned", "assessed", "decided", "payable", "paid", "returned", "withdrawn"}

const (
	noOutcome = iota
	award
	dismissal
)

// line counts one category of a programme.
type line struct {
	programme, category string
	claims              int64
	standings           [11]int64
	own, reported       outcomes
	paid, owed          sums
}

type outcomes struct {
	awards, dismissals int64
	awarded            sums
}

// sums are exact amounts by currency.
type sums map[int32]*big.Int

func (s sums) add(currency int32, minor int64) {
	if s[currency] == nil {
		s[currency] = new(big.Int)
	}
	s[currency].Add(s[currency], big.NewInt(minor))
}

func (s sums) of(currency int32) *big.Int {
	if s[currency] == nil {
		return new(big.Int)
	}
	return s[currency]
}

// books are everything that the figures are counted from.
type books struct {
	lines      map[string]map[string]*line // by programme and category
	accounts   map[string]map[string]sums  // by programme and account
	currencies map[string]int32            // from 1 on
	digits     []int                       // after the point, by currency, as first printed
}

func newBooks() *books {
	return &books{lines: map[string]map[string]*line{}, accounts: map[string]map[string]sums{}, currencies: map[string]int32{}, digits: []int{0}}
}

func (b *books) claims() (n int64) {
	for _, programme := range b.lines {
		for _, l := range programme {
			n += l.claims
		}
	}
	return n
}

// amount reads "2500.00 EUR". All amounts of a currency are printed with the
// same number of digits.
func (b *books) amount(text string) (minor int64, currency int32, err error) {
	figure, code, ok := strings.Cut(text, " ")
	whole, frac, _ := strings.Cut(figure, ".")
	minor, errNumber := strconv.ParseInt(whole+frac, 10, 64)
	if !ok || code == "" || errNumber != nil || strings.Contains(frac, "-") || strings.HasPrefix(figure, "+") {
		return 0, 0, fmt.Errorf("%.60q is not an amount such as 2500.00 EUR", text)
	}
	currency, ok = b.currencies[code]
	if !ok {
		currency = int32(len(b.digits))
		b.currencies[code], b.digits = currency, append(b.digits, len(frac))
	}
	if b.digits[currency] != len(frac) {
		return 0, 0, fmt.Errorf("%.60q has %d digits after the point, and other amounts in %s have %d", text, len(frac), code, b.digits[currency])
	}
	return minor, currency, nil
}

// facts reads an entry's facts and keeps the first thing that is wrong.
type facts struct {
	*fields
	books *books
}

// money is an amount that may be left out: currency 0 then.
func (f facts) money(name string) (minor int64, currency int32) {
	if !f.has(name) {
		return 0, 0
	}
	minor, currency, err := f.books.amount(f.text(name))
	if err != nil {
		f.fail("the field %q: %v", name, err)
	}
	return minor, currency
}

// take folds an entry or a row into what the figures count.
func (b *books) take(where, programme, stream string, s *standing, entry value) *problem {
	kind, _ := entry.member("kind")
	said, ok := entry.member("facts")
	if !ok {
		said = value{sort: '{'}
	}
	f := facts{fieldsOf(where+", facts", said), b}
	switch {
	case strings.HasPrefix(kind.text, "fund."):
		b.post(f, programme)
	case strings.HasPrefix(stream, "claim/"):
		if kind.text == "claim.filed.v1" {
			s.line = b.lineOf(programme, f.text("category"))
			s.line.claims++
			s.line.count(s, 1)
			break
		}
		if s.line == nil {
			f.fail("the claim was never filed")
			break
		}
		s.line.count(s, -1)
		if !s.after(kind.text, f) {
			f.fail("the kind %.60q is none that this program can count", kind.text)
		}
		s.line.count(s, 1)
	}
	if f.wrong != nil {
		return f.wrong.meaning("The figures can't be recomputed with certainty", "Ask the office; if the entry is of a newer kind, get a newer chancery-verify")
	}
	return nil
}

func (b *books) lineOf(programme, category string) *line {
	if b.lines[programme] == nil {
		b.lines[programme] = map[string]*line{}
	}
	l, ok := b.lines[programme][category]
	if !ok {
		l = &line{programme: programme, category: category, own: outcomes{awarded: sums{}}, reported: outcomes{awarded: sums{}}, paid: sums{}, owed: sums{}}
		b.lines[programme][category] = l
	}
	return l
}

// count adds a claim as it stands to its line, or with sign -1 takes it out.
func (l *line) count(s *standing, sign int64) {
	l.standings[s.stands] += sign
	to := &l.own
	if s.reported {
		to = &l.reported
	}
	switch s.outcome {
	case award:
		to.awards += sign
	case dismissal:
		to.dismissals += sign
	}
	if s.currency == 0 {
		return
	}
	to.awarded.add(s.currency, sign*s.award)
	l.paid.add(s.currency, sign*s.paid)
	if !s.reported {
		l.owed.add(s.currency, sign*(s.award-s.paid))
	}
}

// after folds what happened to a claim; false for a kind that is not known.
func (s *standing) after(kind string, f facts) bool {
	stand := func(word string) {
		at := slices.Index(standings, word)
		if at < 0 {
			f.fail("the standing %.60q is none that this program knows", word)
			return
		}
		s.stands = uint8(at)
	}
	minor, currency := int64(0), int32(0)
	if strings.HasPrefix(kind, "claim.pa") { // ordered, paid, returned
		if minor, currency = f.money("amount"); currency != s.currency || minor <= 0 {
			f.fail("a payment must be a positive amount in the currency of the award")
		}
	}
	switch kind {
	case "claim.found_deficient.v1":
		stand("deficient")
	case "claim.deficiency_answered.v1":
		stand("filed")
	case "claim.recorded.v1":
		stand("recorded")
	case "claim.refused.v1":
		stand("refused")
	case "claim.withdrawn.v1":
		stand("withdrawn")
	case "claim.assessed.v1":
		stand("assessed")
	case "claim.outcome_reported.v1":
		stand(f.text("standing"))
		s.reported = true
		s.decide(f)
	case "claim.decided.v1":
		stand("decided")
		s.decide(f)
	case "claim.payment_ordered.v1":
		stand("payable")
		if s.ordered += minor; s.ordered > s.award-s.paid {
			f.fail("more is paid or ordered than was awarded")
		}
	case "claim.paid.v1":
		s.ordered, s.paid = s.ordered-minor, s.paid+minor
		if stand("payable"); s.paid == s.award {
			stand("paid")
		}
		if s.ordered < 0 {
			f.fail("more is paid than was ordered")
		}
	case "claim.payment_returned.v1":
		stand("returned")
		if s.ordered -= minor; s.ordered < 0 {
			f.fail("more comes back than was ordered")
		}
	case "claim.code_given.v1", "claim.held.v1", "claim.released.v1", "claim.linked.v1", "claim.unlinked.v1", "claim.erased.v1", "claim.evidence_added.v1":
		// They change no figure.
	default:
		return false
	}
	return true
}

func (s *standing) decide(f facts) {
	outcome := ""
	if f.has("outcome") {
		outcome = f.text("outcome")
	}
	at := slices.Index([]string{"", "award", "dismissal"}, outcome)
	if at < 0 {
		f.fail("the outcome %.60q is neither award nor dismissal", outcome)
		at = noOutcome
	}
	s.outcome = uint8(at)
	s.award, s.currency = f.money("award")
}

// post books an entry's postings: the two sides must make nothing.
func (b *books) post(f facts, programme string) {
	booked, left := map[string]sums{}, sums{}
	for i, v := range f.need("postings", '[').items {
		p := facts{fieldsOf(fmt.Sprintf("%s, postings, item %d", f.where, i+1), v), b}
		account := p.text("account")
		minor, currency := p.money("amount")
		if p.wrong != nil {
			f.wrong = p.wrong
			return
		}
		if booked[account] == nil {
			booked[account] = sums{}
		}
		booked[account].add(currency, minor)
		left.add(currency, minor)
	}
	for currency, sum := range left {
		if sum.Sign() != 0 {
			f.fail("the postings do not make nothing: %s is left", b.print(sum, currency))
			return
		}
	}
	if b.accounts[programme] == nil {
		b.accounts[programme] = map[string]sums{}
	}
	for account, by := range booked {
		if b.accounts[programme][account] == nil {
			b.accounts[programme][account] = sums{}
		}
		b.accounts[programme][account].addAll(by)
	}
}

func (b *books) code(currency int32) string {
	for code, is := range b.currencies {
		if is == currency {
			return code
		}
	}
	return ""
}

// decimal is an amount with its currency's digits.
func (b *books) decimal(sum *big.Int, currency int32) string {
	digits := b.digits[currency]
	text := new(big.Int).Abs(sum).String()
	if pad := digits + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if sum.Sign() < 0 {
		text = "-" + text
	}
	return text
}

func (b *books) print(sum *big.Int, currency int32) string {
	return b.decimal(sum, currency) + " " + b.code(currency)
}

// ledger holds the fund's accounts against the claims: what was ever awarded,
// and what left the bank.
func (b *books) ledger(file string, found *problems) {
	for _, programme := range slices.Sorted(maps.Keys(b.accounts)) {
		accounts := b.accounts[programme]
		for code, currency := range b.currencies {
			awarded, paid := new(big.Int), new(big.Int)
			for _, l := range b.lines[programme] {
				awarded.Add(awarded, l.own.awarded.of(currency))
				paid.Add(paid, l.paid.of(currency))
			}
			left := new(big.Int).Neg(accounts["contributions"].of(currency))
			left.Sub(left, accounts["bank"].of(currency))
			for _, pair := range []struct {
				what             string
				claims, accounts *big.Int
			}{{"awarded", awarded, accounts["awards"].of(currency)}, {"paid", paid, left}} {
				if pair.claims.Cmp(pair.accounts) != 0 {
					found.add(wrong(fmt.Sprintf("%s, programme %s, %s", file, plainly(programme), code), "by the claims %s was %s, by the fund's postings %s", b.decimal(pair.claims, currency), pair.what, b.decimal(pair.accounts, currency)).
						meaning("Decisions and money do not agree", "Ask the fund"))
				}
			}
		}
	}
}
