package arch

import (
	"fmt"
	"slices"
	"strings"
)

// Room is one row of the import table: what a package may know.
type Room struct {
	Path  string   // "store/sqlite"; a last element "..." stands for all below
	Knows []string // the house's packages that it may import; "..." is any
	Takes []string // the modules of others that it may import; "..." is any
	Pure  bool     // no I/O, clock, randomness, SQL or HTTP
	Why   string   // printed when an import is not in the row
}

// The groups that rows share.
var (
	values = []string{"day", "money", "fault", "internal/flaw"}
	domain = []string{"docket", "roll", "treaty", "place", "rulebook", "claim", "evidence", "paper", "linkage", "board", "commission", "fund", "press"}
	inside = slices.Concat(values, domain, []string{"store", "office", "catalogue", "rulebooks"}) // what an edge sees
)

// any stands in Knows and Takes for no limit.
var anything = []string{"..."}

func and(groups ...[]string) []string { return slices.Concat(groups...) }

// Rooms is the import table of the house. A package without a row fails the
// test: whoever opens a room says here what it may know, and why.
var Rooms = []Room{
	// Values.
	{"day", nil, nil, true, "a value is known by every room, so it knows none and takes nothing but the standard library"},
	{"money", nil, nil, true, "a value is known by every room, so it knows none and takes nothing but the standard library"},
	{"fault", nil, nil, true, "a value is known by every room, so it knows none and takes nothing but the standard library"},

	// The domain, each room knowing those before it by ids and outcomes only.
	{"docket", []string{"day", "fault"}, nil, true, "the docket is a format for ever: it knows no act's content and hangs on no library that may change it"},
	{"roll", and(values, []string{"docket"}), nil, true, "the roll is the first of the domain: it knows entries and values"},
	{"place", and(values), nil, true, "a list of places turns rows into places and answers which lies in which; where the list is kept and who asks is not its business"},
	{"treaty", and(values, []string{"docket", "roll"}), nil, true, "the roll says who may sign; a treaty knows no claim and no money's way"},
	{"rulebook", values, []string{"cel.dev/cel-go", "cel.dev/expr", "github.com/goccy/go-yaml", "github.com/santhosh-tekuri/jsonschema", "github.com/cockroachdb/apd", "google.golang.org/protobuf", "golang.org/x/text"}, true, "an edition turns YAML and CEL into values and knows none of the rooms that ask it"},
	{"claim", and(values, []string{"docket", "rulebook"}), nil, true, "a claim knows its rulebook and its entries, not who groups, links or pays it"},
	{"evidence", values, nil, true, "how far a file has come, and what its owner can do: it sees no content, no claim and no clock"},
	{"paper", and(values, []string{"rulebook", "claim"}), nil, true, "a form on paper is known by its number and its questions: it sees no scan, no clerk's account and no claim but the form of its reference"},
	{"linkage", and(values, []string{"docket", "rulebook"}), nil, true, "linkage compares features, never claims"},
	{"board", and(values, []string{"docket"}), nil, true, "a board's lists and resolutions know claims by what became of them, never the claim"},
	{"commission", and(values, []string{"docket", "rulebook"}), nil, true, "the commission knows claims by number and finding, never the claim"},
	{"fund", and(values, []string{"docket", "rulebook"}), nil, true, "the fund sees a claim's number and an award, never a claim"},
	{"press", and(values, []string{"docket"}), nil, true, "what is published is made from figures, so that nothing sealed can come within its reach"},

	// The application, the only place where things meet.
	{"store", and(values, domain), nil, false, "the interfaces that office needs, in the domain's types, so that any database fits below"},
	{"office", and(values, domain, []string{"store", "internal/groupcommit"}), []string{"golang.org/x/sync"}, false, "an act is the same on every store, vault and log: office meets them by interfaces, and knows no edge"},

	// What plugs in below. They meet in cmd and nowhere else.
	{"store/sqlite", and(values, domain, []string{"store", "internal/groupcommit"}), []string{"modernc.org/sqlite", "modernc.org/libc", "golang.org/x/sync"}, false, "a store keeps what office hands it: it knows no key, no log, no bank and no other store"},
	{"store/postgres", and(values, domain, []string{"store", "internal/patience"}), []string{"github.com/jackc/pgx", "github.com/riverqueue/river", "golang.org/x/sync"}, false, "a store keeps what office hands it: it knows no key, no log, no bank and no other store"},
	{"store/storetest", and(values, domain, []string{"store"}), []string{"pgregory.net/rapid", "github.com/google/go-cmp"}, false, "one suite for every store knows none of them"},
	{"vault", and(values, domain, []string{"internal/filelock", "internal/groupcommit", "internal/patience"}), []string{"github.com/jackc/pgx", "github.com/tink-crypto/tink-go", "filippo.io/age", "github.com/cloudflare/circl", "modernc.org/sqlite", "golang.org/x/sync", "golang.org/x/crypto"}, false, "keys live apart: who reads the store must not reach them by an import"},
	{"tlog", and(values, domain, []string{"internal/filelock"}), []string{"golang.org/x/mod", "golang.org/x/sync", "github.com/transparency-dev", "github.com/minio/minio-go"}, false, "the log publishes commitments: it can't leak what it can't reach"},
	{"tlog/tlogtest", nil, nil, false, "starts the bucket that tests publish into, and knows nothing of what they publish"},
	{"registry", inside, nil, false, "asks other bodies' registers, and knows nothing of what is made of their answers"},
	{"witness", and(values, []string{"docket", "catalogue", "internal/filelock"}), []string{"golang.org/x/mod"}, false, "a witness judges logs that may not be ours: it knows the published format, and neither our log's files nor our office"},
	{"backup", and(values, domain, []string{"store", "internal/filelock"}), nil, false, "a backup is written of any store and read into any: what seals it is handed to it, so that it reaches no key"},
	{"upload", and(inside, []string{"screen"}), nil, false, "takes files in over HTTP for whichever pages hang it in: who asks, and what a file belongs to, they say"},
	{"shelf", []string{"fault"}, []string{"github.com/minio/minio-go"}, false, "sealed evidence rests here under its own hash: the shelf knows no claim, no key and no row"},
	{"screening", []string{"fault", "evidence"}, []string{"github.com/gabriel-vasile/mimetype"}, false, "looks into what strangers send, with nothing of the house in its reach: whose file it is, it can't tell"},
	{"bank", and(values, domain), []string{"github.com/moov-io/iso20022"}, false, "the bank turns a round into a file; what is paid was decided elsewhere"},

	// The edges. None is known by the domain, none knows an adapter.
	{"catalogue", values, anything, false, "sentences are made from codes and values; a catalogue knows no room"},
	{"rulebooks", []string{"rulebook", "fault"}, nil, false, "the editions that ship are bytes; the rulebook reads them"},
	{"dossiers", nil, nil, false, "the dossiers that ship are bytes; dossier reads them"},
	{"dossier", and(values, []string{"docket", "roll", "treaty", "dossiers"}), []string{"github.com/goccy/go-yaml", "golang.org/x/text"}, false, "an edge: files become facts and facts become files; what they mean is roll's and treaty's to say"},
	{"ask", and(inside, []string{"dossier"}), nil, false, "the questions that people put to the roll and the treaties, with words for names and dates: one way for the command line and the pages, so that both answer alike"},
	{"screen", and(values, []string{"catalogue"}), []string{"golang.org/x/text", "rsc.io/qr"}, false, "what every page shares, whatever it shows: it knows no claim and no office"},
	{"reply", and(values, []string{"place", "rulebook", "screen"}), nil, false, "says an answer in words, the same to whoever may see it: it knows fields, not whose answer it is"},
	{"question", and(inside, []string{"reply", "screen"}), nil, false, "a question of a rulebook as boxes of a form, for claimants and clerks alike: who answers it, and what becomes of the answer, is no business of its"},
	{"blank", and(inside, []string{"screen"}), nil, false, "lays out the blank form of a category for the printer: it is made of the rulebook and holds nothing of anybody"},
	{"sheet", inside, anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"workbook", inside, []string{"github.com/xuri/excelize", "golang.org/x/sync"}, false, "an edge: a spreadsheet is made of a form and becomes filings; what is wrong with one the rulebook and office say"},
	{"web", and(inside, []string{"blank", "question", "letter", "reply", "screen", "screening", "signin", "upload", "workbook"}), anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"signin", and(inside, []string{"screen"}), []string{"github.com/go-webauthn/webauthn", "github.com/coreos/go-oidc", "golang.org/x/oauth2"}, false, "an edge: it verifies passkeys and accounts; for whom they are good is office's to say"},
	{"listen", []string{"fault"}, []string{"golang.org/x/crypto/acme"}, false, "how pages are reached, whatever they are: it knows none of them"},
	{"portal", and(inside, []string{"ask", "dossier", "screen"}), anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"console", and(inside, []string{"question", "reply", "screen", "screening", "signin", "upload"}), anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"webhook", inside, nil, false, "an edge: it sends what office hands it, to addresses outside, and reaches no store and no key"},
	{"api", and(inside, []string{"screen"}), anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"job", inside, anything, false, "an edge acts through office; store, vault and log are handed to it by cmd"},
	{"desk", inside, nil, false, "the officers' side of sensitive answers: it opens what a server fetched with a key that cmd hands to it, and reaches no installation"},
	{"relay", []string{"fault"}, []string{"golang.org/x/sys/unix"}, false, "carries a command to the process that owns the installation; it knows neither the commands nor what they work on"},
	{"intake", and(inside, []string{"sheet"}), []string{"golang.org/x/sync"}, false, "takes another office's file in: the two passes of sheet, the meaning of its words by the rulebook, the filing by office"},

	// The wiring, and what checks the house.
	{"post", and(inside), []string{"github.com/wneessen/go-mail"}, false, "takes word of a letter to a mail server: it is handed an address and a code, and knows nothing of whom they are"},
	{"letter", and(inside, []string{"screen"}), nil, false, "shows a letter that office opened, and knows no way to open one"},
	{"installation", and(inside, []string{"post", "backup", "store/sqlite", "store/postgres", "vault", "tlog", "witness", "job", "registry", "shelf", "screening", "webhook", "internal/filelock"}), []string{"golang.org/x/mod/sumdb/note"}, false, "puts one office together of its parts on disk, for cmd, simulations and tests alike: the one place beside cmd that knows the adapters"},
	{"simulate", and(inside, []string{"installation"}), nil, false, "plays over a whole installation, through office, as people would"},
	{"simulate/life", and(inside, []string{"installation", "simulate", "internal/filelock"}), nil, false, "plays years over a whole installation, with faults between the office and its parts, and judges what is left"},
	{"cmd/chancery-verify", nil, []string{"golang.org/x/mod/sumdb/note"}, false, "the outside verifier knows the published format from its page alone: what shared code with the office would share its mistakes"},
	{"cmd/...", anything, anything, false, "cmd wires all"},
	{"internal/flaw", nil, nil, true, "deliberate mistakes at one line each, for the simulation to find: a constant false in what is built for use, so that any room may name one as it names a value; it reads the environment only under the build tag flaws"},
	{"internal/browsertest", nil, []string{"github.com/chromedp"}, false, "starts the browser that tests look at pages with, and knows no page"},
	{"internal/filelock", nil, nil, false, "locks a file, the one way on every system, and a folder that goes with its maker: it knows nothing of what lies in it"},
	{"internal/groupcommit", nil, nil, false, "lets callers share a commit, and knows nothing of what they commit"},
	{"internal/prove", nil, nil, false, "runs the tests that the page of promises names: what proves knows nothing of what is proved"},
	{"internal/faulttest", nil, nil, false, "kills programs, takes their power and damages their files for tests: it knows nothing of what it is done to"},
	{"internal/faulttest/life", and(inside, []string{"installation", "vault", "store/sqlite"}), []string{"golang.org/x/sync"}, false, "the program that faults are done to: a short life of a whole installation, lived through office, with a log that a short life fills"},
	{"internal/patience", nil, []string{"github.com/jackc/pgx"}, false, "bounds what is waited for from a PostgreSQL: it knows no table"},
	{"internal/pgtest", nil, []string{"github.com/jackc/pgx"}, false, "starts the PostgreSQL servers of the tests, and knows no schema"},
	{"internal/nettest", nil, []string{"github.com/Shopify/toxiproxy", "github.com/rs/zerolog"}, false, "makes the ways between programs slow or cuts them, for tests, and knows none of the programs"},
	{"internal/receivertest", nil, nil, false, "takes what leaves the house, for tests, as anybody outside would, and knows nothing of the house"},
	{"internal/plain", nil, nil, true, "judges whether a text is plain, for tests, and knows none of those that say it"},
	{"internal/arch", nil, nil, false, "what judges the rooms knows none of them"},
}

// impure are the packages of the standard library that a pure room may not
// import: with one of them the same entries could fold otherwise tomorrow.
var impure = []string{
	"os", "io/fs", "net", "database/sql", "math/rand", "crypto/rand",
	"syscall", "runtime", "unsafe", "plugin", "log", "testing", "path/filepath", "html/template", "text/template",
}

// room is the row for a package.
func room(table []Room, path string) (Room, bool) {
	for _, r := range table {
		if r.Path == path || (strings.HasSuffix(r.Path, "/...") && strings.HasPrefix(path, strings.TrimSuffix(r.Path, "..."))) {
			return r, true
		}
	}
	return Room{}, false
}

// ImportBreaches holds the packages against the import table.
func ImportBreaches(table []Room, packages []Package) []Breach {
	own := make(map[string]bool, len(packages))
	for _, p := range packages {
		own[p.Path] = true
	}
	var breaches []Breach
	for _, p := range packages {
		r, ok := room(table, p.Path)
		if !ok {
			breaches = append(breaches, Breach{p.Path, "has no row in the import table (internal/arch/rooms.go): say what it may know, and why"})
			continue
		}
		for _, path := range p.Imports {
			if what := r.refuses(path, own[path]); what != "" {
				breaches = append(breaches, Breach{p.Path, fmt.Sprintf("imports %s: %s", path, what)})
			}
		}
	}
	return breaches
}

// refuses says why a room may not import path, or "".
func (r Room) refuses(path string, own bool) string {
	below := func(b string) bool { return b == "..." || path == b || strings.HasPrefix(path, b+"/") }
	first, _, _ := strings.Cut(path, "/")
	switch {
	case own && !slices.Contains(r.Knows, path) && !slices.Contains(r.Knows, "..."):
		return r.Why
	case own:
		return ""
	case strings.Contains(first, "."): // a module of others begins with a host
		if !slices.ContainsFunc(r.Takes, below) {
			return r.Why
		}
	case r.Pure && slices.ContainsFunc(impure, below):
		return "a pure room has no I/O, clock, randomness, SQL or HTTP: the same entries must fold to the same standing for ever"
	}
	return ""
}
