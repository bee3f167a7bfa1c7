package portal

import (
	"context"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// hasRecord reports whether there is anything in the roll or of treaties, so
// that a page leads there.
func (s *site) hasRecord() bool {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if _, err := s.desk.Record(ctx, ask.Query{}); err == nil {
		return true
	}
	all, err := s.desk.Treaties(ctx, ask.Query{})
	return err == nil && len(all) > 0
}

// record is everything that was known of the roll on the day of the question,
// asked for once for a page.
func (q *inquiry) record() (*roll.Record, error) {
	if q.read != nil {
		return q.read, nil
	}
	record, err := q.site.desk.Record(q.r.Context(), q.asks)
	q.read = record
	return record, err
}

// acts are the acts of a member's chain with their dates, the set aside ones
// too.
func (q *inquiry) acts(st roll.Standing) []phrase {
	record, err := q.record()
	if err != nil {
		return nil
	}
	var out []phrase
	several := len(q.sources.cite(st.Cited...)) > 1
	for _, c := range st.Cited {
		f, ok := record.Fact(c.Fact)
		if !ok || f.Membership == nil {
			continue
		}
		p := phrase{
			Text: q.say("public.act", "act", q.coded("act", f.Membership.Act), "span", q.span(q.when(f.Membership.On), q.until(f.Membership.Until))),
		}
		if several { // else the status names it
			p.Cites = q.sources.cite(c)
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
