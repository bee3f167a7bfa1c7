package roll

import "github.com/openchancery/chancery/day"

// The questions whose bodies follow in the next commits of this branch; their
// signatures stand so that stores and edges can be built beside them.

func (r *Record) Closeness(first, second ID, from, to, within int, rule string) (Closeness, error) {
	return Closeness{}, nil
}
	return Accession{}, nil
}
func (r *Record) Differences(body ID, from, to day.Date, rule string) (Differences, error) {
	return Differences{}, nil
}
func (r *Record) Timeline(body ID, rule string) (Timeline, error) { return Timeline{}, nil }
func (r *Record) Check() []Finding                                { return nil }
func Summarise(have *Record, b Bundle) Summary                    { return Summary{} }
