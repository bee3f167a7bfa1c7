package installation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/installation"
)

// A key that others on the machine may read signs nothing: the log's is refused as
// the other keys are, and so is the one of the epoch that is being opened.
func TestAKeyThatOthersMayReadIsRefused(t *testing.T) {
	places := staffed(t)
	key, err := os.ReadFile(filepath.Join(places.Keys, "log.key"))
	must(t, err)
	next := filepath.Join(places.Keys, "log.key.next")
	for _, name := range []string{"log.key", "log.key.next", "lookup.key", "master.key", "keystore.db"} {
		t.Run(name, func(t *testing.T) {
			if name == filepath.Base(next) {
				must(t, os.WriteFile(next, key, 0o600))
				defer func() { must(t, os.Remove(next)) }()
			}
			path := filepath.Join(places.Keys, name)
			for _, mode := range []os.FileMode{0o644, 0o640, 0o602} {
				must(t, os.Chmod(path, mode))
				i, err := installation.Open(t.Context(), places.Data, installation.Options{})
				if err == nil {
					must(t, i.Close())
				}
				wantCode(t, name+" "+mode.String(), err, "vault.file-open-to-others")
				if err != nil && !strings.Contains(err.Error(), path) {
					t.Errorf("%v doesn't name %s", err, path)
				}
			}
			must(t, os.Chmod(path, 0o600))
			i, err := installation.Open(t.Context(), places.Data, installation.Options{})
			must(t, err)
			must(t, i.Close())
		})
	}
}
