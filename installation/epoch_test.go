package installation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// disaster opens an installation that can't go on as it is.
func disaster(t testing.TB, places installation.Places) *installation.Installation {
	t.Helper()
	i, err := installation.Open(t.Context(), places.Data, installation.Options{Disaster: true})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// two are the administrator and an officer who consents.
func two(t testing.TB, i *installation.Installation) office.By {
	t.Helper()
	return office.By{Actor: known(t, i, "registrar"), Second: known(t, i, "officer-2")}
}

func known(t testing.TB, i *installation.Installation, actor string) office.Known {
	t.Helper()
	secret, err := i.Credential(i.CredentialPath(actor))
	must(t, err)
	who, err := i.Office.Authenticate(context.Background(), secret)
	must(t, err)
	return who
}

// staffed is an installation with a second person and some entries, published
// and closed.
func staffed(t testing.TB) installation.Places {
	t.Helper()
	places := made(t)
	i := opened(t, places)
	must(t, i.Office.AddActor(t.Context(), office.By{Actor: known(t, i, "registrar")}, "officer-2", []string{office.Officer}, i.Keep("officer-2")))
	for range 3 {
		enter(t, i)
	}
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	return places
}

// copyOf copies the folders of an installation that a backup would hold, all or
// some of them.
func copyOf(t testing.TB, places ...string) map[string]string {
	t.Helper()
	copies := map[string]string{}
	for _, from := range places {
		to := filepath.Join(t.TempDir(), "copy")
		must(t, os.CopyFS(to, os.DirFS(from)))
		copies[from] = to
	}
	return copies
}

func restore(t testing.TB, copies map[string]string) {
	t.Helper()
	for to, from := range copies {
		must(t, os.RemoveAll(to))
		must(t, os.CopyFS(to, os.DirFS(from)))
		must(t, filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return os.Chmod(path, 0o600)
		}))
	}
}

func verifier(t testing.TB, key string) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(strings.TrimSpace(key))
	must(t, err)
	return v
}

// sound checks the docket against the tree, and the published log against the
// key that the installation has.
func sound(t testing.TB, i *installation.Installation) office.Published {
	t.Helper()
	v, err := i.Office.Verify(context.Background(), nil)
	must(t, err)
	if !v.Sound() {
		t.Errorf("not sound: %+v", v.Findings)
	}
	p, err := i.Published(context.Background())
	must(t, err)
	if p.Size != v.Head.Size || p.Root != v.Head.Root {
		t.Errorf("published %d leaves with root %s, the tree has %d with %s", p.Size, p.Root, v.Head.Size, v.Head.Root)
	}
	_, key, err := i.LogKey()
	must(t, err)
	_, err = note.Open([]byte(p.Checkpoint), note.VerifierList(verifier(t, key)))
	must(t, err)
	return p
}

func epochEntries(t testing.TB, i *installation.Installation, number int64) []office.Step {
	t.Helper()
	history, err := i.Office.History(context.Background(), docket.Stream(fmt.Sprintf("log/%d", number)))
	must(t, err)
	return history
}

// The old key signs once more: the statement that names the new one. Who knows
// the old key only follows it from there.
func TestDrillTheLogsKeyIsRotated(t *testing.T) {
	places := staffed(t)
	i := opened(t, places)
	_, oldKey, err := i.LogKey()
	must(t, err)
	opened1, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	if opened1.Number != 2 || opened1.Origin != logName+"/epoch/2" || opened1.Lost != nil || opened1.Kept != opened1.PreviousSize {
		t.Errorf("opened %+v", opened1)
	}
	p := sound(t, i)
	if p.Origin != opened1.Origin || len(p.Epochs) != 1 {
		t.Errorf("published as %s over %d statements", p.Origin, len(p.Epochs))
	}
	signed, err := note.Open([]byte(p.Epochs[0]), note.VerifierList(verifier(t, oldKey), verifier(t, opened1.Key)))
	must(t, err)
	if len(signed.Sigs) != 2 || !strings.Contains(signed.Text, "\nkey "+opened1.Key+"\n") {
		t.Errorf("the statement is signed by %d, and says:\n%s", len(signed.Sigs), signed.Text)
	}
	public, err := os.ReadFile(filepath.Join(places.Log, "epoch", "2", "epoch"))
	must(t, err)
	if string(public) != p.Epochs[0] {
		t.Error("the statement isn't the one that is published")
	}
	// The entry stands in the old epoch too: its last checkpoint names the key.
	if opened1.PreviousSize != p.Size {
		t.Errorf("the old epoch ends at %d, the entry is before %d", opened1.PreviousSize, p.Size)
	}
	enter(t, i)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	i = opened(t, places)
	sound(t, i)
	opened2, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	if p := sound(t, i); opened2.Number != 3 || len(p.Epochs) != 2 {
		t.Errorf("opened %+v over %d statements", opened2, len(p.Epochs))
	}
}

func TestDrillTheLogsKeyIsLost(t *testing.T) {
	places := staffed(t)
	must(t, os.Remove(filepath.Join(places.Keys, "log.key")))
	_, err := installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened to act", err, "log.key-missing")
	reader, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err) // what was published can be shown
	must(t, reader.Close())

	i := disaster(t, places)
	_, err = i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	wantCode(t, "rotated without the key", err, "log.key-missing")
	must(t, os.Remove(filepath.Join(places.Keys, "log.key.next")))
	must(t, i.Close())
}

// After a lost or a compromised key the old one signs nothing more.
func TestDrillTheLogGoesOnWithoutItsOldKey(t *testing.T) {
	for _, reason := range []office.EpochReason{office.KeyLost, office.KeyCompromised} {
		t.Run(string(reason), func(t *testing.T) {
			places := staffed(t)
			if reason == office.KeyLost {
				must(t, os.Remove(filepath.Join(places.Keys, "log.key")))
			}
			i := disaster(t, places)
			_, oldKey, err := i.LogKey()
			must(t, err)
			epoch, err := i.OpenEpoch(t.Context(), two(t, i), reason)
			must(t, err)
			p := sound(t, i)
			if _, err := note.Open([]byte(p.Epochs[0]), note.VerifierList(verifier(t, oldKey))); err == nil {
				t.Error("the old key signed the statement")
			}
			_, err = note.Open([]byte(p.Epochs[0]), note.VerifierList(verifier(t, epoch.Key)))
			must(t, err)
		})
	}
}

// A key that signs isn't lost: who says so would leave readers of the old key
// without a way to the new one, for nothing.
func TestAKeyThatIsThereIsNotLost(t *testing.T) {
	places := staffed(t)
	i := disaster(t, places)
	before := sound(t, i)
	_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyLost)
	wantCode(t, "lost, and there", err, "log.epoch-key-here")
	if p := sound(t, i); p.Origin != before.Origin || p.Size != before.Size {
		t.Errorf("something was done: %+v", p)
	}
	if _, err := os.Lstat(filepath.Join(places.Keys, "log.key.next")); err == nil {
		t.Error("a key was made for nothing")
	}
}

// A database that came back older is refused; two people go on from it, the
// lost leaves are named, and the old checkpoint stays published.
func TestDrillTheDatabaseCameBackOlder(t *testing.T) {
	places := staffed(t)
	backup := copyOf(t, places.Data)
	i := opened(t, places)
	for range 4 {
		enter(t, i)
	}
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	before := sound(t, i)
	must(t, i.Close())
	restore(t, backup)

	i = opened(t, places)
	_, err = i.Office.Sequence(t.Context())
	wantCode(t, "sequenced", err, "office.database-older")
	by := two(t, i)
	_, err = i.OpenEpoch(t.Context(), by, office.KeyRotation)
	wantCode(t, "for another reason", err, "log.epoch-loses")
	_, err = i.OpenEpoch(t.Context(), office.By{Actor: by.Actor}, office.Loss)
	wantCode(t, "by one", err, "policy.second-missing")
	_, err = i.OpenEpoch(t.Context(), office.By{Actor: by.Actor, Second: by.Actor}, office.Loss)
	wantCode(t, "by the same one twice", err, "policy.second-same")
	epoch, err := i.OpenEpoch(t.Context(), by, office.Loss)
	must(t, err)
	if len(epoch.Lost) != 4 || epoch.Epoch.Lost != 4 || epoch.Kept != before.Size-4 || epoch.PreviousSize != before.Size || epoch.PreviousRoot != before.Root {
		t.Errorf("opened %+v", epoch)
	}
	for n, l := range epoch.Lost {
		if l.Number != epoch.Kept+int64(n) || l.Ref.Stream.Sort() != "actor" {
			t.Errorf("lost %+v", l)
		}
	}
	listed, err := os.ReadFile(epoch.LostFile)
	must(t, err)
	if strings.Count(string(listed), "\n") != 4 || !strings.Contains(string(listed), epoch.Lost[3].Ref.String()) {
		t.Errorf("listed:\n%s", listed)
	}
	p := sound(t, i)
	if old, err := os.ReadFile(filepath.Join(places.Log, "checkpoint")); err != nil || string(old) != before.Checkpoint {
		t.Errorf("the old checkpoint is %s (%v)", old, err)
	}
	var said office.Epoch
	must(t, json.Unmarshal(epochEntries(t, i, 2)[0].Facts, &said))
	if said != epoch.Epoch {
		t.Errorf("the entry says %+v, the statement %+v", said, epoch.Epoch)
	}
	_, err = i.OpenEpoch(t.Context(), by, office.Loss)
	wantCode(t, "once more", err, "log.epoch-nothing-lost")
	must(t, i.Close())
	i = opened(t, places)
	enter(t, i)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	if after := sound(t, i); after.Size != p.Size+1 {
		t.Errorf("went on to %d from %d", after.Size, p.Size)
	}
	for _, name := range []string{"checkpoint", filepath.Join("tile", "0", fmt.Sprintf("000.p/%d", before.Size))} {
		content, err := os.ReadFile(filepath.Join(places.Log, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(places.Log, name), content[1:], 0o644))
		v, err := i.Office.Verify(t.Context(), nil)
		must(t, err)
		if len(v.Findings) != 1 || !strings.Contains(fmt.Sprint(v.Findings[0]), "log.closed-epoch") {
			t.Errorf("with the first byte of %s gone in the closed epoch: %+v", name, v.Findings)
		}
		must(t, os.WriteFile(filepath.Join(places.Log, name), content, 0o644))
	}
}

// Wherever it is cut short, given again it ends as it would have.
func TestAnEpochIsOpenedOverACrashAtEveryStep(t *testing.T) {
	crash := errors.New("the power went")
	for _, reason := range []office.EpochReason{office.KeyRotation, office.KeyLost, office.KeyCompromised, office.Loss} {
		for _, last := range []string{"key", "entry", "lost", "end", "close", "statement", "take", "publish"} {
			t.Run(string(reason)+" after "+last, func(t *testing.T) {
				t.Parallel()
				places := staffed(t)
				backup := copyOf(t, places.Data)
				i := opened(t, places)
				enter(t, i)
				_, err := i.Office.Publish(t.Context())
				must(t, err)
				must(t, i.Close())
				if reason == office.Loss {
					restore(t, backup)
				}
				if reason == office.KeyLost {
					must(t, os.Remove(filepath.Join(places.Keys, "log.key")))
				}
				i = disaster(t, places)
				_, err = i.OpenEpochUpTo(t.Context(), two(t, i), reason, func(step string) error {
					if step == last {
						return crash
					}
					return nil
				})
				if !errors.Is(err, crash) {
					t.Fatal(err)
				}
				must(t, i.Close())
				i = disaster(t, places)
				if last != "publish" { // from then on the same again is another epoch
					again, err := i.OpenEpoch(t.Context(), two(t, i), reason)
					must(t, err)
					if again.Number != 2 || again.Reason != reason || (len(again.Lost) == 1 && again.LostFile != "") != (reason == office.Loss) || again.Published.Size == 0 {
						t.Errorf("given again it came to %+v", again)
					}
				}
				p := sound(t, i)
				if p.Origin != logName+"/epoch/2" || len(epochEntries(t, i, 2)) != 1 {
					t.Errorf("in %s after %d entries", p.Origin, len(epochEntries(t, i, 2)))
				}
			})
		}
	}
}

// Who only reads goes over to the new epoch too, without being started again.
func TestAReaderFollowsTheLogIntoItsNextEpoch(t *testing.T) {
	places := staffed(t)
	reader, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer reader.Close()
	before, err := reader.Published(t.Context())
	must(t, err)
	i := opened(t, places)
	epoch, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	after, err := reader.Published(t.Context())
	must(t, err)
	if before.Origin != logName || after.Origin != epoch.Origin || after.Size != before.Size+1 || len(after.Epochs) != 1 {
		t.Errorf("from %s at %d to %s at %d", before.Origin, before.Size, after.Origin, after.Size)
	}
	if origin, key, err := reader.LogKey(); err != nil || origin != epoch.Origin || key != epoch.Key {
		t.Errorf("%s %s %v", origin, key, err)
	}
	for wrong := range reader.Office.Log.Check(t.Context()) {
		t.Errorf("%v", wrong)
	}
}
