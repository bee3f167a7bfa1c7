package console_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
)

// clicks counts what an officer does: each click and each key is one action.
type clicks struct {
	*house
	ctx context.Context
	n   int
}

func (c *clicks) click(selector, then string) {
	c.Helper()
	c.n++
	must(c.TB, chromedp.Do(c.ctx, chromedp.Click(selector)))
	c.wait(then)
}

// wait waits until the page says so.
func (c *clicks) wait(text string) {
	c.Helper()
	c.until(fmt.Sprintf("document.readyState === 'complete' && document.body.innerText.includes(%q)", text))
}

// until waits until this is so on the page.
func (c *clicks) until(is string) {
	c.Helper()
	for range 200 { // a page that goes over to the next one has no answer for a moment
		if yes, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](is)); err == nil && yes {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	page, _ := chromedp.Run(c.ctx, chromedp.Text("main"))
	c.Fatalf("the page never comes to this: %s\n%s", is, page)
}

func (c *clicks) key(key, then string) {
	c.Helper()
	c.n++
	must(c.TB, chromedp.Do(c.ctx, chromedp.KeyEvent(key)))
	if then != "" {
		c.wait(then)
	}
}

// shows keeps a picture of the page where CHANCERY_SCREENSHOTS names a folder,
// and holds the page to its width.
func (c *clicks) shows(name string, width int64) {
	c.Helper()
	must(c.TB, chromedp.Do(c.ctx, chromedp.EmulateViewport(width, 900)))
	scrolls, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool]("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
	must(c.TB, err)
	picture, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	must(c.TB, err)
	if scrolls {
		c.Errorf("%s scrolls sideways at %d px", name, width)
	}
	if dir := os.Getenv("CHANCERY_SCREENSHOTS"); dir != "" {
		must(c.TB, os.WriteFile(filepath.Join(dir, fmt.Sprintf("desk-%s-%d.png", name, width)), picture, 0o644))
	}
}

func (h *house) browser(id string, noScript bool) *clicks {
	h.Helper()
	ctx, heard := browsertest.Start(h.TB.(*testing.T))
	token, err := h.Office.BeginSession(context.Background(), office.SessionStaff, id, "passkey", nil)
	must(h.TB, err)
	_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: signin.StaffCookie, Value: token, URL: h.server.URL})
	must(h.TB, err)
	if noScript {
		must(h.TB, withoutScripts(ctx))
	}
	h.TB.Cleanup(func() {
		asked, complaints := heard()
		for _, at := range asked {
			if !strings.HasPrefix(at, h.server.URL) && !strings.HasPrefix(at, "data:") && !strings.HasPrefix(at, "about:") {
				h.Errorf("a page asked for %s", at)
			}
		}
		for _, what := range complaints {
			h.Errorf("the browser complains: %s", what)
		}
	})
	return &clicks{house: h, ctx: ctx}
}

// The budget: at most six actions for a routine claim, from the day's page to the
// claim recorded and the next one on the screen.
func TestARoutineClaimTakesAtMostSixActions(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("Olena Koval", "quayside", true), departure("Ihor Petrenko", "quayside", true), departure("Marta Bondar", "quayside", false))
	c := h.browser("officer", false)
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(h.server.URL+"/desk/")))
	c.wait("My day")
	c.shows("day", 1280)
	c.n = 0
	c.click(`a[href^="/desk/queue"][href*="standing=filed"]`, "Queue:")
	c.click(`table.claims tbody a`, "Olena Koval")
	c.key("y", "")
	c.key("y", "was recorded")
	c.wait("Ihor Petrenko")
	if c.n > 6 {
		t.Errorf("a routine claim takes %d actions", c.n)
	}
	t.Logf("a routine claim takes %d actions, the next one %d", c.n, 2)
	if got := h.standing(ids[0]); got != claim.Recorded {
		t.Errorf("it stands as %s", got)
	}
	before := c.n
	c.key("y", "")
	c.key("y", "Marta Bondar")
	if c.n-before > 2 {
		t.Errorf("the next claim takes %d actions", c.n-before)
	}
	for _, width := range []int64{1280, 320} {
		c.shows("claim", width)
	}
	c.key("r", "")
	c.key("r", "is asked for what is missing")
	if got := h.standing(ids[2]); got != claim.Deficient {
		t.Errorf("it stands as %s", got)
	}
}

// The officer's whole way, by buttons alone and without a script: a queue, a
// claim, a note, a flag, somebody to work on it, a refusal with its second
// person, search, a group, people, health; every page at 1280 and at 320 px.
func TestTheOfficersWayWithoutAScript(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("Olena Koval", "elsewhere", true), departure("Ihor Petrenko", "quayside", true), departure("Marta Bondar", "quayside", true))
	c := h.browser("officer", true)
	look := func(path, name, text string) {
		t.Helper()
		must(t, chromedp.Do(c.ctx, chromedp.Navigate(h.server.URL+path)))
		c.waitStill(text)
		for _, width := range []int64{320, 1280} {
			c.shows(name, width)
		}
	}
	look("/desk/queue?programme=demo&standing=filed", "queue", "Queue:")
	look("/desk/claim/"+string(ids[0])+"?from=standing%3Dfiled", "refusable", "ground to refuse")
	c.press(`button[value="refuse"]`, "waits for a second person")
	look("/desk/second", "second", "Refuse claims")
	look("/desk/search", "search", "Reference or number")
	look("/desk/help", "help", "Keys and rules")
	look("/desk/lists", "lists", "Lists for the board")
	look("/desk/claim/"+string(ids[1]), "plain", "Ihor Petrenko")
	c.press(`button[aria-pressed]`, "Flagged")
	look("/desk/queue?programme=demo&standing=filed", "queue", "urgent")
	must(t, chromedp.Do(c.ctx, chromedp.Click("#all")))
	c.press(`button[value="together"]`, "Examined:")
	for _, width := range []int64{320, 1280} {
		c.shows("group", width)
	}
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "demo", 5)
	must(t, err)
	second := h.browser("officer-2", true)
	must(t, chromedp.Do(second.ctx, chromedp.Navigate(h.server.URL+"/desk/second/"+waiting[0].ID)))
	second.waitStill("Refuse claims")
	second.shows("proposal", 1280)
	second.press(`button[value="confirm"]`, "in both your names")
	if got := h.standing(ids[0]); got != claim.Refused {
		t.Errorf("it stands as %s", got)
	}
	administrator := h.browser("administrator", true)
	for path, text := range map[string]string{"/desk/people": "officer-2", "/desk/health": "Uploads that failed in silence"} {
		must(t, chromedp.Do(administrator.ctx, chromedp.Navigate(h.server.URL+path)))
		administrator.waitStill(text)
		administrator.shows(strings.TrimPrefix(path, "/desk/"), 1280)
		administrator.shows(strings.TrimPrefix(path, "/desk/"), 320)
	}
}

// withoutScripts turns the pages' scripts off.
func withoutScripts(ctx context.Context) error {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return err
}

// waitStill waits for a text on a page whose scripts don't run.
func (c *clicks) waitStill(text string) {
	c.Helper()
	for range 200 {
		if body, err := chromedp.Run(c.ctx, chromedp.Text("body")); err == nil && strings.Contains(body, text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.Fatalf("the page never says %q", text)
}

func (c *clicks) press(selector, then string) {
	c.Helper()
	c.n++
	must(c.TB, chromedp.Do(c.ctx, chromedp.Click(selector)))
	c.waitStill(then)
}
