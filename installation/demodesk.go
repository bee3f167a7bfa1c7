package installation

import (
	"path/filepath"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// DemoDesk is where a demo keeps the desk's private key: on the machine that
// must not have it, as only a demo may.
func DemoDesk(dir string) string { return filepath.Join(filepath.Clean(dir)+".desk", "desk.key") }

// MakeDemoDesk makes a desk for a demo, or takes the one that is there, and
// gives its public key.
func MakeDemoDesk(dir string) (public string, err error) {
	path := DemoDesk(dir)
	if desk, err := vault.ReadDeskKey(path); err == nil {
		return desk.Public(), nil
	} else if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	private, public, err := vault.NewDeskKey()
	if err != nil {
		return "", err
	}
	if err := makePrivate(filepath.Dir(path)); err != nil {
		return "", err
	}
	return public, vault.WriteDeskKey(path, private)
}
