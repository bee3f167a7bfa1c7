package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// The list of what there is to do, the check of all answers, and the declaration
// with which the claims are sent.

type tasksPage struct {
	Claims   []tasksClaim
	Next     string // where it goes on; "" where all is done
	Sections int
	Done     int
	Ready    bool
	Code     bool // there is a code
	Replaced string
	Delicate bool
}

type tasksClaim struct {
	Title    string
	Tasks    []screen.Task
	Registry string // where a register can be asked; "" where none knows anything of it
}

// views are all claims of the draft.
func (v *visit) views() ([]claimView, error) {
	var list []claimView
	for _, c := range v.draft.Claims {
		view, ok, err := v.view(c.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, view)
		}
	}
	return list, nil
}

// done reports whether a section needs nothing more, and whether anything of it
// is there.
func (v *visit) done(c claimView, t rulebook.Task) (done, begun bool) {
	left := false
	for _, field := range t.Asked {
		_, carried := c.carried[field]
		switch {
		case v.lacks(c, field):
			left = true
		case c.answered(field):
			begun = begun || !carried
		default:
			left = left || !c.own.Done[t.Section.ID] && !slices.Contains(v.companions(c), field)
		}
	}
	return !left && len(t.Open) == 0, begun
}

// companions are fields that are asked only where an amount is stated.
func (v *visit) companions(c claimView) []string {
	var list []string
	for _, f := range v.edition.Fields {
		if _, stated := c.is.Answers[f.ID]; f.WorkedOut != "" && !stated {
			list = append(list, f.WorkedOut)
		}
	}
	return list
}

func (i *Interview) tasks(w http.ResponseWriter, r *http.Request, v *visit) {
	views, err := v.views()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	page := tasksPage{Code: v.draft.Code != ""}
	if !v.draft.Replaced.IsZero() {
		page.Replaced = v.words.Time(v.draft.Replaced.Time)
	}
	for _, c := range views {
		group := tasksClaim{Title: v.title(c)}
		if len(i.registries(v, c)) > 0 {
			group.Registry = registryPath(c)
		}
		for _, t := range c.tasks {
			task := screen.Task{Path: InterviewRoot + "q/" + c.own.ID + "/" + t.Section.ID, Title: t.Section.Title.In(v.words.Lang)}
			if t.Section == wholeForm {
				task.Title = v.words.Say("interview.section.form")
			}
			if t.Section.Evidence {
				if task, err = i.proofTask(r, v, c, t, task); err != nil {
					i.next(w, r, v, err, "")
					return
				}
			} else {
				i.status(v, c, t, &task)
			}
			page.Sections++
			if task.Done {
				page.Done++
			} else if page.Next == "" && !t.Section.Evidence {
				page.Next = task.Path
			}
			group.Tasks = append(group.Tasks, task)
		}
		page.Delicate = page.Delicate || v.edition.Delicate(c.is.Category)
		page.Claims = append(page.Claims, group)
	}
	page.Ready = page.Next == "" && len(page.Claims) > 0
	i.showOwn(w, r, v, http.StatusOK, "tasks.html", screen.Page{Title: v.words.Say("interview.tasks.title"), Exit: page.Delicate, Body: page})
}

// status says how far a section is, in words.
func (i *Interview) status(v *visit, c claimView, t rulebook.Task, task *screen.Task) {
	done, begun := v.done(c, t)
	task.Done = done
	switch {
	case done:
		task.Status = v.words.Say("interview.status.done")
	case begun:
		task.Status = v.words.Say("interview.status.begun")
	default:
		task.Status = v.words.Say("interview.status.open")
	}
}

// checkPage shows all answers.
type checkPage struct {
	Claims []checkClaim
	Open   int // questions that must be answered yet
}

type checkClaim struct {
	Title    string
	Sections []checkSection
}

type checkSection struct {
	Title string
	Rows  []screen.Row
}

func (i *Interview) check(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showCheck(w, r, v, http.StatusOK, r.URL.Query().Has("open"))
}

// showCheck shows all answers; with what is open in the summary, where somebody
// wants to go on.
func (i *Interview) showCheck(w http.ResponseWriter, r *http.Request, v *visit, status int, tell bool) {
	views, err := v.views()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	var page checkPage
	var problems []screen.Problem
	delicate := false
	for n, c := range views {
		group := checkClaim{Title: v.title(c)}
		delicate = delicate || v.edition.Delicate(c.is.Category)
		for _, t := range c.tasks {
			section := checkSection{Title: t.Section.Title.In(v.words.Lang)}
			for _, id := range t.Asked {
				f, _ := v.edition.Field(id)
				row := screen.Row{Key: f.Label.In(v.words.Lang), Value: v.asker().Shown(f, c.text(id)), Change: InterviewRoot + questionPath(c.own.ID, t.Section.ID, id) + "?from=check"}
				if v.lacks(c, id) {
					page.Open++
					row.Value = v.words.Say("interview.check.needed")
					if tell {
						problems = append(problems, screen.Problem{Field: "claim-" + strconv.Itoa(n), Text: v.words.Say("interview.problem.needed", "label", row.Key)})
					}
				}
				section.Rows = append(section.Rows, row)
			}
			if t.Section.Evidence {
				task, err := i.proofTask(r, v, c, t, screen.Task{})
				if err != nil {
					i.next(w, r, v, err, "")
					return
				}
				value := task.Status
				if task.Hint != "" {
					value = task.Hint
				}
				section.Rows = append(section.Rows, screen.Row{Key: v.words.Say("interview.proof.files"), Value: value, Change: task.Path})
			}
			if len(section.Rows) > 0 {
				group.Sections = append(group.Sections, section)
			}
		}
		page.Claims = append(page.Claims, group)
	}
	i.showOwn(w, r, v, status, "check.html", screen.Page{
		Title: v.words.Say("interview.check.title"), Back: InterviewRoot + "tasks", Problems: problems, Exit: delicate, Body: page,
	})
}

// discard asks whether the draft is to go.
func (i *Interview) discard(w http.ResponseWriter, r *http.Request, v *visit) {
	i.showOwn(w, r, v, http.StatusOK, "discard.html", screen.Page{Title: v.words.Say("interview.discard.title"), Back: InterviewRoot + "tasks"})
}

func (i *Interview) discarded(w http.ResponseWriter, r *http.Request, v *visit) {
	err := i.office.DiscardOwn(r.Context(), v.key)
	if err == nil {
		err = i.office.EndSession(r.Context(), v.token)
	}
	if err != nil {
		i.next(w, r, v, err, "")
		return
	}
	i.SetCookie(w, r, signin.DraftCookie, "", 0)
	i.Tell(w, r, http.StatusOK, "interview.discarded")
}

// complete reports whether every question that must be answered is, the
// declaration aside.
func (v *visit) complete() (bool, error) {
	views, err := v.views()
	if err != nil {
		return false, err
	}
	for _, c := range views {
		for _, t := range c.tasks {
			for _, field := range t.Asked {
				if v.lacks(c, field) {
					return false, nil
				}
			}
		}
	}
	return len(views) > 0, nil
}
