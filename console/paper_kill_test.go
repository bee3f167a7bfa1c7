package console_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/installation"
)

// servedHere names the data of a process that a test kills.
const servedHere = "CHANCERY_DESK_SERVED_HERE"

func TestMain(m *testing.M) {
	if data := os.Getenv(servedHere); data != "" {
		fmt.Println(serveUntilKilled(data))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveUntilKilled serves the desk, and says where.
func serveUntilKilled(data string) error {
	var seconds atomic.Int64
	begin := time.Date(2020, time.June, 1, 9, 0, 30, 0, time.UTC)
	now := func() time.Time { return begin.Add(time.Duration(seconds.Add(1)) * time.Millisecond) }
	i, err := installation.Open(context.Background(), data, installation.Options{Now: now})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, console.New(i.Office, console.Options{Interview: "/apply/", Now: now}))
}

// killed kills the process that serves, if there is one, and serves in another.
func (h *house) killed(before *exec.Cmd) *exec.Cmd {
	h.Helper()
	if before != nil {
		must(h.TB, before.Process.Kill())
		_ = before.Wait() // it was killed
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), servedHere+"="+h.Places.Data)
	out, err := c.StdoutPipe()
	must(h.TB, err)
	must(h.TB, c.Start())
	h.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	at, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(at, "http://") {
		h.Fatalf("it doesn't serve: %q, %v", at, err)
	}
	h.server = &httptest.Server{URL: strings.TrimSpace(at)}
	return c
}

// Whenever the program is killed, what was kept of a form on paper is there again,
// and a form that was filed is filed.
func TestAFormOnPaperOutlivesTheProgram(t *testing.T) {
	h := opened(t)
	first, second := h.at("officer"), h.at("officer-2")
	number := string(h.Office.NewPaperNumber())
	h.server.Close()
	must(t, h.Close())
	running := h.killed(nil)
	first.post("/desk/paper/begin", url.Values{"number": {number}, "form": {"demo/a-departure"}, "language": {"en"}, "received-day": {"20"}, "received-month": {"5"}, "received-year": {"2020"}}).
		sees(http.StatusOK, "being keyed")
	root := first.at
	running = h.killed(running)
	first.brings(root+"/scan", "page.png", scanned(t)).sees(http.StatusOK, "The scan is here")
	first.post(root+"/part/1", url.Values{"claimant_name": {"Olena Koval"}}).sees(http.StatusOK, "open")
	running = h.killed(running)
	first.get(root+"/part/1").sees(http.StatusOK, "Olena Koval", "page.png")
	first.post(root+"/part/1", onTheForm("4")).sees(http.StatusOK, "Hand over to check")
	first.post(root+"/do", url.Values{"do": {"over"}}).sees(http.StatusOK, "waits for a second person")
	second.post(root+"/open", url.Values{}).sees(http.StatusOK, "Check this form")
	second.post(root+"/do", url.Values{"do": {"check"}}).sees(http.StatusOK)
	second.post(root+"/part/1", onTheForm("9")).sees(http.StatusOK, "Undecided: 1.")
	running = h.killed(running)
	second.post(root+"/differ", url.Values{"nights_away-take": {"first"}}).sees(http.StatusOK, "File the claim")
	running = h.killed(running)
	second.post(root+"/do", url.Values{"do": {"file"}}).sees(http.StatusOK, "We received your form")
	h.killed(running)
	second.post("/desk/paper", url.Values{"number": {number}}).sees(http.StatusConflict, "on file already")
	second.get("/desk/paper").sees(http.StatusOK, "No form is on its way")
}
