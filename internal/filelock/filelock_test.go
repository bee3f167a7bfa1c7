package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// opened opens a file or folder for one more who wants it.
func opened(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestWhoHoldsAFileKeepsOutWhoMustNotHaveItToo(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "lock")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		first, second func(*os.File) error
		want          error
	}{
		{"alone and alone", Alone, Alone, ErrHeld},
		{"alone and beside", Alone, Beside, ErrHeld},
		{"beside and alone", Beside, Alone, ErrHeld},
		{"beside and beside", Beside, Beside, nil},
		{"waited for and alone", WaitAlone, Alone, ErrHeld},
	} {
		for what, path := range map[string]string{"a file": file, "a folder": folder} {
			t.Run(c.name+", "+what, func(t *testing.T) {
				one, other := opened(t, path), opened(t, path)
				if err := c.first(one); err != nil {
					t.Fatal(err)
				}
				if err := c.second(other); !errors.Is(err, c.want) {
					t.Errorf("the second gets %v", err)
				}
				if c.want == nil {
					return
				}
				if err := Free(one); err != nil {
					t.Fatal(err)
				}
				if err := c.second(other); err != nil {
					t.Errorf("once it is free the second gets %v", err)
				}
			})
		}
	}
}

func TestWhoWaitsForAFileHasItWhenItIsClosed(t *testing.T) {
	path := t.TempDir()
	one, other := opened(t, path), opened(t, path)
	if err := Alone(one); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() { got <- WaitAlone(other) }()
	select {
	case err := <-got:
		t.Fatalf("it didn't wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	if err := Alone(opened(t, path)); !errors.Is(err, ErrHeld) {
		t.Errorf("a third gets %v", err)
	}
}

func TestAClosedFileIsNotLocked(t *testing.T) {
	f := opened(t, t.TempDir())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Alone(f); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("Alone of a closed file: %v", err)
	}
}
