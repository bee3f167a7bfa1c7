package office_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// slowStore is one whose first act waits until it is let go.
type slowStore struct {
	store.Store
	first        sync.Once
	began, letGo chan struct{}
}

func (s *slowStore) Write(ctx context.Context, act func(store.Tx) error) error {
	s.first.Do(func() {
		close(s.began)
		<-s.letGo
	})
	return s.Store.Write(ctx, act)
}

// Filings that are made ready and filed by one for all may wait long for the store. Who
// only makes some ready, for an act of their own, doesn't wait for that.
func TestWhoOnlyMakesReadyDoesNotWaitForWhatOthersFile(t *testing.T) {
	h := opened(t)
	h.file(departure("before", 2, true))
	slow := &slowStore{Store: h.Office.Store, began: make(chan struct{}), letGo: make(chan struct{})}
	h.Office.Store = slow
	filed := make(chan error)
	go func() {
		_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{departure("slow", 2, true)})
		filed <- err
	}()
	<-slow.began
	given, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	ready, err := h.Office.PrepareFilings(given, "demo", []office.Filing{departure("beside", 2, true)})
	close(slow.letGo)
	must(t, <-filed)
	must(t, err)
	if _, err := h.Office.FilePrepared(t.Context(), h.by("officer"), ready); err != nil {
		t.Error(err)
	}
	h.sound()
}
