package console

import (
	"net/http"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// more is an act beside the register's answer: folded, with its fields, and a key
// that opens it.
type more struct {
	Do, Key, Title, Text, Button string
	Grave                        bool
	Fields                       []screen.Field
}

// offer is what more are made of.
type offer struct {
	d     *desk
	r     *http.Request
	words screen.Words
	one   office.Queued
	here  office.Desk
	list  []more
}

// more are the acts beside the answer that may be taken on a claim now.
func (d *desk) more(r *http.Request, page *claimPage, one office.Queued, here office.Desk) error {
	o := offer{d: d, r: r, words: d.Words(r), one: one, here: here}
	if one.Claim.Kept() == nil {
		o.test()
		o.move()
		if err := o.review(page); err != nil {
			return err
		}
		o.withdraw()
		o.reverse()
	}
	page.More, page.Found = o.list, o.found(one.Claim.Register.Tests)
	return nil
}

func (o *offer) may(a office.Act) bool { _, ok := o.here.May[a]; return ok }

// add offers an act; pairs are values in its text.
func (o *offer) add(do, key string, grave bool, fields []screen.Field, pairs ...string) {
	code := "console.more." + do
	o.list = append(o.list, more{
		Do: do, Key: key, Grave: grave, Fields: fields,
		Title: o.words.Say(code), Text: o.words.Say(code+".text", pairs...), Button: o.words.Say(code + ".do"),
	})
}

// reason is the field for a reason, which is a code: it stands in the record.
func (o *offer) reason(do string) screen.Field {
	return screen.Field{
		Kind: screen.Line, Name: do + "-reason", Label: o.words.Say("console.list.reason"), Hint: o.words.Say("console.list.reason.hint"), Width: 20, Max: 40,
	}
}

// pick is a field of one choice of several.
func (o *offer) pick(name, label string, choices []screen.Choice) screen.Field {
	return screen.Field{Kind: screen.Select, Name: name, Label: o.words.Say(label), Choices: choices}
}

// withdraw takes the claim back for a claimant who asked for it.
func (o *offer) withdraw() {
	if _, cannot := o.one.Claim.Withdraw(); cannot == nil && o.may(office.ActWithdraw) {
		o.add("withdraw", "w", true, []screen.Field{o.reason("withdraw")})
	}
}

// reverse takes a wrong answer back, with a second person.
func (o *offer) reverse() {
	if _, cannot := o.one.Claim.Reverse("wrong"); cannot == nil && o.may(office.ActReverse) {
		o.add("reverse", "u", true, []screen.Field{o.reason("reverse")})
	}
}

// move proposes another category, or enters what the claimant says to that.
func (o *offer) move() {
	c, words := o.one.Claim, o.words
	if to := c.Register.Move; to != nil && (c.Standing == claim.Filed || c.Standing == claim.Deficient) {
		if o.may(office.ActConsentToMove) {
			name := o.categoryName(to.Category)
			o.add("moved", "m", false, nil, "category", name)
			o.add("unmoved", "d", false, nil, "category", name)
		}
		return
	}
	var to []screen.Choice
	for i := range o.one.Edition.Categories {
		k := &o.one.Edition.Categories[i]
		_, cannot := c.ProposeMove(k.ID, "wrong-category")
		if cannot == nil && slices.Contains(k.Claimants, c.Claimant) && o.one.Edition.Receives(k.ID, o.here.Today) == nil {
			to = append(to, screen.Choice{Value: k.ID, Label: k.Name() + " " + k.Title.In(words.Lang)})
		}
	}
	if len(to) > 0 && o.may(office.ActProposeMove) {
		o.add("move", "m", false, []screen.Field{o.pick("move-to", "console.more.move.to", to), o.reason("move")})
	}
}

func (o *offer) categoryName(id string) string {
	if k, ok := o.one.Edition.Category(id); ok {
		return k.Name() + " " + k.Title.In(o.words.Lang)
	}
	return id
}

// review asks for another look at a refusal, for the claimant; and shows the one
// that was asked for, which the register answers as it answers any claim.
func (o *offer) review(page *claimPage) error {
	c, words, ctx, by := o.one.Claim, o.words, o.r.Context(), visiting(o.r).by
	if asked := c.Register.Review; asked != nil {
		page.Review = words.Say("console.review", "asked", words.Date(asked.Asked))
		if asked.Answer != nil {
			page.Review += " " + words.Say("console.review.answer", "by", words.Date(*asked.Answer))
		}
		if page.Unread != "" || !o.may(office.ActExamine) {
			return nil // the answers aren't shown either
		}
		why, err := o.d.office.ReadReview(ctx, by, c.ID)
		page.ReviewWhy = why
		return err
	}
	if !o.may(office.ActAskReview) {
		return nil
	}
	times, given, err := o.d.office.ReviewTimes(ctx, c)
	if err != nil || !given {
		return err
	}
	if _, cannot := c.AskReview(o.here.Today, times.Until, times.Answer); cannot != nil {
		return nil
	}
	until := words.Date(times.Until)
	if until == "" {
		until = words.Say("console.review.no-limit")
	}
	o.add("review", "v", false, []screen.Field{{Kind: screen.Lines, Name: "review-why", Label: words.Say("console.more.review.why"), Rows: 4}}, "until", until)
	return nil
}

// test enters what a person finds of one test of eligibility.
func (o *offer) test() {
	c, e, words := o.one.Claim, o.one.Edition, o.words
	if !o.may(office.ActFindTest) || !e.HasTests() {
		return
	}
	var tests, grounds []screen.Choice
	for i := range e.Eligibility {
		rule := &e.Eligibility[i]
		if len(rule.Categories) > 0 && !slices.Contains(rule.Categories, c.Category) {
			continue
		}
		if name := rule.TestName(); !slices.ContainsFunc(tests, func(t screen.Choice) bool { return t.Value == name }) {
			tests = append(tests, screen.Choice{Value: name, Label: o.testName(name)})
		}
		if g, ok := e.Ground(rule.Ground); ok && !slices.ContainsFunc(grounds, func(t screen.Choice) bool { return t.Value == g.ID }) {
			grounds = append(grounds, screen.Choice{Value: g.ID, Label: g.Text.In(words.Lang)})
		}
	}
	if len(tests) == 0 {
		return
	}
	if _, cannot := c.FindTest(claim.TestFinding{Test: tests[0].Value, Result: claim.TestMet, Reason: "seen"}); cannot != nil {
		return
	}
	results := []screen.Choice{{Value: claim.TestMet, Label: words.Say("console.mark.met")}, {Value: claim.TestNotMet, Label: words.Say("console.mark.not-met")}}
	grounds = slices.Concat([]screen.Choice{{Label: words.Say("console.more.test.no-ground")}}, grounds)
	o.add("test", "t", false, []screen.Field{
		o.pick("test", "console.more.test.which", tests), o.pick("test-result", "console.more.test.result", results),
		o.pick("test-ground", "console.more.test.ground", grounds), o.reason("test"),
	})
}

// testName is what a test is called: in words where there are any.
func (o *offer) testName(name string) string {
	if code := "console.test." + name; o.words.Knows(code) {
		return o.words.Say(code)
	}
	return name
}

// found are the tests of which a person found something, in words.
func (o *offer) found(tests []claim.TestFinding) (list []string) {
	for _, t := range tests {
		ground := ""
		if g, ok := o.one.Edition.Ground(t.Ground); ok {
			ground = g.Text.In(o.words.Lang)
		}
		result := "console.mark.not-met"
		if t.Result == rulebook.TestMet {
			result = "console.mark.met"
		}
		list = append(list, o.words.Say("console.found", "test", o.testName(t.Test), "result", o.words.Say(result), "ground", ground, "reason", t.Reason, "who", t.By))
	}
	return list
}

// doneMore says what was done, by the name of the act.
var doneMore = map[string]string{
	"withdraw": "taken-back", "reverse": "reversal", "move": "move-proposed", "moved": "moved", "unmoved": "not-moved", "review": "review-asked", "test": "test-found",
}

// doMore carries out an act beside the answer, on the claim as it was looked at.
func (d *desk) doMore(r *http.Request, id claim.ID, do string) error {
	ctx, by, said := r.Context(), keyed(r), r.PostFormValue
	c, _, err := d.office.ClaimOf(ctx, id)
	if err != nil {
		return err
	}
	reason := said(do + "-reason")
	switch do {
	case "withdraw":
		_, err = d.office.WithdrawFor(ctx, by, c.Programme, id, reason)
	case "reverse":
		_, err = d.office.ProposeReversal(ctx, by, id, reason)
	case "move":
		_, err = d.office.ProposeMove(ctx, by, c.Programme, id, said("move-to"), reason)
	case "moved":
		_, err = d.office.ConsentToMove(ctx, by, c.Programme, id, nil)
	case "unmoved":
		_, err = d.office.DeclineMove(ctx, by, c.Programme, id)
	case "review":
		_, err = d.office.AskReview(ctx, by, c.Programme, id, said("review-why"))
	case "test":
		_, err = d.office.FindTest(ctx, by, c.Programme, id, said("test"), said("test-result"), said("test-ground"), reason)
	default:
		err = fault.New(fault.Invalid, "proposal.act", "act", "…")
	}
	return err
}
