package ask

import (
	"cmp"
	"slices"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// Source is one source that an answer rests on.
type Source struct {
	Name  string    `json:"name"`
	Link  string    `json:"link,omitempty"`
	Seen  *day.Date `json:"seen,omitempty"`
	Known *day.Date `json:"known,omitempty"` // when we learned the first of it
	Facts int       `json:"facts"`           // how many facts of the answer it stands for
	Doubt []string  `json:"doubts,omitempty"`
}

// sources gathers the sources of an answer, each fact once.
type sources struct {
	seen map[roll.FactID]bool
	by   map[[2]string]*Source
}

func (s *sources) add(cited ...roll.Cited) {
	if s.seen == nil {
		s.seen, s.by = map[roll.FactID]bool{}, map[[2]string]*Source{}
	}
	for _, c := range cited {
		if s.seen[c.Fact] {
			continue
		}
		s.seen[c.Fact] = true
		key := [2]string{c.Source.Name, c.Source.Link}
		one := s.by[key]
		if one == nil {
			one = &Source{Name: c.Source.Name, Link: c.Source.Link, Seen: dated(c.Source.Seen), Known: dated(c.Known)}
			s.by[key] = one
		}
		one.Facts++
		if one.Known != nil && c.Known.Before(*one.Known) {
			one.Known = dated(c.Known)
		}
		if c.Doubt != "" && !slices.Contains(one.Doubt, c.Doubt) {
			one.Doubt = append(one.Doubt, c.Doubt)
		}
	}
}

func (s *sources) rated(rules ...roll.Rated) {
	for _, r := range rules {
		if r.Cited != nil {
			s.add(*r.Cited)
		}
	}
}

func (s *sources) standings(lists ...[]roll.Standing) {
	for _, list := range lists {
		for _, st := range list {
			s.add(st.Cited...)
		}
	}
}

func (s *sources) disagreements(list []roll.Disagreement) {
	for _, d := range list {
		for _, v := range d.Versions {
			s.add(v.Cited)
		}
	}
}

// list is the sources by name.
func (s *sources) list() []Source {
	all := make([]Source, 0, len(s.by))
	for _, one := range s.by {
		slices.Sort(one.Doubt)
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Source) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Link, b.Link)) })
	return all
}
