package console

import (
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// secondPage lists the acts that wait for a second person.
type secondPage struct {
	Said    string
	Waiting []waiting
}

type waiting struct {
	Path, What, Who, When, Programme string
	Own                              bool
}

// second is the queue of those acts.
func (d *desk) second(w http.ResponseWriter, r *http.Request) {
	ctx, by, words := r.Context(), visiting(r).by, d.Words(r)
	page := secondPage{Said: d.said(r)}
	desks, _, err := d.office.Desks(ctx, by)
	for i := 0; err == nil && i < len(desks); i++ {
		list, listErr := d.office.Proposals(ctx, by, desks[i].Programme.ID, 200)
		err = listErr
		for _, p := range list {
			page.Waiting = append(page.Waiting, waiting{
				Path: Root + "second/" + p.ID, What: words.Say("console.second." + p.Act), Who: p.Actor, When: words.Time(p.At.Time),
				Programme: desks[i].Edition.Title.In(words.Lang), Own: p.Actor == by.Actor.ID(),
			})
		}
	}
	if err != nil {
		d.refused(w, r, err, Root)
		return
	}
	d.show(w, r, http.StatusOK, "second.html", screen.Page{Title: words.Say("console.second.title"), Body: page})
}

// proposalPage is one of them.
type proposalPage struct {
	Said, ID, What, Who, When string
	Own, Export               bool
	Agreed                    bool // of an export: it may be fetched
	CantWhy                   string
	Query                     string
	About                     string // of what is no claim's, in words
	Grounds                   bool   // the rows have grounds
	Rows                      []proposedRow
	More                      int
}

type proposedRow struct{ Path, Name, Category, Ground, Basis string }

// rowsShown is how many claims of a proposal its page shows.
const rowsShown = 200

// proposal shows an act that waits, to who may confirm it and to who proposed it.
func (d *desk) proposal(w http.ResponseWriter, r *http.Request) {
	ctx, v, words := r.Context(), visiting(r), d.Words(r)
	p, err := d.office.Proposal(ctx, v.by, r.PathValue("id"))
	if err != nil {
		d.refused(w, r, err, Root+"second")
		return
	}
	page := proposalPage{
		Said: d.said(r), ID: p.ID, What: words.Say("console.second." + p.Act), Who: p.Actor, When: words.Time(p.At.Time), Own: p.Actor == v.by.Actor.ID(),
		Export: p.Act == string(office.ActExportList), Agreed: !p.Consented.IsZero(), Query: p.About, About: proposedResolution(words, p),
	}
	if err := d.office.MayConfirm(ctx, v.by.Actor, p.ID); err != nil {
		page.CantWhy = words.Sentence(err)
	}
	ids := make([]claim.ID, 0, rowsShown)
	for _, c := range p.Claims {
		if len(ids) == rowsShown {
			break
		}
		ids = append(ids, c.Claim)
	}
	page.More = len(p.Claims) - len(ids)
	page.Rows, err = d.proposedRows(r, words, ids)
	if err == nil && p.Act == string(office.ActRefuse) && page.CantWhy == "" {
		page.Grounds = true
		err = d.grounds(r, words, ids, page.Rows)
	}
	if err != nil {
		d.refused(w, r, err, Root+"second")
		return
	}
	d.show(w, r, http.StatusOK, "proposal.html", screen.Page{Title: page.What, Back: Root + "second", Body: page})
}

func (d *desk) proposedRows(r *http.Request, words screen.Words, ids []claim.ID) (rows []proposedRow, err error) {
	for _, id := range ids {
		one, err := d.office.Queued(r.Context(), visiting(r).by, id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, proposedRow{Path: claimPath(id, ""), Name: one.Claim.Name(), Category: categoryName(words, one)})
	}
	return rows, nil
}

// confirm carries out what another proposed, or sends it back.
func (d *desk) confirm(w http.ResponseWriter, r *http.Request) {
	ctx, v, id := r.Context(), visiting(r), r.PathValue("id")
	to := Root + "second"
	code, pairs := "confirmed", []string(nil)
	var err error
	switch r.PostFormValue("do") {
	case "back":
		code, err = "sent-back", d.office.DropProposal(ctx, v.by, id)
	case "agree":
		code, err = "export-agreed", d.office.ConsentToExport(ctx, v.by.Actor, id)
	case "confirm":
		var done office.Done
		done, err = d.office.Confirm(ctx, v.by.Actor, id)
		pairs = []string{"n", strconv.FormatInt(done.Claims, 10)}
	default:
		err = fault.New(fault.Invalid, "proposal.act", "act", "…")
	}
	if err != nil {
		d.refused(w, r, err, to+"/"+id)
		return
	}
	d.done(w, r, to, code, pairs...)
}

// grounds puts beside claims that would be refused on which ground the rulebook
// finds so now, and by which article: who confirms a refusal answers for that.
func (d *desk) grounds(r *http.Request, words screen.Words, ids []claim.ID, rows []proposedRow) error {
	examined, err := d.office.ExamineClaims(r.Context(), visiting(r).by, ids)
	if err != nil {
		if fault.Code(err) == "" {
			return err
		}
		return nil // not for this capacity: the claim's own screen says why
	}
	for i, e := range examined {
		one, err := d.office.Queued(r.Context(), visiting(r).by, e.Claim().ID)
		if err != nil {
			return err
		}
		f := e.Finding()
		if g, ok := one.Edition.Ground(f.Ground); ok {
			rows[i].Ground = g.Text.In(words.Lang)
		}
		for _, x := range one.Edition.Explain(f.Trace, words.Lang) {
			if x.Rule == f.Trace.RestsOn || x.Outcome == "not-met" {
				rows[i].Basis = x.Basis
			}
		}
	}
	return nil
}
