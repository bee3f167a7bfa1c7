package web

import (
	"net/http"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
)

// mandateLine is the mandate under which a claim was filed, as its claimant sees it.
type mandateLine struct {
	Organisation string
	Kind, Holds  string
	Scopes       []string
	NotPaid      bool // it doesn't cover to be paid
	May          bool // it can be ended
}

func mandateLineOf(words screen.Words, m claim.Mandate) *mandateLine {
	l := &mandateLine{Organisation: m.Organisation, Kind: words.Say("represent.kind." + string(m.Kind)), NotPaid: true, May: m.Ended.IsZero()}
	for _, s := range m.Scopes {
		l.Scopes = append(l.Scopes, words.Say("represent.scope."+string(s)))
		l.NotPaid = l.NotPaid && s != claim.ScopeBePaid
	}
	switch from := words.Date(m.From); {
	case !m.Ended.IsZero():
		l.Holds = words.Say("represent.holds.ended", "on", words.Date(m.Ended))
	case !m.Until.IsZero():
		l.Holds = words.Say("represent.holds.until", "from", from, "until", words.Date(m.Until))
	default:
		l.Holds = words.Say("represent.holds.open", "from", from)
	}
	return l
}

// mandateForm shows what the mandate allows, and asks whether to end it.
func (s *site) mandateForm(w http.ResponseWriter, r *http.Request, in signed) {
	m, ok, err := s.source.MandateOf(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if !ok {
		s.Missing(w, r)
		return
	}
	o, err := s.read(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "mandate.html", screen.Page{
		Title: in.words.Say("represent.mine.title"), Back: Root + "mine", Exit: o.private(), Body: mandateLineOf(in.words, m),
	})
}

// endMandate ends it, from today on. Which one is meant says the claim.
func (s *site) endMandate(w http.ResponseWriter, r *http.Request, in signed) {
	m, ok, err := s.source.MandateOf(r.Context(), in.id)
	if err == nil && ok {
		err = s.source.EndMandate(r.Context(), in.by, m.Programme, m.ID)
	}
	switch {
	case fault.Code(err) == "mandate.ended":
		http.Redirect(w, r, Root+"mandate", http.StatusSeeOther)
	case err != nil:
		s.Failed(w, r, err)
	case !ok:
		s.Missing(w, r)
	default:
		s.done(w, r, in, "represent.mine.ended")
	}
}
