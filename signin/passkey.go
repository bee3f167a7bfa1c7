package signin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// held is a passkey as the office keeps it for us.
type held struct {
	Handle     []byte              `json:"handle"` // random, of one subject: it tells nobody who they are
	Credential webauthn.Credential `json:"credential"`
}

// holder is whose a passkey is, as go-webauthn asks for it.
type holder struct {
	handle []byte
	name   string
	keys   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return h.name }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

const (
	ceremonyCookie = "chancery-ceremony"
	mostBody       = 64 << 10 // of what a browser sends about a passkey
	// answerAfter is when a wrong passkey is answered, whatever was wrong: nobody
	// can tell by a clock whether it is known.
	answerAfter = 400 * time.Millisecond
)

// Tries that are allowed from one address within a while: wrong ones, and
// ceremonies that are begun, each of which is a row.
const (
	mostWrong = 30
	mostBegun = 300
)

// begin keeps a ceremony for the browser, and answers with its options.
func (s *site) begin(w http.ResponseWriter, r *http.Request, purpose string, options any, data *webauthn.SessionData) {
	body, err := json.Marshal(data)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	wait, err := s.source.TakeTry(r.Context(), office.Limit{Of: "sign-in/begun/" + s.Remote(r), Most: mostBegun})
	if err == nil && wait > 0 {
		err = tooMany(wait)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	token, err := s.source.BeginCeremony(r.Context(), purpose, body)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.SetCookie(w, r, ceremonyCookie, token, int(office.CeremonyTime/time.Second))
	answer(w, http.StatusOK, options)
}

// end takes the ceremony that the browser began: each is good for one try.
func (s *site) end(w http.ResponseWriter, r *http.Request, purpose string) (data webauthn.SessionData, err error) {
	token := s.Cookie(r, ceremonyCookie)
	s.SetCookie(w, r, ceremonyCookie, "", 0)
	body, err := s.source.EndCeremony(r.Context(), purpose, token)
	if err != nil {
		return data, err
	}
	return data, json.Unmarshal(body, &data)
}

func tooMany(wait time.Duration) error {
	return fault.New(fault.NotAllowed, "signin.wait", "minutes", strconv.Itoa(int((wait+time.Minute-1)/time.Minute)))
}

// beginSignIn asks the browser for any passkey of ours.
func (s *site) beginSignIn(w http.ResponseWriter, r *http.Request) {
	asked := []webauthn.LoginOption{webauthn.WithUserVerification(protocol.VerificationRequired)}
	if s.takesDrafts() {
		asked = append(asked, webauthn.WithAssertionExtensions(prf()))
	}
	options, data, err := s.keys.BeginDiscoverableLogin(asked...)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.begin(w, r, "sign-in", options, data)
}

// endSignIn signs in who signed the challenge with a passkey that we know.
func (s *site) endSignIn(w http.ResponseWriter, r *http.Request) {
	late := time.After(answerAfter)
	path, err := s.proved(w, r)
	if err != nil {
		select {
		case <-late:
		case <-r.Context().Done():
		}
		s.refuse(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"to": path})
}

// wrong is the limit of wrong tries from where a request comes.
func (s *site) wrong(r *http.Request) office.Limit {
	return office.Limit{Of: "sign-in/wrong/" + s.Remote(r), Most: mostWrong}
}

// proved signs in by the passkey that a browser sent, and answers where to.
func (s *site) proved(w http.ResponseWriter, r *http.Request) (path string, err error) {
	wait, err := s.source.TakeTry(r.Context(), s.wrong(r))
	if err != nil {
		return "", err
	}
	if wait > 0 {
		return "", tooMany(wait)
	}
	data, err := s.end(w, r, "sign-in")
	if err != nil {
		return "", err
	}
	sent, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		return "", unknown()
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(sent)
	if err != nil {
		return "", unknown()
	}
	proof := office.Proof{Means: office.MeansPasskey, Name: string(parsed.RawID)}
	check := func(key []byte) ([]byte, error) { return s.check(key, data, parsed) }
	if path, err = s.lead(w, r, proof, secretOf(sent), check); err != nil {
		return "", err
	}
	return path, s.source.GiveBackTry(r.Context(), s.wrong(r))
}

func unknown() error { return fault.New(fault.NotAllowed, "signin.unknown") }

// check holds a signature against the key that was enrolled, and answers the key
// as it is to be kept: its counter moves on.
func (s *site) check(key []byte, data webauthn.SessionData, sent *protocol.ParsedCredentialAssertionData) ([]byte, error) {
	var h held
	if err := json.Unmarshal(key, &h); err != nil {
		return nil, err
	}
	whose := func(_, handle []byte) (webauthn.User, error) {
		if string(handle) != string(h.Handle) {
			return nil, errors.New("another's handle")
		}
		return holder{handle: h.Handle, keys: []webauthn.Credential{h.Credential}}, nil
	}
	_, used, err := s.keys.ValidatePasskeyLogin(whose, data, sent)
	if err != nil {
		return nil, err
	}
	// A counter that goes back tells of a copy. Keys that are kept in a cloud
	// have none, and are not meant.
	if used.Authenticator.CloneWarning {
		return nil, errors.New("the passkey's counter went back")
	}
	h.Credential = *used
	return json.Marshal(h)
}

// enrolling is for whom a passkey is made: who is invited, or signed in.
type enrolling struct {
	invitation string // its token
	session    string // or that of the session
	draft      office.OwnKey
	name       string // as the browser shows it with the passkey
}

// enrolling is who may enrol here; not ok where nobody may.
func (s *site) enrolling(r *http.Request) (who enrolling, ok bool, err error) {
	if token := s.Cookie(r, invitationCookie); s.staff && token != "" {
		is, err := s.source.Invited(r.Context(), token)
		if err == nil {
			return enrolling{invitation: token, name: is.Actor}, true, nil
		}
		if !fault.Is(err, fault.NotAllowed) {
			return enrolling{}, false, err
		}
	}
	draft, token, is, err := s.draft(r)
	if err != nil || token == "" {
		return enrolling{}, false, err
	}
	name := is.Subject
	if !s.staff { // the subject is an id that nobody knows: the time tells one from another
		name = s.Words(r).Say("signin.passkey.name", "date", s.Now().UTC().Format("2006-01-02 15:04"))
	}
	return enrolling{session: token, draft: draft, name: name}, true, nil
}

// beginEnrol asks the browser for a new passkey.
func (s *site) beginEnrol(w http.ResponseWriter, r *http.Request) {
	who, ok, err := s.enrolling(r)
	if err == nil && !ok {
		err = fault.New(fault.NotAllowed, "signin.voucher")
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	user := holder{name: who.name, handle: make([]byte, 32)}
	_, _ = rand.Read(user.handle) // it never fails: it ends the program first
	var there []protocol.CredentialDescriptor
	if who.session != "" {
		if there, err = s.heldBy(r.Context(), who.session, &user); err != nil {
			s.refuse(w, r, err)
			return
		}
	}
	asked := []webauthn.RegistrationOption{webauthn.WithExclusions(there)}
	if s.of == office.SessionDraft {
		asked = append(asked, webauthn.WithExtensions(prf()))
	}
	options, data, err := s.keys.BeginRegistration(user, asked...)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.begin(w, r, "enrol", options, data)
}

// heldBy are the passkeys that who is signed in has, which no second one on the
// same device is made beside; the new one has their handle.
func (s *site) heldBy(ctx context.Context, session string, user *holder) (list []protocol.CredentialDescriptor, err error) {
	ways, err := s.source.WaysIn(ctx, session)
	if err != nil {
		return nil, err
	}
	for _, way := range ways {
		var h held
		if way.Means != office.MeansPasskey || json.Unmarshal(way.Key, &h) != nil {
			continue
		}
		user.handle = h.Handle
		list = append(list, h.Credential.Descriptor())
	}
	return list, nil
}

// endEnrol enrols the passkey that the browser made.
func (s *site) endEnrol(w http.ResponseWriter, r *http.Request) {
	who, ok, err := s.enrolling(r)
	if err == nil && !ok {
		err = fault.New(fault.NotAllowed, "signin.voucher")
	}
	var proof office.Proof
	var secret []byte
	if err == nil {
		proof, secret, err = s.made(w, r)
	}
	var path string
	if err == nil {
		path, err = s.enrol(w, r, who, proof, secret)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"to": path})
}

// made is the passkey that the browser made, verified, and the secret that it gave.
func (s *site) made(w http.ResponseWriter, r *http.Request) (proof office.Proof, secret []byte, err error) {
	data, err := s.end(w, r, "enrol")
	if err != nil {
		return proof, nil, err
	}
	bad := fault.New(fault.Invalid, "signin.not-made")
	sent, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		return proof, nil, bad
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(sent)
	if err != nil {
		return proof, nil, bad
	}
	credential, err := s.keys.CreateCredential(holder{handle: data.UserID}, data, parsed)
	if err != nil {
		return proof, nil, bad
	}
	key, err := json.Marshal(held{Handle: data.UserID, Credential: *credential})
	return office.Proof{Means: office.MeansPasskey, Name: string(credential.ID), Key: key}, secretOf(sent), err
}

// enrol has the office enrol a proof, and answers where to go on.
func (s *site) enrol(w http.ResponseWriter, r *http.Request, who enrolling, proof office.Proof, secret []byte) (path string, err error) {
	if s.of == office.SessionDraft {
		return s.root + "account", s.source.EnrolOwn(r.Context(), who.draft, proof, secret)
	}
	if who.invitation == "" {
		return s.root + "account", s.source.Enrol(r.Context(), who.session, proof)
	}
	token, err := s.source.EnrolInvited(r.Context(), who.invitation, proof)
	if err != nil {
		return "", err
	}
	s.SetCookie(w, r, invitationCookie, "", 0)
	if _, err := s.enter(w, r, token, office.Way{Kind: office.SessionStaff}); err != nil {
		return "", err
	}
	return s.root + "account", nil
}

// refuse answers a script: the sentence is shown where it was asked.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, text := http.StatusInternalServerError, s.Words(r).Say("signin.failed")
	switch {
	case fault.Code(err) == "signin.wait":
		status, text = http.StatusTooManyRequests, s.Words(r).Sentence(err)
	case fault.Code(err) == "signin.voucher" && r.URL.Path == s.root+"passkey/done":
		status, text = http.StatusForbidden, s.Words(r).Say("signin.unknown")
	case fault.Is(err, fault.NotAllowed), fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict), fault.Is(err, fault.NotFound):
		status, text = http.StatusForbidden, s.Words(r).Sentence(err)
	default:
		s.Report(r, err)
	}
	answer(w, status, map[string]string{"problem": text})
}

func answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // a reader who has gone is no fault
}
