package life

import "testing"

// The replay reckons for itself when the convention is in force: so many days after
// the day of the last instrument that it takes, by what was known on the day.
func TestTheReplayKnowsWhenTheConventionIsInForce(t *testing.T) {
	two := []instrument{{"2020-05-10", "2020-05-20"}, {"2020-04-01", "2020-06-30"}}
	for _, c := range []struct {
		name string
		from []instrument
		on   string
		want bool
	}{
		{"one instrument", two[:1], "2024-01-01", false},
		{"both deposited, the delay not over", []instrument{{"2020-05-10", "2020-05-10"}, {"2020-04-01", "2020-04-01"}}, "2020-06-08", false},
		{"the delay over", []instrument{{"2020-05-10", "2020-05-10"}, {"2020-04-01", "2020-04-01"}}, "2020-06-09", true},
		{"of one nobody knows yet", two, "2020-06-29", false},
		{"it is known", two, "2020-06-30", true},
		{"a third changes nothing", append(two[:2:2], instrument{"2021-01-01", "2021-01-01"}), "2020-07-01", true},
	} {
		if got := (&books{instruments: c.from}).inForce(c.on); got != c.want {
			t.Errorf("%s: in force on %s: %t", c.name, c.on, got)
		}
	}
}
