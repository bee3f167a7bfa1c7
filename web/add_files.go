package web

import (
	"encoding/json"
	"net/http"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/upload"
)

// Files that come after a claim was sent: each becomes a part of it by an entry of
// its own, as long as what it shows can still be looked at.

const filesPath = Root + "files"

// filesPage is the files of the claim.
type filesPage struct {
	Files     upload.View
	Camera    screen.Field // for who has a telephone
	May       bool         // more can be sent
	Instead   string       // the name of the file in whose place the next one comes; "" for none
	Deficient bool         // something is missing, and only an answer brings the claim back before us
	Manifest  bool         // there is something to hold against the receipt
}

// onFile is the claim that somebody is signed in to, as its files need it.
type onFile struct {
	claim   claim.Claim
	edition *rulebook.Edition
	owner   office.FileOwner
}

func (s *site) onFile(r *http.Request, in signed) (onFile, error) {
	c, e, err := s.source.ClaimOf(r.Context(), in.id)
	return onFile{c, e, office.FileOwner{Claim: in.id}}, err
}

// may reports whether the claim takes more files as it stands.
func (f onFile) may() bool {
	_, cannot := f.claim.AddEvidence([]claim.Enclosed{{}})
	return cannot == nil
}

// facts is what is said of a file before it comes, as in the interview.
func (f onFile) facts(replaces string) office.FileFacts {
	return office.FileFacts{Sensitive: f.edition.Delicate(f.claim.Category), Replaces: replaces}
}

func (s *site) files(w http.ResponseWriter, r *http.Request, in signed) {
	said := ""
	for _, one := range []string{"came", "some", "removed"} {
		if r.URL.Query().Has(one) {
			said = in.words.Say("evidence.page." + one)
		}
	}
	s.showFiles(w, r, in, http.StatusOK, said, "")
}

// showFiles shows the page; said is what was just done, and wrong what went wrong
// with it.
func (s *site) showFiles(w http.ResponseWriter, r *http.Request, in signed, status int, said, wrong string) {
	f, err := s.onFile(r, in)
	switch {
	case err != nil:
		s.Failed(w, r, err)
		return
	case s.taker == nil || !f.claim.Erased.IsZero():
		s.Tell(w, r, http.StatusConflict, "after.no-files")
		return
	}
	list, err := s.source.Files(r.Context(), in.by, f.owner)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	instead, there := s.instead(list, r.PathValue("file"))
	if !there {
		s.Missing(w, r)
		return
	}
	say := in.words.Say
	page := filesPage{May: f.may(), Instead: instead.Name, Deficient: f.claim.Standing == claim.Deficient}
	page.Files = upload.View{
		Accept: upload.Accept(screening.Endings(false)), Form: filesPath, Tus: filesPath + "/tus", State: filesPath + "/state/", Most: say("evidence.page.most"), Said: said,
		Rows: upload.Rows(in.words, list, fileAt, func(id string) string { return filesPath + "/remove/" + id }),
	}
	for n, one := range list {
		page.Files.Rows[n].Proves(one)
		page.Manifest = page.Manifest || one.Entry > 0
		if page.May && one.Entry > 0 && page.Files.Rows[n].Wrong {
			page.Files.Rows[n].Instead = filesPath + "/instead/" + one.ID
		}
	}
	title, back := say("after.files.title"), Root+"mine"
	if instead.ID != "" {
		title, back = say("after.files.instead-title"), filesPath
		page.Files.Form, page.Files.Replaces = filesPath+"/instead/"+instead.ID, instead.ID
	}
	page.Camera = screen.Field{Kind: screen.File, Name: "camera", Label: say("interview.proof.camera"), Accept: "image/*", Camera: true}
	var problems []screen.Problem
	if wrong != "" {
		problems = []screen.Problem{{Field: "files-chosen", Text: wrong}}
	}
	s.show(w, r, status, "files.html", screen.Page{
		Title: title, Back: back, Exit: own{claim: f.claim, edition: f.edition}.private(), Problems: problems, Scripts: []string{s.uploads}, Body: page,
	})
}

func fileAt(id string) string { return filesPath + "/tus/" + id }

// instead is the file in whose place another is to come; false where the address
// names one that can't be replaced.
func (s *site) instead(list []office.File, id string) (office.File, bool) {
	if id == "" {
		return office.File{}, true
	}
	for _, f := range list {
		if f.ID == id && f.State.Blocks() && f.ReplacedBy == "" {
			return f, true
		}
	}
	return office.File{}, false
}

// takeFiles takes in files as a form sends them.
func (s *site) takeFiles(w http.ResponseWriter, r *http.Request, in signed) {
	f, err := s.onFile(r, in)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if s.taker == nil || !f.may() {
		s.Tell(w, r, http.StatusConflict, "after.no-files")
		return
	}
	form, broke := s.taker.Form(w, r, in.by, f.owner, f.facts(r.PathValue("file")))
	said, wrong := form.Told(in.words, broke)
	switch {
	case wrong != "":
		s.showFiles(w, r, in, http.StatusUnprocessableEntity, in.words.Say("evidence.page."+said), wrong)
	default:
		http.Redirect(w, r, filesPath+"?"+said, http.StatusSeeOther)
	}
}

// dropFile takes a file back that no entry names yet.
func (s *site) dropFile(w http.ResponseWriter, r *http.Request, in signed) {
	err := s.source.DiscardFile(r.Context(), in.by, r.PathValue("file"))
	switch {
	case fault.Is(err, fault.Conflict):
		s.showFiles(w, withoutFile(r), in, http.StatusConflict, "", in.words.Sentence(err))
	case err != nil && !fault.Is(err, fault.NotFound): // it is gone: what was asked
		s.Failed(w, r, err)
	default:
		http.Redirect(w, r, filesPath+"?removed", http.StatusSeeOther)
	}
}

// withoutFile is a request whose page is that of all files.
func withoutFile(r *http.Request) *http.Request {
	r.SetPathValue("file", "")
	return r
}

// resumeFile answers the requests by which a script sends a file in pieces.
func (s *site) resumeFile(w http.ResponseWriter, r *http.Request, in signed) {
	f, err := s.onFile(r, in)
	if err != nil || s.taker == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.taker.Resume(w, r, upload.Resuming{By: in.by, Owner: f.owner, Facts: f.facts(""), File: r.PathValue("file"), At: fileAt, Words: in.words})
}

// manifest hands out what proves, beside the receipt, that a file is the one that
// was sent.
func (s *site) manifest(w http.ResponseWriter, r *http.Request, in signed) {
	m, err := s.source.Manifest(r.Context(), in.by, in.id)
	if fault.Is(err, fault.Conflict) {
		s.Tell(w, r, http.StatusConflict, "after.no-files")
		return
	}
	text, unwritten := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = unwritten
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.file(w, "application/json", "chancery-files.json", append(text, '\n'))
}
