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

func printSitting(w io.Writer, m ask.Sitting) {
	fmt.Fprintf(w, "%s, meeting %d\n", m.Series.Name, m.Ordinal)
	printTimes(w, day.Date{}, m.KnownOn)
	on := m.On.String()
	if !m.To.IsZero() {
		on += " to " + m.To.String()
	}
	table(w, []string{"date", cmp.Or(on, "not known")}, []string{"place", cmp.Or(m.Place, "not known")},
		[]string{"host", cmp.Or(m.Host, "not known")}, []string{"theme", cmp.Or(strings.Join(m.Themes, "; "), "not known")})
	fmt.Fprintln(w)
	rows := [][]string{{"FOR", "WHO", "OFFICE", "CAPACITY", ""}}
	for _, a := range m.Attendance {
		rows = append(rows, attendeeRow(a))
	}
	for _, r := range m.NotKnown {
		rows = append(rows, []string{r.Name, "", "", "", "not known whether anybody came"})
	}
	for _, r := range m.Undetermined {
		rows = append(rows, []string{r.Name, "", "", "", "can't be told whether it was a member"})
	}
	table(w, rows...)
	fmt.Fprintf(w, "States for which somebody is named: %d\n", m.StatesNamed)
	for _, c := range m.Counts {
		fmt.Fprintf(w, "%s: %d  [%s]\n", word("count", c.Of), c.Number, c.Cited.Source.Name)
	}
	printDiffering(w, m.Disagreements)
	printSources(w, m.Sources)
}

func attendeeRow(a roll.Attendee) []string {
	name := func(r *roll.Ref) string {
		if r == nil {
			return ""
		}
		return r.Name
	}
	var titles []string
	for _, t := range a.Titles {
		titles = append(titles, t.Title)
	}
	office := strings.Join(titles, " / ")
	if office == "" {
		office = name(a.Office)
	}
	var notes []string
	if a.Presence != "present" {
		notes = append(notes, word("presence", a.Presence))
	}
	for _, t := range a.Tenures {
		if t.Sort != "full" || t.Covers != day.Yes {
			notes = append(notes, fmt.Sprintf("%s, %s", t.Sort, during(t.From, roll.Until{Ended: t.Ended, To: t.To})))
		}
	}
	return []string{name(a.For), name(a.Person), office, strings.Join(a.Capacity, ", "), strings.Join(notes, "; ")}
}

func printMeetings(w io.Writer, m ask.Meetings) {
	fmt.Fprintf(w, "%s, ", m.Series.Name)
	printTimes(w, day.Date{}, m.KnownOn)
	rows := [][]string{{"N", "DATE"}}
	for _, held := range m.Meetings {
		n := fmt.Sprint(held.Ordinal)
		if held.Ordinal == 0 {
			n = "?"
		}
		rows = append(rows, []string{n, cmp.Or(held.On.String(), "not known")})
	}
	table(w, rows...)
	printSources(w, m.Sources)
}

func printOffices(w io.Writer, o ask.Offices) {
	fmt.Fprintf(w, "Offices of %s, ", o.Of.Name)
	printTimes(w, o.On, o.KnownOn)
	rows := [][]string{{"OFFICE", "HOLDER", "", "FROM", "SOURCE"}}
	for _, p := range o.Offices {
		if len(p.Holders) == 0 {
			held := "nobody"
			if p.Held == day.CantBeTold {
				held = "can't be told"
			}
			rows = append(rows, []string{p.Office.Name, held, "", "", ""})
		}
		for _, h := range p.Holders {
			rows = append(rows, holderRow(cmp.Or(h.Title, p.Office.Name), h))
		}
	}
	table(w, rows...)
	if len(o.Offices) == 1 {
		fmt.Fprintln(w, "\nAll who are entered:")
		rows := [][]string{}
		for _, h := range o.Offices[0].History {
			rows = append(rows, holderRow("", h)[1:])
		}
		table(w, rows...)
	}
	printSources(w, o.Sources)
}

func holderRow(office string, h roll.InOffice) []string {
	sort := h.Sort
	if h.Covers == day.CantBeTold {
		sort += ", can't be told"
	}
	return []string{office, h.Holder.Name, sort, during(h.From, roll.Until{Ended: h.Ended, To: h.To}), h.Cited.Source.Name}
}

func printAccession(w io.Writer, a ask.Accession) {
	fmt.Fprintf(w, "%s into %s, ", a.Candidate.Name, a.Body.Name)
	printTimes(w, a.On, a.KnownOn)
	if a.By != "" {
		fmt.Fprintf(w, "rule of admission: %s of members with status %s (%s)\n", strings.ReplaceAll(a.By, "_", " "), word("status", string(a.Of)), a.Provision)
	}
	fmt.Fprintln(w, a.Text)
	rows := [][]string{{"", "MEMBER", "POSITION", "DATE", "SOURCE"}}
	for _, list := range [][]roll.Declared{a.Application, a.Positions} {
		for _, p := range list {
			from := ""
			if len(p.Cited) > 0 {
				from = p.Cited[0].Source.Name
			}
			rows = append(rows, []string{p.By.Code, p.By.Name, word("stance", p.Stance), p.On.String(), from})
		}
	}
	table(w, rows...)
	if len(a.Changes) > 0 {
		fmt.Fprintln(w, "What would have to change:")
		for _, c := range a.Changes {
			fmt.Fprintln(w, "- "+c.Text)
		}
	}
	printSources(w, a.Sources)
}

func printDifferences(w io.Writer, d ask.Differences) {
	fmt.Fprintf(w, "%s from %s to %s, ", d.Body.Name, d.From, d.To)
	printTimes(w, day.Date{}, d.KnownOn)
	printRule(w, d.Rule)
	said := func(st roll.Standing) string {
		if st.Status == "" {
			return "can't be told: " + statuses(st.Possible)
		}
		text := word("status", string(st.Status))
		for _, b := range st.Beside {
			text += ", " + word("status", string(b.Status))
		}
		return text
	}
	rows := [][]string{{"", "STATE", "WHAT", "BEFORE", "AFTER"}}
	for _, c := range d.Members {
		rows = append(rows, []string{c.After.Member.Code, c.After.Member.Name, word("change", c.Code), said(c.Before), said(c.After)})
	}
	if len(d.Members) > 0 {
		table(w, rows...)
	} else {
		fmt.Fprintln(w, "No member's status changed.")
	}
	holders := func(list []roll.InOffice) string {
		var all []string
		for _, h := range list {
			all = append(all, h.Holder.Name+" ("+h.Sort+")")
		}
		return cmp.Or(strings.Join(all, ", "), "not known")
	}
	for _, c := range d.Offices {
		fmt.Fprintf(w, "%s: %s, before: %s\n", c.Office.Name, holders(c.After), holders(c.Before))
	}
	printSources(w, d.Sources)
}

func printCloseness(w io.Writer, c ask.Closeness) {
	fmt.Fprintf(w, "%s and %s, %d to %d, ", c.First.Name, c.Second.Name, c.From, c.To)
	printTimes(w, day.Date{}, c.KnownOn)
	printRule(w, c.Rules...)
	first, second := c.First.Label(), c.Second.Label()
	rows := [][]string{{"YEAR", first, second, "SHARED", "JACCARD", first + " IN " + second, second + " IN " + first, "OFFICERS", "TWO HATS", "BACK TO BACK", "MEETINGS KNOWN", "OPEN"}}
	for _, y := range c.Years {
		rows = append(rows, []string{
			fmt.Sprint(y.Year), fmt.Sprint(len(y.First)), fmt.Sprint(len(y.Second)), fmt.Sprint(len(y.Shared)),
			part(y.Jaccard), part(y.FirstInSecond), part(y.SecondInFirst), fmt.Sprint(len(y.Officers)), fmt.Sprint(len(y.SharedOffices)),
			fmt.Sprint(len(y.BackToBack)), fmt.Sprint(y.MeetingsKnown), strings.Join(y.Undetermined, " "),
		})
	}
	table(w, rows...)
	for _, y := range c.Years {
		for _, v := range y.Officers {
			fmt.Fprintf(w, "%d: %s (%s, %s) at %s %d as %s\n", y.Year, v.Person.Name, v.Of.Label(), cmp.Or(v.Office.Name, "for the body"), v.Series.Name, v.Ordinal, strings.Join(v.Capacity, ", "))
		}
		for _, h := range y.SharedOffices {
			fmt.Fprintf(w, "%d: %s: %s and %s (%s)\n", y.Year, h.Person.Name, h.First.Name, h.Second.Name, h.Is)
		}
		for _, b := range y.BackToBack {
			fmt.Fprintf(w, "%d: %s %d and %s %d in %s, %d days apart (%s)\n", y.Year, b.First.Series.Name, b.First.Ordinal, b.Second.Series.Name, b.Second.Ordinal, b.Place, b.Days, b.Is)
		}
	}
	for _, n := range c.Caution {
		fmt.Fprintln(w, n.Text)
	}
	printSources(w, c.Sources)
}

// part is a part of a whole, in hundredths: "6 of 10".
func part(f roll.Fraction) string {
	if f.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", f.N, f.Of)
}
