package web

import (
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

// proofTask is the task of bringing proofs: it is never in the way of sending.
func (i *Interview) proofTask(v *visit, c claimView, t rulebook.Task, task screen.Task) screen.Task {
	i.status(v, c, t, &task)
	return task
}
