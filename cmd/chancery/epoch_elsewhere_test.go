package main

import (
	"context"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// An epoch of the log is opened on one machine while another, which should have been
// stopped, goes on. That one signs nothing more with the key that is over.
func TestAMachineThatGoesOnSignsNothingInAnEpochThatIsOver(t *testing.T) {
	m, ctx := newMachines(t), context.Background()
	m.file("before")
	before, err := m.there.Office.Publish(ctx)
	m.check(err)
	m.check(m.office.Close())
	m.bin.must(t, m.dir, "log", "epoch", "--reason", "key-rotation", "--second", m.clerk)
	m.office, m.officer = m.there, m.thereWho
	id := m.file("after")
	if got, err := m.there.Office.Publish(ctx); fault.Code(err) != "log.epoch-elsewhere" {
		t.Errorf("published %d leaves after %d, and the epoch was over: %s, %v", got.Size, before.Size, got.Origin, err)
	}
	// Nothing is signed otherwise either.
	if a, err := m.there.Office.Acknowledge(ctx, docket.Ref{Stream: id.Stream(), Version: 1}); fault.Code(err) != "log.epoch-elsewhere" {
		t.Errorf("acknowledged: %s, %v", a.Note, err)
	}
	m.check(m.there.Close())
	r := m.bin.try(t, m.other, "actor", "add", "late", "--capacity", "officer")
	if r.code != exitFailed || !strings.Contains(r.err, "Epoch 2 of the log was opened on another machine") {
		t.Errorf("a command there: %d, %s%s", r.code, r.out, r.err)
	}
	// What was entered there is published by those who go on.
	m.bin.must(t, m.dir, "log", "publish")
	m.bin.sound(t, m.dir)
}
