package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/treaty"
)

// maybe is a date, or other where there is none.
func maybe(d *day.Date, other string) string {
	if d == nil {
		return other
	}
	return d.String()
}

func yes(t day.Tri) string {
	switch t {
	case day.Yes:
		return "yes"
	case day.No:
		return "no"
	}
	return "can't be told"
}

func kindOf(k treaty.Kind) string { return catalogue.Label(language, "label.treaty."+string(k)) }

func printStatus(w io.Writer, s ask.TreatyStatus) {
	fmt.Fprintf(w, "%s (%s)\n", cmp.Or(s.Title, s.Treaty), s.Treaty)
	printTimes(w, s.On, s.KnownOn)
	rows := [][]string{{"in force", yes(s.Answer)}}
	if s.Entry != nil {
		rows = append(rows, []string{"since", s.Entry.String()})
	}
	if s.Scheduled != nil {
		rows = append(rows, []string{"will be", s.Scheduled.String()})
	}
	if s.Ended != nil {
		rows = append(rows, []string{"ended", s.Ended.String()})
	}
	if s.Between != nil {
		rows = append(rows, []string{"between", maybe(s.Between.From, "?") + " and " + maybe(s.Between.To, "?")})
	}
	instruments := fmt.Sprint(s.Instruments)
	if s.Needed > 0 {
		instruments += fmt.Sprintf(" of %d", s.Needed)
	}
	rows = append(rows, []string{"instruments", instruments}, []string{"parties", fmt.Sprint(len(s.Parties))},
		[]string{"signatories", fmt.Sprintf("%d, %d of them not bound", len(s.Signatories), len(s.NotRatified))})
	if len(s.Provisional) > 0 {
		rows = append(rows, []string{"provisionally", fmt.Sprint(len(s.Provisional))})
	}
	table(w, rows...)
	for _, m := range s.Missing {
		fmt.Fprintln(w, "missing: "+m)
	}
	fmt.Fprintln(w, "\nWhy:")
	for n, step := range s.Explanation {
		from := ""
		if step.Action != "" {
			from = "  [" + string(step.Action)[:8] + "]"
		}
		fmt.Fprintf(w, "%3d. %s%s\n", n+1, step.Text, from)
	}
	printBound(w, s)
	if len(s.Sources) > 0 {
		fmt.Fprintln(w, "\nSources:")
		for _, from := range s.Sources {
			fmt.Fprintln(w, "  "+from)
		}
	}
}

func printBound(w io.Writer, s ask.TreatyStatus) {
	if len(s.Contracting)+len(s.Withdrawn) > 0 {
		rows := [][]string{{"PARTY", "", "BY", "ON", "IN FORCE FOR IT FROM", "UNTIL"}}
		for _, list := range [][]treaty.Bound{s.Contracting, s.Withdrawn} {
			for _, b := range list {
				rows = append(rows, []string{b.Name, b.Code, kindOf(b.Action), b.On, maybe(b.From, ""), maybe(b.Until, "")})
			}
		}
		fmt.Fprintln(w)
		table(w, rows...)
	}
	for _, r := range s.Reservations {
		text := fmt.Sprintf("%s: %s of %s", r.Name, kindOf(r.Action), r.On)
		if r.Withdrawn != "" {
			text += ", withdrawn " + r.Withdrawn
		}
		for _, o := range r.Objections {
			text += "; objection by " + o.Name + " of " + o.On
		}
		fmt.Fprintln(w, text)
	}
}

func printSignatories(w io.Writer, s ask.TreatyStatus) {
	fmt.Fprintf(w, "%s (%s)\n", cmp.Or(s.Title, s.Treaty), s.Treaty)
	printTimes(w, s.On, s.KnownOn)
	bound := map[treaty.Party]treaty.Bound{}
	for _, b := range s.Contracting {
		bound[b.Party] = b
	}
	rows := [][]string{{"SIGNATORY", "", "SIGNED", "BOUND BY", "ON"}}
	states := 0
	for _, sig := range s.Signatories {
		if !sig.Org {
			states++
		}
		b, is := bound[sig.Party]
		by := "not yet"
		if is {
			by = kindOf(b.Action)
		}
		rows = append(rows, []string{sig.Name, sig.Code, sig.On, by, b.On})
	}
	table(w, rows...)
	fmt.Fprintf(w, "Signatories: %d; states: %d, organisations: %d; not bound: %d\n", len(s.Signatories), states, len(s.Signatories)-states, len(s.NotRatified))
	if len(s.Sources) > 0 {
		fmt.Fprintln(w, "\nSources:\n  "+strings.Join(s.Sources, "\n  "))
	}
}

func printActions(w io.Writer, all []ask.TreatyAction) {
	rows := [][]string{{"ID", "DATE", "ACTION", "WHO", "SOURCE"}}
	for _, a := range all {
		who := cmp.Or(a.Action.Party, a.Action.By)
		rows = append(rows, []string{string(a.ID)[:8], cmp.Or(a.Action.On.String(), "not known"), kindOf(a.Action.Kind), who, shortened(a.Source.Name)})
	}
	table(w, rows...)
}

func printProjection(w io.Writer, p ask.TreatyProjection) {
	fmt.Fprintf(w, "%s (%s)\n", cmp.Or(p.Now.Title, p.Now.Treaty), p.Now.Treaty)
	for _, f := range p.Assumed {
		what := kindOf(f.Action.Kind)
		if f.Action.Condition != "" {
			what += " of " + f.Action.Condition
		}
		fmt.Fprintf(w, "assumed: %s, %s, %s\n", cmp.Or(f.Action.Party, f.Action.By), what, f.Action.On)
	}
	row := func(what string, of func(ask.TreatyStatus) string) []string {
		return []string{what, of(p.Now), of(p.Then)}
	}
	table(w,
		row("", func(s ask.TreatyStatus) string { return "ON " + s.On.String() }),
		row("in force", func(s ask.TreatyStatus) string { return yes(s.Answer) }),
		row("entry into force", func(s ask.TreatyStatus) string { return cmp.Or(maybe(s.Entry, ""), maybe(s.Scheduled, "-")) }),
		row("instruments", func(s ask.TreatyStatus) string { return fmt.Sprintf("%d of %d", s.Instruments, s.Needed) }),
		row("signed, not bound", func(s ask.TreatyStatus) string { return fmt.Sprint(len(s.NotRatified)) }))
	for _, m := range p.Then.Missing {
		fmt.Fprintln(w, "still missing: "+m)
	}
	fmt.Fprintln(w, "\nWhy, then:")
	for n, step := range p.Then.Explanation {
		fmt.Fprintf(w, "%3d. %s\n", n+1, step.Text)
	}
	var names []string
	for _, s := range p.Now.NotRatified {
		names = append(names, s.Name)
	}
	if len(names) > 0 {
		fmt.Fprintln(w, "\nSigned and not yet bound: "+strings.Join(names, ", "))
	}
}

func printNotice(w io.Writer, n ask.TreatyNotice) {
	fmt.Fprintf(w, "DRAFT. Reference: %s\n(Depositary notification)\n\n%s\n%s\n\n", cmp.Or(n.Reference, "not given yet"), strings.ToUpper(cmp.Or(n.Title, n.Treaty)), strings.ToUpper(kindOf(n.Action)))
	for _, p := range n.Paragraphs {
		fmt.Fprintln(w, p.Text+"\n")
	}
}

func printComing(w io.Writer, all []ask.Coming) {
	if len(all) == 0 {
		fmt.Fprintln(w, "Nothing is coming that follows from the actions so far.")
		return
	}
	rows := [][]string{{"DATE", "WHAT"}}
	for _, c := range all {
		rows = append(rows, []string{c.On.String(), c.Text})
	}
	table(w, rows...)
}

func printCheckedTable(w io.Writer, t ask.CheckedTable) {
	rows := [][]string{{"TREATY", "PARTY", "VERDICT", "PUBLISHED", "COMPUTED", "WHY"}}
	for _, r := range t.Rows {
		rows = append(rows, []string{r.Treaty, r.Party, ask.Verdict(language, r.Verdict), maybe(r.Published, "-"), maybe(r.Computed, "-"), r.Reason})
	}
	table(w, rows...)
	fmt.Fprintf(w, "%d rows: %d match, %d differ, %d can't be computed from the list\n", len(t.Rows),
		t.Counts[treaty.Matches], t.Counts[treaty.Differs], t.Counts[treaty.NotComputable])
}
