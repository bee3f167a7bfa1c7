package tlog

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// perTile is how many hashes, or records, a full tile holds: 2^8.
const perTile = 256

// entries is the level of the bundles, which hold the records themselves.
const entries = -1

// tile is one file of the published tree.
type tile struct {
	level int
	n     int64
	width int // 1 to perTile
}

// name is the tile's path by C2SP tlog-tiles: "tile/0/x001/x234/067.p/5".
func (t tile) name() string {
	if t.width == perTile {
		return t.full()
	}
	return t.full() + ".p/" + strconv.Itoa(t.width)
}

// full is the name that the tile has once it is full.
func (t tile) full() string {
	n := fmt.Sprintf("%03d", t.n%1000)
	for rest := t.n / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	if t.level == entries {
		return "tile/entries/" + n
	}
	return "tile/" + strconv.Itoa(t.level) + "/" + n
}

// bytes is how long its content is.
func (t tile) bytes() int {
	if t.level == entries {
		return t.width * recordBytes
	}
	return t.width * len(docket.Hash{})
}

// edgeTiles are the partial tiles at the right edge of a tree: of the records,
// then of each level. Where a level ends with a full tile there is none.
func edgeTiles(size int64) []tile {
	var list []tile
	if w := int(size % perTile); w > 0 {
		list = append(list, tile{entries, size / perTile, w})
	}
	for level := 0; size > 0; level++ {
		if w := int(size % perTile); w > 0 {
			list = append(list, tile{level, size / perTile, w})
		}
		size /= perTile
	}
	return list
}

// recordBytes is the length of one record in a bundle: two bytes that say how
// long it is, and the commitment.
const recordBytes = 2 + len(docket.Hash{})

func appendBundle(b []byte, records []docket.Hash) []byte {
	for _, r := range records {
		b = append(b, 0, byte(len(r)))
		b = append(b, r[:]...)
	}
	return b
}

// parseBundle reads the records of a bundle.
func parseBundle(content []byte, name string) ([]docket.Hash, error) {
	records := make([]docket.Hash, 0, len(content)/recordBytes)
	for ; len(content) >= recordBytes; content = content[recordBytes:] {
		if content[0] != 0 || int(content[1]) != len(docket.Hash{}) {
			return nil, fault.New(fault.Unsound, "tlog.bundle-form", "file", name, "record", len(records))
		}
		records = append(records, docket.Hash(content[2:recordBytes]))
	}
	if len(content) > 0 {
		return nil, fault.New(fault.Unsound, "tlog.bundle-form", "file", name, "record", len(records))
	}
	return records, nil
}

func appendHashes(b []byte, hashes []docket.Hash) []byte {
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// parseHashes reads a tile whose length was checked.
func parseHashes(content []byte) []docket.Hash {
	hashes := make([]docket.Hash, len(content)/len(docket.Hash{}))
	for i := range hashes {
		hashes[i] = docket.Hash(content[i*len(hashes[i]):])
	}
	return hashes
}

// Published files, of any epoch: what an outsider may read.
var (
	isTile = regexp.MustCompile(`^(epoch/[1-9][0-9]*/)?tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$`)
	isText = regexp.MustCompile(`^(epoch/[1-9][0-9]*/)?checkpoint$|^epoch/[1-9][0-9]*/epoch$`)
)
