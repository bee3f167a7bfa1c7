package signin

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// A claimant's draft that nobody has sent yet comes back here too. A passkey or an
// account says which draft is meant; its key comes from the house, as long as the
// house keeps it, or out of a secret that the passkey gives.

// DraftCookie is the name of the cookie of who is signed in to a draft. It holds
// the session's token and, behind a dot, the draft's key, which the office doesn't
// keep.
const DraftCookie = "chancery-draft"

// DraftValue is the cookie's value, ReadDraft what stands in one; not ok where it
// is none.
func DraftValue(token string, key []byte) string {
	return token + "." + base64.RawURLEncoding.EncodeToString(key)
}

// ReadDraft reads the value of a DraftCookie.
func ReadDraft(value string) (token string, key []byte, ok bool) {
	token, text, found := strings.Cut(value, ".")
	if !found {
		return "", nil, false
	}
	key, err := base64.RawURLEncoding.DecodeString(text)
	return token, key, err == nil
}

const chooseCookie = "chancery-choose"

// BindCookie holds the token of the ceremony BindPurpose: an account that was
// proved and leads to nothing yet, which the next draft is bound to.
const (
	BindCookie  = "chancery-bind"
	BindPurpose = "bind"
)

// prfInput is what every passkey is asked its secret for: that of one passkey is
// always the same, on every device that has it, and of no other site.
const prfInput = "chancery/draft/v1"

// secretOf is the secret that a passkey gave beside its signature; nil for none. It
// comes in the body of a request, as the code does, and goes nowhere else.
func secretOf(sent []byte) []byte {
	var said struct {
		Secret protocol.URLEncodedBase64 `json:"secret"`
	}
	if json.Unmarshal(sent, &said) != nil {
		return nil
	}
	return said.Secret
}

func prf() webauthn.ExtensionOption {
	return webauthn.WithExtensionPRF(protocol.PRFValues{First: []byte(prfInput)})
}

// takesDrafts reports whether one comes back to drafts here.
func (s *site) takesDrafts() bool {
	_, ok := s.Landings[office.SessionDraft]
	return ok
}

// lead signs in whoever gave a proof, and answers the page that they come to: of
// their draft; of a choice, where there are several; of their claim; and with an
// account that is bound to nothing yet, of a beginning.
func (s *site) lead(w http.ResponseWriter, r *http.Request, proof office.Proof, secret []byte, check func([]byte) ([]byte, error)) (string, error) {
	if s.takesDrafts() {
		found, err := s.source.OwnByProof(r.Context(), proof, secret, check)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return s.leadToDraft(w, r, proof, found)
		}
	}
	token, to, err := s.source.SignIn(r.Context(), proof, check, s.kinds()...)
	if fault.Is(err, fault.NotAllowed) && s.of == office.SessionDraft && proof.Means == office.MeansProvider {
		return s.leadToBeginning(w, r, proof)
	}
	if err != nil {
		return "", err
	}
	return s.enter(w, r, token, to)
}

// choice is what somebody may choose from, after a proof. It is kept sealed under a
// token that the browser alone has, for it holds the keys of drafts.
type choice struct {
	Means  string            `json:"means"`
	Name   string            `json:"name"`
	Found  []office.OwnFound `json:"found"`
	Claims bool              `json:"claims"` // the proof leads to claims that were sent, too
}

func (c choice) proof() office.Proof { return office.Proof{Means: c.Means, Name: c.Name} }

func (s *site) leadToDraft(w http.ResponseWriter, r *http.Request, proof office.Proof, found []office.OwnFound) (string, error) {
	claims, err := s.source.LeadsToClaims(r.Context(), proof)
	if err != nil {
		return "", err
	}
	if len(found) == 1 && !claims {
		return s.enterDraft(w, r, proof, found[0])
	}
	body, err := json.Marshal(choice{proof.Means, proof.Name, found, claims})
	if err != nil {
		return "", err
	}
	token, err := s.source.BeginCeremony(r.Context(), "choose", body)
	if err != nil {
		return "", err
	}
	s.SetCookie(w, r, chooseCookie, token, int(office.CeremonyTime/time.Second))
	return s.root + "choose", nil
}

// enterDraft signs in to a draft that a proof led to. Where the proof alone doesn't
// open it, the page that asks for the code says why.
func (s *site) enterDraft(w http.ResponseWriter, r *http.Request, proof office.Proof, found office.OwnFound) (string, error) {
	at := s.Landings[office.SessionDraft]
	if len(found.Key) == 0 {
		return at.Code + "?by=" + proof.Means, nil
	}
	token, err := s.source.EnterOwn(r.Context(), found.ID, proof)
	if err != nil {
		return "", err
	}
	s.SetCookie(w, r, DraftCookie, DraftValue(token, found.Key), 0)
	return at.Path, nil
}

// leadToBeginning keeps an account for the draft that is begun next.
func (s *site) leadToBeginning(w http.ResponseWriter, r *http.Request, proof office.Proof) (string, error) {
	body, err := json.Marshal(proof)
	if err != nil {
		return "", err
	}
	token, err := s.source.BeginCeremony(r.Context(), BindPurpose, body)
	if err != nil {
		return "", err
	}
	s.SetCookie(w, r, BindCookie, token, int(office.CeremonyTime/time.Second))
	return s.root + "new", nil
}

// beginning tells who came by an account that leads to nothing yet how to begin.
func (s *site) beginning(w http.ResponseWriter, r *http.Request) {
	if s.Provider == nil {
		s.Missing(w, r)
		return
	}
	s.Show(w, r, http.StatusOK, "new.html", s.page(r, "signin.new.title", signInPage{}))
}

// chosen is one of what there is to choose.
type chosen struct{ N, Title, Saved, Keeps, Code string }

func (s *site) choose(w http.ResponseWriter, r *http.Request) {
	raw, err := s.source.Ceremony(r.Context(), "choose", s.Cookie(r, chooseCookie))
	var c choice
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if fault.Is(err, fault.NotAllowed) {
		http.Redirect(w, r, s.root, http.StatusSeeOther)
		return
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	words := s.Words(r)
	body := signInPage{Claims: c.Claims}
	for n, f := range c.Found {
		e, err := s.source.OpenEdition(r.Context(), f.Programme)
		if err != nil {
			s.Failed(w, r, err)
			return
		}
		one := chosen{N: strconv.Itoa(n), Title: e.Title.In(words.Lang), Saved: words.Time(f.Updated.Time), Keeps: words.Date(f.Expires)}
		if len(f.Key) == 0 {
			one.Code = words.Say("signin.choose.code")
		}
		body.Choose = append(body.Choose, one)
	}
	s.Show(w, r, http.StatusOK, "choose.html", s.page(r, "signin.choose.title", body))
}

// choosing signs in to what was chosen.
func (s *site) choosing(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	raw, err := s.source.EndCeremony(r.Context(), "choose", s.Cookie(r, chooseCookie))
	s.SetCookie(w, r, chooseCookie, "", 0)
	var c choice
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	path := s.root
	if err == nil {
		path, err = s.chose(w, r, c, r.PostFormValue("n"))
	}
	switch {
	case fault.Is(err, fault.NotAllowed):
		http.Redirect(w, r, s.root, http.StatusSeeOther)
	case err != nil:
		s.Failed(w, r, err)
	default:
		http.Redirect(w, r, path, http.StatusSeeOther)
	}
}

func (s *site) chose(w http.ResponseWriter, r *http.Request, c choice, what string) (string, error) {
	if what == "claims" && c.Claims {
		token, to, err := s.source.SignIn(r.Context(), c.proof(), nil, s.kinds()...)
		if err != nil {
			return "", err
		}
		return s.enter(w, r, token, to)
	}
	n, err := strconv.Atoi(what)
	if err != nil || n < 0 || n >= len(c.Found) {
		return "", unknown()
	}
	return s.enterDraft(w, r, c.proof(), c.Found[n])
}

// draft is who is signed in to a draft: its key as well.
func (s *site) draft(r *http.Request) (k office.OwnKey, token string, is office.Session, err error) {
	if token, is, err = s.session(r); err != nil || token == "" {
		return k, "", is, err
	}
	_, key, _ := ReadDraft(s.Cookie(r, DraftCookie))
	return office.OwnKey{ID: is.Subject, Key: key}, token, is, nil
}

// showDraft shows who is signed in to a draft by what it comes back.
func (s *site) showDraft(w http.ResponseWriter, r *http.Request, status int, problem string) {
	k, _, _, err := s.draft(r)
	var ways []office.WayIn
	var d office.OwnDraft
	if err == nil {
		ways, d, err = s.source.OwnWaysIn(r.Context(), k)
	}
	if fault.Code(err) == "draft.none" { // sent, deleted, or under another key
		http.Redirect(w, r, s.root, http.StatusSeeOther)
		return
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	words := s.Words(r)
	body := signInPage{Closed: d.Closed}
	for n, way := range ways {
		one := wayShown{ID: way.ID(), Text: words.Say("signin.way."+way.Means, "n", strconv.Itoa(n+1)), Added: words.Time(way.Added), Used: words.Time(way.Used)}
		switch {
		case way.Opens:
			one.Opens = words.Say("signin.draft.opens")
		case d.Closed:
			one.Opens = words.Say("signin.draft.finds")
		default:
			one.Opens = words.Say("signin.draft.finds-later")
		}
		body.Ways = append(body.Ways, one)
	}
	p := s.page(r, "signin.draft.title", body)
	if problem != "" {
		p.Problems = []screen.Problem{{Field: "ways", Text: problem}}
	}
	p.Back, p.Leave = "/apply/tasks", s.root+"leave"
	s.Show(w, r, status, "draft.html", p)
}

// removeFromDraft takes a way in to a draft away; who does stays signed in, and
// nobody else.
func (s *site) removeFromDraft(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	k, _, is, err := s.draft(r)
	if err == nil {
		k, err = s.source.UnenrolOwn(r.Context(), k, r.PostFormValue("way"))
	}
	if err == nil {
		var token string
		if token, err = s.source.BeginSession(r.Context(), office.SessionDraft, k.ID, is.Means, nil); err == nil {
			s.SetCookie(w, r, DraftCookie, DraftValue(token, k.Key), 0)
		}
	}
	switch {
	case fault.Code(err) == "signin.no-way":
		s.showDraft(w, r, http.StatusUnprocessableEntity, s.Words(r).Sentence(err))
	case fault.Code(err) == "draft.none":
		http.Redirect(w, r, s.root, http.StatusSeeOther)
	case err != nil:
		s.Failed(w, r, err)
	default:
		http.Redirect(w, r, s.root+"account", http.StatusSeeOther)
	}
}
