package signin_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
)

// device is a passkey's keeper in the browser, as a telephone has one.
func device(t *testing.T, ctx context.Context) webauthn.AuthenticatorID {
	t.Helper()
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	must(t, err)
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	must(t, err)
	return made.AuthenticatorID
}

const makeIt, useIt = `button[data-begin="/sign-in/enrol"]`, `button[data-begin="/sign-in/passkey"]`

func cookies(t *testing.T, ctx context.Context) []*network.Cookie {
	t.Helper()
	all, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	must(t, err)
	return all.Cookies
}

func text(t *testing.T, ctx context.Context, at string) string {
	t.Helper()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('`+at+`').innerText`))
	must(t, err)
	return said
}

// The whole way of an officer: the link of an invitation, a passkey, signing out
// and in, a second device, the first one removed; and of who has nothing.
func TestAnOfficerSignsInByAPasskeyInABrowser(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	h := opened(t, nil)
	device(t, ctx)
	token := h.invite("officer", false)
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/sign-in/"), browsertest.Seen(useIt), chromedp.Click(useIt), browsertest.Seen("#passkey-problem")))
	if said := text(t, ctx, "#passkey-problem"); !strings.Contains(said, "did not use a passkey") {
		t.Errorf("without a passkey: %q", said)
	}
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/sign-in/invited#"+token), browsertest.Seen("#token")))
	at, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href"))
	must(t, err)
	if strings.Contains(at, token) {
		t.Error("the token stays in the address")
	}
	must(t, chromedp.Do(ctx, chromedp.Click("form[action='/sign-in/invited'] button"), browsertest.Seen(makeIt)))
	if said := text(t, ctx, "main"); !strings.Contains(said, "This is for officer.") {
		t.Errorf("the page says %q", said)
	}
	must(t, chromedp.Do(ctx, chromedp.Click(makeIt), browsertest.Seen("#ways")))
	if said := text(t, ctx, "main"); !strings.Contains(said, "Passkey 1") || !strings.Contains(said, "your only one") {
		t.Errorf("the page says %q", said)
	}
	// The same device makes no second one for the same person.
	must(t, chromedp.Do(ctx, chromedp.Click(makeIt), browsertest.Seen("#passkey-problem")))
	if said := text(t, ctx, "#passkey-problem"); !strings.Contains(said, "has a passkey for this already") {
		t.Errorf("a second one on one device: %q", said)
	}
	must(t, chromedp.Do(ctx, chromedp.Click("form.leave button"), browsertest.Seen(useIt), chromedp.Click(useIt), browsertest.Seen("#desk")))
	cookies := cookies(t, ctx)
	var session string
	for _, c := range cookies {
		if !c.HTTPOnly || c.SameSite != network.CookieSameSiteStrict {
			t.Errorf("cookie %s: http only %v, same site %v", c.Name, c.HTTPOnly, c.SameSite)
		}
		if c.Name == "chancery-staff" {
			session = c.Value
		}
	}
	known, _, err := h.Office.KnownBySession(t.Context(), session)
	must(t, err)
	if known.ID() != "officer" {
		t.Errorf("signed in as %q", known.ID())
	}
	// Who was ended is out, with the same passkey in their hand.
	must(t, h.Office.EndActor(t.Context(), h.admin, "officer"))
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/sign-in/account"), browsertest.Seen(useIt), chromedp.Click(useIt), browsertest.Seen("#passkey-problem")))
	if said := text(t, ctx, "#passkey-problem"); !strings.Contains(said, "We could not sign you in") {
		t.Errorf("after the end: %q", said)
	}
	asked, complaints := heard()
	for _, url := range asked {
		if !strings.HasPrefix(url, h.url+"/") || strings.Contains(url, "?") || strings.Contains(strings.SplitN(url, "#", 2)[0], token) {
			t.Errorf("asks for %s", url)
		}
	}
	for _, c := range complaints {
		if !strings.Contains(c, "403") {
			t.Errorf("the console says %q", c)
		}
	}
	if strings.Contains(h.log.String(), token) || strings.Contains(h.log.String(), session) {
		t.Error("the log holds a token")
	}
}

// A claimant who is signed in by their code makes a passkey, and comes back with
// it on a browser that knows nothing else of them.
func TestAClaimantComesBackByAPasskey(t *testing.T) {
	ctx, _ := browsertest.Start(t)
	h := opened(t, nil)
	device(t, ctx)
	const id = "00112233445566778899aabbccddeeff"
	session, err := h.Office.BeginSession(t.Context(), office.SessionClaimant, id, "code", nil)
	must(t, err)
	const add, use = `button[data-begin="/claim/sign-in/enrol"]`, `button[data-begin="/claim/sign-in/passkey"]`
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/claim/sign-in/"), browsertest.Seen(use)))
	_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "chancery-claim", Value: session, URL: h.url})
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/claim/sign-in/account"), browsertest.Seen(add), chromedp.Click(add), browsertest.Seen("dl.rows")))
	_, err = chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Navigate(h.url+"/claim/sign-in/"), browsertest.Seen(use), chromedp.Click(use), browsertest.Seen("#mine")))
	cookies := cookies(t, ctx)
	for _, c := range cookies {
		if c.Name != "chancery-claim" {
			continue
		}
		_, s, err := h.Office.KnownBySession(t.Context(), c.Value)
		must(t, err)
		if s.Subject != id || s.Means != "passkey" {
			t.Errorf("signed in to %+v", s)
		}
		return
	}
	t.Errorf("not signed in: %v", cookies)
}
