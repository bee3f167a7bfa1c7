package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
)

// Two processes work on one database. Each job whose act was committed is
// handed to one of them, those of acts that failed to none; one that comes to
// nothing is handed out again; one that isn't due yet is asked about again.
func TestJobsAreHandedOutByRiver(t *testing.T) {
	db := started(t)
	url := db.in(db.prepared(t), pgtest.Application)
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	looks, failed := map[string]int{}, false
	late := docket.At(time.Now().Add(2 * time.Second))
	look := func(_ context.Context, _, key string) (again docket.Instant, err error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case key == "fails" && !failed:
			failed = true
			return again, errors.New("not this time")
		case key == "late" && time.Now().Before(late.Time):
			return late, nil
		}
		looks[key]++
		return again, nil
	}
	var working sync.WaitGroup
	for range 2 {
		s := opened(t, url)
		working.Go(func() {
			if err := s.Work(ctx, aMinute, look); err != nil {
				t.Error(err)
			}
		})
	}
	s := opened(t, url)
	want := map[string]int{"fails": 1, "late": 1, "past": 1, "set anew": 1}
	enter := func(jobs ...store.Job) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.Enqueue(jobs...) }
	}
	job := func(key string, due time.Time) store.Job {
		return store.Job{Kind: "shred", Key: key, Due: docket.At(due)}
	}
	write := func(act func(store.Tx) error) {
		if err := s.Write(t.Context(), act); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 20 {
		key := fmt.Sprint(n)
		want[key] = 1
		write(enter(job(key, time.Now())))
		lost := s.Write(t.Context(), func(tx store.Tx) error {
			return errors.Join(tx.Enqueue(job("lost "+key, time.Now())), errors.New("the act changes its mind"))
		})
		if lost == nil {
			t.Fatal("it was to fail")
		}
	}
	write(enter(job("fails", time.Now()), job("late", time.Now()), job("past", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)), job("set anew", time.Now().AddDate(1, 0, 0))))
	write(func(tx store.Tx) error { return tx.PutJob(job("set anew", time.Now())) })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		mu.Lock()
		got := maps.Clone(looks)
		mu.Unlock()
		if maps.Equal(got, want) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("looked at: %v, want %v", got, want)
		}
	}
	stop()
	working.Wait()
}

// aMinute is how long a look may take.
func aMinute(string) time.Duration { return time.Minute }

// Whoever writes a job as it is, to have somebody woken, adds no second waking to
// one that is still to be handed out; set anew it is another.
func TestAJobThatWaitsForItsWakingWakesNobodyMore(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	s := opened(t, db.in(schema, pgtest.Application))
	c := as(t, db.in(schema, pgtest.Application))
	due := time.Now().Add(-time.Hour)
	j := store.Job{Kind: "shred", Key: "a", Due: docket.At(due)}
	for n, act := range []func(store.Tx) error{
		func(tx store.Tx) error { return tx.Enqueue(j, j) },
		func(tx store.Tx) error { return tx.PutJob(j) },
		func(tx store.Tx) error { return tx.PutJob(j) },
		func(tx store.Tx) error { j.Due = docket.At(due.Add(time.Second)); return tx.PutJob(j) },
		func(tx store.Tx) error { return tx.PutJob(j) },
	} {
		write(t, s, act)
		wakings := list[int64](t, c, "SELECT count(*) FROM river.river_job WHERE queue = current_schema()")[0]
		if want := []int64{1, 1, 1, 2, 2}[n]; wakings != want {
			t.Errorf("after write %d there are %d wakings, want %d", n, wakings, want)
		}
	}
}
