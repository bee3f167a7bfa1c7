package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/registry"
)

func TestARegisterInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "civil-status.csv")
	r := registry.OfFile("civil-status", path)
	if _, err := r.LookUp(t.Context(), "1"); err == nil || r.Fields() != nil {
		t.Error("a file that isn't there answers")
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("tax_number,claimant_name,birth_date\n1,Olena Example,1980-05-05\n2,Petro Example,\n,Nobody,\n")
	if fields := r.Fields(); !slices.Equal(fields, []string{"claimant_name", "birth_date"}) {
		t.Errorf("%v", fields)
	}
	for key, want := range map[string]int{"1": 2, "2": 1, "3": 0, "": 0} {
		texts, err := r.LookUp(t.Context(), key)
		if err != nil || len(texts) != want {
			t.Errorf("%q: %v (%v)", key, texts, err)
		}
	}
	write("tax_number,claimant_name\n1,Olena Newname\n") // a newer extract counts at once
	if texts, err := r.LookUp(t.Context(), "1"); err != nil || texts["claimant_name"] != "Olena Newname" {
		t.Errorf("%v (%v)", texts, err)
	}
	write("one column\n")
	if _, err := r.LookUp(t.Context(), "1"); err == nil {
		t.Error("a file without fields answers")
	}
}

func TestTheRegistersOfAFolder(t *testing.T) {
	folder := t.TempDir()
	if all, err := registry.Folder(filepath.Join(folder, "none"), time.Now); err != nil || all != nil {
		t.Errorf("%v (%v)", all, err)
	}
	for _, name := range []string{"b.csv", "a.csv", ".c.new", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("key,field\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := registry.Folder(folder, time.Now)
	if err != nil || len(all) != 2 || all[0].Name() != "a" || all[1].Name() != "b" {
		t.Errorf("%v (%v)", all, err)
	}
}

// shaky fails as often as it is told to.
type shaky struct{ failures, asked int }

func (*shaky) Name() string     { return "shaky" }
func (*shaky) Fields() []string { return nil }
func (s *shaky) LookUp(context.Context, string) (map[string]string, error) {
	if s.asked++; s.failures > 0 {
		s.failures--
		return nil, errors.New("no route")
	}
	return map[string]string{}, nil
}

// A register that doesn't answer is left alone for a while, and then asked once.
func TestARegisterThatIsDownIsLeftAlone(t *testing.T) {
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	down := &shaky{failures: 4}
	b := registry.Guard(down, func() time.Time { return now })
	ask := func() error { _, err := b.LookUp(t.Context(), "1"); return err }
	for range 3 {
		if err := ask(); err == nil || fault.Code(err) == "registry.left-alone" {
			t.Fatal(err)
		}
	}
	if err := ask(); fault.Code(err) != "registry.left-alone" || down.asked != 3 {
		t.Errorf("after three failures: %v, asked %d times", err, down.asked)
	}
	now = now.Add(2 * time.Minute)
	if err := ask(); fault.Code(err) == "registry.left-alone" || down.asked != 4 { // it still fails
		t.Errorf("after the pause: %v, asked %d times", err, down.asked)
	}
	if err := ask(); fault.Code(err) != "registry.left-alone" || down.asked != 4 {
		t.Errorf("the pause begins again: %v, asked %d times", err, down.asked)
	}
	now = now.Add(2 * time.Minute)
	for range 3 {
		if err := ask(); err != nil {
			t.Errorf("it answers again: %v", err)
		}
	}
}
