package main

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func TestAcknowledgements(t *testing.T) {
	s, other := newSigner(t, origin), newSigner(t, origin)
	records := someRecords(600)
	text := func(record hash) string {
		return fmt.Sprintf("chancery/acknowledgement/v1\n%s\nclaim/5f#1\n%s\n2026-01-31T09:00:00.007Z\n2026-02-01T09:00:00.007Z\n", origin, record)
	}
	in, out := sign(t, text(records[300]), s), sign(t, text(hash{5}), s)
	log := published(t, s, records)
	early, late := newCosigner(t, "w.example/early", 1_769_900_000), newCosigner(t, "w.example/late", 1_770_000_000) // 31 January and 2 February 2026
	witnessed := log.clone()
	witnessed["checkpoint"] = []byte(sign(t, checkpointText(origin, 600, growTree(records).root(600)), s, early, late))
	plain, cosigned := log.folder(t), witnessed.folder(t)
	broken := flipped(log, "tile/entries/000", 40, 1).folder(t)
	next := newSigner(t, origin+"/epoch/2")
	lossy, _ := opening{reason: "loss", kept: 300, by: []note.Signer{s}, newRecords: someRecords(300)}.publish(t, log, s, next, 600)
	lost := lossy.folder(t)
	on := someRecords(601)
	rotated, _ := opening{reason: "key-rotation", kept: 600, by: []note.Signer{s}, newRecords: on}.publish(t, log, s, next, 600)
	later := sign(t, strings.Replace(text(on[600]), origin, next.Name(), 1), next)
	for _, c := range []struct {
		name string
		ack  string
		args []string
		code int
		said string
	}{
		{"signed", in, nil, good, "has signed that it took in claim/5f#1 at 2026-01-31T09:00:00.007Z"},
		{"in the log", in, []string{"--log", plain}, good, "as leaf 300"},
		{"not in the log, and no time", out, []string{"--log", plain}, misled, "can't be told"},
		{"not in the log, and not due", out, []string{"--log", plain, "--at", "2026-02-01T09:00:00.007Z"}, good, "need not be before 2026-02-01T09:00:00.007Z"},
		{"overdue at a time", out, []string{"--log", plain, "--at", "2026-02-01T09:00:00.008Z"}, bad, "The promise was broken"},
		{"overdue by a witness", out, []string{"--log", cosigned, "--witness", late.vkey()}, bad, "at 2026-02-02T02:40:00.000Z it is not"},
		{"not due by a witness", out, []string{"--log", cosigned, "--witness", early.vkey()}, good, "not in the published log yet"},
		{"the newest of two witnesses", out, []string{"--log", cosigned, "--witness", late.vkey(), "--witness", early.vkey()}, bad, "The promise was broken"},
		{"a log that can't be read", out, []string{"--log", broken, "--at", "2026-03-01T00:00:00.000Z"}, bad, "leaf 1 "},
		{"lost by a new epoch", in, []string{"--log", lost}, bad, "was published as leaf 300 of " + origin + ", and is not in epoch 2"},
		{"of a later epoch", later, nil, bad, "it is of the log"},
		{"of a later epoch, to which the log leads", later, []string{"--log", rotated.folder(t)}, good, "as leaf 600"},
		{"of a later epoch, to which it doesn't", later, []string{"--log", plain}, bad, "it is of the log"},
		{"a wrong time", out, []string{"--log", plain, "--at", "tomorrow"}, misled, "is no instant"},
		{"altered", strings.Replace(in, "#1", "#2", 1), nil, bad, "does not fit the text"},
		{"another key of the same name", sign(t, text(records[300]), other), nil, bad, "it is not signed by"},
		{"another log's", strings.Replace(in, origin, "other.example/log", 1), nil, bad, "it is of the log"},
		{"five lines", sign(t, strings.Replace(text(records[0]), "claim/5f#1\n", "", 1), s), nil, bad, "not an acknowledgement"},
		{"seven lines", sign(t, text(records[0])+"more\n", s), nil, bad, "not an acknowledgement"},
		{"no version", sign(t, strings.Replace(text(records[0]), "#1", "", 1), s), nil, bad, "has not the form"},
		{"a checkpoint", string(log["checkpoint"]), nil, bad, "not an acknowledgement"},
	} {
		args := append([]string{"acknowledgement", file(t, "ack.txt", []byte(c.ack)), "--key", s.vkey}, c.args...)
		verify(args...).want(t, c.name, c.code, c.said)
	}
}

func TestWrongUse(t *testing.T) {
	c := demo(t)
	receipt := file(t, "receipt.json", encode(t, c.receipts[0]))
	for _, u := range []struct {
		name string
		args []string
		said string
	}{
		{"nothing", nil, "chancery-verify receipt FILE"},
		{"no such command", []string{"recipe"}, `There is no command "recipe"`},
		{"no key", []string{"receipt", receipt}, "--key is missing"},
		{"no file", []string{"receipt", "--key", c.signer.vkey}, "0 arguments are given, and wanted are: FILE"},
		{"two files", []string{"receipt", "a", "b", "--key", c.signer.vkey}, "2 arguments"},
		{"a file that isn't there", []string{"receipt", "nowhere.json", "--key", c.signer.vkey}, `"nowhere.json" can't be read: there is no such file or folder; check the path`},
		{"a folder for a receipt", []string{"receipt", ".", "--key", c.signer.vkey}, `"." can't be read: it is a folder; name a file`},
		{"a folder for an export", []string{"audit", ".", "--key", c.signer.vkey}, `"." can't be read: it is a folder; name a file`},
		{"a page into nowhere", []string{"page", "-o", "nowhere/page.html"}, "there is no such file or folder"},
		{"a key with a slip", []string{"receipt", receipt, "--key", strings.Replace(c.signer.vkey, "demo", "demi", 1)}, "a character of the key is wrong"},
		{"a key that is none", []string{"receipt", receipt, "--key", "abc"}, "neither a key"},
		{"an empty key file", []string{"receipt", receipt, "--key", file(t, "key", nil)}, "holds no key"},
		{"two keys for one log", []string{"receipt", receipt, "--key", c.signer.vkey, "--key", newSigner(t, demoOrigin).vkey}, "two different keys"},
		{"an unknown flag", []string{"log", ".", "--keys", "x"}, "not defined: -keys"},
		{"no log there", []string{"log", "nowhere", "--key", c.signer.vkey}, "neither a web address nor a folder"},
		{"another scheme", []string{"log", "ftp://a/b", "--key", c.signer.vkey}, "is not a web address"},
		{"no saved checkpoint", []string{"log", ".", "--key", c.signer.vkey, "--since", "nowhere"}, "--since"},
		{"a file for a log", []string{"log", receipt, "--key", c.signer.vkey}, "neither a web address nor a folder"},
		{"for programs", []string{"receipt", "nowhere.json", "--key", c.signer.vkey, "--json"}, `{"error":{"message":"`},
		{"for programs, after an unknown flag", []string{"log", ".", "--keys", "x", "--json"}, `{"error":{"message":"flag provided but not defined: -keys"}}`},
		{"no export", []string{"audit", "nowhere", "--key", c.signer.vkey}, "can't be read"},
		{"no place for the page", []string{"page"}, "-o is missing"},
	} {
		verify(u.args...).want(t, u.name, misled, u.said)
	}
	for _, args := range [][]string{{"help"}, {"receipt", "-h"}, {"log", "--help"}} {
		verify(args...).want(t, args[0], good, "chancery-verify "+strings.TrimPrefix(args[0], "help"))
	}
	verify("receipt", receipt, "--key", newSigner(t, demoOrigin).vkey, "--json").want(t, "for programs", bad, `"good": false`, `"where"`, `"do"`)
	verify("log", ".", "--key", c.signer.vkey, "--since", file(t, "old", []byte("other.example/log\n"))).want(t, "another log's checkpoint", bad, "it is of the log")
}
