package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The example of docs/api.md, as it stands.
func TestTheExampleOfTheDocumentation(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here: make setup installs it")
	}
	page, err := os.ReadFile("../docs/api.md")
	must(t, err)
	_, part, ok := strings.Cut(string(page), "\n## A filing, step by step\n")
	part, _, _ = strings.Cut(part, "\n## ")
	var script strings.Builder
	for l := range strings.Lines(part) {
		if code, indented := strings.CutPrefix(l, "    "); indented {
			script.WriteString(code)
		}
	}
	if !ok || strings.Count(script.String(), "curl ") != 4 {
		t.Fatalf("the page's example is gone: %s", script.String())
	}
	h := opened(t, nil)
	folder := t.TempDir()
	c := exec.CommandContext(t.Context(), "sh", "-eu")
	c.Dir, c.Stdin = folder, strings.NewReader(script.String())
	c.Env = append(os.Environ(), "API="+h.server.URL+"/api", "TOKEN="+h.tokens["officer"])
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(name string, into any) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(folder, name))
		must(t, err)
		must(t, json.Unmarshal(text, into))
	}
	var form struct{ Questions []any }
	var once, twice, seen struct {
		ID, Standing string
		Repeated     bool
	}
	read("form.json", &form)
	read("filed-once.json", &once)
	read("filed-twice.json", &twice)
	read("claim-seen.json", &seen)
	if len(form.Questions) == 0 || once.ID == "" || twice.ID != once.ID || !twice.Repeated || once.Repeated || seen.ID != once.ID || seen.Standing != "filed" {
		t.Errorf("%+v %+v %+v", once, twice, seen)
	}
	text, err := os.ReadFile(filepath.Join(folder, "results.ndjson"))
	must(t, err)
	var status []string
	for l := range bytes.Lines(text) {
		var r line
		must(t, json.Unmarshal(l, &r))
		status = append(status, r.Status)
	}
	if strings.Join(status, " ") != "filed refused done" || h.claims() != 2 {
		t.Errorf("%s; %d claims", text, h.claims())
	}
}
