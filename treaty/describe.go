package treaty

import "github.com/openchancery/chancery/day"

// Instrument is the treaty as the facts that were known on a day describe it
// (no date: all that we know); with the id alone where none does.
func (f *File) Instrument(knownOn day.Date) Instrument {
	is, _ := describe(f.id, f.standing(f.id, knownOn))
	return is
}
