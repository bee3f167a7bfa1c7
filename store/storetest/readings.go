package storetest

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/store"
)

var readings = []test{
	{"the lines come back in their order", readingOrder},
	{"a number is given once", readingTaken},
	{"a claim's lines are its own, oldest first", readingsOfClaim},
	{"what somebody saw on a day counts each claim once", openedBy},
	{"alarms are by day and actor, newest first", alarms},
}

// reading is a line as a store sees it: it never looks into the line.
func reading(number int64, id claim.ID, actor, day string) store.Reading {
	return store.Reading{
		Number: number, Claim: id, Actor: actor, Day: day,
		Line: fmt.Appendf(nil, "{\x00'%s' %d}", id, number), Hash: hash("reading", number),
	}
}

func appended(t *testing.T, s store.Store, lines ...store.Reading) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.AppendReadings(lines) })
}

func readingOrder(t *testing.T, s store.Store) {
	none(t, s, "an empty log's last line", store.Reader.LastReading)
	var want []store.Reading
	for _, n := range sizes {
		var lines []store.Reading
		for range n {
			number := int64(len(want) + 1)
			l := reading(number, claim.ID(fmt.Sprintf("c%03d", number%7)), "officer-1", "2020-06-01")
			l.Person, l.Alarm = number%3 == 0, number%5
			want, lines = append(want, l), append(lines, l)
		}
		appended(t, s, lines...)
		same(t, ask(t, s, store.Reader.LastReading), want[len(want)-1])
	}
	past := reading(past31, "far", "officer-1", "2020-06-01")
	appended(t, s, past)
	same(t, ask(t, s, func(r store.Reader) ([]store.Reading, error) { return list(r.Readings()) }), append(want, past))
}

func readingTaken(t *testing.T, s store.Store) {
	appended(t, s, reading(1, "a", "officer-1", "2020-06-01"))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.AppendReadings([]store.Reading{reading(2, "a", "officer-1", "2020-06-01"), reading(1, "b", "officer-1", "2020-06-01")})
	})
}

func readingsOfClaim(t *testing.T, s store.Store) {
	lines := []store.Reading{
		reading(1, "b", "officer-1", "2020-06-01"), reading(2, "a", "officer-1", "2020-06-01"),
		reading(3, "b", "officer-2", "2020-06-02"), reading(4, "bb", "officer-2", "2020-06-02"),
	}
	appended(t, s, lines...)
	of := func(id claim.ID) []store.Reading {
		return ask(t, s, func(r store.Reader) ([]store.Reading, error) { return r.ReadingsOf(id) })
	}
	same(t, of("b"), []store.Reading{lines[0], lines[2]})
	same(t, of("a"), lines[1:2])
	same(t, of("c"), []store.Reading{})
}

func openedBy(t *testing.T, s store.Store) {
	var lines []store.Reading
	for n, l := range []struct {
		claim      claim.ID
		actor, day string
		person     bool
	}{
		{"b", "officer-1", "2020-06-01", true},
		{"a", "officer-1", "2020-06-01", true},
		{"b", "officer-1", "2020-06-01", true},
		{"c", "officer-1", "2020-06-01", false}, // a rule
		{"d", "officer-1", "2020-06-02", true},  // another day
		{"e", "officer-2", "2020-06-01", true},  // another person
	} {
		r := reading(int64(n+1), l.claim, l.actor, l.day)
		r.Person = l.person
		lines = append(lines, r)
	}
	appended(t, s, lines...)
	of := func(actor, day string) []claim.ID {
		return ask(t, s, func(r store.Reader) ([]claim.ID, error) { return r.OpenedBy(actor, day) })
	}
	same(t, of("officer-1", "2020-06-01"), []claim.ID{"a", "b"})
	same(t, of("officer-1", "2020-06-02"), []claim.ID{"d"})
	same(t, of("officer-2", "2020-06-02"), []claim.ID{})
}

func alarms(t *testing.T, s store.Store) {
	var lines []store.Reading
	for n, l := range []struct {
		actor, day string
		alarm      int64
	}{
		{"officer-2", "2020-06-01", 0},
		{"officer-2", "2020-06-01", 51},
		{"officer-1", "2020-06-01", past31},
		{"officer-2", "2020-06-01", 52},
		{"officer-1", "2020-06-02", 51},
		{"officer-3", "2020-06-02", 0},
	} {
		r := reading(int64(n+1), "a", l.actor, l.day)
		r.Person, r.Alarm = true, l.alarm
		lines = append(lines, r)
	}
	appended(t, s, lines...)
	want := []store.Alarm{{Actor: "officer-1", Day: "2020-06-02", Claims: 51}, {Actor: "officer-1", Day: "2020-06-01", Claims: past31}, {Actor: "officer-2", Day: "2020-06-01", Claims: 52}}
	of := func(limit int) []store.Alarm {
		return ask(t, s, func(r store.Reader) ([]store.Alarm, error) { return r.Alarms(limit) })
	}
	same(t, of(10), want)
	same(t, of(2), want[:2])
}
