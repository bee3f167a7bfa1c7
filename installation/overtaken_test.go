package installation_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// keysFromBefore are copies of log.key and log.pub.
func keysFromBefore(t testing.TB, places installation.Places) (put func(installation.Places)) {
	t.Helper()
	kept := map[string][]byte{}
	for _, name := range []string{"log.key", "log.pub"} {
		text, err := os.ReadFile(filepath.Join(places.Keys, name))
		must(t, err)
		kept[name] = text
	}
	return func(there installation.Places) {
		t.Helper()
		for name, text := range kept {
			must(t, os.WriteFile(filepath.Join(there.Keys, name), text, 0o600))
		}
	}
}

// Shares that were made before the newest epoch of the log bring back a key that is
// over, and maybe known to others. Nothing is signed with it, wherever the epoch is
// known from: acts are refused until the key is there, or an epoch is opened without it.
func TestAKeyOfAnEpochThatIsOverSignsNothing(t *testing.T) {
	for _, c := range []struct {
		what     string
		outlived func(t testing.TB, from, there installation.Places) // beside the backup
	}{
		{"the backup alone knows the epoch", func(testing.TB, installation.Places, installation.Places) {}},
		{"the heads outlived", func(t testing.TB, from, there installation.Places) { bring(t, from.Heads, there.Heads) }},
		{"the public log outlived", func(t testing.TB, from, there installation.Places) { bring(t, from.Log, there.Log) }},
		{"both outlived", func(t testing.TB, from, there installation.Places) {
			bring(t, from.Heads, there.Heads)
			bring(t, from.Log, there.Log)
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			places, s := staffed(t), newSafe(t)
			before := keysFromBefore(t, places)
			i := opened(t, places)
			_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyCompromised)
			must(t, err)
			publishedAll(t, i)
			now := keysFromBefore(t, places)
			s.backedUp(t, places, 0)
			there := elsewhere(t, places)
			before(there)
			c.outlived(t, places, there)
			must(t, os.MkdirAll(there.Log, 0o755))
			public := filesIn(t, there.Log)
			back, err := s.restore(there, nil)
			must(t, err)
			if back.Lost != 0 || fault.Code(back.Unsigned) != "log.key-over" {
				t.Errorf("%d leaves lost, unsigned: %v", back.Lost, back.Unsigned)
			}
			_, err = installation.Open(t.Context(), there.Data, installation.Options{})
			wantCode(t, "opened to act", err, "log.key-over")
			if left := filesIn(t, there.Log); !maps.EqualFunc(left, public, func(a, b []byte) bool { return string(a) == string(b) }) {
				t.Error("something was published")
			}
			now(there)
			i = opened(t, there)
			_, err = i.Office.Republish(t.Context())
			must(t, err)
			publishedAll(t, i)
			before(there)
			i = disaster(t, there)
			epoch, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyLost)
			must(t, err)
			if epoch.Number != 3 {
				t.Errorf("epoch %d was opened", epoch.Number)
			}
			must(t, i.Close())
			publishedAll(t, opened(t, there))
		})
	}
}

// Keys and backup are both from before an epoch that the public log has: leaves are
// lost, and nobody here can sign that they are. No second epoch of its number is made.
func TestALossIsNotSignedWithAKeyThatIsOver(t *testing.T) {
	places, s := staffed(t), newSafe(t)
	before := keysFromBefore(t, places)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	publishedAll(t, i)
	now := keysFromBefore(t, places)
	there := elsewhere(t, places)
	before(there)
	bring(t, places.Log, there.Log)
	_, err = s.restore(there, bothOf(t))
	wantCode(t, "restored", err, "backup.loses-unsigned")
	noInstallation(t, there)
	now(there)
	back, err := s.restore(there, bothOf(t))
	must(t, err)
	if back.Lost != 1 || back.Epoch == nil || back.Epoch.Number != 3 {
		t.Errorf("%+v", back)
	}
	publishedAll(t, opened(t, there))
}

// Where the log's key is lost with all else, what is restored goes on once an epoch is
// opened without it.
func TestWhatIsRestoredWithoutTheLogsKeyGoesOnInANewEpoch(t *testing.T) {
	places, s := staffed(t), newSafe(t)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	must(t, os.Remove(filepath.Join(there.Keys, "log.key")))
	bring(t, places.Log, there.Log)
	back, err := s.restore(there, nil)
	must(t, err)
	if fault.Code(back.Unsigned) != "log.key-missing" {
		t.Errorf("unsigned: %v", back.Unsigned)
	}
	_, err = installation.Open(t.Context(), there.Data, installation.Options{})
	wantCode(t, "opened to act", err, "log.key-missing")
	i := disaster(t, there)
	_, err = i.OpenEpoch(t.Context(), two(t, i), office.KeyLost)
	must(t, err)
	must(t, i.Close())
	publishedAll(t, opened(t, there))
}

// A backup from before a loss that was accepted holds what was lost, and not what came
// after: it goes another way than the log since. It is refused, by what to take instead.
func TestABackupThatGoesAnotherWayThanTheLogIsRefused(t *testing.T) {
	places, s := staffed(t), newSafe(t)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	bring(t, places.Heads, there.Heads)
	bring(t, places.Log, there.Log)
	_, err := s.number(there, 1, bothOf(t))
	must(t, err)
	for _, outlived := range []func(installation.Places){
		func(other installation.Places) { bring(t, there.Heads, other.Heads); bring(t, there.Log, other.Log) },
		func(other installation.Places) { bring(t, there.Log, other.Log) },
	} {
		other := elsewhere(t, there)
		outlived(other)
		_, err = s.number(other, 2, bothOf(t))
		wantCode(t, "the lost leaves, restored over the loss", err, "backup.forked")
		noInstallation(t, other)
	}
}
