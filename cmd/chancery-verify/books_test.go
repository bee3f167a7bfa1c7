package main

import (
	"fmt"
	"strings"
	"testing"
)

// What a claim's entries make of it, in the words of the page; each line is a
// kind and its facts.
func TestWhatAClaimCountsAs(t *testing.T) {
	const filed = `claim.filed.v1 {"category":"home"}`
	const awarded = `claim.decided.v1 {"outcome":"award","award":"100.00 EUR"}`
	const ordered = `claim.payment_ordered.v1 {"amount":"60.00 EUR"}`
	for _, c := range []struct {
		name   string
		events []string
		want   string // standing, outcome, award, paid, owed; or what is wrong
	}{
		{"filed", []string{filed}, "filed"},
		{"found deficient and answered", []string{filed, `claim.found_deficient.v1 {}`, `claim.deficiency_answered.v1 {}`}, "filed"},
		{"refused", []string{filed, `claim.refused.v1 {}`}, "refused"},
		{"withdrawn after a proposal", []string{filed, `claim.recorded.v1 {}`, `claim.assessed.v1 {"outcome":"award","award":"100.00 EUR"}`, `claim.withdrawn.v1 {}`}, "withdrawn"},
		{"a proposal is no award", []string{filed, `claim.assessed.v1 {"outcome":"award","award":"100.00 EUR"}`}, "assessed"},
		{"awarded", []string{filed, awarded}, "decided own award awarded 100.00 paid 0.00 owed 100.00"},
		{"dismissed", []string{filed, `claim.decided.v1 {"outcome":"dismissal"}`}, "decided own dismissal"},
		{"ordered", []string{filed, awarded, ordered}, "payable own award awarded 100.00 paid 0.00 owed 100.00"},
		{"paid in part", []string{filed, awarded, ordered, `claim.paid.v1 {"amount":"60.00 EUR"}`}, "payable own award awarded 100.00 paid 60.00 owed 40.00"},
		{"paid whole", []string{filed, awarded, ordered, `claim.payment_ordered.v1 {"amount":"40.00 EUR"}`, `claim.paid.v1 {"amount":"60.00 EUR"}`, `claim.paid.v1 {"amount":"40.00 EUR"}`}, "paid own award awarded 100.00 paid 100.00 owed 0.00"},
		{"returned", []string{filed, awarded, ordered, `claim.payment_returned.v1 {"amount":"60.00 EUR"}`}, "returned own award awarded 100.00 paid 0.00 owed 100.00"},
		{"reported", []string{filed, `claim.outcome_reported.v1 {"standing":"decided","outcome":"award","award":"7.00 EUR"}`}, "decided reported award awarded 7.00"},
		{"reported, the amount not stated", []string{filed, `claim.outcome_reported.v1 {"standing":"decided","outcome":"award"}`}, "decided reported award"},
		{"reported as in review", []string{filed, `claim.outcome_reported.v1 {"standing":"recorded"}`}, "recorded"},
		{"ordered beyond the award", []string{filed, awarded, ordered, ordered}, "more is paid or ordered than was awarded"},
		{"paid without an order", []string{filed, awarded, `claim.paid.v1 {"amount":"60.00 EUR"}`}, "more is paid than was ordered"},
		{"paid in another currency", []string{filed, awarded, `claim.payment_ordered.v1 {"amount":"60.00 USD"}`}, "in the currency of the award"},
		{"paid less than nothing", []string{filed, awarded, `claim.payment_ordered.v1 {"amount":"-60.00 EUR"}`}, "a positive amount"},
		{"decided before it was filed", []string{awarded}, "the claim was never filed"},
		{"a kind of tomorrow", []string{filed, `claim.judged.v9 {}`}, `"claim.judged.v9" is none that this program can count`},
		{"an amount that is a number", []string{filed, `claim.decided.v1 {"outcome":"award","award":100}`}, `"award" must be a text`},
		{"an amount with other digits", []string{filed, awarded, `claim.payment_ordered.v1 {"amount":"60.0 EUR"}`}, "has 1 digits after the point, and other amounts in EUR have 2"},
		{"an amount beyond any", []string{filed, `claim.decided.v1 {"outcome":"award","award":"99999999999999999999.00 EUR"}`}, "is not an amount"},
		{"a standing of tomorrow", []string{filed, `claim.outcome_reported.v1 {"standing":"pending"}`}, `"pending" is none that this program knows`},
	} {
		b, s := newBooks(), &standing{}
		got := ""
		for _, e := range c.events {
			kind, facts, _ := strings.Cut(e, " ")
			entry, err := readJSON(fmt.Appendf(nil, `{"kind":%q,"facts":%s}`, kind, facts))
			must(t, err)
			if p := b.take("here", "demo", "claim/1", s, entry); p != nil {
				got = p.Error()
				break
			}
		}
		if got == "" {
			got = b.asText(b.lines["demo"]["home"])
		}
		if got != c.want && !(strings.Contains(c.want, " ") && strings.Contains(got, c.want) && strings.Contains(got, "here")) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func (b *books) asText(l *line) string {
	var words []string
	for i, n := range l.standings {
		if n > 0 {
			words = append(words, standings[i])
		}
	}
	for name, o := range map[string]outcomes{"own": l.own, "reported": l.reported} {
		if o.awards > 0 {
			words = append(words, name, "award")
		}
		if o.dismissals > 0 {
			words = append(words, name, "dismissal")
		}
		if sum := o.awarded[1]; sum != nil && sum.Sign() != 0 {
			words = append(words, "awarded", b.decimal(sum, 1))
			if name == "own" || l.owed.of(1).Sign() != 0 {
				words = append(words, "paid", b.decimal(l.paid.of(1), 1), "owed", b.decimal(l.owed.of(1), 1))
			}
		}
	}
	return strings.Join(words, " ")
}

func TestTheFundsPostings(t *testing.T) {
	b := newBooks()
	post := func(facts string) string {
		entry, err := readJSON([]byte(`{"kind":"fund.contribution_received.v1","facts":` + facts + `}`))
		must(t, err)
		if p := b.take("here", "demo", "account/demo/contributions", &standing{}, entry); p != nil {
			return p.Error()
		}
		return ""
	}
	for facts, want := range map[string]string{
		`{"postings":[{"account":"bank","amount":"5.00 EUR"},{"account":"contributions","amount":"-5.00 EUR"}]}`: "",
		`{"postings":[{"account":"bank","amount":"5.00 EUR"},{"account":"contributions","amount":"-4.99 EUR"}]}`: "0.01 EUR is left",
		`{"postings":[{"account":"bank","amount":"0.01 EUR"},{"account":"contributions","amount":"-0.01 USD"}]}`: "is left",
		`{"postings":[{"account":"bank","amount":"5,00 EUR"}]}`:                                                  "postings, item 1",
		`{}`: `"postings" is missing`,
	} {
		if got := post(facts); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", facts, got, want)
		}
	}
	var found problems
	b.ledger("audit.ndjson", &found)
	if !found.none() {
		t.Errorf("money in is money left: %v", found.list[0])
	}
	if post(`{"postings":[{"account":"owed","amount":"-3.00 EUR"},{"account":"awards","amount":"3.00 EUR"}]}`); true {
		b.ledger("audit.ndjson", &found)
	}
	if len(found.list) != 1 || !strings.Contains(found.list[0].Error(), "programme demo, EUR: by the claims 0.00 was awarded, by the fund's postings 3.00") {
		t.Errorf("%v", found.list)
	}
}
