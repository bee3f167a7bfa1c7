package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

const origin = "claims.example.org/log"

// walked is what the log check finds in files.
func walked(t testing.TB, f files, vkey string, more ...func(*logCheck)) *logReport {
	t.Helper()
	k, err := parseKey(vkey, typeLog)
	must(t, err)
	l := &logCheck{from: &source{at: f.serve(t), client: http.DefaultClient}, known: trust{k.name: k}, errOut: io.Discard}
	for _, m := range more {
		m(l)
	}
	return l.run(context.Background())
}

func said(r *logReport) string {
	var b strings.Builder
	for _, p := range r.Problems {
		b.WriteString(p.Error() + "\n")
	}
	return b.String()
}

func (r *logReport) want(t testing.TB, what string, wants ...string) {
	t.Helper()
	text := said(r)
	if r.Good != (len(wants) == 0) {
		t.Errorf("%s: good is %v: %s", what, r.Good, text)
	}
	for _, w := range wants {
		if !strings.Contains(text, w) {
			t.Errorf("%s: nothing says %q:\n%.2500s", what, w, text)
		}
	}
}

func TestLogsOfAllSizesAreGood(t *testing.T) {
	s := newSigner(t, origin)
	for _, size := range []int{0, 1, 2, 255, 256, 257, 511, 512, 513, 1000} {
		walked(t, published(t, s, someRecords(size)), s.vkey).want(t, fmt.Sprint(size))
	}
	f := published(t, s, someRecords(66_000))
	walked(t, f, s.vkey).want(t, "three levels")
	// Partial tiles may go once the full ones are there.
	f = published(t, s, someRecords(600))
	old := sign(t, checkpointText(origin, 300, growTree(someRecords(300)).root(300)), s)
	full := published(t, s, someRecords(512))
	for name := range f {
		if strings.Contains(name, ".p/") {
			delete(f, name)
		}
	}
	maps.Copy(f, full)
	f["checkpoint"] = []byte(old)
	delete(f, "tile/1/000.p/1")
	f["tile/1/000.p/1"] = f["tile/1/000.p/2"][:32]
	walked(t, f, s.vkey).want(t, "full tiles for partial ones")
}

// Each file of a log, tampered with in each way: found, and the file and the
// leaves named.
func TestEveryTamperedFileIsFoundAndLocated(t *testing.T) {
	s := newSigner(t, origin)
	good := published(t, s, someRecords(600))
	where := map[string]string{ // what is under each file
		"tile/entries/000": "leaves 0 to 255", "tile/entries/001": "leaves 256 to 511", "tile/entries/002.p/88": "leaves 512 to 599",
		"tile/0/000": "leaves 0 to 255", "tile/0/001": "leaves 256 to 511", "tile/0/002.p/88": "leaves 512 to 599",
		"tile/1/000.p/2": "tile/1/000.p/2", "checkpoint": "checkpoint",
	}
	if len(where) != len(good) {
		t.Fatalf("%d files, and a case for %d", len(good), len(where))
	}
	for name, leaves := range where {
		f := good.clone()
		delete(f, name)
		walked(t, f, s.vkey).want(t, name+" removed", name, "the file is not there")
		f = good.clone()
		f[name] = f[name][:len(f[name])-1]
		if r := walked(t, f, s.vkey); name == "checkpoint" {
			r.want(t, name+" cut", name, "not a signed note")
		} else {
			r.want(t, name+" cut", name, "bytes, and", leaves)
		}
	}
	for _, pair := range [][2]string{{"tile/entries/000", "tile/entries/001"}, {"tile/0/000", "tile/0/001"}} {
		f := good.clone()
		f[pair[0]], f[pair[1]] = f[pair[1]], f[pair[0]]
		walked(t, f, s.vkey).want(t, pair[0]+" swapped", "leaf 0 ")
	}
}

// flipped is a log with one bit flipped in a file, and the leaves that it is
// about.
func flipped(good files, name string, at int, bit byte) files {
	f := good.clone()
	f[name][at] ^= bit
	return f
}

func TestAnyFlippedBitIsFoundAndLocated(t *testing.T) {
	s := newSigner(t, origin)
	good := published(t, s, someRecords(600))
	names := slices.Sorted(maps.Keys(good))
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "file")
		at := rapid.IntRange(0, len(good[name])-1).Draw(rt, "at")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(rt, "bit")
		r := walked(t, flipped(good, name, at, bit), s.vkey)
		text := said(r)
		n := map[string]int{"tile/entries/001": 256, "tile/entries/002.p/88": 512, "tile/0/001": 256, "tile/0/002.p/88": 512}[name]
		want := ""
		switch {
		case strings.HasPrefix(name, "tile/entries"):
			want = fmt.Sprintf("leaf %d ", n+at/recordSize)
		case strings.HasPrefix(name, "tile/0"):
			want = fmt.Sprintf("leaf %d ", n+at/32)
		case strings.HasPrefix(name, "tile/1"):
			want = fmt.Sprintf("leaves %d to %d", at/32*256, at/32*256+255)
		}
		if r.Good || !strings.Contains(text, name) || !strings.Contains(text, want) {
			rt.Errorf("%s, byte %d, bit %x: good is %v, nothing says %q: %s", name, at, bit, r.Good, want, text)
		}
	})
}

// What is said of the root tells which of two files is the altered one.
func TestTheRootTellsWhichFileIsAltered(t *testing.T) {
	s := newSigner(t, origin)
	good := published(t, s, someRecords(600))
	walked(t, flipped(good, "tile/entries/001", 3*recordSize+9, 1), s.vkey).want(t, "a record", "leaf 259 ", "the hash tiles make the root that the checkpoint names, and the records of the bundles don't")
	walked(t, flipped(good, "tile/0/001", 3*32+9, 1), s.vkey).want(t, "a tile", "leaf 259 ", "the records of the bundles make the root that the checkpoint names, and the hash tiles don't")
	walked(t, flipped(good, "tile/1/000.p/2", 40, 1), s.vkey).want(t, "a higher tile", "hash 1 does not belong to leaves 256 to 511", "only the files named above")
	walked(t, flipped(flipped(good, "tile/entries/001", 3*recordSize+9, 1), "tile/0/000", 9, 1), s.vkey).want(t, "both", "leaf 0 ", "leaf 259 ", "neither")
	large := published(t, s, someRecords(66_000))
	walked(t, flipped(large, "tile/1/000", 17*32, 1), s.vkey).want(t, "the second level", "tile/1/000", "leaves 4352 to 4607")
	walked(t, flipped(large, "tile/2/000.p/1", 0, 1), s.vkey).want(t, "the third level", "tile/2/000.p/1", "leaves 0 to 65535")
}

// rewritten is a log in which everything is made anew but for the signature.
func rewritten(t testing.TB, s signer, records []hash, checkpoint []byte) files {
	f := published(t, s, records)
	f["checkpoint"] = checkpoint
	return f
}

// Everything but the key: records changed, removed, inserted, swapped, and
// every bundle and tile made anew.
func TestARewrittenLogIsFoundAndLocated(t *testing.T) {
	s := newSigner(t, origin)
	records := someRecords(600)
	good := published(t, s, records)
	mirror := &source{at: good.folder(t)}
	var since []saved
	for _, size := range []int64{100, 300, 301, 550} {
		since = append(since, saved{fmt.Sprint("saved-", size), sign(t, checkpointText(origin, size, growTree(records).root(size)), s)})
	}
	for _, at := range []int{0, 99, 100, 299, 300, 301, 549, 550, 599} {
		changed := slices.Clone(records)
		changed[at] = hash{9}
		removed := slices.Delete(slices.Clone(records), at, at+1)
		removed = append(removed, hash{7}) // the size is signed
		inserted := slices.Insert(slices.Clone(records), at, hash{8})[:600]
		swapped := slices.Clone(records)
		other := (at + 1) % 600
		swapped[at], swapped[other] = swapped[other], swapped[at]
		for name, list := range map[string][]hash{"changed": changed, "removed": removed, "inserted": inserted, "swapped": swapped} {
			first := at
			if name == "swapped" {
				first = min(at, other)
			}
			what := fmt.Sprintf("leaf %d %s", at, name)
			f := rewritten(t, s, list, good["checkpoint"])
			walked(t, f, s.vkey).want(t, what, "leaves 0 to 599", "rewritten as a whole")
			walked(t, f, s.vkey, func(l *logCheck) { l.mirror = mirror }).want(t, what+", beside a mirror", fmt.Sprintf("The copies part at leaf %d", first))
			if first < 550 { // and within the checkpoints that somebody kept
				from, to := 0, 99
				for _, span := range [][2]int{{100, 299}, {300, 300}, {301, 549}} {
					if first >= span[0] {
						from, to = span[0], span[1]
					}
				}
				within := fmt.Sprintf("lies within %s", span(int64(from), int64(to)))
				walked(t, f, s.vkey, func(l *logCheck) { l.since = since }).want(t, what+", beside saved checkpoints", within)
			}
		}
	}
}

func TestRollbackForkAndForeignCheckpoints(t *testing.T) {
	s, other := newSigner(t, origin), newSigner(t, origin)
	records := someRecords(600)
	newest := published(t, s, records)
	held := func(f files) func(*logCheck) {
		return func(l *logCheck) { l.since = []saved{{"kept.txt", string(f["checkpoint"])}} }
	}
	older := published(t, s, records[:500])
	walked(t, newest, s.vkey, held(older)).want(t, "a continuation")
	walked(t, older, s.vkey, held(newest)).want(t, "rolled back", "kept.txt", "names 600 entries, and the log now shows 500", "leaves 500 to 599 were published and signed and are gone")
	branch := slices.Clone(records)
	branch[550] = hash{1}
	walked(t, published(t, s, branch), s.vkey, held(newest)).want(t, "forked", "kept.txt", "forked or rewritten")
	walked(t, published(t, other, records), s.vkey).want(t, "another key of the same name", "it is not signed by "+origin)
	walked(t, published(t, newSigner(t, "other.example/log"), records), s.vkey).want(t, "another log's", "it is not signed by")
	f := newest.clone()
	f["checkpoint"] = []byte(sign(t, checkpointText("other.example/log", 600, hash{}), s))
	walked(t, f, s.vkey).want(t, "signed by the log's key for another log", "it is of the log")
	f["checkpoint"] = []byte(strings.Replace(string(newest["checkpoint"]), "\n600\n", "\n599\n", 1))
	walked(t, f, s.vkey).want(t, "the size changed", "does not fit the text")
	w := newCosigner(t, "witness.example/w1", 1_790_000_000)
	f["checkpoint"] = []byte(sign(t, checkpointText(origin, 600, growTree(records).root(600)), s, w))
	witness, err := parseKey(w.vkey(), typeWitness)
	must(t, err)
	walked(t, f, s.vkey, func(l *logCheck) { l.witnesses = []key{witness} }).want(t, "witnessed")
	walked(t, newest, s.vkey, func(l *logCheck) { l.witnesses = []key{witness} }).want(t, "not witnessed", "has not vouched")
}

func TestCheckpointsAreSavedOnlyWhenAllIsGood(t *testing.T) {
	s := newSigner(t, origin)
	sound := published(t, s, someRecords(300))
	to := file(t, "saved", nil)
	verify("log", flipped(sound, "tile/0/000", 5, 1).folder(t), "--key", s.vkey, "--save", to).want(t, "bad", bad, "tile/0/000")
	if raw, _ := os.ReadFile(to); len(raw) != 0 {
		t.Error("the checkpoint of a bad log was saved")
	}
	verify("log", sound.folder(t), "--key", s.vkey, "--save", to).want(t, "good", good, "GOOD")
	verify("log", published(t, s, someRecords(400)).serve(t), "--since", to, "--key", s.vkey).want(t, "goes on", good, "The log is a continuation of "+to)
}

// epochs publishes a second epoch.
type opening struct {
	reason     string
	kept       int64
	by         []note.Signer // who signs beside the new key
	key        string        // "": that of the signer
	statement  func(string) string
	newRecords []hash
}

func (o opening) publish(t testing.TB, f files, s, next signer, size int64) (files, string) {
	f = f.clone()
	key := o.key
	if key == "" {
		key = next.vkey
	}
	root := growTree(someRecords(int(size))).root(size)
	text := fmt.Sprintf("chancery/epoch/v1\norigin %s\nepoch 2\nreason %s\nkey %s\nprevious-origin %s\nprevious-size %d\nprevious-root %s\nkept %d\nlost %d\n",
		origin, o.reason, key, origin, size, base64.StdEncoding.EncodeToString(root[:]), o.kept, size-o.kept)
	if o.statement != nil {
		text = o.statement(text)
	}
	signed := sign(t, text, append([]note.Signer{next}, o.by...)...)
	f["epoch/2/epoch"] = []byte(signed)
	g := f.publish("epoch/2/", o.newRecords)
	f["epoch/2/checkpoint"] = []byte(sign(t, checkpointText(origin+"/epoch/2", g.size, g.root(g.size)), next))
	return f, signed
}

func TestEpochs(t *testing.T) {
	s, next := newSigner(t, origin), newSigner(t, origin+"/epoch/2")
	records := someRecords(600)
	first := published(t, s, records)
	on := append(someRecords(600), hash{1}, hash{2})
	lossy := append(someRecords(300), hash{3})
	altered := slices.Clone(on)
	altered[299] = hash{4}
	both := []note.Signer{s}
	replaced := func(old, with string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, with, 1) }
	}
	for _, c := range []struct {
		name string
		o    opening
		keys []string
		said string // "" good
	}{
		{"the key rotates", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on}, []string{s.vkey}, ""},
		{"who knows the new key only", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on}, []string{next.vkey}, ""},
		{"who knows both", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on}, []string{s.vkey, next.vkey}, ""},
		{"a rotation that the old key did not sign", opening{reason: "key-rotation", kept: 600, newRecords: on}, []string{s.vkey}, "The previous key did not hand over"},
		{"the same, known by both keys", opening{reason: "key-rotation", kept: 600, newRecords: on}, []string{s.vkey, next.vkey}, "The previous key did not hand over"},
		{"a lost key", opening{reason: "key-lost", kept: 600, newRecords: on}, []string{s.vkey}, "can't be followed to the new one (reason: key-lost)"},
		{"a lost key, and the new one told", opening{reason: "key-lost", kept: 600, newRecords: on}, []string{s.vkey, next.vkey}, ""},
		{"a compromised key's word is not asked for", opening{reason: "key-compromised", kept: 600, by: both, newRecords: on}, []string{s.vkey}, "can't be followed"},
		{"entries are lost, and it says so", opening{reason: "loss", kept: 300, by: both, newRecords: lossy}, []string{s.vkey}, ""},
		{"entries are lost, under another reason", opening{reason: "key-rotation", kept: 300, by: both, newRecords: lossy}, []string{s.vkey}, "300 entries are lost, and the reason given is key-rotation"},
		{"kept is not what is kept", opening{reason: "key-rotation", kept: 600, by: both, newRecords: altered}, []string{s.vkey}, "leaf 299 is another one now"},
		{"less is there than was kept", opening{reason: "key-rotation", kept: 600, by: both, newRecords: lossy}, []string{s.vkey}, "600 entries are kept, and the epoch has 301"},
		{"lost does not add up", opening{reason: "loss", kept: 300, by: both, newRecords: lossy, statement: replaced("lost 300", "lost 0")}, []string{s.vkey}, "does not add up"},
		{"another size of the first epoch", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, statement: replaced("previous-size 600\n", "previous-size 601\n")}, []string{s.vkey}, "does not add up"},
		{"another root of the first epoch", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, statement: replaced("previous-root ", "previous-root A")}, []string{s.vkey}, "not the statement that opens an epoch"},
		{"the key is another's", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, key: newSigner(t, origin+"/epoch/2").vkey}, []string{s.vkey}, "it is not signed by"},
		{"the key is of another name", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, key: s.vkey}, []string{s.vkey}, "the new key is for"},
		{"it opens epoch 3", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, statement: replaced("epoch 2\n", "epoch 3\n")}, []string{s.vkey}, "the new key is for"},
		{"a line more", opening{reason: "key-rotation", kept: 600, by: both, newRecords: on, statement: func(text string) string { return text + "note nothing\n" }}, []string{s.vkey}, "not the statement that opens an epoch"},
		{"another reason", opening{reason: "because", kept: 600, by: both, newRecords: on}, []string{s.vkey}, "none of key-rotation"},
	} {
		f, statement := c.o.publish(t, first, s, next, 600)
		args := []string{"log", f.folder(t)}
		for _, k := range c.keys {
			args = append(args, "--key", k)
		}
		got := verify(args...)
		if c.said == "" {
			got.want(t, c.name, good, "GOOD", origin+"/epoch/2: ")
		} else {
			got.want(t, c.name, bad, "epoch/2/", c.said)
		}
		if strings.Contains(c.said, "leaf") || strings.Contains(c.said, "the epoch has") {
			continue // a receipt shows a statement, and not two trees
		}
		receiptOfEpoch(t, c.name, c.keys, c.said, statement, next)
	}
	f, _ := opening{reason: "key-rotation", kept: 600, by: both, newRecords: on}.publish(t, first, s, next, 600)
	f["checkpoint"] = []byte(sign(t, checkpointText(origin, 599, growTree(records).root(599)), s))
	walked(t, f, s.vkey).want(t, "the closed epoch went back", "names 599 entries", "the statement that closed this epoch names 600")
	f, _ = opening{reason: "loss", kept: 300, by: both, newRecords: lossy}.publish(t, first, s, next, 600)
	walked(t, flipped(f, "epoch/2/tile/entries/001.p/45", 1, 1), s.vkey).want(t, "a bundle of the second epoch", "epoch/2/tile/entries/001.p/45", "leaf 256 ")
	walked(t, f, s.vkey, func(l *logCheck) { l.since = []saved{{"kept.txt", string(first["checkpoint"])}} }).want(t, "an older checkpoint of the first epoch")
}

// A receipt outlives the loss of what it shows.
func TestAReceiptOfWhatWasLost(t *testing.T) {
	c, next := demo(t), newSigner(t, demoOrigin+"/epoch/2")
	f, size := published(t, c.signer, c.records), int64(len(c.records))
	root := growTree(c.records).root(size)
	f["epoch/2/epoch"] = []byte(sign(t, fmt.Sprintf("chancery/epoch/v1\norigin %s\nepoch 2\nreason loss\nkey %s\nprevious-origin %s\nprevious-size %d\nprevious-root %s\nkept 9\nlost %d\n",
		demoOrigin, next.vkey, demoOrigin, size, base64.StdEncoding.EncodeToString(root[:]), size-9), next, c.signer))
	receipt := file(t, "receipt.json", encode(t, paid(t)))
	verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)).
		want(t, "lost", good, "GOOD", fmt.Sprintf("has opened epoch 2 without leaves 9 to %d", size-1))

	// It is told as well where the epoch after the receipt's kept all of it,
	// and a later one did not.
	third := newSigner(t, demoOrigin+"/epoch/3")
	statement := func(number int, reason string, by, from signer, kept int64) []byte {
		return []byte(sign(t, fmt.Sprintf("chancery/epoch/v1\norigin %s\nepoch %d\nreason %s\nkey %s\nprevious-origin %s\nprevious-size %d\nprevious-root %s\nkept %d\nlost %d\n",
			demoOrigin, number, reason, by.vkey, from.Name(), size, base64.StdEncoding.EncodeToString(root[:]), kept, size-kept), by, from))
	}
	f["epoch/2/epoch"] = statement(2, "key-rotation", next, c.signer, size)
	f["epoch/3/epoch"] = statement(3, "loss", third, next, 9)
	verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)).
		want(t, "lost later", good, fmt.Sprintf("has opened epoch 3 without leaves 9 to %d", size-1))
	delete(f, "epoch/3/epoch")
	if got := verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)); strings.Contains(got.out, "without") {
		t.Errorf("all is kept: %s", got.out)
	}
	delete(f, "epoch/2/epoch")
	if got := verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)); strings.Contains(got.out, "without") {
		t.Errorf("nothing is lost: %s", got.out)
	}
	f = published(t, c.signer, c.records[:20])
	verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)).want(t, "rolled back", bad, "The log was rolled back")
	branch := slices.Clone(c.records)
	branch[3] = hash{}
	f = published(t, c.signer, branch)
	verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)).want(t, "forked", bad, "forked or rewritten after the receipt was given")
	f["tile/0/000.p/"+fmt.Sprint(size)] = make([]byte, 32*size)
	verify("receipt", receipt, "--key", c.signer.vkey, "--checkpoint-from", f.folder(t)).want(t, "tiles altered", bad, "do not make the root")
}

// receiptOfEpoch holds the demo's receipts, given in epoch 2, to the same.
func receiptOfEpoch(t testing.TB, name string, keys []string, said, statement string, next signer) {
	t.Helper()
	lines := demo(t).lines
	tree := growTree(recordsOf(lines))
	checkpoint := sign(t, checkpointText(origin+"/epoch/2", tree.size, tree.root(tree.size)), next)
	args := []string{"receipt", file(t, "receipt.json", encode(t, receiptsOf(checkpoint, lines, []string{statement})[0]))}
	for _, k := range keys {
		args = append(args, "--key", k)
	}
	if got := verify(args...); said == "" {
		got.want(t, "receipt: "+name, good, "GOOD")
	} else {
		got.want(t, "receipt: "+name, bad, "receipt.json, epochs, item 1", said)
	}
}

func TestAServerThatMisbehaves(t *testing.T) {
	s := newSigner(t, origin)
	f := published(t, s, someRecords(10))
	tries := 0
	for _, c := range []struct {
		name  string
		serve func(http.ResponseWriter, *http.Request) bool
		code  int
		said  string
	}{
		{"it has an error at first", func(w http.ResponseWriter, _ *http.Request) bool {
			if tries++; tries < 3 {
				w.WriteHeader(http.StatusBadGateway)
				return true
			}
			return false
		}, good, "GOOD"},
		{"it refuses", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		}, misled, "CAN'T TELL: "},
		{"it never ends", func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "entries") {
				return false
			}
			for range 1000 {
				_, _ = w.Write(make([]byte, 1000))
			}
			return true
		}, bad, "it is larger than 8704 bytes"},
		{"it breaks off", func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "entries") {
				return false
			}
			w.Header().Set("Content-Length", "340")
			_, _ = w.Write(make([]byte, 10))
			return true
		}, bad, "the answer broke off"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.serve(w, r) {
				return
			}
			if content, ok := f[strings.TrimPrefix(r.URL.Path, "/")]; ok {
				_, _ = w.Write(content)
				return
			}
			http.NotFound(w, r)
		}))
		verify("log", server.URL+"/", "--key", s.vkey).want(t, c.name, c.code, c.said)
		server.Close()
	}
	verify("log", "http://127.0.0.1:1/", "--key", s.vkey).want(t, "nobody is there", misled, "CAN'T TELL: ", "no answer")
}

// Where so much couldn't be had that not all is listed, what is wrong still is.
func TestWhatIsWrongOutweighsWhatCouldNotBeHad(t *testing.T) {
	var found problems
	for range mostProblems + 1 {
		found.add(unknown("a tile", "no answer"))
	}
	if !unread(found.list) {
		t.Error("nothing was found wrong yet")
	}
	found.add(wrong("a tile", "another hash"))
	found.add(unknown("a tile", "no answer"))
	if unread(found.list) || len(found.list) != mostProblems || found.more != 3 {
		t.Errorf("%d listed, %d more", len(found.list), found.more)
	}
}
