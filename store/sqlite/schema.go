package sqlite

import "github.com/openchancery/chancery/store"

// tables is the one list of every table. A table that isn't in it fails the
// test that compares it with the database.
var tables = []store.Table{
	{Name: "docket", Class: store.Docket, Reason: "the entries"},
	{Name: "annexes", Class: store.Docket, Reason: "the rows of bulk acts"},
	{Name: "leaves", Class: store.Docket, Reason: "the place of each entry in the tree"},
	{Name: "unsequenced", Class: store.Derived, Reason: "the entries without a leaf"},
	{Name: "annex_owners", Class: store.Derived, Reason: "which entry carries an annex"},
	{Name: "claims", Class: store.Derived, Reason: "each claim as it stands, from its stream"},
	{Name: "claim_references", Class: store.Derived, Reason: "reference to claim, from claim.filed"},
	{Name: "claim_numbers", Class: store.Derived, Reason: "number to claim, from claim.recorded and claim.outcome_reported"},
	{Name: "programmes", Class: store.Derived, Reason: "from the programmes' streams, and the numbers given"},
	{Name: "actors", Class: store.Derived, Reason: "from the actors' streams"},
	{Name: "instalments", Class: store.Derived, Reason: "from the instalments' streams"},
	{Name: "lists", Class: store.Derived, Reason: "what was recommended to a board and decided by it, from the lists' streams"},
	{Name: "resolutions", Class: store.Derived, Reason: "what a board resolved, from the resolutions' streams"},
	{Name: "rounds", Class: store.Derived, Reason: "from the rounds' streams"},
	{Name: "payments", Class: store.Derived, Reason: "from the annexes of the rounds"},
	{Name: "postings", Class: store.Derived, Reason: "from the fund's entries"},
	{Name: "balances", Class: store.Derived, Reason: "the sums of the postings"},
	{Name: "facts", Class: store.Derived, Reason: "each fact of the roll and the treaties at its place, from their entries and rows"},
	{Name: "fact_streams", Class: store.Derived, Reason: "the version of each stream of facts, rows of annexes included"},
	{Name: "fact_records", Class: store.Derived, Reason: "how many entries stated facts of the roll and of the treaties: who holds them in memory sees that there are more"},
	{Name: "filings", Class: store.Derived, Reason: "who filed a claim by a token or as a representative, from claim.filed"},
	{Name: "members", Class: store.Derived, Reason: "to which organisation of representatives an actor belongs, from the organisations' streams"},
	{Name: "mandates", Class: store.Derived, Reason: "each mandate as it stands, from its stream"},
	{Name: "mandated", Class: store.Derived, Reason: "under which mandate a claim was filed, from claim.filed"},
	{Name: "blobs", Class: store.Kept, Reason: "sealed answers and traces: the docket holds their commitments only, so that erasure is possible"},
	{Name: "editions", Class: store.Kept, Reason: "the bytes of each rulebook edition, under the hash that the entries name"},
	{Name: "credentials", Class: store.Kept, Reason: "keyed hashes of the actors' secrets, which must never be published"},
	{Name: "tokens", Class: store.Kept, Reason: "keyed hashes of the secrets of the actors' programs, which must never be published"},
	{Name: "webhooks", Class: store.Kept, Reason: "where actors want to be told of what is published, how far each was told, and their secrets, sealed: no part of the record"},
	{Name: "codes", Class: store.Kept, Reason: "keyed hashes of the claimants' codes, which must never be published"},
	{Name: "idempotency", Class: store.Kept, Reason: "keyed hashes of the askers' keys with the first answer"},
	{Name: "readings", Class: store.Kept, Reason: "who opened what is sealed, when and why: chained by hashes, its head in the docket once a day; it has more lines than there are acts"},
	{Name: "drafts", Class: store.Kept, Reason: "claims that nobody has sent yet, sealed: no act, and gone when they are sent, discarded or expired"},
	{Name: "own_drafts", Class: store.Kept, Reason: "what claimants have begun and not sent, sealed, under their own code where they told anything sensitive: no act, and gone when it is sent, discarded or expired"},
	{Name: "paper_forms", Class: store.Kept, Reason: "forms on paper that are being keyed, as the desk lists them: no act, and gone when they are filed, discarded or expired"},
	{Name: "sheets", Class: store.Kept, Reason: "filled spreadsheets of representatives, sealed, from their check until some days after: no act, and gone when they are deleted or expired"},
	{Name: "files", Class: store.Kept, Reason: "evidence on its way and as it was found, with small content that no entry names yet: what an entry names stands in it by its commitment"},
	{Name: "file_parts", Class: store.Kept, Reason: "pieces of files that are on their way: gone when a file is whole"},
	{Name: "custody", Class: store.Kept, Reason: "who sent, checked and replaced each file, and when: the readings say who opened it"},
	{Name: "shredding", Class: store.Kept, Reason: "whose keys must still be destroyed, so that a crash between entry and key store is made good"},
	{Name: "jobs", Class: store.Kept, Reason: "work that acts left to be done after them, and schedules: gone when it is done, and no part of the record"},
	{Name: "letters", Class: store.Kept, Reason: "what claimants are told, sealed, and how far it has come on its way: it tells of acts and is none, and goes after its time"},
	{Name: "contacts", Class: store.Kept, Reason: "how claimants wish to be reached, sealed: it changes as often as they like, and is nobody's to prove"},
	{Name: "pauses", Class: store.Kept, Reason: "withdrawals that claimants think over: no act, and gone when they are made or taken back"},
	{Name: "clocks", Class: store.Kept, Reason: "the deadlines that run on claims, and of which of them somebody was told: caught up from the docket by a job"},
	{Name: "sets", Class: store.Kept, Reason: "which claims were sent together under one code: their claimant sees all of them, and nobody else does"},
	{Name: "paces", Class: store.Kept, Reason: "how long claims took to each step: caught up from the docket by a job"},
	{Name: "leases", Class: store.Kept, Reason: "which processes act, and which of them sequences, by the database's clock: no part of the record"},
	{Name: "assignments", Class: store.Kept, Reason: "whose work a claim is: no act, and undone at will"},
	{Name: "flags", Class: store.Kept, Reason: "what officers mark claims with: no act, and undone at will"},
	{Name: "notes", Class: store.Kept, Reason: "what officers write about claims, sealed under the claims' keys: no act, and gone with the claim"},
	{Name: "filters", Class: store.Kept, Reason: "the queues that each officer saved: no part of the record"},
	{Name: "proposals", Class: store.Kept, Reason: "acts that wait for a second person: no act until then"},
	{Name: "proposed", Class: store.Kept, Reason: "the claims of those acts"},
	{Name: "features", Class: store.Kept, Reason: "keyed hashes of identifying answers, to find claims by: the docket holds no such answer, and they go with the claim"},
	{Name: "sessions", Class: store.Kept, Reason: "who has signed in, by keyed hashes of their tokens: no part of the record, and gone when it ends"},
	{Name: "tries", Class: store.Kept, Reason: "how often somebody tried a wrong code, by keyed hashes: no part of the record, and forgotten after a while"},
	{Name: "sign_ins", Class: store.Kept, Reason: "the passkeys and the accounts elsewhere by which people sign in: keyed hashes and public keys, which would tell whose claims are one person's"},
	{Name: "vouchers", Class: store.Kept, Reason: "invitations and ceremonies under way, by keyed hashes of their tokens: each is good once, and for a while"},
	{Name: "meta", Class: store.Kept, Reason: "the log's origin and the schema's number, given once by init"},
}

// migrations is append-only: the n-th brings the schema from n to n+1, in one
// transaction. A step that has shipped is never changed.
var migrations = []string{schema1, schemaCodes, schemaReadings, schemaErasure, schemaJobs + schemaLeases, schemaFacts, schemaSessions + schemaTries, schemaSignIns, schemaOwnDrafts, schemaFiles, schemaTokens, schemaBoard, schemaCorrespondence, schemaCasework, schemaMandates, schemaOwnWays, schemaPaper, schemaInOrder, schemaSheets}

// schemaInOrder has first answers lie in the order in which they came, with an index
// of their tags, which are chance: in the order of their tags each would touch a page of
// its own, and rows are ten times as wide as tags.
const schemaInOrder = `
DROP INDEX idempotency_claim;
ALTER TABLE idempotency RENAME TO idempotency_by_tag;
CREATE TABLE idempotency (
	tag BLOB PRIMARY KEY,
	fingerprint BLOB NOT NULL,
	answer BLOB NOT NULL,
	claim_id TEXT NOT NULL
) STRICT;
INSERT INTO idempotency (tag, fingerprint, answer, claim_id) SELECT tag, fingerprint, answer, claim_id FROM idempotency_by_tag;
DROP TABLE idempotency_by_tag;
CREATE INDEX idempotency_claim ON idempotency (claim_id) WHERE claim_id <> '';
`

// In the docket, seq is the order in which entries came in: it matters until an
// entry has its leaf, and is no part of the record.
const schema1 = `
CREATE TABLE docket (
	seq INTEGER PRIMARY KEY,
	stream TEXT NOT NULL,
	version INTEGER NOT NULL,
	salt BLOB NOT NULL,
	bytes BLOB NOT NULL,
	UNIQUE (stream, version)
) STRICT;
CREATE TABLE annexes (
	root BLOB NOT NULL,
	row INTEGER NOT NULL,
	stream TEXT NOT NULL,
	version INTEGER NOT NULL,
	salt BLOB NOT NULL,
	commitment BLOB NOT NULL,
	bytes BLOB NOT NULL,
	PRIMARY KEY (root, row),
	UNIQUE (stream, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE leaves (
	leaf INTEGER PRIMARY KEY,
	stream TEXT NOT NULL,
	version INTEGER NOT NULL,
	commitment BLOB NOT NULL,
	UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER docket_no_update BEFORE UPDATE ON docket BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;
CREATE TRIGGER docket_no_delete BEFORE DELETE ON docket BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;
CREATE TRIGGER annexes_no_update BEFORE UPDATE ON annexes BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;
CREATE TRIGGER annexes_no_delete BEFORE DELETE ON annexes BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;
CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;
CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves BEGIN SELECT RAISE(ABORT, 'the docket is append-only'); END;

CREATE TABLE unsequenced (
	seq INTEGER PRIMARY KEY,
	stream TEXT NOT NULL,
	version INTEGER NOT NULL
) STRICT;
CREATE TABLE annex_owners (
	root BLOB PRIMARY KEY,
	stream TEXT NOT NULL,
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
	id TEXT PRIMARY KEY,
	programme TEXT NOT NULL,
	version INTEGER NOT NULL,
	standing TEXT NOT NULL,
	reference TEXT NOT NULL,
	number TEXT NOT NULL,
	serial INTEGER NOT NULL,
	category TEXT NOT NULL,
	claimant TEXT NOT NULL,
	edition BLOB NOT NULL,
	received TEXT NOT NULL,
	filed TEXT NOT NULL,
	source TEXT NOT NULL,
	row INTEGER NOT NULL,
	claimed TEXT NOT NULL,
	answers TEXT NOT NULL,
	blank TEXT NOT NULL,
	missing TEXT NOT NULL,
	ground TEXT NOT NULL,
	outcome TEXT NOT NULL,
	reported INTEGER NOT NULL,
	award_stated INTEGER NOT NULL,
	award_minor INTEGER NOT NULL,
	award_currency TEXT NOT NULL,
	rule TEXT NOT NULL,
	instalment INTEGER NOT NULL,
	ordered_minor INTEGER NOT NULL,
	ordered_currency TEXT NOT NULL,
	paid_minor INTEGER NOT NULL,
	paid_currency TEXT NOT NULL
) STRICT;
CREATE INDEX claims_queue ON claims (programme, standing, filed, id);
CREATE INDEX claims_instalment ON claims (programme, instalment, serial) WHERE instalment > 0;
CREATE TABLE claim_references (
	reference TEXT PRIMARY KEY,
	claim_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE claim_numbers (
	number TEXT PRIMARY KEY,
	claim_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE blobs (
	claim_id TEXT NOT NULL,
	version INTEGER NOT NULL,
	name TEXT NOT NULL,
	class TEXT NOT NULL,
	sealed BLOB NOT NULL,
	PRIMARY KEY (claim_id, version, name)
) STRICT;

CREATE TABLE programmes (
	id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	edition BLOB NOT NULL,
	edition_number TEXT NOT NULL,
	opened TEXT NOT NULL,
	last_serial INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE editions (
	hash BLOB PRIMARY KEY,
	bytes BLOB NOT NULL
) STRICT;
CREATE TABLE actors (
	id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	capacities TEXT NOT NULL,
	ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (
	actor TEXT PRIMARY KEY,
	verifier BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (
	tag BLOB PRIMARY KEY,
	fingerprint BLOB NOT NULL,
	answer BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE instalments (
	programme TEXT NOT NULL,
	number INTEGER NOT NULL,
	version INTEGER NOT NULL,
	state TEXT NOT NULL,
	proposed_by TEXT NOT NULL,
	adopted_by TEXT NOT NULL,
	claims INTEGER NOT NULL,
	awards INTEGER NOT NULL,
	dismissals INTEGER NOT NULL,
	total TEXT NOT NULL,
	PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE rounds (
	programme TEXT NOT NULL,
	number INTEGER NOT NULL,
	version INTEGER NOT NULL,
	payments INTEGER NOT NULL,
	ordered TEXT NOT NULL,
	paid INTEGER NOT NULL,
	returned INTEGER NOT NULL,
	PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE payments (
	claim_id TEXT NOT NULL,
	programme TEXT NOT NULL,
	round INTEGER NOT NULL,
	amount TEXT NOT NULL,
	state TEXT NOT NULL,
	PRIMARY KEY (claim_id, programme, round)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_round ON payments (programme, round, state, claim_id);
CREATE TABLE postings (
	stream TEXT NOT NULL,
	version INTEGER NOT NULL,
	line INTEGER NOT NULL,
	programme TEXT NOT NULL,
	account TEXT NOT NULL,
	currency TEXT NOT NULL,
	minor INTEGER NOT NULL,
	PRIMARY KEY (stream, version, line)
) STRICT, WITHOUT ROWID;
CREATE TABLE balances (
	programme TEXT NOT NULL,
	account TEXT NOT NULL,
	currency TEXT NOT NULL,
	minor INTEGER NOT NULL,
	PRIMARY KEY (programme, account, currency)
) STRICT, WITHOUT ROWID;
`

const schemaCodes = `
CREATE TABLE codes (
	claim_id TEXT PRIMARY KEY,
	hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`
