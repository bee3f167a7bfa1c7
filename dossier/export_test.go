package dossier_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/roll"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write what is exported into the golden files")

var stamp = time.Date(2026, 11, 26, 12, 30, 0, 0, time.UTC)

// smallDossier is the dossier whose exports stand in testdata.
func smallDossier(t *testing.T) []roll.Fact {
	t.Helper()
	b, err := dossier.ReadRoll(os.DirFS("testdata/small"), today)
	if err != nil {
		t.Fatal(err)
	}
	return b.Facts
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestPopolo(t *testing.T) {
	var b bytes.Buffer
	if err := dossier.WritePopolo(&b, smallDossier(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "popolo.json", b.Bytes())
	b.Reset()
	if err := dossier.WritePopolo(&b, seed(t).Facts); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Persons, Organizations, Posts []struct{ ID, Name, Label string }
		Memberships                   []struct {
			ID        string
			PersonID  string `json:"person_id"`
			MemberID  string `json:"member_id"`
			Org       string `json:"organization_id"`
			StartDate string `json:"start_date"`
			EndDate   string `json:"end_date"`
		}
		Events []struct {
			ID        string
			StartDate string `json:"start_date"`
			Attendees []struct {
				Person string `json:"person_id"`
				For    string `json:"on_behalf_of_id"`
				Status string
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	date := regexp.MustCompile(`^([0-9]{4}(-[0-9]{2}){0,2})?$`) // of Popolo's schema
	ids := map[string]bool{}
	for _, o := range slices.Concat(out.Organizations, out.Persons, out.Posts) {
		ids[o.ID] = true
	}
	for _, m := range out.Memberships {
		if !ids[m.Org] || !ids[m.PersonID+m.MemberID] || !date.MatchString(m.StartDate) || !date.MatchString(m.EndDate) {
			t.Errorf("membership %+v", m)
		}
	}
	for _, e := range out.Events {
		if !date.MatchString(e.StartDate) {
			t.Errorf("event %+v", e)
		}
		if e.ID == "cis-security-councils-6" && len(e.Attendees) != 17 {
			t.Errorf("the sixth meeting has %d attendees, by three sources", len(e.Attendees))
		}
		for _, a := range e.Attendees {
			if a.Status != "present" && a.Status != "absent" || a.Person != "" && !ids[a.Person] || !ids[a.For] {
				t.Errorf("attendee %+v", a)
			}
		}
	}
}

// The properties that each schema needs, and those that it has here.
var ftmRequired = map[string][]string{
	"PublicBody": {"name"}, "Organization": {"name"}, "Person": {"name"}, "Position": {"name"},
	"Membership": {"member", "organization"}, "Occupancy": {"holder", "post"}, "Event": {"name"},
}

func TestFollowTheMoney(t *testing.T) {
	var b bytes.Buffer
	if err := dossier.WriteFollowTheMoney(&b, smallDossier(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "ftm.jsonl", b.Bytes())
	b.Reset()
	if err := dossier.WriteFollowTheMoney(&b, seed(t).Facts); err != nil {
		t.Fatal(err)
	}
	schemata := map[string]int{}
	seen := map[string]bool{}
	date := regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}){0,2}$`)
	for line := range bytes.Lines(b.Bytes()) {
		var e struct {
			ID, Schema string
			Properties map[string][]string
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		schemata[e.Schema]++
		if seen[e.ID] || e.ID == "" || ftmRequired[e.Schema] == nil {
			t.Errorf("%s twice, or of no schema: %s", e.ID, e.Schema)
		}
		seen[e.ID] = true
		for _, property := range ftmRequired[e.Schema] {
			if len(e.Properties[property]) == 0 {
				t.Errorf("%s %s has no %s", e.Schema, e.ID, property)
			}
		}
		for property, values := range e.Properties {
			for _, v := range values {
				if strings.HasSuffix(strings.ToLower(property), "date") && !date.MatchString(v) {
					t.Errorf("%s %s: %s %q", e.Schema, e.ID, property, v)
				}
			}
		}
	}
	for schema := range ftmRequired {
		if schemata[schema] == 0 {
			t.Errorf("no %s", schema)
		}
	}
}

func TestAnEndThatASourceDoesntTellIsUnknownNotCurrent(t *testing.T) {
	facts := read(t, "t.csv", "office,holder,sort,from,until,told,source\no,a,full,2001,,,S\no,b,full,2001,2002,,S\no,c,full,2001,unknown,,S\no,d,full,2001,,2014-12-31,S\n")
	var b bytes.Buffer
	if err := dossier.WriteFollowTheMoney(&b, facts); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`"status":\["(\w+)"\]`).FindAllStringSubmatch(b.String(), -1) {
		got = append(got, m[1])
	}
	same(t, "status", got, "current ended ended unknown")
}

// What is written as CSV loads to the same facts.
func TestCSVGoesOutAndComesInAgain(t *testing.T) {
	for name, facts := range map[string][]roll.Fact{"small": smallDossier(t), "the seed": seed(t).Facts} {
		for _, sheet := range dossier.Sheets() {
			var b bytes.Buffer
			if err := sheet.WriteCSV(&b, facts); err != nil {
				t.Fatal(err)
			}
			if name == "small" {
				golden(t, sheet.Name+".csv", b.Bytes())
			}
			kind := map[string]string{"memberships": "membership", "tenures": "tenure", "meetings": "meeting", "attendances": "attendance", "positions": "position", "counts": "count", "successions": "succession"}[sheet.Name]
			want := ofKind(facts, kind)
			if kind == "" || len(want) == 0 { // things are written alone
				continue
			}
			got := read(t, sheet.Name+".csv", b.String())
			if len(got) != len(want) {
				t.Fatalf("%s, %s: %d facts came back of %d", name, sheet.Name, len(got), len(want))
			}
			for i := range got {
				if got[i].ID() != want[i].ID() || got[i].Known != want[i].Known {
					t.Errorf("%s, %s: %+v came back as %+v", name, sheet.Name, want[i], got[i])
				}
			}
		}
	}
}

func TestTheFlatFileHoldsEveryFact(t *testing.T) {
	facts := seed(t).Facts
	var b bytes.Buffer
	if err := dossier.WriteFacts(&b, facts); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(facts)+1 {
		t.Fatalf("%d rows of %d facts", len(rows), len(facts))
	}
	for i, f := range facts {
		var back roll.Fact
		if err := json.Unmarshal([]byte(rows[i+1][10]), &back); err != nil {
			t.Fatal(err)
		}
		back.Source, back.Doubt, back.Note = f.Source, f.Doubt, f.Note
		if rows[i+1][0] != string(f.ID()) || back.ID() != f.ID() {
			t.Errorf("row %d is not the fact %s of %s", i+1, f.Kind(), f.Subject())
		}
	}
}

func TestTheCalendarOfMeetings(t *testing.T) {
	entries, left := dossier.Meetings(smallDossier(t), "")
	var b bytes.Buffer
	c := dossier.Calendar{Name: "Meetings; of all, bodies", Origin: "roll.example", Stamp: stamp, Entries: entries}
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "meetings.ics", b.Bytes())
	if left != 1 {
		t.Errorf("%d meetings without a day, want 1", left)
	}
	entries, left = dossier.Meetings(seed(t).Facts, "cis-security-councils")
	if len(entries) != 3 || left != 3 {
		t.Errorf("%d entries and %d left out of the six known meetings", len(entries), left)
	}
}

// Any text makes lines of 75 octets at most that end in CRLF, break no
// character, and give the text back.
func TestLinesOfACalendarAreFolded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.String().Draw(t, "title")
		var b bytes.Buffer
		c := dossier.Calendar{Origin: "o", Stamp: stamp, Entries: []dossier.Happening{{ID: "a", Title: title, On: day.Must(2026, 1, 2), To: day.Must(2026, 1, 3)}}}
		if err := c.Write(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(b.String(), "\r\n") {
			t.Fatal("the last line doesn't end")
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
				t.Fatalf("line %q", line)
			}
		}
		whole := strings.ReplaceAll(b.String(), "\r\n ", "")
		summary := regexp.MustCompile(`(?m)^SUMMARY:(.*)\r$`).FindStringSubmatch(whole)[1]
		plain := strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(summary)
		want := strings.Map(func(c rune) rune {
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
				return -1
			}
			return c
		}, strings.ToValidUTF8(title, ""))
		if plain != want {
			t.Fatalf("%q came back as %q", want, plain)
		}
		if !strings.Contains(whole, "DTSTART;VALUE=DATE:20260102\r\nDTEND;VALUE=DATE:20260104\r\n") {
			t.Fatal("the end of a day is the day after it")
		}
	})
}

func TestTheAtomFeed(t *testing.T) {
	f := dossier.Feed{
		ID: "tag:roll.example,2026:meetings", Title: "Meetings <all> & more", Author: "The Secretariat",
		Self: "https://roll.example/meetings.atom", Link: "https://roll.example/meetings", Updated: stamp,
		Entries: []dossier.Entry{
			{ID: "tag:roll.example,2026:one", Title: "One", Text: "a < b", Link: "https://roll.example/one", Published: stamp.AddDate(0, 0, -1), Updated: stamp},
			{ID: "tag:roll.example,2026:two", Title: "Two", Updated: stamp.In(time.FixedZone("", 3600))},
		},
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.atom", b.Bytes())
	var back struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Title   string   `xml:"title"`
		Entries []struct {
			Updated time.Time `xml:"updated"`
			Content string    `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Title != f.Title || len(back.Entries) != 2 || back.Entries[0].Content != "a < b" || !back.Entries[1].Updated.Equal(stamp) {
		t.Errorf("%+v", back)
	}
	f.Entries[1].ID = ""
	b.Reset()
	if err := f.Write(&b); fault.Code(err) != "dossier.feed-field-missing" || b.Len() > 0 {
		t.Errorf("an entry without an id: %v, %d bytes written", err, b.Len())
	}
}
