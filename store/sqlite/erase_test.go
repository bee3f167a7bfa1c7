package sqlite_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// random is a run of bytes that is like no other.
func random(n int, of ...any) (out []byte) {
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256(fmt.Append(nil, i, of))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func claimNo(n int) claim.ID { return claim.ID(fmt.Sprintf("%x", random(16, "claim", n))) }

// erasable are the blob and the first answer of the n-th claim: the blob fits
// into a page, or runs over several.
func erasable(n int) (store.Blob, store.Answer) {
	size := 300
	if n%7 == 0 {
		size = 9000
	}
	b := store.Blob{Claim: claimNo(n), Version: 1, Name: "answers.personal", Class: "personal", Sealed: random(size, "blob", n)}
	answer, _ := json.Marshal(map[string]string{"id": string(b.Claim), "reference": fmt.Sprintf("REF-%x", random(6, "ref", n))})
	return b, store.Answer{Tag: random(32, "tag", n), Fingerprint: random(32, "fingerprint", n), Answer: answer, Claim: b.Claim}
}

// What is erased is in none of the database's files any more, in no part of a
// page that somebody could carve out, whatever the tree of pages did with it
// in between.
func TestWhatIsErasedIsInNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	const all, batch = 1500, 250
	var erased []claim.ID
	var gone [][]byte
	for from := 0; from < all; from += batch {
		var blobs []store.Blob
		var answers []store.Answer
		for n := from; n < from+batch; n++ {
			b, a := erasable(n)
			blobs, answers = append(blobs, b), append(answers, a)
			if n%13 == 0 {
				erased = append(erased, b.Claim)
				gone = append(gone, b.Sealed[10:42], b.Sealed[len(b.Sealed)-32:], a.Fingerprint, a.Answer[40:])
			}
		}
		if err := s.Write(t.Context(), func(tx store.Tx) error {
			if err := tx.PutBlobs(blobs); err != nil {
				return err
			}
			return tx.PutAnswers(answers)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	there := func() (met int) {
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range gone {
				met += bytes.Count(text, piece)
			}
		}
		return met
	}
	if met := there(); met < len(gone) {
		t.Fatalf("%d of %d pieces are found before they are erased: the search is blind", met, len(gone))
	}
	for _, id := range erased { // one act each, as they come
		if err := s.Write(t.Context(), func(tx store.Tx) error {
			if n, err := tx.DeleteBlobs([]claim.ID{id}); n != 1 || err != nil {
				t.Errorf("%d blobs, %v", n, err)
			}
			n, err := tx.ForgetAnswers([]claim.ID{id})
			if n != 1 {
				t.Errorf("%d answers", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if met := there(); met > 0 {
		t.Errorf("%d pieces of what was erased are still there", met)
	}
}

// A reader holds the log: that is said, and the next call cuts it.
func TestTheLogIsCutWhenNobodyReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := opened(t, path)
	b, _ := erasable(1)
	put := func(tx store.Tx) error { return tx.PutBlobs([]store.Blob{b}) }
	if err := s.Write(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := s.Read(t.Context(), func(r store.Reader) error {
		if _, err := r.Blobs(b.Claim); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), func(tx store.Tx) error {
			_, err := tx.DeleteBlobs([]claim.ID{b.Claim})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return s.Scrub(ctx)
	})
	if err == nil {
		t.Error("the log is cut while somebody reads in it")
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log has %d bytes, %v", info.Size(), err)
	}
}

// What was answered before claims were named beside it is named by what it says.
func TestAnswersFromBeforeAreFoundByTheirClaim(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	tool := asTool(t, path)
	id := string(claimNo(1))
	for _, text := range []string{
		sqlite.Migrations[0],
		`INSERT INTO idempotency VALUES (x'01', x'aa', CAST('{"id":"` + id + `","reference":"7K3M-9QX2-VD4K"}' AS BLOB))`,
		`INSERT INTO idempotency VALUES (x'02', x'aa', CAST('{"Ref":"claim/` + id + `#3","Claims":1}' AS BLOB))`,
		`INSERT INTO idempotency VALUES (x'03', x'aa', CAST('{"Ref":"register/demo/07#1","Claims":2}' AS BLOB))`,
		`INSERT INTO idempotency VALUES (x'04', x'aa', CAST('{}' AS BLOB))`,
		`PRAGMA user_version = 1`,
	} {
		if _, err := tool.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	s := opened(t, path)
	err := s.Write(t.Context(), func(tx store.Tx) error {
		n, err := tx.ForgetAnswers([]claim.ID{claimNo(1)})
		if n != 2 {
			t.Errorf("%d answers are forgotten, want 2", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	left := texts(t, tool, "SELECT hex(tag) || ' ' || hex(fingerprint) || ' ' || length(answer) || claim_id FROM idempotency ORDER BY tag")
	if want := []string{"01  0", "02  0", "03 AA 39", "04 AA 2"}; !slices.Equal(left, want) {
		t.Errorf("%q, want %q", left, want)
	}
}
