package office_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// house is an installation at work: its people, and a clock that goes on by a
// second whenever it is looked at.
type house struct {
	testing.TB
	*installation.Installation
	people map[string]office.Known
	keys   int
}

// opened is a house with one person of each capacity and a second of those
// that two are needed of. The demo's programme is open.
func opened(t testing.TB) *house {
	t.Helper()
	h := staffed(t)
	h.open("demo", demoRulebook(t))
	return h
}

func staffed(t testing.TB) *house {
	t.Helper()
	return staffedAt(t, ticking())
}

func staffedAt(t testing.TB, now func() time.Time) *house {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	i := established(t, places, "register.example/log", installation.Options{Now: now, Desk: public})
	h := &house{TB: t, Installation: i, people: map[string]office.Known{}}
	h.signIn(installation.FirstActor)
	for _, id := range []string{
		"administrator", "officer", "officer-2", "commissioner", "commissioner-2", "treasurer", "treasurer-2",
	} {
		capacity, _, _ := strings.Cut(id, "-")
		h.engage(id, capacity)
	}
	return h
}

func ticking() func() time.Time {
	var seconds atomic.Int64
	begin := time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	return func() time.Time { return begin.Add(time.Duration(seconds.Add(1)) * time.Second) }
}

func demoRulebook(t testing.TB) string {
	t.Helper()
	book, ok := rulebooks.Find("demo")
	if !ok {
		t.Fatal("the demo's rulebook is gone")
	}
	return string(book.Source)
}

func (h *house) open(name, source string) {
	h.Helper()
	_, err := h.Office.OpenProgramme(context.Background(), h.by(installation.FirstActor), name, []byte(source))
	must(h.TB, err)
}

// engage adds somebody and signs them in.
func (h *house) engage(id string, capacities ...string) {
	h.Helper()
	must(h.TB, h.Office.AddActor(context.Background(), h.by(installation.FirstActor), id, capacities, h.Keep(id)))
	h.signIn(id)
}

func (h *house) signIn(id string) {
	h.Helper()
	secret, err := h.Credential(h.CredentialPath(id))
	must(h.TB, err)
	known, err := h.Office.Authenticate(context.Background(), secret)
	must(h.TB, err)
	h.people[id] = known
}

// by is who acts, and who consents if a second is named.
func (h *house) by(id string, second ...string) office.By {
	h.Helper()
	by := office.By{Actor: h.people[id]}
	if by.Actor.ID() == "" {
		h.Fatalf("nobody is called %s", id)
	}
	if len(second) > 0 {
		by.Second = h.people[second[0]]
	}
	return by
}

// keyed is the same under a key.
func keyed(by office.By, key string) office.By {
	by.Key = key
	return by
}

// departure is a claim of a person who had to leave home for some nights:
// 2,500 euros, or nothing if it was no night. Where signed is false the claim
// is deficient.
func departure(key string, nights int, signed bool) office.Filing {
	answers := map[string]string{
		"claimant_name": "Olena " + key, "birth_date": "1975-04-26", "contact": "3 Quay Lane",
		"incident_date": "2019-11-04", "place": "quayside", "family": "false", "nights_away": fmt.Sprint(nights),
	}
	if signed {
		answers["signed"] = "true"
	}
	return office.Filing{
		Key: key, Category: "a-departure", Claimant: "individual", Received: day.Must(2020, 5, 1), Answers: answers,
	}
}

// elsewhere makes it a claim that is refused.
func elsewhere(f office.Filing) office.Filing {
	f.Answers["place"] = "elsewhere"
	return f
}

// file files claims and answers their ids.
func (h *house) file(filings ...office.Filing) []claim.ID {
	h.Helper()
	answers, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", filings)
	must(h.TB, err)
	ids := make([]claim.ID, len(answers))
	for i, a := range answers {
		ids[i] = a.ID
	}
	return ids
}

// filed files n claims that will be awarded 2,500 euros each.
func (h *house) filed(n int) []claim.ID {
	h.Helper()
	h.keys++
	filings := make([]office.Filing, n)
	for i := range filings {
		filings[i] = departure(fmt.Sprintf("%d-%d", h.keys, i), 3, true)
	}
	return h.file(filings...)
}

func (h *house) examined(ids ...claim.ID) []office.Examination {
	h.Helper()
	examined, err := h.Office.ExamineClaims(context.Background(), h.by("officer"), ids)
	must(h.TB, err)
	return examined
}

func (h *house) record(ids ...claim.ID) {
	h.Helper()
	_, err := h.Office.RecordClaims(context.Background(), h.by("officer"), "demo", h.examined(ids...))
	must(h.TB, err)
}

func (h *house) propose() int64 {
	h.Helper()
	proposed, err := h.Office.ProposeInstalment(context.Background(), h.by("officer"), "demo", 1000)
	must(h.TB, err)
	return proposed.Instalment
}

func (h *house) adopt(number int64) office.Instalment {
	h.Helper()
	adopted, err := h.Office.AdoptInstalment(context.Background(), h.by("commissioner", "commissioner-2"), "demo", number)
	must(h.TB, err)
	return adopted
}

// decide takes claims from filing to award.
func (h *house) decide(ids ...claim.ID) {
	h.Helper()
	h.record(ids...)
	h.adopt(h.propose())
}

// claim is a claim as it stands.
func (h *house) claim(id claim.ID) (c claim.Claim) {
	h.Helper()
	must(h.TB, h.Office.Store.Read(context.Background(), func(r store.Reader) error {
		claims, err := r.Claims([]claim.ID{id})
		if err == nil {
			c = claims[0]
		}
		return err
	}))
	return c
}

func (h *house) stands(want claim.Standing, ids ...claim.ID) {
	h.Helper()
	for _, id := range ids {
		if c := h.claim(id); c.Standing != want {
			h.Errorf("claim %s stands as %s, want %s", c.Name(), c.Standing, want)
		}
	}
}

// sound verifies and rebuilds the whole installation.
func (h *house) sound() {
	h.Helper()
	_, err := h.Office.Sequence(context.Background())
	must(h.TB, err)
	for _, f := range rebuilt(h.TB, h.Installation).Findings {
		h.Errorf("%+v", f)
	}
}

// everything is all that stands in the database, by table, but for the reading
// log: who looked is kept also where nothing came of it; and but for the time until
// which a machine is known to run, which it puts off every few seconds whatever is done.
func (h *house) everything() map[string][]string {
	h.Helper()
	all := map[string][]string{}
	for _, table := range h.Office.Store.Tables() {
		if table.Name == "readings" {
			continue
		}
		all[table.Name] = []string{}
		for row, err := range h.Office.Store.Rows(context.Background(), table.Name) {
			must(h.TB, err)
			if strings.HasPrefix(row, "name=machine ") && table.Name == "leases" {
				row, _, _ = strings.Cut(row, " until=")
			}
			all[table.Name] = append(all[table.Name], row)
		}
	}
	return all
}

func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("%s: got %v, want %q", what, err, code)
	}
}

// reported is a filing that comes with what another body did.
func reported(f office.Filing, outcome rulebook.ReportedOutcome) office.Filing {
	f.Report = &office.Report{Reported: rulebook.Reported{Rule: "made-up", Outcome: outcome}}
	return f
}

// unchanged holds that nothing was written since.
func unchanged(h *house, before map[string][]string) {
	h.Helper()
	for table, rows := range h.everything() {
		if !slices.Equal(rows, before[table]) {
			h.Errorf("table %s changed:\n%q, was\n%q", table, rows, before[table])
		}
	}
}

func euros(n int64) money.Amount { return money.New(n*100, "EUR") }

// everyClaim is every claim, by id.
func (h *house) everyClaim() map[claim.ID]claim.Claim {
	h.Helper()
	page, next, err := h.Office.ClaimPage(context.Background(), store.ClaimQuery{Limit: 10_000})
	if err != nil || next != "" {
		h.Fatalf("%v, more follow: %v", err, next != "")
	}
	all := map[claim.ID]claim.Claim{}
	for _, c := range page {
		all[c.ID] = c
	}
	return all
}

// otherProgramme is the demo's rulebook for another programme.
func otherProgramme(t testing.TB, id, prefix string) string {
	t.Helper()
	return strings.NewReplacer("\nid: demo\n", "\nid: "+id+"\n", "number_prefix: HF", "number_prefix: "+prefix).Replace(demoRulebook(t))
}

// openAll is everything that is sealed, opened: by the server, and, where a key
// is given, at the desk.
func openAll(t testing.TB, i *installation.Installation, key *vault.Desk) string {
	t.Helper()
	var kept strings.Builder
	must(t, i.Office.Store.Read(context.Background(), func(r store.Reader) error {
		page, _, err := r.ClaimPage(store.ClaimQuery{Limit: 10_000})
		if err != nil {
			return err
		}
		for _, c := range page {
			blobs, err := r.Blobs(c.ID)
			if err != nil {
				return err
			}
			opened, err := i.Office.Vault.Open(context.Background(), blobs)
			if err != nil {
				return err
			}
			inner, err := i.Office.Vault.ForDesk(context.Background(), blobs)
			if err != nil {
				return err
			}
			for n, o := range opened {
				if b := blobs[n]; b.Class == string(rulebook.Sensitive) {
					wantCode(t, b.Name, o.Err, "vault.desk-only")
					kept.Write(inner[n].Payload) // as far as the server gets
					if key == nil {
						continue
					}
					o.Payload, _, o.Err = key.Open(string(b.Claim), b.Class, b.Name, inner[n].Payload)
				}
				must(t, o.Err)
				kept.Write(o.Payload)
			}
		}
		return nil
	}))
	return kept.String()
}
