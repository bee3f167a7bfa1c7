package tlog_test

import (
	"bytes"
	"fmt"
	"iter"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/tlog"
)

// grown is a tree whose heads stand at these sizes.
func grown(t *testing.T, sizes ...int) *disk {
	t.Helper()
	d := newDisk(nil, nil)
	tree, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	was := 0
	for _, size := range sizes {
		if _, err := tree.Extend(leavesOf(was, size), instant(0)); err != nil {
			t.Fatal(err)
		}
		was = size
	}
	return d
}

func TestTheRootOfEveryPrefix(t *testing.T) {
	var many []int // heads for more than one reading of their file
	for size := 1; size < 700; size += 1 + size%3 {
		many = append(many, size)
	}
	for _, sizes := range [][]int{{1}, {40}, {1, 2, 3}, {7, 8, 300, 301, 700}, many} {
		d := grown(t, sizes...)
		tree, err := d.open()
		if err != nil {
			t.Fatal(err)
		}
		for size := int64(0); size <= tree.Head().Size; size++ {
			if root, err := tree.RootAt(size); err != nil || root != long().roots[size] {
				t.Fatalf("heads %v: root of %d is %s (%v), want %s", sizes, size, root, err, long().roots[size])
			}
		}
		for _, size := range []int64{-1, tree.Head().Size + 1} {
			if _, err := tree.RootAt(size); faultCode(err) != "tlog.prefix-outside" {
				t.Errorf("root of %d: %v", size, err)
			}
		}
	}
}

// A leaf that was changed by one who can make its sum fit is held against the
// next head.
func TestARootFromAChangedLeaf(t *testing.T) {
	d := grown(t, 10, 20, 30)
	leaf := leavesOf(15, 16)[0]
	leaf.Hash[0]++
	record, err := tlog.RecordOf(leaf)
	if err != nil {
		t.Fatal(err)
	}
	copy(d.leaves.now[15*256:], record)
	tree, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(0); size <= 30; size++ {
		_, err := tree.RootAt(size)
		if within := size >= 10 && size < 20; within != (faultCode(err) == "tlog.head-differs") || !within && err != nil {
			t.Errorf("root of %d: %v", size, err)
		}
	}
	d.heads.now[bytes.IndexByte(d.heads.now, '\n')-20]++
	if _, err := tree.RootAt(5); faultCode(err) != "tlog.head-unreadable" {
		t.Error(err)
	}
}

func TestCommitmentsAreHeldAgainstTheTree(t *testing.T) {
	tree, err := grown(t, 40).open()
	if err != nil {
		t.Fatal(err)
	}
	from := func(n int64, changed int64) iter.Seq2[docket.Hash, error] {
		return func(yield func(docket.Hash, error) bool) {
			for ; n < 60; n++ {
				c := commitment(n)
				if n == changed {
					c[0]++
				}
				if !yield(c, nil) {
					return
				}
			}
		}
	}
	for _, c := range []struct {
		changed, read int64
		err           string
	}{
		{-1, 40 - 7, "<nil>"},
		{12, 12 - 7, fmt.Sprintf("tlog.commitment-differs leaf=%q entry=%q", "12", leavesOf(12, 13)[0].Ref)},
	} {
		n, last := int64(7), error(nil)
		for got, err := range tree.Matching(7, from(7, c.changed)) {
			if last = err; err == nil {
				if got != commitment(n) {
					t.Fatalf("leaf %d is passed on as another", n)
				}
				n++
			}
		}
		if n-7 != c.read || fmt.Sprint(last) != c.err {
			t.Errorf("changed %d: %d are read, then %v", c.changed, n-7, last)
		}
	}
}
