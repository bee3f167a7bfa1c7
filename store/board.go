package store

import (
	"github.com/openchancery/chancery/board"
)

// BoardReader reads what a board was recommended and what it resolved.
type BoardReader interface {
	// List is one list, or ErrNone; Lists are those of a programme, the newest
	// first.
	List(programme string, number int64) (board.List, error)
	Lists(programme string) ([]board.List, error)
	// Resolution is one resolution, or ErrNone; Resolutions are those of a
	// programme, the oldest first.
	Resolution(programme string, number int64) (board.Resolution, error)
	Resolutions(programme string) ([]board.Resolution, error)
}

// BoardWriter writes them.
type BoardWriter interface {
	PutList(board.List) error
	PutResolution(board.Resolution) error
}
