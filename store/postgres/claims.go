package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

const claimColumns = `id, programme, version, standing, reference, number, serial, category, claimant, edition,
	received, filed, source, row, claimed, answers, blank, missing, ground, outcome, reported, award_stated,
	award_minor, award_currency, rule, instalment, ordered_minor, ordered_currency, paid_minor, paid_currency,
	holds, erased, keys_gone_by, register`

func claimValues(c *claim.Claim, to []any) []any {
	return append(to, string(c.ID), c.Programme, int64(c.Version), string(c.Standing), string(c.Reference),
		string(c.Number), c.Number.Serial(), c.Category, c.Claimant, c.Edition[:],
		c.Received.String(), c.Filed.String(), c.Source, c.Row, amountText(c.Claimed), asJSON(c.Answers),
		strings.Join(c.Blank, " "), strings.Join(c.Missing, " "), c.Ground, string(c.Outcome), bit(c.Reported), bit(c.AwardStated),
		c.Award.Minor(), string(c.Award.Currency()), c.Rule, c.Instalment,
		c.Ordered.Minor(), string(c.Ordered.Currency()), c.Paid.Minor(), string(c.Paid.Currency()),
		strings.Join(c.Holds, " "), c.Erased.String(), c.KeysGoneBy.String(), registerText(c.Register))
}

func amountText(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

// asJSON prints answers with their names in order.
func asJSON(answers map[string]string) string {
	if len(answers) == 0 {
		return ""
	}
	return store.TextsJSON(answers)
}

// registerText prints what the register holds of a claim; "" for nothing. It is
// words, dates and numbers, and can't fail.
func registerText(r claim.Register) string {
	text, _ := json.Marshal(r)
	if string(text) == "{}" {
		return ""
	}
	return string(text)
}

func scanClaim(s scanner) (claim.Claim, error) {
	var c claim.Claim
	var edition []byte
	var serial int64
	var received, filed, claimed, answers, blank, missing, holds, erased, gone, register string
	var award, ordered, paid int64
	var awardCurrency, orderedCurrency, paidCurrency money.Currency
	if err := s.Scan(&c.ID, &c.Programme, &c.Version, &c.Standing, &c.Reference, &c.Number, &serial, &c.Category, &c.Claimant, &edition,
		&received, &filed, &c.Source, &c.Row, &claimed, &answers, &blank, &missing, &c.Ground, &c.Outcome, flag{&c.Reported}, flag{&c.AwardStated},
		&award, &awardCurrency, &c.Rule, &c.Instalment, &ordered, &orderedCurrency, &paid, &paidCurrency,
		&holds, &erased, &gone, &register); err != nil {
		return claim.Claim{}, err
	}
	c.Edition = docket.Hash(sized(edition))
	c.Blank, c.Missing, c.Holds = strings.Fields(blank), strings.Fields(missing), strings.Fields(holds)
	c.Award, c.Ordered, c.Paid = money.New(award, awardCurrency), money.New(ordered, orderedCurrency), money.New(paid, paidCurrency)
	err := errors.Join(c.Received.UnmarshalText([]byte(received)), c.Filed.UnmarshalText([]byte(filed)), c.Claimed.UnmarshalText([]byte(claimed)))
	if erased != "" {
		err = errors.Join(err, c.Erased.UnmarshalText([]byte(erased)), c.KeysGoneBy.UnmarshalText([]byte(gone)))
	}
	if register != "" {
		err = errors.Join(err, json.Unmarshal([]byte(register), &c.Register))
	}
	if answers != "" {
		err = errors.Join(err, json.Unmarshal([]byte(answers), &c.Answers))
	}
	if err != nil {
		return claim.Claim{}, fmt.Errorf("read claim %s: %w", c.ID, err)
	}
	return c, nil
}

func (r *reader) Claims(ids []claim.ID) ([]claim.Claim, error) {
	if len(ids) == 0 {
		return nil, r.failed
	}
	place := make(map[claim.ID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	claims := make([]claim.Claim, len(ids))
	err := r.ask("SELECT "+claimColumns+" FROM claims WHERE id = ANY($1)", []any{texts(ids)}, func(rows pgx.Rows) error {
		return collect(rows, scanClaim, func(c claim.Claim) { claims[place[c.ID]] = c })
	})
	if err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	for i, id := range ids {
		claims[i] = claims[place[id]] // also one that is asked for twice
		if claims[i].ID != id {
			return nil, fmt.Errorf("read claim %s: %w", id, store.ErrNone)
		}
	}
	return claims, nil
}

func (r *reader) FindClaim(text string) (claim.Claim, error) {
	return one(r, scanClaim, "SELECT "+claimColumns+` FROM claims WHERE id = coalesce(
		(SELECT claim_id FROM claim_references WHERE reference = $1),
		(SELECT claim_id FROM claim_numbers WHERE number = $1))`, text)
}

func (r *reader) ClaimPage(q store.ClaimQuery) ([]claim.Claim, string, error) {
	if q.Limit < 1 {
		return nil, "", fmt.Errorf("a page of at most %d claims", q.Limit)
	}
	where, args := []string{"true"}, []any{}
	with := func(text string, values ...any) {
		where = append(where, fmt.Sprintf(text, marks(len(args)+1, len(values))))
		args = append(args, values...)
	}
	if q.Programme != "" {
		with("programme = %s", q.Programme)
	}
	if q.Standing != "" {
		with("standing = %s", string(q.Standing))
	}
	if q.After != "" {
		key := strings.SplitN(q.After, " ", 4)
		if len(key) != 4 {
			return nil, "", fmt.Errorf("cursor %q: %w", q.After, store.ErrNone)
		}
		with("(programme, standing, filed, id) > (%s)", key[0], key[1], key[2], key[3])
	}
	args = append(args, q.Limit)
	page, err := all(r, scanClaim, fmt.Sprintf("SELECT %s FROM claims WHERE %s ORDER BY programme, standing, filed, id LIMIT $%d",
		claimColumns, strings.Join(where, " AND "), len(args)), args...)
	if err != nil || len(page) < q.Limit {
		return page, "", err
	}
	last := page[len(page)-1]
	return page, fmt.Sprintf("%s %s %s %s", last.Programme, last.Standing, last.Filed, last.ID), nil
}

func (r *reader) InstalmentClaims(programme string, instalment int64, standing claim.Standing) iter.Seq2[claim.Claim, error] {
	return each(r, paged[claim.Claim]{
		text: "SELECT " + claimColumns + ` FROM claims
			WHERE programme = $1 AND instalment = $2 AND instalment > 0 AND standing = $3 AND (serial, id) > ($4, $5)
			ORDER BY serial, id LIMIT $6`,
		args: []any{programme, instalment, string(standing)}, key: []any{int64(-1), ""},
		of: func(c claim.Claim) []any { return []any{c.Number.Serial(), string(c.ID)} }, scan: scanClaim,
	})
}

func (r *reader) PayableClaims(programme string) iter.Seq2[claim.Claim, error] {
	return each(r, paged[claim.Claim]{
		text: "SELECT " + claimColumns + ` FROM claims
			WHERE programme = $1 AND instalment > 0 AND outcome = 'award' AND reported = 0 AND award_minor > ordered_minor + paid_minor
				AND (instalment, serial, id) > ($2, $3, $4)
			ORDER BY instalment, serial, id LIMIT $5`,
		args: []any{programme}, key: []any{int64(0), int64(-1), ""},
		of: func(c claim.Claim) []any { return []any{c.Instalment, c.Number.Serial(), string(c.ID)} }, scan: scanClaim,
	})
}

func scanTally(s scanner) (store.Tally, error) {
	var t store.Tally
	err := s.Scan(&t.Programme, &t.Category, &t.Standing, &t.Outcome, flag{&t.Reported}, &t.Currency,
		&t.Claims, &t.Stated, &t.Awarded, &t.Paid, &t.PaidClaims, &t.Owed, &t.OwedClaims)
	return t, err
}

// Tallies are sums in numeric, which has no end, cast back to 64 bits: one that
// is larger is an error.
func (r *reader) Tallies(programme string) ([]store.Tally, error) {
	return all(r, scanTally, `SELECT programme, category, standing, outcome, reported, award_currency,
			count(*), sum(award_stated)::bigint, sum(award_minor)::bigint, sum(paid_minor)::bigint, count(*) FILTER (WHERE paid_minor > 0),
			coalesce(sum(award_minor - paid_minor) FILTER (WHERE outcome = 'award' AND reported = 0), 0)::bigint,
			count(*) FILTER (WHERE outcome = 'award' AND reported = 0 AND award_minor > paid_minor)
		FROM claims WHERE $1 = '' OR programme = $1
		GROUP BY programme, category, standing, outcome, reported, award_currency
		ORDER BY programme, category, standing, outcome, reported, award_currency`, programme)
}

func scanBlob(s scanner) (store.Blob, error) {
	var b store.Blob
	err := s.Scan(&b.Claim, &b.Version, &b.Name, &b.Class, &b.Sealed)
	return b, err
}

func (r *reader) Blobs(id claim.ID) ([]store.Blob, error) {
	return all(r, scanBlob, "SELECT claim_id, version, name, class, sealed FROM blobs WHERE claim_id = $1 ORDER BY version, name", string(id))
}

func (r *reader) LatestBlobs(ids []claim.ID, prefix string) (map[claim.ID][]store.Blob, error) {
	// In the order of the key: what comes later under the same name is newer.
	list, err := all(r, scanBlob, `SELECT claim_id, version, name, class, sealed FROM blobs
		WHERE claim_id = ANY($1) AND starts_with(name, $2) ORDER BY claim_id, version`, texts(ids), prefix)
	if err != nil {
		return nil, fmt.Errorf("read blobs: %w", err)
	}
	found := make(map[claim.ID][]store.Blob, len(ids))
	for _, b := range list {
		of := found[b.Claim]
		if at := slices.IndexFunc(of, func(older store.Blob) bool { return older.Name == b.Name }); at >= 0 {
			of[at] = b
			continue
		}
		found[b.Claim] = append(of, b)
	}
	return found, nil
}

var (
	intoClaims     = intoTable("claims", claimColumns)
	intoReferences = intoTable("claim_references", "reference, claim_id")
	intoBlobs      = intoTable("blobs", "claim_id, version, name, class, sealed")
)

func (t *tx) InsertClaims(claims []claim.Claim) error {
	if err := t.insert(intoClaims, len(claims), func(i int, to []any) []any { return claimValues(&claims[i], to) }); err != nil {
		return fmt.Errorf("add claims: %w", err)
	}
	if err := t.insert(intoReferences, len(claims), func(i int, to []any) []any {
		return append(to, string(claims[i].Reference), string(claims[i].ID))
	}); err != nil {
		return fmt.Errorf("add references: %w", err)
	}
	return t.putNumbers(slices.DeleteFunc(slices.Clone(claims), func(c claim.Claim) bool { return c.Number == "" }))
}

var putNumbers = change{
	one: `INSERT INTO claim_numbers (number, claim_id) VALUES ($1, $2)
		ON CONFLICT (number) DO UPDATE SET claim_id = excluded.claim_id WHERE claim_numbers.claim_id = excluded.claim_id`,
	many: `INSERT INTO claim_numbers (number, claim_id) SELECT * FROM VALUES
		ON CONFLICT (number) DO UPDATE SET claim_id = excluded.claim_id WHERE claim_numbers.claim_id = excluded.claim_id`,
	columns: 2,
}

// putNumbers writes which numbers these claims have. A number belongs to one
// claim for ever: ErrTaken when another has it.
func (t *tx) putNumbers(numbered []claim.Claim) error {
	err := t.write(putNumbers, len(numbered), func(i int, to []any) []any {
		return append(to, string(numbered[i].Number), string(numbered[i].ID))
	})
	if err != nil {
		return fmt.Errorf("add numbers: %w", err)
	}
	return nil
}

// updated are the columns that an event can change, beside id and version.
var updated = []string{
	"standing", "number", "serial", "claimed", "answers", "blank", "missing", "ground", "outcome", "reported",
	"award_stated", "award_minor", "award_currency", "rule", "instalment",
	"ordered_minor", "ordered_currency", "paid_minor", "paid_currency", "holds", "erased", "keys_gone_by", "register", "category",
}

func updateValues(c *claim.Claim, to []any) []any {
	return append(to, string(c.ID), int64(c.Version), string(c.Standing), string(c.Number), c.Number.Serial(),
		amountText(c.Claimed), asJSON(c.Answers), strings.Join(c.Blank, " "), strings.Join(c.Missing, " "), c.Ground,
		string(c.Outcome), bit(c.Reported), bit(c.AwardStated), c.Award.Minor(), string(c.Award.Currency()), c.Rule, c.Instalment,
		c.Ordered.Minor(), string(c.Ordered.Currency()), c.Paid.Minor(), string(c.Paid.Currency()),
		strings.Join(c.Holds, " "), c.Erased.String(), c.KeysGoneBy.String(), registerText(c.Register), c.Category)
}

// updateClaims sets the claims that stand exactly one version lower, and no
// others.
var updateClaims = func() change {
	one, many, names := "version = $2", "version = v.c2", "c1, c2"
	for i, column := range updated {
		one += fmt.Sprintf(", %s = $%d", column, i+3)
		many += fmt.Sprintf(", %s = v.c%d", column, i+3)
		names += fmt.Sprintf(", c%d", i+3)
	}
	return change{
		one:     "UPDATE claims SET " + one + " WHERE id = $1 AND version = $2 - 1",
		many:    "UPDATE claims SET " + many + " FROM VALUES AS v(" + names + ") WHERE claims.id = v.c1 AND claims.version = v.c2 - 1",
		columns: len(updated) + 2,
	}
}()

func (t *tx) UpdateClaims(claims []claim.Claim) error {
	err := t.write(updateClaims, len(claims), func(i int, to []any) []any { return updateValues(&claims[i], to) })
	if err != nil {
		return fmt.Errorf("update claims: %w", err)
	}
	// Only these two acts give a number; every later one leaves it as it is.
	return t.putNumbers(slices.DeleteFunc(slices.Clone(claims), func(c claim.Claim) bool {
		return c.Number == "" || c.Standing != claim.Recorded && !c.Reported
	}))
}

func (t *tx) PutBlobs(blobs []store.Blob) error {
	err := t.insert(intoBlobs, len(blobs), func(i int, to []any) []any {
		b := &blobs[i]
		return append(to, string(b.Claim), int64(b.Version), b.Name, b.Class, b.Sealed)
	})
	if err != nil {
		return fmt.Errorf("add sealed blobs: %w", err)
	}
	return nil
}
