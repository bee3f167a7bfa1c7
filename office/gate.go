package office

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/treaty"
)

// gate holds the power that an act rests on against its treaty, where it names
// one: on the legal day, by what is known then, the treaty must be in force for
// certain. It answers the status, for the act's entry to say, and the last
// entry or row of the treaty and of each that it depends on, for it to rely on;
// nil where no treaty gates the power.
func (p *performance) gate(act Act) (*commission.InForce, []docket.Ref, error) {
	id := p.edition.Powers[string(act)].Treaty
	if id == "" {
		return nil, nil, nil
	}
	facts, err := treatyFacts(p.tx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read treaty %s: %w", id, err)
	}
	file := treaty.NewFile(id, facts)
	if file.Empty() {
		return nil, nil, fault.New(fault.Conflict, "treaty.not-loaded", "treaty", id, "act", act, "programme", p.programme.ID)
	}
	status := file.Status(p.day, p.day)
	if !status.InForce && !flaw.On(flaw.GateOpen) {
		return nil, nil, notInForce(status)
	}
	relied := &commission.InForce{Treaty: id, On: p.day}
	if status.Entry != nil {
		relied.Since = *status.Entry
	}
	streams := []docket.Stream{treaty.Stream(id)}
	for _, other := range treaty.Depends(id, facts) {
		streams = append(streams, treaty.Stream(other))
	}
	stand, err := p.tx.FactStreams(streams)
	if err != nil {
		return nil, nil, err
	}
	var places []docket.Ref
	for _, stream := range streams {
		if at, ok := stand[stream]; ok {
			places = append(places, docket.Ref{Stream: stream, Version: at.Version})
		}
	}
	return relied, places, nil
}

// notInForce is the fault of a treaty that isn't in force for certain, followed
// by a fault for each thing that is missing: each has its sentence.
func notInForce(s treaty.Status) error {
	text := func(d *day.Date) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	var conditions []string
	for _, m := range s.Missing {
		conditions = append(conditions, cmp.Or(m.Value("condition"), m.Value("treaty"), m.Code))
	}
	err := fault.New(fault.Conflict, "treaty.not-in-force", "treaty", s.Treaty, "title", s.Title, "on", s.On, "answer", s.Answer,
		"instruments", s.Instruments, "needed", s.Needed, "scheduled", text(s.Scheduled), "ended", text(s.Ended),
		"missing", strings.Join(conditions, ", "))
	for _, m := range s.Missing {
		err = fmt.Errorf("%w %w", err, &fault.Fault{Kind: fault.Conflict, Code: m.Code, Values: m.Values})
	}
	return err
}
