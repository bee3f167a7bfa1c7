package postgres

import (
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaSignIns = `
CREATE TABLE sign_ins (
	means text COLLATE "C" NOT NULL,
	tag bytea NOT NULL,
	kind text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	key bytea NOT NULL,
	added text COLLATE "C" NOT NULL,
	used text COLLATE "C" NOT NULL,
	PRIMARY KEY (means, tag, kind, subject)
);
CREATE INDEX sign_ins_subject ON sign_ins (kind, subject);
CREATE TABLE vouchers (
	hash bytea PRIMARY KEY,
	purpose text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	body bytea NOT NULL,
	until text COLLATE "C" NOT NULL
);
CREATE INDEX vouchers_subject ON vouchers (purpose, subject);
CREATE INDEX vouchers_until ON vouchers (until);
`

const signInColumns = "means, tag, kind, subject, key, added, used"

func scanSignIn(s scanner) (store.SignIn, error) {
	var one store.SignIn
	var added, used string
	if err := s.Scan(&one.Means, &one.Tag, &one.Kind, &one.Subject, &one.Key, &added, &used); err != nil {
		return store.SignIn{}, err
	}
	if err := one.Added.UnmarshalText([]byte(added)); err != nil {
		return store.SignIn{}, err
	}
	return one, one.Used.UnmarshalText([]byte(used))
}

func (r *reader) SignIns(means string, tag []byte) ([]store.SignIn, error) {
	return all(r, scanSignIn, "SELECT "+signInColumns+" FROM sign_ins WHERE means = $1 AND tag = $2 ORDER BY added DESC, kind, subject", means, tag)
}

func (r *reader) SignInsOf(kind, subject string) ([]store.SignIn, error) {
	return all(r, scanSignIn, "SELECT "+signInColumns+" FROM sign_ins WHERE kind = $1 AND subject = $2 ORDER BY added, means, tag", kind, subject)
}

func (r *reader) SignInsFor(kind string) (int64, error) {
	return one(r, value[int64], "SELECT count(*) FROM sign_ins WHERE kind = $1", kind)
}

var putSignIn = put("sign_ins", "means, tag, kind, subject, key, added, used", 4)

func (t *tx) PutSignIn(s store.SignIn) error {
	return t.put(putSignIn, s.Means, s.Tag, s.Kind, s.Subject, s.Key, s.Added.String(), s.Used.String())
}

func (t *tx) DropSignIn(means string, tag []byte, kind, subject string) error {
	return t.signIns("DELETE FROM sign_ins WHERE means = $1 AND tag = $2 AND kind = $3 AND subject = $4", means, tag, kind, subject)
}

func (t *tx) DropSignIns(kind, subject string) error {
	return t.signIns("DELETE FROM sign_ins WHERE kind = $1 AND subject = $2", kind, subject)
}

const voucherColumns = "hash, purpose, subject, body, until"

func scanVoucher(s scanner) (store.Voucher, error) {
	var v store.Voucher
	var until string
	if err := s.Scan(&v.Hash, &v.Purpose, &v.Subject, &v.Body, &until); err != nil {
		return store.Voucher{}, err
	}
	return v, v.Until.UnmarshalText([]byte(until))
}

func (r *reader) Voucher(hash []byte) (store.Voucher, error) {
	return one(r, scanVoucher, "SELECT "+voucherColumns+" FROM vouchers WHERE hash = $1", hash)
}

var intoVouchers = intoTable("vouchers", voucherColumns)

func (t *tx) PutVoucher(v store.Voucher) error {
	return t.insert(intoVouchers, 1, func(_ int, to []any) []any {
		return append(to, v.Hash, v.Purpose, v.Subject, v.Body, v.Until.String())
	})
}

func (t *tx) DropVoucher(hash []byte) error {
	return t.signIns("DELETE FROM vouchers WHERE hash = $1", hash)
}

func (t *tx) DropVouchers(purpose, subject string) error {
	return t.signIns("DELETE FROM vouchers WHERE purpose = $1 AND subject = $2", purpose, subject)
}

// SweepVouchers leaves out what another act takes or sweeps at the same time.
func (t *tx) SweepVouchers(by docket.Instant) error {
	return t.signIns("DELETE FROM vouchers WHERE hash IN (SELECT hash FROM vouchers WHERE until <= $1 FOR UPDATE SKIP LOCKED)", by.String())
}

func (t *tx) signIns(text string, args ...any) error {
	t.queue(text, args)
	return t.failed
}
