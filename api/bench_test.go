package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Filing in bulk over HTTP: go test ./api -run '^$' -bench Bulk -benchtime 1x
func BenchmarkBulkFiling(b *testing.B) {
	const rows = 100_000
	h := opened(b, nil)
	for run := range b.N {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, h.server.URL+"/api"+demoBulk, streamed(b, run, rows))
		must(b, err)
		r.Header.Set("Content-Type", "application/x-ndjson")
		r.Header.Set("Authorization", "Bearer "+h.tokens["officer"])
		r.Header.Set("Idempotency-Key", fmt.Sprintf("bench-%08d", run))
		answer, err := h.server.Client().Do(r)
		must(b, err)
		lines := bufio.NewScanner(answer.Body)
		var last line
		for lines.Scan() {
			last = line{}
			must(b, json.Unmarshal(lines.Bytes(), &last))
		}
		must(b, errs(lines.Err(), answer.Body.Close()))
		if last.Status != "done" || last.Counts["filed"] != rows {
			b.Fatalf("%+v", last)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "claims/s")
	b.ReportMetric(peak(b), "MB-peak")
}

// streamed are the lines, made as they are read.
func streamed(b *testing.B, run, rows int) io.Reader {
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(w, 1<<16)
		for i := range rows {
			text, err := json.Marshal(with(departure(fmt.Sprint(i), fmt.Sprint(i%9+1)), "own_reference", fmt.Sprint("case ", run, " ", i)))
			if err == nil {
				_, err = out.Write(append(text, '\n'))
			}
			if err != nil {
				_ = w.CloseWithError(err)
				return
			}
		}
		_ = w.CloseWithError(out.Flush())
	}()
	return r
}

// peak is the most memory that this process has had, in MB: the server's, the
// program's that asks, and the benchmark's own.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc: ", err)
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			must(b, err)
			return float64(kb) / 1024
		}
	}
	return 0
}
