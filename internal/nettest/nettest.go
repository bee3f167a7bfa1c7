// Package nettest puts a way between two programs of a test that can be made
// slow, or cut.
package nettest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Way leads from an address of its own to another one.
type Way struct {
	Address string // host:port

	proxy *toxiproxy.Proxy
}

// To opens a way to an address, host:port, and closes it with the test.
func To(t testing.TB, address string) *Way {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &Way{proxy: toxiproxy.NewProxy(server, "way", "127.0.0.1:0", address)}
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.proxy.Stop)
	w.Address = w.proxy.Listen
	return w
}

// Slow delays what goes each way.
func (w *Way) Slow(t testing.TB, by time.Duration) {
	t.Helper()
	w.add(t, "latency", fmt.Sprintf(`"latency": %d`, by.Milliseconds()))
}

// Reset breaks each connection off as soon as something is sent over it.
func (w *Way) Reset(t testing.TB) {
	t.Helper()
	w.add(t, "reset_peer", `"timeout": 0`)
}

// Swallow lets connections stand, and nothing through: as where a cable was
// pulled, or a firewall forgot.
func (w *Way) Swallow(t testing.TB) {
	t.Helper()
	w.add(t, "timeout", `"timeout": 0`)
}

// Narrow lets no more than so many kilobytes a second through, each way.
func (w *Way) Narrow(t testing.TB, kilobytes int) {
	t.Helper()
	w.add(t, "bandwidth", fmt.Sprintf(`"rate": %d`, kilobytes))
}

// Unsteady breaks a share of the connections off some time after they began to say
// something.
func (w *Way) Unsteady(t testing.TB, share float64, after time.Duration) {
	t.Helper()
	w.toxic(t, "reset_peer", "upstream", share, fmt.Sprintf(`"timeout": %d`, after.Milliseconds()))
}

func (w *Way) add(t testing.TB, kind, attributes string) {
	t.Helper()
	for _, direction := range []string{"upstream", "downstream"} {
		w.toxic(t, kind, direction, 1, attributes)
	}
}

func (w *Way) toxic(t testing.TB, kind, direction string, share float64, attributes string) {
	t.Helper()
	toxic := fmt.Sprintf(`{"name": "%s %s", "type": %q, "stream": %q, "toxicity": %g, "attributes": {%s}}`, kind, direction, kind, direction, share, attributes)
	if _, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		t.Fatal(err)
	}
}

// Mend makes the way good again. Connections that were swallowed or reset are
// gone.
func (w *Way) Mend() { w.proxy.Toxics.ResetToxics(context.Background()) }

// Close refuses every connection, and Open takes them again.
func (w *Way) Close() { w.proxy.Stop() }

// Open takes connections again after Close.
func (w *Way) Open(t testing.TB) {
	t.Helper()
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
}
