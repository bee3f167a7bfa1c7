package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/witness"
)

func hashOf(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// The key and the line were made by github.com/transparency-dev/formats v0.1.1
// (NewSignerForCosignatureV1) of the seed 00 01 … 1f.
func TestACosignatureIsTheSameAsAnother(t *testing.T) {
	const key = "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
	const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	const line = "— witness.example/w1 519lMgAAAABrCA6F1YKtw2YIWEUn56fu7/6xzP5aPoG1VqiXDoRUcWBaq8vKlVTEu2yDX3OnF5lR7bC0Wwk0FYJaIum94JkLd21+DQ==\n"
	seed := make([]byte, 32)
	for n := range seed {
		seed[n] = byte(n)
	}
	public, secret := witness.KeyOf("witness.example/w1", seed)
	if public != key {
		t.Errorf("the key is %s, want %s", public, key)
	}
	v, err := witness.ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(text+"\n"+line), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 {
		t.Fatalf("the other's cosignature is not good to us: %v", err)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(raw) {
		changed := bytes.Clone(raw)
		changed[bit/8] ^= 1 << (bit % 8)
		if bit >= 32 && v.Verify([]byte(text), changed[4:]) { // the first four bytes name the key
			t.Errorf("good with bit %d changed", bit)
		}
	}
	// Ours of the same second is the same line.
	folder := filepath.Join(t.TempDir(), "w")
	if _, err := witness.Create(folder, "witness.example/w1"); err != nil {
		t.Fatal(err)
	}
	l := newLog(t, "example.com/behind-the-sofa")
	if _, err := witness.AddLog(folder, l.key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "witness.key"), []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := witness.Open(folder, witness.Options{Now: func() time.Time { return time.Unix(0x6b080e85, 999) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if w := posted(s.Handler(), witness.Body(0, nil, l.signs(t, text))); w.Body.String() != line {
		t.Errorf("ours is %s", w.Body)
	}
}

func TestALogGathersCosignaturesAndGoesOnWithoutThoseOfTheDead(t *testing.T) {
	l, h := newLog(t, origin), &history{}
	h.grow(t, "leaf", 30)
	var clients []witness.Client
	var keys []note.Verifier
	for _, name := range []string{"a.example/w", "b.example/w", "c.example/w"} {
		folder, key := made(t, name, l)
		s := opened(t, folder)
		if name == "b.example/w" { // has missed some, and was asked for others
			if w := asked(t, s, l, h, 0, 3); w.Code != http.StatusOK {
				t.Fatal(w.Code)
			}
		}
		c := serves(t, s.Handler(), key)
		clients, keys = append(clients, c), append(keys, c.Key)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	refused := httptest.NewServer(http.NotFoundHandler())
	refused.Close()
	for name, url := range map[string]string{"silent.example/w": "http://" + silent.Addr().String(), "gone.example/w": refused.URL} {
		_, key := made(t, name)
		v, err := witness.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, witness.Client{Key: v, URL: url, Wait: 300 * time.Millisecond})
	}
	begun := time.Now()
	signed := l.of(t, h, 20)
	cosigned, failed := witness.Gather(t.Context(), clients, 0, h.proveTo(20), signed)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("the dead held it up for %s", took)
	}
	if len(failed) != 2 || fault.Code(failed["silent.example/w"]) != "witness.unreachable" || fault.Code(failed["gone.example/w"]) != "witness.unreachable" {
		t.Errorf("failed: %v", failed)
	}
	n, err := note.Open(cosigned, note.VerifierList(append(keys, l.verifier(t))...))
	if err != nil || len(n.Sigs) != 4 || !bytes.HasPrefix(cosigned, signed) {
		t.Fatalf("%d signatures: %v\n%s", len(n.Sigs), err, cosigned)
	}
	// The next checkpoint, and what the witnesses say of it.
	if _, failed = witness.Gather(t.Context(), clients[:3], 20, h.proveTo(30), l.of(t, h, 30)); len(failed) != 0 {
		t.Errorf("failed: %v", failed)
	}
	head, text, err := clients[1].Seen(t.Context(), l.verifier(t))
	want := docket.TreeHead{Size: 30, Root: h.root(t, 30), Instant: docket.At(at)}
	if err != nil || head != want || !bytes.HasPrefix(text, []byte(origin+"\n30\n")) {
		t.Errorf("seen: %v, %v\n%s", head, err, text)
	}
}

// A log that was put back, or forked, learns it from the witness.
func TestALogThatGoesBackIsToldByItsWitness(t *testing.T) {
	l, h := newLog(t, origin), &history{}
	h.grow(t, "leaf", 10)
	fork := h.fork()
	h.grow(t, "ours", 10)
	fork.grow(t, "theirs", 20)
	folder, key := made(t, "harbour.example/w1", l)
	c := serves(t, opened(t, folder).Handler(), key)
	if _, err := c.Cosign(t.Context(), 0, h.proveTo(20), l.of(t, h, 20)); err != nil {
		t.Fatal(err)
	}
	for _, back := range []struct {
		name      string
		h         *history
		old, size int64
		code      string
	}{
		{"rolled back", h, 10, 15, "witness.ahead"},
		{"a fork that is behind", fork, 10, 15, "witness.ahead"},
		{"a fork of the same size", fork, 10, 20, "witness.disputes"},
		{"a fork that has grown on", fork, 10, 30, "witness.disputes"},
		{"a fork that believes it was cosigned", fork, 20, 30, "witness.disputes"},
	} {
		line, err := c.Cosign(t.Context(), back.old, back.h.proveTo(back.size), l.of(t, back.h, back.size))
		if line != nil || fault.Code(err) != back.code || !fault.Is(err, fault.Unsound) {
			t.Errorf("%s: %s %v", back.name, line, err)
		}
	}
	if _, _, err := c.Seen(t.Context(), newLog(t, "other.example/log").verifier(t)); fault.Code(err) != "witness.unseen" {
		t.Errorf("a log that was never seen: %v", err)
	}
	if _, _, err := c.Seen(t.Context(), newLog(t, origin).verifier(t)); fault.Code(err) != "witness.checkpoint" {
		t.Errorf("another key than the log's: %v", err)
	}
}

// A checkpoint of another log, though the log's own key signed it beside the
// witness, says nothing of this one.
func TestAHeadOfAnotherLogIsNotTakenForThisOnes(t *testing.T) {
	l, other, h := newLog(t, origin), newLog(t, "other.example/log"), &history{}
	h.grow(t, "leaf", 10)
	folder, key := made(t, "harbour.example/w1", other)
	signed := other.of(t, h, 10)
	line, err := serves(t, opened(t, folder).Handler(), key).Cosign(t.Context(), 0, h.proveTo(10), signed)
	if err != nil {
		t.Fatal(err)
	}
	both := append(append([]byte(textOf(signed)+"\n"), lastLine(l.signs(t, textOf(signed)))...), line...)
	c := serves(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(both) }), key)
	if _, _, err := c.Seen(t.Context(), l.verifier(t)); fault.Code(err) != "witness.checkpoint" {
		t.Errorf("taken: %v", err)
	}
}

// A witness that answers wrongly gives an error that names it, and nothing
// that could pass for a cosignature.
func TestAWitnessThatAnswersWronglyIsNamed(t *testing.T) {
	l, h := newLog(t, origin), &history{}
	h.grow(t, "leaf", 10)
	signed := l.of(t, h, 10)
	_, other := made(t, "harbour.example/w1", l)
	folder, key := made(t, "harbour.example/w1", l)
	honest := opened(t, folder).Handler()
	first, err := serves(t, honest, key).Cosign(t.Context(), 0, h.proveTo(5), l.of(t, h, 5))
	if err != nil {
		t.Fatal(err)
	}
	answers := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name string
		h    http.Handler
		key  string
		code string
	}{
		{"another key", honest, other, "witness.cosignature"},
		{"a cosignature of another checkpoint", answers(200, string(first)), key, "witness.cosignature"},
		{"the log's own signature", answers(200, string(lastLine(signed))), key, "witness.cosignature"},
		{"nothing", answers(200, ""), key, "witness.cosignature"},
		{"no note", answers(200, "<html>"), key, "witness.cosignature"},
		{"endlessly", answers(200, strings.Repeat("— a b\n", 1<<16)), key, "witness.cosignature"},
		{"a size that isn't one", answers(409, "many\n"), key, "witness.answered"},
		{"the same size for ever", answers(409, "0\n"), key, "witness.answered"},
		{"another size for ever", answers(409, "7\n"), key, "witness.answered"},
		{"a size above ours", answers(409, "11\n"), key, "witness.ahead"},
		{"elsewhere", answers(302, ""), key, "witness.answered"},
		{"an unknown log", answers(404, ""), key, "witness.knows-not-log"},
		{"an unknown key", answers(403, ""), key, "witness.knows-not-key"},
		{"out of order", answers(500, ""), key, "witness.answered"},
	} {
		client := serves(t, c.h, c.key)
		client.HTTP = nil
		line, err := client.Cosign(t.Context(), 0, h.proveTo(10), signed)
		if line != nil || fault.Code(err) != c.code || !strings.Contains(err.Error(), "harbour.example/w1") {
			t.Errorf("%s: %s %v", c.name, line, err)
		}
	}
	// Base64 whose last bits say nothing can be written in several ways; a checkpoint has one.
	last := bytes.LastIndex(first, []byte("==")) - 1
	loose := bytes.Clone(first)
	loose[last]++
	if line, err := serves(t, answers(200, string(loose)), key).Cosign(t.Context(), 0, h.proveTo(5), l.of(t, h, 5)); err != nil || !bytes.Equal(line, first) {
		t.Errorf("got %q %v, want %q", line, err, first)
	}
	noProof := func(context.Context, int64) ([]docket.Hash, error) { return nil, errDisk }
	if _, err := serves(t, honest, key).Cosign(t.Context(), 5, noProof, signed); !errors.Is(err, errDisk) {
		t.Errorf("a proof that couldn't be made: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := serves(t, honest, key).Cosign(ended, 5, h.proveTo(10), signed); fault.Code(err) != "witness.unreachable" {
		t.Errorf("when there is no time left: %v", err)
	}
}

func TestAListOfWitnesses(t *testing.T) {
	_, a := made(t, "a.example/w")
	_, b := made(t, "b.example/w")
	list, err := witness.ParseList("# ours\n\n" + a + "  https://a.example \n" + b + " http://127.0.0.1:8081/w/\n")
	if err != nil || len(list) != 2 || list[0].Name() != "a.example/w" || list[1].URL != "http://127.0.0.1:8081/w/" {
		t.Fatalf("%v %v", list, err)
	}
	if none, err := witness.ParseList("# none\n"); err != nil || none != nil {
		t.Errorf("%v %v", none, err)
	}
	for text, code := range map[string]string{
		a:                                "witness.list-line",
		a + " https://a.example more":    "witness.list-line",
		a + " a.example":                 "witness.list-url",
		a + " ftp://a.example":           "witness.list-url",
		a + " https://":                  "witness.list-url",
		a + " https://a.example/?q":      "witness.list-url",
		a + "x https://a.example":        "witness.key-form",
		"a.example https://a.example":    "witness.key-form",
		newLog(t, origin).key + " http:": "witness.key-of-log",
		strings.Replace(a, "a.example", "x.example", 1) + " https://a.example":       "witness.key-form",
		a + " https://a.example\n" + strings.ToUpper(a[:3]) + a[3:] + " https://b.a": "witness.key-form",
	} {
		if _, err := witness.ParseList("# first\n" + text); fault.Code(err) != code {
			t.Errorf("%s\n%v, want %s", text, err, code)
		}
	}
	_, err = witness.ParseList(a + " https://a.example\n\n" + a + " https://b.example")
	if want := `witness.list-twice line="3" witness="a.example/w"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestAFolderThatIsNoWitnessIsSaid(t *testing.T) {
	folder, key := made(t, "a.example/w")
	l := newLog(t, origin)
	if got, err := witness.Key(folder); err != nil || got != key {
		t.Errorf("the key is %s, %v", got, err)
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	codes := map[string]error{}
	_, codes["witness.exists"] = witness.Create(folder, "a.example/w")
	_, codes["witness.name"] = witness.Create(at("other"), "a name")
	_, codes["witness.none"] = witness.Key(t.TempDir())
	_, codes["witness.log-key"] = witness.AddLog(folder, key)
	if _, err := witness.AddLog(folder, l.key); err != nil {
		t.Fatal(err)
	}
	_, codes["witness.log-known"] = witness.AddLog(folder, l.key)
	if err := os.WriteFile(at("logs"), []byte("# ours\n"+l.key+" # comment\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, codes["witness.logs-line"] = witness.Open(folder, witness.Options{})
	if err := os.Chmod(at("witness.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	_, codes["witness.key-open-to-others"] = witness.Key(folder)
	if err := errors.Join(os.Chmod(at("witness.key"), 0o600), os.WriteFile(at("witness.key"), []byte("PRIVATE+KEY+a.example/w+00000000+BAAA\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	_, codes["witness.key-damaged"] = witness.Open(folder, witness.Options{})
	for code, err := range codes {
		if fault.Code(err) != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}
