// Package witness keeps a log honest from outside. A witness remembers for each
// log the newest checkpoint that it has cosigned, and cosigns another only when
// the log proves that it holds everything the older one held: a log that was
// rolled back, or shows one history here and another there, gets no signature
// of an honest witness. The protocol is C2SP tlog-witness, so that a log of ours
// may ask any witness, and a witness of ours may serve any log.
//
// Server is a witness. Client is how a log asks one.
package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// Options change how a witness works; the zero value is what a real one uses.
type Options struct {
	Now func() time.Time // nil: the machine's clock
	// Inconsistent is told, once, of a checkpoint that a log signed and that
	// whoever brought it could not show to follow from what the log had shown
	// before. It may be evidence, or a proof that somebody spoilt.
	Inconsistent func(checkpoint []byte)
	Lang         string // of what refusals say; "" is English
}

// Server is a witness at work. One process has it, and its answers may be asked
// for in parallel.
type Server struct {
	Options
	folder string
	key    signer
	held   *os.File
	before func(operation string) error // for tests: what write asks

	mu      sync.Mutex
	origins map[string]*sync.Mutex // owned by mu; one for each log that is known
	told    map[checkpoint]bool    // owned by mu; a stranger can't add to what the logs signed
}

// Open opens the witness in a folder. Close gives it free.
func Open(folder string, o Options) (*Server, error) {
	key, err := readKey(folder)
	if err != nil {
		return nil, err
	}
	if _, err := readLogs(folder); err != nil {
		return nil, err
	}
	if info, err := os.Stat(filepath.Join(folder, stateFolder)); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Unsound, "witness.state-missing", "folder", filepath.Join(folder, stateFolder))
	}
	held, err := lock(folder)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// What a crash left half written was never answered for.
	torn, _ := filepath.Glob(filepath.Join(folder, stateFolder, tempBegin+"*"))
	for _, path := range torn {
		_ = os.Remove(path)
	}
	return &Server{Options: o, folder: folder, key: key, held: held, origins: map[string]*sync.Mutex{}, told: map[checkpoint]bool{}}, nil
}

// Close gives the folder free.
func (s *Server) Close() error { return s.held.Close() }

// Name is the witness's name.
func (s *Server) Name() string { return s.key.name }

// Handler answers the protocol: POST /add-checkpoint, and
// GET /HASH/checkpoint for the last one cosigned of an origin.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", s.addCheckpoint)
	mux.HandleFunc("GET /{origin}/checkpoint", s.showCheckpoint)
	return mux
}

func (s *Server) addCheckpoint(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBytes))
	if err != nil {
		s.refuse(w, fault.New(fault.Invalid, "witness.request-size", "most", mostBytes))
		return
	}
	line, err := s.cosign(body)
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(line)
}

func (s *Server) showCheckpoint(w http.ResponseWriter, r *http.Request) {
	var h docket.Hash
	name := r.PathValue("origin")
	if h.UnmarshalText([]byte(name)) != nil {
		http.NotFound(w, r)
		return
	}
	text, err := os.ReadFile(filepath.Join(s.folder, stateFolder, name))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(text)
}

// elsewhere is the refusal of a checkpoint that follows from another than the
// last one: it says from which it must.
type elsewhere struct{ size int64 }

func (e elsewhere) Error() string { return "the last size is " + strconv.FormatInt(e.size, 10) }

// refuse answers why not; the statuses are those of C2SP tlog-witness.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	if last, ok := errors.AsType[elsewhere](err); ok {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, "%d\n", last.size)
		return
	}
	status, said := http.StatusInternalServerError, "The witness can't answer now; its operator must look."
	if f, ok := errors.AsType[*fault.Fault](err); ok && statuses[f.Code] != 0 {
		status, said = statuses[f.Code], catalogue.Sentence(s.Lang, err)
	}
	http.Error(w, said, status)
}

// statuses are those of the refusals that the asker can do something about.
var statuses = map[string]int{
	"witness.request-end":     http.StatusBadRequest,
	"witness.request-old":     http.StatusBadRequest,
	"witness.request-long":    http.StatusBadRequest,
	"witness.request-proof":   http.StatusBadRequest,
	"witness.request-size":    http.StatusBadRequest,
	"witness.checkpoint-form": http.StatusBadRequest,
	"witness.smaller":         http.StatusBadRequest,
	"witness.not-signed":      http.StatusForbidden,
	"witness.origin-unknown":  http.StatusNotFound,
	"witness.inconsistent":    http.StatusUnprocessableEntity,
}

// cosign answers one request with the line of the cosignature. The checkpoint
// is on disk before it returns: from then on no other history is cosigned.
func (s *Server) cosign(body []byte) ([]byte, error) {
	r, err := parseRequest(body)
	if err != nil {
		return nil, err
	}
	n, next, err := s.open(r.checkpoint)
	if err != nil {
		return nil, err
	}
	if r.old > next.size {
		return nil, fault.New(fault.Invalid, "witness.smaller", "old", r.old, "size", next.size)
	}
	// From here to the answer one at a time: two histories that are each held
	// against the same last checkpoint would both be found to follow from it.
	mine := s.of(next.origin)
	mine.Lock()
	defer mine.Unlock()
	last, err := s.last(next.origin)
	if err != nil {
		return nil, err
	}
	if r.old != last.size {
		return nil, elsewhere{last.size}
	}
	if !follows(next, last, r.proof) {
		if err := s.tell(n, next, last); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Unsound, "witness.inconsistent", "old", last.size, "size", next.size)
	}
	now := s.key
	now.at = s.Now()
	n.UnverifiedSigs = nil // nobody vouches for them
	signed, err := note.Sign(n, now)
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	if err := write(statePath(s.folder, next.origin), signed, s.before); err != nil {
		return nil, fmt.Errorf("keep what is cosigned: %w", err)
	}
	return signed[bytes.LastIndex(signed, []byte("\n— "))+1:], nil // the newest signature comes last
}

// tell tells of a checkpoint that was not shown to follow, as its log signed
// it, without what others wrote below. Anybody may bring a log's checkpoint with
// a spoilt proof, so that the one that is cosigned already says nothing, and no
// other says it twice.
func (s *Server) tell(n *note.Note, next, last checkpoint) error {
	if s.Inconsistent == nil || next.size == last.size && next.root == last.root {
		return nil
	}
	s.mu.Lock()
	before := s.told[next]
	s.told[next] = true
	s.mu.Unlock()
	if before {
		return nil
	}
	n.UnverifiedSigs = nil
	signed, err := note.Sign(n)
	if err != nil {
		return fmt.Errorf("tell of a checkpoint of %s: %w", next.origin, err)
	}
	s.Inconsistent(signed)
	return nil
}

// open reads a checkpoint that one of the logs signed.
func (s *Server) open(signed []byte) (*note.Note, checkpoint, error) {
	logs, err := readLogs(s.folder)
	if err != nil {
		return nil, checkpoint{}, err
	}
	origin, _, _ := bytes.Cut(signed, []byte("\n"))
	keys := logs[string(origin)]
	if len(keys) == 0 {
		return nil, checkpoint{}, fault.New(fault.NotFound, "witness.origin-unknown")
	}
	n, err := note.Open(signed, note.VerifierList(keys...))
	if err != nil {
		_, forged := errors.AsType[*note.InvalidSignatureError](err)
		_, foreign := errors.AsType[*note.UnverifiedNoteError](err)
		if forged || foreign {
			return nil, checkpoint{}, fault.New(fault.NotAllowed, "witness.not-signed", "origin", string(origin))
		}
		return nil, checkpoint{}, fault.New(fault.Invalid, "witness.checkpoint-form")
	}
	c, err := parseCheckpoint(n.Text)
	return n, c, err
}

// of is the lock of a known log.
func (s *Server) of(origin string) *sync.Mutex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.origins[origin] == nil {
		s.origins[origin] = new(sync.Mutex)
	}
	return s.origins[origin]
}

// follows says whether the tree of next is proved to begin with that of last.
func follows(next, last checkpoint, proof []docket.Hash) bool {
	if next.size == 0 && next.root != docket.Root(nil) {
		return false
	}
	if last.size == 0 {
		return len(proof) == 0 // any tree begins with the empty one
	}
	path := make(tlog.TreeProof, len(proof))
	for n, h := range proof {
		path[n] = tlog.Hash(h)
	}
	return tlog.CheckTree(path, next.size, tlog.Hash(next.root), last.size, tlog.Hash(last.root)) == nil
}
