package portal

import (
	"fmt"
	"strconv"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// point is a place or length across the page in hundredths of a percent: seventy
// years on a telephone are finer than tenths.
type point int64

func (p point) String() string { return fmt.Sprintf("%d.%02d%%", p/100, p%100) }

// wholeWidth is all of the page's width.
const wholeWidth = point(10000)

// Measures of the picture of members over time.
const (
	rowName  = em(12)
	rowBar   = em(8)
	rowGap   = em(5)
	axisRoom = em(20)
	least    = point(25) // a span of a day can still be seen
	mostTick = 8         // years named on the axis; fits a telephone
)

// timeline is a body's members over time: one row for each, a bar for each span
// of a status. The table beside it says the same in words.
type timeline struct {
	ID, Title, Desc string
	Height, Bottom  em
	Ticks           []tick
	Rows            []timelineRow
	Key             []keyed
	Marks           []mark
}

// tick is a year on the axis.
type tick struct {
	Text, Anchor string
	X            point
}

// mark is a day that the page is about.
type mark struct{ X point }

type timelineRow struct {
	Name     string
	Y        em
	Bars     []spanBar
	BarY, H  em
	BesideY  em
	BesideOf []spanBar // what stands beside a status: frozen by itself, leaving
}

// spanBar is a span of one status; Class is "open" where it can't be told.
type spanBar struct {
	Class    string
	X, Width point
}

// keyed is a line of the key.
type keyed struct{ Class, Name string }

// drawTimeline lays the picture out, from the first year that is known to the
// last, or the year of a day that the page is about.
func (w words) drawTimeline(id string, t roll.Timeline, on day.Date) timeline {
	first, last := years(t, on)
	at := scaleOf(first, last)
	p := timeline{ID: id, Title: w.say("public.timeline.title", "body", t.Body.Name), Ticks: ticks(first, last)}
	p.Desc = w.say("public.timeline.desc", "members", w.number(int64(len(t.Rows))), "first", strconv.Itoa(first), "last", strconv.Itoa(last))
	seen := map[string]bool{}
	y := axisRoom
	for _, r := range t.Rows {
		row := timelineRow{Name: r.Member.Name, Y: y + rowName - 2, BarY: y + rowName + 1, H: rowBar, BesideY: y + rowName + rowBar}
		for _, s := range r.Spans {
			bar := spanBar{Class: statusClass(s.Status)}
			bar.X, bar.Width = at(s.From, s.To)
			if s.Status != roll.None && s.Status != roll.Left {
				row.Bars = append(row.Bars, bar)
				w.key(&p, seen, bar.Class, s.Status)
			}
			for _, b := range s.Beside {
				row.BesideOf = append(row.BesideOf, spanBar{"beside", bar.X, bar.Width})
				w.key(&p, seen, "beside", b)
			}
		}
		y += rowName + rowBar + rowGap
		p.Rows = append(p.Rows, row)
	}
	if x, _ := at(on, on); !on.IsZero() {
		p.Marks = append(p.Marks, mark{x})
	}
	p.Bottom, p.Height = y+2, y+axisRoom
	return p
}

// key names a class the first time that it is drawn. Statuses that share a
// class share its line.
func (w words) key(p *timeline, seen map[string]bool, class string, s roll.Status) {
	if seen[class+string(s)] {
		return
	}
	seen[class+string(s)] = true
	for i := range p.Key {
		if p.Key[i].Class == class {
			p.Key[i].Name += ", " + w.status(s)
			return
		}
	}
	p.Key = append(p.Key, keyed{class, w.status(s)})
}

// statusClass is how a status is drawn: full members, those with a lesser
// status, those on their way, those kept out, and of whom it can't be told.
func statusClass(s roll.Status) string {
	switch s {
	case "":
		return "open"
	case roll.Full:
		return "full"
	case roll.Signatory, roll.Candidate:
		return "way"
	case roll.Suspended, roll.Frozen, roll.Leaving:
		return "halted"
	}
	return "lesser"
}

// years are the first and last year of the picture.
func years(t roll.Timeline, on day.Date) (first, last int) {
	first, last = t.First.Year(), max(t.Last.Year(), on.Year())
	if first == 0 {
		first = on.Year()
	}
	if !on.IsZero() {
		first = min(first, on.Year())
	}
	if last <= first {
		last = first + 1
	}
	return first, last
}

// scaleOf gives the point and width of the days from one to another; without
// the one it begins at the picture's edge, without the other it ends there.
func scaleOf(first, last int) func(from, to day.Date) (x, width point) {
	begin, _ := day.New(first, 1, 1)
	end, _ := day.New(last, 12, 31)
	days := int64(max(begin.DaysUntil(end), 1))
	where := func(d day.Date) point {
		return point(min(max(int64(begin.DaysUntil(d))*int64(wholeWidth)/days, 0), int64(wholeWidth)))
	}
	return func(from, to day.Date) (point, point) {
		x, over := point(0), wholeWidth
		if !from.IsZero() {
			x = where(from)
		}
		if !to.IsZero() {
			over = where(to)
		}
		x = min(x, wholeWidth-least)
		return x, max(over-x, least)
	}
}

// ticks names some years on the axis, evenly, in steps that people count in.
func ticks(first, last int) []tick {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000} {
		if step = s; (last-first)/s < mostTick {
			break
		}
	}
	at := scaleOf(first, last)
	var out []tick
	for year := (first + step - 1) / step * step; year <= last; year += step {
		d, err := day.New(year, 1, 1)
		if err != nil {
			break
		}
		x, _ := at(d, d)
		t := tick{strconv.Itoa(year), "middle", x}
		switch {
		case x < 500:
			t.Anchor = "start"
		case x > wholeWidth-500:
			t.Anchor = "end"
		}
		out = append(out, t)
	}
	return out
}
