package letter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/openchancery/chancery/fault"
)

// browserPatience bounds the making of one PDF.
const browserPatience = 4 * time.Minute

// PDF makes a document for the printer into a tagged PDF, by a chromium of the
// machine's: the reader of somebody who can't see finds headings, lists and the
// language in it. folder is where the browser's own files lie meanwhile; only the
// house's own user may look into it, and nothing is left there. The fault is
// letter.no-browser where browser is no program, letter.browser-failed where it
// gave no PDF.
func PDF(ctx context.Context, browser, folder string, document []byte) (pdf []byte, err error) {
	path, err := exec.LookPath(browser)
	if err != nil {
		return nil, fault.New(fault.NotFound, "letter.no-browser", "browser", browser)
	}
	work, err := os.MkdirTemp(folder, "printing-") // of mode 0700
	if err != nil {
		return nil, fmt.Errorf("make a PDF: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	page, out := filepath.Join(work, "letters.html"), filepath.Join(work, "letters.pdf")
	if err := os.WriteFile(page, document, 0o600); err != nil {
		return nil, fmt.Errorf("make a PDF: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, browserPatience)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-pdf-header-footer", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(work, "profile"), "--print-to-pdf=" + out,
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to start as root with one
	}
	c := exec.CommandContext(ctx, path, append(args, (&url.URL{Scheme: "file", Path: page}).String())...)
	c.Env = append(os.Environ(), "HOME="+work, "TMPDIR="+work)
	c.WaitDelay = 5 * time.Second
	failed := c.Run()
	pdf, err = os.ReadFile(out)
	if failed != nil || err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return nil, errors.Join(fault.New(fault.Conflict, "letter.browser-failed", "browser", browser), ctx.Err())
	}
	return pdf, nil
}
