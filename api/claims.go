package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// claims hangs what a program does with the claims that its actor filed.
func (s *site) claims() {
	read := func(id, path, summary, more string) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, more: more, tag: "Own claims", scope: office.ScopeReadOwn}
	}
	write := func(id, path, summary, more string, status int) operation {
		return operation{
			id: id, method: http.MethodPost, path: path, summary: summary, more: more, status: status,
			tag: "Own claims", scope: office.ScopeFile, keyed: true,
		}
	}
	register(s, write("file-claim", "/programmes/{programme}/claims", "File a claim",
		"It is an act: what comes back is acknowledged and durable. Sent again under the same key it has the first answer; the same reference of your own is never filed twice.",
		http.StatusCreated), s.fileClaim)
	register(s, read("list-claims", "/claims", "List your claims", "In the order of filing."), s.listClaims)
	find := read("find-claims", "/programmes/{programme}/claims/find", "Find claims by your own references",
		"Your references may say something about somebody, so that they stand in the body and in no address.")
	find.method = http.MethodPost
	register(s, find, s.findClaims)
	register(s, read("get-claim", "/claims/{claim}", "Look at a claim", "Where it stands, and what is missing in it."), s.getClaim)
	register(s, read("get-history", "/claims/{claim}/history", "Tell what happened to a claim", "Oldest first."), s.getHistory)
	register(s, read("get-acknowledgement", "/claims/{claim}/acknowledgement", "Get the acknowledgement of a filing",
		"A signed note: that the claim was taken in, and until when it must be in the published log."), s.getAcknowledgement)
	register(s, read("get-receipt", "/claims/{claim}/receipt", "Get the receipt of a claim",
		"What proves to an outsider, without us, what was recorded of it: check it with chancery-verify. Before it is published it is claim.not-published."), s.getReceipt)
	register(s, read("get-readings", "/claims/{claim}/readings", "Tell who looked at what is sealed of a claim", ""), s.getReadings)
	register(s, write("answer-deficiency", "/claims/{claim}/answers", "Supply what is missing",
		"For a claim that was found deficient: the answers are added to those it has.", http.StatusOK), s.answerDeficiency)
	register(s, write("withdraw-claim", "/claims/{claim}/withdrawal", "Withdraw a claim", "At any time before the decision, and for good.", http.StatusOK), s.withdrawClaim)
}

// FilingBody is a claim to file: what a draft holds when it is sent.
type FilingBody struct {
	OwnReference string            `json:"own_reference,omitempty" maxLength:"200" doc:"What you call this claim. The same reference is never filed twice. It is kept as a keyed hash only."`
	Category     string            `json:"category" maxLength:"100" doc:"The category's id."`
	Claimant     string            `json:"claimant" maxLength:"40" doc:"individual, organisation or public-body."`
	Mandate      string            `json:"mandate,omitempty" pattern:"^[0-9a-f]{32}$" doc:"Under which a representative files it; nobody else names one."`
	Received     string            `json:"received,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"When you received it; the day of filing where it is left out."`
	Answers      map[string]string `json:"answers" doc:"By the id of the question, as the category's form says."`
}

// filing is the body as office takes it.
func (b FilingBody) filing() (f office.Filing, err error) {
	f = office.Filing{Category: b.Category, Claimant: b.Claimant, Mandate: claim.MandateID(b.Mandate), Answers: b.Answers}
	if b.Received != "" {
		if f.Received, err = day.Parse(b.Received); err != nil {
			return f, fault.New(fault.Invalid, "api.day")
		}
	}
	return f, nil
}

type filedAnswer struct {
	Location string `header:"Location"`
	Status   int
	Body     struct {
		ID              string `json:"id" doc:"The claim's id, for addresses; it says nothing."`
		Reference       string `json:"reference" doc:"The claimant's handle: keep it safe."`
		Repeated        bool   `json:"repeated" doc:"It was filed before: this is the first answer."`
		Acknowledgement string `json:"acknowledgement,omitempty" doc:"A signed note that it was taken in."`
		PublishBy       string `json:"publish_by,omitempty" format:"date-time" doc:"Until when it must be in the published log."`
	}
}

func (s *site) fileClaim(ctx context.Context, in *struct {
	Programme string `path:"programme" maxLength:"64" doc:"The programme's id."`
	Body      FilingBody
},
) (*filedAnswer, error) {
	who := callerOf(ctx)
	f, err := in.Body.filing()
	if err != nil {
		return nil, err
	}
	reference := in.Body.OwnReference
	if reference == "" {
		reference = "key\x00" + who.Key // nothing else names it
	}
	done, repeated, err := s.office.FileOwn(ctx, who.By, in.Programme, reference, f)
	if err != nil {
		return nil, s.allThatIsWrong(ctx, in.Programme, f, err)
	}
	a := filedAnswer{Status: http.StatusCreated, Location: Root + Version + "/claims/" + string(done.ID)}
	a.Body.ID, a.Body.Reference, a.Body.Repeated = string(done.ID), string(done.Reference), done.Repeated || repeated
	if done.Repeated { // another request filed it, and this one has said so before or says it now
		a.Status = http.StatusOK
	}
	ack, err := s.office.Acknowledge(ctx, docket.Ref{Stream: done.ID.Stream(), Version: 1})
	if err != nil { // it is filed all the same, and the acknowledgement can be asked for
		asked(ctx).failed(ctx, err)
		return &a, nil
	}
	a.Body.Acknowledgement, a.Body.PublishBy = ack.Note, ack.PublishBy.String()
	return &a, nil
}

// allThatIsWrong are all the faults of a filing, where it was refused for one of them.
func (s *site) allThatIsWrong(ctx context.Context, programme string, f office.Filing, refused error) error {
	if fault.Code(refused) == "" { // the machine failed
		return refused
	}
	checked, err := s.office.CheckFilings(ctx, callerOf(ctx).Actor, programme, []office.Filing{f})
	if err != nil || len(checked[0].Wrong) == 0 {
		return refused
	}
	return problemOf(ctx, http.StatusUnprocessableEntity, checked[0].Wrong)
}

type claimBody struct {
	ID        string        `json:"id"`
	Reference string        `json:"reference"`
	Number    string        `json:"number,omitempty" doc:"Given when it is recorded."`
	Programme string        `json:"programme"`
	Category  string        `json:"category"`
	Claimant  string        `json:"claimant"`
	Standing  string        `json:"standing" doc:"How far it has come."`
	Version   int64         `json:"version" doc:"Of the last thing that happened to it."`
	Received  string        `json:"received" format:"date"`
	Filed     string        `json:"filed" format:"date-time"`
	Edition   string        `json:"edition" doc:"The edition of the rulebook that it was filed under."`
	Missing   []missingBody `json:"missing,omitempty" doc:"While it is deficient: what to supply."`
	Ground    string        `json:"ground,omitempty" doc:"Why it was refused or dismissed: a code of the rulebook."`
	Because   string        `json:"ground_text,omitempty" doc:"The same in words."`
	Outcome   string        `json:"outcome,omitempty"`
	Erased    string        `json:"erased,omitempty" format:"date" doc:"When what was told in confidence was erased."`
}

type missingBody struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// claimOf is a claim for its filer; e is nil in a list.
func claimOf(c claim.Claim, e *rulebook.Edition, lang string) claimBody {
	b := claimBody{
		ID: string(c.ID), Reference: string(c.Reference), Number: string(c.Number), Programme: c.Programme, Category: c.Category,
		Claimant: c.Claimant, Standing: string(c.Standing), Version: int64(c.Version), Received: c.Received.String(),
		Filed: c.Filed.String(), Edition: c.Edition.String(), Ground: c.Ground, Outcome: string(c.Outcome), Erased: dateText(c.Erased),
	}
	for _, m := range c.Missing {
		missing := missingBody{ID: m}
		if e != nil {
			missing.Text = e.Lacks(c.Category, m).In(lang)
		}
		b.Missing = append(b.Missing, missing)
	}
	if e != nil && c.Ground != "" {
		if g, ok := e.Ground(c.Ground); ok {
			b.Because = g.Text.In(lang)
		}
	}
	return b
}

type claimList struct {
	Body struct {
		Claims []claimBody `json:"claims"`
		Next   string      `json:"next,omitempty" doc:"Where the next page begins; none after the last."`
	}
}

func (s *site) listClaims(ctx context.Context, in *struct{ ByPage }) (*claimList, error) {
	var after store.Filing
	if err := readCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	page, next, err := s.office.OwnClaims(ctx, callerOf(ctx).Actor, after, in.Limit)
	if err != nil {
		return nil, err
	}
	var a claimList
	a.Body.Claims = []claimBody{}
	for _, c := range page {
		a.Body.Claims = append(a.Body.Claims, claimOf(c, nil, ""))
	}
	if next.Claim != "" {
		next.Actor = "" // who asks says so
		a.Body.Next = cursorOf(next)
	}
	return &a, nil
}

type foundAnswer struct {
	Body struct {
		Found []foundBody `json:"found" doc:"Those of the references that lead to a claim."`
	}
}

type foundBody struct {
	OwnReference string `json:"own_reference"`
	ID           string `json:"id"`
}

func (s *site) findClaims(ctx context.Context, in *struct {
	Programme string `path:"programme" maxLength:"64" doc:"The programme's id."`
	Body      struct {
		OwnReferences []string `json:"own_references" minItems:"1" maxItems:"500"`
	}
},
) (*foundAnswer, error) {
	found, err := s.office.FindOwn(ctx, callerOf(ctx).Actor, in.Programme, in.Body.OwnReferences)
	if err != nil {
		return nil, err
	}
	var a foundAnswer
	a.Body.Found = []foundBody{}
	for _, text := range in.Body.OwnReferences {
		if id, ok := found[text]; ok {
			a.Body.Found = append(a.Body.Found, foundBody{text, string(id)})
		}
	}
	return &a, nil
}

// OfClaim names one claim.
type OfClaim struct {
	Claim string `path:"claim" pattern:"^[0-9a-f]{32}$" doc:"The claim's id."`
}

type claimAnswer struct {
	ETag string `header:"ETag"`
	Body claimBody
}

func (s *site) getClaim(ctx context.Context, in *struct {
	OfClaim
	IfNoneMatch string `header:"If-None-Match"`
},
) (*claimAnswer, error) {
	c, e, err := s.office.OwnClaim(ctx, callerOf(ctx).Actor, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	lang := asked(ctx).lang
	a := claimAnswer{Body: claimOf(c, e, lang)}
	a.ETag, err = tagged(in.IfNoneMatch, in.Claim, strconv.FormatInt(int64(c.Version), 10), lang)
	return &a, err
}

type stepBody struct {
	Version  int64  `json:"version"`
	Kind     string `json:"kind"`
	Instant  string `json:"instant" format:"date-time"`
	Capacity string `json:"capacity" doc:"In which capacity it was done."`
	Entry    string `json:"entry" doc:"The entry that says so: its stream and version."`
}

type historyAnswer struct {
	Body struct {
		Steps []stepBody `json:"steps"`
	}
}

func (s *site) getHistory(ctx context.Context, in *OfClaim) (*historyAnswer, error) {
	steps, err := s.office.OwnHistory(ctx, callerOf(ctx).Actor, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	var a historyAnswer
	a.Body.Steps = []stepBody{}
	for _, at := range steps {
		entry := at.Ref
		if at.Owner != nil {
			entry = *at.Owner
		}
		a.Body.Steps = append(a.Body.Steps, stepBody{
			Version: int64(at.Ref.Version), Kind: string(at.Kind), Instant: at.Instant.String(), Capacity: at.Capacity, Entry: entry.String(),
		})
	}
	return &a, nil
}

type acknowledgementAnswer struct {
	Body struct {
		Entry     string `json:"entry"`
		Note      string `json:"note"`
		PublishBy string `json:"publish_by" format:"date-time"`
	}
}

func (s *site) getAcknowledgement(ctx context.Context, in *OfClaim) (*acknowledgementAnswer, error) {
	c, _, err := s.office.OwnClaim(ctx, callerOf(ctx).Actor, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	ack, err := s.office.Acknowledge(ctx, docket.Ref{Stream: c.ID.Stream(), Version: 1})
	if err != nil {
		return nil, err
	}
	var a acknowledgementAnswer
	a.Body.Entry, a.Body.Note, a.Body.PublishBy = ack.Ref.String(), ack.Note, ack.PublishBy.String()
	return &a, nil
}

type receiptAnswer struct {
	Pending int `header:"Pending-Steps" doc:"How many steps are not published yet and come into a later receipt."`
	Body    any
}

func (s *site) getReceipt(ctx context.Context, in *OfClaim) (*receiptAnswer, error) {
	receipt, pending, err := s.office.OwnReceipt(ctx, callerOf(ctx).Actor, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	return &receiptAnswer{Pending: len(pending), Body: receipt}, nil
}

type readingBody struct {
	Instant  string   `json:"instant" format:"date-time"`
	Actor    string   `json:"actor" doc:"A post, not a person."`
	Capacity string   `json:"capacity"`
	Purpose  string   `json:"purpose"`
	Opened   []string `json:"opened"`
	Manner   string   `json:"manner" doc:"rule: a rule ran over it, and nobody saw it; person: somebody saw it."`
}

type readingsAnswer struct {
	Body struct {
		Readings []readingBody `json:"readings"`
	}
}

func (s *site) getReadings(ctx context.Context, in *OfClaim) (*readingsAnswer, error) {
	readings, err := s.office.OwnReadings(ctx, callerOf(ctx).Actor, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	var a readingsAnswer
	a.Body.Readings = []readingBody{}
	for _, r := range readings {
		a.Body.Readings = append(a.Body.Readings, readingBody{
			Instant: r.Instant.String(), Actor: r.Actor, Capacity: r.Capacity, Purpose: r.Purpose, Opened: append([]string{}, r.Opened...), Manner: string(r.Manner),
		})
	}
	return &a, nil
}

type doneAnswer struct {
	Body struct {
		Entry string `json:"entry" doc:"The entry of this act: its stream and version."`
	}
}

func doneOf(done office.Done) *doneAnswer {
	var a doneAnswer
	a.Body.Entry = done.Ref.String()
	return &a
}

func (s *site) answerDeficiency(ctx context.Context, in *struct {
	OfClaim
	Body struct {
		Answers map[string]string `json:"answers" minProperties:"1" doc:"By the id of the question."`
	}
},
) (*doneAnswer, error) {
	who := callerOf(ctx)
	c, _, err := s.office.OwnFor(ctx, who.Actor, office.ActAnswerDeficiency, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	done, err := s.office.AnswerDeficiency(ctx, who.By, c.Programme, c.ID, in.Body.Answers)
	if err != nil {
		return nil, err
	}
	return doneOf(done), nil
}

func (s *site) withdrawClaim(ctx context.Context, in *OfClaim) (*doneAnswer, error) {
	who := callerOf(ctx)
	c, _, err := s.office.OwnFor(ctx, who.Actor, office.ActWithdraw, claim.ID(in.Claim))
	if err != nil {
		return nil, err
	}
	done, err := s.office.WithdrawClaim(ctx, who.By, c.Programme, c.ID)
	if err != nil {
		return nil, err
	}
	return doneOf(done), nil
}
