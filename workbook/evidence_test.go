package workbook_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/workbook"
)

// photo is a picture of one colour.
func photo(t *testing.T, shade uint8) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range picture.Pix {
		picture.Pix[i] = color.Gray{Y: shade}.Y
	}
	var out bytes.Buffer
	must(t, png.Encode(&out, picture))
	return out.Bytes()
}

func tallied(t workbook.Taken) string {
	return fmt.Sprintf("%d: %d added, %d here, %d refused, %d left", t.Files, t.Added, t.Here, t.Refused, t.Left)
}

// A folder is matched by names and by a list of hashes; the longest reference wins;
// what belongs to nobody is named; and given again it adds nothing.
func TestAFolderOfFilesFindsItsClaims(t *testing.T) {
	d := fresh(t)
	d.file(d.officer, []byte(head+departure("K-1", "", "Anna")+departure("K-1-2", "", "Bram")))
	listed := photo(t, 4)
	folder := workbook.Folder{
		Office: d.Office, By: d.officer, Programme: "demo",
		Files: fstest.MapFS{
			"K-1_passport.png":       {Data: photo(t, 1)},
			"scans/K-1 page 2.png":   {Data: photo(t, 2)},
			"scans/K-1-2.png":        {Data: photo(t, 3)},
			"IMG_0001.png":           {Data: listed},
			"scans/K-1_same.png":     {Data: photo(t, 1)},
			"K-12_somebody-else.png": {Data: photo(t, 5)},
			"K-1_letter.exe":         {Data: []byte("MZ\x90\x00 no evidence")},
			".hidden":                {Data: []byte("x")},
		},
		Hashes: map[docket.Hash]string{docket.Hash(sha256.Sum256(listed)): "K-1-2"},
	}
	take := func(what, want string) workbook.Taken {
		t.Helper()
		taken, err := folder.Take(t.Context())
		must(t, err)
		if got := tallied(taken); got != want {
			t.Errorf("%s: %s, want %s: %v", what, got, want, taken.Rest)
		}
		return taken
	}
	folder.DryRun = true
	take("a dry run", "7: 5 added, 1 here, 0 refused, 1 left")
	folder.DryRun = false
	taken := take("taken", "7: 4 added, 1 here, 1 refused, 1 left")
	for _, r := range taken.Rest {
		if left := r.File == "K-12_somebody-else.png"; left != (r.Why == nil) || !left && (r.File != "K-1_letter.exe" || !strings.HasPrefix(fault.Code(r.Why), "evidence.refused.")) {
			t.Errorf("%s: %v", r.File, r.Why)
		}
	}
	take("given again", "7: 0 added, 5 here, 1 refused, 1 left")
	for own, files := range map[string]int{"K-1": 2, "K-1-2": 2} {
		found, err := d.Office.FindFiled(t.Context(), d.officer.Actor, "demo", []string{"bulk\x00\x00" + own})
		must(t, err)
		m, err := d.Office.Manifest(t.Context(), d.officer, found["bulk\x00\x00"+own])
		must(t, err)
		if len(m.Files) != files {
			t.Errorf("%s has %d files, want %d", own, len(m.Files), files)
		}
	}
}

// An organisation's files reach its own claims alone, and only by a mandate that
// covers evidence.
func TestAFolderReachesNobodyElsesClaims(t *testing.T) {
	d := fresh(t)
	d.file(d.officer, []byte(head+departure("K-1", "", "Anna")))
	lawyer, _ := d.representative("lawyer-1", "legal-aid")
	narrow, err := d.Office.GiveMandate(t.Context(), lawyer, "demo", office.NewMandate{MandateGiven: claim.MandateGiven{
		Kind: claim.ByAuthority, Scopes: []claim.Scope{claim.ScopeFile},
	}})
	must(t, err)
	d.file(lawyer, []byte(head+departure("K-2", string(narrow), "Boris")))
	folder := workbook.Folder{Office: d.Office, By: lawyer, Programme: "demo", Files: fstest.MapFS{
		"K-1.png": {Data: photo(t, 1)}, "K-2.png": {Data: photo(t, 2)},
	}}
	taken, err := folder.Take(t.Context())
	must(t, err)
	if got := tallied(taken); got != "2: 0 added, 0 here, 0 refused, 2 left" {
		t.Errorf("%s: %+v", got, taken.Rest)
	}
}

func TestAListOfHashes(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for content, code := range map[string]string{
		"sha256,reference\n" + hash + ",K-1\n": "",
		"K-1," + hash + "\n":                   "",
		hash + ",K-1\nno hash,K-2\n":           "bulk.hashes",
		"alone\n":                              "bulk.hashes",
	} {
		hashes, err := workbook.ReadHashes([]byte(content))
		if fault.Code(err) != code || err == nil && (len(hashes) != 1 || hashes[docket.Hash(bytes.Repeat([]byte{0xab}, 32))] != "K-1") {
			t.Errorf("%q: %v %v", content, hashes, err)
		}
	}
}
