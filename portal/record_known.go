package portal

import (
	"context"
	"strings"
	"sync"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// knownRecords keeps the records of what was known on the days that were asked
// for last: to make one of a large roll takes longer than to answer from it.
type knownRecords struct {
	mu    sync.Mutex
	whole *roll.Record // of which they are; owned by mu, as are the others
	days  []day.Date   // the last asked for at the end
	made  map[day.Date]*roll.Record
}

// mostKnown bounds how many are kept.
const mostKnown = 4

// on is the record of what was known on a day.
func (k *knownRecords) on(whole *roll.Record, on day.Date) *roll.Record {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.whole != whole {
		k.whole, k.days, k.made = whole, nil, map[day.Date]*roll.Record{}
	}
	if r, ok := k.made[on]; ok {
		return r
	}
	r := whole.KnownOn(on)
	if r == whole {
		return r // nothing was learned later: nothing to keep
	}
	if len(k.days) == mostKnown {
		delete(k.made, k.days[0])
		k.days = k.days[1:]
	}
	k.days, k.made[on] = append(k.days, on), r
	return r
}

// hasRecord reports whether there is anything in the roll or of treaties, so
// that a page leads there.
func (s *site) hasRecord() bool {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if _, err := s.desk.Record(ctx); err == nil {
		return true
	}
	all, err := s.desk.Treaties(ctx, ask.Query{})
	return err == nil && len(all) > 0
}

// record is everything that was known of the roll on the day of the question.
func (q *inquiry) record() (*roll.Record, error) {
	whole, err := q.site.desk.Record(q.r.Context())
	if err != nil || q.asks.KnownOn == "" {
		return whole, err
	}
	on, err := q.day("known-on")
	if err != nil {
		return nil, err
	}
	return q.site.known.on(whole, on), nil
}

// acts are the acts of a member's chain with their dates, the set aside ones
// too.
func (q *inquiry) acts(st roll.Standing) []phrase {
	record, err := q.record()
	if err != nil {
		return nil
	}
	var out []phrase
	for _, c := range st.Cited {
		f, ok := record.Fact(c.Fact)
		if !ok || f.Membership == nil {
			continue
		}
		p := phrase{
			Text:  q.say("public.act", "act", q.coded("act", f.Membership.Act), "span", q.span(q.when(f.Membership.On), q.until(f.Membership.Until))),
			Cites: q.sources.cite(c),
		}
		if c.SetAside {
			p.Class = "aside"
		}
		out = append(out, p)
	}
	return out
}

// slashed is a time or a value as a disagreement names it, "2002 / open" or
// "member 1994-03-16 / open", for reading.
func (w words) slashed(value string) string {
	from, to, ok := strings.Cut(value, " / ")
	if !ok {
		if d, err := day.ParseWhen(value); err == nil {
			return w.when(d)
		}
		return value
	}
	act := ""
	if _, err := day.ParseWhen(from); err != nil {
		name, rest, cut := strings.Cut(from, " ")
		if _, err := day.ParseWhen(rest); !cut || err != nil {
			return value
		}
		act, from = w.coded("act", name), rest
	}
	end := w.say("public.until.open")
	if to != "open" {
		d, err := day.ParseWhen(to)
		if err != nil {
			return value
		}
		end = w.when(d)
	}
	begin, _ := day.ParseWhen(from) // read above
	text := w.span(w.when(begin), end)
	if act == "" {
		return text
	}
	return w.say("public.act", "act", act, "span", text)
}
