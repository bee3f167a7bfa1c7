package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// cosigner is a witness.
type cosigner struct {
	name    string
	private ed25519.PrivateKey
	seconds uint64
}

func newCosigner(t testing.TB, name string, seconds uint64) *cosigner {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return &cosigner{name, private, seconds}
}

func (c *cosigner) public() []byte {
	return append([]byte{4}, c.private.Public().(ed25519.PublicKey)...)
}

// Name, KeyHash and Sign are what note.Sign asks for.
func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n"), c.public()...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c *cosigner) Sign(text []byte) ([]byte, error) {
	sig := ed25519.Sign(c.private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", c.seconds, text))
	return append(binary.BigEndian.AppendUint64(nil, c.seconds), sig...), nil
}

func (c *cosigner) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", c.name, c.KeyHash(), base64.StdEncoding.EncodeToString(c.public()))
}

// paid is a receipt with all that may stand in one: rows, a payment, a number.
func paid(t testing.TB) map[string]any {
	t.Helper()
	for _, r := range demo(t).receipts {
		if strings.Contains(string(encode(t, r)), "claim.paid.v1") {
			return deep(t, r)
		}
	}
	t.Fatal("nobody was paid in the demo")
	return nil
}

func check(t testing.TB, raw []byte, vkey string) (*receipt, *problem) {
	t.Helper()
	k, err := parseKey(vkey, typeLog)
	must(t, err)
	return checkReceipt("receipt.json", raw, trust{k.name: k}, nil)
}

func steps(r map[string]any) []any { return r["steps"].([]any) }

func stepOf(r map[string]any, n int) map[string]any { return steps(r)[n].(map[string]any) }

func rowOf(r map[string]any, n int) map[string]any { return stepOf(r, n)["row"].(map[string]any) }

// tampered is what can be done to a receipt, and what must then be said.
type tampered struct {
	name string
	do   func(t testing.TB, r map[string]any)
	said string
}

func replace(m map[string]any, field, old, with string) {
	m[field] = strings.Replace(m[field].(string), old, with, 1)
}

// tamperings are the cases of promises 16 and 17 as they can be seen in one
// receipt. The page for a phone is held against the same list.
func tamperings() []tampered {
	last := func(r map[string]any) int { return len(steps(r)) - 1 }
	return []tampered{
		{"the category is changed", func(_ testing.TB, r map[string]any) {
			replace(stepOf(r, 0), "entry", `"category":"`, `"category":"x`)
		}, "step 1: the proof does not lead"},
		{"the amount of an award is changed", func(_ testing.TB, r map[string]any) {
			replace(rowOf(r, last(r)), "entry", `"amount":"`, `"amount":"1`)
		}, "row: the proof does not lead from this row"},
		{"a salt is changed", func(_ testing.TB, r map[string]any) {
			stepOf(r, 1)["salt"] = strings.Repeat("00", 32)
		}, "step 2: the proof does not lead"},
		{"a row's salt is changed", func(_ testing.TB, r map[string]any) {
			rowOf(r, 1)["salt"] = strings.Repeat("00", 32)
		}, "step 2, row: the proof"},
		{"a step is removed from the middle", func(_ testing.TB, r map[string]any) {
			r["steps"] = append(steps(r)[:1:1], steps(r)[2:]...)
		}, "it is version 3 of the claim, and version 2 is due"},
		{"the filing is removed", func(_ testing.TB, r map[string]any) { r["steps"] = steps(r)[1:] }, "step 1: it is version 2"},
		{"all steps are removed", func(_ testing.TB, r map[string]any) { r["steps"] = []any{} }, "it has no steps"},
		{"two steps are swapped", func(_ testing.TB, r map[string]any) {
			s := steps(r)
			s[1], s[2] = s[2], s[1]
		}, "step 2: it is version 3"},
		{"a step is there twice", func(_ testing.TB, r map[string]any) {
			r["steps"] = append(steps(r)[:2:2], steps(r)[1:]...)
		}, "step 3: it is version 2"},
		{"a step of another claim is put in", func(t testing.TB, r map[string]any) {
			for _, other := range demo(t).receipts {
				if o := deep(t, other); o["reference"] != r["reference"] && len(steps(o)) > 2 {
					steps(r)[1] = steps(o)[1]
					return
				}
			}
		}, "step 2: it belongs to"},
		{"an entry is moved to another leaf", func(_ testing.TB, r map[string]any) {
			n, _ := stepOf(r, 0)["leaf"].(json.Number).Int64()
			stepOf(r, 0)["leaf"] = n + 1
		}, "step 1: the proof does not lead"},
		{"an entry is beyond the tree", func(_ testing.TB, r map[string]any) { stepOf(r, 0)["leaf"] = 1 << 40 }, "step 1: the proof does not lead"},
		{"a row is moved in its annex", func(_ testing.TB, r map[string]any) {
			n, _ := rowOf(r, 1)["index"].(json.Number).Int64()
			rowOf(r, 1)["index"] = n + 1
		}, "step 2, row: the proof"},
		{"a row is passed off as an entry", func(_ testing.TB, r map[string]any) {
			row := rowOf(r, 1)
			delete(row, "index")
			row["leaf"] = stepOf(r, 1)["leaf"]
			steps(r)[1] = row
		}, "step 2"},
		{"a row is taken from its entry", func(_ testing.TB, r map[string]any) { delete(stepOf(r, 1), "row") }, "step 2: it belongs to"},
		{"a hash is taken from a proof", func(_ testing.TB, r map[string]any) {
			p := stepOf(r, 0)["proof"].([]any)
			stepOf(r, 0)["proof"] = p[1:]
		}, "step 1: the proof"},
		{"a hash is added to a proof", func(_ testing.TB, r map[string]any) {
			p := stepOf(r, 0)["proof"].([]any)
			stepOf(r, 0)["proof"] = append(p, p[0])
		}, "step 1: the proof"},
		{"an entry is put at another version", func(_ testing.TB, r map[string]any) { stepOf(r, 0)["version"] = 2 }, "stands here as"},
		{"an entry is written with white space", func(_ testing.TB, r map[string]any) {
			replace(stepOf(r, 0), "entry", `,`, `, `)
		}, "not in canonical form"},
		{"the reference is another's", func(t testing.TB, r map[string]any) {
			for _, other := range demo(t).receipts {
				if other["reference"] != r["reference"] {
					r["reference"] = other["reference"]
					return
				}
			}
		}, "reference: it says"},
		{"the number is another's", func(_ testing.TB, r map[string]any) { r["number"] = "RB-9999999" }, "number: it says"},
		{"the number is left out", func(_ testing.TB, r map[string]any) { delete(r, "number") }, "number: it says"},
		{"the checkpoint is of fewer leaves", func(_ testing.TB, r map[string]any) {
			lines := strings.SplitN(r["checkpoint"].(string), "\n", 3)
			r["checkpoint"] = lines[0] + "\n" + lines[1][:len(lines[1])-1] + "\n" + lines[2]
		}, "checkpoint: the signature in the name of demo.example/log does not fit"},
		{"the checkpoint has another root", func(_ testing.TB, r map[string]any) {
			lines := strings.SplitN(r["checkpoint"].(string), "\n", 4)
			r["checkpoint"] = lines[0] + "\n" + lines[1] + "\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n" + lines[3]
		}, "does not fit the text"},
		{"the checkpoint is of another log", func(t testing.TB, r map[string]any) {
			r["checkpoint"] = strings.ReplaceAll(r["checkpoint"].(string), demoOrigin, "other.example/log")
		}, "it is of the log \"other.example/log\""},
		{"another key of the same name has signed", func(t testing.TB, r map[string]any) {
			text, _, _ := strings.Cut(r["checkpoint"].(string), "\n\n")
			r["checkpoint"] = sign(t, text+"\n", newSigner(t, demoOrigin))
		}, "it is not signed by demo.example/log+"},
		{"the log's signature stands twice, once broken", func(_ testing.TB, r map[string]any) {
			text, sig, _ := strings.Cut(r["checkpoint"].(string), "\n\n")
			r["checkpoint"] = text + "\n\n" + sig[:len(sig)-20] + strings.Repeat("A", 10) + sig[len(sig)-10:] + sig
		}, "checkpoint"},
		{"a signature's last letter is written otherwise", func(_ testing.TB, r map[string]any) {
			const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
			signed := strings.TrimSuffix(r["checkpoint"].(string), "=\n")
			last := len(signed) - 1 // its two lowest bits are padding
			r["checkpoint"] = signed[:last] + string(letters[strings.IndexByte(letters, signed[last])|1]) + "=\n"
		}, "not a signed note"},
		{"nobody has signed", func(_ testing.TB, r map[string]any) {
			text, _, _ := strings.Cut(r["checkpoint"].(string), "\n\n")
			r["checkpoint"] = text + "\n"
		}, "not a signed note"},
		{"a text of the log that is no checkpoint", func(t testing.TB, r map[string]any) {
			r["checkpoint"] = sign(t, demoOrigin+"\n5\n", demo(t).signer)
		}, "is not a checkpoint"},
		{"something is opened that was never sealed", func(_ testing.TB, r map[string]any) {
			stepOf(r, 0)["openings"] = []any{map[string]any{"name": "answers.personal", "salt": strings.Repeat("00", 32), "plaintext": "{}"}}
		}, "openings, item 1: what it opens"},
		{"a field is misspelt", func(_ testing.TB, r map[string]any) { stepOf(r, 1)["Row"] = stepOf(r, 1)["row"] }, `"Row" is not known`},
		{"a hash in capitals", func(_ testing.TB, r map[string]any) {
			stepOf(r, 0)["salt"] = strings.ToUpper(stepOf(r, 0)["salt"].(string))
		}, `"salt" must be 64`},
		{"another format", func(_ testing.TB, r map[string]any) { r["format"] = "chancery/receipt/v2" }, "this program knows chancery/receipt/v1"},
		{"no date of issue", func(_ testing.TB, r map[string]any) { r["issued"] = "yesterday" }, `"issued" is no instant`},
	}
}

func TestEveryTamperedReceiptIsFoundAndLocated(t *testing.T) {
	vkey := demo(t).signer.vkey
	if _, p := check(t, encode(t, paid(t)), vkey); p != nil {
		t.Fatal(p)
	}
	for _, c := range tamperings() {
		r := paid(t)
		c.do(t, r)
		_, p := check(t, encode(t, r), vkey)
		if p == nil || !strings.Contains(p.Error(), c.said) || p.Means == "" || p.Do == "" {
			t.Errorf("%s: %v, want %q", c.name, p, c.said)
		}
	}
}

// Whoever has everything but the key makes a receipt in which every hash is
// right again; only the signature can't be made.
func TestAReceiptWithEveryHashMadeAnewLacksTheSignature(t *testing.T) {
	c := demo(t)
	forged := append([]exported(nil), c.lines...)
	for i, l := range forged {
		if strings.Contains(string(l.Entry), "claim.filed.v1") {
			forged[i].Entry = []byte(strings.Replace(string(l.Entry), `"individual"`, `"public-body"`, 1))
			break
		}
	}
	tree := growTree(recordsOf(forged))
	text := checkpointText(demoOrigin, tree.size, tree.root(tree.size))
	_, sig, _ := strings.Cut(c.checkpoint, "\n\n")
	for name, checkpoint := range map[string]string{
		"with the old signature":  text + "\n" + sig,
		"with a key of their own": sign(t, text, newSigner(t, demoOrigin)),
		"with the old checkpoint": c.checkpoint,
	} {
		if _, p := check(t, encode(t, receiptsOf(checkpoint, forged, nil)[0]), c.signer.vkey); p == nil {
			t.Errorf("%s: taken for good", name)
		}
	}
	real := sign(t, text, c.signer) // and with the key it would be good: the test forges well
	if _, p := check(t, encode(t, receiptsOf(real, forged, nil)[0]), c.signer.vkey); p != nil {
		t.Error(p)
	}
}

func recordsOf(lines []exported) (records []hash) {
	for _, l := range lines {
		if l.Leaf != nil {
			records = append(records, l.commitment())
		}
	}
	return records
}

// void says that two receipts say the same, but for the date of issue, which
// nothing proves: white space, the form of an escape and the order of members
// carry nothing.
func void(a, b []byte) bool {
	var x, y map[string]any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	delete(x, "issued")
	delete(y, "issued")
	return reflect.DeepEqual(x, y)
}

// The page's own receipt is small enough to try every byte of it.
func TestNoByteOfAReceiptCanBeFlipped(t *testing.T) {
	v := vectors(t)
	var compact bytes.Buffer
	must(t, json.Compact(&compact, v["receipt.json"]))
	raw, refused, same := compact.Bytes(), 0, 0
	known, err := trusting(mustKeys(t, v["log.pub"], typeLog))
	must(t, err)
	witness := mustKeys(t, v["witness.pub"], typeWitness)
	for at := range raw {
		for _, bit := range []byte{0x01, 0x20} {
			flipped := append([]byte(nil), raw...)
			flipped[at] ^= bit
			switch _, p := checkReceipt("receipt.json", flipped, known, witness); {
			case p != nil:
				refused++
			case void(raw, flipped):
				same++
			default:
				t.Errorf("byte %d: %q for %q is taken", at, flipped[max(0, at-20):at+1], raw[max(0, at-20):at+1])
			}
		}
	}
	t.Logf("of %d flips %d are refused and %d say the same", 2*len(raw), refused, same)
	if same > 24 { // the instant of issue has 24 characters
		t.Errorf("%d flips say the same", same)
	}
}

func TestRandomTamperingIsRefused(t *testing.T) {
	good, vkey := encode(t, paid(t)), demo(t).signer.vkey
	rapid.Check(t, func(t *rapid.T) {
		raw := append([]byte(nil), good...)
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		n := rapid.IntRange(0, min(40, len(raw)-at)).Draw(t, "cut")
		put := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "put")
		raw = append(raw[:at:at], append(put, raw[at+n:]...)...)
		k, err := parseKey(vkey, typeLog)
		if err != nil {
			t.Fatal(err)
		}
		if _, p := checkReceipt("receipt.json", raw, trust{k.name: k}, nil); p == nil && !void(good, raw) {
			t.Fatalf("taken: %q", put)
		}
	})
}

func TestWitnessesAreAsked(t *testing.T) {
	c, w, other := demo(t), newCosigner(t, "witness.example/w1", 1_790_000_000), newCosigner(t, "witness.example/w2", 1)
	text, _, _ := strings.Cut(c.checkpoint, "\n\n")
	signed := sign(t, text+"\n", c.signer, w)
	receipt := file(t, "receipt.json", encode(t, receiptsOf(signed, c.lines, nil)[0]))
	key := c.signer.vkey
	verify("receipt", receipt, "--key", key).want(t, "nobody asks", good, "GOOD")
	verify("receipt", receipt, "--key", key, "--witness", w.vkey()).want(t, "one that signed", good, "witness.example/w1 had seen the same tree at 2026-09-21T14:13:20Z")
	verify("receipt", receipt, "--key", key, "--witness", other.vkey()).want(t, "one that did not", bad, "it is not signed by witness.example/w2", "has not vouched")
	late := *w
	late.seconds++
	forged := strings.Replace(signed, lineOf(signed, w.name), lineOf(sign(t, "other\n", &late), w.name), 1)
	receipt = file(t, "receipt.json", encode(t, receiptsOf(forged, c.lines, nil)[0]))
	verify("receipt", receipt, "--key", key, "--witness", w.vkey()).want(t, "one of another text", bad, "witness.example/w1 does not fit")
	verify("receipt", receipt, "--key", key, "--witness", key).want(t, "a log's key for a witness's", misled, "it is a key of type 1, and type 4 is needed")
	verify("receipt", receipt, "--key", w.vkey()).want(t, "a witness's key for a log's", misled, "it is a key of type 4")
}

func lineOf(signed, name string) string {
	for line := range strings.Lines(signed) {
		if strings.HasPrefix(line, "— "+name+" ") {
			return line
		}
	}
	return ""
}

func TestAReceiptOpensWhatWasSealed(t *testing.T) {
	s := newSigner(t, demoOrigin)
	salt := hash{1, 2, 3}
	sealed := commitment(blobTag, salt, []byte("Вулиця 5"))
	entry := fmt.Sprintf(`{"actor":"a","capacity":"officer","commitments":[{"hash":"%s","name":"answers.personal"}],"facts":{"reference":"7K3M-9QX2-VD4K"},"format":1,"instant":"2026-01-31T09:00:00.007Z","kind":"claim.filed.v1","stream":"claim/5f","version":1}`, sealed)
	leaf := int64(0)
	lines := []exported{{Leaf: &leaf, Stream: "claim/5f", Version: 1, Entry: []byte(entry)}}
	tree := growTree(recordsOf(lines))
	r := receiptsOf(sign(t, checkpointText(demoOrigin, 1, tree.root(1)), s), lines, nil)[0]
	open := func(name, salt, plaintext string) *problem {
		r := deep(t, r)
		stepOf(r, 0)["openings"] = []any{map[string]any{"name": name, "salt": salt, "plaintext": plaintext}}
		got, p := check(t, encode(t, r), s.vkey)
		if p == nil && !strings.Contains(got.say(), "opens the sealed part "+name) {
			t.Errorf("nothing says what was opened: %s", got.say())
		}
		return p
	}
	if p := open("answers.personal", salt.String(), "Вулиця 5"); p != nil {
		t.Error(p)
	}
	for name, p := range map[string]*problem{
		"another text": open("answers.personal", salt.String(), "Вулиця 6"),
		"another name": open("answers.other", salt.String(), "Вулиця 5"),
		"another salt": open("answers.personal", hash{}.String(), "Вулиця 5"),
	} {
		if p == nil {
			t.Errorf("%s: taken", name)
		}
	}
	r["reference"] = "7K3M9QX2VD4K" // dashes say nothing
	if _, p := check(t, encode(t, r), s.vkey); p != nil {
		t.Error(p)
	}
}

// FuzzReceipt looks for a crash, and for a receipt that is good and is not the
// one that was given.
func FuzzReceipt(f *testing.F) {
	good, vkey := encode(f, paid(f)), demo(f).signer.vkey
	f.Add(good)
	for _, c := range tamperings() {
		r := paid(f)
		c.do(f, r)
		f.Add(encode(f, r))
	}
	for _, seed := range []string{"", "{", "[[[[[[", `{"format":"chancery/receipt/v1"}`, `{"a":1e9}`, `{"a":"\ud800"}`, `{"steps":[{"proof":["` + strings.Repeat("0", 1000), strings.Repeat("[", 100_000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, p := check(t, raw, vkey); p == nil && !void(good, raw) {
			t.Errorf("another receipt is good: %s", raw)
		}
	})
}

// FuzzNote looks for a crash, and for a text that its key has not signed.
func FuzzNote(f *testing.F) {
	s := newSigner(f, "log.example/a")
	text := checkpointText("log.example/a", 7, hash{1})
	good := sign(f, text, s, newCosigner(f, "w.example/w", 5))
	for _, seed := range []string{good, "", "\n\n", "a\n\n— a AAAA\n", good + good, strings.Repeat("— a b\n", 200), text + "\n— log.example/a " + hex.EncodeToString(make([]byte, 68)) + "\n"} {
		f.Add(seed)
	}
	k, err := parseKey(s.vkey, typeLog)
	must(f, err)
	f.Fuzz(func(t *testing.T, signed string) {
		if c, p := openCheckpoint("note", signed, k); p == nil && (c.Size != 7 || !strings.HasPrefix(signed, text)) {
			t.Errorf("taken: %q", signed)
		}
		if e, p := readEpoch("note", signed); p == nil {
			t.Errorf("an epoch: %+v", e)
		}
		parsed, err := note.Open([]byte(signed), note.VerifierList(k))
		if _, p := openNote("note", signed, k); p == nil && err != nil {
			t.Errorf("note.Open refuses %q, which has %v", signed, parsed)
		}
	})
}

func TestEveryKindHasItsWords(t *testing.T) {
	facts, err := readJSON([]byte(`{"award":"2500.00 EUR","outcome":"award","rule":"r","missing":["a","b"],"instalment":3,"ground":"{x} [y]"}`))
	must(t, err)
	for kind := range maps.Keys(kindWords) {
		if words := inWords(kind, facts); strings.ContainsAny(strings.ReplaceAll(words, "[y]", ""), "[]{}") || !strings.HasSuffix(words, ".") {
			t.Errorf("%s: %s", kind, words)
		}
	}
	for kind, want := range map[string]string{
		"claim.decided.v1":         "The commission decided: award of 2500.00 EUR, ground “(x) [y]”, in instalment 3 (rule r).",
		"claim.found_deficient.v1": "The office found that something was missing from the claim: a, b.",
		"claim.recorded.v1":        "The claim was put on the record.",
		"claim.judged.v9":          `An act of the kind "claim.judged.v9" was entered (this program has no words for it; it is checked like any other).`,
	} {
		if got := inWords(kind, facts); got != want {
			t.Errorf("%s: %s", kind, got)
		}
	}
	if got := plainly("a\x1b[31m\u202eb" + strings.Repeat("x", 400)); strings.ContainsAny(got, "\x1b\u202e") || len(got) > 310 {
		t.Errorf("%q", got)
	}
}
