package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

var update = flag.Bool("update", false, "write docs/testvectors anew")

// vectorKey is a key made of a text, so that the vectors can be made again.
func vectorKey(t testing.TB, name string) signer {
	t.Helper()
	seed := sha256.Sum256([]byte("chancery test vectors: " + name))
	private, public, err := note.GenerateKey(bytes.NewReader(seed[:]), name)
	must(t, err)
	s, err := note.NewSigner(private)
	must(t, err)
	return signer{s, public}
}

// vectors are a log of three entries, the second of which has an annex of two
// rows, and every file that the page describes.
func vectors(t testing.TB) map[string][]byte {
	const one, two = "claim/00000000000000000000000000000001", "claim/00000000000000000000000000000002"
	salt := func(n byte) (s [32]byte) {
		for i := range s {
			s[i] = n
		}
		return s
	}
	number := func(n int64) *int64 { return &n }
	filed := func(leaf int64, stream, reference string) exported {
		entry := fmt.Sprintf(`{"actor":"officer-1","capacity":"officer","day":"2026-01-31","facts":{"category":"home","claimant":"individual","received":"2026-01-30","reference":%q},"format":1,"instant":"2026-01-31T09:00:00.007Z","kind":"claim.filed.v1","means":"credential","programme":"demo","stream":%q,"version":1}`, reference, stream)
		return exported{Leaf: &leaf, Stream: stream, Version: 1, Salt: salt(byte(leaf + 1)), Entry: []byte(entry)}
	}
	row := func(index int64, stream string) exported {
		entry := fmt.Sprintf(`{"facts":{"number":"HF-%07d"},"kind":"claim.recorded.v1","stream":%q,"version":2}`, index+1, stream)
		return exported{Row: &index, Stream: stream, Version: 2, Salt: salt(byte(0x10 + index)), Entry: []byte(entry)}
	}
	rows := []exported{row(0, one), row(1, two)}
	bulk := exported{Leaf: number(2), Stream: "register/demo", Version: 1, Salt: salt(3), Entry: fmt.Appendf(nil,
		`{"actor":"officer-1","annex":{"root":"%s","rows":2},"capacity":"officer","day":"2026-02-02","format":1,"instant":"2026-02-02T09:00:00.000Z","kind":"register.recorded.v1","means":"credential","programme":"demo","stream":"register/demo","version":1}`, rootOfRows(rows))}
	lines := []exported{filed(0, one, "7K3M-9QX2-VD4K"), filed(1, two, "0000-0000-0000"), bulk, rows[0], rows[1]}
	log, next, witness := vectorKey(t, "vectors.example/log"), vectorKey(t, "vectors.example/log/epoch/2"), newVectorWitness()
	records := recordsOf(lines)
	out := files{}
	tree := out.publish("log/", records)
	checkpoint := sign(t, checkpointText(log.Name(), 3, tree.root(3)), log, witness)
	out["log/checkpoint"] = []byte(checkpoint)
	out["log.pub"], out["witness.pub"] = []byte(log.vkey+"\n"), []byte(witness.vkey()+"\n")
	out["epoch"] = []byte(sign(t, fmt.Sprintf("chancery/epoch/v1\norigin %s\nepoch 2\nreason key-rotation\nkey %s\nprevious-origin %s\nprevious-size 3\nprevious-root %s\nkept 3\nlost 0\n",
		log.Name(), next.vkey, log.Name(), strings.Split(checkpoint, "\n")[2]), next, log))
	out["acknowledgement"] = []byte(sign(t, fmt.Sprintf("chancery/acknowledgement/v1\n%s\n%s#1\n%s\n2026-01-31T09:00:00.007Z\n2026-02-01T09:00:00.007Z\n", log.Name(), one, records[0]), log))
	receipt, err := json.MarshalIndent(receiptsOf(checkpoint, lines, nil)[0], "", "  ")
	must(t, err)
	out["receipt.json"] = append(receipt, '\n')
	figures := fmt.Sprintf(`{"as_of":"2026-02-02T09:00:00.000Z","tree_head":"%s","tree_size":3,"claims":2,"programmes":[{"id":"demo","title":"Demo","currencies":["EUR"],"total":{"claims":2,"standings":{"recorded":null}},"categories":[{"id":"home","title":"Home","claims":2,"standings":{"filed":0}}],"funds":[]}]}`, tree.root(3))
	out["audit.ndjson"] = exportText(header{"chancery/audit/v1", log.Name(), checkpoint, nil, []byte(figures)}, lines)
	var values bytes.Buffer
	for i, r := range records {
		fmt.Fprintf(&values, "entry commitment of leaf %d  %s\nleaf hash of leaf %d         %s\n", i, r, i, leafHash(r))
	}
	for i, r := range rows {
		fmt.Fprintf(&values, "row commitment of row %d     %s\nleaf hash of row %d          %s\n", i, r.commitment(), i, leafHash(r.commitment()))
	}
	fmt.Fprintf(&values, "annex root                  %s\nroot of the tree of 3       %s\n", rootOfRows(rows), tree.root(3))
	out["values.txt"] = values.Bytes()
	return out
}

func newVectorWitness() *cosigner {
	seed := sha256.Sum256([]byte("chancery test vectors: witness"))
	return &cosigner{"witness.example/w1", ed25519.NewKeyFromSeed(seed[:]), 1_770_100_000}
}

// The vectors stand as the page gives them, and this program takes them.
func TestVectors(t *testing.T) {
	dir := filepath.Join("..", "..", "docs", "testvectors")
	for name, content := range vectors(t) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if *update {
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.WriteFile(path, content, 0o644))
		}
		if stands, err := os.ReadFile(path); err != nil || !bytes.Equal(stands, content) {
			t.Errorf("%s is not what it must be (go test -update writes it): %v", name, err)
		}
	}
	key, witness := filepath.Join(dir, "log.pub"), filepath.Join(dir, "witness.pub")
	verify("receipt", filepath.Join(dir, "receipt.json"), "--key", key, "--witness", witness, "--checkpoint-from", filepath.Join(dir, "log")).want(t, "receipt", good, "HF-0000001")
	verify("log", filepath.Join(dir, "log"), "--key", key, "--witness", witness).want(t, "log", good, "GOOD")
	verify("audit", filepath.Join(dir, "audit.ndjson"), "--key", key, "--log", filepath.Join(dir, "log")).want(t, "audit", good, "GOOD")
	verify("acknowledgement", filepath.Join(dir, "acknowledgement"), "--key", key, "--log", filepath.Join(dir, "log")).want(t, "acknowledgement", good, "as leaf 0")
	raw, err := os.ReadFile(filepath.Join(dir, "epoch"))
	must(t, err)
	e, p := readEpoch("epoch", string(raw))
	if p != nil {
		t.Fatal(p)
	}
	keys, err := givenKeys("--key", []string{key}, typeLog)
	must(t, err)
	known, err := trusting(keys)
	must(t, err)
	if p := known.follow("epoch", e); p != nil || known["vectors.example/log/epoch/2"].text != e.Key {
		t.Errorf("the key can't be followed: %v", p)
	}
}
