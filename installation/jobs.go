package installation

import "github.com/openchancery/chancery/job"

// Jobs does the installation's jobs.
func (i *Installation) Jobs() *job.Worker {
	return &job.Worker{Store: i.Office.Store, Kinds: job.Kinds(i.Office, i.vault.RefreshBackups, i.ClearOutbox), Now: i.Office.Now}
}
