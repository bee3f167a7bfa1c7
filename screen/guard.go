package screen

import (
	"net"
	"net/http"
	"net/netip"
	"regexp"

	"github.com/openchancery/chancery/fault"
)

// The content policies: a page has its own stylesheet, pictures and scripts, and
// nothing else. PublicPolicy is for pages without a form and without a script.
const (
	PublicPolicy  = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	FormsPolicy   = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	PrivatePolicy = "default-src 'none'; style-src 'self'; img-src 'self' blob:; script-src 'self'; connect-src 'self'; media-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

// Guarded sets the headers that every answer has, refusals included. What stands
// under PrivatePolicy is kept by nobody.
func Guarded(policy string, https bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Frame-Options", "DENY")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if policy == PrivatePolicy {
			h.Set("Cache-Control", "no-store")
			h.Set("X-Robots-Tag", "noindex")
		}
		next.ServeHTTP(w, r)
	})
}

// Report tells the log of a failure, without the words that lead to a claim.
func (h *House) Report(r *http.Request, err error) {
	h.Log.Error("request failed", "route", r.Pattern, "code", fault.Code(err), "error", handles.ReplaceAllString(err.Error(), "…"))
}

// handles are references and codes, numbers, and the ids of claims and drafts.
var handles = regexp.MustCompile(`(?i)\b[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}\b|\b[A-Z][A-Z0-9]{0,9}-[0-9]{7,19}\b|\b[0-9a-f]{32}\b`)

// SetCookie gives a cookie that no script sees and no other site sends; with
// value "" it takes it away. seconds is how long it is kept; 0: until the
// browser is closed.
func (h *House) SetCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	h.setCookie(w, r, http.SameSiteStrictMode, name, value, seconds)
}

// SetCookieAcross gives one that the browser sends along too when another site
// leads it to us: for the way to that site and back, and for nothing else.
func (h *House) SetCookieAcross(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	h.setCookie(w, r, http.SameSiteLaxMode, name, value, seconds)
}

func (h *House) setCookie(w http.ResponseWriter, r *http.Request, across http.SameSite, name, value string, seconds int) {
	c := http.Cookie{
		Name: h.cookieName(r, name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: across, Secure: h.secure(r),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

// Cookie is the value of a cookie that SetCookie gave; "" without one.
func (h *House) Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(h.cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

func (h *House) secure(r *http.Request) bool { return h.HTTPS || r.TLS != nil }

// cookieName: with __Host- a browser takes the cookie from this host alone, by
// https alone.
func (h *House) cookieName(r *http.Request, name string) string {
	if h.secure(r) {
		return "__Host-" + name
	}
	return name
}

// Connected is whose machine a request comes from: an address, or the network
// that a household has in IPv6.
func Connected(r *http.Request) string {
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

func household(at netip.Addr) string {
	if at = at.Unmap().WithZone(""); at.Is6() {
		return netip.PrefixFrom(at, 64).Masked().String()
	}
	return at.String()
}
