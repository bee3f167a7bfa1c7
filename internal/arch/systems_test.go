//go:build !race

// Under the race detector these take minutes, and nothing in them happens at once.

package arch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// systems are those for which the programs are built though no test runs there.
// docs/operations.md names them.
var systems = []struct {
	system   string
	packages []string
}{
	{"darwin/arm64", []string{"-test", "./..."}},
	{"freebsd/amd64", []string{"-test", "./..."}},
	{"windows/amd64", []string{"./cmd/chancery-verify"}},
}

func TestTheProgramsFitOtherSystems(t *testing.T) {
	for _, s := range systems {
		t.Run(s.system, func(t *testing.T) {
			breaches, err := FitsOn("../..", s.system, s.packages...)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range breaches {
				t.Error(b)
			}
		})
	}
}

// What stands on Linux alone is named, in the code and in its tests.
func TestWhatStandsOnOneSystemAloneIsNamed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module example.org/m\n\ngo 1.26\n",
		"a.go":          "package m\n\nimport \"syscall\"\n\nfunc A() syscall.Errno { return syscall.EIO }\n",
		"b.go":          "package m\n\nimport \"syscall\"\n\nfunc b() { _ = syscall.SO_PEERCRED }\n",
		"b_test.go":     "package m\n\nimport \"syscall\"\n\nvar u syscall.Ucred\n",
		"c_test.go":     "package m_test\n\nimport \"example.org/m\"\n\nvar _ = m.A() + m.C()\n",
		"only_linux.go": "package m\n\nimport \"syscall\"\n\nfunc C() syscall.Errno { return 0 }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for system, want := range map[string][]string{
		"linux/amd64": nil,
		"darwin/arm64": {
			"example.org/m/b.go:5: undefined: syscall.SO_PEERCRED",
			"example.org/m/b_test.go:5: undefined: syscall.Ucred",
			"example.org/m_test/c_test.go:5: undefined: m.C",
		},
	} {
		got, err := FitsOn(dir, system, "-test", ".")
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("on %s: %v, %v; want %v", system, got, err, want)
		}
	}
}
