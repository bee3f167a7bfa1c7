package tlog_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

type prover = func(context.Context, int64) ([]docket.Hash, error)

// Somebody's further signature on the checkpoint. (What a witness's
// cosignature holds is for the witness to say.)
func further(t *testing.T, checkpoint []byte) []byte {
	t.Helper()
	n, err := note.Open(checkpoint, note.VerifierList(harbourKey.Verifier))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(n, keyOf("witness.example", "a witness").Signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestAWitnessSignsWhatEverybodySees(t *testing.T) {
	s := newShelf()
	p := publisher(t, s).InBatches(256)
	publish(t, p, 100)
	asked := 0
	witness := func(ctx context.Context, checkpoint []byte, prove prover) ([]byte, error) {
		asked++
		c, err := tlog.ParseCheckpoint(checkpoint, harbourKey.Verifier, "asked")
		if err != nil {
			return nil, err
		}
		path, err := prove(ctx, 100)
		if err != nil {
			return nil, err
		}
		was := long().roots[100]
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, 100, uint64(c.Size), raw(path), was[:], c.Root[:]); err != nil {
			return nil, err
		}
		return further(t, checkpoint), nil
	}
	done, err := p.Publish(t.Context(), 600, long().source(), witness)
	if err != nil || done.Unwitnessed != nil || asked != 1 {
		t.Fatalf("asked %d times: %v, %v", asked, err, done.Unwitnessed)
	}
	if want := further(t, s.kept); !bytes.Equal(done.Note, want) || !bytes.Equal(s.files["checkpoint"], want) {
		t.Errorf("%q, want %q", done.Note, want)
	}
	// Nothing new: nobody is asked, and what was given stays.
	if again, err := publisher(t, s).Publish(t.Context(), 600, long().source(), witness); err != nil || asked != 1 || !bytes.Equal(again.Note, done.Note) {
		t.Errorf("asked %d times: %v", asked, err)
	}
	publish(t, p, 700)
	s.consistent(t, "cosigned")
}

// A witness that is dead, late, lying or mad stops nothing.
func TestNoWitnessStopsTheLog(t *testing.T) {
	errDead := errors.New("no answer")
	released := make(chan struct{})
	defer close(released)
	for _, c := range []struct {
		name  string
		do    func(context.Context, []byte, prover) ([]byte, error)
		fails func(error) bool
	}{
		{"dead", func(context.Context, []byte, prover) ([]byte, error) { return nil, errDead }, func(err error) bool { return errors.Is(err, errDead) }},
		{"deaf to the end of its time", func(context.Context, []byte, prover) ([]byte, error) {
			<-released
			return nil, nil
		}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"answers with nothing", func(context.Context, []byte, prover) ([]byte, error) { return nil, nil }, func(err error) bool { return faultCode(err) == "tlog.cosigned-differs" }},
		{"answers with another checkpoint", func(context.Context, []byte, prover) ([]byte, error) {
			other := newShelf()
			return publish(t, publisher(t, other), 9).Note, nil
		}, func(err error) bool { return faultCode(err) == "tlog.cosigned-differs" }},
		{"takes the log's signature away", func(_ context.Context, checkpoint []byte, _ prover) ([]byte, error) {
			text, _, _ := bytes.Cut(checkpoint, []byte("\n\n"))
			return note.Sign(&note.Note{Text: string(text) + "\n"}, keyOf("witness.example", "a witness").Signer)
		}, func(err error) bool { return faultCode(err) == "tlog.cosigned-differs" }},
		{"spoils what it was given", func(_ context.Context, checkpoint []byte, _ prover) ([]byte, error) {
			clear(checkpoint)
			return checkpoint, nil
		}, func(err error) bool { return faultCode(err) == "tlog.cosigned-differs" }},
	} {
		s := newShelf()
		p := publisher(t, s).Patience(50 * time.Millisecond)
		done, err := p.Publish(t.Context(), 10, long().source(), c.do)
		if err != nil || !c.fails(done.Unwitnessed) || !bytes.Equal(s.files["checkpoint"], s.kept) {
			t.Errorf("%s: %v, %v", c.name, err, done.Unwitnessed)
		}
		s.consistent(t, c.name)

		// When it has come to its senses, the same checkpoint is cosigned.
		late, err := p.Cosign(t.Context(), func(_ context.Context, checkpoint []byte, _ prover) ([]byte, error) {
			return further(t, checkpoint), nil
		})
		if want := further(t, s.kept); err != nil || late.Unwitnessed != nil || !bytes.Equal(s.files["checkpoint"], want) {
			t.Errorf("%s, then cosigned: %v, %v", c.name, err, late.Unwitnessed)
		}
	}
}
