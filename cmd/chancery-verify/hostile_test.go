package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/docket"
)

// A log sends whoever checks it nowhere but where they asked to go.
func TestALogCannotSendTheCheckElsewhere(t *testing.T) {
	f := published(t, demo(t).signer, demo(t).records[:150])
	var reached atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = w.Write(f["checkpoint"])
	}))
	defer inner.Close()
	for name, c := range map[string]struct {
		to   func(here, path string) string
		want int
	}{
		"another port":   {func(_, path string) string { return inner.URL + path }, misled},
		"another scheme": {func(here, path string) string { return strings.Replace(here, "http:", "https:", 1) + "/log" + path }, misled},
		"another name": {func(here, path string) string {
			return strings.Replace(here, "127.0.0.1", "localhost", 1) + "/log" + path
		}, misled},
		"in a circle":        {func(here, path string) string { return here + "/moved" + path }, misled},
		"on the same server": {func(here, path string) string { return here + "/log" + path }, good},
	} {
		outer := httptest.NewUnstartedServer(nil)
		outer.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path, moved := strings.CutPrefix(r.URL.Path, "/moved"); moved {
				http.Redirect(w, r, c.to(outer.URL, path), http.StatusFound)
				return
			}
			content, ok := f[strings.TrimPrefix(r.URL.Path, "/log/")]
			if !ok {
				http.NotFound(w, r)
				return
			}
			_, _ = w.Write(content)
		})
		outer.Start()
		verify("log", outer.URL+"/moved", "--key", demo(t).signer.vkey).want(t, name, c.want)
		outer.Close()
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the inner server was asked %d times", n)
	}
}

// What unpacks to more than a file may have is not read to its end.
func TestAnAnswerIsReadNoFurtherThanItMayGo(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	piece := make([]byte, 1<<20)
	for range 256 {
		_, err := w.Write(piece)
		must(t, err)
	}
	must(t, w.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer server.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	verify("log", server.URL, "--key", demo(t).signer.vkey).want(t, "a bomb", bad, "larger than")
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("%d MiB were taken for %d bytes", took>>20, packed.Len())
	}
}

// A checkpoint may name more leaves than anybody could walk over.
func TestACheckpointOfALogThatIsNotThereIsNotWalkedForEver(t *testing.T) {
	s := demo(t).signer
	for _, size := range []int64{1 << 53, mostGone*tileWidth + 1} {
		f := published(t, s, demo(t).records[:150])
		f["checkpoint"] = []byte(sign(t, checkpointText(s.Name(), size, hash{}), s))
		for name, at := range map[string]string{"a folder": f.folder(t), "a server": f.serve(t)} {
			done := make(chan called, 1)
			go func() { done <- verify("log", at, "--key", s.vkey) }()
			select {
			case c := <-done:
				c.want(t, name, bad, "256 bundles in a row can't be read, up to leaf 65535 of", "and ")
			case <-time.After(time.Minute):
				t.Fatalf("%s: it walks for ever", name)
			}
		}
	}
}

// A copy of a log in a folder may hold anything under a file's name.
func TestAFolderMayHoldWhatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		dir := published(t, demo(t).signer, demo(t).records[:150]).folder(t)
		path := filepath.Join(dir, "checkpoint")
		must(t, os.Remove(path))
		must(t, put(path))
		done := make(chan called, 1)
		go func() { done <- verify("log", dir, "--key", demo(t).signer.vkey) }()
		select {
		case c := <-done:
			c.want(t, name, bad, "it is not a file")
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: it waits for ever", name)
		}
	}
}

// steering is what would clear a screen, colour it, turn a line round or begin
// one of its own, in the forms of 7 and 8 bits.
const steering = "\x1b[2J\x1b[32mGOOD\u009b31m\u202eDOOG\u2028GOOD\u2066\ufeff\u061c\x7f"

// No server, note or receipt steers the terminal of who checks it, in words or
// as JSON.
func TestNothingSteersTheTerminal(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			fmt.Fprintf(c, "HTTP/1.1 403 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", steering)
			_ = c.Close()
		}
	}()
	odd := "demo.example/" + strings.NewReplacer("\x1b", "", "\x7f", "", "\u2028", "").Replace(steering)
	s := newSigner(t, odd) // a note's names may hold all but blanks and controls of 7 bits
	path := file(t, "receipt.json", hostileReceipt(t, s, steering))
	for name, args := range map[string][]string{
		"a server":         {"log", "http://" + listener.Addr().String(), "--key", demo(t).signer.vkey},
		"a good receipt":   {"receipt", path, "--key", s.vkey},
		"another's":        {"receipt", path, "--key", demo(t).signer.vkey},
		"a log":            {"log", published(t, s, demo(t).records[:5]).folder(t), "--key", s.vkey},
		"a checkpoint's":   {"log", published(t, s, demo(t).records[:5]).folder(t), "--key", demo(t).signer.vkey},
		"a name of a file": {"receipt", file(t, "receipt\u009b2J\x1b[2J.json", []byte("{}")), "--key", s.vkey},
	} {
		for _, format := range []string{"", "--json"} {
			c := verify(append(args, strings.Fields(format)...)...)
			all := c.out + c.errOut
			if !strings.Contains(all, "GOOD") && !strings.Contains(all, "2J") {
				t.Errorf("%s %s: nothing of it is repeated, so that nothing was tested: %s", name, format, all)
			}
			if at := strings.IndexFunc(strings.NewReplacer("\n", "", "\t", "").Replace(all), hidden); at >= 0 {
				t.Errorf("%s %s: a hidden character is printed: %q", name, format, all)
			}
			if format != "" && c.out != "" && !json.Valid([]byte(c.out)) {
				t.Errorf("%s: no JSON: %s", name, c.out)
			}
		}
	}
}

// hostileReceipt is a receipt that its log signed, with a text in every place
// where one may stand.
func hostileReceipt(t testing.TB, s signer, text string) []byte {
	t.Helper()
	entry, err := docket.Marshal(map[string]any{
		"format": 1, "stream": "claim/" + text, "version": 1, "kind": "claim.filed.v1", "programme": text, "day": text,
		"actor": text, "capacity": text, "means": text, "instant": "2026-01-31T09:00:00.007Z",
		"second":      map[string]any{"actor": text, "capacity": text, "means": text},
		"commitments": []any{map[string]any{"name": text, "hash": commitment(blobTag, hash{}, []byte(text)).String()}},
		"facts":       map[string]any{"reference": text, "category": text, "claimed": text, "received": text},
	})
	must(t, err)
	unknown, err := docket.Marshal(map[string]any{
		"format": 1, "stream": "claim/" + text, "version": 2, "kind": text, "actor": text, "capacity": text,
		"instant": "2026-01-31T09:00:00.007Z", "facts": map[string]any{"number": text},
	})
	must(t, err)
	var salt docket.Salt
	g := growTree([]hash{hash(docket.EntryCommitment(salt, entry)), hash(docket.EntryCommitment(salt, unknown))})
	step := func(leaf int64, bytes []byte) map[string]any {
		return map[string]any{
			"leaf": leaf, "stream": "claim/" + text, "version": leaf + 1, "salt": docket.Hash{}, "entry": string(bytes), "proof": g.proof(leaf),
		}
	}
	first := step(0, entry)
	first["openings"] = []any{map[string]any{"name": text, "salt": docket.Hash{}, "plaintext": text}}
	return encode(t, map[string]any{
		"format": "chancery/receipt/v1", "reference": text, "number": text, "issued": "2026-01-31T09:00:00.007Z",
		"checkpoint": sign(t, checkpointText(s.Name(), 2, g.root(2)), s), "steps": []any{first, step(1, unknown)},
	})
}

// What a receipt says is text on the page for a phone: in a genuine one of a
// hostile log, and in what is said of one that is refused.
func TestAReceiptBringsNothingOfItsOwnIntoThePage(t *testing.T) {
	const attack = `</script></span></textarea><script>window.owned=1</script><img src=x onerror="window.owned=1"><svg onload="window.owned=1"><iframe srcdoc="<script>parent.owned=1</script>"></iframe><a href="javascript:owned=1">x</a>&lt;b&gt;{{owned}}${owned}`
	s := newSigner(t, "x<img/src=x/onerror=owned=1>")
	ctx, complaints := phone(t, file(t, "check.html", []byte(pageWith([]key{{text: s.vkey}}))), false)
	good := hostileReceipt(t, s, attack)
	texts := map[string][]byte{"good": good}
	for name, change := range map[string]func(r map[string]any){
		"format":     func(r map[string]any) { r["format"] = attack },
		"reference":  func(r map[string]any) { r["reference"] = attack + "!" },
		"number":     func(r map[string]any) { r["number"] = attack + "!" },
		"issued":     func(r map[string]any) { r["issued"] = attack },
		"member":     func(r map[string]any) { r[attack] = attack },
		"__proto__":  func(r map[string]any) { r["__proto__"] = map[string]any{"has": attack} },
		"epochs":     func(r map[string]any) { r["epochs"] = []any{attack} },
		"checkpoint": func(r map[string]any) { r["checkpoint"] = attack + "\n1\nx\n\n— " + attack + " AAAAAAAA\n" },
		"origin": func(r map[string]any) {
			r["checkpoint"] = strings.Replace(r["checkpoint"].(string), s.Name(), attack, 1)
		},
		"entry":     func(r map[string]any) { stepOf(r, 0)["entry"] = attack },
		"in a step": func(r map[string]any) { stepOf(r, 0)[attack] = attack },
		"opening":   func(r map[string]any) { stepOf(r, 0)["openings"].([]any)[0].(map[string]any)["name"] = attack + "!" },
	} {
		var r map[string]any
		must(t, json.Unmarshal(good, &r))
		change(r)
		texts[name] = encode(t, r)
	}
	for name, raw := range texts {
		must(t, chromedp.Do(ctx, chromedp.SetUploadFiles("#file", []string{file(t, "receipt.json", raw)})))
		class := eval[string](t, ctx, `new Promise(done => { const look = () => { const a = document.getElementById('answer'); a.className && !a.innerText.startsWith('Checking') ? done(a.className) : setTimeout(look, 20); }; look(); })`)
		if want := map[bool]string{true: "good", false: "bad"}[name == "good"]; class != want {
			t.Errorf("%s: %s, want %s: %s", name, class, want, eval[string](t, ctx, `document.getElementById('answer').innerText`))
		}
		if name == "good" && !strings.Contains(eval[string](t, ctx, `document.getElementById('answer').textContent`), `<script>window.owned=1</script>`) {
			t.Error("the texts are not shown, so that nothing was tested")
		}
		eval[bool](t, ctx, `new Promise(done => setTimeout(() => done(true), 50))`)
		if odd := eval[string](t, ctx, `String(window.owned) + Array.from(document.querySelectorAll('#answer *')).map(e => e.tagName).filter(n => !['P', 'OL', 'LI', 'SPAN'].includes(n)).join() + document.querySelectorAll('img, svg, iframe, a, b').length`); odd != "undefined0" {
			t.Errorf("%s: it brought %s into the page", name, odd)
		}
		eval[bool](t, ctx, `(document.getElementById('answer').className = '', document.getElementById('file').value = '', true)`)
	}
	for _, c := range complaints() {
		t.Error(c)
	}
}
