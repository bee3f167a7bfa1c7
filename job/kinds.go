package job

import (
	"context"
	"time"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// The schedules.
const (
	ExpireDrafts = "expire-drafts"
	ExpireSheets = "expire-sheets"
	CopyKeys     = "copy-keys"
	HeadReadings = "head-readings"
	FollowUp     = "follow-up"
	WatchClocks  = "watch-clocks"
	ClearLetters = "clear-letters"
	ClearOutbox  = "clear-outbox"
	Reconcile    = "reconcile-files"
	SweepShelf   = "sweep-shelf"
	Announce     = "announce"
)

// Kinds are all the jobs there are. copyKeys makes a copy of the key store where
// an older one is to go; clearOutbox removes what was made to go out, and has.
//
// The key store may be large, so that its copy takes long.
//
// Publishing is none of them: what is to be published is found by what has no
// leaf yet, whatever came to nothing before.
//
// send delivers one event to a webhook.
func Kinds(o *office.Office, copyKeys, clearOutbox func(context.Context) error, send func(context.Context, office.Delivery) error) []Kind {
	return []Kind{
		{Name: office.JobShred, AtOpen: true, Do: effect(o.FinishErasures)},
		{Name: ExpireDrafts, Every: 24 * time.Hour, AtOpen: true, Do: effect(o.ExpireDrafts)},
		{Name: ExpireSheets, Every: time.Hour, AtOpen: true, Do: effect(o.ExpireSheets)},
		{Name: CopyKeys, Every: 24 * time.Hour, Within: time.Hour, AtOpen: true, Do: effect(copyKeys)},
		{Name: HeadReadings, Every: time.Hour, Do: effect(o.HeadReadings)},
		{Name: FollowUp, Every: time.Minute, Within: time.Hour, Do: effect(o.FollowUp)},
		{Name: WatchClocks, Every: time.Hour, Do: effect(o.WatchClocks)},
		{Name: ClearLetters, Every: 24 * time.Hour, Do: effect(o.ClearLetters)},
		{Name: ClearOutbox, Every: 24 * time.Hour, Do: effect(clearOutbox)},
		{Name: office.JobMail, Do: o.SendMail},
		{Name: office.JobCheckFile, Do: func(ctx context.Context, j store.Job) error { return o.CheckFile(ctx, j.Key, j.Attempts) }},
		{Name: office.JobUnshelve, Do: func(ctx context.Context, j store.Job) error { return o.Unshelve(ctx, j.Key) }},
		{Name: Reconcile, Every: time.Minute, Do: effect(o.ReconcileFiles)},
		{Name: SweepShelf, Every: 24 * time.Hour, Within: time.Hour, Do: effect(o.SweepShelf)},
		{Name: Announce, Every: 15 * time.Second, Do: effect(o.Announce)},
		{Name: office.JobWebhook, Do: func(ctx context.Context, j store.Job) error { return o.TellWebhook(ctx, j.Key, send) }},
	}
}

// effect is one that finds by itself what there is to do.
func effect(do func(context.Context) error) func(context.Context, store.Job) error {
	return func(ctx context.Context, _ store.Job) error { return do(ctx) }
}
