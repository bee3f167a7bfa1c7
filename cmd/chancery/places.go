package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/place"
)

func (a *app) placesCommand() *cobra.Command {
	return group("places", "The list of places that addresses name", "places show UA80000000000093317",
		a.placesLoad(), a.placesShow(), a.placesFind())
}

func (a *app) placesLoad() *cobra.Command {
	var date string
	c := &cobra.Command{
		Use: "load FILE", Short: "Load a snapshot of the official codifier of places (KATOTTG)",
		Long: `Load a snapshot of Ukraine's official codifier of places (KATOTTG), exported from its
spreadsheet as CSV in UTF-8. Forms then let people find their place step by step or
by its name. A snapshot is kept by its date beside the data and never changes; the
newest one counts. Where the data is in PostgreSQL, load it on each machine.

Columns are known by their names: those of the official file, or code, level,
parent, name and, where there, latin, from, to, koatuu. Real data ships with no
copy of Chancery: take the file from the ministry that publishes it.`,
		Example: "  chancery places load katottg.csv --date 2026-01-15",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			on, err := day.Parse(date)
			if err != nil {
				return wrongUse(c, "ask.date", "name", "date", "text", date)
			}
			src, err := os.ReadFile(a.path(given[0]))
			if err != nil {
				return fmt.Errorf("read the list of places: %w", err)
			}
			at, err := installation.Find(a.dir)
			if err != nil {
				return err
			}
			list, err := at.PlaceLists().Load(src, on)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(src)
			said := map[string]any{"date": on, "places": list.Len(), "sha256": hex.EncodeToString(sum[:])}
			return a.print(said, func(w io.Writer) {
				fmt.Fprintf(w, "Loaded: %d places, as of %s. SHA-256 of the file: %x\n", list.Len(), on, sum)
			})
		},
	}
	c.Flags().StringVar(&date, "date", "", "the day of which the list is, as it says itself: 2026-01-15")
	if err := c.MarkFlagRequired("date"); err != nil {
		panic(err)
	}
	return c
}

// placeList is the list that counts.
func (a *app) placeList() (*place.List, error) {
	at, err := installation.Find(a.dir)
	if err != nil {
		return nil, err
	}
	list, err := at.PlaceLists().Current()
	if err == nil && list == nil {
		err = fault.New(fault.NotFound, "place.no-list")
	}
	return list, err
}

func (a *app) placesShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [CODE]", Short: "Show a place, what it lies in and what lies in it",
		Long: `Show a place by its code, or by its code in the list before (KOATUU): what it lies in
and what lies in it. Without a code the widest places are listed.`,
		Example: "  chancery places show UA80000000000093317\n  chancery places show --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			list, err := a.placeList()
			if err != nil {
				return err
			}
			code := strings.Join(given, "")
			said := shownPlace{Date: list.Date}
			if code != "" {
				p, ok := list.Find(code)
				if !ok {
					return fault.New(fault.NotFound, "place.unknown", "code", code, "date", list.Date)
				}
				said.Place, code = p, p.Code
				said.Way = list.Way(code)
			}
			said.Holds = list.Children(code)
			return a.print(said, func(w io.Writer) { said.print(w) })
		},
	}
}

// shownPlace is what show says.
type shownPlace struct {
	Date  day.Date       `json:"date"`
	Place *place.Place   `json:"place,omitempty"`
	Way   []*place.Place `json:"way,omitempty"` // the widest first, the place itself last
	Holds []*place.Place `json:"holds,omitempty"`
}

func (s *shownPlace) print(w io.Writer) {
	if s.Place != nil {
		p := s.Place
		fmt.Fprintf(w, "%s  %s (%s), %s\n", p.Code, p.Name, p.Spelled(), levelWord(p.Level))
		var way bytes.Buffer
		for i, up := range s.Way[:len(s.Way)-1] {
			if i > 0 {
				way.WriteString(" > ")
			}
			way.WriteString(up.Name)
		}
		if way.Len() > 0 {
			fmt.Fprintf(w, "lies in    %s\n", way.String())
		}
		if p.Old != "" {
			fmt.Fprintf(w, "KOATUU     %s\n", p.Old)
		}
		if !p.From.IsZero() {
			fmt.Fprintf(w, "counts     from %s\n", p.From)
		}
		if !p.To.IsZero() {
			fmt.Fprintf(w, "counted    until %s\n", p.To)
		}
	}
	for _, p := range s.Holds {
		fmt.Fprintf(w, "  %s  %s (%s), %s\n", p.Code, p.Name, p.Spelled(), levelWord(p.Level))
	}
	fmt.Fprintf(w, "By the list of %s.\n", s.Date)
}

func levelWord(l place.Level) string { return catalogue.Label(language, "label.level."+string(l)) }

func (a *app) placesFind() *cobra.Command {
	most := 20
	c := &cobra.Command{
		Use: "find NAME", Short: "Find places whose name begins so",
		Long:    "Find places whose name begins so, in Ukrainian or in Latin letters. Cities, towns and villages come first.",
		Example: "  chancery places find Бахмут\n  chancery places find bakh --most 5",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			list, err := a.placeList()
			if err != nil {
				return err
			}
			found := list.Search(given[0], most)
			return a.print(map[string]any{"date": list.Date, "places": found}, func(w io.Writer) {
				for _, p := range found {
					var way []string
					for _, up := range list.Way(p.Code) {
						way = append(way, up.Name)
					}
					fmt.Fprintf(w, "%s  %s  %s\n", p.Code, levelWord(p.Level), strings.Join(way, " > "))
				}
				fmt.Fprintf(w, "%d found, by the list of %s.\n", len(found), list.Date)
			})
		},
	}
	c.Flags().IntVar(&most, "most", most, "at most so many")
	return c
}
