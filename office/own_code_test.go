package office_test

import (
	"context"
	"testing"

	"github.com/openchancery/chancery/office"
)

// stretches counts how often a code is stretched, which takes 30 ms each time.
type stretches struct {
	office.Vault
	n int
}

func (s *stretches) Stretch(ctx context.Context, code string) (tag, key []byte, err error) {
	s.n++
	return s.Vault.Stretch(ctx, code)
}

// A draft's code is stretched once, when something is told in confidence, and
// never before or again: not for showing it, not for each page, not for sending.
func TestADraftsCodeIsStretchedOnceAndOnlyForWhatIsToldInConfidence(t *testing.T) {
	h := opened(t)
	ctx, o := t.Context(), h.Office
	count := &stretches{Vault: o.Vault}
	o.Vault = count
	costs := func(when string, want int) {
		t.Helper()
		if count.n != want {
			t.Errorf("%s: stretched %d times, want %d", when, count.n, want)
		}
	}
	k, _ := flooded(h, "a-departure", "b-injury")
	_, code, err := o.GiveOwnCode(ctx, k, false)
	must(t, err)
	_, _, err = o.GiveOwnCode(ctx, k, false)
	must(t, err)
	h.said(k, "nights_away", "7")
	there, err := o.OwnByCode(ctx, string(code))
	must(t, err)
	costs("while the house keeps the key", 0)
	_, err = o.OwnByCode(ctx, "7K3M-9QX2-VD4K")
	wantCode(t, "by another code", err, "claim.code-wrong")
	costs("for a wrong code", 1)
	k, _, err = o.SaveOwn(ctx, there, func(d *office.OwnDraft) error {
		for field, text := range map[string]string{"family": "true", "injured": "1", "statement": "told"} {
			d.Claims[1].Answers[field] = text
		}
		return nil
	})
	must(t, err)
	costs("something was told in confidence", 2)
	k, _ = h.said(k, "nights_away", "8")
	costs("and a page after it", 2)
	back, err := o.OwnByCode(ctx, string(code))
	must(t, err)
	costs("by the code again", 3)
	if d, err := o.Own(ctx, back); err != nil || d.Claims[1].Answers["statement"] != "told" || d.Code != code {
		t.Errorf("%+v, %v", d, err)
	}
	_, err = o.SendOwn(ctx, k)
	must(t, err)
	costs("and for sending", 3)
	h.sound()
}
