package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
)

// officers are the officers' pages, at console.Root.
func officers(i *installation.Installation, how *serving, url string) http.Handler {
	return console.New(i.Office, console.Options{
		Default: language, HTTPS: how.door.HTTPS, Body: how.body, Deliver: i.Keep, Interview: web.InterviewRoot, Places: i.Places.PlaceLists().Current,
		Link:   func(token string) string { return strings.TrimSuffix(url, "/") + signin.StaffRoot + "invited#" + token },
		Health: func(ctx context.Context) ([]console.HealthLine, error) { return examined(ctx, i), nil },
	})
}

// examined is what doctor finds, as the page of health says it.
func examined(ctx context.Context, i *installation.Installation) []console.HealthLine {
	var lines []console.HealthLine
	for _, e := range installation.Doctor(ctx, i.Data, installation.Options{}) {
		line := console.HealthLine{Name: catalogue.Label(language, "label.doctor."+e.Name), Bad: len(e.Complaints) > 0}
		for _, err := range append(e.Complaints, e.Advice...) {
			line.Text += catalogue.Sentence(language, err) + " "
		}
		lines = append(lines, line)
	}
	return lines
}
