package dossier_test

import (
	"errors"
	"os"
	"testing"

	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
)

// Whatever stands in a file, it is read or it is told what is wrong; never
// both, and no reader stops.
func FuzzReadRoll(f *testing.F) {
	for _, name := range []string{"dossier.yaml", "memberships.yaml", "things.yaml", "meetings.yaml", "rules.yaml"} {
		text, err := os.ReadFile("../dossiers/cis-csto/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(0, string(text[:min(len(text), 2000)]))
	}
	f.Add(0, "a: &b {c: *b}\n? [x]\n: y")
	f.Add(0, "meetings:\n- {series: x, source: {name: s}, attendance: [{for: a}, b, [c]]}")
	f.Add(1, "organisation,state,status,from,to,source,confidence,note\nCIS,AM,member,1994,,x,seen,\n")
	f.Add(1, "series,edition,date,place,attendance_known,source,note\nA,6,2018,M,\"RU X (chair); ((; AZ AM (b)) ;;\",S,\n")
	f.Add(1, "igo,cow_ccode,cow_abb,status,first_year,last_year,open_at_end_of_data\nX,2,USA,full,1985,2014,1\n")
	f.Add(1, "stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version\nUSA,2,U,1816,1,1,2016,12,31,2016\n")
	f.Add(2, `{"3166-1":[{"alpha_2":"AM","name":"Armenia"}]}`)
	f.Fuzz(func(t *testing.T, kind int, text string) {
		name := []string{"a.yaml", "a.csv", "a.json"}[(kind%3+3)%3]
		b, err := dossier.ReadRoll(folder(name, text), today)
		switch {
		case err == nil && len(b.Facts) == 0:
			t.Error("nothing was read, and nothing was wrong")
		case err != nil && len(b.Facts) > 0:
			t.Errorf("%v, and %d facts all the same", err, len(b.Facts))
		case err != nil:
			if _, ok := errors.AsType[*fault.Fault](err); !ok {
				t.Errorf("an error without a code: %v", err)
			}
		}
		for _, f := range b.Facts {
			if err := f.Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
