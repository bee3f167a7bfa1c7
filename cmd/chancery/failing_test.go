package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/vault"
)

// isRefusedByItsDisk lets a call of a filing fail, one after the other. The
// command ends in good order and says in a sentence what is wrong and what to do,
// or the claim is on file; given again it is on file once.
func isRefusedByItsDisk(t *testing.T, bin binary) {
	dir := inMemory(t)
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", deskOf(t))
	bin.must(t, dir, "programme", "open", "demo")
	put(t, filepath.Join(dir, "answers.json"), `{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
	file := []string{"claim", "file", "answers.json", "--programme", "demo", "--category", "a-departure", "--key", "desk-1", "--json"}
	before := filepath.Join(t.TempDir(), "before")
	copyTree(t, dir, before)
	var calls []faulttest.Call
	bin.traced(t, faulttest.Trace{Root: dir, At: func(c faulttest.Call) (none faulttest.Verdict) {
		calls = append(calls, c)
		return none
	}}, file...)
	chance, tried, survived := faulttest.Chance(t), 0, 0
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EROFS} {
		for _, n := range faulttest.OfEach(chance, calls, 6) {
			copyTree(t, before, dir)
			tried++
			if at, wrong := bin.filedOnADisk(t, dir, n, errno, file); wrong != "" {
				t.Errorf("%v at %v: %s", errno, at, wrong)
				continue
			}
			survived++
		}
	}
	faulttest.Tried(t, 4, "a call of a filing fails with EIO, ENOSPC or EROFS: a sentence, no ack, filed once when given again", tried, survived)
}

// filedOnADisk files a claim while the n-th call fails, and then again.
func (b binary) filedOnADisk(t *testing.T, dir string, n int, errno syscall.Errno, file []string) (at faulttest.Call, wrong string) {
	t.Helper()
	c := b.command(dir, file...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	ran, err := faulttest.Trace{Root: dir, At: func(c faulttest.Call) (v faulttest.Verdict) {
		if c.Number == n {
			at, v.Err = c, errno
		}
		return v
	}}.Run(c)
	if errors.Is(err, faulttest.ErrNotHere) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Error struct{ Code, Message string }
	}
	var acknowledged struct{ Reference string }
	_ = json.Unmarshal(out.Bytes(), &acknowledged)
	if ran.Code != exitOK {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		if json.Unmarshal([]byte(lines[len(lines)-1]), &said) != nil || said.Error.Code == "" || strings.Contains(said.Error.Message, "SQL") {
			return at, "it ends without a sentence: " + errs.String()
		}
	}
	again := b.try(t, dir, file...)
	var filed struct{ Reference string }
	if again.code != exitOK || json.Unmarshal([]byte(again.out), &filed) != nil {
		return at, "given again: " + again.err
	}
	if acknowledged.Reference != "" && filed.Reference != acknowledged.Reference {
		return at, "it was acknowledged as " + acknowledged.Reference + ", and given again as " + filed.Reference
	}
	if now := b.stats(t, dir); now.Claims != 1 {
		return at, "it is on file more than once, or not at all"
	}
	b.sound(t, dir)
	return at, ""
}

// deskOf is the public line of a new desk's key.
func deskOf(t *testing.T) string {
	t.Helper()
	_, public, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}
