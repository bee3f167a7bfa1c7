package office_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// A golden file is written once, for a kind that has none.
var writeKinds = flag.Bool("write-kinds", false, "write the golden files of kinds of facts that have none")

const goldenKinds = "testdata/kinds/"

// The files are facts of each sort as they were first written, each with all
// that it can say, beside the ids that they had. They must be read, be written
// the same, and have the same ids for ever: never change one. What a fact can
// say besides is optional, and free when unset.
func TestKindsOfFactsForEver(t *testing.T) {
	if *writeKinds {
		writeGolden(t, "roll.facts_entered.v1", wholeFacts[roll.Fact]())
		writeGolden(t, "treaty.facts_entered.v1", wholeFacts[treaty.Fact]())
	}
	for kind, read := range map[docket.Kind]func(json.RawMessage) (any, error){
		"roll.facts_entered.v1":   strictly[roll.Fact],
		"treaty.facts_entered.v1": strictly[treaty.Fact],
	} {
		var golden struct{ Facts []json.RawMessage }
		must(t, json.Unmarshal(goldenFile(t, string(kind)+".json"), &golden))
		ids := strings.Fields(string(goldenFile(t, string(kind)+".ids")))
		if len(golden.Facts) < 2 || len(golden.Facts) != len(ids) {
			t.Fatalf("%s: %d facts, %d ids", kind, len(golden.Facts), len(ids))
		}
		for i, raw := range golden.Facts {
			fact, err := read(raw)
			must(t, err)
			again, err := docket.Marshal(fact)
			if err != nil || string(again) != string(raw) {
				t.Errorf("%s is written as\n%s (%v), was\n%s", kind, again, err, raw)
			}
			f, err := office.DecodeFact(kind, raw)
			must(t, err)
			if got := fmt.Sprintf("%s:%s:%s", f.Stream, f.What, f.ID); got != ids[i] || f.Known != day.Must(2018, 11, 21) || !bytes.Equal(f.Body, raw) {
				t.Errorf("%s folds into %s, known %s, was %s", kind, got, f.Known, ids[i])
			}
		}
	}
}

// What the entry of a bundle says, for ever.
func TestKindsOfBundlesForEver(t *testing.T) {
	for kind, want := range map[string]office.BundleEntered{
		"roll.bundle_entered.v1":   {Bundle: "two-bodies", Title: "Two bodies", Known: day.Must(2018, 11, 21), Facts: 9, Streams: 5},
		"treaty.bundle_entered.v1": {Bundle: "iccu", Known: day.Must(2025, 12, 16), Facts: 36, Streams: 1},
	} {
		golden := goldenFile(t, kind+".json")
		var got office.BundleEntered
		must(t, json.Unmarshal(golden, &got))
		again, err := docket.Marshal(got)
		if err != nil || got != want || string(again) != string(golden) {
			t.Errorf("%s is read as %+v and written as %s (%v)", kind, got, again, err)
		}
	}
}

func TestAFactOfTomorrowIsRefused(t *testing.T) {
	_, err := office.DecodeFact("roll.facts_entered.v2", json.RawMessage(`{}`))
	wantCode(t, "a kind of tomorrow", err, "office.facts-kind")
}

func goldenFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(goldenKinds, name))
	must(t, err)
	return bytes.TrimSuffix(text, []byte("\n"))
}

// strictly reads a fact and nothing besides.
func strictly[F any](raw json.RawMessage) (any, error) {
	var f F
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return f, d.Decode(&f)
}

func writeGolden[F any](t testing.TB, kind docket.Kind, facts []F) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(goldenKinds, string(kind)+".json")); err == nil {
		t.Logf("%s has its file, which stays", kind)
		return
	}
	raw, err := docket.Marshal(map[string]any{"facts": facts})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(goldenKinds, string(kind)+".json"), append(raw, '\n'), 0o644))
	var ids strings.Builder
	for _, fact := range facts {
		raw, err := docket.Marshal(fact)
		must(t, err)
		f, err := office.DecodeFact(kind, raw)
		must(t, err)
		fmt.Fprintf(&ids, "%s:%s:%s\n", f.Stream, f.What, f.ID)
	}
	must(t, os.WriteFile(filepath.Join(goldenKinds, string(kind)+".ids"), []byte(ids.String()), 0o644))
}

// wholeFacts are facts that say all that a fact can say, one for each of its
// pointers.
func wholeFacts[F any]() (all []F) {
	t := reflect.TypeFor[F]()
	for i := range t.NumField() {
		if t.Field(i).Type.Kind() != reflect.Pointer {
			continue
		}
		v := reflect.New(t).Elem()
		for j := range t.NumField() {
			if t.Field(j).Type.Kind() != reflect.Pointer || j == i {
				sayAll(v.Field(j), t.Field(j).Name)
			}
		}
		all = append(all, v.Interface().(F))
	}
	return all
}

func sayAll(v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[day.Date]() {
		v.Set(reflect.ValueOf(day.Must(2018, 11, 21)))
		return
	}
	for _, text := range []string{"before 2019-05", "months 3"} { // of a day.When, of a treaty.Delay
		if u, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok && u.UnmarshalText([]byte(text)) == nil {
			return
		}
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.ToLower(name))
	case reflect.Int:
		v.SetInt(6)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		sayAll(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		sayAll(v.Index(0), name)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("ARM"), reflect.ValueOf("5.5"))
	case reflect.Struct:
		for i := range v.NumField() {
			sayAll(v.Field(i), v.Type().Field(i).Name)
		}
	}
}
