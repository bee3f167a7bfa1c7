package claim

import (
	"encoding/json"

	"github.com/openchancery/chancery/docket"
)

// Written is the event as its entry has it: what docket.Marshal writes. There are as many
// of these as there are claims.
func (e *FiledEvent) Written() (docket.Written, error) {
	o := docket.NewObject(512)
	o.Texts("answers", e.Answers)
	o.List("blank", e.Blank)
	o.Text("category", e.Category)
	o.Text("claimant", e.Claimant)
	if e.Claimed != nil {
		amount, err := e.Claimed.MarshalText()
		if err != nil {
			return docket.Written{}, err
		}
		o.Text("claimed", string(amount))
	}
	if len(e.Evidence) > 0 {
		raw, err := json.Marshal(e.Evidence)
		if err != nil {
			return docket.Written{}, err
		}
		o.Value("evidence", raw)
	}
	o.Any("helper", e.Helper)
	o.List("illegible", e.Illegible)
	o.Any("mandate", string(e.Mandate))
	o.Any("paper", e.Paper)
	if e.ReadBack {
		o.Value("read_back", []byte("true"))
	}
	o.Text("received", e.Received.String())
	o.Text("reference", string(e.Reference))
	return o.End()
}
