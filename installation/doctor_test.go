package installation_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A key store that a command of root's left behind can't be read by the account that
// runs Chancery: it is named, and not the database of the claims; and doctor sees it,
// whoever gives it.
func TestAKeyStoreThatCanNotBeReadIsNamed(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "other-owner-") // which another account may enter
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must(t, os.Chmod(folder, 0o755))
	places := staffed(t)
	lies := map[string]string{}
	for _, from := range []string{places.Data, places.Keys, places.Heads, places.Log} {
		lies[filepath.Join(folder, filepath.Base(from))] = from
	}
	restore(t, lies)
	dir := filepath.Join(folder, filepath.Base(places.Data))
	keystore := filepath.Join(dir+".keys", "keystore.db")
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	program := filepath.Join(folder, "opens")
	must(t, os.WriteFile(program, self, 0o755))
	helper := exec.Command(program)
	helper.Dir, helper.Env = folder, append(os.Environ(), dirOfHelper+"="+dir)
	if os.Geteuid() == 0 {
		const nobody = 65534
		must(t, filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			if err != nil || path == folder {
				return err
			}
			return os.Lchown(path, nobody, nobody)
		}))
		must(t, os.Chown(keystore, 0, 0))
		helper.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	must(t, os.Chmod(keystore, 0))
	out, err := helper.CombinedOutput()
	must(t, err)
	if want := fmt.Sprintf("vault.keystore-closed file=%q folder=%q", keystore, dir+".keys"); !strings.Contains(string(out), want) {
		t.Errorf("opened: %s, want %s", out, want)
	}
	copied := places
	copied.Data = dir
	if found := complaints(t, copied); !strings.Contains(found, "permissions:doctor.other-owner") {
		t.Errorf("doctor says %q", found)
	}
}

// A folder lies on another disk, and a link is in its place. The link's own mode says
// nothing; what lies in the folder is looked at.
func TestAFolderBehindALinkIsLookedAt(t *testing.T) {
	places := staffed(t)
	elsewhere := filepath.Join(t.TempDir(), "keys")
	must(t, os.Rename(places.Keys, elsewhere))
	must(t, os.Symlink(elsewhere, places.Keys))
	if found := complaints(t, places); strings.Contains(found, "permissions:") {
		t.Errorf("doctor says %q", found)
	}
	must(t, os.Chmod(filepath.Join(elsewhere, "credentials"), 0o755))
	if found := complaints(t, places); !strings.Contains(found, "permissions:doctor.open-to-others") {
		t.Errorf("doctor says %q", found)
	}
}
