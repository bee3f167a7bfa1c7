package docket

// TreeHead is the tree at one size: everything recorded up to there, in one
// hash.
type TreeHead struct {
	Size    int64   `json:"size"`
	Root    Hash    `json:"root"`
	Instant Instant `json:"instant"`
}

// TreeLeaf is a leaf as it is kept outside the database.
type TreeLeaf struct {
	Number int64 // from 0
	Hash   Hash  // LeafHash of the entry's commitment
	Ref    Ref   // the entry it stands for
}
