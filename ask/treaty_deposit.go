package ask

import (
	"context"
	"strings"

	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/treaty"
)

// Deposit makes an action on a treaty whole, as a depositary enters it: the
// party that somebody named becomes the file's own party (or a state by its ISO
// code), and a finding that names no condition is on the one that the clause
// leaves to a finding. The rest stays as it was given.
func (d *Desk) Deposit(ctx context.Context, a treaty.Action) (treaty.Action, error) {
	f, err := d.office.Treaty(ctx, a.Treaty)
	if err != nil {
		return a, err
	}
	if a.Party != "" {
		assumed, err := f.Assume(a.Party+" signs "+d.Today().String(), d.Today())
		switch {
		case err == nil:
			a.Party, a.Code, a.Org = assumed.Action.Party, assumed.Action.Code, assumed.Action.Org
		case len(strings.Fields(a.Party)) == 1 && len(a.Party) <= 3:
			return a, err
		}
		for _, s := range dossier.States() {
			if a.Party == a.Code && s.Alpha3 == a.Code && a.Code != "" {
				a.Party = s.Name
			}
		}
	}
	if a.Kind != treaty.Finding || a.Condition != "" {
		return a, nil
	}
	var open []string
	if clause := f.Instrument(d.Today()).Clause; clause != nil {
		for _, c := range clause.Conditions {
			if c.Finding != "" {
				open = append(open, c.Name)
			}
		}
	}
	if len(open) != 1 {
		return a, fault.New(fault.Invalid, "ask.which-condition", "treaty", a.Treaty, "known", strings.Join(open, ", "))
	}
	a.Condition = open[0]
	return a, nil
}
