package portal

import "github.com/openchancery/chancery/press"

// place is where a claim can stand, as the pages tell it: the standings, with
// what another body decided set apart from what was decided here.
type place struct {
	code  string // of its label; what it means stands under the same code
	class string // for its colour and pattern
	count func(press.Line) press.Count
}

// stage is the places of claims that one body has.
type stage struct {
	code   string
	places []place
}

// stagesOf are the stages of a programme, in the order of a claim's way. What
// was decided elsewhere is a stage of its own where there is any.
func stagesOf(p press.Programme) []stage {
	standing := func(s press.Standing, class string) place {
		return place{string(s), class, func(l press.Line) press.Count { return l.Standings.Of(s) }}
	}
	decided := standing(press.Decided, "commission")
	stages := []stage{
		{"register", []place{
			standing(press.Filed, "register"), standing(press.Deficient, "register"),
			standing(press.Recorded, "register"), standing(press.Refused, "register"),
		}},
		{"commission", []place{standing(press.Assigned, "commission"), standing(press.Assessed, "commission"), decided}},
		{"fund", []place{standing(press.Payable, "fund"), standing(press.Paid, "fund"), standing(press.Returned, "fund")}},
	}
	if p.RecordsOnly {
		return append(stages[:1], stage{"withdrawn", []place{standing(press.Withdrawn, "ended")}})
	}
	if reports(p) {
		stages[1].places[2].count = press.Line.DecidedHere
		stages = append(stages, stage{"elsewhere", []place{{"elsewhere", "reported", press.Line.DecidedElsewhere}}})
	}
	return append(stages, stage{"withdrawn", []place{standing(press.Withdrawn, "ended")}})
}

// heading is what stands over the places of a stage; one that stands alone
// needs nothing over it.
func (w words) heading(s stage) string {
	if len(s.places) == 1 {
		return ""
	}
	return w.say("portal.group." + s.code)
}

// name is the label of a place.
func (w words) name(p place) string {
	if p.code == "elsewhere" {
		return w.say("portal.group.elsewhere")
	}
	return w.say("portal.standing." + p.code)
}

// byStage are a programme's claims by who has them.
func (w words) byStage(p press.Programme) []item {
	var items []item
	for _, s := range stagesOf(p) {
		count := press.Shown(0)
		for _, place := range s.places {
			count = count.Plus(place.count(p.Total))
		}
		items = append(items, item{w.say("portal.group." + s.code), s.places[0].class, count})
	}
	return items
}
