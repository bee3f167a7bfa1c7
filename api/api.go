// Package api is the office for other people's programs: JSON over HTTP,
// described by an OpenAPI document that is made from this code, under /api/.
//
// A program proves for whom it acts by a token, which is good here and nowhere
// else; a session of the pages is none here. What a token may do, and to which
// claims, is the office's to say: this room reads requests and writes answers.
//
// Nothing that somebody sent comes back in an error, and nothing of it stands in
// an address or a log: claims are named by their ids, which say nothing.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/screen"
)

// Root is where the API is mounted.
const Root = "/api/"

// Version is the API's own, in its addresses: what breaks a program comes under
// another one.
const Version = "v1"

// Options say how the API is hung. The zero value works.
type Options struct {
	Now      func() time.Time                                 // the clock; time.Now if nil
	Log      *slog.Logger                                     // told of what failed; slog.Default() if nil
	Remote   func(*http.Request) string                       // whom to count questions without a token against; the address if nil
	Figures  func(ctx context.Context) (press.Figures, error) // the public figures; none are served if nil
	HTTPS    bool                                             // it is reached by https, though perhaps not from the proxy to here
	Body     screen.Names                                     // whose pages its documentation is
	PerToken int                                              // questions by one token in a minute; 1200 if 0
	PerGuest int                                              // questions without a token from one address in a minute; 300 if 0
	Address  func(url string) error                           // refuses an address that no event is sent to; every address may be if nil
}

// New is the API of an office; it is mounted at Root.
func New(o *office.Office, options Options) http.Handler {
	s := &site{Options: options, office: o, inProgress: inProgress{busy: map[string]bool{}}}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	if s.Remote == nil {
		s.Remote = connected
	}
	if s.PerToken == 0 {
		s.PerToken = 1200
	}
	if s.PerGuest == 0 {
		s.PerGuest = 300
	}
	s.tokens, s.guests = newLimit("api/token/", s.PerToken, time.Minute, o), newLimit("api/guest/", s.PerGuest, time.Minute, o)
	mux := http.NewServeMux()
	s.api = humago.New(mux, config())
	s.api.UseMiddleware(s.admit)
	s.public()
	s.claims()
	s.bulk()
	s.files()
	s.webhooks()
	s.pages(mux)
	return s.named(mux)
}

// connected is whose machine a request comes from.
func connected(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// site is the API and what its operations share.
type site struct {
	Options
	office         *office.Office
	api            huma.API
	tokens, guests *limit
	inProgress
}

// config is the library's, without pages and links of its own.
func config() huma.Config {
	format := huma.Format{
		Marshal:   huma.DefaultJSONFormat.Marshal,
		Unmarshal: json.Unmarshal,
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Chancery", Version: "1",
				Description: "File claims and follow them. What a program may do hangs on its token; what it files is entered in the docket as its actor's act.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "A token from the administrator (chancery token add). Its scopes say what it is good for."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
	}
}

// named gives each request its language and its trace, and each answer what
// every answer of ours says.
func (s *site) named(next http.Handler) http.Handler {
	log := func(ctx context.Context, trace string, err error) {
		s.Log.ErrorContext(ctx, "api", "trace", trace, "error", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := request{lang: langOf(r), trace: traceOf(r), log: log}
		h := w.Header()
		h.Set("Trace-Id", at.trace)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
		h.Add("Vary", "Accept-Language, Authorization")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, at)))
	})
}

// operation is one thing that a program can ask.
type operation struct {
	id, method, path string
	summary, more    string
	tag              string
	scope            string            // of the token that it takes; "" for everybody
	keyed            bool              // it files or answers: an Idempotency-Key is needed
	status           int               // of the answer; 200 if 0
	most             int64             // bytes of the body; 1 MiB if 0
	body             *huma.RequestBody // of a stream, which do reads itself
	answer           map[string]*huma.Response
}

// bodyPatience is how long a body may take to come in.
const bodyPatience = 30 * time.Second

// keyHeader is the header of draft-ietf-httpapi-idempotency-key-header-07.
const keyHeader = "Idempotency-Key"

// register hangs an operation, and describes it in the document.
func register[I, O any](s *site, op operation, do func(context.Context, *I) (*O, error)) {
	at := huma.Operation{
		OperationID: op.id, Method: op.method, Path: Root + Version + op.path, Summary: op.summary, Description: op.more,
		Tags: []string{op.tag}, DefaultStatus: op.status, MaxBodyBytes: op.most, BodyReadTimeout: bodyPatience, Responses: op.answer,
		Metadata: map[string]any{"scope": op.scope, "keyed": op.keyed},
	}
	if op.scope != "" {
		at.Security = []map[string][]string{{"token": {op.scope}}}
	}
	if op.keyed {
		at.Parameters = append(at.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Required: true,
			Description: "Names this request for ever: sent again, it has the first answer (draft-ietf-httpapi-idempotency-key-header-07). A UUID will do; nothing personal.",
			Schema:      &huma.Schema{Type: huma.TypeString, Pattern: keyPattern},
		})
	}
	huma.Register(s.api, at, do)
	if op.body != nil { // told afterwards: what the library knows of, it reads whole
		item := s.api.OpenAPI().Paths[at.Path]
		if op.method == http.MethodPut {
			item.Put.RequestBody = op.body
		} else {
			item.Post.RequestBody = op.body
		}
	}
}
