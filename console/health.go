package console

import (
	"net/http"

	"github.com/openchancery/chancery/screen"
)

// healthPage says how the installation is, and who opened many claims.
type healthPage struct {
	Lines  []HealthLine
	Bad    int
	Alarms []alarmLine
}

type alarmLine struct{ Actor, Day, Claims string }

// health says how the installation is.
func (d *desk) health(w http.ResponseWriter, r *http.Request) {
	words := d.Words(r)
	var page healthPage
	if d.Options.Health != nil {
		lines, err := d.Options.Health(r.Context())
		if err != nil {
			d.Failed(w, r, err)
			return
		}
		page.Lines = lines
	}
	files, err := d.office.FileHealth(r.Context())
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	// The counter of silent failures comes first, and must be 0.
	page.Lines = append([]HealthLine{
		{words.Say("console.health.silent"), words.Say("console.health.silent.n", "n", words.Number(files.Silent)), files.Silent > 0},
		{words.Say("console.health.failed"), words.Say("console.health.failed.n", "n", words.Number(files.Failed)), files.Failed > 0},
	}, page.Lines...)
	for _, l := range page.Lines {
		if l.Bad {
			page.Bad++
		}
	}
	alarms, err := d.office.Alarms(r.Context(), 20)
	if err != nil {
		d.Failed(w, r, err)
		return
	}
	for _, a := range alarms {
		page.Alarms = append(page.Alarms, alarmLine{a.Actor, a.Day, words.Number(a.Claims)})
	}
	d.show(w, r, http.StatusOK, "health.html", screen.Page{Title: words.Say("console.health.title"), Body: page})
}
