package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/simulate"
)

func (a *app) benchCommand() *cobra.Command {
	return group("bench", "Measure this machine", "bench intake --seconds 5", a.benchIntake())
}

// intakeRates are what bench intake measured, all in one run. Ratios are to
// the disk's rate, in hundredths: these machines are noisy, and only what was
// measured side by side can be compared.
type intakeRates struct {
	Fdatasync   int64  `json:"fdatasync_a_second"`
	Single      int64  `json:"single_acts_a_second"`
	Batched     int64  `json:"batched_acts_a_second"`
	Batch       int    `json:"batch"`
	SingleRatio string `json:"single_to_fdatasync"`
	BatchRatio  string `json:"batched_to_fdatasync"`
}

func (a *app) benchIntake() *cobra.Command {
	var seconds, batch int
	var in string
	c := &cobra.Command{
		Use: "intake", Short: "Durable filings a second, beside the disk's own rate",
		Long: `File made-up claims in an installation of its own, removed afterwards: one by one
and in batches, each durable when it is answered, and in the same run write and
fdatasync 4 KiB blocks to the same disk. Quote the ratios: machines are noisy.`,
		Example: "  chancery bench intake --seconds 5",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if seconds < 1 || seconds > 600 || batch < 2 || batch > office.MostInOneAct {
				return wrongUse(c, "use.bench", "most", office.MostInOneAct)
			}
			rates, err := measureIntake(c.Context(), in, time.Duration(seconds)*time.Second, batch)
			if err != nil {
				return err
			}
			return a.print(rates, func(w io.Writer) {
				table(w,
					[]string{"", "A SECOND", "OF FDATASYNC"},
					[]string{"fdatasync of 4 KiB", grouped(rates.Fdatasync), "1.00"},
					[]string{"filings, one by one", grouped(rates.Single), rates.SingleRatio},
					[]string{fmt.Sprintf("filings, %d to an act", batch), grouped(rates.Batched), rates.BatchRatio})
			})
		},
	}
	c.Flags().IntVar(&seconds, "seconds", 3, "for each of the three measurements")
	c.Flags().IntVar(&batch, "batch", 1000, "filings to an act")
	c.Flags().StringVar(&in, "in", ".", "folder on the disk to measure")
	return c
}

func measureIntake(ctx context.Context, in string, each time.Duration, batch int) (rates intakeRates, err error) {
	folder, err := os.MkdirTemp(in, "chancery-bench-")
	if err != nil {
		return rates, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	rates.Batch = batch
	if rates.Fdatasync, err = syncRate(ctx, filepath.Join(folder, "disk"), each); err != nil {
		return rates, err
	}
	places := installation.Beside(filepath.Join(folder, "data"))
	if err := installation.Create(ctx, places, "bench.invalid/log", installation.Options{}); err != nil {
		return rates, err
	}
	i, err := installation.Open(ctx, places.Data, installation.Options{})
	if err != nil {
		return rates, err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if rates.Single, err = filingRate(ctx, i, each, 1, 0); err != nil {
		return rates, err
	}
	if rates.Batched, err = filingRate(ctx, i, each, batch, 1_000_000); err != nil {
		return rates, err
	}
	rates.SingleRatio, rates.BatchRatio = ratio(rates.Single, rates.Fdatasync), ratio(rates.Batched, rates.Fdatasync)
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
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
	}
	return perSecond(n, time.Since(start)), ctx.Err()
}

// filingRate files claims, so many to an act.
func filingRate(ctx context.Context, i *installation.Installation, each time.Duration, batch, from int) (int64, error) {
	by, err := signIn(ctx, i)
	if err != nil {
		return 0, err
	}
	book, _ := rulebooks.Find(simulate.Programme)
	if _, err := i.Office.OpenProgramme(ctx, by, book.Name, book.Source); err != nil {
		return 0, err
	}
	start, n := time.Now(), 0
	for time.Since(start) < each && ctx.Err() == nil {
		filings := make([]office.Filing, batch)
		for k := range filings {
			filings[k] = simulate.Filing(1, from+n+k)
		}
		if _, err := i.Office.FileClaims(ctx, by, simulate.Programme, filings); err != nil {
			return 0, err
		}
		n += batch
	}
	return perSecond(int64(n), time.Since(start)), ctx.Err()
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
