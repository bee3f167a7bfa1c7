package upload_test

import (
	"crypto/sha256"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/internal/nettest"
)

var slow = flag.Bool("slow", false, "send 8 MB over the bad line too: make slow does")

// A line of 50 kbit/s on which three of ten connections are reset: a photo of 500 kB
// arrives, whole, and at each break the server has what it acknowledged.
func TestABadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("a line of 50 kbit/s takes its time")
	}
	t.Parallel()
	size := 500_000
	if *slow {
		size = 8_000_000
	}
	c := newCounter(t)
	server := httptest.NewServer(c.handler())
	t.Cleanup(server.Close)
	way := nettest.To(t, server.Listener.Addr().String())
	way.Narrow(t, 6) // kilobytes
	way.Unsteady(t, 0.3, time.Second)
	s := &sender{server: "http://" + way.Address, piece: 128 << 10, client: &http.Client{
		// One connection for each request: three of ten of them break.
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext},
	}}
	content := text(size)
	err := s.send("photo.txt", content, func(here, acknowledged int) {
		if here < acknowledged {
			t.Errorf("%d bytes were acknowledged, and %d are there", acknowledged, here)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Office.Files(t.Context(), c.by, c.owner())
	if err != nil || len(files) != 1 || files[0].State != evidence.Quarantined || files[0].SHA256 != docket.Hash(sha256.Sum256(content)) {
		t.Errorf("%+v, %v", files, err)
	}
	t.Logf("the line broke %d times", s.broke)
}
