package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// meetsAFullDisk takes a file in on a disk that is too small for it, and on one
// that may only be read. Each time a sentence says what to do; done, the same
// command goes on where it was. Making disks takes root.
func meetsAFullDisk(t *testing.T, bin binary) {
	disk, source := t.TempDir(), t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=200k"); err != nil {
		t.Skipf("no disk can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	remount := func(flags uintptr, size string) {
		t.Helper()
		if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, "size="+size); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(says string, args ...string) {
		t.Helper()
		r := bin.try(t, disk, args...)
		if r.code != exitFailed || !strings.Contains(r.err, says) || strings.Contains(r.err, "SQL") {
			t.Errorf("chancery %v: exit code %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	const full = "The disk is full"
	path := filepath.Join(source, "claims.csv")
	write(t, path, tsaRows(t)[:6_001], "LF")

	// Not even an installation finds room: nothing of it stays in the way.
	refused(full, "init", "register", "--origin", "test.example/log")
	remount(0, "7m")
	bin.must(t, disk, "init", "register", "--origin", "test.example/log")

	refused(full, importingTSA(path)...)
	refused(full, importingTSA(path)...)
	bin.sound(t, disk)
	some := bin.stats(t, disk)
	if some.Claims == 0 || some.Claims >= 6_000 {
		t.Errorf("%d claims found room", some.Claims)
	}
	remount(syscall.MS_RDONLY, "7m")
	refused("may only be read", importingTSA(path)...)
	refused("may only be read", "init", "other")

	remount(0, "64m")
	if got := read[taken](t, bin.must(t, disk, importingTSA(path)...)); got.AlreadyHere != some.Claims || got.AlreadyHere+got.Filed != 6_000 {
		t.Errorf("with room enough: %+v", got)
	}
	bin.sound(t, disk, "--rebuild")
}
