package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/internal/browsertest"
)

// The page runs its own scripts and no others, asks for nothing, and says the
// same words as the program.
func TestThePageAsItStands(t *testing.T) {
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]+)"`).FindStringSubmatch(checkPage)
	if policy == nil {
		t.Fatal("no policy")
	}
	want := "default-src 'none'; script-src"
	blocks := func(element string) {
		for _, m := range regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(checkPage, -1) {
			sum := sha256.Sum256([]byte(m[1]))
			want += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
	}
	blocks("script")
	want += "; style-src"
	blocks("style")
	want += "; base-uri 'none'; form-action 'none'"
	if policy[1] != want {
		t.Errorf("the policy of check.html must read:\n%s\nit reads:\n%s", want, policy[1])
	}
	for _, asks := range []string{"fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "<img", "<link", "src=", "@import", "url("} {
		if strings.Contains(checkPage, asks) {
			t.Errorf("the page holds %s", asks)
		}
	}
	block := regexp.MustCompile(`(?s)<script type="application/json" id="words">(.*?)</script>`).FindStringSubmatch(checkPage)
	var words map[string]string
	if block == nil || json.Unmarshal([]byte(block[1]), &words) != nil || !maps.Equal(words, kindWords) {
		t.Errorf("the page's words are not the program's: %v", words)
	}
	if len(checkPage) > 64<<10 {
		t.Errorf("the page has %d bytes", len(checkPage))
	}
}

func TestThePageIsWritten(t *testing.T) {
	vkey, to := demo(t).signer.vkey, filepath.Join(t.TempDir(), "check.html")
	verify("page", "-o", to).want(t, "without a key", good, "check.html")
	if raw, err := os.ReadFile(to); err != nil || string(raw) != checkPage {
		t.Errorf("%v", err)
	}
	verify("page", "-o", to, "--key", vkey).want(t, "with a key", good)
	if raw, err := os.ReadFile(to); err != nil || strings.Count(string(raw), ">"+vkey+"</textarea>") != 1 {
		t.Errorf("the key is not in the page: %v", err)
	}
	verify("page", "-o", to, "--key", vkey[1:]).want(t, "with a wrong key", misled, "a character of the key is wrong")
}

// phone is a browser with the page in it, the network cut off. plain takes its
// cryptography away, so that the page's own must do.
func phone(t *testing.T, at string, plain bool) (ctx context.Context, complaints func() []string) {
	t.Helper()
	ctx, heard := browsertest.Start(t,
		chromedp.Flag("proxy-server", "127.0.0.1:1"), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	// Off it is for all: the browser's only way leads to a port where nobody is.
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err == nil {
		t.Fatal("the network is not off")
	}
	heard()
	without := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if !plain {
			return nil
		}
		script := page.AddScriptToEvaluateOnNewDocumentParams{Source: `Object.defineProperty(crypto, 'subtle', { value: undefined });`}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, script)
		return err
	})
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(360, 740), without, chromedp.Navigate("file://"+at)))
	return ctx, func() []string {
		asked, said := heard()
		for _, url := range asked {
			if !strings.HasPrefix(url, "file:") && !strings.HasPrefix(url, "data:") { // data: the error page above
				said = append(said, "it asks for "+url)
			}
		}
		return said
	}
}

// eval runs a script in the page.
func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	must(t, err)
	return v
}

// verdict is what the page's own function says of a receipt: "" is good.
func verdict(t *testing.T, ctx context.Context, raw []byte, keys string) string {
	t.Helper()
	return eval[string](t, ctx, fmt.Sprintf(`checkReceipt(Uint8Array.from(atob(%q), c => c.charCodeAt(0)), %q).then(() => '', e => e instanceof Wrong ? e.message : 'CRASH ' + e.stack)`,
		base64.StdEncoding.EncodeToString(raw), keys))
}

// shared are the receipts on which program and page must agree: the tampered
// ones, every few bytes flipped, and those of a second epoch.
func shared(t *testing.T) map[string][]byte {
	list := map[string][]byte{"good": encode(t, paid(t))}
	for _, c := range tamperings() {
		r := paid(t)
		c.do(t, r)
		list[c.name] = encode(t, r)
	}
	random := rand.New(rand.NewPCG(5, 6))
	raw := encode(t, paid(t))
	for i := range 150 {
		flipped := append([]byte(nil), raw...)
		at := random.IntN(len(raw))
		flipped[at] ^= 1 << random.IntN(8)
		list[fmt.Sprintf("flip %d, byte %d", i, at)] = flipped
	}
	at := strings.Index(string(raw), `"issued":"`) + len(`"issued":"`)
	for i := range 24 {
		flipped := append([]byte(nil), raw...)
		flipped[at+i] ^= 1
		list[fmt.Sprintf("issued, character %d", i)] = flipped
	}
	for name, text := range map[string]string{
		"nothing": "", "a list": "[]", "deep": strings.Repeat("[", 40), "a byte order mark": "\ufeff" + string(raw), "white space": " " + strings.ReplaceAll(string(raw), `,"leaf"`, " ,\n\"leaf\"") + "\n",
		"a float": strings.Replace(string(raw), `"leaf":`, `"leaf":0.`, 1), "twice": strings.Replace(string(raw), `{`, `{"number":"x",`, 1),
		"half a character": strings.Replace(string(raw), `"issued":"`, `"issued":"\ud800`, 1), "escapes": strings.Replace(string(raw), `"issued":"2`, `"issued":"\u0032`, 1),
		"trailing": string(raw) + "x", "not UTF-8": string(raw) + "\xff", "cut": string(raw[:len(raw)/2]),
	} {
		list[name] = []byte(text)
	}
	return list
}

func TestThePageAndTheProgramAgree(t *testing.T) {
	at, vkey := file(t, "check.html", []byte(checkPage)), demo(t).signer.vkey
	receipts := shared(t)
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("without the browser's cryptography: ", plain), func(t *testing.T) {
			ctx, complaints := phone(t, at, plain)
			goods := 0
			for name, raw := range receipts {
				_, p := check(t, raw, vkey)
				said := verdict(t, ctx, raw, vkey)
				if (p == nil) != (said == "") || strings.HasPrefix(said, "CRASH") {
					t.Errorf("%s: the program says %v, the page %q", name, p, said)
				}
				if p == nil {
					goods++
				}
			}
			agreeOnEpochs(t, ctx)
			used := eval[map[string]string](t, ctx, `used`)
			want := map[bool]string{false: "browser", true: "page"}[plain]
			if used["hash"] != want || used["signature"] != want {
				t.Errorf("the work was done by %v", used)
			}
			for _, c := range complaints() {
				t.Error(c)
			}
			t.Logf("%d receipts, %d of them good", len(receipts), goods)
		})
	}
}

// agreeOnEpochs holds page and program against receipts of a second epoch.
func agreeOnEpochs(t *testing.T, ctx context.Context) {
	s, next := newSigner(t, origin), newSigner(t, origin+"/epoch/2")
	lines := demo(t).lines
	tree := growTree(recordsOf(lines))
	checkpoint := sign(t, checkpointText(origin+"/epoch/2", tree.size, tree.root(tree.size)), next)
	for _, reason := range []string{"key-rotation", "loss", "key-lost", "because"} {
		for _, signed := range []bool{true, false} {
			o := opening{reason: reason, kept: 600}
			if signed {
				o.by = append(o.by, s)
			}
			_, statement := o.publish(t, files{}, s, next, 600)
			raw := encode(t, receiptsOf(checkpoint, lines, []string{statement})[0])
			for _, keys := range [][]string{{s.vkey}, {next.vkey}, {s.vkey, next.vkey}, {newSigner(t, origin).vkey}} {
				given, err := givenKeys("--key", keys, typeLog)
				must(t, err)
				known, err := trusting(given)
				must(t, err)
				_, p := checkReceipt("receipt.json", raw, known, nil)
				if said := verdict(t, ctx, raw, strings.Join(keys, "\n")); (p == nil) != (said == "") {
					t.Errorf("epoch, %s, signed %v, %d keys: the program says %v, the page %q", reason, signed, len(keys), p, said)
				}
			}
		}
	}
}

// What a person does: paste a key, choose a file, read the answer, on a screen
// of 360 pixels.
func TestThePageInTheHand(t *testing.T) {
	vkey := demo(t).signer.vkey
	ctx, complaints := phone(t, file(t, "check.html", []byte(pageWith([]key{{text: vkey}}))), false)
	answer := func(name string, content []byte) string {
		must(t, chromedp.Do(ctx, chromedp.SetUploadFiles("#file", []string{file(t, name, content)})))
		text := eval[string](t, ctx, `new Promise(done => { const look = () => { const a = document.getElementById('answer'); a.className ? done(a.className + ': ' + a.innerText) : setTimeout(look, 20); }; look(); })`)
		browsertest.Picture(t, ctx, "verify-"+name)
		if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s: it is %d pixels wide", name, wide)
		}
		return text
	}
	r := paid(t)
	got := answer("good.json", encode(t, r))
	for _, want := range []string{"good: This receipt is genuine", r["reference"].(string), r["number"].(string), "The claim was filed, in the category", "put on the record under the number", "The commission decided: award of", "The bank confirmed a payment of", "acting as officer", "demo.example/log has signed this"} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q: %s", want, got)
		}
	}
	replace(rowOf(r, 2), "entry", `"award":"`, `"award":"9`)
	if got := answer("bad.json", encode(t, r)); !strings.HasPrefix(got, "bad: This receipt is NOT proved") || !strings.Contains(got, "Step 3, row: the proof does not lead from this row") || !strings.Contains(got, "Ask the office") {
		t.Errorf("%s", got)
	}
	// Another key, typed over the one that was there, is held at once.
	eval[bool](t, ctx, fmt.Sprintf(`(() => { const k = document.getElementById('key'); k.value = %q; k.dispatchEvent(new Event('input')); return true; })()`, newSigner(t, demoOrigin).vkey))
	if got := answer("other-key.json", encode(t, paid(t))); !strings.Contains(got, "it is not signed by") {
		t.Errorf("%s", got)
	}
	for _, c := range complaints() {
		t.Error(c)
	}
}
