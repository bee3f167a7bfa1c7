package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// webRates are what bench web measured, all in one run. Times are of one page as
// a person waits for it: from the click until it is there, with what it redirects
// to.
type webRates struct {
	Claimants int    `json:"claimants"`
	Thought   string `json:"thought"` // between pages
	webRun
	Memory int64    `json:"peak_memory_bytes"` // of the serving process, after that
	Load   string   `json:"load_average"`      // of this machine, when it began
	Most   mostRate `json:"without_thought"`
}

// webRun is one run of claimants.
type webRun struct {
	Pages   int      `json:"pages"`
	Claims  int      `json:"claims"`
	Refused int      `json:"answers_refused"` // pages that refused an answer, and said why
	Errors  int      `json:"errors"`
	Said    []string `json:"errors_said,omitempty"` // the first ones
	P50     string   `json:"p50_ms"`
	P95     string   `json:"p95_ms"`
	P99     string   `json:"p99_ms"`
	Max     string   `json:"max_ms"`
	Rate    int64    `json:"pages_a_second"`
}

// mostRate is the most that the server takes, beside a plain page.
type mostRate struct {
	Clients int `json:"clients"`
	webRun
	Plain  int64  `json:"plain_a_second"` // a static page of the same size, by the same clients
	Ratio  string `json:"to_plain"`
	Memory int64  `json:"peak_memory_bytes"`
}

// webBench is what bench web is asked to measure.
type webBench struct {
	in, programme string
	claimants     int
	least, most   time.Duration // of thought
	each, arrive  time.Duration
	seed          uint64
	photo         []byte
}

// benchAtOnce are the clients who ask without thought.
const benchAtOnce = 16

func (a *app) benchWeb() *cobra.Command {
	m := webBench{}
	var seconds int
	c := &cobra.Command{
		Use: "web", Short: "Claimants who file by the pages, all at once",
		Long: `Serve an installation of its own, removed afterwards, in a process of its own, and
send claimants to it: each reads the pages as a browser without scripts does, fills
in their forms, thinks between pages, and goes the whole way from the start page to
the confirmation, with a photograph as evidence. Who has filed begins again until
--seconds are over; everybody finishes. Each asks from an address of their own.

Then the same without thought, by 16 at once: the most that it takes. Beside it, in
the same run and by the same clients: a plain page of the same size that is always
the same. Both share this machine with the clients. Quote the ratio, and the load
average beside it: machines are noisy.`,
		Example: "  chancery bench web --claimants 200 --seconds 60",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if seconds < 1 || seconds > 3600 || m.claimants < 1 || m.claimants > 10_000 || m.least < 0 || m.most < m.least {
				return wrongUse(c, "use.bench-web")
			}
			m.each = time.Duration(seconds) * time.Second
			rates, err := a.measureWeb(c.Context(), m)
			if err != nil {
				return err
			}
			if err := a.print(rates, func(w io.Writer) { table(w, rates.rows()...) }); err != nil {
				return err
			}
			if failed := rates.Errors + rates.Most.Errors; failed > 0 {
				return fault.New(fault.Unsound, "bench.web-errors", "errors", failed, "first", slices.Concat(rates.Said, rates.Most.Said)[0])
			}
			return nil
		},
	}
	c.Flags().IntVar(&m.claimants, "claimants", 200, "who file at the same time")
	c.Flags().IntVar(&seconds, "seconds", 30, "so long claimants begin again, in each of the measurements")
	c.Flags().DurationVar(&m.least, "think-least", 2*time.Second, "thought before a page, at least")
	c.Flags().DurationVar(&m.most, "think-most", 5*time.Second, "thought before a page, at most")
	c.Flags().DurationVar(&m.arrive, "arrive", 0, "over so long they come, one after another: 0 is all at once")
	c.Flags().Uint64Var(&m.seed, "seed", 1, "of what they choose and how long they think")
	c.Flags().StringVar(&m.programme, "programme", "rd4u", "the shipped rulebook under which they file")
	c.Flags().StringVar(&m.in, "in", ".", "folder on the disk to measure")
	return c
}

func (r webRates) rows() [][]string {
	row := func(name string, r webRun) []string {
		return []string{name, grouped(int64(r.Pages)), grouped(int64(r.Claims)), grouped(int64(r.Errors)), r.P50, r.P95, r.P99, r.Max, grouped(r.Rate)}
	}
	return [][]string{
		{"", "PAGES", "CLAIMS", "ERRORS", "P50 MS", "P95 MS", "P99 MS", "MAX MS", "PAGES A SECOND"},
		row(fmt.Sprintf("%s claimants, %s of thought", grouped(int64(r.Claimants)), r.Thought), r.webRun),
		row(fmt.Sprintf("without thought, %d at once", r.Most.Clients), r.Most.webRun),
		{"a plain page, as many at once", "", "", "", "", "", "", "", grouped(r.Most.Plain)},
		{"of a plain page", "", "", "", "", "", "", "", r.Most.Ratio},
		{fmt.Sprintf("memory of the server: %s MB, then %s MB; load average %s", grouped(r.Memory/1e6), grouped(r.Most.Memory/1e6), r.Load)},
	}
}

func (a *app) measureWeb(ctx context.Context, m webBench) (rates webRates, err error) {
	passing, err := filelock.NewPassing(m.in, benchFolder)
	if err != nil {
		return rates, err
	}
	defer func() { err = errors.Join(measured(ctx, err, ""), passing.Remove()) }()
	s, err := a.serveBench(ctx, passing.Path, m.programme)
	if err != nil {
		return rates, err
	}
	defer func() {
		if ended := s.end(); ended != nil {
			err = errors.Join(err, ended, errors.New(s.last()))
		}
	}()
	m.photo = benchPhoto(m.seed)
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return rates, err
	}
	rates.Claimants, rates.Thought = m.claimants, fmt.Sprintf("%s to %s", m.least, m.most)
	rates.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	think := func(by *rand.Rand) time.Duration { return m.least + time.Duration(by.Int64N(int64(m.most-m.least)+1)) }
	if rates.webRun, err = m.run(ctx, s.base, m.claimants, 0, think); err != nil {
		return rates, err
	}
	if rates.Memory, err = s.peak(); err != nil {
		return rates, err
	}
	rates.Most.Clients, m.arrive = benchAtOnce, 0
	if rates.Most.webRun, err = m.run(ctx, s.base, benchAtOnce, m.claimants, func(*rand.Rand) time.Duration { return 0 }); err != nil {
		return rates, err
	}
	if rates.Most.Memory, err = s.peak(); err != nil {
		return rates, err
	}
	rates.Most.Plain, err = m.plain(ctx, s.base)
	rates.Most.Ratio = ratio(rates.Most.Rate, rates.Most.Plain)
	return rates, err
}

// run lets so many claimants file, numbered from first.
func (m webBench) run(ctx context.Context, base string, many, first int, think func(*rand.Rand) time.Duration) (webRun, error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var r webRun
	var waits []time.Duration
	begun := time.Now()
	for n := range many {
		c, err := newClaimant(base, first+n, m.seed, think, m.photo)
		if err != nil {
			return r, err
		}
		all.Go(func() {
			defer c.leave()
			var failed []string
			_ = pause(ctx, m.arrive*time.Duration(n)/time.Duration(many)) // an end is seen below
			for again := false; !again || time.Since(begun) < m.each && ctx.Err() == nil && len(failed) == 0; again = true {
				if err := c.file(ctx); err != nil && ctx.Err() == nil {
					failed = append(failed, err.Error()) // who can't file goes away
				}
			}
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, c.waits...)
			r.Claims, r.Refused, r.Errors, r.Said = r.Claims+c.claims, r.Refused+c.tries, r.Errors+len(failed), append(r.Said, failed...)
		})
	}
	all.Wait()
	took := time.Since(begun)
	if ctx.Err() != nil || len(waits) == 0 {
		return r, errors.Join(ctx.Err(), errors.New(strings.Join(r.Said[:min(len(r.Said), 5)], "\n")))
	}
	slices.Sort(waits)
	part := func(of, whole int) string { return milliseconds(waits[min(len(waits)*of/whole, len(waits)-1)]) }
	r.Pages, r.Rate, r.Said = len(waits), perSecond(int64(len(waits)), took), r.Said[:min(len(r.Said), 5)]
	r.P50, r.P95, r.P99, r.Max = part(50, 100), part(95, 100), part(99, 100), part(1, 1)
	return r, nil
}

// plain is how often a second the same clients get and read a page that is always
// the same: the interview's first, as it was served.
func (m webBench) plain(ctx context.Context, base string) (rate int64, err error) {
	answer, err := http.Get(base + "/apply/")
	if err != nil {
		return 0, err
	}
	page, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "page.html", time.Time{}, bytes.NewReader(page))
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	var all sync.WaitGroup
	var mu sync.Mutex
	var pages int64
	begun := time.Now()
	for n := range benchAtOnce {
		c, failed := newClaimant("http://"+listener.Addr().String(), n, m.seed, func(*rand.Rand) time.Duration { return 0 }, nil)
		if failed != nil {
			return 0, failed
		}
		all.Go(func() {
			defer c.leave()
			var failed error
			for time.Since(begun) < min(m.each, 10*time.Second) && failed == nil {
				failed = c.open(ctx, "/")
			}
			mu.Lock()
			defer mu.Unlock()
			pages, err = pages+int64(len(c.waits)), errors.Join(err, failed)
		})
	}
	all.Wait()
	rate = perSecond(pages, time.Since(begun))
	err = errors.Join(err, server.Close())
	<-ended // closed, as asked
	return rate, err
}

// benchPhoto is a picture of some tens of kilobytes, as a telephone sends it made
// small.
func benchPhoto(seed uint64) []byte {
	by := rand.New(rand.NewPCG(seed, 0))
	picture := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			picture.Set(x, y, color.RGBA{byte(x), byte(y), byte(by.IntN(64)), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture, nil) // into memory, of a size that it takes
	return b.Bytes()
}
