package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// acknowledgement is the log's signed word that it has taken an act in.
type acknowledgement struct {
	Origin     string    `json:"origin"`
	Entry      string    `json:"entry"`
	Commitment hash      `json:"commitment"`
	Entered    time.Time `json:"entered"`
	Due        time.Time `json:"due"`
}

func readAcknowledgement(file, signed string, known trust) (*acknowledgement, *problem) {
	lines := strings.Split(signed, "\n")
	if len(lines) < 7 || lines[0] != "chancery/acknowledgement/v1" || lines[6] != "" {
		return nil, wrong(file, "it is not an acknowledgement: six lines that begin with chancery/acknowledgement/v1, and a signature").
			meaning("Nothing can be concluded from it", "Give the file that the office answered with")
	}
	by, ok := known[lines[1]]
	if !ok {
		return nil, noKey(file, lines[1], known)
	}
	text, p := openNote(file, signed, by)
	if p != nil {
		return nil, p
	}
	a := &acknowledgement{Origin: lines[1], Entry: lines[2]}
	var err error
	var okEntered, okDue bool
	a.Commitment, err = hashOf(lines[3])
	a.Entered, okEntered = parseInstant(lines[4])
	a.Due, okDue = parseInstant(lines[5])
	stream, version, cut := strings.Cut(lines[2], "#")
	n, whole := decimal(version)
	if text != strings.Join(lines[:6], "\n")+"\n" || err != nil || !okEntered || !okDue || !cut || stream == "" || !whole || n < 1 {
		return nil, wrong(file, "a line of it has not the form that the format asks for").
			meaning("It can't be held against the log", "Ask the office for it again")
	}
	return a, nil
}

// kept says how the log kept its promise.
type kept struct {
	Good            bool             `json:"good"`
	Acknowledgement *acknowledgement `json:"acknowledgement"`
	Published       bool             `json:"published"`
	Leaf            int64            `json:"leaf"` // where Published
	Log             *logReport       `json:"log,omitempty"`
	Problems        []*problem       `json:"problems,omitempty"`

	unknown bool // not published, and no time is known to tell whether it should be
}

// keptIn looks for the commitment in the whole log, which it walks for that.
// at is the time to judge by; without one, the newest countersignature.
func (a *acknowledgement) keptIn(ctx context.Context, file string, l *logCheck, at time.Time) *kept {
	k := &kept{Acknowledgement: a}
	in := map[int64]int64{} // the leaf, by epoch
	l.leaf = func(epoch, n int64, record *hash) {
		if record != nil && *record == a.Commitment {
			in[epoch] = n
		}
	}
	k.Log = l.run(ctx)
	k.Problems = k.Log.Problems
	newest := int64(len(l.opened)) + 1
	if k.Leaf, k.Published = in[newest]; k.Published {
		k.Good = k.Log.Good
		return k
	}
	for _, w := range k.Log.Witnessed {
		if at.IsZero() || w.At.After(at) {
			at = w.At
		}
	}
	for epoch := newest - 1; epoch >= 1; epoch-- {
		if n, was := in[epoch]; was {
			k.Problems = append(k.Problems, wrong(file, "%s was published as leaf %d of %s, and is not in epoch %d", a.Entry, n, epochName(l.origin, epoch), newest).
				meaning("The log lost it when it opened a new epoch", "Take acknowledgement and log to the office: it must enter the act again"))
			return k
		}
	}
	switch {
	case len(k.Problems) > 0: // it may be among what can't be read
	case at.IsZero():
		k.unknown = true
	case at.After(a.Due):
		k.Problems = append(k.Problems, wrong(file, "%s was promised to be in the published log by %s, and at %s it is not", a.Entry, a.Due.Format(instantForm), at.UTC().Format(instantForm)).
			meaning("The promise was broken: this acknowledgement and the log's signed checkpoint together prove it", "Keep both. Take them to the office, and to whoever supervises it"))
	default:
		k.Good = true
	}
	return k
}

// say puts it in words.
func (k *kept) say() string {
	a := k.Acknowledgement
	text := fmt.Sprintf("The log %s has signed that it took in %s at %s.\n", plainly(a.Origin), plainly(a.Entry), a.Entered.Format(instantForm))
	switch {
	case k.Published:
		text += fmt.Sprintf("It is in the published log, as leaf %d.\n", k.Leaf)
	case k.Log == nil:
		text += fmt.Sprintf("It will be in the published log by %s. Give --log to see whether it is.\n", a.Due.Format(instantForm))
	case k.unknown:
		text += fmt.Sprintf("It is not in the published log. It is due by %s; whether that has passed can't be told from the log.\n", a.Due.Format(instantForm))
	case k.Good:
		text += fmt.Sprintf("It is not in the published log yet, and need not be before %s.\n", a.Due.Format(instantForm))
	}
	return text
}
