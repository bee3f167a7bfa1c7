package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
)

// Who comes back to a draft goes on where they were, by whatever way they came: by
// the code, which this package takes, or by a passkey or an account, which package
// signin does. What somebody had typed when their session was over goes along on
// each of these ways.

// keptCookie holds the token under which what was typed is put by, while somebody is
// with their passkey or account.
const keptCookie, keptPurpose = "chancery-kept", "kept"

// mostPutBy are the texts that may be put by from one address within a while.
const mostPutBy = 300

// keptTyped is what is put by.
type keptTyped struct {
	Then string `json:"then"`
	Kept string `json:"kept"`
}

// otherWay leads from the question for the code to passkeys and accounts.
func (i *Interview) otherWay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		i.Tell(w, r, http.StatusBadRequest, "interview.form")
		return
	}
	typed := keptTyped{r.PostForm.Get("then"), r.PostForm.Get("kept")}
	if typed.Kept != "" && len(typed.Kept) <= mostKept && ownPath.MatchString(typed.Then) {
		wait, err := i.office.TakeTry(r.Context(), office.Limit{Of: "draft/put-by/" + i.remote(r), Most: mostPutBy})
		if err == nil && wait > 0 {
			i.wait(w, r, wait)
			return
		}
		if err == nil {
			err = i.putTypedBy(w, r, typed)
		}
		if err != nil {
			i.Failed(w, r, err)
			return
		}
	}
	i.to(w, r, "sign-in/")
}

func (i *Interview) putTypedBy(w http.ResponseWriter, r *http.Request, typed keptTyped) error {
	body, err := json.Marshal(typed)
	if err != nil {
		return err
	}
	token, err := i.office.BeginCeremony(r.Context(), keptPurpose, body)
	if err == nil {
		i.SetCookie(w, r, keptCookie, token, int(office.CeremonyTime/time.Second))
	}
	return err
}

// putBy is what this browser has put by; nothing where it has nothing, or its time
// is over.
func (i *Interview) putBy(r *http.Request) (page backPage, err error) {
	token := i.Cookie(r, keptCookie)
	if token == "" {
		return page, nil
	}
	body, err := i.office.Ceremony(r.Context(), keptPurpose, token)
	if fault.Is(err, fault.NotAllowed) {
		return page, nil
	}
	var typed keptTyped
	if err == nil {
		err = json.Unmarshal(body, &typed)
	}
	return backPage{Then: typed.Then, Kept: typed.Kept}, err
}

// resumed goes on where somebody was, after they came back by a passkey or an
// account.
func (i *Interview) resumed(w http.ResponseWriter, r *http.Request, v *visit) {
	page, err := i.putBy(r)
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.resume(w, r, v, page)
}

// bind binds a draft that was just begun to the account by which somebody came.
func (i *Interview) bind(w http.ResponseWriter, r *http.Request, k office.OwnKey) error {
	token := i.Cookie(r, signin.BindCookie)
	if token == "" {
		return nil
	}
	i.SetCookie(w, r, signin.BindCookie, "", 0)
	body, err := i.office.EndCeremony(r.Context(), signin.BindPurpose, token)
	if fault.Is(err, fault.NotAllowed) {
		return nil // its time is over: the page of ways to come back adds it
	}
	var proof office.Proof
	if err == nil {
		err = json.Unmarshal(body, &proof)
	}
	if err == nil {
		err = i.office.EnrolOwn(r.Context(), k, proof, nil)
	}
	return err
}

// resume leads to the page where somebody was; what they had typed when they were
// signed out is given to the page that it was meant for.
func (i *Interview) resume(w http.ResponseWriter, r *http.Request, v *visit, page backPage) {
	if i.Cookie(r, keptCookie) != "" {
		i.SetCookie(w, r, keptCookie, "", 0)
	}
	typed, err := url.ParseQuery(page.Kept)
	if page.Kept == "" || err != nil || !ownPath.MatchString(page.Then) {
		last := v.draft.Last
		if !ownPath.MatchString(last) {
			last = InterviewRoot + "tasks"
		}
		http.Redirect(w, r, last, http.StatusSeeOther)
		return
	}
	again := r.Clone(context.WithValue(r.Context(), visitKey{}, v))
	again.Method, again.URL = http.MethodPost, &url.URL{Path: page.Then}
	again.Form, again.PostForm = typed, typed
	i.own().ServeHTTP(w, again)
}
