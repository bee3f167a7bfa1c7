package roll

import "github.com/openchancery/chancery/day"

// The questions whose bodies follow in the next commits of this branch; their
// signatures stand so that stores and edges can be built beside them.

func (r *Record) Members(body ID, q Query) (Members, error)             { return Members{}, nil }
func (r *Record) Compare(first, second ID, q Query) (Comparison, error) { return Comparison{}, nil }
func (r *Record) Closeness(first, second ID, from, to, within int, rule string) (Closeness, error) {
	return Closeness{}, nil
}
func (r *Record) Accession(body, candidate ID, on day.Date) (Accession, error) {
	return Accession{}, nil
}
func (r *Record) MeetingOf(series ID, ordinal int) (Sitting, error) { return Sitting{}, nil }
func (r *Record) Meetings(series ID) []Held                         { return nil }
func (r *Record) Offices(of ID, on day.Date) []Post                 { return nil }
func (r *Record) Differences(body ID, from, to day.Date, rule string) (Differences, error) {
	return Differences{}, nil
}
func (r *Record) Disagreements(subject ID) []Disagreement         { return nil }
func (r *Record) Timeline(body ID, rule string) (Timeline, error) { return Timeline{}, nil }
func (r *Record) Check() []Finding                                { return nil }
func Summarise(have *Record, b Bundle) Summary                    { return Summary{} }
