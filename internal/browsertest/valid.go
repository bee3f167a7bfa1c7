package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// pages are those of a test that are to be held to the HTML standard at its end,
// all by one run of the checker, which takes seconds to begin.
var pages sync.Map // *testing.T to its folder

// Valid holds a page to the HTML standard when the test ends. It needs java and
// the checker; without them the test tells that it didn't.
func Valid(t *testing.T, name string, html []byte) {
	t.Helper()
	folder, there := pages.Load(t)
	if !there {
		folder = t.TempDir()
		pages.Store(t, folder)
		t.Cleanup(func() { valid(t, folder.(string)) })
	}
	name = strings.NewReplacer("/", "-", " ", "-", "?", "-").Replace(name)
	if err := os.WriteFile(filepath.Join(folder.(string), name+".html"), html, 0o600); err != nil {
		t.Fatal(err)
	}
}

func valid(t *testing.T, folder string) {
	jar := tool(t, filepath.Join(VNU, "package", "build", "dist", "vnu.jar"))
	java, err := exec.LookPath("java")
	if jar == "" || err != nil {
		t.Log("NOT CHECKED: the HTML standard, without java or the checker")
		return
	}
	out, err := exec.Command(java, "-jar", jar, "--errors-only", "--format", "gnu", "--skip-non-html", folder).CombinedOutput()
	if err != nil {
		t.Errorf("not the HTML that the standard has:\n%s", strings.ReplaceAll(string(out), "file:"+folder+"/", ""))
	}
}
