package portal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/press"
)

// json answers with the published figures for programs.
func (s *site) json(w http.ResponseWriter, r *http.Request) {
	s.download(w, r, "application/json", "figures.json", func(p press.Published) ([]byte, error) {
		return json.MarshalIndent(struct {
			Note string `json:"note"`
			press.Published
		}{s.words.say("portal.json.note"), p}, "", "  ")
	})
}

// csv answers with the published figures for spreadsheets.
func (s *site) csv(w http.ResponseWriter, r *http.Request) {
	s.download(w, r, "text/csv; charset=utf-8", "figures.csv", writeCSV)
}

// download answers with published figures in another form. Any page on any
// site may read them: they are public.
func (s *site) download(w http.ResponseWriter, r *http.Request, kind, file string, write func(press.Published) ([]byte, error)) {
	snap := s.figures.get(r.Context())
	if snap == nil {
		s.later(w)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	s.page(w, r, snap, func() (*document, error) {
		body, err := write(snap.published)
		if err != nil {
			return nil, err
		}
		d := newDocument(kind, snap.published.TreeHead, body)
		d.file = file
		return d, nil
	})
}

// writeCSV writes one figure in a line, since that is the form which every
// spreadsheet can turn into any other. A withheld one has no value and says so
// in a column of its own, so that nobody takes it for a 0.
func writeCSV(p press.Published) ([]byte, error) {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		return out.Write(cells)
	}
	if err := write("programme", "programme_title", "category", "category_title", "figure", "currency",
		"value", "withheld", "as_of", "tree_head"); err != nil {
		return nil, err
	}
	for _, programme := range p.Programmes {
		for _, l := range append(programme.Categories[:len(programme.Categories):len(programme.Categories)], programme.Total) {
			for _, f := range lineFigures(l, programme.RecordsOnly) {
				if err := write(programme.ID, programme.Title, l.ID, l.Title, f.name, f.currency, f.value, f.withheld(), p.AsOf, p.TreeHead); err != nil {
					return nil, err
				}
			}
		}
		if programme.RecordsOnly {
			continue
		}
		for _, f := range programme.Funds {
			for _, f := range []flat{flatAmount("fund.in", f.In), flatAmount("fund.left", f.Left)} {
				if err := write(programme.ID, programme.Title, "", "", f.name, f.currency, f.value, f.withheld(), p.AsOf, p.TreeHead); err != nil {
					return nil, err
				}
			}
		}
	}
	out.Flush()
	return b.Bytes(), out.Error()
}

// flat is one figure of a line; value is "" where it is withheld.
type flat struct{ name, currency, value string }

func (f flat) withheld() string {
	if f.value == "" {
		return "yes"
	}
	return "no"
}

func flatCount(name string, c press.Count) flat {
	n, shown := c.Number()
	if !shown {
		return flat{name: name}
	}
	return flat{name: name, value: strconv.FormatInt(n, 10)}
}

func flatAmount(name string, a press.Amount) flat {
	m, _ := a.Money() // no amount where it is withheld, which has no decimal
	return flat{name, string(a.Currency()), m.Decimal()}
}

// lineFigures are the figures of a category, or of all, by name: those of the
// register alone where nobody values claims.
func lineFigures(l press.Line, recordsOnly bool) []flat {
	figures := []flat{flatCount("claims", l.Claims)}
	for _, s := range l.Standings {
		if recordsOnly && !s.Standing.OfRegister() {
			continue
		}
		figures = append(figures, flatCount("standing."+string(s.Standing), s.Count))
	}
	if recordsOnly {
		return figures
	}
	figures = append(figures, flatCount("own.awards", l.Own.Awards), flatCount("own.dismissals", l.Own.Dismissals),
		flatCount("reported.awards", l.Reported.Awards), flatCount("reported.dismissals", l.Reported.Dismissals))
	for _, kind := range []struct {
		name    string
		amounts press.Amounts
	}{
		{"own.awarded", l.Own.Awarded}, {"own.paid", l.Own.Paid}, {"own.owed", l.Own.Owed}, {"reported.awarded", l.Reported.Awarded},
	} {
		for _, a := range kind.amounts {
			figures = append(figures, flatAmount(kind.name, a))
		}
	}
	return figures
}

// harmless keeps a spreadsheet from taking a title for a formula (OWASP ASVS
// 1.2.10): what begins like one gets an apostrophe before it.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
