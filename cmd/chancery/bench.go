package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/simulate"
)

func (a *app) benchCommand() *cobra.Command {
	return group("bench", "Measure this machine", "bench intake --seconds 5", a.benchIntake(), a.benchWeb())
}

// intakeRates are what bench intake measured, all in one run. Ratios are in
// hundredths: these machines are noisy, and only what was measured side by side
// can be compared.
type intakeRates struct {
	Fdatasync int64      `json:"fdatasync_a_second"`
	Plain     int64      `json:"plain_a_second,omitempty"`        // SQLite: the same rows, plainly, so many acts to a transaction
	Shared    int64      `json:"plain_shared_a_second,omitempty"` // SQLite: likewise, as many acts to a transaction as there are clients at most
	Aim       int64      `json:"aim_a_second,omitempty"`          // SQLite: the lower of ten times fdatasync and 60 % of plain
	Acts      []actsRate `json:"acts"`
}

// actsRate is how fast one way of filing is.
type actsRate struct {
	Requests    bool   `json:"requests,omitempty"` // of a program, each with a key of its own
	Clients     int    `json:"clients"`
	Batch       int    `json:"batch"` // filings to an act
	Rate        int64  `json:"filings_a_second"`
	P50         string `json:"p50_ms"` // of one act, in milliseconds
	P99         string `json:"p99_ms"`
	CPU         int64  `json:"cpu_us"`         // this process's processor time for a filing, in microseconds: what noise changes least
	Plain       int64  `json:"plain_a_second"` // what it is compared with
	ToFdatasync string `json:"to_fdatasync"`
	ToPlain     string `json:"to_plain"`
}

// intakeBench is what bench intake is asked to measure.
type intakeBench struct {
	in      string
	owner   string // address of an empty PostgreSQL; "" measures SQLite
	role    string
	each    time.Duration
	clients []int
	batch   int
	program bool // who files is a program by requests, each under a key of its own
}

func (a *app) benchIntake() *cobra.Command {
	var seconds int
	m := intakeBench{}
	c := &cobra.Command{
		Use: "intake", Short: "Durable filings a second, beside the disk's own rate",
		Long: `File made-up claims in an installation of its own, removed afterwards: one to an
act by several clients at once, who share commits, and many to an act, of which the
next is prepared while one is entered, as imports do; each act is durable when it is
answered. Beside it, in the same run: 4 KiB blocks written to the same disk with
fdatasync, and the very rows that the acts wrote, inserted into tables with the same
keys and indexes by plain statements: on SQLite so many acts to a transaction, and as
many as there are clients, which is what those can share at most; on PostgreSQL by as many clients, the rows of each act in a transaction of their own,
sent at once. With --requests it is a program that files, by one request for each
claim under a key of its own, as the API takes them; what HTTP and the checks before
it cost is not in it. Quote the ratios: machines are noisy.`,
		Example: "  chancery bench intake --seconds 5 --clients 1,8,64\n" +
			"  chancery bench intake --database postgres://owner@127.0.0.1/empty",
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if seconds < 1 || seconds > 600 || m.batch < 2 || m.batch > office.MostInOneAct || slices.Min(m.clients) < 1 || slices.Max(m.clients) > 1024 {
				return wrongUse(c, "use.bench", "most", office.MostInOneAct)
			}
			defer ballast()() // as serve has
			m.each = time.Duration(seconds) * time.Second
			rates, err := m.measure(c.Context())
			if err != nil {
				return err
			}
			return a.print(rates, func(w io.Writer) {
				rows := [][]string{
					{"", "A SECOND", "P50 MS", "P99 MS", "CPU US", "OF FDATASYNC", "PLAIN", "OF PLAIN"},
					{"fdatasync of 4 KiB", grouped(rates.Fdatasync), "", "", "", "1.00", "", ""},
				}
				if rates.Plain > 0 {
					for _, p := range []struct{ rate, batch int64 }{{rates.Plain, int64(m.batch)}, {rates.Shared, int64(slices.Max(m.clients))}} {
						rows = append(rows, []string{
							fmt.Sprintf("the same rows, plainly, %s to a transaction", grouped(p.batch)), grouped(p.rate), "", "", "",
							ratio(p.rate, rates.Fdatasync), "", ratio(p.rate, rates.Plain),
						})
					}
				}
				for _, r := range rates.Acts {
					rows = append(rows, []string{r.name(), grouped(r.Rate), r.P50, r.P99, grouped(r.CPU), r.ToFdatasync, grouped(r.Plain), r.ToPlain})
				}
				table(w, rows...)
				if rates.Aim > 0 {
					fmt.Fprintf(w, "\nMany clients are to reach the lower of ten times fdatasync (%s) and 60 %% of plain (%s): %s a second.\n",
						grouped(10*rates.Fdatasync), grouped(rates.Plain*6/10), grouped(rates.Aim))
				}
			})
		},
	}
	c.Flags().IntVar(&seconds, "seconds", 3, "for each of the measurements")
	c.Flags().IntVar(&m.batch, "batch", 1000, "filings to an act")
	c.Flags().IntSliceVar(&m.clients, "clients", []int{1, 8, 64}, "clients who file one by one at the same time")
	c.Flags().BoolVar(&m.program, "requests", false, "file as a program does by the API, one claim to a request, and nothing in bulk")
	c.Flags().StringVar(&m.in, "in", ".", "folder on the disk to measure")
	c.Flags().StringVar(&m.owner, "database", "", "measure in an empty PostgreSQL database, by its owner's address (see chancery init)")
	c.Flags().StringVar(&m.role, "role", installation.Role, "as whom the application acts in that database")
	return c
}

func (r actsRate) name() string {
	if r.Batch > 1 {
		return fmt.Sprintf("filings, %s to an act", grouped(int64(r.Batch)))
	}
	if r.Requests {
		return fmt.Sprintf("requests of a program, clients: %d", r.Clients)
	}
	return fmt.Sprintf("filings, one to an act, clients: %d", r.Clients)
}

func (m intakeBench) measure(ctx context.Context) (rates intakeRates, err error) {
	passing, err := filelock.NewPassing(m.in, benchFolder)
	if err != nil {
		return rates, err
	}
	defer func() { err = errors.Join(measured(ctx, err, m.owner), passing.Remove()) }()
	folder := passing.Path
	if rates.Fdatasync, err = syncRate(ctx, filepath.Join(folder, "disk"), m.each); err != nil {
		return rates, err
	}
	places := installation.Beside(filepath.Join(folder, "data"))
	if m.owner != "" {
		if places.Database, err = installation.AddressFor(m.role, m.owner); err != nil {
			return rates, err
		}
	}
	if rates.Acts, err = m.file(ctx, places); err != nil {
		return rates, err
	}
	if m.owner == "" {
		plainly := func(name string, batch int) (int64, error) {
			return installation.InsertPlainly(ctx, places, filepath.Join(folder, name), batch, m.each)
		}
		if rates.Plain, err = plainly("plain", m.batch); err != nil {
			return rates, err
		}
		if rates.Shared, err = plainly("plain-shared", slices.Max(m.clients)); err != nil {
			return rates, err
		}
		rates.Aim = min(10*rates.Fdatasync, rates.Plain*6/10)
	}
	for i := range rates.Acts {
		r := &rates.Acts[i]
		if m.owner == "" {
			r.Plain = rates.Plain
		}
		r.ToFdatasync, r.ToPlain = ratio(r.Rate, rates.Fdatasync), ratio(r.Rate, r.Plain)
	}
	return rates, nil
}

// benchFolder begins the names of the folders in which is measured.
const benchFolder = "chancery-bench-"

// measured is how a measurement ended: nobody looks for what was filed in one that was
// broken off.
func measured(ctx context.Context, err error, owner string) error {
	if err != nil && ctx.Err() != nil {
		return fault.New(fault.Conflict, "interrupted.measuring", "owner", owner)
	}
	return err
}

// file measures each way of filing, in one installation.
func (m intakeBench) file(ctx context.Context, places installation.Places) (rates []actsRate, err error) {
	desk, err := installation.MakeDemoDesk(places.Data)
	if err != nil {
		return nil, err
	}
	if err := installation.Create(ctx, places, "bench.invalid/log", installation.Options{Desk: desk, Owner: m.owner}); err != nil {
		return nil, err
	}
	i, err := installation.Open(ctx, places.Data, installation.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	by, err := signIn(ctx, i)
	if err != nil {
		return nil, err
	}
	book, _ := rulebooks.Find(simulate.Programme)
	if _, err := i.Office.OpenProgramme(ctx, by, book.Name, book.Source); err != nil {
		return nil, err
	}
	f := filer{office: i.Office, by: by, each: m.each}
	ways := append(slices.Clone(m.clients), 0) // in the end one who files many to an act
	if m.program {
		ways = m.clients
		if f.program, err = aProgram(ctx, i.Office, by); err != nil {
			return nil, err
		}
	}
	for _, ways := range ways {
		measure, clients, batch := f.rate, ways, 1
		if ways == 0 {
			measure, clients, batch = f.bulkRate, 1, m.batch
		}
		r, err := measure(ctx, clients, batch)
		if err != nil {
			return nil, err
		}
		if m.owner != "" {
			if r.Plain, err = installation.InsertBarely(ctx, m.owner, clients, batch, m.each); err != nil {
				return nil, err
			}
		}
		rates = append(rates, r)
	}
	return rates, nil
}

func ratio(a, b int64) string {
	if b == 0 {
		return "?"
	}
	return fmt.Sprintf("%d.%02d", a/b, a%b*100/b)
}

// syncRate appends blocks to a file, each made durable by itself.
func syncRate(ctx context.Context, path string, each time.Duration) (rate int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, 4096)
	start, n := time.Now(), int64(0)
	for ; time.Since(start) < each && ctx.Err() == nil; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := syncData(f); err != nil {
			return 0, err
		}
	}
	return perSecond(n, time.Since(start)), ctx.Err()
}

// filer files claims, each once.
type filer struct {
	office *office.Office
	by     office.By
	each   time.Duration
	filed  atomic.Int64 // numbers the made-up claims

	program office.Known // who files by requests; zero where nobody does
}

// aProgram has a token of whoever signed in, by which it may file.
func aProgram(ctx context.Context, o *office.Office, by office.By) (who office.Known, err error) {
	var secret string
	expires := docket.At(o.Now().AddDate(0, 1, 0))
	_, err = o.AddToken(ctx, by, by.Actor.ID(), []string{office.ScopeFile}, expires, func(text string) error {
		secret = text
		return nil
	})
	if err == nil {
		who, _, err = o.AuthenticateToken(ctx, secret)
	}
	return who, err
}

// file files the claims of one act.
func (f *filer) file(ctx context.Context, filings []office.Filing) (err error) {
	if f.program == (office.Known{}) {
		_, err = f.office.FileClaims(ctx, f.by, simulate.Programme, filings)
		return err
	}
	one := filings[0]
	_, _, err = f.office.FileOwn(ctx, office.By{Actor: f.program, Key: "request " + one.Key}, simulate.Programme, one.Key, one)
	return err
}

// rate is how fast so many clients file, each so many claims to an act.
func (f *filer) rate(ctx context.Context, clients, batch int) (actsRate, error) {
	waits := make([][]time.Duration, clients)
	start, spent, before := time.Now(), processorTime(), f.filed.Load()
	group, ctx := errgroup.WithContext(ctx)
	for n := range clients {
		group.Go(func() error {
			for time.Since(start) < f.each && ctx.Err() == nil {
				filings := f.next(batch)
				begun := time.Now()
				if err := f.file(ctx, filings); err != nil {
					return err
				}
				waits[n] = append(waits[n], time.Since(begun))
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return actsRate{}, err
	}
	return f.rated(start, spent, before, clients, batch, slices.Concat(waits...)), nil
}

// bulkRate is how fast one files many claims to an act, and prepares the next act
// meanwhile.
func (f *filer) bulkRate(ctx context.Context, _, batch int) (actsRate, error) {
	type act struct {
		ready *office.Prepared
		begun time.Time
	}
	acts := make(chan act, 1)
	var waits []time.Duration
	start, spent, before := time.Now(), processorTime(), f.filed.Load()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(acts)
		for time.Since(start) < f.each {
			begun := time.Now()
			ready, err := f.office.PrepareFilings(ctx, simulate.Programme, f.next(batch))
			if err != nil {
				return err
			}
			select {
			case acts <- act{ready, begun}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for a := range acts {
			if _, err := f.office.FilePrepared(ctx, f.by, a.ready); err != nil {
				return err
			}
			waits = append(waits, time.Since(a.begun))
		}
		return ctx.Err()
	})
	if err := group.Wait(); err != nil {
		return actsRate{}, err
	}
	return f.rated(start, spent, before, 1, batch, waits), nil
}

// next makes up the claims of one act.
func (f *filer) next(batch int) []office.Filing {
	filings := make([]office.Filing, batch)
	first := int(f.filed.Add(int64(batch))) - batch
	for k := range filings {
		filings[k] = simulate.Filing(1, first+k)
	}
	return filings
}

func (f *filer) rated(start time.Time, spent time.Duration, before int64, clients, batch int, waits []time.Duration) actsRate {
	slices.Sort(waits)
	filed := f.filed.Load() - before
	return actsRate{
		Requests: f.program != office.Known{}, Clients: clients, Batch: batch, Rate: perSecond(filed, time.Since(start)),
		CPU: int64((processorTime()-spent)/time.Microsecond) / max(filed, 1),
		P50: milliseconds(waits[len(waits)/2]), P99: milliseconds(waits[len(waits)*99/100]),
	}
}

// processorTime is how much of it this process has spent, the system's for it included.
func processorTime() time.Duration {
	var used unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &used) // it fails for a wrong argument alone
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// milliseconds prints a time with hundredths.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%d.%02d", d/time.Millisecond, d%time.Millisecond/(10*time.Microsecond))
}

func signIn(ctx context.Context, i *installation.Installation) (office.By, error) {
	secret, err := i.Credential("")
	if err != nil {
		return office.By{}, err
	}
	actor, err := i.Office.Authenticate(ctx, secret)
	return office.By{Actor: actor}, err
}

func perSecond(n int64, took time.Duration) int64 {
	return n * int64(time.Second) / int64(max(took, 1))
}
