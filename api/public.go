package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/treaty"
)

// public hangs what everybody may ask.
func (s *site) public() {
	get := func(id, path, summary, more string) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, more: more, tag: "Public record"}
	}
	register(s, get("list-programmes", "/programmes", "List the programmes", ""), s.listProgrammes)
	register(s, get("get-programme", "/programmes/{programme}", "Look at a programme", "What is open for filing there, by category."), s.getProgramme)
	register(s, get("get-edition", "/programmes/{programme}/editions/{edition}", "Read an edition of its rulebook",
		"The rulebook as it was published, byte for byte: its SHA-256 is the edition's name."), s.getEdition)
	register(s, get("get-form", "/programmes/{programme}/categories/{category}/form", "Get the form of a category",
		"The questions in their order, and the JSON Schema that answers are held against."), s.getForm)
	register(s, get("list-instalments", "/programmes/{programme}/instalments", "List the adopted instalments", "Newest first."), s.listInstalments)
	register(s, get("list-treaties", "/treaties", "List the treaties", ""), s.listTreaties)
	register(s, get("get-treaty", "/treaties/{treaty}", "Tell the status of a treaty", "As it was on a day, by what was known on another."), s.getTreaty)
	if s.Figures != nil {
		register(s, get("get-figures", "/figures", "Get the public figures", "Small numbers are withheld: they stand as null."), s.getFigures)
	}
}

type ProgrammeBody struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Respondent string   `json:"respondent"`
	Languages  []string `json:"languages"`
	Currencies []string `json:"currencies"`
	TimeZone   string   `json:"time_zone"`
	Edition    string   `json:"edition" doc:"The edition that is open for filing, by the SHA-256 of its bytes."`
	Number     string   `json:"edition_number"`
}

func programmeOf(e *rulebook.Edition, lang string) ProgrammeBody {
	p := ProgrammeBody{
		ID: e.ID, Title: e.Title.In(lang), Respondent: e.Programme.Respondent.In(lang), Languages: e.Programme.Languages,
		TimeZone: e.Programme.TimeZone, Edition: e.Hash.String(), Number: e.Number, Currencies: []string{},
	}
	for _, c := range e.Programme.Currencies {
		p.Currencies = append(p.Currencies, string(c))
	}
	return p
}

type programmeList struct {
	Body struct {
		Programmes []ProgrammeBody `json:"programmes"`
	}
}

func (s *site) listProgrammes(ctx context.Context, _ *struct{}) (*programmeList, error) {
	_, editions, err := s.office.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	var list programmeList
	list.Body.Programmes = []ProgrammeBody{}
	for _, e := range editions {
		list.Body.Programmes = append(list.Body.Programmes, programmeOf(e, asked(ctx).lang))
	}
	return &list, nil
}

type OfProgramme struct {
	Programme   string `path:"programme" maxLength:"64" doc:"The programme's id."`
	IfNoneMatch string `header:"If-None-Match"`
}

type CategoryBody struct {
	ID        string   `json:"id"`
	Code      string   `json:"code,omitempty" doc:"What the programme itself calls it."`
	Title     string   `json:"title"`
	Claimants []string `json:"claimants" doc:"Who may claim: individual, organisation, public-body."`
	Opens     string   `json:"opens,omitempty" format:"date"`
	Closes    string   `json:"closes,omitempty" format:"date"`
	NotOpen   bool     `json:"not_open,omitempty" doc:"It is known and takes no claims yet."`
}

func categoryOf(c rulebook.Category, lang string) CategoryBody {
	return CategoryBody{
		ID: c.ID, Code: c.Code, Title: c.Title.In(lang), Claimants: c.Claimants,
		Opens: dateText(c.Opens), Closes: dateText(c.Closes), NotOpen: c.NotOpen,
	}
}

// dateText is a date, or "" for none.
func dateText(d day.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

type programmeAnswer struct {
	ETag string `header:"ETag"`
	Body struct {
		ProgrammeBody
		Categories []CategoryBody `json:"categories"`
	}
}

func (s *site) getProgramme(ctx context.Context, in *OfProgramme) (*programmeAnswer, error) {
	e, err := s.office.Edition(ctx, in.Programme)
	if err != nil {
		return nil, err
	}
	lang := asked(ctx).lang
	var a programmeAnswer
	if a.ETag, err = tagged(in.IfNoneMatch, e.Hash.String(), lang); err != nil {
		return nil, err
	}
	a.Body.ProgrammeBody, a.Body.Categories = programmeOf(e, lang), []CategoryBody{}
	for _, c := range e.Categories {
		a.Body.Categories = append(a.Body.Categories, categoryOf(c, lang))
	}
	return &a, nil
}

type editionAnswer struct {
	ETag string `header:"ETag"`
	Body struct {
		Edition string `json:"edition"`
		Number  string `json:"number"`
		Source  string `json:"source" doc:"YAML."`
	}
}

func (s *site) getEdition(ctx context.Context, in *struct {
	OfProgramme
	Edition string `path:"edition" pattern:"^[0-9a-f]{64}$" doc:"The SHA-256 of its bytes."`
},
) (*editionAnswer, error) {
	var hash docket.Hash
	if err := hash.UnmarshalText([]byte(in.Edition)); err != nil {
		return nil, fault.New(fault.NotFound, "programme.no-such-edition", "programme", in.Programme)
	}
	e, err := s.office.EditionOf(ctx, in.Programme, hash)
	if err != nil {
		return nil, err
	}
	var a editionAnswer
	if a.ETag, err = tagged(in.IfNoneMatch, in.Edition); err != nil {
		return nil, err
	}
	a.Body.Edition, a.Body.Number, a.Body.Source = e.Hash.String(), e.Number, string(e.Source)
	return &a, nil
}

type questionBody struct {
	ID       string       `json:"id"`
	Label    string       `json:"label"`
	Why      string       `json:"why,omitempty"`
	Help     string       `json:"help,omitempty"`
	Type     string       `json:"type"`
	Class    string       `json:"class" doc:"How the answer is kept: public, internal, personal or sensitive."`
	Needed   bool         `json:"needed" doc:"Without it the claim is deficient, where it is asked."`
	When     string       `json:"when,omitempty" doc:"CEL: when it is asked."`
	Currency string       `json:"currency,omitempty"`
	Options  []optionBody `json:"options,omitempty"`
	Max      int          `json:"max,omitempty" doc:"How many characters an answer may have."`
}

type optionBody struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

type formAnswer struct {
	ETag string `header:"ETag"`
	Body struct {
		CategoryBody
		Edition   string         `json:"edition"`
		Questions []questionBody `json:"questions"`
		Schema    any            `json:"schema" doc:"JSON Schema of the answers."`
	}
}

func (s *site) getForm(ctx context.Context, in *struct {
	OfProgramme
	Category string `path:"category" maxLength:"100" doc:"The category's id."`
},
) (*formAnswer, error) {
	e, err := s.office.Edition(ctx, in.Programme)
	if err != nil {
		return nil, err
	}
	lang := asked(ctx).lang
	c, ok := e.Category(in.Category)
	if !ok {
		return nil, fault.New(fault.NotFound, "api.no-category", "programme", e.ID)
	}
	var a formAnswer
	if a.ETag, err = tagged(in.IfNoneMatch, e.Hash.String(), lang, c.ID); err != nil {
		return nil, err
	}
	schema, err := e.AnswersSchema(c.ID, lang)
	if err != nil {
		return nil, err
	}
	a.Body.CategoryBody, a.Body.Edition, a.Body.Schema = categoryOf(*c, lang), e.Hash.String(), json.RawMessage(schema)
	a.Body.Questions = questionsOf(e, c, lang)
	return &a, nil
}

func questionsOf(e *rulebook.Edition, c *rulebook.Category, lang string) []questionBody {
	needed := map[string]bool{}
	for _, id := range c.Requires {
		needed[id] = true
	}
	list := []questionBody{}
	for _, id := range c.Asks {
		f, ok := e.Field(id)
		if !ok {
			continue
		}
		q := questionBody{
			ID: id, Label: f.Label.In(lang), Why: f.Why.In(lang), Help: f.Help.In(lang), Type: string(f.Type), Class: string(f.Class),
			Needed: needed[id], When: f.When, Currency: string(f.Currency), Max: f.Max,
		}
		for _, o := range f.Options {
			q.Options = append(q.Options, optionBody{o.ID, o.Label.In(lang)})
		}
		list = append(list, q)
	}
	return list
}

type instalmentBody struct {
	Number     int64    `json:"number"`
	Claims     int64    `json:"claims"`
	Awards     int64    `json:"awards"`
	Dismissals int64    `json:"dismissals"`
	Total      []string `json:"total" doc:"Of the awards: an amount for each currency."`
}

type instalmentList struct {
	Body struct {
		Instalments []instalmentBody `json:"instalments"`
		Next        string           `json:"next,omitempty" doc:"Where the next page begins; none after the last."`
	}
}

func (s *site) listInstalments(ctx context.Context, in *struct {
	OfProgramme
	ByPage
},
) (*instalmentList, error) {
	var before int64
	if err := readCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	list, err := s.office.Instalments(ctx, in.Programme, before, in.Limit)
	if err != nil {
		return nil, err
	}
	var a instalmentList
	a.Body.Instalments = []instalmentBody{}
	for _, i := range list {
		b := instalmentBody{Number: i.Number, Claims: i.Claims, Awards: i.Awards, Dismissals: i.Dismissals, Total: []string{}}
		for _, t := range i.Total {
			b.Total = append(b.Total, t.String())
		}
		a.Body.Instalments = append(a.Body.Instalments, b)
	}
	if len(list) == in.Limit {
		a.Body.Next = cursorOf(list[len(list)-1].Number)
	}
	return &a, nil
}

type treatyList struct {
	Body struct {
		Treaties []TreatyBody `json:"treaties"`
	}
}

type TreatyBody struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
}

func (s *site) listTreaties(ctx context.Context, _ *struct{}) (*treatyList, error) {
	all, err := s.office.Treaties(ctx, day.Date{})
	if err != nil {
		return nil, err
	}
	var a treatyList
	a.Body.Treaties = []TreatyBody{}
	for _, t := range all {
		a.Body.Treaties = append(a.Body.Treaties, TreatyBody{t.ID, t.Title})
	}
	return &a, nil
}

type treatyAnswer struct {
	Body struct {
		TreatyBody
		On      string `json:"on" format:"date"`
		InForce bool   `json:"in_force" doc:"True only where it is certain."`
		Answer  string `json:"answer" doc:"yes, no or cant-be-told."`
		Entry   string `json:"entry_into_force,omitempty" format:"date"`
		Ended   string `json:"ended,omitempty" format:"date"`
		Basis   string `json:"basis" doc:"What it rests on: the clause, or what the depositary published."`
		Counted int    `json:"instruments"`
		Needed  int    `json:"needed"`
		Parties int    `json:"parties"`
	}
}

func (s *site) getTreaty(ctx context.Context, in *struct {
	Treaty string `path:"treaty" maxLength:"100" doc:"The treaty's id."`
	On     string `query:"on" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"The day; today where it is left out."`
	Known  string `query:"known_on" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"By what was known on this day; by everything where it is left out."`
},
) (*treatyAnswer, error) {
	on, known := day.Of(s.Now(), s.Now().UTC().Location()), day.Date{}
	for text, to := range map[string]*day.Date{in.On: &on, in.Known: &known} {
		if text == "" {
			continue
		}
		d, err := day.Parse(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "api.day")
		}
		*to = d
	}
	file, err := s.office.Treaty(ctx, in.Treaty)
	if err != nil {
		return nil, err
	}
	return treatyStatus(file.Status(on, known)), nil
}

func treatyStatus(st treaty.Status) *treatyAnswer {
	var a treatyAnswer
	optional := func(d *day.Date) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	a.Body.TreatyBody = TreatyBody{st.Treaty, st.Title}
	a.Body.On, a.Body.InForce, a.Body.Basis = st.On.String(), st.InForce, st.Basis
	text, _ := json.Marshal(st.Answer)
	_ = json.Unmarshal(text, &a.Body.Answer) // a word
	a.Body.Entry, a.Body.Ended = optional(st.Entry), optional(st.Ended)
	a.Body.Counted, a.Body.Needed, a.Body.Parties = st.Instruments, st.Needed, len(st.Parties)
	return &a
}

type figuresAnswer struct {
	ETag string `header:"ETag"`
	Body any
}

func (s *site) getFigures(ctx context.Context, in *struct {
	IfNoneMatch string `header:"If-None-Match"`
},
) (*figuresAnswer, error) {
	figures, err := s.Figures(ctx)
	if err != nil {
		return nil, err
	}
	published, err := press.Publish(figures)
	if err != nil {
		return nil, err
	}
	a := figuresAnswer{Body: published}
	a.ETag, err = tagged(in.IfNoneMatch, published.TreeHead)
	return &a, err
}
