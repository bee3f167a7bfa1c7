package postgres

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
	{Name: "meta", Class: store.Kept, Reason: "the log's origin, given once by init"},
}

// rights are what the application's role may do with each table, and nothing
// else: what only grows may only be added to. The docket, its annexes and
// leaves and the reading log are guarded by triggers too.
var rights = map[string]string{
	"docket": "SELECT, INSERT", "annexes": "SELECT, INSERT", "leaves": "SELECT, INSERT", "readings": "SELECT, INSERT",
	"unsequenced": "SELECT, INSERT, DELETE", "annex_owners": "SELECT, INSERT",
	"claims": "SELECT, INSERT, UPDATE", "claim_references": "SELECT, INSERT", "claim_numbers": "SELECT, INSERT, UPDATE",
	"programmes": "SELECT, INSERT, UPDATE", "actors": "SELECT, INSERT, UPDATE",
	"lists": "SELECT, INSERT, UPDATE", "resolutions": "SELECT, INSERT, UPDATE",
	"instalments": "SELECT, INSERT, UPDATE", "rounds": "SELECT, INSERT, UPDATE",
	"payments": "SELECT, INSERT, UPDATE", "postings": "SELECT, INSERT", "balances": "SELECT, INSERT, UPDATE",
	"facts": "SELECT, INSERT", "fact_streams": "SELECT, INSERT, UPDATE", "fact_records": "SELECT, INSERT, UPDATE",
	"blobs": "SELECT, INSERT, DELETE", "editions": "SELECT, INSERT, UPDATE", "credentials": "SELECT, INSERT, UPDATE",
	"codes": "SELECT, INSERT, UPDATE", "idempotency": "SELECT, INSERT, UPDATE",
	"letters": "SELECT, INSERT, UPDATE, DELETE", "contacts": "SELECT, INSERT, UPDATE, DELETE", "pauses": "SELECT, INSERT, UPDATE, DELETE",
	"clocks": "SELECT, INSERT, UPDATE, DELETE", "paces": "SELECT, INSERT, UPDATE", "sets": "SELECT, INSERT, DELETE",
	"drafts": "SELECT, INSERT, UPDATE, DELETE", "own_drafts": "SELECT, INSERT, UPDATE, DELETE", "paper_forms": "SELECT, INSERT, UPDATE, DELETE", "shredding": "SELECT, INSERT, DELETE", "meta": "SELECT, INSERT, UPDATE",
	"files": "SELECT, INSERT, UPDATE, DELETE", "file_parts": "SELECT, INSERT, DELETE", "custody": "SELECT, INSERT, DELETE",
	"members": "SELECT, INSERT, UPDATE, DELETE", "mandates": "SELECT, INSERT, UPDATE", "mandated": "SELECT, INSERT",
	"filings": "SELECT, INSERT", "tokens": "SELECT, INSERT, UPDATE", "webhooks": "SELECT, INSERT, UPDATE",
	"assignments": "SELECT, INSERT, UPDATE, DELETE", "flags": "SELECT, INSERT, UPDATE, DELETE",
	"notes": "SELECT, INSERT, UPDATE, DELETE", "filters": "SELECT, INSERT, UPDATE, DELETE",
	"proposals": "SELECT, INSERT, UPDATE, DELETE", "proposed": "SELECT, INSERT, DELETE", "features": "SELECT, INSERT, DELETE",
	"jobs": "SELECT, INSERT, UPDATE, DELETE", "leases": "SELECT, INSERT, UPDATE, DELETE", "sheets": "SELECT, INSERT, UPDATE, DELETE",
	"sessions": "SELECT, INSERT, UPDATE, DELETE", "tries": "SELECT, INSERT, UPDATE, DELETE",
	"sign_ins": "SELECT, INSERT, UPDATE, DELETE", "vouchers": "SELECT, INSERT, UPDATE, DELETE",
}

// guarded are the tables that nobody may change, the owner neither, with the
// sentence that says so.
var guarded = []struct{ table, refusal string }{
	{"docket", "the docket is append-only"},
	{"annexes", "the docket is append-only"},
	{"leaves", "the docket is append-only"},
	{"readings", "the reading log is append-only"},
}

// scrubbed are the tables out of which an erasure deletes; those of the first
// schema among them are told to the server there.
var (
	scrubbedFirst = []string{"blobs", "idempotency", "drafts"}
	scrubbed      = append(scrubbedFirst[:3:3], "files", "file_parts", "letters", "contacts", "notes", "features", "assignments", "flags", "proposed")
)

// migrations is append-only: the n-th brings the schema from n to n+1. A step
// that has shipped is never changed. Tables and columns are those of the
// embedded store, in the same order: bigint, text in the order of its bytes,
// and bytea, none of them null.
var migrations = []string{schemaDocket + schemaClaims + schemaOffice + schemaFund + schemaGuards(), schemaJobs + schemaLeases, schemaFacts, schemaSessions + schemaTries, schemaSignIns, schemaOwnDrafts, schemaFiles, schemaTokens, schemaBoard, schemaCorrespondence, schemaCasework, schemaMandates, schemaOwnWays, schemaPaper, schemaSheets}

// In the docket, seq is the order in which entries came in: it matters until an
// entry has its leaf, and is no part of the record. A version of a stream is
// appended by who saw the one before it committed, so that it draws a higher
// seq; between streams the order of seq need not be that of the commits.
const schemaDocket = `
CREATE TABLE docket (
	seq bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	salt bytea NOT NULL,
	bytes bytea NOT NULL,
	UNIQUE (stream, version)
);
CREATE TABLE annexes (
	root bytea NOT NULL,
	row bigint NOT NULL,
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	salt bytea NOT NULL,
	commitment bytea NOT NULL,
	bytes bytea NOT NULL,
	PRIMARY KEY (root, row),
	UNIQUE (stream, version)
);
CREATE TABLE leaves (
	leaf bigint PRIMARY KEY,
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	commitment bytea NOT NULL,
	UNIQUE (stream, version)
);
CREATE TABLE unsequenced (
	seq bigint PRIMARY KEY,
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL
);
CREATE TABLE annex_owners (
	root bytea PRIMARY KEY,
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL
);
CREATE TABLE readings (
	number bigint PRIMARY KEY,
	claim_id text COLLATE "C" NOT NULL,
	actor text COLLATE "C" NOT NULL,
	day text COLLATE "C" NOT NULL,
	person bigint NOT NULL,
	alarm bigint NOT NULL,
	line bytea NOT NULL,
	hash bytea NOT NULL
);
CREATE INDEX readings_claim ON readings (claim_id);
CREATE INDEX readings_person ON readings (actor, day, claim_id) WHERE person = 1;
CREATE INDEX readings_alarm ON readings (day, actor, alarm) WHERE alarm > 0;
-- Rows come and go with every entry: what went must not be walked over.
ALTER TABLE unsequenced SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
`

const schemaClaims = `
CREATE TABLE claims (
	id text COLLATE "C" PRIMARY KEY,
	programme text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	standing text COLLATE "C" NOT NULL,
	reference text COLLATE "C" NOT NULL,
	number text COLLATE "C" NOT NULL,
	serial bigint NOT NULL,
	category text COLLATE "C" NOT NULL,
	claimant text COLLATE "C" NOT NULL,
	edition bytea NOT NULL,
	received text COLLATE "C" NOT NULL,
	filed text COLLATE "C" NOT NULL,
	source text COLLATE "C" NOT NULL,
	row bigint NOT NULL,
	claimed text COLLATE "C" NOT NULL,
	answers text COLLATE "C" NOT NULL,
	blank text COLLATE "C" NOT NULL,
	missing text COLLATE "C" NOT NULL,
	ground text COLLATE "C" NOT NULL,
	outcome text COLLATE "C" NOT NULL,
	reported bigint NOT NULL,
	award_stated bigint NOT NULL,
	award_minor bigint NOT NULL,
	award_currency text COLLATE "C" NOT NULL,
	rule text COLLATE "C" NOT NULL,
	instalment bigint NOT NULL,
	ordered_minor bigint NOT NULL,
	ordered_currency text COLLATE "C" NOT NULL,
	paid_minor bigint NOT NULL,
	paid_currency text COLLATE "C" NOT NULL,
	holds text COLLATE "C" NOT NULL,
	erased text COLLATE "C" NOT NULL,
	keys_gone_by text COLLATE "C" NOT NULL
);
CREATE INDEX claims_queue ON claims (programme, standing, filed, id);
CREATE INDEX claims_instalment ON claims (programme, instalment, serial) WHERE instalment > 0;
CREATE INDEX claims_erased ON claims (id) WHERE erased <> '';
CREATE TABLE claim_references (
	reference text COLLATE "C" PRIMARY KEY,
	claim_id text COLLATE "C" NOT NULL
);
CREATE TABLE claim_numbers (
	number text COLLATE "C" PRIMARY KEY,
	claim_id text COLLATE "C" NOT NULL
);
CREATE TABLE blobs (
	claim_id text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	name text COLLATE "C" NOT NULL,
	class text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL,
	PRIMARY KEY (claim_id, version, name)
);
-- What is sealed doesn't compress.
ALTER TABLE blobs ALTER sealed SET STORAGE EXTERNAL;
CREATE TABLE codes (
	claim_id text COLLATE "C" PRIMARY KEY,
	hash bytea NOT NULL
);
CREATE TABLE payments (
	claim_id text COLLATE "C" NOT NULL,
	programme text COLLATE "C" NOT NULL,
	round bigint NOT NULL,
	amount text COLLATE "C" NOT NULL,
	state text COLLATE "C" NOT NULL,
	PRIMARY KEY (claim_id, programme, round)
);
CREATE INDEX payments_round ON payments (programme, round, state, claim_id);
`

const schemaOffice = `
CREATE TABLE programmes (
	id text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	edition bytea NOT NULL,
	edition_number text COLLATE "C" NOT NULL,
	opened text COLLATE "C" NOT NULL,
	last_serial bigint NOT NULL
);
CREATE TABLE editions (
	hash bytea PRIMARY KEY,
	bytes bytea NOT NULL
);
CREATE TABLE actors (
	id text COLLATE "C" PRIMARY KEY,
	version bigint NOT NULL,
	capacities text COLLATE "C" NOT NULL,
	ended bigint NOT NULL
);
CREATE TABLE credentials (
	actor text COLLATE "C" PRIMARY KEY,
	verifier bytea NOT NULL
);
CREATE TABLE idempotency (
	tag bytea PRIMARY KEY,
	fingerprint bytea NOT NULL,
	answer bytea NOT NULL,
	claim_id text COLLATE "C" NOT NULL
);
CREATE INDEX idempotency_claim ON idempotency (claim_id) WHERE claim_id <> '';
CREATE TABLE meta (
	key text COLLATE "C" PRIMARY KEY,
	value text COLLATE "C" NOT NULL
);
CREATE TABLE instalments (
	programme text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	version bigint NOT NULL,
	state text COLLATE "C" NOT NULL,
	proposed_by text COLLATE "C" NOT NULL,
	adopted_by text COLLATE "C" NOT NULL,
	claims bigint NOT NULL,
	awards bigint NOT NULL,
	dismissals bigint NOT NULL,
	total text COLLATE "C" NOT NULL,
	PRIMARY KEY (programme, number)
);
CREATE TABLE drafts (
	id text COLLATE "C" PRIMARY KEY,
	actor text COLLATE "C" NOT NULL,
	programme text COLLATE "C" NOT NULL,
	category text COLLATE "C" NOT NULL,
	updated text COLLATE "C" NOT NULL,
	expires text COLLATE "C" NOT NULL,
	sealed bytea NOT NULL
);
ALTER TABLE drafts ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX drafts_actor ON drafts (actor, id);
CREATE INDEX drafts_expires ON drafts (expires);
CREATE TABLE shredding (
	id text COLLATE "C" PRIMARY KEY
);
`

const schemaFund = `
CREATE TABLE rounds (
	programme text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	version bigint NOT NULL,
	payments bigint NOT NULL,
	ordered text COLLATE "C" NOT NULL,
	paid bigint NOT NULL,
	returned bigint NOT NULL,
	PRIMARY KEY (programme, number)
);
CREATE TABLE postings (
	stream text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	line bigint NOT NULL,
	programme text COLLATE "C" NOT NULL,
	account text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL,
	minor bigint NOT NULL,
	PRIMARY KEY (stream, version, line)
);
CREATE TABLE balances (
	programme text COLLATE "C" NOT NULL,
	account text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL,
	minor bigint NOT NULL,
	PRIMARY KEY (programme, account, currency)
);
`

// schemaGuards are the triggers of what is append-only, and how soon the server
// clears up after an erasure. The triggers fire in sessions that replay what
// another server did, too.
func schemaGuards() string {
	text := `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$;
`
	for _, g := range guarded {
		text += "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON " + g.table +
			" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('" + g.refusal + "');\n" +
			"ALTER TABLE " + g.table + " ENABLE ALWAYS TRIGGER append_only;\n"
	}
	for _, table := range scrubbedFirst {
		text += "ALTER TABLE " + table + " SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);\n"
	}
	return text
}
