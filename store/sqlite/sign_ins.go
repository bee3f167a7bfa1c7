package sqlite

import (
	"fmt"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

const schemaSignIns = `
CREATE TABLE sign_ins (
	means TEXT NOT NULL,
	tag BLOB NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	key BLOB NOT NULL,
	added TEXT NOT NULL,
	used TEXT NOT NULL,
	PRIMARY KEY (means, tag, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_ins_subject ON sign_ins (kind, subject);
CREATE TABLE vouchers (
	hash BLOB PRIMARY KEY,
	purpose TEXT NOT NULL,
	subject TEXT NOT NULL,
	body BLOB NOT NULL,
	until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
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
	return all(r, scanSignIn, "SELECT "+signInColumns+" FROM sign_ins WHERE means = ? AND tag = ? ORDER BY added DESC, kind, subject", means, tag)
}

func (r *reader) SignInsOf(kind, subject string) ([]store.SignIn, error) {
	return all(r, scanSignIn, "SELECT "+signInColumns+" FROM sign_ins WHERE kind = ? AND subject = ? ORDER BY added, means, tag", kind, subject)
}

func (r *reader) SignInsFor(kind string) (int64, error) {
	return one(r, value[int64], "SELECT count(*) FROM sign_ins WHERE kind = ?", kind)
}

func (t *tx) PutSignIn(s store.SignIn) error {
	return t.put("sign_ins", signInColumns, s.Means, s.Tag, s.Kind, s.Subject, append([]byte{}, s.Key...), s.Added.String(), s.Used.String())
}

func (t *tx) DropSignIn(means string, tag []byte, kind, subject string) error {
	return t.signIns("DELETE FROM sign_ins WHERE means = ? AND tag = ? AND kind = ? AND subject = ?", means, tag, kind, subject)
}

func (t *tx) DropSignIns(kind, subject string) error {
	return t.signIns("DELETE FROM sign_ins WHERE kind = ? AND subject = ?", kind, subject)
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
	return one(r, scanVoucher, "SELECT "+voucherColumns+" FROM vouchers WHERE hash = ?", hash)
}

func (t *tx) PutVoucher(v store.Voucher) error {
	err := t.insert("vouchers ("+voucherColumns+")", 5, 1, func(_ int, to []any) []any {
		return append(to, v.Hash, v.Purpose, v.Subject, append([]byte{}, v.Body...), v.Until.String()) // never NULL
	})
	if err != nil {
		return fmt.Errorf("give a voucher: %w", err)
	}
	return nil
}

func (t *tx) DropVoucher(hash []byte) error {
	return t.signIns("DELETE FROM vouchers WHERE hash = ?", hash)
}

func (t *tx) DropVouchers(purpose, subject string) error {
	return t.signIns("DELETE FROM vouchers WHERE purpose = ? AND subject = ?", purpose, subject)
}

func (t *tx) SweepVouchers(by docket.Instant) error {
	return t.signIns("DELETE FROM vouchers WHERE until <= ?", by.String())
}

func (t *tx) signIns(text string, args ...any) error {
	if _, err := t.exec(text, args...); err != nil {
		return fmt.Errorf("change who may sign in: %w", err)
	}
	return nil
}
