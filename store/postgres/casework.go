package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

// schemaCasework brings what officers keep about claims. A queue of one
// category has an index of its own: a category may be rare.
const schemaCasework = `
CREATE INDEX claims_category ON claims (programme, standing, category, filed, id);
CREATE TABLE assignments (
	claim_id text COLLATE "C" PRIMARY KEY,
	programme text COLLATE "C" NOT NULL,
	actor text COLLATE "C" NOT NULL,
	by_actor text COLLATE "C" NOT NULL,
	at text COLLATE "C" NOT NULL
);
CREATE INDEX assignments_actor ON assignments (actor, programme, at, claim_id);
CREATE TABLE flags (
	claim_id text COLLATE "C" NOT NULL,
	flag text COLLATE "C" NOT NULL,
	programme text COLLATE "C" NOT NULL,
	by_actor text COLLATE "C" NOT NULL,
	at text COLLATE "C" NOT NULL,
	PRIMARY KEY (claim_id, flag)
);
CREATE INDEX flags_flag ON flags (flag, programme, at, claim_id);
CREATE TABLE notes (
	claim_id text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	by_actor text COLLATE "C" NOT NULL,
	at text COLLATE "C" NOT NULL,
	for_actor text COLLATE "C" NOT NULL,
	due text COLLATE "C" NOT NULL,
	done bigint NOT NULL,
	sealed bytea NOT NULL,
	PRIMARY KEY (claim_id, number)
);
CREATE INDEX notes_tasks ON notes (for_actor, due, claim_id, number) WHERE for_actor <> '' AND done = 0;
CREATE TABLE filters (
	actor text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	query text COLLATE "C" NOT NULL,
	PRIMARY KEY (actor, name)
);
CREATE TABLE proposals (
	id text COLLATE "C" PRIMARY KEY,
	programme text COLLATE "C" NOT NULL,
	act text COLLATE "C" NOT NULL,
	about text COLLATE "C" NOT NULL,
	actor text COLLATE "C" NOT NULL,
	means text COLLATE "C" NOT NULL,
	at text COLLATE "C" NOT NULL,
	second text COLLATE "C" NOT NULL,
	second_means text COLLATE "C" NOT NULL,
	consented text COLLATE "C" NOT NULL,
	mark bytea NOT NULL
);
CREATE INDEX proposals_queue ON proposals (programme, at, id);
CREATE TABLE proposed (
	claim_id text COLLATE "C" PRIMARY KEY,
	proposal text COLLATE "C" NOT NULL,
	version bigint NOT NULL
);
CREATE INDEX proposed_proposal ON proposed (proposal, claim_id);
CREATE TABLE features (
	tag bytea NOT NULL,
	claim_id text COLLATE "C" NOT NULL,
	PRIMARY KEY (tag, claim_id)
);
CREATE INDEX features_claim ON features (claim_id);
ALTER TABLE notes ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE notes SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
ALTER TABLE features SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
`

func (r *reader) Queue(q store.QueueQuery) ([]claim.Claim, string, error) {
	if q.Limit < 1 || q.Standing == "" && q.Assigned == "" && q.Flag == "" {
		return nil, "", fmt.Errorf("a queue of at most %d claims that stand %q", q.Limit, q.Standing)
	}
	from, order, id := "claims c", "c.filed", "c.id"
	var where []string
	var args []any
	with := func(text string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			text = strings.Replace(text, "?", fmt.Sprint("$", len(args)), 1)
		}
		where = append(where, text)
	}
	switch {
	case q.Assigned != "":
		from, order, id = "assignments w JOIN claims c ON c.id = w.claim_id", "w.at", "w.claim_id"
		with("w.actor = ? AND w.programme = ?", q.Assigned, q.Programme)
	case q.Flag != "":
		from, order, id = "flags w JOIN claims c ON c.id = w.claim_id", "w.at", "w.claim_id"
		with("w.flag = ? AND w.programme = ?", q.Flag, q.Programme)
	default:
		with("c.programme = ?", q.Programme)
	}
	if q.Standing != "" {
		with("c.standing = ?", string(q.Standing))
	}
	if q.Category != "" {
		with("c.category = ?", q.Category)
	}
	if q.Flag != "" && q.Assigned != "" {
		with("EXISTS (SELECT 1 FROM flags f WHERE f.claim_id = c.id AND f.flag = ?)", q.Flag)
	}
	if q.Nobodys {
		with("NOT EXISTS (SELECT 1 FROM assignments a WHERE a.claim_id = c.id)")
	}
	if q.After != "" {
		at, last, ok := strings.Cut(q.After, " ")
		if !ok {
			return nil, "", fmt.Errorf("cursor %q: %w", q.After, store.ErrNone)
		}
		with("("+order+", "+id+") > (?, ?)", at, last)
	}
	type row struct {
		claim claim.Claim
		at    string
	}
	page, err := all(r, func(s scanner) (row, error) {
		var at string
		c, err := scanClaim(also{s, &at})
		return row{c, at}, err
	}, "SELECT "+prefixed(claimColumns)+", "+order+" FROM "+from+" WHERE "+strings.Join(where, " AND ")+
		fmt.Sprint(" ORDER BY ", order, ", ", id, " LIMIT $", len(args)+1), append(args, q.Limit)...)
	if err != nil {
		return nil, "", fmt.Errorf("read a queue: %w", err)
	}
	claims := make([]claim.Claim, len(page))
	for i := range page {
		claims[i] = page[i].claim
	}
	if len(page) < q.Limit {
		return claims, "", nil
	}
	last := page[len(page)-1]
	return claims, last.at + " " + string(last.claim.ID), nil
}

// also scans one column more than those that are asked for.
type also struct {
	scanner
	last any
}

func (a also) Scan(to ...any) error { return a.scanner.Scan(append(slices.Clip(to), a.last)...) }

// prefixed are columns of the table c.
func prefixed(columns string) string {
	list := strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
	return "c." + strings.Join(list, ", c.")
}

func (r *reader) Waiting(programme string, standing claim.Standing, category string, most int) (int, error) {
	text, args := "SELECT 1 FROM claims WHERE programme = $1 AND standing = $2", []any{programme, string(standing), most}
	if category != "" {
		text, args = text+" AND category = $4", append(args, category)
	}
	return one(r, value[int], "SELECT count(*) FROM ("+text+" LIMIT $3) AS counted", args...)
}

func scanAssignment(s scanner) (store.Assignment, error) {
	var a store.Assignment
	var at string
	if err := s.Scan(&a.Claim, &a.Programme, &a.Actor, &a.By, &at); err != nil {
		return a, err
	}
	return a, a.At.UnmarshalText([]byte(at))
}

func (r *reader) Assignments(ids []claim.ID) (map[claim.ID]store.Assignment, error) {
	found := map[claim.ID]store.Assignment{}
	list, err := all(r, scanAssignment, "SELECT claim_id, programme, actor, by_actor, at FROM assignments WHERE claim_id = ANY($1)", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	for _, a := range list {
		found[a.Claim] = a
	}
	return found, nil
}

func scanFlag(s scanner) (store.Flag, error) {
	var f store.Flag
	var at string
	if err := s.Scan(&f.Claim, &f.Flag, &f.Programme, &f.By, &at); err != nil {
		return f, err
	}
	return f, f.At.UnmarshalText([]byte(at))
}

func (r *reader) Flags(ids []claim.ID) (map[claim.ID][]store.Flag, error) {
	found := map[claim.ID][]store.Flag{}
	list, err := all(r, scanFlag, "SELECT claim_id, flag, programme, by_actor, at FROM flags WHERE claim_id = ANY($1) ORDER BY claim_id, flag", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	for _, f := range list {
		found[f.Claim] = append(found[f.Claim], f)
	}
	return found, nil
}

const noteColumns = "claim_id, number, by_actor, at, for_actor, due, done, sealed"

func scanNote(s scanner) (store.Note, error) {
	var n store.Note
	var at, due string
	if err := s.Scan(&n.Claim, &n.Number, &n.By, &at, &n.For, &due, flag{&n.Done}, &n.Sealed); err != nil {
		return n, err
	}
	if due != "" {
		if err := n.Due.UnmarshalText([]byte(due)); err != nil {
			return n, err
		}
	}
	return n, n.At.UnmarshalText([]byte(at))
}

func (r *reader) Notes(id claim.ID) ([]store.Note, error) {
	return all(r, scanNote, "SELECT "+noteColumns+" FROM notes WHERE claim_id = $1 ORDER BY number", string(id))
}

func (r *reader) Tasks(actor string, limit int) ([]store.Note, error) {
	dated := "SELECT " + noteColumns + " FROM notes WHERE for_actor = $1 AND for_actor <> '' AND done = 0 AND due %s '' ORDER BY due, claim_id, number LIMIT $2"
	list, err := all(r, scanNote, fmt.Sprintf(dated, ">"), actor, limit)
	if err != nil || len(list) == limit {
		return list, err
	}
	rest, err := all(r, scanNote, fmt.Sprintf(dated, "="), actor, limit-len(list))
	return append(list, rest...), err
}

func (r *reader) Filters(actor string) ([]store.Filter, error) {
	return all(r, func(s scanner) (store.Filter, error) {
		var f store.Filter
		return f, s.Scan(&f.Actor, &f.Name, &f.Query)
	}, "SELECT actor, name, query FROM filters WHERE actor = $1 ORDER BY name", actor)
}

const proposalColumns = "id, programme, act, about, actor, means, at, second, second_means, consented, mark"

func scanProposal(s scanner) (store.Proposal, error) {
	var p store.Proposal
	var at, consented string
	if err := s.Scan(&p.ID, &p.Programme, &p.Act, &p.About, &p.Actor, &p.Means, &at, &p.Second, &p.SecondMeans, &consented, &p.Mark); err != nil {
		return p, err
	}
	if consented != "" {
		if err := p.Consented.UnmarshalText([]byte(consented)); err != nil {
			return p, err
		}
	}
	return p, p.At.UnmarshalText([]byte(at))
}

func (r *reader) Proposal(id string) (store.Proposal, error) {
	p, err := one(r, scanProposal, "SELECT "+proposalColumns+" FROM proposals WHERE id = $1", id)
	if err != nil {
		return p, err
	}
	p.Claims, err = all(r, func(s scanner) (store.ProposedClaim, error) {
		var c store.ProposedClaim
		return c, s.Scan(&c.Claim, &c.Version)
	}, "SELECT claim_id, version FROM proposed WHERE proposal = $1 ORDER BY claim_id", id)
	return p, err
}

func (r *reader) Proposals(programme string, limit int) ([]store.Proposal, error) {
	return all(r, scanProposal, "SELECT "+proposalColumns+" FROM proposals WHERE programme = $1 ORDER BY at, id LIMIT $2", programme, limit)
}

func (r *reader) Proposed(ids []claim.ID) (map[claim.ID]string, error) {
	found := map[claim.ID]string{}
	_, err := all(r, func(s scanner) (struct{}, error) {
		var id claim.ID
		var proposal string
		err := s.Scan(&id, &proposal)
		found[id] = proposal
		return struct{}{}, err
	}, "SELECT claim_id, proposal FROM proposed WHERE claim_id = ANY($1)", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("read what is proposed: %w", err)
	}
	return found, nil
}

func (r *reader) Featured(tag []byte, limit int) ([]claim.ID, error) {
	return all(r, value[claim.ID], "SELECT claim_id FROM features WHERE tag = $1 ORDER BY claim_id LIMIT $2", tag, limit)
}

var (
	putAssignment = put("assignments", "claim_id, programme, actor, by_actor, at", 1)
	putFlag       = put("flags", "claim_id, flag, programme, by_actor, at", 2)
	putNote       = put("notes", noteColumns, 2)
	putFilter     = put("filters", "actor, name, query", 2)
	intoProposals = intoTable("proposals", proposalColumns)
	intoProposed  = intoTable("proposed", "claim_id, proposal, version")
)

func (t *tx) PutAssignment(a store.Assignment) error {
	return t.put(putAssignment, string(a.Claim), a.Programme, a.Actor, a.By, a.At.String())
}

func (t *tx) DropAssignment(id claim.ID) error {
	return t.drop("DELETE FROM assignments WHERE claim_id = $1", string(id))
}

// drop takes rows out, if they are there.
func (t *tx) drop(text string, args ...any) error {
	t.queue(text, args)
	return t.failed
}

func (t *tx) PutFlag(f store.Flag) error {
	return t.put(putFlag, string(f.Claim), f.Flag, f.Programme, f.By, f.At.String())
}

func (t *tx) DropFlag(id claim.ID, flag string) error {
	return t.drop("DELETE FROM flags WHERE claim_id = $1 AND flag = $2", string(id), flag)
}

func (t *tx) PutNote(n store.Note) error {
	return t.put(putNote, string(n.Claim), n.Number, n.By, n.At.String(), n.For, n.Due.String(), bit(n.Done), n.Sealed)
}

func (t *tx) DropNote(id claim.ID, number int64) error {
	return t.drop("DELETE FROM notes WHERE claim_id = $1 AND number = $2", string(id), number)
}

func (t *tx) PutFilter(f store.Filter) error { return t.put(putFilter, f.Actor, f.Name, f.Query) }

func (t *tx) DropFilter(actor, name string) error {
	return t.drop("DELETE FROM filters WHERE actor = $1 AND name = $2", actor, name)
}

func (t *tx) AddProposal(p store.Proposal) error {
	if err := t.insert(intoProposals, 1, func(_ int, to []any) []any {
		return append(to, p.ID, p.Programme, p.Act, p.About, p.Actor, p.Means, p.At.String(), p.Second, p.SecondMeans, instantText(p.Consented), p.Mark)
	}); err != nil {
		return fmt.Errorf("propose an act: %w", err)
	}
	if err := t.insert(intoProposed, len(p.Claims), func(i int, to []any) []any {
		return append(to, string(p.Claims[i].Claim), p.ID, int64(p.Claims[i].Version))
	}); err != nil {
		return fmt.Errorf("propose an act: %w", err)
	}
	return nil
}

func (t *tx) ConsentToProposal(p store.Proposal) error {
	t.queue("UPDATE proposals SET second = $1, second_means = $2, consented = $3, mark = $4 WHERE id = $5",
		[]any{p.Second, p.SecondMeans, instantText(p.Consented), p.Mark, p.ID})
	return t.failed
}

// instantText is an instant, or "" for none.
func instantText(at docket.Instant) string {
	if at.IsZero() {
		return ""
	}
	return at.String()
}

func (t *tx) DropProposal(id string) error {
	return cmp.Or(t.drop("DELETE FROM proposed WHERE proposal = $1", id), t.drop("DELETE FROM proposals WHERE id = $1", id))
}

func (t *tx) AddFeatures(list []store.Feature) error {
	tags, ids := make([][]byte, len(list)), make([]string, len(list))
	for i, f := range list {
		tags[i], ids[i] = f.Tag, string(f.Claim)
	}
	if len(list) > 0 {
		t.queue("INSERT INTO features (tag, claim_id) SELECT * FROM unnest($1::bytea[], $2::text[]) ON CONFLICT DO NOTHING", []any{tags, ids})
	}
	return t.failed
}

func (t *tx) DropFeatures(ids []claim.ID) error {
	return t.drop("DELETE FROM features WHERE claim_id = ANY($1)", texts(ids))
}

// caseworkTables are those that hold something of single claims.
var caseworkTables = []string{"assignments", "flags", "notes", "proposed", "features"}

func (t *tx) DropCasework(ids []claim.ID) error {
	for _, table := range caseworkTables {
		if err := t.drop("DELETE FROM "+table+" WHERE claim_id = ANY($1)", texts(ids)); err != nil {
			return fmt.Errorf("remove casework: %w", err)
		}
	}
	return nil
}
