package web_test

import (
	"context"
	"crypto/sha256"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/web"
)

// tool is a program that make setup installs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s here: make setup installs it", name)
	}
	return path
}

// looks is where the focus is, and on which page.
type looks struct{ Focus, Path string }

// look holds the page that is open against what every page is held to.
func look(t *testing.T, ctx context.Context, name string, width int64) looks {
	t.Helper()
	browsertest.Hold(t, ctx, "claim-"+name, width)
	return focused(t, ctx)
}

func focused(t *testing.T, ctx context.Context) looks {
	t.Helper()
	l, err := chromedp.Run(ctx, chromedp.Evaluate[looks](`({focus: document.activeElement.className || document.activeElement.tagName, path: location.pathname + location.search})`))
	must(t, err)
	return l
}

// The pages as a telephone (320 px, which is also a laptop at 400 % zoom) and a
// desk show them, by the keyboard and without a script of ours.
func TestTheWayOfAClaimantInABrowser(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	code := h.code(t, c)
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	server := httptest.NewServer(web.New(h.Office, h.options(t, new(written))))
	defer server.Close()
	for _, width := range []int64{320, 1280} {
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+web.Root)))
		look(t, ctx, "enter", width)
		must(t, chromedp.Do(ctx, chromedp.SendKeys("#reference", string(c.Reference)), chromedp.SendKeys("#code", reference(1)+"\n"), browsertest.Seen(".problems")))
		l := look(t, ctx, "wrong", width)
		for tries := 0; l.Focus != "problems" && tries < 50; tries++ { // a page is there before its focus is
			time.Sleep(100 * time.Millisecond)
			l = focused(t, ctx)
		}
		if l.Focus != "problems" {
			t.Errorf("after a wrong pair the focus is on %s", l.Focus)
		}
		must(t, chromedp.Do(ctx, chromedp.SendKeys("#code", strings.ToLower(code)+"\n"), browsertest.Seen(".steps")))
		if l := look(t, ctx, "mine", width); l.Path != "/claim/mine" {
			t.Errorf("the claim is at %s", l.Path)
		}
		must(t, chromedp.Do(ctx, chromedp.Click("form[action='/claim/sheet'] button"), browsertest.Seen("svg.code")))
		look(t, ctx, "sheet", width)
		must(t, chromedp.Do(ctx, chromedp.Click(".to-back"), browsertest.Seen(".steps"), chromedp.Click("form.leave button"), browsertest.Seen("#code")))
	}
	asked, complaints := heard()
	if len(asked) < 10 {
		t.Errorf("the listener is deaf: %v", asked)
	}
	for _, url := range asked {
		if !strings.HasPrefix(url, server.URL+"/") || strings.ContainsAny(url, "?") || strings.Contains(url, string(c.Reference)) {
			t.Errorf("asks for %s", url)
		}
	}
	complaints = slices.DeleteFunc(complaints, func(c string) bool { return strings.Contains(c, "403 (Forbidden)") }) // of the wrong pair
	if len(complaints) > 0 {
		t.Errorf("the console says: %q", complaints)
	}
}

// long is an office in which a step of many words has happened again and again,
// before a claim's newest, and which has many files of long names.
type long struct{ *office.Office }

func (l long) History(ctx context.Context, s docket.Stream) ([]office.Step, error) {
	steps, err := l.Office.History(ctx, s)
	return drawnOut(steps), err
}

func (l long) Receipt(ctx context.Context, reference string) (docket.Receipt, []docket.Ref, error) {
	r, pending, err := l.Office.Receipt(ctx, reference)
	r.Steps = drawnOut(r.Steps)
	return r, pending, err
}

func (l long) Files(context.Context, office.By, office.FileOwner) ([]office.File, error) {
	f := office.File{ID: "f", Name: strings.Repeat("довідка про пошкодження ", 8) + ".pdf", Entry: 1, SHA256: sha256.Sum256([]byte("a file"))}
	return slices.Repeat([]office.File{f}, 40), nil
}

// drawnOut repeats the third step, the proposal.
func drawnOut[S any](steps []S) []S {
	const assessed, more = 2, 30
	return slices.Insert(slices.Clone(steps), len(steps)-1, slices.Repeat(steps[assessed:assessed+1], more)...)
}

// The sheet is one page of A4, however much has happened, and its code scans
// from a picture of 150 dots an inch, as a cheap scanner makes it.
func TestTheSheetIsOnePageAndItsCodeScans(t *testing.T) {
	pdftoppm, pdfinfo, zbarimg := tool(t, "pdftoppm"), tool(t, "pdfinfo"), tool(t, "zbarimg")
	ctx, _ := browsertest.Start(t)
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	code := h.code(t, c)
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	receipt, _, err := h.Office.Receipt(t.Context(), string(c.Reference))
	must(t, err)
	want := web.CodeText(receipt.Reference, receipt.Steps[len(receipt.Steps)-1])
	for name, source := range map[string]web.Source{"short": h.Office, "long": long{h.Office}} {
		server := httptest.NewServer(web.New(source, h.options(t, new(written))))
		defer server.Close()
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+web.Root),
			chromedp.SendKeys("#reference", string(c.Reference)), chromedp.SendKeys("#code", code+"\n"), browsertest.Seen(".steps"),
			chromedp.Click("form[action='/claim/sheet'] button"), browsertest.Seen("svg.code")))
		pdf := filepath.Join(t.TempDir(), name+".pdf")
		printed, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		must(t, err)
		must(t, os.WriteFile(pdf, printed, 0o600))
		info, err := exec.Command(pdfinfo, pdf).Output()
		must(t, err)
		if !strings.Contains(strings.Join(strings.Fields(string(info)), " "), "Pages: 1 ") {
			t.Errorf("%s: not one page\n%s", name, info)
		}
		picture := strings.TrimSuffix(pdf, ".pdf")
		must(t, exec.Command(pdftoppm, "-r", "150", "-png", "-singlefile", pdf, picture).Run())
		read, err := exec.Command(zbarimg, "--quiet", "--raw", picture+".png").Output()
		must(t, err)
		if got := strings.TrimSuffix(string(read), "\n"); got != want {
			t.Errorf("%s: the code says %q, want %q", name, got, want)
		}
		if dir := os.Getenv("CHANCERY_SCREENSHOTS"); dir != "" {
			content, err := os.ReadFile(picture + ".png")
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "claim-paper-"+name+".png"), content, 0o644))
		}
	}
}
