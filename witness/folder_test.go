package witness_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/witness"
)

// Making a witness that was cut off before it had a key is begun anew; whatever else
// lies in the folder stays, and is no witness's to remove.
func TestAWitnessWhoseMakingWasCutOffIsMadeAnew(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	if _, err := witness.Create(whole, "witness.example/w1"); err != nil {
		t.Fatal(err)
	}
	logs, err := os.ReadFile(filepath.Join(whole, "logs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		files map[string]string // "" makes a folder
		code  string
	}{
		{"nothing but the folder of states", map[string]string{"state": ""}, ""},
		{"amid the list of logs", map[string]string{"state": "", ".new-123": "# The"}, ""},
		{"amid the key", map[string]string{"state": "", "logs": string(logs), ".new-123": "PRIVATE+KEY"}, ""},
		{"with its key", map[string]string{"state": "", "logs": string(logs), "witness.key": "PRIVATE+KEY"}, "witness.exists"},
		{"something was cosigned", map[string]string{"state": "", "logs": string(logs), "state/0": "a checkpoint"}, "witness.exists"},
		{"a log is named", map[string]string{"state": "", "logs": string(logs) + "a.example/log+1+A\n"}, "witness.exists"},
		{"something else", map[string]string{"state": "", "letter": "Dear all"}, "witness.exists"},
		{"an empty folder", nil, "witness.exists"},
	} {
		folder := filepath.Join(t.TempDir(), "w")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, folders := range []bool{true, false} {
			for name, text := range c.files {
				path := filepath.Join(folder, name)
				if folders && text == "" {
					err = os.Mkdir(path, 0o700)
				} else if !folders && text != "" {
					err = os.WriteFile(path, []byte(text), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err := witness.Create(folder, "witness.example/w1")
		if fault.Code(err) != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if _, err := witness.Key(folder); c.code == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for name := range c.files {
			if _, err := os.Stat(filepath.Join(folder, name)); c.code != "" && err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}
