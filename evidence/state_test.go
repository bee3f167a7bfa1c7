package evidence_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
)

// A file's life, step by step.
func TestLives(t *testing.T) {
	type step struct {
		event   evidence.Event
		verdict evidence.State
		want    evidence.State
	}
	for name, life := range map[string][]step{
		"it is sound":             {{evidence.More, "", evidence.Receiving}, {evidence.Whole, "", evidence.Waiting}, {evidence.Passed, "", evidence.Clean}},
		"the line breaks":         {{evidence.Silence, "", evidence.Stalled}, {evidence.More, "", evidence.Receiving}, {evidence.Whole, "", evidence.Waiting}},
		"it can't be read":        {{evidence.Refused, evidence.Unreadable, evidence.Unreadable}},
		"malware is found":        {{evidence.Whole, "", evidence.Waiting}, {evidence.Found, "", evidence.Infected}},
		"the scanner is away":     {{evidence.Whole, "", evidence.Waiting}, {evidence.GaveUp, "", evidence.Failed}, {evidence.Passed, "", evidence.Clean}},
		"a scanner is set up now": {{evidence.Whole, "", evidence.Waiting}, {evidence.NoScanner, "", evidence.Quarantined}, {evidence.Again, "", evidence.Waiting}, {evidence.Found, "", evidence.Infected}},
	} {
		state := evidence.Receiving
		for _, s := range life {
			next, err := state.After(s.event, s.verdict)
			if err != nil || next != s.want {
				t.Errorf("%s: after %s comes %s, want %s (%v)", name, s.event, next, s.want, err)
			}
			state = next
		}
	}
}

var events = []evidence.Event{evidence.More, evidence.Silence, evidence.Whole, evidence.Refused, evidence.Passed, evidence.Found, evidence.NoScanner, evidence.GaveUp, evidence.Again}

// Whatever happens in whatever order: nothing that wasn't checked is opened, what can't
// be used stays so, and what arrived is never expected again.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, passed, whole := evidence.Receiving, false, false
		for _, event := range rapid.SliceOf(rapid.SampledFrom(events)).Draw(t, "events") {
			verdict := rapid.SampledFrom(evidence.States()).Draw(t, "verdict")
			next, err := state.After(event, verdict)
			if err != nil {
				if fault.Code(err) != "evidence.state-event" || next != state {
					t.Fatalf("%s after %s: %s, %v", event, state, next, err)
				}
				continue
			}
			switch {
			case state.Blocks():
				t.Fatalf("%s becomes %s", state, next)
			case state.Arrived() && next.Coming():
				t.Fatalf("%s is expected again as %s", state, next)
			}
			whole = whole || event == evidence.Whole
			passed = event == evidence.Passed || event == evidence.NoScanner || passed && event != evidence.Again
			if state = next; state.Opens() && !(whole && passed) {
				t.Fatalf("%s is opened, and nobody looked", state)
			}
		}
	})
}

// Each state says what is next, and no two of the answers contradict each other.
func TestStates(t *testing.T) {
	for _, s := range evidence.States() {
		if s.Blocks() && (s.Opens() || s.Coming()) || s.Coming() && s.Arrived() || s.Opens() && s.Next() != evidence.Nothing {
			t.Errorf("%s contradicts itself", s)
		}
	}
}
