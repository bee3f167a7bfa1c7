package portal

import (
	"net/http"
	"strings"
	"sync"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/roll"
)

// shelf keeps the answers that were made of one state of the roll. When the
// roll has another state, or another day begins, it is emptied.
type shelf struct {
	mu    sync.Mutex
	of    *roll.Record // owned by mu, as are the others
	today string
	kept  map[string]*document
	bytes int
}

// mostBytes bounds what is kept, compressed and plain.
const mostBytes = 32 << 20

// shelved is where an answer to a question about the roll is kept: nil for a
// question to the treaties, and where the roll can't be read.
func (s *site) shelved(r *http.Request) *roll.Record {
	if !strings.HasPrefix(r.URL.Path, "/roll") {
		return nil
	}
	record, err := s.desk.Record(r.Context(), ask.Query{})
	if err != nil {
		return nil
	}
	return record
}

// take is the answer that is kept for an address, nil for none.
func (s *shelf) take(of *roll.Record, today string, r *http.Request) *document {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != of || s.today != today {
		s.of, s.today, s.kept, s.bytes = of, today, map[string]*document{}, 0
	}
	return s.kept[r.URL.RequestURI()]
}

// put keeps an answer that was made of a state of the roll, if that is still
// the state. What is full is emptied: the readers of the day fill it again.
func (s *shelf) put(of *roll.Record, today string, r *http.Request, d *document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != of || s.today != today {
		return
	}
	size := len(d.body) + len(d.gz)
	if s.bytes+size > mostBytes {
		s.kept, s.bytes = map[string]*document{}, 0
	}
	if at := r.URL.RequestURI(); s.kept[at] == nil && size < mostBytes/4 {
		s.kept[at], s.bytes = d, s.bytes+size
	}
}
