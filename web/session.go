package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

const (
	cookieName  = "chancery-claim"
	sessionTime = 15 * time.Minute // from signing in, however busy
)

// begin signs somebody in to a claim. The cookie holds a random token and
// nothing else; who it stands for the office keeps.
func (s *site) begin(w http.ResponseWriter, r *http.Request, id claim.ID, mark []byte) error {
	token, err := s.source.BeginSession(r.Context(), office.SessionClaimant, string(id), "code", mark)
	if err == nil {
		s.cookie(w, r, token, int(sessionTime/time.Second))
	}
	return err
}

// end takes the cookie away.
func (s *site) end(w http.ResponseWriter, r *http.Request) { s.cookie(w, r, "", -1) }

func (s *site) cookie(w http.ResponseWriter, r *http.Request, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: Root, MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.HTTPS || r.TLS != nil,
	})
}

// session is the claim that a request is signed in to.
func (s *site) session(r *http.Request) (id claim.ID, ok bool, err error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return "", false, nil
	}
	is, err := s.source.Session(r.Context(), c.Value)
	if fault.Is(err, fault.NotAllowed) {
		return "", false, nil
	}
	if err != nil || is.Kind != office.SessionClaimant {
		return "", false, err
	}
	return claim.ID(is.Subject), true, nil
}

// connected is whose machine a request comes from.
func connected(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	return household(at)
}

// Forwarded is whose machine a request comes from behind one proxy of the
// office's own, which adds the address to X-Forwarded-For: the last one there,
// since any before it are the visitor's word.
func Forwarded(r *http.Request) string {
	all := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	at, err := netip.ParseAddr(strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:]))
	if err != nil {
		return connected(r)
	}
	return household(at)
}

// household is an address, or the network that a household has in IPv6.
func household(at netip.Addr) string {
	if at = at.Unmap().WithZone(""); at.Is6() {
		return netip.PrefixFrom(at, 64).Masked().String()
	}
	return at.String()
}
