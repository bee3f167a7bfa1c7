package api

import (
	"embed"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
)

//go:embed index.html problems.html explained.html
var templates embed.FS

// typeOf is a type, for the registry of schemas.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// pages hangs the document itself and the pages about it; what is at no address
// is told so as every problem is.
func (s *site) pages(mux *http.ServeMux) {
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		panic(err) // made of this code: a test would have found it
	}
	mux.HandleFunc("GET "+Root+"openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		etag, err := tagged(r.Header.Get("If-None-Match"), string(document))
		w.Header().Set("Etag", etag)
		if err != nil {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(document) // a reader who has gone is no fault
	})
	house := screen.New(screen.Options{Root: Root, Pages: templates, Log: s.Log, Now: s.Now, HTTPS: s.HTTPS, Body: s.Body})
	shown := house.Mount([]screen.Route{
		{Pattern: "GET " + Root + "{$}", Rule: screen.Public, Serve: s.index(house)},
		{Pattern: "GET " + Root + "problems/{$}", Rule: screen.Public, Serve: listProblems(house)},
		{Pattern: "GET " + Root + "problems/{code}", Rule: screen.Public, Serve: explainProblem(house)},
	}, nil)
	for _, pattern := range []string{"{$}", "problems/", "assets/"} {
		mux.Handle("GET "+Root+pattern, shown)
	}
	mux.HandleFunc(Root, func(w http.ResponseWriter, r *http.Request) {
		p := problemOf(r.Context(), http.StatusNotFound, []error{fault.New(fault.NotFound, "api.none")})
		w.Header().Set("Content-Type", p.ContentType(""))
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p)
	})
}

// listedOperation is an operation as the page shows it.
type listedOperation struct{ Method, Path, Summary, More, Scope string }

// listedTag is what belongs together.
type listedTag struct {
	Name       string
	Operations []listedOperation
}

// index is the page about the API: its operations, from the document.
func (s *site) index(house *screen.House) http.HandlerFunc {
	var tags []listedTag
	s.eachOperation(func(path string, op *huma.Operation) {
		scope, _ := op.Metadata["scope"].(string)
		n := slices.IndexFunc(tags, func(t listedTag) bool { return t.Name == op.Tags[0] })
		if n < 0 {
			n = len(tags)
			tags = append(tags, listedTag{Name: op.Tags[0]})
		}
		tags[n].Operations = append(tags[n].Operations, listedOperation{op.Method, path, op.Summary, op.Description, scope})
	})
	return func(w http.ResponseWriter, r *http.Request) {
		house.Show(w, r, http.StatusOK, "index.html", screen.Page{Title: house.Words(r).Say("api.page.title"), Body: tags})
	}
}

// eachOperation visits the operations, in the order of their paths.
func (s *site) eachOperation(visit func(path string, op *huma.Operation)) {
	paths := s.api.OpenAPI().Paths
	names := make([]string, 0, len(paths))
	for path := range paths {
		names = append(names, path)
	}
	slices.Sort(names)
	for _, path := range names {
		at := paths[path]
		for _, op := range []*huma.Operation{at.Get, at.Post, at.Put, at.Delete} {
			if op != nil {
				visit(path, op)
			}
		}
	}
}

// told are the rooms whose faults a program may be told of.
var told = []string{
	"api", "claim", "day", "docket", "draft", "evidence", "log", "money", "office", "policy", "programme", "press", "reading",
	"rulebook", "store", "token", "treaty", "vault", "webhook",
}

// problemCodes are the codes of the catalogue that a program may be told.
func problemCodes() []string {
	codes, err := catalogue.Codes("en")
	if err != nil {
		panic(err) // embedded
	}
	return slices.DeleteFunc(codes, func(code string) bool {
		room, rest, _ := strings.Cut(code, ".")
		return !slices.Contains(told, room) || strings.HasPrefix(rest, "page.") || strings.Contains(rest, ".")
	})
}

// explained is a problem as its page shows it.
type explained struct{ Code, Text string }

func explain(lang, code string) explained {
	text, _ := catalogue.Say(lang, code, nil)
	return explained{code, strings.ReplaceAll(text, "<no value>", "…")}
}

func listProblems(house *screen.House) http.HandlerFunc {
	codes := problemCodes()
	return func(w http.ResponseWriter, r *http.Request) {
		words := house.Words(r)
		list := make([]explained, len(codes))
		for i, code := range codes {
			list[i] = explain(words.Lang, code)
		}
		house.Show(w, r, http.StatusOK, "problems.html", screen.Page{Title: words.Say("api.page.problems"), Back: Root, Body: list})
	}
}

func explainProblem(house *screen.House) http.HandlerFunc {
	codes := problemCodes()
	return func(w http.ResponseWriter, r *http.Request) {
		code := r.PathValue("code")
		if !slices.Contains(codes, code) {
			house.Missing(w, r)
			return
		}
		words := house.Words(r)
		house.Show(w, r, http.StatusOK, "explained.html", screen.Page{Title: words.Say("api.page.problem"), Back: Root + "problems/", Body: explain(words.Lang, code)})
	}
}
