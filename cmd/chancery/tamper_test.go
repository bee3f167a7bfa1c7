package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// isCheckedFromOutside tampers with what is published, in each file and in each
// line: chancery-verify finds it, and names the place.
func isCheckedFromOutside(t *testing.T, bin binary) {
	dir := t.TempDir()
	bin.must(t, dir, "demo", "--dir", "register", "--claims", "300", "--no-serve")
	put(t, filepath.Join(dir, "log.pub"), bin.must(t, dir, "log", "key").out)
	bin.verifier().must(t, dir, "log", "register.log", "--key", "log.pub", "--save", "kept.checkpoint")
	t.Run("log", func(t *testing.T) { tamperWithTheLog(t, bin, dir) })
	t.Run("checkpoint", func(t *testing.T) { tamperWithTheCheckpoint(t, bin, dir) })
	t.Run("export", func(t *testing.T) { tamperWithTheExport(t, bin) })
}

// bytesOf are the files of a folder, by their paths in it.
func bytesOf(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path], err = os.ReadFile(filepath.Join(folder, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// unit is how long one record, one hash, one byte of the checkpoint is.
func unit(name string) int {
	switch {
	case strings.HasPrefix(name, "tile/entries/"):
		return 34
	case strings.HasPrefix(name, "tile/"):
		return 32
	}
	return 1
}

func tamperWithTheLog(t *testing.T, bin binary, dir string) {
	folder := filepath.Join(dir, "register.log")
	good := bytesOf(t, folder)
	if len(good) != 6 { // two bundles, two tiles over them, one over those, the checkpoint
		t.Fatalf("%d files are published", len(good))
	}
	at := func(name string, n int) string { // how the n-th of a file is named
		switch {
		case strings.HasPrefix(name, "tile/1"):
			return fmt.Sprintf(`leaves %d to %d`, n*256, n*256+255)
		case strings.HasPrefix(name, "tile/"):
			if strings.Contains(name, "001.p") {
				n += 256
			}
			return fmt.Sprintf(`leaf %d `, n)
		}
		return "signature"
	}
	for name, was := range good {
		u := unit(name)
		second := u * min(1, len(was)/u-1) // where the second one begins, if there is one
		changes := map[string]struct {
			content []byte
			says    string
		}{
			"changed":  {flipped(was, second+u/2), at(name, second/u)},
			"removed":  {nil, "the file is not there"},
			"cut":      {was[:len(was)-1], ""},
			"inserted": {slices.Concat(was[:second], bytes.Repeat([]byte{7}, u), was[second:]), ""},
		}
		if len(was)/u > 2 && u > 1 {
			swapped := slices.Concat(was[:u], was[2*u:3*u], was[u:2*u], was[3*u:])
			shifted := slices.Concat(was[:u], bytes.Repeat([]byte{7}, u), was[u:len(was)-u]) // the length stays
			changes["two swapped"] = struct {
				content []byte
				says    string
			}{swapped, at(name, 1)}
			changes["inserted, the last pushed out"] = struct {
				content []byte
				says    string
			}{shifted, at(name, 1)}
		}
		for how, c := range changes {
			path := filepath.Join(folder, name)
			if c.content == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else if err := os.WriteFile(path, c.content, 0o644); err != nil {
				t.Fatal(err)
			}
			t.Log(name, how)
			where := `(NOT AS IT MUST BE|CAN'T TELL): .*` + regexp.QuoteMeta(name)
			bin.verifier().says(t, dir, exitFailed, []string{where, c.says}, "log", "register.log", "--key", "log.pub")
			if err := os.WriteFile(path, was, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	bin.verifier().says(t, dir, exitOK, []string{`^GOOD`}, "log", "register.log", "--key", "log.pub")
}

func flipped(content []byte, at int) []byte {
	content = bytes.Clone(content)
	content[at] ^= 1
	return content
}

// tamperWithTheCheckpoint shows a checkpoint that isn't the log's newest, or
// none of its own.
func tamperWithTheCheckpoint(t *testing.T, bin binary, dir string) {
	verify := bin.verifier()
	checkpoint := filepath.Join(dir, "register.log", "checkpoint")
	mine, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	bin.must(t, other, "init", "register", "--origin", "demo.invalid/log") // the same name, another key
	theirs, err := os.ReadFile(filepath.Join(other, "register.log", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, checkpoint, string(theirs))
	verify.says(t, dir, exitFailed, []string{`register\.log/checkpoint: it is not signed by demo\.invalid/log`}, "log", "register.log", "--key", "log.pub")
	put(t, checkpoint, strings.Replace(string(mine), "\n328\n", "\n327\n", 1))
	verify.says(t, dir, exitFailed, []string{`register\.log/checkpoint: .*does not fit the text`}, "log", "register.log", "--key", "log.pub")
	put(t, checkpoint, string(mine))

	// Rolled back with every file, and forked from there: only who kept a
	// checkpoint can tell, and can prove it.
	saved := filepath.Join(t.TempDir(), "saved")
	mkdir(t, saved)
	parts := []string{"register", "register.keys", "register.heads", "register.log"}
	for _, p := range parts {
		copyTree(t, filepath.Join(dir, p), filepath.Join(saved, p))
	}
	bin.must(t, dir, "actor", "add", "officer-8", "--capacity", "officer")
	verify.must(t, dir, "log", "register.log", "--key", "log.pub", "--since", "kept.checkpoint", "--save", "newest.checkpoint")
	copyTree(t, filepath.Join(dir, "register.log"), filepath.Join(dir, "mirror.log"))
	for _, p := range parts {
		copyTree(t, filepath.Join(saved, p), filepath.Join(dir, p))
	}
	verify.says(t, dir, exitFailed, []string{`newest\.checkpoint: this checkpoint names 330 entries, and the log now shows 328.*leaves 328 to 329 were published and signed and are gone`}, "log", "register.log", "--key", "log.pub", "--since", "newest.checkpoint")
	bin.must(t, dir, "actor", "add", "officer-9", "--capacity", "officer")
	verify.says(t, dir, exitFailed, []string{`newest\.checkpoint: .*forked or rewritten`, `mirror\.log/checkpoint: .*The copies part at leaf 328`}, "log", "register.log", "--key", "log.pub", "--since", "kept.checkpoint", "--since", "newest.checkpoint", "--mirror", "mirror.log")
}

// line is a line of the export, as far as the test reads it.
type line struct {
	Leaf, Row *int64
	Stream    string
	Version   int64
}

func (l line) name() string { return regexp.QuoteMeta(fmt.Sprintf("%s#%d", l.Stream, l.Version)) }

// tamperWithTheExport changes, takes out, doubles and moves each line of a
// small register's whole life.
func tamperWithTheExport(t *testing.T, bin binary) {
	dir, verify := t.TempDir(), bin.verifier()
	bin.opens(t, dir)
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	for range 3 {
		bin.files(t, dir)
	}
	bin.must(t, dir, "claim", "examine", "--programme", "demo")
	bin.must(t, dir, "instalment", "propose", "--programme", "demo")
	bin.must(t, dir, "docket", "export", "--audit", "-o", "audit.ndjson")
	text, err := os.ReadFile(filepath.Join(dir, "audit.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(string(text)))
	audited := func(how string, lines []string, code int, wants ...string) {
		t.Helper()
		t.Log(how)
		put(t, filepath.Join(dir, "tampered.ndjson"), strings.Join(lines, ""))
		verify.says(t, dir, code, wants, "audit", "tampered.ndjson", "--key", "log.pub", "--log", "register.log")
	}
	audited("as it is", lines, exitOK, `^GOOD`)
	audited("the figures", replaced(lines, 0, `"filed":0`, `"filed":1`), exitFailed, `line 1, figures: .*standings, filed: published is 1`)
	audited("the checkpoint", replaced(lines, 0, theOrigin+`\n`, `other.example/log\n`), exitFailed, `line 1`)
	parsed := make([]line, len(lines))
	for n := 1; n < len(lines); n++ {
		if err := json.Unmarshal([]byte(lines[n]), &parsed[n]); err != nil {
			t.Fatal(err)
		}
	}
	named := func(at, n int) string {
		return fmt.Sprintf(`NOT AS IT MUST BE: .*line %d \(%s\): `, at+1, parsed[n].name())
	}
	rows, annex := 0, 0
	for n := 1; n < len(lines); n++ {
		l, last := parsed[n], n+1 == len(lines)
		// The log has published each entry, so that it is named itself; of a row
		// it knows no more than the annex of its entry.
		altered := named(n, n) + `it is not what the log published as leaf`
		gone := `NOT AS IT MUST BE: tampered\.ndjson: it has [0-9]+ entries`
		if !last {
			gone = named(n, n+1)
		}
		if l.Row == nil {
			annex = n
		} else {
			rows++
			altered = named(annex, annex) + `the [0-9]+ rows that follow it make the root`
			if last || parsed[n+1].Row == nil {
				gone = named(annex, annex) + `its annex has [0-9]+ rows`
			}
		}
		what := fmt.Sprintf("%s#%d ", l.Stream, l.Version)
		audited(what+"changed", replaced(lines, n, `"kind":"`, `"kind":"x`), exitFailed, altered)
		salt := saltOf(lines[n])[:2]
		audited(what+"salted otherwise", replaced(lines, n, `"salt":"`+salt, `"salt":"`+other(salt)), exitFailed, altered)
		audited(what+"taken out", slices.Concat(lines[:n], lines[n+1:]), exitFailed, gone)
		audited(what+"doubled", slices.Concat(lines[:n+1], lines[n:]), exitFailed, named(n+1, n))
		if !last {
			audited(what+"swapped with the next", slices.Concat(lines[:n], lines[n+1:n+2], lines[n:n+1], lines[n+2:]), exitFailed, named(n, n+1))
		}
	}
	if rows != 6 {
		t.Errorf("%d rows were tampered with", rows)
	}
}

// replaced is a copy in which one line has something else in place of what it
// has of the pairs' first.
func replaced(lines []string, n int, pairs ...string) []string {
	lines = slices.Clone(lines)
	lines[n] = strings.NewReplacer(pairs...).Replace(lines[n])
	return lines
}

func saltOf(line string) string {
	_, rest, _ := strings.Cut(line, `"salt":"`)
	return rest
}

func other(digits string) string {
	if digits == "00" {
		return "01"
	}
	return "00"
}
