package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
)

// answer prints what an act came to, with the signed acknowledgement of its
// entry: in the JSON always, in a file where one is asked for.
func (a *app) answer(ctx context.Context, i *installation.Installation, ref docket.Ref, said map[string]any, plain func(io.Writer)) error {
	acknowledged, err := i.Office.Acknowledge(ctx, ref)
	if err != nil {
		return err
	}
	said["entry"], said["acknowledgement"] = ref, acknowledged.Note
	if a.acknowledgement != "" {
		if err := os.WriteFile(a.acknowledgement, []byte(acknowledged.Note), 0o600); err != nil {
			return err
		}
	}
	return a.print(said, func(w io.Writer) {
		plain(w)
		if a.acknowledgement != "" {
			fmt.Fprintf(w, "Acknowledged in %s: in the published log by %s.\n", a.acknowledgement, acknowledged.PublishBy)
		}
	})
}

// answerDone answers an act that needs no more than its entry.
func (a *app) answerDone(ctx context.Context, i *installation.Installation, ref docket.Ref, sentence string) error {
	return a.answer(ctx, i, ref, map[string]any{}, func(w io.Writer) { fmt.Fprintf(w, "%s Entry: %s\n", sentence, ref) })
}
