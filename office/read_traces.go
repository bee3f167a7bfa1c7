package office

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// tracePrefix begins the names of the traces of acts: trace.examined when the
// register answered, trace.assessed when the claim was valued.
const tracePrefix = "trace."

// KeptTrace is a trace as it was sealed when the rules ran.
type KeptTrace struct {
	Name     string
	Entry    docket.Ref // beside which it stands
	Edition  *rulebook.Edition
	DeskOnly bool // it read sensitive answers and opens at the desk only; then the rest is empty
	Trace    rulebook.Trace
	Payload  []byte
}

// valued reports whether it is the trace of a valuation.
func (k *KeptTrace) valued() bool {
	return k.Name == tracePrefix+"assessed" || k.Name == SentAssessedBlob
}

// Traced is a claim with the traces that were kept of it, oldest first.
type Traced struct {
	Claim  claim.Claim
	Traces []KeptTrace
	Alarm  int64 // claims that this person opened today, past AlarmAfter; else 0
}

// ReadTraces opens the traces of a claim, by reference or number, for a person
// to see how it came to what was decided. They hold answers: the reading log
// has it first, as with ReadAnswers. The faults are those, and
// claim.inputs-erased.
func (o *Office) ReadTraces(ctx context.Context, by By, text, purpose string) (Traced, error) {
	traced, _, err := o.traces(ctx, by, text, purpose, ByPerson)
	return traced, err
}

// traces opens what was kept of the rules' work on a claim; with manner ByRule
// its answers too, for the rules to run again.
func (o *Office) traces(ctx context.Context, by By, text, purpose string, manner Manner) (Traced, []openedAnswers, error) {
	if err := checkPurpose(purpose); err != nil {
		return Traced{}, nil, err
	}
	var traced Traced
	var blobs []store.Blob
	_, err := o.perform(ctx, ActReadAnswers, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		p.by.Second = by.Second // who consents past the limit
		c, err := findClaim(p.tx, text)
		if err != nil {
			return err
		}
		if err := c.Kept(); err != nil {
			return err
		}
		traced = Traced{Claim: c}
		if blobs, err = p.traceBlobs(c, manner); err != nil {
			return err
		}
		list := []material{{claim: c, blobs: blobs}}
		if err := p.o.notShredded(p.ctx, list); err != nil {
			return err
		}
		if err := p.opens(list, purpose, manner); err != nil {
			return err
		}
		traced.Alarm, err = p.alarm()
		return err
	})
	if err != nil {
		return Traced{}, nil, err
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return Traced{}, nil, fmt.Errorf("open traces: %w", err)
	}
	answers, err := o.takeTraces(ctx, &traced, blobs, opened)
	return traced, answers, err
}

// traceBlobs are the sealed traces of a claim and, for a rerun, its answers.
// What only the desk opens is left in its place, for its name.
func (p *performance) traceBlobs(c claim.Claim, manner Manner) ([]store.Blob, error) {
	all, err := p.tx.Blobs(c.ID)
	if err != nil {
		return nil, err
	}
	var blobs []store.Blob
	for _, b := range all {
		trace := strings.HasPrefix(b.Name, tracePrefix) || b.Name == SentExaminedBlob || b.Name == SentAssessedBlob
		if trace || manner == ByRule && strings.HasPrefix(b.Name, AnswersPrefix) {
			blobs = append(blobs, b)
		}
	}
	return blobs, nil
}

// openedAnswers are answers that were given at one time.
type openedAnswers struct {
	version docket.Version
	texts   map[string]string
}

// takeTraces reads what was opened, and loads the edition of each trace.
func (o *Office) takeTraces(ctx context.Context, traced *Traced, blobs []store.Blob, opened []Unsealed) ([]openedAnswers, error) {
	var answers []openedAnswers
	for i, b := range blobs {
		answer := strings.HasPrefix(b.Name, AnswersPrefix)
		kept := KeptTrace{Name: b.Name, Entry: docket.Ref{Stream: b.Claim.Stream(), Version: b.Version}}
		switch {
		case b.Class == string(rulebook.Sensitive):
			if !answer {
				kept.DeskOnly = true
				traced.Traces = append(traced.Traces, kept)
			}
			continue
		case opened[i].Err != nil:
			return nil, fmt.Errorf("open %s: %w", b.Name, opened[i].Err)
		case answer:
			given := openedAnswers{version: b.Version}
			if err := json.Unmarshal(opened[i].Payload, &given.texts); err != nil {
				return nil, fmt.Errorf("read %s: %w", b.Name, err)
			}
			answers = append(answers, given)
			continue
		}
		if err := json.Unmarshal(opened[i].Payload, &kept.Trace); err != nil {
			return nil, fmt.Errorf("read %s: %w", b.Name, err)
		}
		kept.Payload = opened[i].Payload
		err := o.Store.Read(ctx, func(r store.Reader) (err error) {
			kept.Edition, err = o.edition(r, docket.Hash(kept.Trace.Edition.Hash))
			return err
		})
		if err != nil {
			return nil, err
		}
		traced.Traces = append(traced.Traces, kept)
	}
	slices.SortStableFunc(traced.Traces, func(a, b KeptTrace) int { // a claim is examined before it is valued
		if c := cmp.Compare(a.Entry.Version, b.Entry.Version); c != 0 || a.valued() == b.valued() {
			return c
		}
		if b.valued() {
			return -1
		}
		return 1
	})
	return answers, nil
}

// RerunState says how a rerun came out.
type RerunState string

// The states of a rerun.
const (
	RerunSame      RerunState = "same"      // the same bytes
	RerunDifferent RerunState = "different" // something came out otherwise
	RerunAtDesk    RerunState = "desk-only" // sensitive answers were read: it reruns at the desk
	RerunNotRun    RerunState = "not-run"   // the rules gave a fault
	RerunRestsOn   RerunState = "rests-on"  // the outcome was kept at sending, and this only names it
)

// Rerun is one trace, made again.
type Rerun struct {
	KeptTrace
	State RerunState
	Why   error          // of RerunNotRun
	Now   rulebook.Trace // as it came out now
}

// RerunClaim makes each decision of the rules on a claim again, from its trace:
// under the edition that the trace names, with what the rules read then, also of
// links. What they only looked for comes of the answers of that time. Nobody
// sees the answers. After an erasure it is claim.inputs-erased.
func (o *Office) RerunClaim(ctx context.Context, by By, text, purpose string) (claim.Claim, []Rerun, error) {
	traced, answers, err := o.traces(ctx, by, text, purpose, ByRule)
	if err != nil {
		return claim.Claim{}, nil, err
	}
	reruns := make([]Rerun, len(traced.Traces))
	for i, kept := range traced.Traces {
		if reruns[i], err = kept.rerun(traced.Claim, answers); err != nil {
			return claim.Claim{}, nil, err
		}
	}
	return traced.Claim, reruns, nil
}

func (k KeptTrace) rerun(c claim.Claim, answers []openedAnswers) (Rerun, error) {
	r := Rerun{KeptTrace: k}
	switch {
	case k.DeskOnly:
		r.State = RerunAtDesk
		return r, nil
	case k.Trace.RestsOn != "":
		r.State = RerunRestsOn
		return r, nil
	}
	hearing, err := k.hearing(c, answers)
	if err == nil && k.valued() {
		var v rulebook.Valuation
		v, err = k.Edition.Value(hearing)
		r.Now = v.Trace
	} else if err == nil {
		var f rulebook.Finding
		f, err = k.Edition.Assess(hearing)
		r.Now = f.Trace
	}
	if err != nil {
		if fault.Code(err) == "" {
			return r, err
		}
		r.State, r.Why = RerunNotRun, err
		return r, nil
	}
	again, err := json.Marshal(r.Now)
	if err != nil {
		return r, fmt.Errorf("write trace: %w", err)
	}
	if r.State = RerunDifferent; bytes.Equal(again, k.Payload) {
		r.State = RerunSame
	}
	return r, nil
}

// hearing is the claim as the rules saw it when the trace was made.
func (k KeptTrace) hearing(c claim.Claim, answers []openedAnswers) (rulebook.Case, error) {
	texts := maps.Clone(c.Answers)
	if texts == nil {
		texts = map[string]string{}
	}
	for _, given := range answers { // oldest first: of answers given twice the later ones count
		if given.version <= k.Entry.Version {
			maps.Copy(texts, given.texts)
		}
	}
	for _, s := range k.Trace.Steps {
		for _, in := range s.Inputs {
			if f, ok := k.Edition.Field(in.Name); ok && f.Class != rulebook.Sensitive {
				texts[in.Name] = in.Text // an empty text is no answer
			}
		}
	}
	read, err := k.Edition.Read(k.Trace.Category, texts)
	if err != nil {
		return rulebook.Case{}, err
	}
	read, _ = k.Edition.Withhold(k.Trace.Category, c.Blank, read)
	return rulebook.Case{
		Category: k.Trace.Category, Claimant: k.Trace.Claimant, Received: k.Trace.Received,
		Answers: read, Links: k.Trace.Links(),
	}, nil
}
