package office

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
)

// ownKinds are the kinds of the office's own streams with the facts that each
// carries; nil where it carries none. Those of tokens and of facts of the roll and
// the treaties are held by tests of their own.
var ownKinds = map[docket.Kind]any{
	kindActorAdded:       actorAdded{},
	kindActorEnded:       struct{}{},
	kindActorInvited:     actorInvited{},
	kindActorEnrolled:    actorEnrolled{},
	kindActorUnenrolled:  actorUnenrolled{},
	kindInterestDeclared: interestDeclared{},
	kindMemberJoined:     memberSaid{},
	kindMemberLeft:       memberSaid{},
	kindDesk:             deskKeySet{},
	kindEpochOpened:      Epoch{},
	kindEditionPublished: editionPublished{},
	kindReadingsHeads:    readingsHeaded{},
	kindClaimsDeficient:  registered{},
	kindClaimsRecorded:   registered{},
	kindClaimsRefused:    registered{},
	kindOutcomesReported: outcomesReported{},

	claim.KindMandateGiven: claim.MandateGiven{},
	claim.KindMandateEnded: claim.MandateEnded{},
}

// Each golden file holds the whole of what a kind could say when it was written,
// or with another ending the whole of what it could say since a field came. It must
// be read and be written the same for ever. If this test fails, add a new kind or
// an optional field: never change a file.
func TestOwnKindsForEver(t *testing.T) {
	for kind, facts := range ownKinds {
		files, err := filepath.Glob("testdata/kinds/" + string(kind) + "*.json")
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no golden file (%v)", kind, err)
		}
		unsaid := map[string]bool{}
		for i := range reflect.TypeOf(facts).NumField() {
			unsaid[reflect.TypeOf(facts).Field(i).Name] = true
		}
		for _, file := range files {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			said := reflect.New(reflect.TypeOf(facts))
			d := json.NewDecoder(bytes.NewReader(golden))
			d.DisallowUnknownFields()
			if err := d.Decode(said.Interface()); err != nil {
				t.Errorf("%s can't be read: %v", file, err)
				continue
			}
			if again, err := docket.Marshal(said.Elem().Interface()); err != nil || string(again) != strings.TrimSuffix(string(golden), "\n") {
				t.Errorf("%s is written as %s (%v)", file, again, err)
			}
			for i := range said.Elem().NumField() {
				if !said.Elem().Field(i).IsZero() {
					delete(unsaid, said.Elem().Type().Field(i).Name)
				}
			}
		}
		for field := range unsaid {
			t.Errorf("no golden file of %s says anything of %s", kind, field)
		}
	}
}
