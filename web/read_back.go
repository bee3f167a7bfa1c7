package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// Where a clerk fills in with the claimant beside, all answers are read back to
// the claimant before they declare. A change after that asks for it anew.

// aloudPage is what is read aloud.
type aloudPage struct {
	Claims []aloudClaim
	Hidden bool // some of it isn't read aloud
	Heard  screen.Field
	Lang   string
	Seen   string // which version of the draft stands on it
}

type aloudClaim struct {
	Title    string
	Sections []aloudSection
}

type aloudSection struct {
	Title string
	Rows  []aloudRow
}

// aloudRow is one answer. What was told in confidence is not for the room: the
// claimant reads it on the screen themselves, and it is folded away until then.
type aloudRow struct {
	Question, Answer string
	InConfidence     bool
	Change           string
}

// toReadBack reports whether the answers must be read back before they are
// declared.
func (v *visit) toReadBack() bool { return v.draft.Helper != "" && v.draft.Heard.IsZero() }

// aloud shows all answers in large plain words, in the claimant's language.
func (i *Interview) aloud(w http.ResponseWriter, r *http.Request, v *visit) {
	whole, err := v.complete()
	switch {
	case err != nil:
		i.Failed(w, r, err)
	case v.draft.Helper == "":
		i.to(w, r, "check")
	case !whole:
		i.to(w, r, "check?open=1")
	default:
		i.showAloud(w, r, v, http.StatusOK, "")
	}
}

func (i *Interview) showAloud(w http.ResponseWriter, r *http.Request, v *visit, status int, problem string) {
	if slices.Contains(screen.Languages(), v.draft.Language) {
		r, v.words = screen.In(r, v.draft.Language), screen.Words{Lang: v.draft.Language}
	}
	views, err := v.views()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	page := aloudPage{Lang: v.words.Lang, Seen: strconv.FormatInt(v.draft.Version, 10), Heard: screen.Field{Kind: screen.Checks, Name: "heard", Problem: problem}}
	page.Heard.Choices = []screen.Choice{{Value: "yes", Label: v.words.Say("interview.aloud.heard")}}
	delicate := false
	for _, c := range views {
		delicate = delicate || v.edition.Delicate(c.is.Category)
		said := aloudClaim{Title: v.title(c)}
		for _, t := range c.tasks {
			section := aloudSection{Title: t.Section.Title.In(v.words.Lang)}
			for _, id := range t.Asked {
				f, _ := v.edition.Field(id)
				row := aloudRow{
					Question: f.Label.In(v.words.Lang), Answer: v.asker().Shown(f, c.text(id)), InConfidence: f.Class == rulebook.Sensitive && c.text(id) != "",
					Change: InterviewRoot + questionPath(c.own.ID, t.Section.ID, id) + "?from=check",
				}
				page.Hidden = page.Hidden || row.InConfidence
				section.Rows = append(section.Rows, row)
			}
			if len(section.Rows) > 0 {
				said.Sections = append(said.Sections, section)
			}
		}
		page.Claims = append(page.Claims, said)
	}
	var problems []screen.Problem
	if problem != "" {
		problems = []screen.Problem{{Field: "heard", Text: problem}}
	}
	i.showOwn(w, r, v, status, "aloud.html", screen.Page{
		Title: v.words.Say("interview.aloud.title"), Back: InterviewRoot + "check", Exit: delicate, Problems: problems, Body: page,
	})
}

// heard notes that the claimant heard it all and says that it is right, and leads
// to the declaration. Where an answer was changed since the page was shown, the
// page is shown again.
func (i *Interview) heard(w http.ResponseWriter, r *http.Request, v *visit) {
	whole, err := v.complete()
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	if v.draft.Helper == "" || !whole {
		i.to(w, r, "check?open=1")
		return
	}
	if r.PostForm.Get("heard") != "yes" {
		i.showAloud(w, r, v, http.StatusUnprocessableEntity, v.words.Say("interview.aloud.needed"))
		return
	}
	shown, older := r.PostForm.Get("seen"), false
	err = i.save(w, r, v, func(d *office.OwnDraft) error {
		if older = shown != strconv.FormatInt(d.Version, 10); !older {
			d.Heard = docket.At(i.Now())
		}
		return nil
	})
	path := "declare"
	if older {
		path = "aloud"
	}
	i.next(w, r, v, err, path)
}
