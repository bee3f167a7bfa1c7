package sqlite

import (
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/store"
)

// schemaFiles brings evidence. blocks says of a file that its state blocks
// review and that none came in its place.
const schemaFiles = `
CREATE TABLE files (
	id TEXT PRIMARY KEY,
	draft TEXT NOT NULL,
	claim_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	actor TEXT NOT NULL,
	state TEXT NOT NULL,
	class TEXT NOT NULL,
	kind TEXT NOT NULL,
	size INTEGER NOT NULL,
	here INTEGER NOT NULL,
	object TEXT NOT NULL,
	stored INTEGER NOT NULL,
	commitment BLOB NOT NULL,
	begun TEXT NOT NULL,
	changed TEXT NOT NULL,
	reason TEXT NOT NULL,
	replaces TEXT NOT NULL,
	replaced_by TEXT NOT NULL,
	archives INTEGER NOT NULL,
	blocks INTEGER NOT NULL,
	facts BLOB NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE INDEX files_draft ON files (draft) WHERE draft <> '';
CREATE INDEX files_claim ON files (claim_id);
CREATE INDEX files_state ON files (state, changed);
CREATE INDEX files_object ON files (object) WHERE object <> '';
CREATE INDEX files_blocks ON files (claim_id) WHERE blocks = 1;
CREATE TABLE file_parts (
	file TEXT NOT NULL,
	at INTEGER NOT NULL,
	size INTEGER NOT NULL,
	object TEXT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (file, at)
) STRICT;
CREATE INDEX file_parts_object ON file_parts (object) WHERE object <> '';
CREATE TABLE custody (
	claim_id TEXT NOT NULL,
	file TEXT NOT NULL,
	number INTEGER NOT NULL,
	instant TEXT NOT NULL,
	actor TEXT NOT NULL,
	what TEXT NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (claim_id, file, number)
) STRICT, WITHOUT ROWID;
`

const (
	fileFacts     = "id, draft, claim_id, version, actor, state, class, kind, size, here, object, stored, commitment, begun, changed, reason, replaces, replaced_by, archives, blocks, facts"
	fileColumns   = fileFacts + ", sealed"
	fileNoContent = fileFacts + ", x'' AS sealed"
)

func scanFile(s scanner) (store.File, error) {
	var f store.File
	var begun, changed string
	var commitment []byte
	var blocks bool
	err := s.Scan(&f.ID, &f.Draft, &f.Claim, &f.Version, &f.Actor, &f.State, &f.Class, &f.Kind, &f.Size, &f.Here, &f.Object, &f.Stored,
		&commitment, &begun, &changed, &f.Reason, &f.Replaces, &f.ReplacedBy, &f.Archives, &blocks, &f.Facts, &f.Sealed)
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
		f.Commitment[:], f.Begun.String(), f.Changed.String(), f.Reason, f.Replaces, f.ReplacedBy, f.Archives, f.Blocks(), never(f.Facts), never(f.Sealed))
}

// never NULL is an empty byte string.
func never(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (r *reader) File(id string) (store.File, error) {
	return one(r, scanFile, "SELECT "+fileColumns+" FROM files WHERE id = ?", id)
}

func (r *reader) FilesOfDraft(draft string) ([]store.File, error) {
	if draft == "" {
		return nil, nil
	}
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE draft = ? AND draft <> '' ORDER BY begun, id", draft)
}

func (r *reader) FilesOfClaims(ids []claim.ID) (map[claim.ID][]store.File, error) {
	found := map[claim.ID][]store.File{}
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		for f, err := range each(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE draft = '' AND claim_id IN ("+marks(len(chunk))+") ORDER BY begun, id", anys(chunk)...) {
			if err != nil {
				return nil, fmt.Errorf("read files: %w", err)
			}
			found[f.Claim] = append(found[f.Claim], f)
		}
	}
	return found, nil
}

func (r *reader) NamedFiles(id claim.ID, file string, limit int) ([]store.File, error) {
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE version > 0 AND (claim_id, id) > (?, ?) ORDER BY claim_id, id LIMIT ?", string(id), file, limit)
}

func (r *reader) BlockedClaims(ids []claim.ID) (blocked []claim.ID, err error) {
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		found, err := all(r, value[claim.ID], "SELECT DISTINCT claim_id FROM files WHERE blocks = 1 AND draft = '' AND claim_id IN ("+marks(len(chunk))+")", anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("look for files that block: %w", err)
		}
		blocked = append(blocked, found...)
	}
	slices.Sort(blocked)
	return blocked, nil
}

func (r *reader) FilesIn(state evidence.State, before docket.Instant, limit int) ([]store.File, error) {
	return all(r, scanFile, "SELECT "+fileNoContent+" FROM files WHERE state = ? AND changed < ? ORDER BY changed, id LIMIT ?", string(state), before.String(), limit)
}

func (r *reader) CountFiles() (map[evidence.State]int64, error) {
	type count struct {
		state evidence.State
		n     int64
	}
	counts, err := all(r, func(s scanner) (c count, err error) { return c, s.Scan(&c.state, &c.n) }, "SELECT state, count(*) FROM files GROUP BY state")
	found := make(map[evidence.State]int64, len(counts))
	for _, c := range counts {
		found[c.state] = c.n
	}
	return found, err
}

func scanFilePart(s scanner) (store.FilePart, error) {
	var p store.FilePart
	return p, s.Scan(&p.File, &p.At, &p.Size, &p.Object, &p.Sealed)
}

func (r *reader) FileParts(file string) ([]store.FilePart, error) {
	return all(r, scanFilePart, "SELECT file, at, size, object, x'' AS sealed FROM file_parts WHERE file = ? ORDER BY at", file)
}

func (r *reader) FilePart(file string, at int64) (store.FilePart, error) {
	return one(r, scanFilePart, "SELECT file, at, size, object, sealed FROM file_parts WHERE file = ? AND at = ?", file, at)
}

func scanCustody(s scanner) (store.Custody, error) {
	var c store.Custody
	var instant string
	if err := s.Scan(&c.Claim, &c.File, &c.Number, &instant, &c.Actor, &c.What, &c.Reason); err != nil {
		return store.Custody{}, err
	}
	return c, c.Instant.UnmarshalText([]byte(instant))
}

const custodyColumns = "claim_id, file, number, instant, actor, what, reason"

func (r *reader) Custody(id claim.ID) ([]store.Custody, error) {
	return all(r, scanCustody, "SELECT "+custodyColumns+" FROM custody WHERE claim_id = ? ORDER BY file, number", string(id))
}

func (r *reader) ShelvedObjects(names []string) (map[string]bool, error) {
	found := map[string]bool{}
	for chunk := range slices.Chunk(names, idsAtOnce) {
		for _, from := range []struct{ column, table string }{{"object", "files"}, {"object", "file_parts"}, {"object", "sheets"}, {"back", "sheets"}} {
			objects, err := all(r, value[string], "SELECT "+from.column+" FROM "+from.table+" WHERE "+from.column+" <> '' AND "+from.column+" IN ("+marks(len(chunk))+")", anys(chunk)...)
			if err != nil {
				return nil, fmt.Errorf("look for objects: %w", err)
			}
			for _, object := range objects {
				found[object] = true
			}
		}
	}
	return found, nil
}

func (r *reader) ShelvedNames(behind string, limit int) ([]string, error) {
	return all(r, value[string], "SELECT object FROM files WHERE object <> '' AND object > ? ORDER BY object LIMIT ?", behind, limit)
}

func (t *tx) AddFiles(files []store.File) error {
	err := t.insert("files ("+fileColumns+")", 22, len(files), func(i int, to []any) []any { return fileRow(&files[i], to) })
	if err != nil {
		return fmt.Errorf("add files: %w", err)
	}
	return nil
}

func (t *tx) PutFile(f store.File) error { return t.put("files", fileColumns, fileRow(&f, nil)...) }

func (t *tx) DeleteFiles(ids ...string) (objects []string, err error) {
	for chunk := range slices.Chunk(ids, idsAtOnce) {
		at := marks(len(chunk))
		gone, err := all(&t.reader, value[string], "SELECT object FROM files WHERE object <> '' AND id IN ("+at+") UNION SELECT object FROM file_parts WHERE object <> '' AND file IN ("+at+")", append(anys(chunk), anys(chunk)...)...)
		if err != nil {
			return nil, fmt.Errorf("look for objects: %w", err)
		}
		objects = append(objects, gone...)
	}
	for _, text := range []string{
		"DELETE FROM custody WHERE (claim_id, file) IN (SELECT claim_id, id FROM files WHERE version = 0 AND id IN (%s))",
		"DELETE FROM file_parts WHERE file IN (%s)",
		"DELETE FROM files WHERE id IN (%s)",
	} {
		if _, err := byChunks(t, text, ids); err != nil {
			return nil, fmt.Errorf("remove files: %w", err)
		}
	}
	return objects, nil
}

func (t *tx) DeleteFilesOf(claims []claim.ID) (objects []string, err error) {
	var ids []string
	for chunk := range slices.Chunk(claims, idsAtOnce) {
		found, err := all(&t.reader, value[string], "SELECT id FROM files WHERE claim_id IN ("+marks(len(chunk))+")", anys(chunk)...)
		if err != nil {
			return nil, fmt.Errorf("look for files: %w", err)
		}
		ids = append(ids, found...)
	}
	return t.DeleteFiles(ids...)
}

func (t *tx) AddFilePart(p store.FilePart) error {
	err := t.insert("file_parts (file, at, size, object, sealed)", 5, 1, func(_ int, to []any) []any {
		return append(to, p.File, p.At, p.Size, p.Object, never(p.Sealed))
	})
	if err != nil {
		return fmt.Errorf("add a piece of a file: %w", err)
	}
	return nil
}

func (t *tx) DeleteFileParts(file string) ([]string, error) {
	objects, err := all(&t.reader, value[string], "SELECT object FROM file_parts WHERE object <> '' AND file = ?", file)
	if err != nil {
		return nil, err
	}
	_, err = t.exec("DELETE FROM file_parts WHERE file = ?", file)
	return objects, err
}

func (t *tx) AddCustody(lines []store.Custody) error {
	var numbered []store.Custody
	for _, c := range lines {
		if c.Number > 0 {
			numbered = append(numbered, c)
			continue
		}
		_, err := t.exec("INSERT INTO custody ("+custodyColumns+") SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6 FROM custody WHERE claim_id = ?1 AND file = ?2",
			string(c.Claim), c.File, c.Instant.String(), c.Actor, c.What, c.Reason)
		if err != nil {
			return fmt.Errorf("add custody: %w", err)
		}
	}
	err := t.insert("custody ("+custodyColumns+")", 7, len(numbered), func(i int, to []any) []any {
		c := &numbered[i]
		return append(to, string(c.Claim), c.File, c.Number, c.Instant.String(), c.Actor, c.What, c.Reason)
	})
	if err != nil {
		return fmt.Errorf("add custody: %w", err)
	}
	return nil
}
