package sheet

import (
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/money"
)

// Row is one claim as the file has it.
type Row struct {
	Number       int               // of the row under the header, from 1
	Line         int               // of the file, where the row begins
	SourceNumber string            // the office's own claim number
	Received     day.Date          //
	Category     string            // the programme's code
	Claimant     string            // individual, organisation or public-body
	Answers      map[string]string // canonical texts by field id; what is not answered is not there
	Outcome      map[string]string // the outcome columns as they stand, by column name
	Award        money.Amount      //
	AwardStated  bool              // false where the award's cell holds no answer
	DecidedOn    day.Date          // zero where the file has no day for it

	// Digest tells whether the row is the same as in an earlier copy of the
	// file. Every column takes part, mapped or not; the order of the columns
	// and the encoding do not. It is unkeyed, and the content can be guessed
	// from it: keep only a keyed hash of it.
	Digest [32]byte
}
