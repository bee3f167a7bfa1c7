package installation

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// Who takes the lock, alone or beside others, stands in it; and whoever comes
// in vain hears of chancery serve only while one carries out commands.
func TestWhoHasTheLockStandsInIt(t *testing.T) {
	type taking func(path, as string) (*os.File, error)
	for _, test := range []struct {
		name string
		take taking
		as   string
		then taking
		want string
	}{
		{"a command", lock, "", lock, "installation.locked"},
		{"serve", lock, serving, lock, "installation.served"},
		{"serve, and who shares", lock, serving, share, "installation.served"},
		{"who shares", share, "", lock, "installation.locked"},
		{"serve, which shares and carries out nothing", share, serving, lock, "installation.locked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), lockFile)
			if err := os.WriteFile(path, []byte("12345678 serve\n"), 0o600); err != nil { // a serve of yesterday
				t.Fatal(err)
			}
			has, err := test.take(path, test.as)
			if err != nil {
				t.Fatal(err)
			}
			defer has.Close()
			if _, err := test.then(path, ""); fault.Code(err) != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
