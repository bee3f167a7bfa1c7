package installation_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/post"
)

// What goes out lies in clear: for its own user alone, and for some days.
func TestWhatGoesOutIsPrivateAndGoes(t *testing.T) {
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	now := time.Now()
	options := installation.Options{Now: func() time.Time { return now }}
	if err := installation.Create(t.Context(), places, "register.example/log", options); err != nil {
		t.Fatal(err)
	}
	i, err := installation.Open(t.Context(), places.Data, options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = i.Close() }()
	path, err := i.Out("letters", ".html", func(w io.Writer) error {
		_, err := io.WriteString(w, "Olena")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]os.FileMode{path: 0o600, i.Outbox(): 0o700 | os.ModeDir} {
		if info, err := os.Stat(at); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", at, info.Mode(), err)
		}
	}
	stop := errors.New("stop")
	if _, err := i.Out("letters", ".html", func(io.Writer) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if list, err := os.ReadDir(i.Outbox()); err != nil || len(list) != 1 {
		t.Errorf("half a file is left: %v, %v", list, err)
	}
	there := func() bool {
		if err := i.ClearOutbox(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(path)
		return err == nil
	}
	now = now.Add((installation.OutboxDays*24 - 1) * time.Hour)
	if !there() {
		t.Error("gone before its time")
	}
	now = now.Add(2 * time.Hour)
	if there() {
		t.Error("there after its time")
	}
	if err := i.SetMail(post.Settings{Host: "mail.example.org", Port: 587, Security: post.Clear, From: "a@example.org"}); fault.Code(err) != "post.clear" {
		t.Errorf("mail in clear: %v", err)
	}
}

// A job removes what has lain in the outbox: nothing that is to stay is put there.
func TestNoBackupsAndNoKeysGoIntoTheOutbox(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	i := opened(t, places)
	defer func() { _ = i.Close() }()
	for _, folder := range []string{i.Outbox(), filepath.Join(i.Outbox(), "backups")} {
		_, err := i.Backup(t.Context(), folder, s.to, 0, nil)
		wantCode(t, "a backup into "+folder, err, "installation.in-outbox")
		wantCode(t, "keys into "+folder, places.Private(folder), "installation.in-outbox")
	}
	if _, err := os.Lstat(i.Outbox()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the outbox was made: %v", err)
	}
}
