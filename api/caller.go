package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// caller is for whom a program asks, and under which key.
type caller struct {
	office.By
	token  store.Token
	secret string // the token's, by which a request that goes on for long is asked again whose it is
}

type callerKey struct{}

// callerOf is who asks, in an operation that takes a token.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// admit lets a request in: how often it may ask, for whom, and under which key.
// What the token was given for is checked here only to say so early: the office
// checks it with each act.
func (s *site) admit(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	op := ctx.Operation()
	scope, _ := op.Metadata["scope"].(string)
	if scope == "" {
		if err := s.counted(ctx, s.guests, s.Remote(r)); err != nil {
			s.refuse(ctx, err)
			return
		}
		next(ctx)
		return
	}
	who, err := s.authenticated(ctx, r)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	keyed, _ := op.Metadata["keyed"].(bool)
	if !keyed {
		next(huma.WithValue(ctx, callerKey{}, who))
		return
	}
	key := ctx.Header(keyHeader)
	if err := checkKey(key); err != nil {
		s.refuse(ctx, err)
		return
	}
	// The office's keys are everybody's: this one is of this actor and operation.
	who.Key = "api\x00" + who.Actor.ID() + "\x00" + op.OperationID + "\x00" + key
	if !s.begin(who.Key) {
		ctx.SetHeader("Retry-After", "1")
		s.refuse(ctx, fault.New(fault.Conflict, "api.in-progress"))
		return
	}
	defer s.end(who.Key)
	next(huma.WithValue(ctx, callerKey{}, who))
}

// authenticated is for whom a request asks. Who guesses at tokens is counted by
// address; who has one, by the token.
func (s *site) authenticated(ctx huma.Context, r *http.Request) (caller, error) {
	secret, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer ")
	if !ok {
		if err := s.counted(ctx, s.guests, s.Remote(r)); err != nil {
			return caller{}, err
		}
		return caller{}, fault.New(fault.NotAllowed, "api.no-token")
	}
	known, token, err := s.office.AuthenticateToken(r.Context(), secret)
	if err != nil {
		if limited := s.counted(ctx, s.guests, s.Remote(r)); limited != nil {
			return caller{}, limited
		}
		return caller{}, err
	}
	if err := s.counted(ctx, s.tokens, token.ID); err != nil {
		return caller{}, err
	}
	return caller{By: office.By{Actor: known}, token: token, secret: secret}, nil
}

// counted counts a question, and says in the answer how many are left.
func (s *site) counted(ctx huma.Context, of *limit, who string) error {
	left, again, ok := of.count(ctx.Context(), who, s.Now())
	seconds := int((again + time.Second - 1) / time.Second)
	ctx.SetHeader("RateLimit", "limit="+strconv.FormatInt(of.most, 10)+", remaining="+strconv.FormatInt(left, 10)+", reset="+strconv.Itoa(seconds))
	if !ok {
		ctx.SetHeader("Retry-After", strconv.Itoa(seconds))
		return fault.New(fault.Conflict, "api.too-many", "seconds", seconds)
	}
	return nil
}

func (s *site) refuse(ctx huma.Context, err error) {
	p := problemOf(ctx.Context(), http.StatusInternalServerError, []error{err})
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="chancery"`)
	}
	_ = huma.WriteErr(s.api, ctx, p.Status, "", p) // who asks is gone
}

// keyPattern is what an Idempotency-Key may be: what no name and no sentence is
// likely to be, with or without the quotes of a structured field.
const keyPattern = `^"?[A-Za-z0-9._:-]{8,100}"?$`

var keyForm = regexp.MustCompile(keyPattern)

func checkKey(key string) error {
	switch {
	case key == "":
		return fault.New(fault.Invalid, "api.key-missing")
	case !keyForm.MatchString(key):
		return fault.New(fault.Invalid, "api.key-form")
	}
	return nil
}

// inProgress are the keys whose requests this process is carrying out. What
// another process is at, the store puts in order: the second waits there for the
// first, and has its answer.
type inProgress struct {
	mu   sync.Mutex
	busy map[string]bool
}

func (p *inProgress) begin(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy[key] {
		return false
	}
	p.busy[key] = true
	return true
}

func (p *inProgress) end(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, key)
}

// tagged answers 304 to who has this state already.
func tagged(asked string, parts ...string) (etag string, err error) {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	etag = `"` + hex.EncodeToString(sum[:12]) + `"`
	for one := range strings.SplitSeq(asked, ",") {
		if one = strings.TrimSpace(one); one == etag || one == "*" {
			return etag, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"Etag": {etag}})
		}
	}
	return etag, nil
}
