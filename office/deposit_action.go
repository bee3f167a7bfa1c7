package office

import (
	"context"
	"encoding/json"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/treaty"
)

// DepositAction enters one action on a treaty that we know, in an entry of its
// own in the treaty's stream. A fact that names no day of learning was learned
// today. What we know already is not entered again: the answer has no entry
// then.
func (o *Office) DepositAction(ctx context.Context, by By, f treaty.Fact) (Loaded, error) {
	answer := Loaded{Entries: []docket.Ref{}}
	if f.Known.IsZero() {
		f.Known = o.today()
	}
	s, err := treatyStatement(f)
	if err != nil {
		return answer, err
	}
	if f.Action == nil {
		return answer, fault.New(fault.Invalid, "treaty.no-action", "treaty", f.Subject())
	}
	if len(s.body) > mostInRow {
		return answer, fault.New(fault.Invalid, "office.fact-too-long", "stream", s.stream, "most", mostInRow, "bytes", len(s.body))
	}
	_, err = o.performed(ctx, true, ActDepositAction, by, "", s.id, &answer, func(p *performance) error {
		stand, err := p.tx.FactStreams([]docket.Stream{s.stream})
		if err != nil {
			return err
		}
		at, ok := stand[s.stream]
		if !ok {
			return fault.New(fault.NotFound, "treaty.none", "treaty", f.Subject())
		}
		fresh, err := p.unknown([]statement{s})
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			answer.Already = 1
			return nil
		}
		env := docket.Envelope{Stream: s.stream, Version: at.Version + 1, Kind: kindTreatyFacts}
		if err := p.enter(env, factsEntered{Facts: []json.RawMessage{s.body}}, nil); err != nil {
			return err
		}
		answer.Entries, answer.Entered, answer.Streams = []docket.Ref{{Stream: env.Stream, Version: env.Version}}, 1, 1
		return p.commit()
	})
	return answer, err
}
