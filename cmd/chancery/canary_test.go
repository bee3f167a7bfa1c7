package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/vault"
)

// canary begins every text that must stay sealed.
const canary = "Canary-Q7"

// singing is a file of an office in which every cell that isn't public sings,
// in columns that feed a field and in one that feeds none. Every tenth row is
// wrong in its date.
func singing(rows int) (all [][]string, bad map[int]bool) {
	all = [][]string{{
		"Claim Number", "Date Received", "Incident Date", "Airport Code", "Airport Name", "Airline Name",
		"Claim Type", "Claim Site", "Item", "Claim Amount", "Status", "Close Amount", "Disposition", "Notes",
	}}
	bad = map[int]bool{}
	for i := 1; i <= rows; i++ {
		sings := func(cell string) string { return fmt.Sprintf("%s-%s-%05d", canary, cell, i) }
		date := "2007-01-05"
		if i%10 == 0 {
			date, bad[i] = "soon", true
		}
		all = append(all, []string{
			sings("number"), date, "2007-01-02", "C" + fmt.Sprintf("Q7%05d", i), sings("airport"), sings("airline"),
			"Passenger Property Loss", "Checkpoint", sings("item") + ",\nand a hat", "100", "Denied", "0", "Deny", sings("notes"),
		})
	}
	return all, bad
}

// What isn't public stands nowhere in the clear: not in the data, nor beside
// it, nor in what is printed or exported, nor in a temporary file, also when
// the import was killed. The rejects hold the bad rows and no other, for their
// owner alone.
func leavesNothingInTheClear(t *testing.T, bin binary) {
	dir := t.TempDir()
	source := t.TempDir() // the office's own file, which isn't ours to search
	path, rejects := filepath.Join(source, "claims.csv"), filepath.Join(source, "rejects.csv")
	rows, bad := singing(2_500)
	write(t, path, rows, "LF")
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", desk)
	args := append(importingTSA(path), "--keep-going", "--rejects", rejects, "--json=false")

	c := bin.command(dir, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	somethingIsTaken(t, dir)
	_ = c.Process.Kill()
	_ = c.Wait()
	silent(t, "killed", dir)

	said := bin.try(t, dir, append(importingTSA(path), "--json=false")...) // refused: there are bad rows
	said2 := bin.try(t, dir, args...)
	if said2.code != exitFailed || strings.Contains(said2.err, "chancery: ") {
		t.Fatalf("an import that leaves bad rows out: exit code %d, %s", said2.code, said2.err)
	}
	filed := bin.command(dir, "claim", "file", "-", "--programme", "demo", "--category", "b-injury", "--key", "desk-1")
	filed.Stdin = strings.NewReader(`{"claimant_name":"` + canary + `-name","contact":"` + canary + `-contact","signed":"true",
		"incident_date":"2019-11-06","place":"marina","family":"false","injured":"1","medical_record":"true","statement":"` + canary + `-statement"}`)
	bin.must(t, dir, "programme", "open", "demo")
	out, err := filed.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	silent(t, "closed", dir)

	for what, text := range map[string]string{
		"a refused import's words": said.out + said.err, "an import's words": said2.out + said2.err, "the words of claim file": string(out),
		"the audit's export": bin.must(t, dir, "docket", "export", "--audit").out,
		"the list of claims": bin.must(t, dir, "claim", "list", "--limit", "1000", "--json").out,
		"what looks wrong":   bin.must(t, dir, "claim", "check", "--json").out,
		"a wrong filing":     wrongFiling(t, bin, dir),
		"all other commands": afterwards(t, bin, dir, strings.Fields(strings.TrimPrefix(string(out), "Filed. Reference: "))[0]),
	} {
		if sings(text) {
			t.Errorf("%s: it stands in the clear", what)
		}
	}
	onlyBadRowsSing(t, rejects, bad)
}

// afterwards is what the other commands say once a claim is on file, and what
// is fetched of it for the desk. One command alone shows what is personal, to
// whom may see it, and none on the server what is sensitive.
func afterwards(t *testing.T, bin binary, dir, reference string) string {
	t.Helper()
	shown := bin.must(t, dir, "claim", "answers", reference, "--purpose", "review", "--json").out
	if !strings.Contains(shown, canary+"-name") || strings.Contains(shown, canary+"-statement") {
		t.Errorf("claim answers shows %s", shown)
	}
	file := filepath.Join(t.TempDir(), "claims.desk")
	var said strings.Builder
	for _, command := range [][]string{
		{"claim", "examine", "--programme", "demo"},
		{"instalment", "propose", "--programme", "demo"},
		{"claim", "show", reference},
		{"claim", "readings", reference},
		{"claim", "alarms"},
		{"desk", "fetch", reference, "--purpose", "review", "-o", file},
		{"stats"},
		{"verify", "--rebuild"},
		{"docket", "show", "programme/demo"},
	} {
		for _, flag := range []string{"--json", "--json=false"} {
			if command[0] != "desk" || flag == "--json" { // it writes over nothing
				did := bin.try(t, dir, append(command, flag)...)
				said.WriteString(did.out + did.err)
			}
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || len(text) < 1000 {
		t.Errorf("%d bytes for the desk, %v", len(text), err)
	}
	stranger := filepath.Join(t.TempDir(), "desk.key")
	bin.must(t, dir, "desk", "new", "-o", stranger)
	wrong := bin.try(t, dir, "desk", "open", file, "--key", stranger)
	if wrong.code == 0 {
		t.Error("another desk's key opens it")
	}
	return said.String() + string(text) + wrong.out + wrong.err
}

// wrongFiling is what is said of answers that can't be taken.
func wrongFiling(t *testing.T, bin binary, dir string) string {
	t.Helper()
	var said strings.Builder
	for _, answers := range []string{
		`{"claimant_name":"` + canary + `","incident_date":"` + canary + `"}`,
		`{"claimant_name":"` + canary + `","family":"` + canary + `"}`,
		`{"claimant_name":"` + canary + `","injured":"` + canary + `"}`,
		`{"claimant_name":"` + strings.Repeat(canary, 200) + `"}`,
		`{"claimant_name":"` + canary + `"`,
	} {
		for _, flag := range []string{"--json=false", "--json"} {
			c := bin.command(dir, "claim", "file", "-", "--programme", "demo", "--category", "b-injury", flag)
			c.Stdin = strings.NewReader(answers)
			out, err := c.CombinedOutput()
			if err == nil {
				t.Errorf("taken: %s", answers)
			}
			said.Write(out)
		}
	}
	return said.String()
}

func sings(text string) bool {
	return strings.Contains(text, canary) || strings.Contains(text, hex.EncodeToString([]byte(canary))) || strings.Contains(text, "CQ70")
}

// silent searches every file of an installation, and the folder for temporary
// files, which is the same.
func silent(t *testing.T, when, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if sings(string(text)) || sings(path) {
			t.Errorf("%s: %s holds what must be sealed", when, path)
		}
		if top, _, _ := strings.Cut(strings.TrimPrefix(path, dir+"/"), "/"); !strings.HasPrefix(top, "register") {
			t.Errorf("%s: %s was left behind", when, path)
		}
		return err
	})
	if err != nil || files < 8 {
		t.Errorf("%s: %d files were searched, %v", when, files, err)
	}
}

// onlyBadRowsSing checks the file of rejects.
func onlyBadRowsSing(t *testing.T, path string, bad map[int]bool) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of rejects: %v, %v", info.Mode(), err)
	}
	if !sings(string(text)) {
		t.Error("the search is deaf: it doesn't hear the bad rows")
	}
	for i := 1; i <= 2_500; i++ {
		if stands := bytes.Contains(text, fmt.Appendf(nil, "%s-item-%05d", canary, i)); stands != bad[i] {
			t.Errorf("row %d stands in the file of rejects: %v, and it is wrong: %v", i, stands, bad[i])
		}
	}
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(beside) != 2 {
		t.Errorf("beside the office's file stand %v, %v", beside, err)
	}
}
