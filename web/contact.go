package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// contactForm asks how the claimant wishes to be reached.
func (s *site) contactForm(w http.ResponseWriter, r *http.Request, in signed) {
	s.showContact(w, r, in, http.StatusOK, nil, nil)
}

// showContact shows the form; typed is nil where nobody has typed yet.
func (s *site) showContact(w http.ResponseWriter, r *http.Request, in signed, status int, typed url.Values, problems []screen.Problem) {
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	var kept office.Contact
	if err == nil {
		kept, err = s.source.Contact(r.Context(), in.by, c.Programme, in.id)
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	if typed != nil {
		kept = contactTyped(typed)
	}
	s.show(w, r, status, "contact.html", screen.Page{
		Title: in.words.Say("after.contact.title"), Back: Root + "mine", Problems: problems, Body: contactFields(in.words, kept, problems),
	})
}

// contactTyped is what was typed.
func contactTyped(typed url.Values) office.Contact {
	return office.Contact{
		Channel: office.Channel(typed.Get("channel")), Language: typed.Get("language"), Mail: typed.Get("mail"), Post: typed.Get("post"),
		Phone: typed.Get("phone"), Times: typed.Get("times"), NoMessages: typed.Get("quiet") == "yes",
	}
}

// contactFields are the boxes of the form.
func contactFields(words screen.Words, c office.Contact, problems []screen.Problem) []screen.Field {
	say := words.Say
	channel := screen.Field{Kind: screen.Radios, Name: "channel", Label: say("after.contact.channel"), Hint: say("after.contact.channel-hint")}
	for _, way := range office.Channels() {
		code := "after.contact.channel." + string(way)
		channel.Choices = append(channel.Choices, screen.Choice{Value: string(way), Label: say(code), Hint: say(code + "-hint"), Checked: way == c.Channel})
	}
	language := screen.Field{Kind: screen.Radios, Name: "language", Label: say("after.contact.language")}
	for _, code := range screen.Languages() {
		language.Choices = append(language.Choices, screen.Choice{Value: code, Label: screen.Words{Lang: code}.Say("after.contact.language.own"), Checked: code == c.Language})
	}
	fields := []screen.Field{
		channel,
		{Kind: screen.Line, Name: "mail", Label: say("after.contact.mail"), Value: c.Mail, Input: "email", Autocomplete: "email", Max: 254},
		{Kind: screen.Lines, Name: "post", Label: say("after.contact.post"), Hint: say("after.contact.post-hint"), Value: c.Post, Rows: 4, Max: 400},
		{Kind: screen.Line, Name: "phone", Label: say("after.contact.phone"), Value: c.Phone, Input: "tel", Autocomplete: "tel", Max: 40, Width: 20},
		{Kind: screen.Line, Name: "times", Label: say("after.contact.times"), Hint: say("after.contact.times-hint"), Value: c.Times, Max: 200},
		{Kind: screen.Checks, Name: "quiet", Label: say("after.contact.quiet-title"), Choices: []screen.Choice{{Value: "yes", Label: say("after.contact.quiet"), Checked: c.NoMessages}}},
		language,
	}
	for i := range fields {
		for _, p := range problems {
			if p.Field == fields[i].Name {
				fields[i].Problem = p.Text
			}
		}
	}
	return fields
}

// contact keeps how the claimant wishes to be reached.
func (s *site) contact(w http.ResponseWriter, r *http.Request, in signed) {
	r.Body = http.MaxBytesReader(w, r.Body, mostTyped)
	if err := r.ParseForm(); err != nil {
		s.Tell(w, r, http.StatusBadRequest, "web.form")
		return
	}
	c, _, err := s.source.ClaimOf(r.Context(), in.id)
	if err == nil {
		err = s.source.SetContact(r.Context(), in.by, c.Programme, in.id, contactTyped(r.PostForm))
	}
	if fault.Is(err, fault.Invalid) {
		field, code := fieldOf(err), fault.Code(err)
		s.showContact(w, r, in, http.StatusUnprocessableEntity, r.PostForm, []screen.Problem{{Field: field, Text: in.words.Say("after." + code + "." + field)}})
		return
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.done(w, r, in, "after.contact.saved")
}

// fieldOf is the field that a fault names.
func fieldOf(err error) string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return ""
	}
	for _, v := range f.Values {
		if v.Name == "field" {
			return v.Text
		}
	}
	return ""
}
