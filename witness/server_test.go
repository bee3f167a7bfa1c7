package witness_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/witness"
)

// The statuses are those that C2SP tlog-witness demands.
func TestAWitnessAnswersAsTheProtocolSays(t *testing.T) {
	l, stranger := newLog(t, origin), newLog(t, "stranger.example/log")
	impostor := newLog(t, origin)
	h := &history{}
	h.grow(t, "leaf", 30)
	fork := h.fork()
	h.grow(t, "ours", 10)
	fork.grow(t, "theirs", 10)
	proof, err := h.prove(20, 40)
	if err != nil {
		t.Fatal(err)
	}
	forks, err := fork.prove(20, 40)
	if err != nil {
		t.Fatal(err)
	}
	good := l.of(t, h, 40)
	forged := bytes.Replace(good, []byte("\n40\n"), []byte("\n41\n"), 1)
	huge := l.signs(t, origin+"\n9223372036854775807\n"+string(bytes.Split(good, []byte("\n"))[2])+"\n")
	for _, c := range []struct {
		name string
		body []byte
		want int
		says string
	}{
		{"as it should be", witness.Body(20, proof, good), 200, "— harbour.example/w1 "},
		{"with a stranger's signature beside the log's", witness.Body(20, proof, append(bytes.Clone(good), lastLine(stranger.of(t, h, 40))...)), 200, "— harbour.example/w1 "},
		{"the last one again", witness.Body(20, nil, l.of(t, h, 20)), 200, "— harbour.example/w1 "},
		{"with a line of the log's own", witness.Body(20, nil, l.signs(t, textOf(l.of(t, h, 20))+"more\n")), 200, "— harbour.example/w1 "},
		{"an unknown log", witness.Body(0, nil, stranger.of(t, h, 40)), 404, "doesn't know the log"},
		{"another key of the log's name", witness.Body(20, proof, impostor.of(t, h, 40)), 403, "no good signature"},
		{"a forged text", witness.Body(20, proof, forged), 403, "no good signature"},
		{"a good signature and a bad one of the same key", witness.Body(20, proof, append(bytes.Clone(forged), lastLine(good)...)), 403, "no good signature"},
		{"an old size above the checkpoint's", witness.Body(41, nil, good), 400, "fewer than the 41"},
		{"from where the witness isn't, below", witness.Body(0, nil, good), 409, "20\n"},
		{"from where the witness isn't, above", witness.Body(30, nil, good), 409, "20\n"},
		{"rolled back", witness.Body(10, nil, l.of(t, h, 10)), 409, "20\n"},
		{"rolled back, from nothing", witness.Body(0, nil, l.of(t, h, 10)), 409, "20\n"},
		{"another history at the same size", witness.Body(20, nil, l.checkpoint(t, 20, docket.Hash{1})), 422, "not proved"},
		{"a fork's proof for our head", witness.Body(20, forks, good), 422, "not proved"},
		{"without proof", witness.Body(20, nil, good), 422, "not proved"},
		{"with a proof that is too long", witness.Body(20, append(slices.Clone(proof), docket.Hash{}), good), 422, "not proved"},
		{"the same size with a proof", witness.Body(20, proof, l.of(t, h, 20)), 422, "not proved"},
		{"a size at the end of what a number holds", witness.Body(20, proof, huge), 400, "not a checkpoint"},
		{"no empty line", []byte("old 20\n"), 400, "no empty line"},
		{"nothing", nil, 400, "no empty line"},
		{"no old size", append([]byte("\n\n"), good...), 400, "first line"},
		{"an old size with a zero before it", bytes.Replace(witness.Body(20, proof, good), []byte("old 20"), []byte("old 020"), 1), 400, "first line"},
		{"an old size with a sign", bytes.Replace(witness.Body(20, proof, good), []byte("old 20"), []byte("old +20"), 1), 400, "first line"},
		{"an old size below nothing", bytes.Replace(witness.Body(20, proof, good), []byte("old 20"), []byte("old -1"), 1), 400, "first line"},
		{"a proof that is not base64", bytes.Replace(witness.Body(20, proof, good), []byte("old 20\n"), []byte("old 20\nhash\n"), 1), 400, "Line 2 is not a hash"},
		{"a hash that is too short", bytes.Replace(witness.Body(20, proof, good), []byte("old 20\n"), []byte("old 20\nAAAA\n"), 1), 400, "Line 2 is not a hash"},
		{"a hash with a carriage return", bytes.Replace(witness.Body(20, proof, good), []byte("=\n"), []byte("=\r\n"), 1), 400, "Line 2 is not a hash"},
		{"64 lines of proof", witness.Body(20, make([]docket.Hash, 64), good), 400, "64 lines"},
		{"a checkpoint without signatures", witness.Body(20, proof, []byte(textOf(good))), 400, "not a checkpoint"},
		{"a checkpoint without a root", witness.Body(20, proof, l.signs(t, origin+"\n40\n")), 400, "not a checkpoint"},
		{"a checkpoint with a size that isn't one", witness.Body(20, proof, l.signs(t, strings.Replace(textOf(good), "40", "4O", 1))), 400, "not a checkpoint"},
		{"a checkpoint with an empty line in it", witness.Body(20, proof, l.signs(t, textOf(good)+"\nmore\n")), 400, "not a checkpoint"},
		{"more than a request has", witness.Body(20, proof, bytes.Repeat([]byte("x"), 200<<10)), 400, "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder, _ := made(t, "harbour.example/w1", l)
			s := opened(t, folder)
			if w := asked(t, s, l, h, 0, 20); w.Code != http.StatusOK {
				t.Fatalf("the first checkpoint was answered %d: %s", w.Code, w.Body)
			}
			w := posted(s.Handler(), c.body)
			if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("answered %d: %s\nwant %d: …%s…", w.Code, w.Body, c.want, c.says)
			}
			if kind := w.Header().Get("Content-Type"); (w.Code == http.StatusConflict) != (kind == "text/x.tlog.size") {
				t.Errorf("content type %q with %d", kind, w.Code)
			}
			from := int64(20)
			if c.want == http.StatusOK && strings.Contains(string(c.body), "\n40\n") {
				from = 40
			}
			if w := asked(t, s, l, h, from, 40); w.Code != http.StatusOK {
				t.Errorf("after it the log, at %d, is answered %d: %s", from, w.Code, w.Body)
			}
		})
	}
}

func lastLine(signed []byte) []byte {
	return signed[bytes.LastIndexByte(signed[:len(signed)-1], '\n')+1:]
}

func textOf(signed []byte) string {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	return text + "\n"
}

// The empty tree has one root only, and any tree follows from it.
func TestTheEmptyTreeIsCosignedUnderItsOwnRootAlone(t *testing.T) {
	l, h := newLog(t, origin), &history{}
	h.grow(t, "leaf", 3)
	folder, _ := made(t, "harbour.example/w1", l)
	s := opened(t, folder)
	for n, c := range []struct {
		body []byte
		want int
	}{
		{witness.Body(0, nil, l.checkpoint(t, 0, docket.Hash{1})), 422},
		{witness.Body(0, nil, l.of(t, h, 0)), 200},
		{witness.Body(0, []docket.Hash{{}}, l.of(t, h, 3)), 422},
		{witness.Body(0, nil, l.of(t, h, 3)), 200},
		{witness.Body(0, nil, l.of(t, h, 0)), 409},
	} {
		if w := posted(s.Handler(), c.body); w.Code != c.want {
			t.Errorf("request %d was answered %d (%s), want %d", n, w.Code, w.Body, c.want)
		}
	}
}

// Whatever is asked in whatever order: what was cosigned is one history, and
// never goes back. A fork shares the log's beginning and its key.
func TestWhatIsCosignedIsOneHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l := newLog(t, origin)
		ours, begin := &history{}, rapid.IntRange(0, 20).Draw(r, "shared")
		ours.grow(t, "leaf", begin)
		fork := ours.fork()
		ours.grow(t, "ours", 20)
		fork.grow(t, "theirs", 20)
		branches := []*history{ours, fork}
		folder, _ := made(t, "harbour.example/w1", l)
		s := opened(t, folder)
		defer s.Close()
		var cosigned []int64 // sizes
		follow := []bool{true, true}
		for range rapid.IntRange(1, 15).Draw(r, "requests") {
			b := rapid.IntRange(0, 1).Draw(r, "branch")
			size := rapid.Int64Range(0, branches[b].size).Draw(r, "size")
			old := rapid.Int64Range(0, size).Draw(r, "old")
			if len(cosigned) > 0 && cosigned[len(cosigned)-1] <= size && rapid.IntRange(0, 3).Draw(r, "knows") > 0 {
				old = cosigned[len(cosigned)-1]
			}
			if w := asked(t, s, l, branches[b], old, size); w.Code != http.StatusOK {
				continue
			}
			if len(cosigned) > 0 && size < cosigned[len(cosigned)-1] {
				r.Fatalf("size %d was cosigned after %v", size, cosigned)
			}
			cosigned = append(cosigned, size)
			for n, other := range branches {
				follow[n] = follow[n] && other.root(t, size) == branches[b].root(t, size)
			}
			if !follow[0] && !follow[1] {
				r.Fatalf("sizes %v of two histories that part at %d were cosigned", cosigned, begin)
			}
		}
	})
}

// Two forks that ask at the same time can't both be cosigned, at any step of
// many; nor can one that lost go on beside the other.
func TestOfTwoForksThatRaceOneIsCosigned(t *testing.T) {
	l := newLog(t, origin)
	for round := range 20 {
		ours := &history{}
		ours.grow(t, "leaf", round)
		fork := ours.fork()
		ours.grow(t, "ours", 12)
		fork.grow(t, "theirs", 12)
		folder, _ := made(t, "harbour.example/w1", l)
		s := opened(t, folder)
		var mu sync.Mutex
		won := map[*history]int{}
		var all sync.WaitGroup
		for _, h := range []*history{ours, fork, ours, fork} {
			bodies := make([][]byte, 0, 12)
			for step := range int64(12) {
				old := int64(round) + step
				if step == 0 {
					old = 0
				}
				proof, err := h.prove(old, int64(round)+step+1)
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, witness.Body(old, proof, l.of(t, h, int64(round)+step+1)))
			}
			all.Go(func() {
				for _, b := range bodies {
					if posted(s.Handler(), b).Code == http.StatusOK {
						mu.Lock()
						won[h]++
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("round %d: cosigned %d of one fork and %d of the other", round, won[ours], won[fork])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

var errDisk = errors.New("the disk gives way")

// killed is the panic that stands for a process that ends there and then.
type killed struct{}

// At whichever operation on the disk a witness fails or dies: nothing is
// answered before all of them are done, and what was answered before binds it
// when it is opened again.
func TestAWitnessThatFailsAtAnyOperationForgetsNoCosignature(t *testing.T) {
	l, ours := newLog(t, origin), &history{}
	ours.grow(t, "leaf", 5)
	fork := ours.fork()
	ours.grow(t, "ours", 5)
	fork.grow(t, "theirs", 5)
	want := []string{"create", "write", "sync", "close", "rename", "sync folder"}
	for _, dies := range []bool{false, true} {
		for n, operation := range append(slices.Clone(want), "answered") {
			t.Run(fmt.Sprintf("%s, dies %v", operation, dies), func(t *testing.T) {
				folder, _ := made(t, "harbour.example/w1", l)
				s := opened(t, folder)
				if w := asked(t, s, l, ours, 0, 7); w.Code != http.StatusOK {
					t.Fatal(w.Code, w.Body)
				}
				var done []string
				s.Before(func(o string) error {
					if len(done) == n {
						if dies {
							panic(killed{})
						}
						return errDisk
					}
					done = append(done, o)
					return nil
				})
				answered := answers(t, s, l, ours, 7, 9)
				if !slices.Equal(done, want[:min(n, len(want))]) {
					t.Fatalf("did %v", done)
				}
				if answered != (n == len(want)) {
					t.Fatalf("answered: %v, after %v", answered, done)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				again := opened(t, folder)
				// The size where it stands now is 7 or 9; a fork from either is none.
				for _, old := range []int64{0, 7, 9} {
					if w := asked(t, again, l, fork, old, 10); w.Code == http.StatusOK {
						t.Errorf("a fork was cosigned from %d", old)
					}
				}
				// It stands at 9, or, when nothing was answered, perhaps at 7.
				if w := asked(t, again, l, ours, 7, 8); w.Code != http.StatusConflict && (answered || asked(t, again, l, ours, 8, 9).Code != http.StatusOK) {
					t.Errorf("size 8 was answered %d", w.Code)
				}
				if w := asked(t, again, l, ours, 9, 10); w.Code != http.StatusOK {
					t.Errorf("the log can't go on: %d %s", w.Code, w.Body)
				}
				left, err := filepath.Glob(filepath.Join(folder, "state", ".*"))
				if err != nil || len(left) != 0 {
					t.Errorf("left behind: %v %v", left, err)
				}
			})
		}
	}
}

// answers says whether a request is answered with a cosignature, by a witness
// that may die of it.
func answers(t *testing.T, s *witness.Server, l log, h *history, old, size int64) (ok bool) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil && p != any(killed{}) {
			panic(p)
		}
	}()
	w := asked(t, s, l, h, old, size)
	if w.Code != http.StatusOK && (w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "gives way")) {
		t.Errorf("answered %d: %s", w.Code, w.Body)
	}
	return w.Code == http.StatusOK
}

// What should hold the last checkpoint and doesn't is never taken for none.
func TestADamagedStateIsNotTakenForNone(t *testing.T) {
	l, other, h := newLog(t, origin), newLog(t, "other.example/log"), &history{}
	h.grow(t, "leaf", 5)
	folder, _ := made(t, "harbour.example/w1", l, other)
	s := opened(t, folder)
	if asked(t, s, l, h, 0, 5).Code != http.StatusOK || asked(t, s, other, h, 0, 3).Code != http.StatusOK {
		t.Fatal("not cosigned")
	}
	files, err := filepath.Glob(filepath.Join(folder, "state", "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	var whole [2][]byte
	for n, f := range files {
		if whole[n], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	damagedLog := l
	if filepath.Base(files[0]) != hashOf(origin) {
		damagedLog = other
	}
	damaged := [][]byte{nil, whole[0][:len(whole[0])/2], bytes.Replace(whole[0], []byte("\n"), []byte("\n1"), 1), []byte(textOf(whole[0])), whole[1]}
	for n, content := range damaged {
		if err := os.WriteFile(files[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, old := range []int64{0, 3, 5} {
			if w := asked(t, s, damagedLog, h, old, 5); w.Code != http.StatusInternalServerError {
				t.Errorf("damage %d: from %d answered %d", n, old, w.Code)
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(folder, "state")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Open(folder, witness.Options{}); fault.Code(err) != "witness.state-missing" {
		t.Errorf("without its state it opens: %v", err)
	}
}

func TestOneProcessIsTheWitness(t *testing.T) {
	folder, _ := made(t, "harbour.example/w1")
	s := opened(t, folder)
	if _, err := witness.Open(folder, witness.Options{}); fault.Code(err) != "witness.locked" {
		t.Errorf("two may be the same witness: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, folder)
}

// A log that is added, or whose key is renewed, needs no restart; what was
// cosigned under its older key binds the newer one too.
func TestALogIsTakenUpWhileTheWitnessRuns(t *testing.T) {
	l, renewed, h := newLog(t, origin), newLog(t, origin), &history{}
	h.grow(t, "leaf", 9)
	folder, _ := made(t, "harbour.example/w1")
	s := opened(t, folder)
	if got := asked(t, s, l, h, 0, 5).Code; got != http.StatusNotFound {
		t.Fatal(got)
	}
	for _, added := range []log{l, renewed} {
		if name, err := witness.AddLog(folder, added.key); err != nil || name != origin {
			t.Fatal(name, err)
		}
	}
	if got := asked(t, s, l, h, 0, 5).Code; got != http.StatusOK {
		t.Error("the new log:", got)
	}
	if got := asked(t, s, renewed, h, 0, 5).Code; got != http.StatusConflict {
		t.Error("its new key, from nothing:", got)
	}
	if got := asked(t, s, renewed, h, 5, 9).Code; got != http.StatusOK {
		t.Error("its new key:", got)
	}
}

func TestALogThatDisagreesWithItselfIsTold(t *testing.T) {
	l, h := newLog(t, origin), &history{}
	h.grow(t, "leaf", 5)
	folder, _ := made(t, "harbour.example/w1", l)
	var told [][]byte
	s, err := witness.Open(folder, witness.Options{Now: func() time.Time { return at }, Inconsistent: func(c []byte) { told = append(told, c) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fork := l.checkpoint(t, 5, docket.Hash{1})
	good, spoilt := l.of(t, h, 5), []docket.Hash{{7}}
	scribbled := append(bytes.Clone(fork), lastLine(newLog(t, "stranger.example/log").of(t, h, 5))...)
	for _, body := range [][]byte{
		witness.Body(0, nil, good), witness.Body(5, spoilt, good), // anybody can spoil a proof
		witness.Body(5, nil, scribbled), witness.Body(5, nil, fork), witness.Body(5, spoilt, fork), // told once, as the log signed it
		witness.Body(4, nil, fork),
	} {
		posted(s.Handler(), body)
	}
	if len(told) != 1 || !bytes.Equal(told[0], fork) {
		t.Errorf("told of %q", told)
	}
}

// What is shown of a log bears its signature and ours, and a stranger's not.
func TestTheLastCheckpointIsShownByTheHashOfItsOrigin(t *testing.T) {
	l, stranger, h := newLog(t, origin), newLog(t, "stranger.example/log"), &history{}
	h.grow(t, "leaf", 5)
	folder, key := made(t, "harbour.example/w1", l)
	s := opened(t, folder)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	line := posted(s.Handler(), witness.Body(0, nil, append(l.of(t, h, 5), lastLine(stranger.of(t, h, 5))...))).Body.Bytes()
	w := get("/" + hashOf(origin) + "/checkpoint")
	if w.Code != http.StatusOK || !bytes.HasSuffix(w.Body.Bytes(), line) || strings.Contains(w.Body.String(), "stranger") {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	v, err := witness.ParseKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(w.Body.Bytes(), note.VerifierList(v, l.verifier(t))); err != nil || len(n.Sigs) != 2 {
		t.Errorf("not signed by both: %v", err)
	}
	for _, nobodys := range []string{"/" + hashOf("other.example/log") + "/checkpoint", "/..%2Fwitness.key/checkpoint", "/" + strings.ToUpper(hashOf(origin)) + "/checkpoint", "/checkpoint", "/"} {
		if w := get(nobodys); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "PRIVATE") {
			t.Errorf("%s: %d", nobodys, w.Code)
		}
	}
}
