package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"strings"
)

// checkPage is the check of a receipt as one page, for a phone without
// network.
//
//go:embed checker/check.html
var checkPage string

// keyMark stands in the page where a key may be put.
const keyMark = `<textarea id="key" rows="3" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea>`

func runPage(_ context.Context, c *call, args []string) (int, error) {
	var to string
	c.flags.StringVar(&to, "o", "", "`FILE` to write the page to")
	c.flags.Var(&c.keys, "key", "the log's verifier `KEY` to put into the page; without it the reader pastes one")
	if _, err := c.parse(args); err != nil {
		return 0, err
	}
	if to == "" {
		return 0, useWrong("-o is missing: say to which file the page goes")
	}
	keys, err := givenKeys("--key", c.keys, typeLog)
	if err != nil {
		return 0, err
	}
	if _, err := trusting(keys); err != nil {
		return 0, err
	}
	if err := os.WriteFile(to, []byte(pageWith(keys)), 0o644); err != nil {
		return 0, useWrong("-o %.200q can't be written: %v", to, fileTrouble(err))
	}
	c.print(map[string]any{"good": true, "file": to, "keys": len(keys)}, fmt.Sprintf("%s: open it in any browser; it needs no network.\n", to))
	return good, nil
}

// pageWith is the page with keys in its field.
func pageWith(keys []key) string {
	var lines []string
	for _, k := range keys {
		lines = append(lines, strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(k.text))
	}
	begin, end, _ := strings.Cut(keyMark, "></textarea>")
	return strings.Replace(checkPage, keyMark, begin+">"+strings.Join(lines, "\n")+"</textarea>"+end, 1)
}
