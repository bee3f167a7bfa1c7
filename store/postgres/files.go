package postgres

import (
	"cmp"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/store"
)

// schemaFiles brings evidence. blocks says of a file that its state blocks
// review and that none came in its place.
const schemaFiles = `
CREATE TABLE files (
	id text COLLATE "C" PRIMARY KEY,
	draft text COLLATE "C" NOT NULL,
	claim_id text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	actor text COLLATE "C" NOT NULL,
	state text COLLATE "C" NOT NULL,
	class text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL,
	size bigint NOT NULL,
	here bigint NOT NULL,
	object text COLLATE "C" NOT NULL,
	stored bigint NOT NULL,
	commitment bytea NOT NULL,
	begun text COLLATE "C" NOT NULL,
	changed text COLLATE "C" NOT NULL,
	reason text COLLATE "C" NOT NULL,
	replaces text COLLATE "C" NOT NULL,
	replaced_by text COLLATE "C" NOT NULL,
	archives bigint NOT NULL,
	blocks bigint NOT NULL,
	facts bytea NOT NULL,
	sealed bytea NOT NULL
);
-- What is sealed doesn't compress.
ALTER TABLE files ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX files_draft ON files (draft) WHERE draft <> '';
CREATE INDEX files_claim ON files (claim_id);
CREATE INDEX files_state ON files (state, changed);
CREATE INDEX files_object ON files (object) WHERE object <> '';
CREATE INDEX files_blocks ON files (claim_id) WHERE blocks = 1;
CREATE TABLE file_parts (
	file text COLLATE "C" NOT NULL,
	at bigint NOT NULL,
	size bigint NOT NULL,
	object text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL,
	PRIMARY KEY (file, at)
);
ALTER TABLE file_parts ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX file_parts_object ON file_parts (object) WHERE object <> '';
CREATE TABLE custody (
	claim_id text COLLATE "C" NOT NULL,
	file text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	instant text COLLATE "C" NOT NULL,
	actor text COLLATE "C" NOT NULL,
	what text COLLATE "C" NOT NULL,
	reason text COLLATE "C" NOT NULL,
	PRIMARY KEY (claim_id, file, number)
);
ALTER TABLE files SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
ALTER TABLE file_parts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
`

const (
	fileFacts     = "id, draft, claim_id, version, actor, state, class, kind, size, here, object, stored, commitment, begun, changed, reason, replaces, replaced_by, archives, blocks, facts"
	fileColumns   = fileFacts + ", sealed"
	fileNoContent = fileFacts + ", ''::bytea AS sealed"

	custodyColumns = "claim_id, file, number, instant, actor, what, reason"
)

var (
	intoFiles   = intoTable("files", fileColumns)
	putFile     = put("files", fileColumns, 1)
	intoParts   = intoTable("file_parts", "file, at, size, object, sealed")
	intoCustody = intoTable("custody", custodyColumns)
)

func scanFile(s scanner) (store.File, error) {
	var f store.File
	var begun, changed string
	var commitment []byte
	var blocks bool
	err := s.Scan(&f.ID, &f.Draft, &f.Claim, &f.Version, &f.Actor, &f.State, &f.Class, &f.Kind, &f.Size, &f.Here, &f.Object, &f.Stored,
		&commitment, &begun, &changed, &f.Reason, &f.Replaces, &f.ReplacedBy, flag{&f.Archives}, flag{&blocks}, &f.Facts, &f.Sealed)
	if err != nil {
		return store.File{}, err
	}
	f.Commitment = docket.Hash(sized(commitment))
	if err := f.Begun.UnmarshalText([]byte(begun)); err != nil {
		return store.File{}, err
	}
	return f, f.Changed.UnmarshalText([]byte(changed))
}

func fileRow(f *store.File, to []any) []any {
	return append(to, f.ID, f.Draft, string(f.Claim), int64(f.Version), f.Actor, string(f.State), f.Class, f.Kind, f.Size, f.Here, f.Object, f.Stored,
		f.Commitment[:], f.Begun.String(), f.Changed.String(), f.Reason, f.Replaces, f.ReplacedBy, bit(f.Archives), bit(f.Blocks()), f.Facts, f.Sealed)
}

func (r *reader) File(id string) (store.File, error) {
	return one(r, scanFile, "SELECT "+fileColumns+" FROM files WHERE id = $1", id)
}

func (r *reader) FilesOfDraft(draft string) ([]store.File, error) {
	if draft == "" {
		return nil, nil
	}
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE draft = $1 AND draft <> '' ORDER BY begun, id", draft)
}

func (r *reader) FilesOfClaims(ids []claim.ID) (map[claim.ID][]store.File, error) {
	list, err := all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE draft = '' AND claim_id = ANY($1) ORDER BY begun, id", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	found := map[claim.ID][]store.File{}
	for _, f := range list {
		found[f.Claim] = append(found[f.Claim], f)
	}
	return found, nil
}

func (r *reader) NamedFiles(id claim.ID, file string, limit int) ([]store.File, error) {
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE version > 0 AND (claim_id, id) > ($1, $2) ORDER BY claim_id, id LIMIT $3", string(id), file, limit)
}

func (r *reader) BlockedClaims(ids []claim.ID) ([]claim.ID, error) {
	blocked, err := all(r, value[claim.ID], "SELECT DISTINCT claim_id FROM files WHERE blocks = 1 AND draft = '' AND claim_id = ANY($1) ORDER BY claim_id", texts(ids))
	if err != nil {
		return nil, fmt.Errorf("look for files that block: %w", err)
	}
	return blocked, nil
}

func (r *reader) FilesIn(state evidence.State, before docket.Instant, limit int) ([]store.File, error) {
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE state = $1 AND changed < $2 ORDER BY changed, id LIMIT $3", string(state), before.String(), limit)
}

func (r *reader) CountFiles() (map[evidence.State]int64, error) {
	found := map[evidence.State]int64{}
	_, err := all(r, func(s scanner) (n int64, err error) {
		var state evidence.State
		err = s.Scan(&state, &n)
		found[state] = n
		return n, err
	}, "SELECT state, count(*) FROM files GROUP BY state")
	return found, err
}

func scanFilePart(s scanner) (store.FilePart, error) {
	var p store.FilePart
	return p, s.Scan(&p.File, &p.At, &p.Size, &p.Object, &p.Sealed)
}

func (r *reader) FileParts(file string) ([]store.FilePart, error) {
	return all(r, scanFilePart, "SELECT file, at, size, object, ''::bytea AS sealed FROM file_parts WHERE file = $1 ORDER BY at", file)
}

func (r *reader) FilePart(file string, at int64) (store.FilePart, error) {
	return one(r, scanFilePart, "SELECT file, at, size, object, sealed FROM file_parts WHERE file = $1 AND at = $2", file, at)
}

func scanCustody(s scanner) (store.Custody, error) {
	var c store.Custody
	var instant string
	if err := s.Scan(&c.Claim, &c.File, &c.Number, &instant, &c.Actor, &c.What, &c.Reason); err != nil {
		return store.Custody{}, err
	}
	return c, c.Instant.UnmarshalText([]byte(instant))
}

func (r *reader) Custody(id claim.ID) ([]store.Custody, error) {
	return all(r, scanCustody, "SELECT "+custodyColumns+" FROM custody WHERE claim_id = $1 ORDER BY file, number", string(id))
}

func (r *reader) ShelvedObjects(names []string) (map[string]bool, error) {
	objects, err := all(r, value[string], `SELECT object FROM files WHERE object <> '' AND object = ANY($1) UNION SELECT object FROM file_parts WHERE object <> '' AND object = ANY($1)
		UNION SELECT object FROM sheets WHERE object <> '' AND object = ANY($1) UNION SELECT back FROM sheets WHERE back <> '' AND back = ANY($1)`, names)
	if err != nil {
		return nil, fmt.Errorf("look for objects: %w", err)
	}
	found := make(map[string]bool, len(objects))
	for _, object := range objects {
		found[object] = true
	}
	return found, nil
}

func (r *reader) ShelvedNames(behind string, limit int) ([]string, error) {
	return all(r, value[string], "SELECT object FROM files WHERE object <> '' AND object > $1 ORDER BY object LIMIT $2", behind, limit)
}

func (t *tx) AddFiles(files []store.File) error {
	err := t.insert(intoFiles, len(files), func(i int, to []any) []any { return fileRow(&files[i], to) })
	if err != nil {
		return fmt.Errorf("add files: %w", err)
	}
	return nil
}

func (t *tx) PutFile(f store.File) error { return t.put(putFile, fileRow(&f, nil)...) }

func (t *tx) DeleteFiles(ids ...string) (objects []string, err error) {
	objects, err = all(&t.reader, value[string], "SELECT object FROM files WHERE object <> '' AND id = ANY($1) UNION SELECT object FROM file_parts WHERE object <> '' AND file = ANY($1)", ids)
	if err != nil {
		return nil, fmt.Errorf("look for objects: %w", err)
	}
	t.queue("DELETE FROM custody WHERE (claim_id, file) IN (SELECT claim_id, id FROM files WHERE version = 0 AND id = ANY($1))", []any{ids})
	t.queue("DELETE FROM file_parts WHERE file = ANY($1)", []any{ids})
	t.queue("DELETE FROM files WHERE id = ANY($1)", []any{ids})
	return objects, t.failed
}

func (t *tx) DeleteFilesOf(claims []claim.ID) (objects []string, err error) {
	ids, err := all(&t.reader, value[string], "SELECT id FROM files WHERE claim_id = ANY($1)", texts(claims))
	if err != nil {
		return nil, fmt.Errorf("look for files: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return t.DeleteFiles(ids...)
}

func (t *tx) AddFilePart(p store.FilePart) error {
	err := t.insert(intoParts, 1, func(_ int, to []any) []any { return append(to, p.File, p.At, p.Size, p.Object, p.Sealed) })
	if err != nil {
		return fmt.Errorf("add a piece of a file: %w", err)
	}
	return nil
}

func (t *tx) DeleteFileParts(file string) ([]string, error) {
	objects, err := all(&t.reader, value[string], "SELECT object FROM file_parts WHERE object <> '' AND file = $1", file)
	t.queue("DELETE FROM file_parts WHERE file = $1", []any{file})
	return objects, cmp.Or(err, t.failed)
}

func (t *tx) AddCustody(lines []store.Custody) error {
	var numbered []store.Custody
	for _, c := range lines {
		if c.Number > 0 {
			numbered = append(numbered, c)
			continue
		}
		t.queue("INSERT INTO custody ("+custodyColumns+") SELECT $1::text, $2::text, coalesce(max(number), 0) + 1, $3::text, $4::text, $5::text, $6::text FROM custody WHERE claim_id = $1::text AND file = $2::text",
			[]any{string(c.Claim), c.File, c.Instant.String(), c.Actor, c.What, c.Reason})
	}
	err := t.insert(intoCustody, len(numbered), func(i int, to []any) []any {
		c := &numbered[i]
		return append(to, string(c.Claim), c.File, c.Number, c.Instant.String(), c.Actor, c.What, c.Reason)
	})
	if err != nil {
		return fmt.Errorf("add custody: %w", err)
	}
	return nil
}
