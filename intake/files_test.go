package intake_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/intake"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
)

// file is a claims office's file: its header, and its rows as cells.
type file struct {
	header []string
	rows   [][]string
}

// The columns of the real file, by their place.
const (
	number = iota
	received
	incident
	airportCode
	airport
	airline
	kind
	site
	item
	claimed
	status
	closed
	disposition
)

var header = []string{
	"Claim Number", "Date Received", "Incident Date", "Airport Code", "Airport Name", "Airline Name",
	"Claim Type", "Claim Site", "Item", "Claim Amount", "Status", "Close Amount", "Disposition",
}

const insufficient = "Insufficient, one of the following items required: sum certain, statement of fact, signature, location of incident, and date."

// ends are the ways in which the office's claims ended: status, amount paid,
// disposition.
var ends = [][3]string{
	{"Denied", "0", "Deny"},
	{"Approved", "319.73", "Approve in Full"},
	{"Settled", "40", "Settle"},
	{"Canceled", "", ""},
	{insufficient, "0", ""},
	{"Denied", "", ""},
	{"Approved", "", "Approve in Full"}, // an award whose amount isn't stated
	{"In review", "0", ""},
	{"Closed as a contractor claim", "0", ""},
	{"Settled", "0", "Deny"}, // the disposition decides
}

// written makes up a file of so many rows in the office's manner, every way to
// end and every date format among them, and some cells over two lines.
func written(rows int) file {
	f := file{header: header}
	first := day.Must(2007, 1, 1)
	for i := range rows {
		came := first.AddDays(i % 900)
		happened := came.AddDays(-(i % 40))
		end := ends[i%len(ends)]
		row := []string{
			number: fmt.Sprintf("2007%09d", i), received: came.String(), incident: happened.String(),
			airportCode: "PHX", airport: `Phoenix "Sky Harbor", International`, airline: "Southwest Airlines",
			kind: "Passenger Property Loss", site: "Checked Baggage", item: "Automobile parts; other",
			claimed: fmt.Sprintf("%d.%02d", 100+i%900, i%100), status: end[0], closed: end[1], disposition: end[2],
		}
		switch i % 7 {
		case 1:
			row[incident] += " 13:40"
		case 2:
			row[kind], row[site] = "", ""
		case 3:
			row[item] = "Umbrella,\nand a hat"
		case 4:
			row[claimed], row[airline] = "", ""
		}
		f.rows = append(f.rows, row)
	}
	return f
}

// copied is a copy whose rows may be changed.
func (f file) copied() file {
	c := file{header: slices.Clone(f.header)}
	for _, r := range f.rows {
		c.rows = append(c.rows, slices.Clone(r))
	}
	return c
}

// bytes is the file as a CSV writer writes it.
func (f file) bytes(lineEnd string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = lineEnd == crlf
	if err := w.Write(f.header); err != nil {
		panic(err) // a buffer takes what it is given
	}
	for _, r := range f.rows {
		if err := w.Write(r); err != nil {
			panic(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

const (
	lf   = "\n"
	crlf = "\r\n"
)

// on puts the file on the disk.
func (f file) on(tb testing.TB) string { return onDisk(tb, f.bytes(lf)) }

func onDisk(tb testing.TB, content []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "claims.csv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// readTSA reads the real file with the standard library, row by row as it
// stands there.
func readTSA(tb testing.TB, path string) file {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	if !slices.Equal(rows[0], header) {
		tb.Fatalf("the real file's header is %q", rows[0])
	}
	return file{header: rows[0], rows: rows[1:]}
}

// figures are what an import comes to.
type figures struct {
	Claims, Filed, Recorded, Deficient, Withdrawn, Decided int64
	Awards, Reported, NotStated, Dismissals                int64
	Total                                                  string // in USD
}

// figuresOf reads the figures off the file by the rule, in words of
// the file and apart from the rulebook: the disposition decides, and the status
// where there is none.
func figuresOf(tb testing.TB, f file) figures {
	tb.Helper()
	var n figures
	total := money.New(0, "USD")
	for i, r := range f.rows {
		n.Claims++
		switch d, s := r[disposition], r[status]; {
		case d == "Approve in Full" || d == "Settle":
			n.Decided++
			n.Awards++
			n.Reported++
			if r[closed] == "" {
				n.NotStated++
				continue
			}
			paid, err := money.Parse(r[closed], "USD")
			if err == nil {
				total, err = total.Add(paid)
			}
			if err != nil {
				tb.Fatalf("row %d: %v", i+1, err)
			}
		case d == "Deny" || d == "" && s == "Denied":
			n.Decided++
			n.Dismissals++
		case d == "" && s == "Canceled":
			n.Withdrawn++
		case d == "" && strings.HasPrefix(s, "Insufficient"):
			n.Deficient++
		case d == "":
			n.Recorded++
		default:
			tb.Fatalf("row %d: disposition %q", i+1, d)
		}
	}
	n.Total = total.Decimal()
	return n
}

// figures are those of the desk's installation.
func (d *desk) figures(tb testing.TB) (n figures, s *office.Statistics) {
	tb.Helper()
	s, err := d.Office.Statistics(tb.Context(), "")
	if err != nil {
		tb.Fatal(err)
	}
	n = figures{
		Claims: s.Claims, Filed: s.Standings["filed"], Recorded: s.Standings["recorded"], Deficient: s.Standings["deficient"],
		Withdrawn: s.Standings["withdrawn"], Decided: s.Standings["decided"],
		Awards: s.Awards.Count, Reported: s.Awards.Reported, NotStated: s.Awards.NotStated, Dismissals: s.Dismissals,
		Total: money.New(s.Awards.Total["USD"], "USD").Decimal(),
	}
	return n, s
}

// holds checks that the installation's figures are those that the file calls
// for.
func (d *desk) holds(tb testing.TB, want figures) {
	tb.Helper()
	if got, _ := d.figures(tb); got != want {
		tb.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

// done is what a run did, in numbers.
type done struct{ Rows, Bad, Filed, Repeated, Changed, Reported int64 }

func did(r intake.Report) done {
	return done{r.Rows, r.Bad, r.Filed, r.Repeated, r.Changed, r.Reported}
}

// head is the tree's: it moves with every entry.
func (d *desk) head() docket.Hash { return d.Office.Tree.Head().Root }
