package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"golang.org/x/text/language"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
)

// Problem is why a request wasn't done, as RFC 9457 has it. Nothing in it was
// sent by who asks: no answer, no name, no key.
type Problem struct {
	Type   string  `json:"type" format:"uri-reference" doc:"A page of this server that explains the problem."`
	Title  string  `json:"title" doc:"What sort of problem it is."`
	Status int     `json:"status" doc:"The HTTP status."`
	Detail string  `json:"detail" doc:"What is the matter and what to do next, in the language that was asked for."`
	Code   string  `json:"code" doc:"The problem's code, which programs may branch on. It is never renamed."`
	Trace  string  `json:"trace" doc:"Names this answer in the server's log."`
	Errors []Wrong `json:"errors,omitempty" doc:"What is wrong with the request, place by place."`
}

// Wrong is one thing that is wrong with a request.
type Wrong struct {
	Pointer   string `json:"pointer,omitempty" doc:"Where in the body, as a JSON Pointer (RFC 6901)."`
	Parameter string `json:"parameter,omitempty" doc:"Which parameter, where it isn't the body."`
	Code      string `json:"code" doc:"What is wrong, for programs."`
	Detail    string `json:"detail" doc:"What is wrong, in words."`
}

// Error is the code alone, for logs.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// The library makes its own errors by these two, which it keeps for a whole
// program: nobody else in this one uses it.
func init() {
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return problemOf(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		if ctx == nil {
			return problemOf(context.Background(), status, errs)
		}
		return problemOf(ctx.Context(), status, errs)
	}
}

// byStatus are the codes of what is refused before it reaches the office.
var byStatus = map[int]string{
	http.StatusBadRequest:            "api.body",
	http.StatusUnauthorized:          "api.no-token",
	http.StatusNotFound:              "api.none",
	http.StatusNotAcceptable:         "api.not-acceptable",
	http.StatusRequestTimeout:        "api.too-slow",
	http.StatusRequestEntityTooLarge: "api.too-large",
	http.StatusUnsupportedMediaType:  "api.media",
	http.StatusUnprocessableEntity:   "api.invalid",
}

// problemOf makes a problem of errors: of the office's faults, or of what the
// library found wrong with a request.
func problemOf(ctx context.Context, status int, errs []error) *Problem {
	at := asked(ctx)
	p := &Problem{Status: status, Code: byStatus[status], Trace: at.trace}
	if p.Code == "" {
		p.Code = "api.failed"
	}
	for _, err := range errs {
		if err == nil {
			continue
		}
		if own, ok := errors.AsType[*Problem](err); ok {
			return own
		}
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			p.Errors = append(p.Errors, at.detail(d))
			continue
		}
		f := faultIn(err)
		if f == nil {
			at.failed(ctx, err)
			continue
		}
		p.Code, p.Status = f.Code, statusOf(f)
		if p.Status == http.StatusInternalServerError {
			at.failed(ctx, err)
			p.Code = "api.failed"
			continue
		}
		if pointer := pointerOf(f); pointer != "" {
			p.Errors = append(p.Errors, at.wrong(f, pointer))
		}
		p.Detail = at.say(f.Code, f.Values)
	}
	p.Type = Root + "problems/" + p.Code
	p.Title = http.StatusText(p.Status)
	if p.Detail == "" {
		p.Detail = at.say(p.Code, nil)
	}
	return p
}

// faultIn is the fault that err carries, those of values made into one too.
func faultIn(err error) *fault.Fault {
	f, _ := errors.AsType[*fault.Fault](err)
	return f
}

// statuses are the codes whose status isn't that of their kind.
var statuses = map[string]int{
	"token.wrong":          http.StatusUnauthorized,
	"api.no-token":         http.StatusUnauthorized,
	"api.key-missing":      http.StatusBadRequest,
	"api.key-form":         http.StatusBadRequest,
	"api.too-many":         http.StatusTooManyRequests,
	"api.etag":             http.StatusPreconditionFailed,
	"office.key-reused":    http.StatusUnprocessableEntity,
	"claim.not-published":  http.StatusConflict,
	"office.figures-ahead": http.StatusServiceUnavailable,
}

func statusOf(f *fault.Fault) int {
	if status, ok := statuses[f.Code]; ok {
		return status
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.NotAllowed:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// pointerOf is where in a filing's body a fault of its form lies; "" for one
// that isn't of a form.
func pointerOf(f *fault.Fault) string {
	value := func(name string) string {
		for _, v := range f.Values {
			if v.Name == name {
				return v.Text
			}
		}
		return ""
	}
	switch f.Code {
	case "rulebook.category-unknown", "rulebook.category-not-opened":
		return "/category"
	case "rulebook.category-not-open", "rulebook.category-closed":
		return "/received"
	case "claim.claimant-kind":
		return "/claimant"
	case "rulebook.answer-invalid", "rulebook.answer-too-long", "rulebook.field-not-asked":
		return "/answers/" + value("field")
	case "claim.sensitive-again":
		first, _, _ := strings.Cut(value("fields"), ", ")
		return "/answers/" + first
	}
	return ""
}

// spoken are the values that a sentence may name: ids and numbers of ours. Any
// other was perhaps typed by who asks, and isn't repeated.
var spoken = []string{
	"act", "capacity", "programme", "category", "field", "fields", "type", "most", "open", "standing", "limit",
	"opens", "closes", "offset", "here", "scope", "known", "treaty", "seconds", "claimant", "edition", "asked",
}

// unspoken are the codes whose values were typed by who asks, whatever they are
// called: nothing of that name is known.
var unspoken = []string{"rulebook.category-unknown", "programme.none", "programme.no-such-edition", "treaty.none"}

// request is what is known of one request.
type request struct {
	lang  string
	trace string
	log   func(ctx context.Context, trace string, err error)
}

type requestKey struct{}

// asked is the request that a context is of.
func asked(ctx context.Context) request {
	if at, ok := ctx.Value(requestKey{}).(request); ok {
		return at
	}
	return request{lang: "en"}
}

func (at request) failed(ctx context.Context, err error) {
	if at.log != nil {
		at.log(ctx, at.trace, err)
	}
}

// say is the sentence for a code.
func (at request) say(code string, values []fault.Value) string {
	said := make(map[string]string, len(values))
	for _, v := range values {
		said[v.Name] = "…"
		if slices.Contains(spoken, v.Name) && !slices.Contains(unspoken, code) {
			said[v.Name] = v.Text
		}
	}
	text, ok := catalogue.Say(at.lang, code, said)
	if !ok {
		text, _ = catalogue.Say(at.lang, "api.failed", nil)
	}
	return text
}

func (at request) wrong(f *fault.Fault, pointer string) Wrong {
	return Wrong{Pointer: pointer, Code: f.Code, Detail: at.say(f.Code, f.Values)}
}

// segment is a part of a place that may be repeated: anything else may be an
// answer, typed where a name belongs.
var segment = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// detail is what the library found wrong. What it says may repeat a value, so
// that only the place is taken over. Of what is missing the place is that of what it is
// missing in, and the name, which is the document's, stands in the message.
func (at request) detail(d *huma.ErrorDetail) Wrong {
	where, code := d.Location, "api.value"
	var missing string
	if n, _ := fmt.Sscanf(d.Message, validation.MsgExpectedRequiredProperty, &missing); n == 1 {
		where, code = where+"."+missing, "api.value-missing"
	} else if d.Message == validation.MsgUnexpectedProperty {
		code = "api.value-unknown"
	}
	w := Wrong{Code: code, Detail: at.say(code, nil)}
	where = strings.NewReplacer("[", ".", "]", "").Replace(where)
	first, rest, _ := strings.Cut(where, ".")
	parts := strings.Split(rest, ".")
	for i, part := range parts {
		if !segment.MatchString(part) && part != "" {
			parts[i] = "…"
		}
	}
	if first == "body" || first == "" {
		if w.Pointer = "/" + strings.Join(parts, "/"); rest == "" {
			w.Pointer = ""
		}
		return w
	}
	w.Parameter = strings.Join(parts, ".")
	return w
}

// languages are those in which problems are told, English first.
var (
	languages = []string{"en", "uk", "fr"}
	matcher   = language.NewMatcher([]language.Tag{language.English, language.Ukrainian, language.French})
)

// langOf is the language that a request asks for.
func langOf(r *http.Request) string {
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return languages[0]
	}
	_, n, _ := matcher.Match(wanted...)
	return languages[n]
}

// traceparent is the form of W3C Trace Context.
var traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$`)

// traceOf names a request: by the trace that it is part of, or by a new one.
func traceOf(r *http.Request) string {
	if parts := traceparent.FindStringSubmatch(r.Header.Get("Traceparent")); parts != nil {
		return parts[1]
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails: it ends the program first
	return hex.EncodeToString(random[:])
}
