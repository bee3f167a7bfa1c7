package console

import (
	"io"
	"net/http"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/upload"
)

// document is a file of a claim, in words; nothing of its content.
type document struct {
	upload.Row
	View string // path of the viewer; "" where it can't be opened here
	Why  string // why not, where that isn't plain from its state
}

// pictures are the kinds that a browser shows within a page.
var pictures = map[string]string{"jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}

// documents are the files of a claim.
func (d *desk) documents(r *http.Request, page *claimPage, one office.Queued, here office.Desk) error {
	files, err := d.office.Files(r.Context(), visiting(r).by, office.FileOwner{Claim: one.Claim.ID})
	if fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return nil // not for this role, or erased
	}
	if err != nil {
		return err
	}
	words := d.Words(r)
	_, may := here.May[office.ActOpenFile]
	for _, f := range files {
		at := document{Row: upload.Tell(words, f)}
		switch {
		case f.Class == string(rulebook.Sensitive):
			at.Why = words.Say("console.fact.desk")
		case may && f.State.Opens() && f.ReplacedBy == "":
			at.View = claimPath(one.Claim.ID, "") + "/file/" + f.ID
		}
		page.Documents = append(page.Documents, at)
	}
	return nil
}

// viewerPage is a file on a page of its own: a picture is blurred until it is
// asked for; anything else is opened by a program of the officer's machine.
type viewerPage struct {
	Name, Size, State string
	Path              string // of the content
	Picture           bool
	Unchecked         bool // no scanner looked at it
}

func (d *desk) viewer(w http.ResponseWriter, r *http.Request) {
	id, words := claim.ID(r.PathValue("id")), d.Words(r)
	back := claimPath(id, "")
	f, err := d.office.File(r.Context(), visiting(r).by, r.PathValue("file"))
	if err == nil && f.Owner.Claim != id {
		err = fault.New(fault.NotFound, "evidence.none")
	}
	if err != nil {
		d.refused(w, r, err, back)
		return
	}
	row := upload.Tell(words, f)
	_, picture := pictures[f.Kind]
	d.show(w, r, http.StatusOK, "viewer.html", screen.Page{Title: row.Name, Back: back, Body: viewerPage{
		Name: row.Name, Size: row.Size, State: row.State, Path: Root + "file/" + f.ID, Picture: picture, Unchecked: string(f.State) == "quarantined",
	}})
}

// file gives the content of a file out, which the reading log has first.
func (d *desk) file(w http.ResponseWriter, r *http.Request) {
	f, content, err := d.office.OpenFile(r.Context(), visiting(r).by, r.PathValue("file"), office.PurposeExamination)
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	defer content.Close()
	giveFile(w, f)
	if _, err := io.Copy(w, content); err != nil {
		d.Report(r, err)
		panic(http.ErrAbortHandler) // the reader sees that it broke off
	}
}

// giveFile writes what stands before the content of a file. Whatever it is, it can
// run nothing: it has an origin of its own, no script and no frame, and what is no
// picture is never shown within a page.
func giveFile(w http.ResponseWriter, f office.File) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Type", "application/octet-stream")
	disposition := "attachment"
	if kind, ok := pictures[f.Kind]; ok && f.Class != string(rulebook.Sensitive) {
		h.Set("Content-Type", kind)
		disposition = "inline"
	}
	// The name is the claimant's, and may hold anything: the officer's machine is
	// given the file's own.
	name := "document-" + f.ID[:8]
	if f.Kind != "" && !strings.ContainsAny(f.Kind, `"/\`) {
		name += "." + f.Kind
	}
	h.Set("Content-Disposition", disposition+`; filename="`+name+`"`)
}
