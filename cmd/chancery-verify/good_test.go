package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
)

// What a stranger would share with the office, its mistakes would share too.
func TestTheVerifierKnowsNothingOfTheHouse(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if path != "golang.org/x/mod/sumdb/note" && path != "github.com/openchancery/chancery/cmd/chancery-verify" {
			t.Errorf("it knows %s", path)
		}
	}
	if !strings.Contains(string(out), "golang.org/x/mod/sumdb/note") {
		t.Errorf("the list is deaf: %s", out)
	}
}

func TestWhatIsGoodIsGood(t *testing.T) {
	c := demo(t)
	key := file(t, "log.pub", []byte(c.signer.vkey+"\n"))
	for i, r := range c.receipts {
		verify("receipt", file(t, "receipt.json", encode(t, r)), "--key", key).want(t, "receipt", good, "GOOD", r["reference"].(string), "filed")
		if i > 200 {
			break
		}
	}
	log := published(t, c.signer, c.records)
	for _, at := range []string{log.serve(t), log.folder(t)} {
		verify("log", at, "--key", c.signer.vkey).want(t, "log", good, "GOOD")
		verify("log", "--key", c.signer.vkey, "--json", at).want(t, "log for programs", good, `"good": true`)
		verify("audit", file(t, "audit.ndjson", exportText(c.header, c.lines)), "--key", key, "--log", at, "--figures", file(t, "figures.json", c.header.Figures)).
			want(t, "audit", good, "GOOD", "160 claims")
		verify("receipt", file(t, "receipt.json", encode(t, c.receipts[0])), "--key", key, "--checkpoint-from", at).want(t, "receipt and log", good, "goes on from this checkpoint")
	}
}

// Half a check must not pass for a whole one.
func TestWhatIsInterruptedIsNotGood(t *testing.T) {
	c := demo(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"log", published(t, c.signer, c.records).folder(t), "--key", c.signer.vkey},
		{"audit", file(t, "audit.ndjson", exportText(c.header, c.lines)), "--key", c.signer.vkey},
	} {
		var out, errOut bytes.Buffer
		code := run(ctx, args, &out, &errOut)
		called{code, out.String(), errOut.String()}.want(t, args[0], misled, "CAN'T TELL: ", "interrupted")
	}
}
