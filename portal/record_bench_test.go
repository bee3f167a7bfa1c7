package portal_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/dossier"
	"github.com/openchancery/chancery/roll"
	"github.com/openchancery/chancery/treaty"
)

// large is a body of 190 members and 70 years, who came and went, with doubts.
func large(t testing.TB) roll.Bundle {
	t.Helper()
	b := roll.Bundle{ID: "large", Known: today}
	from := roll.Source{Name: "a list", Link: "https://example.org/list"}
	other := roll.Source{Name: "another list"}
	when := func(text string) day.When {
		w, err := day.ParseWhen(text)
		must(t, err)
		return w
	}
	b.Facts = append(b.Facts, roll.Fact{Source: from, Thing: &roll.Thing{ID: "assembly", Sort: roll.Body, Names: []roll.Name{{Text: "Assembly of All States"}}}})
	for i := range 190 {
		id := roll.ID(fmt.Sprintf("state-%03d", i))
		b.Facts = append(b.Facts, roll.Fact{Source: from, Thing: &roll.Thing{ID: id, Sort: roll.State, Names: []roll.Name{{Text: fmt.Sprintf("Republic of the %d. Coast", i)}}}})
		for n, act := range []string{"observer", "associate", "member", "suspended", "member"} {
			year := 1955 + i%20 + 10*n
			f := roll.Fact{Source: from, Membership: &roll.Membership{Body: "assembly", Member: id, Act: act, On: when(fmt.Sprint(year))}}
			if n < 4 {
				f.Membership.Until = roll.Until{Ended: true, To: when(fmt.Sprintf("%d-06", year+9))}
			}
			b.Facts = append(b.Facts, f)
		}
		if i%10 == 0 {
			b.Facts = append(b.Facts, roll.Fact{Source: other, Doubt: "by memory", Membership: &roll.Membership{Body: "assembly", Member: id, Act: "observer", On: when(fmt.Sprint(1954 + i%20)), Until: roll.Until{Ended: true, To: when("before 1990")}}})
		}
	}
	return b
}

// real are the lists of the shared data, or a skipped benchmark.
func real(b *testing.B) (roll.Bundle, treaty.Bundle) {
	b.Helper()
	const data = "../../shared/data/"
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		b.Skipf("the shared data aren't here (%s)", data)
	}
	facts, err := dossier.OpenRoll(today, data+"cow_states2016.csv", data+"igo_list.csv", data+"igo_membership.csv")
	must(b, err)
	treaties, err := dossier.OpenTreaties(today, data+"treaty_actions.csv")
	must(b, err)
	return facts, treaties
}

// BenchmarkPages is the time that a page takes from the question to the last
// byte: of a body with 190 members over 70 years, and of the real lists.
func BenchmarkPages(b *testing.B) {
	a := emptyArchive(b)
	_, err := a.office.LoadRoll(context.Background(), a.by, large(b))
	must(b, err)
	pages(b, a, "/roll/bodies/assembly?on=1999-05-05", "/roll/bodies/assembly/changes?from=1980-01-01&to=1999-05-05",
		"/roll/states/state-010?on=1999-05-05", "/roll/compare?first=assembly&second=assembly&on=1999-05-05")
}

// BenchmarkRealPages is the same with the memberships of all organisations and
// the actions of all treaties beside it.
func BenchmarkRealPages(b *testing.B) {
	facts, treaties := real(b)
	a := emptyArchive(b)
	must(b, a.load(facts, treaties))
	pages(b, a, "/roll?on=2010-01-01", "/roll/bodies/UN?on=2010-01-01", "/roll/states/FRN?on=2010-01-01", "/roll/compare?first=UN&second=NATO&on=2010-01-01",
		"/roll/closeness?first=UN&second=NATO&from=1950&to=2014", "/treaties?on=2010-01-01", "/treaties/feed.ics?")
}

func pages(b *testing.B, h http.Handler, paths ...string) {
	for _, path := range paths {
		b.Run(path, func(b *testing.B) {
			var size int
			for n := 0; b.Loop(); n++ {
				r := get(b, h, path+"&reader="+fmt.Sprint(n)) // an address of its own: no answer is kept for it
				text := body(b, r)
				if size = len(text); r.StatusCode != http.StatusOK {
					b.Fatalf("%d %s", r.StatusCode, said(text))
				}
			}
			b.ReportMetric(float64(size), "bytes/page")
		})
	}
}
