package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// source is where a log's published files are read: a web address or a folder
// with a copy.
type source struct {
	at     string
	client *http.Client // nil: a folder
}

const (
	mostWait  = 30 * time.Second // for one file
	mostTries = 3
)

func newSource(at string) (*source, error) {
	if !strings.Contains(at, "://") {
		if info, err := os.Stat(at); err != nil || !info.IsDir() {
			return nil, useWrong("%.200q is neither a web address nor a folder that is there", at)
		}
		return &source{at: at}, nil
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, useWrong("%.200q is not a web address such as https://claims.example.org/log/", at)
	}
	return &source{at: strings.TrimSuffix(at, "/"), client: &http.Client{Timeout: mostWait, CheckRedirect: within}}, nil
}

// mostHops is how often one file may be said to be elsewhere.
const mostHops = 5

// within follows a redirection on the server that was named and nowhere else: a
// log must not send whoever checks it into a network that it can't reach itself,
// nor from https to http.
func within(to *http.Request, via []*http.Request) error {
	from := via[0].URL
	if to.URL.Host != from.Host || to.URL.Scheme != from.Scheme {
		return fmt.Errorf("the server sends elsewhere, to %.200q; if the log has moved there, give that address", to.URL.Redacted())
	}
	if len(via) > mostHops {
		return errors.New("the server sends from one place to the next without end")
	}
	return nil
}

// name says where a file is, as a person would look it up.
func (s *source) name(file string) string {
	if s.client == nil {
		return filepath.Join(s.at, filepath.FromSlash(file))
	}
	return s.at + "/" + file
}

// get reads a file of at most so many bytes; fs.ErrNotExist where there is
// none. What may pass by itself is tried again, a little later each time.
func (s *source) get(ctx context.Context, file string, most int64) (raw []byte, err error) {
	if s.client == nil {
		info, err := os.Stat(s.name(file))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fs.ErrNotExist
		case err == nil && !info.Mode().IsRegular(): // a pipe would never answer
			return nil, misshapen{"it is not a file"}
		}
		return readFile(s.name(file), most)
	}
	for try := 1; ; try++ {
		again := false
		if raw, again, err = s.ask(ctx, file, most); err == nil || !again || try == mostTries {
			return raw, err
		}
		select {
		case <-time.After(time.Duration(try*try) * 250 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *source) ask(ctx context.Context, file string, most int64) (raw []byte, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.name(file), nil)
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("User-Agent", "chancery-verify")
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, ctx.Err() == nil, fmt.Errorf("no answer: %w", err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone:
		return nil, false, fs.ErrNotExist
	case answer.StatusCode != http.StatusOK:
		again := answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests
		return nil, again, fmt.Errorf("the server answers %s", answer.Status)
	}
	raw, err = io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err != nil {
		return nil, true, fmt.Errorf("the answer broke off: %w", err)
	}
	if int64(len(raw)) > most {
		return nil, false, tooLarge(most)
	}
	return raw, false, nil
}

// misshapen is what is wrong with a file that was had, and can't be what it must
// be whatever it holds.
type misshapen struct{ what string }

func (m misshapen) Error() string { return m.what }

func tooLarge(most int64) error { return misshapen{fmt.Sprintf("it is larger than %d bytes", most)} }

// unreadable is the problem of a file that couldn't be had, or can't be read for
// what it must be.
func (s *source) unreadable(file string, err error) *problem {
	if errors.Is(err, fs.ErrNotExist) {
		return wrong(s.name(file), "the file is not there").
			meaning("Part of the published log is missing", "Try another copy of the log; ask its operator to publish it again")
	}
	if shape, ok := errors.AsType[misshapen](err); ok {
		return wrong(s.name(file), "%s", shape.what).
			meaning("The file was changed, or cut short", "Try another copy of the log; ask its operator to publish it again")
	}
	return unknown(s.name(file), "the file can't be read: %v", err).
		meaning("It is not known whether it is as it must be", "Try again later, or try another copy of the log")
}

// tileName is the name of tile or bundle n of a level ("entries", "0", "1" …);
// full ones have 256 hashes or records.
func tileName(level string, n int64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < tileWidth {
		name += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + name
}

const tileWidth = 256

// tile reads width items of so many bytes of a tile or bundle. A partial one
// may be gone once there is a larger or a full one.
func (s *source) tile(ctx context.Context, prefix, level string, n int64, width, each int) (name string, raw []byte, err error) {
	name = prefix + tileName(level, n, width)
	raw, err = s.get(ctx, name, tileWidth*int64(each))
	if width < tileWidth && errors.Is(err, fs.ErrNotExist) {
		full, errFull := s.get(ctx, prefix+tileName(level, n, tileWidth), tileWidth*int64(each))
		if errFull == nil {
			name, raw, err = prefix+tileName(level, n, tileWidth), full, nil
			if len(full) == tileWidth*each {
				raw = full[:width*each]
			}
		}
	}
	if err == nil && len(raw) != width*each {
		err = misshapen{fmt.Sprintf("it has %d bytes, and %d are due (%d items of %d)", len(raw), width*each, width, each)}
	}
	return name, raw, err
}
