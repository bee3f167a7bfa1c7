package vault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// What is wrong with a folder of keys is told without a key, and no secret is.
func TestAFolderOfKeysIsLookedAt(t *testing.T) {
	on := day.Must(2026, 3, 10)
	for _, c := range []struct {
		name  string
		wrong func(v *vault.Vault, folder string) error
		codes []string
	}{
		{"well", func(*vault.Vault, string) error { return nil }, nil},
		{"no master key", func(_ *vault.Vault, f string) error { return os.Remove(filepath.Join(f, "master.key")) }, []string{"vault.file-missing"}},
		{"an open file", func(_ *vault.Vault, f string) error { return os.Chmod(filepath.Join(f, "lookup.key"), 0o644) }, []string{"vault.file-open-to-others"}},
		{"an open folder", func(_ *vault.Vault, f string) error { return os.Chmod(f, 0o750) }, []string{"vault.folder-open-to-others"}},
		{"a change that was interrupted", func(v *vault.Vault, _ string) error {
			v.StopAt(4, errStop)
			if err := v.RotateMaster(ctx, nil); err != errStop {
				return fmt.Errorf("not stopped: %w", err)
			}
			return nil
		}, []string{"vault.rotation-unfinished"}},
		{"a copy too old", func(v *vault.Vault, _ string) error {
			v.On(at(2026, 2, 1))
			_, err := v.BackupStore(ctx)
			return err
		}, []string{"vault.backup-over"}},
		{"no key store", func(_ *vault.Vault, f string) error { return os.Remove(filepath.Join(f, "keystore.db")) }, []string{"vault.file-missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, folder := opened(t)
			_, d := desk(t, v)
			sealed(t, v, manyItems(0, 3)...)
			if err := v.Destroy(ctx, manyItems(2, 3)[0].Claim); err != nil {
				t.Fatal(err)
			}
			secret, err := os.ReadFile(filepath.Join(folder, "master.key"))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.wrong(v, folder); err != nil {
				t.Fatal(err)
			}
			s, err := vault.Inspect(ctx, folder, on)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, p := range s.Problems {
				codes = append(codes, fault.Code(p))
			}
			if !slices.Equal(codes, c.codes) {
				t.Errorf("%q, want %q", codes, c.codes)
			}
			if c.codes == nil && (s.Master != vault.InFile || s.Keys != 4 || s.Erased != 1 || !slices.Equal(s.Desks, []string{d.ID()})) {
				t.Errorf("%+v", s)
			}
			if strings.Contains(fmt.Sprintf("%+v", s), strings.Fields(string(secret))[4]) {
				t.Error("the key is told")
			}
		})
	}
}
