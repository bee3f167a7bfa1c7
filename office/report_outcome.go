package office

import (
	"errors"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// kindOutcomesReported: the file of another body says what it did with these
// claims. One officer may enter it: nothing of it is payable by itself.
const kindOutcomesReported docket.Kind = "register.outcomes_reported.v1"

// outcomesReported sums up the annex.
type outcomesReported struct {
	Rows       int64 `json:"rows"`
	Awards     int64 `json:"awards"`
	Dismissals int64 `json:"dismissals"`
}

// reportAll enters the reports that come with filings, for the claims that
// have none yet, as one bulk act with an annex, each row naming its place in
// the file.
func (p *performance) reportAll(ready *Prepared, answers []FilingAnswer) error {
	if !ready.reports() {
		return nil
	}
	claims, err := p.unreported(ready, answers)
	if err != nil {
		return err
	}
	var steps []step
	var summary outcomesReported
	serial, err := p.lastSerial()
	if err != nil {
		return err
	}
	for i := range ready.filings {
		f := &ready.filings[i].filing
		c, ok := claims[answers[i].ID]
		if !ok || f.Report == nil || answers[i].Changed || answers[i].Reported {
			continue
		}
		report := claim.Report{Reported: f.Report.Reported, Award: f.Report.Award, Decided: f.Report.Decided}
		if f.Source != nil {
			report.Row, report.Line = f.Source.Row, f.Source.Line
		}
		switch report.Reported.Outcome {
		case rulebook.ReportedAward, rulebook.ReportedDismissal, rulebook.ReportedRecorded:
			serial++
			report.Number = claim.NewNumber(p.edition.Programme.NumberPrefix, serial)
		}
		event, err := c.ReportOutcome(report)
		if err != nil {
			return err
		}
		summary.count(event.(claim.OutcomeReported).Outcome)
		steps = append(steps, step{claim: c, event: event})
		answers[i].Reported = true
		delete(claims, c.ID) // a filing that stands twice in this act is reported once
	}
	if len(steps) == 0 {
		return nil
	}
	if err := p.reportAllowed(); err != nil {
		return err
	}
	_, err = p.stepAll(docket.Envelope{Kind: kindOutcomesReported, Source: ready.filings[0].filing.Source.File()}, summary, steps)
	return err
}

func (s *outcomesReported) count(outcome claim.Outcome) {
	s.Rows++
	switch outcome {
	case claim.Award:
		s.Awards++
	case claim.Dismissal:
		s.Dismissals++
	}
}

// reportAllowed checks the right to report, which is another than to file.
func (p *performance) reportAllowed() error {
	capacity, second, err := capacityFor(ActReportOutcomes, p.edition)
	if err != nil {
		return err
	}
	p.capacity, p.second = capacity, second
	return p.checkPeople(ActReportOutcomes)
}

// unreported are the claims of these filings that still stand as filed.
func (p *performance) unreported(ready *Prepared, answers []FilingAnswer) (map[claim.ID]claim.Claim, error) {
	open := map[claim.ID]claim.Claim{}
	var load []claim.ID
	for i, a := range answers {
		report := ready.filings[i].filing.Report
		if report == nil || report.Reported.Outcome == rulebook.ReportedNone || a.Changed || a.Erased {
			continue
		}
		if at, ok := p.tables.changed[a.ID]; ok {
			open[a.ID] = at.claim
			continue
		}
		load = append(load, a.ID)
	}
	claims, err := p.tx.Claims(load)
	if errors.Is(err, store.ErrNone) {
		return nil, fault.New(fault.Unsound, "claim.answered-but-missing")
	}
	if err != nil {
		return nil, err
	}
	for _, c := range claims {
		if c.Standing == claim.Filed {
			open[c.ID] = c
		}
	}
	return open, nil
}

// lastSerial is the last number given, with those of this act that aren't
// written yet.
func (p *performance) lastSerial() (int64, error) {
	if pending, ok := p.tables.programmes[p.programme.ID]; ok {
		return pending.LastSerial, nil
	}
	return p.programme.LastSerial, nil
}
