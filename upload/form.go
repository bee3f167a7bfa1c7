package upload

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// Form is what a form with files came to.
type Form struct {
	Values map[string]string // of its fields that are no files: the first of each name
	Files  []Received
}

// Received is one file of a form.
type Received struct {
	Name string // as it was sent
	File office.File
	Err  error // nil where it came whole; it may be refused all the same: File says so
}

const (
	mostValues = 50
	mostValue  = 64 << 10
	mostAtOnce = 50 // files of one form
)

// Form takes in the files of a form as every browser sends it (multipart/form-data),
// each as it comes, with none of them held in memory or on a disk in clear. A file
// that breaks off stays as one that stalled, so that its owner is told. An error means
// that the form itself couldn't be read to its end: what came before is in the answer.
func (u *Uploads) Form(w http.ResponseWriter, r *http.Request, by office.By, owner office.FileOwner, facts office.FileFacts) (form Form, err error) {
	form.Values = map[string]string{}
	r.Body = Patiently(w, r)
	parts, err := r.MultipartReader()
	if err != nil {
		return form, fault.New(fault.Invalid, "evidence.form")
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return form, fault.New(fault.Invalid, "evidence.form")
		}
		switch name := part.FileName(); {
		case name == "" && part.Header.Get("Content-Type") == "":
			err = form.value(part)
		case name == "": // a field for files with none chosen
		case len(form.Files) >= mostAtOnce:
			return form, fault.New(fault.Invalid, "evidence.too-many-at-once", "most", mostAtOnce)
		default:
			got := u.receive(r, by, owner, facts, name, part)
			form.Files = append(form.Files, got)
			if fault.Code(got.Err) == "evidence.line-broke" {
				err = got.Err
			}
		}
		if err != nil {
			return form, err
		}
	}
}

func (f *Form) value(part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, mostValue+1))
	if err != nil || len(text) > mostValue || len(f.Values) >= mostValues {
		return fault.New(fault.Invalid, "evidence.form")
	}
	if _, there := f.Values[part.FormName()]; !there {
		f.Values[part.FormName()] = string(text)
	}
	return nil
}

// receive takes in one file.
func (u *Uploads) receive(r *http.Request, by office.By, owner office.FileOwner, facts office.FileFacts, name string, content io.Reader) Received {
	facts.Name, facts.Size = name, -1
	got := Received{Name: name}
	if facts.Replaces == "" {
		if got.Err = u.dropStalled(r, by, owner, name); got.Err != nil {
			return got
		}
	}
	if got.File, got.Err = u.Office.BeginFile(r.Context(), by, owner, facts); got.Err != nil {
		return got
	}
	id := got.File.ID
	if _, got.Err = u.Office.AppendFile(r.Context(), by, id, 0, content); got.Err != nil {
		if fault.Code(got.Err) == "evidence.too-large" || fault.Code(got.Err) == "evidence.too-many-pieces" {
			got.Err = errors.Join(got.Err, u.Office.DiscardFile(r.Context(), by, id))
		} else if err := u.Office.StallFile(r.Context(), by, id); err != nil {
			u.failed(r, err)
		}
		return got
	}
	got.File, got.Err = u.Office.FinishFile(context.WithoutCancel(r.Context()), by, id)
	return got
}

// dropStalled takes back what stalled of a file that now comes again under the same
// name: a form can't go on where it stopped.
func (u *Uploads) dropStalled(r *http.Request, by office.By, owner office.FileOwner, name string) error {
	files, err := u.Office.Files(r.Context(), by, owner)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.State == evidence.Stalled && f.Size < 0 && f.Name == name {
			if err := u.Office.DiscardFile(r.Context(), by, f.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Told says how the files of a form came, where broke is what Form answered: the end of
// a code evidence.page.…, and what went wrong, in words; "" for nothing.
func (f Form) Told(words screen.Words, broke error) (said, wrong string) {
	said = "came"
	if broke != nil {
		wrong = words.Sentence(broke)
	}
	for _, one := range f.Files {
		if one.Err != nil && wrong == "" {
			wrong = words.Say("evidence.page.failed", "why", words.Sentence(one.Err))
		}
		if one.Err != nil || one.File.State.Blocks() {
			said = "some"
		}
	}
	if len(f.Files) == 0 && wrong == "" {
		wrong = words.Say("evidence.page.choose-first")
	}
	if wrong != "" {
		said = "some"
	}
	return said, wrong
}
