package installation_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/witness"
)

// outsider is a witness that runs, and its key.
type outsider struct {
	*httptest.Server
	folder, key string
}

// watched lets a witness watch an installation's log.
func watched(t testing.TB, places installation.Places) outsider {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "witness")
	key, err := witness.Create(folder, "witness.example/one")
	must(t, err)
	text, err := os.ReadFile(filepath.Join(places.Keys, "log.pub"))
	must(t, err)
	_, err = witness.AddLog(folder, strings.TrimSpace(string(text)))
	must(t, err)
	w := outsider{folder: folder, key: key}
	w.run(t)
	w.listed(t, places)
	return w
}

func (w *outsider) run(t testing.TB) {
	t.Helper()
	s, err := witness.Open(w.folder, witness.Options{})
	must(t, err)
	w.Server = httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		w.Close()
		_ = s.Close()
	})
}

// listed names the witness where the installation looks for its witnesses.
func (w *outsider) listed(t testing.TB, places installation.Places) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(places.Heads, "witnesses"), fmt.Appendf(nil, "# who watches\n%s %s\n", w.key, w.URL), 0o600))
}

func witnessed(t testing.TB, key string, p office.Published) bool {
	t.Helper()
	v, err := witness.ParseKey(key)
	must(t, err)
	_, err = note.Open([]byte(p.Checkpoint), note.VerifierList(v))
	return err == nil
}

func TestAWitnessCosignsWhatIsPublished(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	i := opened(t, places)
	for range 3 {
		enter(t, i)
		p, err := i.Office.Publish(t.Context())
		must(t, err)
		if !witnessed(t, w.key, p) || i.Unwitnessed() != nil {
			t.Errorf("size %d is not cosigned: %v", p.Size, i.Unwitnessed())
		}
	}
}

// A dead witness stops neither an act nor its publication, and is named.
func TestADeadWitnessStopsNothing(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	w.CloseClientConnections()
	w.Close()
	i := opened(t, places)
	enter(t, i)
	p, err := i.Office.Publish(t.Context())
	must(t, err)
	if p.Size != sound(t, i).Size || witnessed(t, w.key, p) {
		t.Errorf("published %d", p.Size)
	}
	wantCode(t, "the witness", i.Unwitnessed(), "witness.unreachable")
	found := complaints(t, places)
	if !strings.Contains(found, "witness.unreachable") {
		t.Errorf("doctor says %s", found)
	}
}

func complaints(t testing.TB, places installation.Places) string {
	t.Helper()
	var codes []string
	for _, e := range installation.Doctor(t.Context(), places.Data, installation.Options{}) {
		for _, c := range e.Complaints {
			codes = append(codes, e.Name+":"+fault.Code(c))
		}
	}
	return strings.Join(codes, " ")
}

// A copy to practise on is cut off from the witnesses before anything is done on
// it (docs/operations.md): then what was copied acts on. One that isn't stops it,
// since the witness has seen more of that log than there is.
func TestACopyToPractiseOnIsCutOffOrStopsWhatWasCopied(t *testing.T) {
	for _, cutOff := range []bool{true, false} {
		places := staffed(t)
		watched(t, places)
		i := opened(t, places)
		publishedAll(t, i)
		there := installation.Beside(filepath.Join(t.TempDir(), filepath.Base(places.Data)))
		for from, to := range map[string]string{places.Data: there.Data, places.Keys: there.Keys, places.Heads: there.Heads, places.Log: there.Log} {
			bring(t, from, to)
		}
		if cutOff {
			must(t, os.WriteFile(filepath.Join(there.Heads, "witnesses"), nil, 0o600))
		}
		practised := opened(t, there)
		for range 2 {
			enter(t, practised)
		}
		publishedAll(t, practised)
		i, err := installation.Open(t.Context(), places.Data, installation.Options{})
		if !cutOff {
			wantCode(t, "what was copied", err, "log.witness-ahead")
			continue
		}
		must(t, err)
		enter(t, i)
		publishedAll(t, i)
		if found := complaints(t, places); found != "" {
			t.Errorf("after a drill doctor says %q", found)
		}
	}
}

// Everything here came back older, keys and heads and the public files too:
// only the witness has seen more, and that is enough.
func TestDrillAnOlderStateIsRefusedBecauseAWitnessHasSeenMore(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	i := opened(t, places)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	backup := copyOf(t, places.Data, places.Keys, places.Heads, places.Log)
	i = opened(t, places)
	for range 2 {
		enter(t, i)
	}
	before, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	restore(t, backup)

	_, err = installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened to act", err, "log.witness-ahead")
	if found := complaints(t, places); !strings.Contains(found, "log.witness-ahead") {
		t.Errorf("doctor says %s", found)
	}
	i = disaster(t, places)
	// Somebody goes on all the same: the fork is not cosigned.
	enter(t, i)
	fork, err := i.Office.Publish(t.Context())
	must(t, err)
	if witnessed(t, w.key, fork) || i.Unwitnessed() == nil {
		t.Error("the witness cosigned a fork")
	}
	_, err = i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	wantCode(t, "as if nothing was lost", err, "log.epoch-loses")
	epoch, err := i.OpenEpoch(t.Context(), two(t, i), office.Loss)
	must(t, err)
	if epoch.PreviousSize != before.Size || epoch.PreviousRoot != before.Root || epoch.Epoch.Lost == 0 {
		t.Errorf("opened %+v after %d", epoch, before.Size)
	}
	if old, err := os.ReadFile(filepath.Join(places.Log, "checkpoint")); err != nil || !strings.HasPrefix(string(old), logName+"\n"+fmt.Sprint(before.Size)+"\n") {
		t.Errorf("the old epoch ends with %s (%v)", old, err)
	}
	// The new epoch has an origin of its own, which the witness learns.
	_, key, err := i.LogKey()
	must(t, err)
	must(t, i.Close())
	w.Close()
	_, err = witness.AddLog(w.folder, key)
	must(t, err)
}

// Data, keys and heads came back older, the public files did not: they have
// more than is here, and that is enough.
func TestAnOlderStateIsRefusedBecauseMoreIsPublic(t *testing.T) {
	places := staffed(t)
	backup := copyOf(t, places.Data, places.Keys, places.Heads)
	i := opened(t, places)
	enter(t, i)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	restore(t, backup)
	_, err = installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened to act", err, "tlog.database-older")
	i = disaster(t, places)
	epoch, err := i.OpenEpoch(t.Context(), two(t, i), office.Loss)
	must(t, err)
	if epoch.Epoch.Lost != 1 {
		t.Errorf("opened %+v", epoch)
	}
	sound(t, i)
}

// The witness was out of reach while somebody went on from an older state, past
// the size that it had seen: when it answers again, the fork is refused at start.
func TestAForkPastWhatAWitnessHasSeenIsRefused(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	i := opened(t, places)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	backup := copyOf(t, places.Data, places.Keys, places.Heads, places.Log)
	i = opened(t, places)
	enter(t, i)
	before, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	restore(t, backup)
	must(t, os.Remove(filepath.Join(places.Heads, "witnesses"))) // as good as out of reach
	i = opened(t, places)
	for range 3 {
		enter(t, i)
	}
	fork, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	if fork.Size <= before.Size {
		t.Fatalf("%d leaves are not past %d", fork.Size, before.Size)
	}
	w.listed(t, places)
	_, err = installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened to act", err, "log.witness-forked")
	if found := complaints(t, places); !strings.Contains(found, "log.witness-forked") {
		t.Errorf("doctor says %s", found)
	}
	// Two people go on from it, in a new epoch; an honest witness takes up that one.
	i = disaster(t, places)
	_, err = i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	_, key, err := i.LogKey()
	must(t, err)
	must(t, i.Close())
	_, err = witness.AddLog(w.folder, key)
	must(t, err)
	i = opened(t, places)
	enter(t, i)
	p, err := i.Office.Publish(t.Context())
	must(t, err)
	if !witnessed(t, w.key, p) || i.Unwitnessed() != nil {
		t.Errorf("the new epoch is not cosigned: %v", i.Unwitnessed())
	}
}

// The statement that opened an epoch is put back with the rest of the public
// files.
func TestALostStatementIsPutBack(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	path := filepath.Join(places.Log, "epoch", "2", "epoch")
	want, err := os.ReadFile(path)
	must(t, err)
	for what, harm := range map[string]func() error{
		"removed": func() error { return os.Remove(path) },
		"changed": func() error { return os.WriteFile(path, []byte("another\n"), 0o644) },
	} {
		must(t, harm())
		_, err = i.Office.Republish(t.Context())
		must(t, err)
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s: %q %v", what, got, err)
		}
	}
}

// What a witness missed while it was away it is asked again for, also when
// nothing was entered since; one that cosigned isn't asked twice.
func TestAWitnessThatWasAwayIsAskedAgain(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	enter(t, i)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	w := watched(t, places)
	i = opened(t, places)
	first, err := i.AskWitnesses(t.Context())
	must(t, err)
	if !witnessed(t, w.key, first) || i.Unwitnessed() != nil {
		t.Fatalf("not cosigned: %v", i.Unwitnessed())
	}
	again, err := i.AskWitnesses(t.Context())
	must(t, err)
	if again.Checkpoint != first.Checkpoint {
		t.Errorf("asked twice:\n%s\n%s", first.Checkpoint, again.Checkpoint)
	}
	p, err := i.Published(t.Context())
	must(t, err)
	if p.Checkpoint != first.Checkpoint {
		t.Error("what the witness gave isn't published")
	}
}

// Doctor sees where what was signed and what is public no longer go together,
// and where nothing can be signed.
func TestDoctorLooksAtTheLogsFiles(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	enter(t, i)
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	for _, c := range []struct{ gone, code string }{
		{filepath.Join(places.Log, "checkpoint"), "log:log.gone"},
		{filepath.Join(places.Heads, "checkpoint"), "log:doctor.kept-older"},
		{filepath.Join(places.Keys, "log.key"), "log:log.key-missing"},
	} {
		must(t, os.Rename(c.gone, c.gone+".away"))
		if found := complaints(t, places); !strings.Contains(found, c.code) {
			t.Errorf("without %s doctor says %q, want %s", c.gone, found, c.code)
		}
		must(t, os.Rename(c.gone+".away", c.gone))
		if found := complaints(t, places); strings.Contains(found, "log:") {
			t.Errorf("with %s back doctor says %q", c.gone, found)
		}
	}
}

// Who reads beside the one who publishes accuses nobody of what is merely new:
// neither the published log nor a witness that has seen more of it.
func TestWhatIsNewerThanTheReaderIsNoFault(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	writes := opened(t, places)
	_, err := writes.Office.Publish(t.Context())
	must(t, err)
	reads, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer func() { must(t, reads.Close()) }()
	enter(t, writes)
	p, err := writes.Office.Publish(t.Context())
	must(t, err)
	if !witnessed(t, w.key, p) {
		t.Error("not cosigned")
	}
	for err := range reads.Office.Log.Check(t.Context()) {
		t.Errorf("found: %v", err)
	}
	for _, err := range reads.WitnessState(t.Context()) {
		t.Errorf("doctor complains: %v", err)
	}
}
