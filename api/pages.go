package api

import (
	"encoding/json"
	"net/http"
	"reflect"
)

// typeOf is a type, for the registry of schemas.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// pages hangs the document itself.
func (s *site) pages(mux *http.ServeMux) {
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		panic(err) // made of this code: a test would have found it
	}
	mux.HandleFunc("GET "+Root+"openapi.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(document)
	})
}
