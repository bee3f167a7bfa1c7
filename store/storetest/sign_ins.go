package storetest

import (
	"testing"

	"github.com/openchancery/chancery/store"
)

var signIns = []test{
	{"a way in comes back by itself and by its subject, and is set anew", signInPut},
	{"one way is removed, or all of a subject, and no other", signInsDropped},
	{"a voucher is given once and taken once", voucherTaken},
	{"vouchers go by purpose and subject, and when they are over", vouchersGone},
}

func aSignIn(n int, kind, subject string) store.SignIn {
	h := hash("way in", n)
	return store.SignIn{Means: "passkey", Tag: h[:], Kind: kind, Subject: subject, Key: []byte(`{"n":0}`), Added: noon(n), Used: noon(n)}
}

func putSignIns(t *testing.T, s store.Store, list ...store.SignIn) {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		for _, one := range list {
			if err := tx.PutSignIn(one); err != nil {
				return err
			}
		}
		return nil
	})
}

func signInsAre(t *testing.T, s store.Store, of store.SignIn, want ...store.SignIn) {
	t.Helper()
	same(t, ask(t, s, func(r store.Reader) ([]store.SignIn, error) { return r.SignIns(of.Means, of.Tag) }), want)
}

func signInsOfAre(t *testing.T, s store.Store, of store.SignIn, want ...store.SignIn) {
	t.Helper()
	same(t, ask(t, s, func(r store.Reader) ([]store.SignIn, error) { return r.SignInsOf(of.Kind, of.Subject) }), want)
}

func signInPut(t *testing.T, s store.Store) {
	draft, claim, other := aSignIn(1, "draft", "d1"), aSignIn(1, "claimant", "5f"), aSignIn(2, "claimant", "5f")
	claim.Added = noon(7)
	other.Means, other.Key = "oidc", nil
	signInsAre(t, s, draft)
	putSignIns(t, s, draft, claim, other)
	signInsAre(t, s, draft, claim, draft) // the newest first
	signInsOfAre(t, s, claim, other, claim)
	claim.Used, claim.Key = noon(9), []byte(`{"n":1}`)
	putSignIns(t, s, claim)
	signInsAre(t, s, draft, claim, draft)
	for kind, want := range map[string]int64{"claimant": 2, "draft": 1, "staff": 0} {
		same(t, ask(t, s, func(r store.Reader) (int64, error) { return r.SignInsFor(kind) }), want)
	}
}

func signInsDropped(t *testing.T, s store.Store) {
	a, b, c := aSignIn(1, "staff", "officer"), aSignIn(2, "staff", "officer"), aSignIn(1, "staff", "treasurer")
	putSignIns(t, s, a, b, c)
	write(t, s, func(tx store.Tx) error { return tx.DropSignIn(a.Means, a.Tag, a.Kind, a.Subject) })
	signInsOfAre(t, s, a, b)
	signInsOfAre(t, s, c, c)
	putSignIns(t, s, a)
	write(t, s, func(tx store.Tx) error { return tx.DropSignIns("staff", "officer") })
	signInsOfAre(t, s, a)
	signInsAre(t, s, a, c)
}

func aVoucher(n, minutes int) store.Voucher {
	h := hash("voucher", n)
	return store.Voucher{Hash: h[:], Purpose: "invited", Subject: "officer", Body: []byte("{}"), Until: noon(minutes)}
}

func given(t *testing.T, s store.Store, list ...store.Voucher) {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		for _, v := range list {
			if err := tx.PutVoucher(v); err != nil {
				return err
			}
		}
		return nil
	})
}

func voucherStands(t *testing.T, s store.Store, want store.Voucher) {
	t.Helper()
	same(t, ask(t, s, func(r store.Reader) (store.Voucher, error) { return r.Voucher(want.Hash) }), want)
}

func noVoucher(t *testing.T, s store.Store, gone store.Voucher) {
	t.Helper()
	none(t, s, "a voucher", func(r store.Reader) (store.Voucher, error) { return r.Voucher(gone.Hash) })
}

func voucherTaken(t *testing.T, s store.Store) {
	v := aVoucher(1, 15)
	noVoucher(t, s, v)
	given(t, s, v)
	voucherStands(t, s, v)
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutVoucher(v) })
	// Of two who take it at once only one does.
	took := 0
	errs := atOnce(s, 2, func(_ int, tx store.Tx) error {
		if _, err := tx.Voucher(v.Hash); err != nil {
			return err
		}
		return tx.DropVoucher(v.Hash)
	})
	for _, err := range errs {
		if err == nil {
			took++
		}
	}
	if took != 1 {
		t.Errorf("%d took it: %v", took, errs)
	}
	noVoucher(t, s, v)
}

func vouchersGone(t *testing.T, s store.Store) {
	a, b, other, purpose := aVoucher(1, 15), aVoucher(2, 16), aVoucher(3, 15), aVoucher(4, 17)
	other.Subject, purpose.Purpose, purpose.Body = "treasurer", "setup", nil
	given(t, s, a, b, other, purpose)
	write(t, s, func(tx store.Tx) error { return tx.DropVouchers("invited", "officer") })
	noVoucher(t, s, a)
	noVoucher(t, s, b)
	voucherStands(t, s, other)
	voucherStands(t, s, purpose)
	write(t, s, func(tx store.Tx) error { return tx.SweepVouchers(noon(15)) })
	noVoucher(t, s, other)
	voucherStands(t, s, purpose)
}
