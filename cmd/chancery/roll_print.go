package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// printTimes says what day was asked about, and by what was known when.
func printTimes(w io.Writer, on day.Date, known *day.Date) {
	if !on.IsZero() {
		fmt.Fprintf(w, "on %s, ", on)
	}
	if known == nil {
		fmt.Fprintln(w, "by all that is known")
		return
	}
	fmt.Fprintf(w, "by what was known on %s\n", *known)
}

// printSources ends each answer.
func printSources(w io.Writer, all []ask.Source) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nSources:")
	for _, s := range all {
		text := shortened(s.Name)
		if s.Link != "" {
			text += " <" + s.Link + ">"
		}
		if s.Known != nil {
			text += ", known since " + s.Known.String()
		}
		if s.Seen != nil {
			text += ", seen " + s.Seen.String()
		}
		if len(s.Doubt) > 0 {
			text += "; doubt: " + strings.Join(s.Doubt, "; ")
		}
		fmt.Fprintln(w, "  "+text)
	}
}

// shortened is a source's name as it fits into a line; JSON has it whole.
func shortened(name string) string {
	const most = 90
	letters := []rune(name)
	if len(letters) <= most {
		return name
	}
	return strings.TrimSpace(string(letters[:most])) + "…"
}

// during is a time as its source gives it.
func during(from day.When, u roll.Until) string {
	text := from.String()
	switch {
	case u.Ended && u.To.IsZero():
		return text + " to an unknown day"
	case u.Ended:
		return text + " to " + u.To.String()
	case text != "":
		return "since " + text
	}
	return ""
}

func printRule(w io.Writer, rules ...roll.Rated) {
	for _, r := range rules {
		by := ""
		if r.Default {
			by = ", the body's own"
		}
		fmt.Fprintf(w, "%s by the rule %s%s: %s\n", r.Body.Label(), r.Name, by, cmp.Or(r.Provision, "acts of full membership count as full"))
	}
}

func labels(list []string) string { return cmp.Or(strings.Join(list, " "), "-") }

// why is what leaves an answer open, or what else a reader should know of it.
func why(st roll.Standing) string {
	var said []string
	for _, b := range st.Beside {
		text := word("status", string(b.Status))
		if b.Is != day.Yes {
			text += " (can't be told)"
		}
		said = append(said, text)
	}
	for _, o := range st.Open {
		said = append(said, strings.TrimSpace(word("open", o.What)+" "+o.Date.String()))
	}
	if st.Disputed {
		said = append(said, "sources differ")
	}
	if st.Carried {
		said = append(said, "no end was known")
	}
	if len(st.Unruled) > 0 {
		said = append(said, "the rule says nothing of "+strings.Join(st.Unruled, ", "))
	}
	for _, c := range st.Cited {
		if c.Doubt != "" {
			said = append(said, c.Doubt)
			break
		}
	}
	return strings.Join(said, "; ")
}

func statuses(list []roll.Status) string {
	var all []string
	for _, s := range list {
		all = append(all, word("status", string(s)))
	}
	return strings.Join(all, " or ")
}

func printMembers(w io.Writer, m ask.Members) {
	fmt.Fprintf(w, "Members of %s, ", m.Body.Name)
	printTimes(w, m.On, m.KnownOn)
	printRule(w, m.Rule)
	rows := [][]string{{"", "STATE", "STATUS", ""}}
	for _, list := range [][]roll.Standing{m.Members.Members, m.Undetermined, m.Former, m.Outside} {
		for _, st := range list {
			status := word("status", string(st.Status))
			if st.Status == "" {
				status = "can't be told: " + statuses(st.Possible)
			}
			rows = append(rows, []string{st.Member.Code, st.Member.Name, status, why(st)})
		}
	}
	table(w, rows...)
	var counts []string
	for _, c := range m.Counts {
		counts = append(counts, fmt.Sprintf("%s: %d", word("status", string(c.Status)), c.Count))
	}
	if len(m.Undetermined) > 0 {
		counts = append(counts, fmt.Sprintf("can't be told: %d", len(m.Undetermined)))
	}
	if len(counts) > 0 {
		fmt.Fprintln(w, strings.Join(counts, ", "))
	}
	for _, other := range m.OtherRules {
		printRule(w, other.Rule)
		if len(other.Changes) == 0 {
			fmt.Fprintln(w, "  says the same")
		}
		for _, c := range other.Changes {
			fmt.Fprintf(w, "  %s: %s, not %s\n", c.Member.Name, cmp.Or(word("status", string(c.Other)), "can't be told: "+statuses(c.Possible)), cmp.Or(word("status", string(c.Used)), "open"))
		}
	}
	printDiffering(w, m.Disagreements)
	printSources(w, m.Sources)
}

func printComparison(w io.Writer, c ask.Comparison) {
	fmt.Fprintf(w, "%s and %s, ", c.First.Name, c.Second.Name)
	printTimes(w, c.On, c.KnownOn)
	printRule(w, c.Rules...)
	first, second := c.First.Label(), c.Second.Label()
	row := func(what string, list []string) []string { return []string{what, fmt.Sprint(len(list)), labels(list)} }
	table(w, row("in both", c.Both), row("in "+first+" only", c.OnlyFirst), row("in "+second+" only", c.OnlySecond), row("in neither", c.Neither), row("can't be told", c.Undetermined))
	for _, o := range c.OtherStatus {
		fmt.Fprintf(w, "%s in %s: %s\n", word("status", string(o.Status)), o.Body.Label(), labels(o.Members))
	}
	for _, list := range [][]roll.Standing{c.FirstMembers, c.SecondMembers} {
		for _, st := range list {
			if st.Status == "" {
				fmt.Fprintf(w, "%s can't be told (%s): %s\n", st.Member.Name, statuses(st.Possible), why(st))
			}
		}
	}
	for _, other := range c.OtherRules {
		printRule(w, other.Rule)
		if len(other.Moves) == 0 {
			fmt.Fprintln(w, "  says the same")
		}
		for _, m := range other.Moves {
			fmt.Fprintf(w, "  %s: %s, not %s\n", m.Member, word("list", m.To), word("list", m.From))
		}
		for _, o := range other.OtherStatus {
			fmt.Fprintf(w, "  %s in %s: %s\n", word("status", string(o.Status)), o.Body.Label(), labels(o.Members))
		}
	}
	printDiffering(w, c.Disagreements)
	printSources(w, c.Sources)
}

func printDiffering(w io.Writer, list []roll.Disagreement) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nSources differ:")
	for _, d := range list {
		about := []string{string(d.Subject)}
		for _, r := range d.About {
			about = append(about, r.Name)
		}
		if d.Ordinal > 0 {
			about = append(about, fmt.Sprint("meeting ", d.Ordinal))
		}
		settled := "neither is preferred"
		if d.Resolved {
			settled = "settled: " + cmp.Or(d.Reason, "one is preferred")
		}
		fmt.Fprintf(w, "  %s: %s %s (%s)\n", strings.Join(about, ", "), strings.ReplaceAll(d.Act, "_", " "), d.What, settled)
		for _, v := range d.Versions {
			mark := "  "
			if v.Preferred {
				mark = "* "
			}
			fmt.Fprintf(w, "    %s%s  [%s]\n", mark, v.Value, shortened(v.Cited.Source.Name))
		}
	}
}

func printDisagreements(w io.Writer, d ask.Disagreements) {
	about := "Everything"
	if d.About != nil {
		about = d.About.Name
	}
	fmt.Fprintf(w, "%s, ", about)
	printTimes(w, day.Date{}, d.KnownOn)
	if len(d.Disagreements) == 0 {
		fmt.Fprintln(w, "No sources differ.")
	}
	printDiffering(w, d.Disagreements)
	printSources(w, d.Sources)
}

func printCheck(w io.Writer, c ask.Check) {
	fmt.Fprintf(w, "%s facts, ", grouped(int64(c.Facts)))
	printTimes(w, day.Date{}, c.KnownOn)
	for _, f := range c.Findings {
		fmt.Fprintln(w, "- "+f.Text)
	}
	switch n := len(c.Findings); n {
	case 0:
		fmt.Fprintln(w, "Nothing contradicts anything else.")
	default:
		fmt.Fprintf(w, "%s found.\n", grouped(int64(n)))
	}
	printSources(w, c.Sources)
}
