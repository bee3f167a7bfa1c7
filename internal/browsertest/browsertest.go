// Package browsertest starts the browser in which tests look at pages.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is below what go test gives a package, so that a page which never
// comes fails its own test and names it.
const patience = 5 * time.Minute

// Start starts a chromium with a profile of its own, which ends with the test.
// Without chromium the test is skipped. heard gives the addresses that its
// pages asked for and what they complained of, each since it was last called.
func Start(t *testing.T, flags ...chromedp.ExecAllocatorOption) (ctx context.Context, heard func() (asked, complaints []string)) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here: make setup installs it")
	}
	flags = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile(t)), chromedp.Flag("disable-component-update", true)), flags...)
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var requests, complaints []string
	if err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			requests = append(requests, e.Request.URL)
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, fmt.Sprint(e.ExceptionDetails))
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, fmt.Sprint(e.Type))
		}
	}); err != nil {
		t.Fatalf("chromium doesn't start: %v", err)
	}
	return ctx, func() ([]string, []string) {
		mu.Lock()
		defer mu.Unlock()
		a, c := requests, complaints
		requests, complaints = nil, nil
		return a, c
	}
}

// profile is a folder that is removed when the browser's children, which may
// still write for a moment, let it go.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "chancery-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return dir
}

// Seen waits until the page shows what a selector names. It asks the page itself:
// chromedp's own waiting loses, once in some hundred times, a page that is swapped
// for the next one just then, and waits for ever.
func Seen(selector string) chromedp.Action[chromedp.Void] {
	shown := fmt.Sprintf(`(() => {
	  const e = document.querySelector(%q);
	  return document.readyState === "complete" && e !== null && e.getClientRects().length > 0;
	})()`, selector)
	return func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		for {
			if yes, err := chromedp.Evaluate[bool](shown)(ctx, t); err == nil && yes {
				return none, nil // a page that goes over to the next one has no answer for a moment
			}
			select {
			case <-ctx.Done():
				return none, fmt.Errorf("%s is never seen: %w", selector, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}
