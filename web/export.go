package web

import (
	"net/http"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// export hands out all that is held on a claim, as it is read: nothing of it
// lies anywhere meanwhile.
func (s *site) export(w http.ResponseWriter, r *http.Request, in signed) {
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	out := &begun{ResponseWriter: w}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="my-application.zip"`)
	err = s.source.ExportOwn(r.Context(), in.by, c.Programme, in.id, out, office.ExportNotes{
		ReadMe: in.words.Say("after.export.readme"), Language: in.words.Lang,
	})
	if err == nil {
		return
	}
	if out.wrote {
		s.Report(r, err)
		panic(http.ErrAbortHandler) // half a file must not pass for a whole one
	}
	h.Del("Content-Disposition")
	if fault.Is(err, fault.Conflict) {
		s.Tell(w, r, http.StatusConflict, "after.no-export")
		return
	}
	s.Failed(w, r, err)
}

// begun knows whether anything was written.
type begun struct {
	http.ResponseWriter
	wrote bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.wrote = true
	return b.ResponseWriter.Write(p)
}
