package rulebook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/rulebook"
)

// Whatever is answered, and in whatever order, the rules come to the same, to
// the byte; without a trace to what they come to with one; and where they come
// to nothing they say why, by a fault with a code.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []struct{ category, answers string }{
		{"a", "family=true"},
		{"b", "days_held=12\nlimb_lost=true"},
		{"c", "claimed=1234.56 USD\nweak=true\ninsured=10"},
		{"d", "claimed_kwd=1000.123\nlost_on=1990-08-02"},
		{"goods", "kind=car\nstate=old\nlost_on=1990-09-01\nclaimed=5"},
		{"pension", "age=-1"},
		{"contract", "claimed=1\nlost_on=2000-02-30"},
		{"house", "claimed=100\nshare_1=1\nshare_2=1\nshare_3=1\nown=2"},
		{"estate", "claimed=0.01\nshare_1=9223372036854775807\nshare_2=1\nshare_3=0"},
		{"a3-1", "filed_by=parent\nnationality=ru\ndestroyed=false\nshare=101"},
		{"home", "full_name=Олена\nhome=place: UA80\nhappened=about 2022-01\ncost=~unsure"},
		{"home", "full_name=Олена\nformer_country=~declined\nhome=Бахмут\nhappened=~unsure\nwhy_unsure=x\ncost=5\nreckoned=y"},
		{"nowhere", "x=y"},
	} {
		f.Add(seed.category, seed.answers, "c", "100.00")
	}
	editions := []*rulebook.Edition{fromFile(f, "values.yaml"), fromFile(f, "register.yaml"), fromFile(f, "form.yaml"), demo(f)}
	f.Fuzz(func(t *testing.T, category, answers, linked, award string) {
		raw := map[string]string{}
		for line := range strings.Lines(answers) {
			if id, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
				raw[id] = text
			}
		}
		for _, e := range editions {
			read, err := e.Read(category, raw)
			if err != nil {
				coded(t, err)
				continue
			}
			c := rulebook.Case{Category: category, Claimant: "individual", Received: day.Must(2025, 6, 1), Answers: read}
			c.Links = linksOf(linked, award)
			evaluateTwice(t, e, c)
		}
	})
}

// linksOf is another claim of the same person, in that category.
func linksOf(category, award string) []rulebook.Link {
	amount, err := money.Parse(award, "USD")
	if err != nil {
		return nil
	}
	return []rulebook.Link{{Claim: "other", Category: category, Person: true, Answers: rulebook.Answers{}, Award: amount}}
}

// evaluateTwice holds each answer of an edition against the same again.
func evaluateTwice(t *testing.T, e *rulebook.Edition, c rulebook.Case) {
	t.Helper()
	found, err := e.Assess(c)
	bare, bareErr := e.AssessUntraced(c)
	if found.Outcome != bare.Outcome || !slices.Equal(found.Missing, bare.Missing) || found.Rule != bare.Rule || (err == nil) != (bareErr == nil) {
		t.Errorf("%+v %v, without a trace %+v %v", found, err, bare, bareErr)
	}
	coded(t, err)
	again, _ := e.Assess(c)
	sameBytes(t, found.Trace, again.Trace)

	value, err := e.Value(c)
	short, shortErr := e.ValueUntraced(c)
	if value.Outcome != short.Outcome || value.Award != short.Award || value.Rule != short.Rule || (err == nil) != (shortErr == nil) {
		t.Errorf("%+v %v, without a trace %+v %v", value, err, short, shortErr)
	}
	if err == nil && value.Outcome == rulebook.Award && value.Award.Sign() <= 0 {
		t.Errorf("an award of %v", value.Award)
	}
	coded(t, err)
	anew, _ := e.Value(c)
	sameBytes(t, value.Trace, anew.Trace)
}

// coded holds that an error is a fault of this room, whose sentence stands in
// the catalogue.
func coded(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || !strings.HasPrefix(f.Code, "rulebook.") || f.Code == "rulebook.not-run" {
		t.Errorf("%v", err)
	}
}

func sameBytes(t *testing.T, a, b rulebook.Trace) {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := json.Marshal(b)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("%s, then %s: %v", one, two, err)
	}
}
