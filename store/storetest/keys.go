package storetest

import (
	"slices"
	"testing"

	"github.com/openchancery/chancery/store"
)

// Key is a primary key, a unique key or a foreign key of a table, as a
// database's own catalogue has it.
type Key struct {
	Table   string
	Columns []string
}

// claimColumn is, for each table of a claim's own, the column that says whose
// row it is: every key must have it, so that the rows of one claim can be
// parted from those of another, and the schema stays shardable by claim.
var claimColumn = map[string]string{
	"custody": "claim_id", "contacts": "claim_id", "pauses": "claim_id", "clocks": "claim_id", "sets": "claim_id",
	"assignments": "claim_id", "flags": "claim_id", "notes": "claim_id", "proposed": "claim_id", "features": "claim_id",
	"claims": "id", "blobs": "claim_id", "codes": "claim_id", "filings": "claim_id", "mandated": "claim_id", "payments": "claim_id",
}

// streamColumn is the same for the tables of the docket, whose place is a
// stream: that of a claim names it ("claim/…"). Their other keys are the log's
// own order, which is one for the installation.
var streamColumn = map[string]string{"docket": "stream", "annexes": "stream", "leaves": "stream"}

// notOfClaims are the tables that aren't a claim's, each with its reason.
var notOfClaims = map[string]string{
	"claim_references": "reference table: it finds the claim, and is small in each row",
	"claim_numbers":    "reference table: it finds the claim, and numbers are given in one order",
	"idempotency":      "of an asker's key, which may speak of several claims or of none",
	"readings":         "the reading log is one chain for the installation",
	"unsequenced":      "the log's own: what waits for its place in the one tree",
	"annex_owners":     "the log's own: an annex speaks of many claims",
	"programmes":       "reference table: a few rows, everywhere",
	"editions":         "reference table: a few rows, everywhere",
	"actors":           "reference table: a few rows, everywhere",
	"credentials":      "reference table: a few rows, everywhere",
	"instalments":      "of a programme: it speaks of many claims",
	"lists":            "of a programme: it speaks of many claims",
	"resolutions":      "of a programme: it speaks of no claim",
	"rounds":           "of a programme: it speaks of many claims",
	"postings":         "of an account: the ledger is one for a programme",
	"balances":         "of an account: the ledger is one for a programme",
	"facts":            "of the roll and the treaties: public, and of no claim",
	"fact_streams":     "of the roll and the treaties: public, and of no claim",
	"fact_records":     "of the roll and the treaties: a row for each",
	"files":            "of a draft first: found by its own id, which the handlers of uploads know",
	"file_parts":       "of a file that is on its way: gone when it is whole",
	"drafts":           "of an actor: no claim yet",
	"own_drafts":       "of whoever holds its code: no claim yet",
	"paper_forms":      "of a draft: no claim yet",
	"sheets":           "of an organisation: no claims yet",
	"letters":          "found by its own id, which a job knows before it knows the claim",
	"paces":            "of a programme's steps: it speaks of many claims",
	"filters":          "of an actor: no claim's",
	"proposals":        "of two people: it speaks of several claims",
	"members":          "of an actor: no claim's",
	"mandates":         "of an organisation: it may cover several claims",
	"tokens":           "of an actor: no claim's",
	"webhooks":         "of an actor: no claim's",
	"shredding":        "the key store's list, of claims and drafts",
	"jobs":             "of a job's kind and key: work that is to be done, no record",
	"leases":           "the installation's own: which process does what there is one of",
	"sessions":         "of who signed in: an actor, a draft or a claim; no record",
	"tries":            "of what was tried, by keyed hash; no record",
	"sign_ins":         "of a way in, which may lead to several drafts and claims",
	"vouchers":         "of a token: what somebody began and may finish once",
	"meta":             "the installation's own",
}

// Keys holds the keys of a schema to the rule that each of a claim's tables has
// the claim's id in every one of them. An adapter's test reads them from its
// database's catalogue.
func Keys(t testing.TB, tables []store.Table, keys []Key) {
	t.Helper()
	for _, table := range tables {
		column, ofClaim := claimColumn[table.Name]
		stream, ofDocket := streamColumn[table.Name]
		_, other := notOfClaims[table.Name]
		found, placed := 0, false
		for _, key := range keys {
			if key.Table != table.Name {
				continue
			}
			found++
			placed = placed || slices.Contains(key.Columns, stream)
			if ofClaim && !slices.Contains(key.Columns, column) {
				t.Errorf("%s: the key %q is without %s: rows of different claims couldn't be parted", table.Name, key.Columns, column)
			}
		}
		switch {
		case found == 0:
			t.Errorf("%s has no key", table.Name)
		case ofDocket && !placed:
			t.Errorf("%s: no key has %s", table.Name, stream)
		case !ofClaim && !ofDocket && !other:
			t.Errorf("%s: say whether it is a claim's own (store/storetest, keys.go)", table.Name)
		}
	}
	for _, key := range keys {
		if !slices.ContainsFunc(tables, func(t store.Table) bool { return t.Name == key.Table }) {
			t.Errorf("a key of %s, which isn't listed", key.Table)
		}
	}
}
