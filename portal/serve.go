package portal

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// grace is how long requests under way may take to end.
const grace = 5 * time.Second

// Serve answers on a listener until ctx ends; then it takes no more requests,
// lets those under way finish for a few seconds and returns nil. The limits are
// those of a site that sends small pages and reads nothing: who takes longer is
// not a reader.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      longest + 30*time.Second, // a first reader may wait for the source
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // who is still there had their time
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
