package web

import (
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/upload"
)

// Proofs: what shows a loss in this category, from best to still accepted, and the
// files that were brought. None of it is in the way of sending.

// proofPage is the ladder of a category, and the files of its claim.
type proofPage struct {
	Caption string
	Ladder  []rung
	Files   upload.View
	Camera  screen.Field // for who has a telephone
}

type rung struct {
	Title  string
	Proofs []string
}

// files are the files of a claim of the draft.
func (i *Interview) files(r *http.Request, v *visit, c claimView) (office.By, office.FileOwner, []office.File, error) {
	owner := office.FileOwner{Draft: v.draft.ID, Claim: c.own.Becomes}
	by, err := i.office.ByDraft(r.Context(), v.key)
	if err != nil {
		return by, owner, nil, err
	}
	list, err := i.office.Files(r.Context(), by, owner)
	return by, owner, list, err
}

// proofTask is the task of bringing proofs.
func (i *Interview) proofTask(r *http.Request, v *visit, c claimView, t rulebook.Task, task screen.Task) (screen.Task, error) {
	_, _, files, err := i.files(r, v, c)
	if err != nil {
		return task, err
	}
	here, mend := 0, 0
	for _, f := range files {
		switch {
		case f.ReplacedBy != "":
		case f.State.Blocks():
			mend++
		default:
			here++
		}
	}
	task.Path = InterviewRoot + "proof/" + c.own.ID
	say := v.words.Say
	switch {
	case mend > 0:
		task.Status = say("interview.proof.mend", "n", strconv.Itoa(mend))
	case here > 0:
		task.Status, task.Done = say("interview.proof.count", "n", strconv.Itoa(here)), true
	default:
		task.Hint, task.Status, task.Done = say("interview.proof.count.none"), say("interview.status.open"), c.own.Done[t.Section.ID]
	}
	return task, nil
}

// claimOf is the claim that an address of proofs names.
func (i *Interview) claimOf(w http.ResponseWriter, r *http.Request, v *visit) (claimView, bool) {
	c, ok, err := v.view(r.PathValue("claim"))
	if err != nil {
		i.Failed(w, r, err)
		return c, false
	}
	if !ok {
		i.Missing(w, r)
	}
	return c, ok
}

func (i *Interview) proof(w http.ResponseWriter, r *http.Request, v *visit) {
	if c, ok := i.claimOf(w, r, v); ok {
		i.showProof(w, r, v, c, http.StatusOK, "", "")
	}
}

// showProof shows the page; said is what was just done, and wrong what went wrong
// with it.
func (i *Interview) showProof(w http.ResponseWriter, r *http.Request, v *visit, c claimView, status int, said, wrong string) {
	_, _, files, err := i.files(r, v, c)
	if err != nil {
		i.next(w, r, v, err, "")
		return
	}
	say, at := v.words.Say, InterviewRoot+"proof/"+c.own.ID
	page := proofPage{Caption: v.title(c), Ladder: v.ladder(c)}
	page.Files = upload.View{
		Accept: upload.Accept(screening.Endings(false)), Form: at, Tus: at + "/tus", State: at + "/state/", Most: say("evidence.page.most"), Said: said,
		Rows: upload.Rows(v.words, files, func(id string) string { return at + "/tus/" + id }, func(id string) string { return at + "/remove/" + id }),
	}
	page.Camera = screen.Field{Kind: screen.File, Name: "camera", Label: say("interview.proof.camera"), Accept: "image/*", Camera: true}
	page.Files.Title = say("interview.proof.add")
	var problems []screen.Problem
	if wrong != "" {
		problems = []screen.Problem{{Field: "files-chosen", Text: wrong}}
	}
	i.showOwn(w, r, v, status, "proof.html", screen.Page{
		Title: say("interview.proof.title"), Back: InterviewRoot + "tasks", Exit: v.edition.Delicate(c.is.Category), Problems: problems,
		Scripts: []string{i.uploads}, Body: page,
	})
}

// ladder is what may show the loss.
func (v *visit) ladder(c claimView) []rung {
	category, _ := v.edition.Category(c.is.Category)
	var ladder []rung
	for _, one := range []struct {
		code   string
		proofs []rulebook.Proof
	}{{"interview.proof.best", category.Evidence.Best}, {"interview.proof.good", category.Evidence.Good}, {"interview.proof.accepted", category.Evidence.Accepted}} {
		r := rung{Title: v.words.Say(one.code)}
		for _, p := range one.proofs {
			r.Proofs = append(r.Proofs, p.Text.In(v.words.Lang))
		}
		if len(r.Proofs) > 0 {
			ladder = append(ladder, r)
		}
	}
	return ladder
}

// takeProofs takes in files as a form sends them.
func (i *Interview) takeProofs(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok := i.claimOf(w, r, v)
	if !ok {
		return
	}
	by, owner, _, err := i.files(r, v, c)
	if err != nil {
		i.next(w, r, v, err, "")
		return
	}
	form, broke := i.taker.Form(w, r, by, owner, i.facts(v, c))
	if broke == nil && form.Values["done"] != "" {
		i.next(w, r, v, i.doneWith(w, r, v, c), "tasks")
		return
	}
	said, wrong := form.Told(v.words, broke)
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	i.showProof(w, r, v, c, status, v.words.Say("evidence.page."+said), wrong)
}

// facts is what is said of a file before it comes: where the category is about harm
// of a kind that nobody else should see, only the desk opens it.
func (i *Interview) facts(v *visit, c claimView) office.FileFacts {
	return office.FileFacts{Sensitive: v.edition.Delicate(c.is.Category)}
}

// doneWith notes that somebody has no more proofs now.
func (i *Interview) doneWith(w http.ResponseWriter, r *http.Request, v *visit, c claimView) error {
	return i.save(w, r, v, func(d *office.OwnDraft) error {
		own, ok := d.Claim(c.own.ID)
		if !ok {
			return nil
		}
		if own.Done == nil {
			own.Done = map[string]bool{}
		}
		for _, s := range v.edition.Sections {
			if s.Evidence {
				own.Done[s.ID] = true
			}
		}
		return nil
	})
}

func (i *Interview) dropProof(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok := i.claimOf(w, r, v)
	if !ok {
		return
	}
	by, _, _, err := i.files(r, v, c)
	if err == nil {
		err = i.office.DiscardFile(r.Context(), by, r.PathValue("file"))
	}
	if err != nil && !fault.Is(err, fault.NotFound) { // it is gone: what was asked
		i.next(w, r, v, err, "")
		return
	}
	i.showProof(w, r, v, c, http.StatusOK, v.words.Say("evidence.page.removed"), "")
}

// resuming answers the requests by which a script sends a file in pieces.
func (i *Interview) resuming(w http.ResponseWriter, r *http.Request, v *visit) {
	c, ok, err := v.view(r.PathValue("claim"))
	if err != nil || !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	by, owner, _, err := i.files(r, v, c)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	i.taker.Resume(w, r, upload.Resuming{
		By: by, Owner: owner, Facts: i.facts(v, c), File: r.PathValue("file"), Words: v.words,
		At: func(id string) string { return InterviewRoot + "proof/" + c.own.ID + "/tus/" + id },
	})
}
