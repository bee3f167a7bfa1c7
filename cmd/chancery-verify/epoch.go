package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// epoch is the statement that opens an epoch: from here on the log goes on
// under another key, or from an older state.
type epoch struct {
	Origin         string `json:"origin"`
	Number         int64  `json:"epoch"`
	Reason         string `json:"reason"`
	Key            string `json:"key"`
	PreviousOrigin string `json:"previous_origin"`
	PreviousSize   int64  `json:"previous_size"`
	PreviousRoot   hash   `json:"previous_root"`
	Kept           int64  `json:"kept"`
	Lost           int64  `json:"lost"`

	key    key
	signed string
}

// epochName is the origin of an epoch of the log.
func epochName(origin string, number int64) string {
	if number == 1 {
		return origin
	}
	return fmt.Sprintf("%s/epoch/%d", origin, number)
}

// epochOf parts the name of an epoch into the log's name and the number.
func epochOf(name string) (origin string, number int64) {
	if at := strings.LastIndex(name, "/epoch/"); at > 0 {
		if n, ok := decimal(name[at+len("/epoch/"):]); ok && n >= 2 {
			return name[:at], n
		}
	}
	return name, 1
}

// epochLines are the words of a statement, in their order.
var epochLines = []string{"origin", "epoch", "reason", "key", "previous-origin", "previous-size", "previous-root", "kept", "lost"}

// readEpoch reads a statement that its own new key must have signed. Whether
// that key is to be trusted is another question: see trust.follow.
func readEpoch(where, signed string) (epoch, *problem) {
	text, _, _ := strings.Cut(signed, "\n\n")
	e, ok := parseEpoch(text)
	if !ok {
		return epoch{}, wrong(where, "it is not the statement that opens an epoch, as the format has it").
			meaning("The change of the log's key can't be followed", "Get the statement again from the log")
	}
	k, err := parseKey(e.Key, typeLog)
	if err != nil {
		return epoch{}, wrong(where, "line %q: %v", "key", err).meaning("The new epoch has no usable key", "Ask the log's operator")
	}
	if k.name != epochName(e.Origin, e.Number) {
		return epoch{}, wrong(where, "the new key is for %.200q, not for %q", k.name, epochName(e.Origin, e.Number)).
			meaning("The statement contradicts itself", "Ask the log's operator")
	}
	e.key, e.signed = k, signed
	whole, p := openNote(where, signed, k)
	if p != nil {
		return epoch{}, p
	}
	if whole != text+"\n" {
		return epoch{}, wrong(where, "text stands between the statement and its signatures").
			meaning("The statement can't be read in one way only", "Ask the log's operator")
	}
	return e, e.agrees(where)
}

func parseEpoch(text string) (e epoch, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 1+len(epochLines) || lines[0] != "chancery/epoch/v1" {
		return e, false
	}
	values := make([]string, len(epochLines))
	for i, word := range epochLines {
		if values[i], ok = strings.CutPrefix(lines[1+i], word+" "); !ok || values[i] == "" {
			return e, false
		}
	}
	e.Origin, e.Reason, e.Key, e.PreviousOrigin = values[0], values[2], values[3], values[4]
	for i, to := range map[int]*int64{1: &e.Number, 5: &e.PreviousSize, 7: &e.Kept, 8: &e.Lost} {
		if *to, ok = decimal(values[i]); !ok {
			return e, false
		}
	}
	root, err := base64.StdEncoding.Strict().DecodeString(values[6])
	if err != nil || len(root) != len(e.PreviousRoot) {
		return e, false
	}
	e.PreviousRoot = hash(root)
	return e, true
}

// agrees checks what a statement says against itself.
func (e epoch) agrees(where string) *problem {
	bad := ""
	switch e.Reason {
	case "key-rotation", "key-lost", "key-compromised", "loss":
	default:
		bad = fmt.Sprintf("the reason %.40q is none of key-rotation, key-lost, key-compromised and loss", e.Reason)
	}
	switch {
	case e.Number < 2:
		bad = "epoch " + strconv.FormatInt(e.Number, 10) + " needs no statement: only from the second on"
	case e.PreviousOrigin != epochName(e.Origin, e.Number-1):
		bad = fmt.Sprintf("the previous epoch is named %.200q and not %q", e.PreviousOrigin, epochName(e.Origin, e.Number-1))
	case e.Kept > e.PreviousSize || e.Lost != e.PreviousSize-e.Kept:
		bad = fmt.Sprintf("of %d entries %d are kept and %d lost, which does not add up", e.PreviousSize, e.Kept, e.Lost)
	case e.Lost > 0 && e.Reason != "loss":
		bad = fmt.Sprintf("%d entries are lost, and the reason given is %s", e.Lost, e.Reason)
	}
	if bad == "" {
		return nil
	}
	return wrong(where, "%s", bad).meaning("The statement contradicts itself", "Ask the log's operator")
}

// handsOver says that the previous key must have signed too.
func (e epoch) handsOver() bool { return e.Reason == "key-rotation" || e.Reason == "loss" }

// trust is which keys count: those given, and those that they vouched for.
type trust map[string]key

func trusting(keys []key) (trust, error) {
	t := trust{}
	for _, k := range keys {
		if other, ok := t[k.name]; ok && other.text != k.text {
			return nil, useWrong("--key: two different keys for %s; give the one that you got from a source you trust", k.name)
		}
		t[k.name] = k
	}
	return t, nil
}

// follow goes from the previous epoch's key to the new one where the previous
// key signed. A new key that was given by other means is held against the
// statement.
func (t trust) follow(where string, e epoch) *problem {
	name := e.key.name
	previous, known := t[e.PreviousOrigin]
	given, direct := t[name]
	if direct && given.text != e.key.text {
		return wrong(where, "it opens %s with another key than the one you gave", name).
			meaning("One of the two is not the log's", "Ask the log's operator which key is right, by a way that does not lead over this file")
	}
	if known && e.handsOver() {
		if _, p := openNote(where, e.signed, previous); p != nil {
			return p.meaning("The previous key did not hand over to the new one, though the reason given is "+e.Reason, "Don't trust the new key on the strength of this statement")
		}
		t[name] = e.key
		return nil
	}
	if direct {
		return nil
	}
	return wrong(where, "the key of %s can't be followed to the new one (reason: %s)", e.PreviousOrigin, e.Reason).
		meaning("The previous key could not vouch for it", "Get the key of "+name+" from the log's operator or from a newspaper of record, and give it with a second --key")
}
