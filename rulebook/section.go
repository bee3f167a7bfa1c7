package rulebook

import "slices"

// Section is a part of a form that is one task to whoever fills it in: about
// you, your home, what was lost, proof.
type Section struct {
	ID       string
	Title    Texts
	Hint     Texts // what it is about; no texts where the file gives none
	Evidence bool  // here the proofs are brought; one section at most
}

// Task is a section of one claim's form, as far as it is done.
type Task struct {
	Section *Section
	Asked   []string // fields that are asked, in the order of the form
	Open    []string // those of Asked that are required and have no answer
	Given   int      // how many of Asked have an answer
}

// Done reports whether nothing that is required is open. Of a section that asks
// for proofs alone that is for the office to say.
func (t *Task) Done() bool { return len(t.Open) == 0 }

// Begun reports whether anything is answered.
func (t *Task) Begun() bool { return t.Given > 0 }

// Tasks are the sections of the category's form that ask anything of this case,
// in the order of the edition; the section with the proofs is there where the
// category has any. The faults are those of Asked.
func (e *Edition) Tasks(c Case) ([]Task, error) {
	asked, err := e.Asked(c)
	if err != nil {
		return nil, err
	}
	category := e.categories[c.Category]
	var tasks []Task
	for i := range e.Sections {
		s := &e.Sections[i]
		t := Task{Section: s}
		for _, id := range asked {
			if e.fields[id].Section != s.ID {
				continue
			}
			t.Asked = append(t.Asked, id)
			if _, ok := c.Answers[id]; ok {
				t.Given++
			} else if slices.Contains(category.Requires, id) || e.companion(&c, category, id) {
				t.Open = append(t.Open, id)
			}
		}
		if len(t.Asked) > 0 || s.Evidence && len(category.Evidence.All()) > 0 {
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// Pages parts the fields of a task into pages, in order: those that follow each
// other and name one page stand on it together, each other one stands alone.
func (e *Edition) Pages(asked []string) [][]string {
	var pages [][]string
	last := ""
	for _, id := range asked {
		page := ""
		if f, ok := e.fields[id]; ok {
			page = f.Page
		}
		if page != "" && page == last {
			pages[len(pages)-1] = append(pages[len(pages)-1], id)
		} else {
			pages = append(pages, []string{id})
		}
		last = page
	}
	return pages
}

// companion reports whether a field must say how an amount of this case was
// worked out.
func (e *Edition) companion(c *Case, category *compiledCategory, id string) bool {
	return slices.ContainsFunc(category.Asks, func(amount string) bool {
		v, ok := c.Answers[amount]
		return ok && v.unsaid == said && e.fields[amount].WorkedOut == id
	})
}

// Delicate reports whether a category says of itself that nobody should see that
// somebody reads about it.
func (e *Edition) Delicate(category string) bool {
	c, ok := e.categories[category]
	return ok && c.Delicate
}

// Reads lists the fields that the condition of a requirement or a rule of
// eligibility reads; none for a rule that has no condition, or isn't there.
func (e *Edition) Reads(rule string) []string {
	p, ok := e.compiled[rule]
	if !ok || p == nil {
		return nil
	}
	var ids []string
	for _, name := range p.reads {
		if id := fieldOf(name); e.fields[id] != nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
