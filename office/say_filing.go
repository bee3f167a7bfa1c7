package office

import (
	"encoding/json"
	"fmt"

	"github.com/openchancery/chancery/docket"
)

// saidFiling is an event as the docket and the tables have it.
type saidFiling struct {
	facts  docket.Written
	answer []byte // that to whoever asks again under the same key
}

// say writes the event, before its act where that is possible: others wait for the
// act.
func (f *prepared) say() (err error) {
	if f.said != nil {
		return nil
	}
	said := saidFiling{}
	if said.facts, err = f.event.Written(); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	if said.answer, err = json.Marshal(filingKept{ID: f.id, Reference: f.event.Reference}); err != nil {
		return err
	}
	f.said = &said
	return nil
}
