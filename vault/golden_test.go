package vault

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

var writeGolden = flag.Bool("golden", false, "seal anew what is not in testdata yet; never what is")

// golden is the key and the forms in which "Olena" was sealed with it, by the
// version that brought them.
type golden struct {
	Key       []byte `json:"key"`
	Salt      []byte `json:"salt"`
	Desk      string `json:"desk"` // the private key
	Blob      []byte `json:"blob"`
	ForDesk   []byte `json:"for_desk"`
	Stream    []byte `json:"stream"`
	Committed string `json:"committed"`
}

const goldenText = "Olena"

func makeGolden(t *testing.T, folder string) {
	t.Helper()
	key, salt := newKey(), docket.Salt(newKey())
	under, err := newSealer(key)
	must(t, err)
	private, public, err := NewDeskKey()
	must(t, err)
	newest, err := parseDesk(public)
	must(t, err)
	desk, err := newest.agree()
	must(t, err)
	g := golden{Key: key, Salt: salt[:], Desk: private, Committed: docket.BlobCommitment(salt, []byte(goldenText)).String()}
	item := Item{Claim: "c1", Class: "personal", Name: "answers", Payload: []byte(goldenText)}
	g.Blob, err = item.seal(under, desk, salt)
	must(t, err)
	item.Class = deskClass
	g.ForDesk, err = item.seal(under, desk, salt)
	must(t, err)
	var stream bytes.Buffer
	item.Class = "personal"
	_, err = item.sealSegments(t.Context(), key, salt, bytes.NewReader(item.Payload), &stream)
	must(t, err)
	g.Stream = stream.Bytes()
	text, err := json.Marshal(g)
	must(t, err)
	must(t, os.MkdirAll(folder, 0o700))
	must(t, os.WriteFile(filepath.Join(folder, "sealed.json"), text, 0o600))
	_, _, err = writeShares(filepath.Join(folder, "shares"), bundle{bundleFormat, map[string]string{deskKeyFile: private}}, 3, 2, day.Must(2026, 1, 31))
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What was sealed once must open for ever. If this fails, bring the new form
// under a new first byte beside the old one: never change the old.
func TestWhatWasSealedOnceOpensForEver(t *testing.T) {
	for version, format := range map[string]byte{"v1": formatV2, "v2": formatV3} { // of what is sealed to the desk
		t.Run(version, func(t *testing.T) { opensForEver(t, filepath.Join("testdata", version), format) })
	}
}

func opensForEver(t *testing.T, folder string, format byte) {
	if _, err := os.Stat(folder); os.IsNotExist(err) && *writeGolden {
		makeGolden(t, folder)
	}
	text, err := os.ReadFile(filepath.Join(folder, "sealed.json"))
	must(t, err)
	var g golden
	must(t, json.Unmarshal(text, &g))
	under, err := newSealer(g.Key)
	must(t, err)
	blob := Sealed{Claim: "c1", Class: "personal", Name: "answers", Blob: g.Blob}
	must(t, blob.Commitment.UnmarshalText([]byte(g.Committed)))
	salt, payload, err := blob.open(under)
	if err != nil || string(payload) != goldenText || !bytes.Equal(salt[:], g.Salt) {
		t.Errorf("a blob: %q, %v", payload, err)
	}

	desk, err := OpenDesk(g.Desk)
	must(t, err)
	if g.ForDesk[0] != format {
		t.Errorf("what is sealed to the desk begins with %d", g.ForDesk[0])
	}
	forDesk := Sealed{Claim: "c1", Class: deskClass, Name: "answers", Blob: g.ForDesk}
	inner, err := forDesk.takeOff(under)
	must(t, err)
	payload, salt, err = desk.Open("c1", deskClass, "answers", inner)
	if err != nil || string(payload) != goldenText || !bytes.Equal(salt[:], g.Salt) {
		t.Errorf("a blob for the desk: %q, %v", payload, err)
	}

	var out bytes.Buffer
	if err := blob.openSegments(t.Context(), g.Key, bytes.NewReader(g.Stream), &out); err != nil || out.String() != goldenText {
		t.Errorf("a stream: %q, %v", &out, err)
	}

	var paths []string
	for _, n := range []string{"3", "1"} { // copies, for git keeps no modes
		share, err := os.ReadFile(filepath.Join(folder, "shares", "share-"+n+"-of-3.txt"))
		must(t, err)
		path := filepath.Join(t.TempDir(), n)
		must(t, os.WriteFile(path, share, 0o600))
		paths = append(paths, path)
	}
	b, err := joinShares(paths)
	if err != nil || b.Files[deskKeyFile] != g.Desk {
		t.Errorf("shares: %v", err)
	}
}
