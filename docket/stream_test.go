package docket_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

func TestWhatAStreamIsOf(t *testing.T) {
	for _, c := range []struct {
		stream   docket.Stream
		sort, id string
	}{
		{"claim/5f0c", "claim", "5f0c"},
		{"round/harbour-fire/3", "round", "harbour-fire/3"},
		{"account/harbour-fire/owed", "account", "harbour-fire/owed"},
		{"docket", "docket", ""},
		{"", "", ""},
	} {
		if c.stream.Sort() != c.sort || c.stream.ID() != c.id {
			t.Errorf("%s: %q, %q", c.stream, c.stream.Sort(), c.stream.ID())
		}
	}
}

func TestAPlaceHasOneText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       docket.Ref // zero value: refused
	}{
		{"an entry", "claim/5f0c#3", docket.Ref{Stream: "claim/5f0c", Version: 3}},
		{"a late one", "claim/5f0c#9007199254740992", docket.Ref{Stream: "claim/5f0c", Version: 1 << 53}},
		{"no version", "claim/5f0c", docket.Ref{}},
		{"an empty version", "claim/5f0c#", docket.Ref{}},
		{"version nought", "claim/5f0c#0", docket.Ref{}},
		{"a version below it", "claim/5f0c#-1", docket.Ref{}},
		{"a version with a plus", "claim/5f0c#+3", docket.Ref{}},
		{"a version with noughts before it", "claim/5f0c#003", docket.Ref{}},
		{"a version in words", "claim/5f0c#three", docket.Ref{}},
		{"a version beyond counting", "claim/5f0c#9223372036854775808", docket.Ref{}},
		{"two versions", "claim/5f0c#3#4", docket.Ref{}},
		{"no stream", "#3", docket.Ref{}},
		{"nothing", "", docket.Ref{}},
	} {
		var got docket.Ref
		err := got.UnmarshalText([]byte(c.text))
		if got != c.want || (err == nil) != (c.want != docket.Ref{}) {
			t.Errorf("%s: %v (%v)", c.name, got, err)
		}
		if err != nil && (fault.Code(err) != "docket.ref" || c.text != "" && !strings.Contains(err.Error(), c.text)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && got.String() != c.text {
			t.Errorf("%s is written as %s", c.name, got)
		}
	}
	raw, err := json.Marshal(docket.Ref{Stream: "claim/5f0c", Version: 3})
	if err != nil || string(raw) != `"claim/5f0c#3"` {
		t.Errorf("in JSON: %s (%v)", raw, err)
	}
}

func TestWhatIsACode(t *testing.T) {
	for text, want := range map[string]bool{
		"AC04": true, "harbour-barrier-company": true, "UA": true, "rule_7.b": true, strings.Repeat("a", 64): true,
		"": false, "Jane Doe": false, "Доу": false, "a/b": false, "a\n": false, "a,b": false, strings.Repeat("a", 65): false,
	} {
		if docket.IsCode(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
