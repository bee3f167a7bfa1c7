package upload

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// tus 1.0.0 (https://tus.io/protocols/resumable-upload): the core, and its extensions
// creation, checksum and termination.

const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,checksum,termination"
	offsetOctets  = "application/offset+octet-stream"

	// mostChecked bounds a piece that comes with a checksum: it is held whole until
	// the sum is known to fit.
	mostChecked = 1 << 20
)

// statusChecksum is tus's own status for a checksum that doesn't fit.
const statusChecksum = 460

// speaks reads whether a request speaks this version, and answers those that don't.
func speaks(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Tus-Resumable", tusVersion)
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get("Tus-Resumable") != tusVersion {
		w.Header().Set("Tus-Version", tusVersion)
		w.WriteHeader(http.StatusPreconditionFailed)
		return false
	}
	return true
}

// Options says what is spoken here.
func (u *Uploads) Options(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Checksum-Algorithm", "sha1,sha256")
	h.Set("Tus-Max-Size", strconv.Itoa(office.MaxFile))
	w.WriteHeader(http.StatusNoContent)
}

// Create begins a file. facts are what the pages say of it; its name, size and the
// file that it replaces come with the request. at is the address of a file.
func (u *Uploads) Create(w http.ResponseWriter, r *http.Request, by office.By, owner office.FileOwner, facts office.FileFacts, at func(id string) string) {
	if !speaks(w, r) {
		return
	}
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 {
		http.Error(w, "Upload-Length", http.StatusBadRequest)
		return
	}
	said, ok := metadata(r.Header.Get("Upload-Metadata"))
	if !ok {
		http.Error(w, "Upload-Metadata", http.StatusBadRequest)
		return
	}
	facts.Name, facts.Size, facts.Replaces = said["filename"], size, said["replaces"]
	f, err := u.Office.BeginFile(r.Context(), by, owner, facts)
	if err != nil {
		u.refuse(w, r, err)
		return
	}
	w.Header().Set("Location", at(f.ID))
	w.Header().Set("Upload-Offset", "0")
	if size == 0 {
		if f, err = u.Office.FinishFile(context.WithoutCancel(r.Context()), by, f.ID); err != nil {
			u.refuse(w, r, err)
			return
		}
		w.Header().Set("Evidence-State", string(f.State))
	}
	w.WriteHeader(http.StatusCreated)
}

// metadata reads pairs of a key and a value in base64.
func metadata(text string) (map[string]string, bool) {
	said := map[string]string{}
	if len(text) > 4096 {
		return nil, false
	}
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, false
		}
		said[key] = string(raw)
	}
	return said, true
}

// Head says how much of a file is here.
func (u *Uploads) Head(w http.ResponseWriter, r *http.Request, by office.By, id string) {
	if !speaks(w, r) {
		return
	}
	f, err := u.Office.File(r.Context(), by, id)
	if err != nil {
		u.refuse(w, r, err)
		return
	}
	u.where(w, f)
	if f.Size >= 0 {
		w.Header().Set("Upload-Length", strconv.FormatInt(f.Size, 10))
	} else {
		w.Header().Set("Upload-Defer-Length", "1")
	}
	w.WriteHeader(http.StatusOK)
}

func (u *Uploads) where(w http.ResponseWriter, f office.File) {
	w.Header().Set("Upload-Offset", strconv.FormatInt(f.Here, 10))
	w.Header().Set("Evidence-State", string(f.State))
}

// Patch takes a piece in at its offset. Where the line breaks amid it, what came is
// kept; where it was the last, the file is looked into before the answer.
func (u *Uploads) Patch(w http.ResponseWriter, r *http.Request, by office.By, id string) {
	if !speaks(w, r) {
		return
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	switch {
	case err != nil || offset < 0:
		http.Error(w, "Upload-Offset", http.StatusBadRequest)
		return
	case r.Header.Get("Content-Type") != offsetOctets:
		http.Error(w, "Content-Type", http.StatusUnsupportedMediaType)
		return
	}
	body, ok := u.checked(w, r)
	if !ok {
		return
	}
	here, err := u.Office.AppendFile(r.Context(), by, id, offset, body)
	if err != nil {
		w.Header().Set("Upload-Offset", strconv.FormatInt(here, 10))
		u.refuse(w, r, err)
		return
	}
	f, err := u.Office.File(r.Context(), by, id)
	if err == nil && f.State.Coming() && f.Here == f.Size {
		if f, err = u.Office.FinishFile(context.WithoutCancel(r.Context()), by, id); err != nil {
			// What came is here and durable, and a schedule goes on with it: that is
			// what the answer says.
			u.failed(r, err)
			f, err = u.Office.File(r.Context(), by, id)
		}
	}
	if err != nil {
		u.refuse(w, r, err)
		return
	}
	u.where(w, f)
	w.WriteHeader(http.StatusNoContent)
}

// checked is the body, held to its checksum where it came with one.
func (u *Uploads) checked(w http.ResponseWriter, r *http.Request) (io.Reader, bool) {
	said := r.Header.Get("Upload-Checksum")
	if said == "" {
		return patiently(w, r), true
	}
	name, value, _ := strings.Cut(said, " ")
	want, err := base64.StdEncoding.DecodeString(value)
	var sum hash.Hash
	switch name {
	case "sha1": // tus demands it; it is for damage on the way, not against forgery
		sum = sha1.New()
	case "sha256":
		sum = sha256.New()
	}
	if err != nil || sum == nil {
		http.Error(w, "Upload-Checksum", http.StatusBadRequest)
		return nil, false
	}
	piece, err := io.ReadAll(io.LimitReader(patiently(w, r), mostChecked+1))
	switch {
	case brokeOff(err):
		http.Error(w, "the line broke", http.StatusBadRequest)
		return nil, false
	case len(piece) > mostChecked:
		http.Error(w, "too much for one checksum", http.StatusRequestEntityTooLarge)
		return nil, false
	}
	_, _ = sum.Write(piece)
	if subtle.ConstantTimeCompare(sum.Sum(nil), want) != 1 {
		w.WriteHeader(statusChecksum)
		return nil, false
	}
	return bytes.NewReader(piece), true
}

// Delete takes a file back that no entry names.
func (u *Uploads) Delete(w http.ResponseWriter, r *http.Request, by office.By, id string) {
	if !speaks(w, r) {
		return
	}
	if err := u.Office.DiscardFile(r.Context(), by, id); err != nil {
		u.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// refuse answers with the status that tus gives a fault; the reason is a code, in
// words for nobody: the page asks for those.
func (u *Uploads) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := fault.Code(err)
	status := http.StatusInternalServerError
	switch {
	case code == "evidence.too-large":
		status = http.StatusRequestEntityTooLarge
	case code == "evidence.offset":
		status = http.StatusConflict
	case code == "evidence.settled":
		status = http.StatusForbidden
	case code == "evidence.line-broke":
		status = http.StatusBadRequest // nobody hears it
	case fault.Is(err, fault.NotFound):
		status = http.StatusNotFound
	case fault.Is(err, fault.NotAllowed):
		status = http.StatusForbidden
	case fault.Is(err, fault.Invalid):
		status = http.StatusBadRequest
	case fault.Is(err, fault.Conflict):
		status = http.StatusConflict
	default:
		u.failed(r, err)
	}
	if code == "" || errors.Is(err, http.ErrAbortHandler) {
		code = "failed"
	}
	w.Header().Set("Evidence-Refused", code)
	w.WriteHeader(status)
}

// Resuming is one request of the script, with what the pages say of it.
type Resuming struct {
	By    office.By
	Owner office.FileOwner
	Facts office.FileFacts
	File  string                 // the file that the address names; "" for none
	At    func(id string) string // the address of a file
	Words screen.Words
}

// Resume answers whatever the script asks for: by the request's method, and GET for how
// a file stands.
func (u *Uploads) Resume(w http.ResponseWriter, r *http.Request, q Resuming) {
	switch r.Method {
	case http.MethodOptions:
		u.Options(w, r)
	case http.MethodPost:
		u.Create(w, r, q.By, q.Owner, q.Facts, q.At)
	case http.MethodHead:
		u.Head(w, r, q.By, q.File)
	case http.MethodPatch:
		u.Patch(w, r, q.By, q.File)
	case http.MethodDelete:
		u.Delete(w, r, q.By, q.File)
	default:
		u.State(w, r, q.By, q.File, q.Words)
	}
}
