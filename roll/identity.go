package roll

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// ID is the fact's name: the SHA-256 (hex) of its canonical JSON without known
// and bundle, so that the same statement of the same source has one id however
// often it is learned. A text that is not UTF-8 has no canonical form; Check
// refuses it, and until then its id is over Go's own encoding.
func (f Fact) ID() FactID {
	f.Known, f.Bundle = day.Date{}, ""
	raw, err := docket.Marshal(f)
	if err != nil {
		raw, _ = json.Marshal(f) // can't fail: strings, numbers, dates and booleans
	}
	sum := sha256.Sum256(raw)
	return FactID(hex.EncodeToString(sum[:]))
}

// Subject is the thing in whose stream the fact stands, and in whose page it
// is looked for: the thing itself; the body of a membership, rule, admission
// or position; the office of a tenure; the series of a meeting, an attendance
// and most counts; the first predecessor of a succession; what a preference or
// withdrawal is about. It is "" where the fact has no content.
func (f Fact) Subject() ID {
	switch {
	case f.Thing != nil:
		return f.Thing.ID
	case f.Succession != nil:
		if len(f.Succession.Predecessors) > 0 {
			return f.Succession.Predecessors[0]
		}
	case f.Membership != nil:
		return f.Membership.Body
	case f.Rule != nil:
		return f.Rule.Body
	case f.Admission != nil:
		return f.Admission.Body
	case f.Position != nil:
		return f.Position.Body
	case f.Tenure != nil:
		return f.Tenure.Office
	case f.Meeting != nil:
		return f.Meeting.Series
	case f.Attendance != nil:
		return f.Attendance.Series
	case f.Count != nil:
		if f.Count.Series != "" {
			return f.Count.Series
		}
		return f.Count.Body
	case f.Preference != nil:
		return f.Preference.About
	case f.Withdrawal != nil:
		return f.Withdrawal.About
	}
	return ""
}

// Kind is which of the pointers is set: "thing", "membership" …; "" for none.
func (f Fact) Kind() string {
	switch {
	case f.Thing != nil:
		return "thing"
	case f.Succession != nil:
		return "succession"
	case f.Membership != nil:
		return "membership"
	case f.Rule != nil:
		return "rule"
	case f.Admission != nil:
		return "admission"
	case f.Position != nil:
		return "position"
	case f.Tenure != nil:
		return "tenure"
	case f.Meeting != nil:
		return "meeting"
	case f.Attendance != nil:
		return "attendance"
	case f.Count != nil:
		return "count"
	case f.Preference != nil:
		return "preference"
	case f.Withdrawal != nil:
		return "withdrawal"
	}
	return ""
}
