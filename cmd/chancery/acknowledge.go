package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
)

// acknowledged gives a command that enters one act the flag for its
// acknowledgement.
func (a *app) acknowledged(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.acknowledgement, "acknowledgement", "", "file for the signed acknowledgement of the act")
	return c
}

// acknowledging refuses, before anything is entered, a file that couldn't be
// written afterwards: the claimant's code would be lost with the answer.
func (a *app) acknowledging(i *installation.Installation) error {
	if a.acknowledgement == "" {
		return nil
	}
	if err := a.elsewhere(i, a.acknowledgement); err != nil {
		return err
	}
	path, err := a.file(a.acknowledgement)
	if err != nil {
		return err
	}
	_, before := os.Stat(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = f.Close(); errors.Is(before, fs.ErrNotExist) {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// answer prints what an act came to, with the signed acknowledgement of its
// entry: in the JSON always, in a file where one is asked for.
func (a *app) answer(ctx context.Context, i *installation.Installation, ref docket.Ref, said map[string]any, plain func(io.Writer)) error {
	// The act is done: who ends the command now still gets its answer, which may
	// be the only one that holds a claimant's code.
	acknowledged, err := i.Office.Acknowledge(context.WithoutCancel(ctx), ref)
	if err != nil {
		return err
	}
	said["entry"], said["acknowledgement"] = ref, acknowledged.Note
	var kept error
	if a.acknowledgement != "" {
		kept = os.WriteFile(a.path(a.acknowledgement), []byte(acknowledged.Note), 0o600)
	}
	// The act is done: its answer is printed, whatever became of the file.
	return errors.Join(a.print(said, func(w io.Writer) {
		plain(w)
		if a.acknowledgement != "" && kept == nil {
			fmt.Fprintf(w, "Acknowledged in %s: in the published log by %s.\n", a.acknowledgement, acknowledged.PublishBy)
		}
	}), kept)
}

// answerDone answers an act that needs no more than its entry.
func (a *app) answerDone(ctx context.Context, i *installation.Installation, ref docket.Ref, sentence string) error {
	return a.answer(ctx, i, ref, map[string]any{}, func(w io.Writer) { fmt.Fprintf(w, "%s Entry: %s\n", sentence, ref) })
}
