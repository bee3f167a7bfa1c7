package console

import (
	"net/http"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// formats are the kinds of files that a list is taken away as.
var formats = map[string]string{
	"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// export gives a list as a file: a short one to one person, a longer one once a
// second has agreed. It holds nothing that is sealed.
func (d *desk) export(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), visiting(r).by
	query, back := r.PostFormValue("query"), Root+"second"
	agreed := r.PostFormValue("proposal")
	if agreed != "" {
		p, err := d.office.Exportable(ctx, by, agreed)
		if err != nil {
			d.refused(w, r, err, back)
			return
		}
		query = p.About
	}
	q := queueOf(query)
	q.Del("after")
	if agreed == "" {
		back = queuePath(q)
	}
	desks, _, err := d.office.Desks(ctx, by)
	if err != nil {
		d.refused(w, r, err, back)
		return
	}
	ask, at, err := d.readQueue(r, q, desks)
	if err != nil {
		d.refused(w, r, err, back)
		return
	}
	if _, may := at.May[office.ActExportList]; !may {
		d.refused(w, r, fault.New(fault.NotAllowed, "policy.no-rule", "act", office.ActExportList), back)
		return
	}
	if agreed == "" {
		if long, err := d.tooLong(r, ask); err != nil {
			d.refused(w, r, err, back)
			return
		} else if long {
			if _, err := d.office.ProposeExport(ctx, by, at.Programme.ID, q.Encode()); err != nil {
				d.refused(w, r, err, back)
				return
			}
			d.done(w, r, Root+"second", "export-asked")
			return
		}
	}
	d.send(w, r, ask, at, r.PostFormValue("format"))
}

// tooLong reports whether a list is longer than one person takes away alone.
func (d *desk) tooLong(r *http.Request, ask office.QueueQuery) (bool, error) {
	ask.Limit = office.ExportAlone + 1
	list, _, err := d.office.Queue(r.Context(), visiting(r).by, ask)
	return len(list) > office.ExportAlone, err
}

// send streams the list, page by page, to its end: a file that breaks off is cut
// by the connection, never in silence, and its last row says how many there were.
func (d *desk) send(w http.ResponseWriter, r *http.Request, ask office.QueueQuery, at office.Desk, format string) {
	kind, ok := formats[format]
	if !ok {
		format, kind = "csv", formats["csv"]
	}
	make := newCSV
	if format == "xlsx" {
		make = newXLSX
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+ask.Programme+`-`+at.Today.String()+`.`+format+`"`)
	to, err := make(w)
	if err == nil {
		err = d.rows(r, to, ask, at)
	}
	if err != nil {
		d.Report(r, err)
		panic(http.ErrAbortHandler) // the reader sees that it broke off
	}
}

func (d *desk) rows(r *http.Request, to table, ask office.QueueQuery, at office.Desk) error {
	words := d.Words(r)
	columns := d.listColumns(words, ask, at)
	head := []string{}
	for _, c := range columns {
		head = append(head, c.head)
	}
	if err := to.row(head); err != nil {
		return err
	}
	total := 0
	for ask.Limit = 500; ; {
		list, next, err := d.office.Queue(r.Context(), visiting(r).by, ask)
		if err != nil {
			return err
		}
		for _, q := range list {
			cells := []string{}
			for _, c := range columns {
				cells = append(cells, c.cell(q))
			}
			if err := to.row(cells); err != nil {
				return err
			}
		}
		if total += len(list); next == "" {
			break
		}
		ask.After = next
	}
	if err := to.row([]string{words.Say("console.export.end", "claims", claims(words, total))}); err != nil {
		return err
	}
	return to.close()
}

// column is a column of a list.
type column struct {
	head string
	cell func(office.Queued) string
}

// listColumns are the columns of a list: nothing that is sealed, and no award
// under a rulebook that records claims only. Of one category the public answers
// are among them.
func (d *desk) listColumns(words screen.Words, ask office.QueueQuery, at office.Desk) []column {
	say := func(name string) string { return words.Say("console.column." + name) }
	columns := []column{
		{say("reference"), func(q office.Queued) string { return string(q.Claim.Reference) }},
		{say("number"), func(q office.Queued) string { return string(q.Claim.Number) }},
		{say("category"), func(q office.Queued) string { return categoryName(words, q) }},
		{say("standing"), func(q office.Queued) string { return words.Say("console.standing." + string(q.Claim.Standing)) }},
		{say("received"), func(q office.Queued) string { return q.Claim.Received.String() }},
		{say("since"), func(q office.Queued) string { return dayOf(q).String() }},
		{say("due"), func(q office.Queued) string { return q.Due.String() }},
		{say("claimed"), func(q office.Queued) string {
			if q.Claim.Claimed.IsZero() {
				return ""
			}
			return q.Claim.Claimed.String()
		}},
		{say("assigned"), func(q office.Queued) string {
			if q.Assigned == nil {
				return ""
			}
			return q.Assigned.Actor
		}},
		{say("flags"), func(q office.Queued) string {
			var flags []string
			for _, f := range q.Flags {
				flags = append(flags, words.Say("console.flag."+f.Flag))
			}
			return strings.Join(flags, ", ")
		}},
	}
	if !at.Edition.RecordsOnly() {
		columns = append(columns, column{say("award"), func(q office.Queued) string {
			if !q.Claim.AwardStated {
				return ""
			}
			return q.Claim.Award.String()
		}})
	}
	if category, ok := at.Edition.Category(ask.Category); ok {
		for _, id := range category.Asks {
			if f, ok := at.Edition.Field(id); ok && f.Class == rulebook.Public {
				columns = append(columns, column{f.Label.In(words.Lang), func(q office.Queued) string {
					return strings.ReplaceAll(d.inWords(words, q.Edition, id, q.Claim.Answers[id]), "\n", "; ")
				}})
			}
		}
	}
	return columns
}
