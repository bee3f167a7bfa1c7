package rulebook

import (
	"bytes"
	"crypto/sha256"
	"slices"
)

// Parse reads one edition and compiles its rules. name is what problems call
// the file. The error is a Problems with all that was found, in the order of
// the file, at most 200; there is no edition then.
//
// A file that is too large, too deep or too dear to run is refused before it
// is read through.
func Parse(name string, src []byte) (edition *Edition, err error) {
	return ParseKnowing(name, src, Known{})
}

// Known is what stands outside a rulebook and is named in it.
type Known struct {
	Treaties []string // ids; nil where it isn't known which there are, and any may be named
}

// ParseKnowing is Parse, and also finds names of what doesn't stand outside.
func ParseKnowing(name string, src []byte, outside Known) (edition *Edition, err error) {
	defer func() { // no file, however odd, may end the process
		if r := recover(); r != nil {
			edition, err = nil, Problems{newProblem(name, &node{line: 1, column: 1}, "unreadable", "")}
		}
	}()
	root, problems := readSource(name, src)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	shape := checkShape(name, root)
	d := &decoder{file: name, problems: shape, rules: map[string]*node{}}
	e := d.edition(root)
	e.Source, e.Hash = slices.Clone(src), sha256.Sum256(src)
	c := &checker{decoder: d, root: root, edition: e, lines: bytes.Split(src, []byte("\n"))}
	c.check(len(shape) == 0)
	c.checkTreaties(outside)
	wrong, warnings := d.problems.part()
	if len(wrong) > 0 {
		return nil, wrong.sorted()
	}
	e.Warnings = warnings.sorted()
	return e, nil
}

func (d *decoder) edition(root *node) *Edition {
	p := d.programme(root.get("programme"))
	e := &Edition{
		ID:           root.get("id").str(),
		Number:       root.get("edition").str(),
		Title:        d.texts(root.get("title"), p.Languages),
		Programme:    p,
		Powers:       d.powers(root.get("powers")),
		Fields:       d.fields(root.get("fields"), p.Languages),
		Categories:   d.categories(root.get("categories"), p.Languages),
		Grounds:      d.grounds(root.get("grounds"), p.Languages),
		Requirements: d.ruleList(root.get("requirements"), "must", p.Languages),
		Eligibility:  d.ruleList(root.get("eligibility"), "must", p.Languages),
		Checks:       d.ruleList(root.get("checks"), "when", p.Languages),
		Payment:      d.payment(root.get("payment"), p.Currencies),
		Import:       d.imports(root.get("import")),
	}
	d.structure(root, e)
	d.letters(root.get("letters"), e)
	d.overlaps(root.get("overlaps"), e)
	d.numbers(root, e)
	e.grids = d.readGrids(root.get("grids"), p.Languages)
	if !e.recordsOnly {
		e.Valuation, e.Otherwise = d.valuation(root.get("valuation"), p)
	}
	return e
}
