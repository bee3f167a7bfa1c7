package receivertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Receiver is where somebody wants to be told.
type Receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int       // owned by mu
	came   []Arrival // owned by mu
}

// Arrival is a delivery as it came.
type Arrival struct {
	ID, Timestamp, Signature string // of its header
	Body                     []byte
	Event                    struct {
		ID, Source, Type, Subject string
		Data                      struct {
			Claim, After  string
			Version, Leaf int64
			Row           *int64
		}
	}
}

// Webhook starts a receiver of webhooks, which says yes to everything.
func Webhook(t testing.TB) *Receiver {
	t.Helper()
	r := &Receiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		a := Arrival{ID: q.Header.Get("webhook-id"), Timestamp: q.Header.Get("webhook-timestamp"), Signature: q.Header.Get("webhook-signature"), Body: body}
		if err := json.Unmarshal(body, &a.Event); err != nil {
			t.Errorf("sent %s: %v", body, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		w.WriteHeader(r.status)
		if r.status < 300 {
			r.came = append(r.came, a)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// Answers has it answer with a status from now on. What it refuses, it forgets.
func (r *Receiver) Answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Came is everything that it took, in order.
func (r *Receiver) Came() []Arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.came)
}

// SignedBy is the receiver's own check, as a receiver would write it by the
// specification of Standard Webhooks.
func (a Arrival) SignedBy(t testing.TB, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(a.ID + "." + a.Timestamp + "." + string(a.Body)))
	return slices.Contains(strings.Fields(a.Signature), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
