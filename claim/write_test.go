package claim_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"pgregory.net/rapid"
)

// A filing is written by hand and folded without being read back: it is written as
// Marshal writes it, refused where Marshal refuses it, and what is read from that is the
// event itself.
func TestAFilingIsWrittenAsMarshalWritesItAndReadBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyFiling(t)
		want, refused := docket.Marshal(e)
		got, err := e.Written()
		if (err == nil) != (refused == nil) || err == nil && !bytes.Equal(got.JSON(), want) {
			t.Fatalf("%s (%v), want %s (%v)", got.JSON(), err, want, refused)
		}
		if err != nil {
			return
		}
		read, err := claim.Decode(claim.KindFiled, got.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, claim.Event(e)) {
			t.Fatalf("read back %#v, was %#v", read, e)
		}
	})
}

func anyFiling(t *rapid.T) claim.FiledEvent {
	text := func(name string) string {
		return rapid.StringOfN(rapid.OneOf(
			rapid.RuneFrom([]rune("ab 0-_.\"\\/<&>\n\x00\x7f€\u2028\ufffd😀")), rapid.Rune()), 0, 8, -1).Draw(t, name)
	}
	texts := func(name string) (list []string) {
		for range rapid.IntRange(0, 2).Draw(t, name) {
			list = append(list, text(name))
		}
		return list
	}
	e := claim.FiledEvent{
		Reference: claim.Reference(text("reference")), Category: text("category"), Claimant: text("claimant"),
		Received: day.Must(rapid.IntRange(1, 9999).Draw(t, "year"), 2, rapid.IntRange(1, 28).Draw(t, "day")),
		Blank:    texts("blank"), Mandate: claim.MandateID(text("mandate")), Helper: text("helper"),
		Paper: text("paper"), Illegible: texts("illegible"), ReadBack: rapid.Bool().Draw(t, "read back"),
	}
	if rapid.Bool().Draw(t, "claims an amount") {
		amount := money.New(rapid.Int64().Draw(t, "minor"), rapid.SampledFrom([]money.Currency{"USD", "JPY", "KWD", "none"}).Draw(t, "currency"))
		e.Claimed = &amount
	}
	for range rapid.IntRange(0, 3).Draw(t, "answers") {
		if e.Answers == nil {
			e.Answers = map[string]string{}
		}
		e.Answers[text("field")] = text("answer")
	}
	for range rapid.IntRange(0, 2).Draw(t, "files") {
		e.Evidence = append(e.Evidence, claim.Enclosed{File: text("file"), Replaces: text("replaces")})
	}
	return e
}
