package desk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/desk"
	"github.com/openchancery/chancery/fault"
)

// What the desk makes of claims is tested in package office, over a whole house.

func TestAFileThatTheServerDidNotWriteIsRefused(t *testing.T) {
	const whole = `{"format":"chancery/desk/v1","fetched":"2026-01-31T09:00:00.000Z","purpose":"review","editions":{"ab":"aWQ="},` +
		`"claims":[{"claim":"5f","reference":"7K3M9QX2VD4K","programme":"demo","edition":"` +
		`0000000000000000000000000000000000000000000000000000000000000000","category":"b","claimant":"individual","received":"2020-05-01","blobs":[]}]}`
	for _, c := range []struct{ name, text, want string }{
		{"as it is written", whole, ""},
		{"empty", "", "desk.file-form"},
		{"no JSON", "sensitive", "desk.file-form"},
		{"other JSON", `{"answers":{}}`, "desk.file-form"},
		{"another format", `{"format":"chancery/desk/v2","claims":[]}`, "desk.file-form"},
		{"cut short", whole[:len(whole)-3], "desk.file-form"},
		{"a list", "[]", "desk.file-form"},
		{"a place that is none", `{"format":"chancery/desk/v1","claims":[{"blobs":[{"entry":"nowhere"}]}]}`, "desk.file-form"},
	} {
		path := filepath.Join(t.TempDir(), "claims.desk")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := desk.Read(path)
		if fault.Code(err) != c.want || c.want == "" && (err != nil || len(file.Claims) != 1) {
			t.Errorf("%s: %+v, %v", c.name, file, err)
		}
	}
	if _, err := desk.Read("nowhere.desk"); !os.IsNotExist(err) {
		t.Errorf("a file that isn't there: %v", err)
	}
}
