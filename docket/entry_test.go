package docket_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"pgregory.net/rapid"
)

var nineOClock = docket.At(time.Date(2026, 1, 31, 9, 0, 0, 7_999_999, time.UTC))

// least says what every entry says, and nothing else.
var least = docket.Envelope{
	Format: 1, Stream: "actor/registrar", Version: 1, Kind: "actor.added.v1",
	Actor: "registrar", Capacity: "administrator", Means: "installation",
	Instant: nineOClock, Day: day.Must(2026, 1, 31),
}

// most says everything that an entry can say.
func most() docket.Envelope {
	edition, file := hashOf("the edition"), hashOf("the file")
	return docket.Envelope{
		Format: 1, Programme: "harbour-fire", Stream: "round/harbour-fire/3", Version: 2, Kind: "fund.payments_settled.v1",
		Actor: "treasurer-1", Capacity: "treasurer", Means: "credential", ForWhom: "claimant",
		Second:  &docket.Second{Actor: "treasurer-2", Capacity: "treasurer", Means: "credential"},
		Instant: nineOClock, Day: day.Must(2026, 1, 31), Edition: &edition,
		ReliesOn:    []docket.Ref{{Stream: "round/harbour-fire/3", Version: 1}, {Stream: "claim/5f0c", Version: 12}},
		Source:      &docket.Source{Name: "us-tsa", Hash: &file, Row: 30001, Line: 30002},
		Commitments: []docket.Commitment{{Name: "answers.personal", Hash: hashOf("answers")}, {Name: "trace", Hash: hashOf("trace")}},
		Annex:       &docket.Annex{Root: hashOf("annex"), Rows: 62337},
		Facts:       json.RawMessage(`{"amount":"155842500.00 USD","note":"€ <&>","round":3}`),
	}
}

// The files are entries as they were written when version 1 of the envelope
// was made. They must be read, and be written the same, for ever: if this test
// fails, change the code back, never the file.
func TestEnvelopesForEver(t *testing.T) {
	for _, c := range []struct {
		file       string
		says       docket.Envelope
		commitment string
	}{
		{"envelope-v1-least.json", least, "a4062972a53929b6b281f5f227f009a9df2f50d0f467990a8046fe861c7538a3"},
		{"envelope-v1-most.json", most(), "c21ac9a7694d5f10c302ae0fc9cb0a87a38c25ef56d4ce5e09ef7b314f9c0ecc"},
	} {
		golden := goldenBytes(t, c.file)
		entry := docket.Entry{Stream: c.says.Stream, Version: c.says.Version, Salt: saltOf("golden"), Bytes: golden}
		got, err := entry.Open()
		if err != nil || !reflect.DeepEqual(got, c.says) {
			t.Errorf("%s is read as %+v (%v)", c.file, got, err)
		}
		again, err := got.Seal(entry.Salt)
		if err != nil || !reflect.DeepEqual(again, entry) {
			t.Errorf("%s is written as %s (%v)", c.file, again.Bytes, err)
		}
		if again.Commitment().String() != c.commitment {
			t.Errorf("%s is committed to as %s, want %s", c.file, again.Commitment(), c.commitment)
		}
	}
}

// goldenBytes are the bytes of an entry: the file without its last newline.
func goldenBytes(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.TrimSuffix(string(text), "\n"))
}

func TestEverythingAnEnvelopeCanSayStandsInTheGoldenFile(t *testing.T) {
	says := reflect.ValueOf(most())
	for i := range says.NumField() {
		if says.Field(i).IsZero() {
			t.Errorf("field %s is new: give it a value in most(), and a golden file of its own", says.Type().Field(i).Name)
		}
	}
}

func TestWhatAnEntryMustSay(t *testing.T) {
	for _, c := range []struct {
		name string
		less func(*docket.Envelope)
		code string
	}{
		{"everything that it must", func(*docket.Envelope) {}, ""},
		{"no stream", func(e *docket.Envelope) { e.Stream = "" }, "docket.stream-form"},
		{"a stream with a space", func(e *docket.Envelope) { e.Stream = "actor/jane doe" }, "docket.stream-form"},
		{"a stream with the mark of a version", func(e *docket.Envelope) { e.Stream = "actor/a#1" }, "docket.stream-form"},
		{"a stream over two lines", func(e *docket.Envelope) { e.Stream = "actor/a\nb" }, "docket.stream-form"},
		{"a stream in Cyrillic", func(e *docket.Envelope) { e.Stream = "actor/реєстр" }, "docket.stream-form"},
		{"the longest stream", func(e *docket.Envelope) { e.Stream = docket.Stream(strings.Repeat("a", docket.LongestStream)) }, ""},
		{"a longer one", func(e *docket.Envelope) { e.Stream = docket.Stream(strings.Repeat("a", docket.LongestStream+1)) }, "docket.stream-form"},
		{"no version", func(e *docket.Envelope) { e.Version = 0 }, "docket.incomplete"},
		{"a version below nothing", func(e *docket.Envelope) { e.Version = -1 }, "docket.incomplete"},
		{"a version beyond what JSON keeps", func(e *docket.Envelope) { e.Version = 1<<53 + 1 }, "docket.json-number"},
		{"no kind", func(e *docket.Envelope) { e.Kind = "" }, "docket.incomplete"},
		{"nobody who did it", func(e *docket.Envelope) { e.Actor = "" }, "docket.incomplete"},
		{"no capacity", func(e *docket.Envelope) { e.Capacity = "" }, "docket.incomplete"},
		{"no means by which the actor was known", func(e *docket.Envelope) { e.Means = "" }, "docket.incomplete"},
		{"no instant", func(e *docket.Envelope) { e.Instant = docket.Instant{} }, "docket.incomplete"},
		{"no legal day", func(e *docket.Envelope) { e.Day = day.Date{} }, "docket.incomplete"},
		{"facts that are no JSON", func(e *docket.Envelope) { e.Facts = json.RawMessage(`{"a":`) }, "?"},
		{"facts with a float", func(e *docket.Envelope) { e.Facts = json.RawMessage(`{"rate":0.5}`) }, "docket.json-number"},
		{"facts with a name twice", func(e *docket.Envelope) { e.Facts = json.RawMessage(`{"a":1,"a":2}`) }, "docket.json-twice"},
	} {
		env := least
		c.less(&env)
		entry, err := env.Seal(saltOf("any"))
		if c.code == "?" && err != nil {
			continue
		}
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if err == nil {
			if _, err := entry.Open(); err != nil {
				t.Errorf("%s: sealed and not opened: %v", c.name, err)
			}
		}
	}
}

// An entry is known by its bytes and its place, both.
func TestWhatAnEntryIsRefusedFor(t *testing.T) {
	whole, err := most().Seal(saltOf("any"))
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) func(*docket.Entry) {
		return func(e *docket.Entry) { e.Bytes = []byte(strings.Replace(string(e.Bytes), old, with, 1)) }
	}
	for _, c := range []struct {
		name   string
		change func(*docket.Entry)
		code   string
	}{
		{"as it was written", func(*docket.Entry) {}, ""},
		{"moved to another stream", func(e *docket.Entry) { e.Stream = "round/harbour-fire/4" }, "docket.place"},
		{"moved to another version", func(e *docket.Entry) { e.Version++ }, "docket.place"},
		{"of a later format", swap(`"format":1`, `"format":2`), "docket.format"},
		{"of no format", swap(`"format":1,`, ``), "docket.format"},
		{"with a space", swap(`"round":3`, `"round": 3`), "docket.not-canonical"},
		{"in another order", swap(`"format":1,"instant":"2026-01-31T09:00:00.007Z"`, `"instant":"2026-01-31T09:00:00.007Z","format":1`), "docket.not-canonical"},
		{"with an escape that need not be", swap(`€`, `\u20ac`), "docket.not-canonical"},
		{"with something behind it", func(e *docket.Entry) { e.Bytes = append(e.Bytes, '\n') }, "docket.not-canonical"},
		{"with a second value behind it", func(e *docket.Entry) { e.Bytes = append(e.Bytes, "{}"...) }, "docket.json-trailing"},
		{"cut short", func(e *docket.Entry) { e.Bytes = e.Bytes[:len(e.Bytes)-1] }, "docket.json-syntax"},
		{"emptied", func(e *docket.Entry) { e.Bytes = nil }, "docket.json-syntax"},
		{"with an actor twice", swap(`"actor":"treasurer-1"`, `"actor":"treasurer-1","actor":"x"`), "docket.json-twice"},
		{"with a hash in capitals", func(e *docket.Entry) {
			hash := hashOf("the edition").String()
			swap(hash, strings.ToUpper(hash))(e)
		}, "docket.hash-form"},
		{"with an instant in another form", swap(`09:00:00.007Z`, `09:00:00,007Z`), "docket.instant"},
		{"with a place in another form", swap(`claim/5f0c#12`, `claim/5f0c#012`), "docket.ref"},
		// A newer program may say more; an older one reads what it knows.
		{"with a field that this program doesn't know", swap(`"version":2`, `"version":2,"zone":"x"`), ""},
	} {
		e := whole
		e.Bytes = []byte(string(whole.Bytes))
		c.change(&e)
		if _, err := e.Open(); fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
	}
}

func TestInstants(t *testing.T) {
	inKyiv := time.Date(2026, 1, 31, 11, 0, 0, 7_999_999, time.FixedZone("Kyiv in winter", 2*3600))
	if got := docket.At(inKyiv); got != nineOClock || got.String() != "2026-01-31T09:00:00.007Z" {
		t.Errorf("%v is entered as %s", inKyiv, got)
	}
	if got := (docket.Instant{Time: inKyiv}).String(); got != "2026-01-31T09:00:00.007Z" {
		t.Errorf("an instant in another zone is written as %s", got)
	}
	for _, c := range []struct{ name, text, code string }{
		{"the one form", `"2026-01-31T09:00:00.007Z"`, ""},
		{"a leap day", `"2024-02-29T23:59:59.999Z"`, ""},
		{"no such day", `"2026-02-29T09:00:00.007Z"`, "docket.instant"},
		{"no such hour", `"2026-01-31T24:00:00.000Z"`, "docket.instant"},
		{"a leap second", `"2016-12-31T23:59:60.000Z"`, "docket.instant"},
		{"no milliseconds", `"2026-01-31T09:00:00Z"`, "docket.instant"},
		{"microseconds", `"2026-01-31T09:00:00.007000Z"`, "docket.instant"},
		{"a comma", `"2026-01-31T09:00:00,007Z"`, "docket.instant"},
		{"an hour of one digit", `"2026-01-31T9:00:00.007Z"`, "docket.instant"},
		{"another zone", `"2026-01-31T09:00:00.007+01:00"`, "docket.instant"},
		{"UTC as an offset", `"2026-01-31T09:00:00.007+00:00"`, "docket.instant"},
		{"a space for the T", `"2026-01-31 09:00:00.007Z"`, "docket.instant"},
		{"a date", `"2026-01-31"`, "docket.instant"},
		{"nothing", `""`, "docket.instant"},
		{"null", `null`, "docket.instant"},
		{"a number", `1769850000007`, "docket.instant"},
	} {
		var got docket.Instant
		err := json.Unmarshal([]byte(c.text), &got)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if again, _ := json.Marshal(got); err == nil && string(again) != c.text {
			t.Errorf("%s is written as %s", c.name, again)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from, to := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		at := docket.At(time.Unix(rapid.Int64Range(from.Unix(), to.Unix()).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nano")))
		var asText, asJSON docket.Instant
		text, _ := at.MarshalText()
		raw, _ := json.Marshal(at)
		if err := asText.UnmarshalText(text); err != nil || asText != at {
			t.Fatalf("%s is read as %s (%v)", text, asText, err)
		}
		if err := json.Unmarshal(raw, &asJSON); err != nil || asJSON != at {
			t.Fatalf("%s is read as %s (%v)", raw, asJSON, err)
		}
	})
}

func TestTheFileOfASource(t *testing.T) {
	file := hashOf("the file")
	row := &docket.Source{Name: "us-tsa", Hash: &file, Row: 9, Line: 10}
	if got := row.File(); *got != (docket.Source{Name: "us-tsa", Hash: &file}) {
		t.Errorf("%+v", got)
	}
	if got := (*docket.Source)(nil).File(); got != nil {
		t.Errorf("of no source: %+v", got)
	}
}
