package office

import (
	"encoding/json"

	"github.com/openchancery/chancery/claim"
)

// saidFiling is an event as the docket and the tables have it.
type saidFiling struct {
	facts  json.RawMessage
	event  claim.Event // read from the facts, as when tables are rebuilt
	answer []byte      // that to whoever asks again under the same key
}

// say writes the event, before its act where that is possible: others wait for the
// act.
func (f *prepared) say() (err error) {
	if f.said != nil {
		return nil
	}
	said := saidFiling{}
	if said.facts, err = facts(f.event); err != nil {
		return err
	}
	if said.event, err = claim.Decode(claim.KindFiled, said.facts); err != nil {
		return err
	}
	if said.answer, err = json.Marshal(filingKept{ID: f.id, Reference: f.event.Reference}); err != nil {
		return err
	}
	f.said = &said
	return nil
}
