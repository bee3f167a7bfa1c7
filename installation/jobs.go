package installation

import (
	"github.com/openchancery/chancery/job"
	"github.com/openchancery/chancery/webhook"
)

// Jobs does the installation's jobs.
func (i *Installation) Jobs() *job.Worker {
	return &job.Worker{Store: i.Office.Store, Kinds: job.Kinds(i.Office, i.vault.RefreshBackups, i.ClearOutbox, i.Webhooks().Send), Now: i.Office.Now}
}

// Webhooks sends events to the addresses that actors named.
func (i *Installation) Webhooks() *webhook.Sender { return i.webhooks }
