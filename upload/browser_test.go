package upload_test

import (
	"crypto/sha256"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/internal/browsertest"
	"github.com/openchancery/chancery/internal/nettest"
)

// In a browser, over a line that is cut while a file goes over it: the page says so in
// words, goes on where it stopped, and what arrives is what was chosen. A file that
// can't be used says what to send instead.
func TestInABrowser(t *testing.T) {
	ctx, heard := browsertest.Start(t)
	c := newCounter(t)
	server := httptest.NewServer(c.handler())
	t.Cleanup(server.Close)
	way := nettest.To(t, server.Listener.Addr().String())
	way.Narrow(t, 400)
	folder := t.TempDir()
	good, bad := filepath.Join(folder, "лист з двору.txt"), filepath.Join(folder, "scan.pdf")
	content := text(1_500_000)
	must(t, os.WriteFile(good, content, 0o600))
	must(t, os.WriteFile(bad, []byte("%PDF-1.7 cut"), 0o600))
	comes := func(condition string) {
		t.Helper()
		for range 1200 {
			if there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && there {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		text, _ := chromedp.Run(ctx, chromedp.Text("#files"))
		t.Fatalf("%s never comes: %s", condition, text)
	}
	said := "document.getElementById('files').textContent"
	must(t, chromedp.Do(ctx, chromedp.Navigate("http://"+way.Address+"/files?lang=en"), chromedp.SetUploadFiles("#files-chosen", []string{good, bad})))
	comes("/[2-9]\\d\\d KB of 1.5 MB sent/.test(" + said + ")")
	way.Close() // the line is cut
	comes("/The line broke/.test(" + said + ")")
	way.Open(t)
	comes("document.querySelectorAll('#files li.done').length === 1 && document.querySelectorAll('#files li.wrong').length === 1")
	list, err := chromedp.Run(ctx, chromedp.Text("#files"))
	must(t, err)
	for _, want := range []string{"лист з двору.txt", "Received. Readable.", "Not readable.", "Please send another file in its place."} {
		if !strings.Contains(list, want) {
			t.Errorf("the page lacks %q: %s", want, list)
		}
	}
	files, err := c.Office.Files(t.Context(), c.by, c.owner())
	if err != nil || len(files) != 2 || files[0].State != evidence.Quarantined || files[0].SHA256 != docket.Hash(sha256.Sum256(content)) || files[1].State != evidence.Unreadable {
		t.Errorf("%+v, %v", files, err)
	}
	asked, complaints := heard()
	for _, address := range asked {
		if !strings.HasPrefix(address, "http://"+way.Address+"/") {
			t.Errorf("it asks elsewhere: %s", address)
		}
	}
	for _, complaint := range complaints {
		if !strings.Contains(complaint, "Failed to load resource") && !strings.Contains(complaint, "favicon") { // the cut line
			t.Errorf("the browser complains: %s", complaint)
		}
	}
}
