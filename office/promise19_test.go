package office_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// secrets are texts that were told as sensitive, in all the forms in which a
// part of eight characters, or a hash of the whole, could be found again.
type secrets map[string]string // form -> which, and in what

// part is how many characters of a secret must not be found in a row.
const part = 8

func (s secrets) add(text string, lookup func(domain, text string) []byte) {
	runes := []rune(text)
	for from := 0; from+part <= len(runes); from++ {
		piece := string(runes[from : from+part])
		for name, written := range map[string]string{
			"clear": piece, "small letters": strings.ToLower(piece), "capitals": strings.ToUpper(piece),
			"NFC": norm.NFC.String(piece), "NFD": norm.NFD.String(piece),
		} {
			s.bytes([]byte(written), name+" of "+text)
		}
		s.put(url.QueryEscape(piece), "a URL's form of "+text)
		s.put(url.PathEscape(piece), "a path's form of "+text)
		s.put(strings.Trim(fmt.Sprintf("%+q", piece), `"`), "escapes of "+text)
		units := utf16.Encode([]rune(piece))
		little, big := make([]byte, 0, 2*len(units)), make([]byte, 0, 2*len(units))
		for _, u := range units {
			little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		}
		s.put(string(little), "UTF-16 of "+text)
		s.put(string(big), "UTF-16, big end first, of "+text)
	}
	answers, _ := json.Marshal(map[string]string{"statement": text})
	for _, whole := range []string{text, strings.ToLower(text), strings.ToUpper(text), strings.TrimSpace(text), norm.NFC.String(text), norm.NFD.String(text), string(answers)} {
		sum1, sum5, sum256, sum512 := sha1.Sum([]byte(whole)), md5.Sum([]byte(whole)), sha256.Sum256([]byte(whole)), sha512.Sum512([]byte(whole))
		for _, sum := range [][]byte{sum1[:], sum5[:], sum256[:], sum512[:]} {
			s.bytes(sum, "a hash of "+text)
		}
		for _, domain := range []string{"", "statement", "filing", "filing-content", "idempotency", "request", "answers.sensitive"} {
			s.bytes(lookup(domain, whole), "a keyed hash of "+text)
		}
	}
}

// bytes puts some bytes as they are, in hex and in base64 at any place of it.
func (s secrets) bytes(raw []byte, what string) {
	s.put(string(raw), what)
	s.put(hex.EncodeToString(raw), "hex of "+what)
	s.put(strings.ToUpper(hex.EncodeToString(raw)), "hex in capitals of "+what)
	for shift := range 3 {
		for _, code := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			whole := code.EncodeToString(append(make([]byte, shift), raw...))
			s.put(whole[(8*shift+5)/6:8*(shift+len(raw))/6], "base64 of "+what) // what hangs on raw alone
		}
	}
}

// asked puts the keyed hash of a whole request.
func (s secrets) asked(h *house, domain string, request any) {
	text, err := json.Marshal(request)
	must(h.TB, err)
	s.bytes(h.Office.Vault.Lookup(domain, string(text)), "a keyed hash of a request")
}

func (s secrets) put(form, what string) { s[form] = what }

// in answers which forms are in a text, at most ten of them.
func (s secrets) in(text []byte) (found []string) {
	for form, what := range s {
		if bytes.Contains(text, []byte(form)) && len(found) < 10 {
			found = append(found, what)
		}
	}
	return found
}

// told are sensitive texts in several scripts.
var told = []string{
	"Канарка впала зі сходів о третій годині ночі",
	"Το καναρίνι έπεσε από τη σκάλα του λιμανιού",
	"The canary fell down the dark stairs of Stone Wharf",
	"金丝雀在码头的黑暗楼梯上摔倒受伤然后被送到医院",
	"سقط الكناري على الدرج المظلم بجانب الرصيف",
	"Le canari est tombé dans l’escalier près du môle où gît l’épave",
}

func TestTheSearchForSecretsFindsThem(t *testing.T) {
	key := func(domain, text string) []byte {
		s := sha256.Sum256([]byte("key" + domain + "\x00" + text))
		return s[:]
	}
	for _, text := range told {
		s := secrets{}
		s.add(text, key)
		hash := sha256.Sum256([]byte(text))
		half := string([]rune(text)[5:20])
		quoted, _ := json.Marshal(text)
		for name, written := range map[string][]byte{
			"clear": []byte(half), "capitals": []byte(strings.ToUpper(half)), "hex": []byte(hex.EncodeToString([]byte(half))),
			"base64": []byte(base64.StdEncoding.EncodeToString([]byte("xy" + text + "z"))), "base64 of a URL": []byte(base64.RawURLEncoding.EncodeToString([]byte("x" + text))),
			"JSON": quoted, "escapes": []byte(fmt.Sprintf("%+q", text)), "a URL": []byte(url.QueryEscape(text)),
			"a hash": hash[:], "a hash in hex": []byte(hex.EncodeToString(hash[:])), "a keyed hash": key("filing", text),
			"another normal form": []byte(norm.NFD.String(text)),
		} {
			if len(s.in(bytes.Join([][]byte{[]byte("before "), written, []byte(" after")}, nil))) == 0 {
				t.Errorf("%s is not found in %s", text, name)
			}
		}
		if found := s.in([]byte("nothing of it is here")); len(found) > 0 {
			t.Errorf("%v is found where it isn't", found)
		}
	}
}

// hurt files what was told, takes the claims the whole way, and does what may go
// wrong on it; it answers the errors. What it asks goes into s whole: a keyed
// hash of it would let likely answers be tried.
func (h *house) hurt(s secrets) (ids []claim.ID, errs []error) {
	h.Helper()
	ctx, officer := h.Context(), h.by("officer")
	var filings []office.Filing
	for n, text := range told {
		f := injury(fmt.Sprint("hurt-", n), text)
		if n%2 == 1 {
			delete(f.Answers, "signed")
		}
		filings = append(filings, f)
		s.asked(h, "filing-content", struct {
			Category, Claimant string
			Received           day.Date
			Answers            map[string]string
		}{f.Category, f.Claimant, f.Received, f.Answers})
	}
	ids = h.fileInto("closer", filings...)
	for n, id := range ids {
		if n%2 == 0 {
			continue
		}
		_, err := h.Office.FindDeficient(ctx, officer, "closer", h.examined(id))
		must(h.TB, err)
		supplied := map[string]string{"signed": "true", "medical_record": "true", "statement": told[n]}
		_, err = h.Office.AnswerDeficiency(ctx, keyed(officer, fmt.Sprint("answer-", n)), "closer", id, supplied)
		must(h.TB, err)
		s.asked(h, "request", struct {
			Claim    claim.ID
			Supplied map[string]string
		}{id, supplied})
		_, err = h.Office.AnswerDeficiency(ctx, officer, "closer", id, map[string]string{"statement": told[n]})
		errs = append(errs, err) // nothing is asked any more
	}
	h.answerAll("closer", ids)
	for _, text := range told {
		for _, wrong := range []map[string]string{
			{"statement": text + "\x07"}, {"statement": strings.Repeat(text, 200)}, {"medical_record": text}, {"injured": text}, {text: "true"},
		} {
			f := injury("wrong", text)
			for field, answer := range wrong {
				f.Answers[field] = answer
			}
			_, err := h.Office.FileClaims(ctx, officer, "closer", []office.Filing{f})
			errs = append(errs, err)
		}
		f := injury("from a file", text)
		f.Digest = make([]byte, 32)
		_, err := h.Office.FileClaims(ctx, officer, "closer", []office.Filing{f})
		errs = append(errs, err)
	}
	for _, id := range ids {
		_, err := h.Office.ReadAnswers(ctx, officer, h.claim(id).Name(), office.PurposeReview)
		must(h.TB, err)
	}
	return ids, errs
}

// Promise 19: who takes everything that lies at rest, data, backups and all the
// keys that the server holds, and opens whatever these open, finds no sensitive
// answer: not eight characters of one, and no hash of it.
func TestPromise19NothingSensitiveIsReadWithAllThatTheServerHolds(t *testing.T) {
	h := opened(t)
	h.open("closer", closer(t))
	s := secrets{}
	for _, text := range told {
		s.add(text, h.Office.Vault.Lookup)
	}
	ids, errs := h.hurt(s)
	for n, err := range errs {
		if err == nil {
			t.Errorf("wrong thing %d was taken", n)
		}
		if found := s.in(fmt.Appendf(nil, "%v %+v %#v", err, err, err)); len(found) > 0 {
			t.Errorf("an error says %v: %v", found, err)
		}
	}
	_, err := h.Office.Sequence(t.Context())
	must(t, err)
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, os.CopyFS(backup, os.DirFS(h.Data))) // while it is open, its log unfolded

	look := func(what string, text []byte) {
		t.Helper()
		if found := s.in(text); len(found) > 0 {
			t.Errorf("%s: %v", what, found)
		}
	}
	for table, rows := range h.everything() {
		look("table "+table, []byte(strings.Join(rows, "\n")))
	}
	var names []string
	for _, id := range ids {
		names = append(names, h.claim(id).Name())
		history, err := h.Office.History(t.Context(), id.Stream())
		must(t, err)
		look("a history", fmt.Appendf(nil, "%+v", history))
		look("the reading log", fmt.Appendf(nil, "%+v", h.readings(id)))
	}
	fetched, _, err := h.Office.FetchForDesk(t.Context(), h.by("officer"), names, office.PurposeReview)
	must(t, err)
	onItsWay, err := json.Marshal(fetched)
	must(t, err)
	look("what is fetched for the desk", onItsWay)
	opened := openAll(t, h.Installation, nil)
	look("whatever the server's keys open", []byte(opened))
	must(t, h.Close())

	looked := len(opened)
	for _, folder := range []string{h.Data, h.Keys, h.Heads, backup} {
		must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			looked += len(text)
			look(path, append(text, path...))
			return err
		}))
	}
	t.Logf("%d forms of %d secrets, looked for in %d KB", len(s), len(told), looked>>10)

	// And they are there: the desk reads every one of them.
	i, err := installation.Open(context.Background(), h.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer i.Close()
	atTheDesk := openAll(t, i, h.deskKey())
	for _, text := range told {
		if !strings.Contains(atTheDesk, text) {
			t.Errorf("%s is nowhere", text)
		}
	}
}
