package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

const claimColumns = `id, programme, version, standing, reference, number, serial, category, claimant, edition,
	received, filed, source, row, claimed, answers, blank, missing, ground, outcome, reported, award_stated,
	award_minor, award_currency, rule, instalment, ordered_minor, ordered_currency, paid_minor, paid_currency,
	holds, erased, keys_gone_by, register`

const claimColumnCount = 34

func claimValues(c *claim.Claim, to []any) []any {
	return append(to, string(c.ID), c.Programme, int64(c.Version), string(c.Standing), string(c.Reference),
		string(c.Number), c.Number.Serial(), c.Category, c.Claimant, c.Edition[:],
		c.Received.String(), c.Filed.String(), c.Source, c.Row, amountText(c.Claimed), asJSON(c.Answers),
		strings.Join(c.Blank, " "), strings.Join(c.Missing, " "), c.Ground, string(c.Outcome), c.Reported, c.AwardStated,
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
		&received, &filed, &c.Source, &c.Row, &claimed, &answers, &blank, &missing, &c.Ground, &c.Outcome, &c.Reported, &c.AwardStated,
		&award, &awardCurrency, &c.Rule, &c.Instalment, &ordered, &orderedCurrency, &paid, &paidCurrency,
		&holds, &erased, &gone, &register); err != nil {
		return claim.Claim{}, err
	}
	c.Edition = docket.Hash(sized(edition))
	c.Blank, c.Missing = strings.Fields(blank), strings.Fields(missing)
	c.Holds = strings.Fields(holds)
	c.Award, c.Ordered, c.Paid = money.New(award, awardCurrency), money.New(ordered, orderedCurrency), money.New(paid, paidCurrency)
	if err := c.Received.UnmarshalText([]byte(received)); err != nil {
		return claim.Claim{}, err
	}
	if err := c.Filed.UnmarshalText([]byte(filed)); err != nil {
		return claim.Claim{}, err
	}
	if err := c.Claimed.UnmarshalText([]byte(claimed)); err != nil {
		return claim.Claim{}, err
	}
	if erased != "" {
		if err := errors.Join(c.Erased.UnmarshalText([]byte(erased)), c.KeysGoneBy.UnmarshalText([]byte(gone))); err != nil {
			return claim.Claim{}, err
		}
	}
	if register != "" {
		if err := json.Unmarshal([]byte(register), &c.Register); err != nil {
			return claim.Claim{}, err
		}
	}
	if answers != "" {
		return c, json.Unmarshal([]byte(answers), &c.Answers)
	}
	return c, nil
}

func (r *reader) Claims(ids []claim.ID) ([]claim.Claim, error) {
	claims := make([]claim.Claim, len(ids))
	place := make(map[claim.ID]int, idsAtOnce)
	for from := 0; from < len(ids); from += idsAtOnce {
		chunk := ids[from:min(from+idsAtOnce, len(ids))]
		clear(place)
		for i, id := range chunk {
			place[id] = from + i
		}
		for c, err := range each(r, scanClaim, "SELECT "+claimColumns+" FROM claims WHERE id IN ("+marks(len(chunk))+")", anys(chunk)...) {
			if err != nil {
				return nil, fmt.Errorf("read claims: %w", err)
			}
			claims[place[c.ID]] = c
		}
		for i, id := range chunk {
			claims[from+i] = claims[place[id]] // also one that is asked for twice
			if claims[from+i].ID != id {
				return nil, fmt.Errorf("read claim %s: %w", id, store.ErrNone)
			}
		}
	}
	return claims, nil
}

func anys[T ~string](ids []T) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}

func (r *reader) FindClaim(text string) (claim.Claim, error) {
	return one(r, scanClaim, "SELECT "+claimColumns+` FROM claims WHERE id = coalesce(
		(SELECT claim_id FROM claim_references WHERE reference = ?1),
		(SELECT claim_id FROM claim_numbers WHERE number = ?1))`, text)
}

func (r *reader) ClaimPage(q store.ClaimQuery) ([]claim.Claim, string, error) {
	if q.Limit < 1 {
		return nil, "", fmt.Errorf("a page of at most %d claims", q.Limit)
	}
	where, args := []string{"1 = 1"}, []any{}
	if q.Programme != "" {
		where, args = append(where, "programme = ?"), append(args, q.Programme)
	}
	if q.Standing != "" {
		where, args = append(where, "standing = ?"), append(args, string(q.Standing))
	}
	if q.After != "" {
		key := strings.SplitN(q.After, " ", 4)
		if len(key) != 4 {
			return nil, "", fmt.Errorf("cursor %q: %w", q.After, store.ErrNone)
		}
		where = append(where, "(programme, standing, filed, id) > (?, ?, ?, ?)")
		args = append(args, key[0], key[1], key[2], key[3])
	}
	args = append(args, q.Limit)
	page, err := all(r, scanClaim, "SELECT "+claimColumns+" FROM claims WHERE "+strings.Join(where, " AND ")+
		" ORDER BY programme, standing, filed, id LIMIT ?", args...)
	if err != nil || len(page) < q.Limit {
		return page, "", err
	}
	last := page[len(page)-1]
	return page, fmt.Sprintf("%s %s %s %s", last.Programme, last.Standing, last.Filed, last.ID), nil
}

func (r *reader) InstalmentClaims(programme string, instalment int64, standing claim.Standing) iter.Seq2[claim.Claim, error] {
	return each(r, scanClaim, "SELECT "+claimColumns+` FROM claims
		WHERE programme = ? AND instalment = ? AND instalment > 0 AND standing = ? ORDER BY serial`, programme, instalment, string(standing))
}

func (r *reader) PayableClaims(programme string) iter.Seq2[claim.Claim, error] {
	return each(r, scanClaim, "SELECT "+claimColumns+` FROM claims
		WHERE programme = ? AND instalment > 0 AND outcome = 'award' AND NOT reported AND award_minor > ordered_minor + paid_minor
		ORDER BY instalment, serial`, programme)
}

func scanTally(s scanner) (store.Tally, error) {
	var t store.Tally
	err := s.Scan(&t.Programme, &t.Category, &t.Standing, &t.Outcome, &t.Reported, &t.Currency,
		&t.Claims, &t.Stated, &t.Awarded, &t.Paid, &t.PaidClaims, &t.Owed, &t.OwedClaims)
	return t, err
}

func (r *reader) Tallies(programme string) ([]store.Tally, error) {
	return all(r, scanTally, `SELECT programme, category, standing, outcome, reported, award_currency,
			count(*), sum(award_stated), sum(award_minor), sum(paid_minor), sum(paid_minor > 0),
			sum(CASE WHEN outcome = 'award' AND NOT reported THEN award_minor - paid_minor ELSE 0 END),
			sum(outcome = 'award' AND NOT reported AND award_minor > paid_minor)
		FROM claims WHERE ?1 = '' OR programme = ?1
		GROUP BY programme, category, standing, outcome, reported, award_currency
		ORDER BY programme, category, standing, outcome, reported, award_currency`, programme)
}

func scanBlob(s scanner) (store.Blob, error) {
	var b store.Blob
	err := s.Scan(&b.Claim, &b.Version, &b.Name, &b.Class, &b.Sealed)
	return b, err
}

func (r *reader) Blobs(id claim.ID) ([]store.Blob, error) {
	return all(r, scanBlob, "SELECT claim_id, version, name, class, sealed FROM blobs WHERE claim_id = ? ORDER BY version, name", string(id))
}

func (r *reader) LatestBlobs(ids []claim.ID, prefix string) (map[claim.ID][]store.Blob, error) {
	found := make(map[claim.ID][]store.Blob, len(ids))
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		args := append(anys(chunk), prefix, prefix)
		// In the order of the key, which costs nothing: what comes later under
		// the same name is newer. To group by name would sort what is sealed.
		for b, err := range each(r, scanBlob, "SELECT claim_id, version, name, class, sealed FROM blobs WHERE claim_id IN ("+marks(len(chunk))+
			") AND substr(name, 1, length(?)) = ? ORDER BY claim_id, version", args...) {
			if err != nil {
				return nil, fmt.Errorf("read blobs: %w", err)
			}
			list := found[b.Claim]
			if at := slices.IndexFunc(list, func(older store.Blob) bool { return older.Name == b.Name }); at >= 0 {
				list[at] = b
				continue
			}
			found[b.Claim] = append(list, b)
		}
	}
	return found, nil
}

func (t *tx) InsertClaims(claims []claim.Claim) error {
	if err := t.insertClaims(claims); err != nil {
		return fmt.Errorf("add claims: %w", err)
	}
	if err := t.insert("claim_references (reference, claim_id)", 2, len(claims), func(i int, to []any) []any {
		return append(to, string(claims[i].Reference), string(claims[i].ID))
	}); err != nil {
		return fmt.Errorf("add references: %w", err)
	}
	return t.putNumbers(claims, func(c *claim.Claim) bool { return c.Number != "" })
}

// justFiled are the columns that its filing gives a claim. All others are the same for
// every claim to which nothing has happened since, and most claims are added so.
const justFiled = "id, programme, reference, category, claimant, edition, received, filed, source, row, claimed, answers, blank"

const justFiledCount = 13

func justFiledValues(c *claim.Claim, to []any) []any {
	return append(to, string(c.ID), c.Programme, string(c.Reference), c.Category, c.Claimant, c.Edition[:],
		c.Received.String(), c.Filed.String(), c.Source, c.Row, amountText(c.Claimed), asJSON(c.Answers), strings.Join(c.Blank, " "))
}

// isJustFiled reports whether a claim holds nothing but what its filing gave it.
func isJustFiled(c *claim.Claim) bool {
	rest := *c
	rest.ID, rest.Programme, rest.Reference, rest.Category, rest.Claimant, rest.Edition = "", "", "", "", "", docket.Hash{}
	rest.Received, rest.Filed, rest.Source, rest.Row = day.Date{}, docket.Instant{}, "", 0
	rest.Claimed, rest.Answers, rest.Blank = money.Amount{}, nil, nil
	rest.Version, rest.Standing = 0, ""
	return c.Version == 1 && c.Standing == claim.Filed && reflect.ValueOf(&rest).Elem().IsZero()
}

// insertFiled is the statement around the rows of claims that were just filed.
var insertFiled = func() (around [2]string) {
	given := strings.Split(justFiled, ", ")
	values := claimValues(&claim.Claim{Version: 1, Standing: claim.Filed}, nil)
	said := make([]string, claimColumnCount)
	for i, column := range strings.FieldsFunc(claimColumns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) }) {
		if at := slices.Index(given, column); at >= 0 {
			said[i] = fmt.Sprintf("column%d", at+1)
			continue
		}
		switch v := values[i].(type) {
		case string:
			said[i] = "'" + v + "'"
		case bool:
			said[i] = "0"
		default:
			said[i] = fmt.Sprint(v)
		}
	}
	return [2]string{"INSERT OR FAIL INTO claims (" + claimColumns + ") SELECT " + strings.Join(said, ", ") + " FROM (VALUES ", ")"}
}()

func (t *tx) insertClaims(claims []claim.Claim) error {
	later := func(c claim.Claim) bool { return !isJustFiled(&c) }
	if slices.ContainsFunc(claims, later) {
		return t.insert("claims ("+claimColumns+")", claimColumnCount, len(claims), func(i int, to []any) []any {
			return claimValues(&claims[i], to)
		})
	}
	_, err := t.write(insertFiled[0], insertFiled[1], justFiledCount, len(claims), func(i int, to []any) []any {
		return justFiledValues(&claims[i], to)
	})
	return err
}

// putNumbers writes which numbers those of the claims have that were given one. A
// number belongs to one claim for ever: ErrTaken when another has it.
func (t *tx) putNumbers(claims []claim.Claim, given func(*claim.Claim) bool) error {
	if flaw.On(flaw.NumberTwice) {
		return nil
	}
	var numbered []*claim.Claim
	for i := range claims {
		if given(&claims[i]) {
			numbered = append(numbered, &claims[i])
		}
	}
	written, err := t.write("INSERT OR FAIL INTO claim_numbers (number, claim_id) VALUES ",
		" ON CONFLICT (number) DO UPDATE SET claim_id = excluded.claim_id WHERE claim_numbers.claim_id = excluded.claim_id",
		2, len(numbered), func(i int, to []any) []any {
			return append(to, string(numbered[i].Number), string(numbered[i].ID))
		})
	if err != nil {
		return fmt.Errorf("add numbers: %w", err)
	}
	if written != int64(len(numbered)) {
		return t.fail(fmt.Errorf("add numbers: %w", store.ErrTaken))
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
		string(c.Outcome), c.Reported, c.AwardStated, c.Award.Minor(), string(c.Award.Currency()), c.Rule, c.Instalment,
		c.Ordered.Minor(), string(c.Ordered.Currency()), c.Paid.Minor(), string(c.Paid.Currency()),
		strings.Join(c.Holds, " "), c.Erased.String(), c.KeysGoneBy.String(), registerText(c.Register), c.Category)
}

// updateClaims is the statement around the rows of new values: it sets the
// claims that stand exactly one version lower, and no others.
var updateClaims = func() (around [2]string) {
	set := "version = v.column2"
	for i, column := range updated {
		set += fmt.Sprintf(", %s = v.column%d", column, i+3)
	}
	return [2]string{
		"UPDATE OR FAIL claims SET " + set + " FROM (VALUES ",
		") AS v WHERE claims.id = v.column1 AND claims.version = v.column2 - 1",
	}
}()

func (t *tx) UpdateClaims(claims []claim.Claim) error {
	written, err := t.write(updateClaims[0], updateClaims[1], len(updated)+2, len(claims), func(i int, to []any) []any {
		return updateValues(&claims[i], to)
	})
	if err != nil {
		return fmt.Errorf("update claims: %w", err)
	}
	if written != int64(len(claims)) {
		return t.fail(fmt.Errorf("update claims: %d of %d don't stand one version lower: %w", int64(len(claims))-written, len(claims), store.ErrTaken))
	}
	// Only these two acts give a number; every later one leaves it as it is.
	return t.putNumbers(claims, func(c *claim.Claim) bool {
		return c.Number != "" && (c.Standing == claim.Recorded || c.Reported)
	})
}

func (t *tx) PutBlobs(blobs []store.Blob) error {
	err := t.insert("blobs (claim_id, version, name, class, sealed)", 5, len(blobs), func(i int, to []any) []any {
		b := &blobs[i]
		return append(to, string(b.Claim), int64(b.Version), b.Name, b.Class, b.Sealed)
	})
	if err != nil {
		return fmt.Errorf("add sealed blobs: %w", err)
	}
	return nil
}
