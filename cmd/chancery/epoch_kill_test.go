package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// isKilledOpeningAnEpoch kills the opening of an epoch at each of the calls by
// which something becomes durable. Whenever that is, who knows the old key alone
// finds a good log at that moment; the command, given again, ends in the second
// epoch, and the log is good again.
func isKilledOpeningAnEpoch(t *testing.T, bin binary) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not here: make setup")
	}
	outside := filepath.Join(t.TempDir(), "chancery-verify")
	if out, err := exec.Command("go", "build", "-o", outside, "../chancery-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, reason := range []string{"key-rotation", "loss"} {
		t.Run(reason, func(t *testing.T) {
			dir := t.TempDir()
			bin.must(t, dir, "init", "register", "--origin", "test.example/log")
			bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
			older := filepath.Join(t.TempDir(), "older")
			copyTree(t, filepath.Join(dir, "register"), older)
			bin.must(t, dir, "actor", "add", "officer-3", "--capacity", "officer")
			key := strings.TrimSpace(bin.must(t, dir, "log", "key").out)
			epoch := []string{"log", "epoch", "--reason", reason, "--second", "register.keys/credentials/officer-2.credential"}
			if reason == "loss" {
				copyTree(t, older, filepath.Join(dir, "register"))
				epoch = append(epoch, "--accept-loss")
			}
			before := filepath.Join(t.TempDir(), "before")
			copyTree(t, dir, before)
			good := func(n int, when string) {
				if out, err := exec.Command(outside, "log", filepath.Join(dir, "register.log"), "--key", key).CombinedOutput(); err != nil {
					t.Errorf("killed at call %d, %s: %v: %s", n, when, err, out)
				}
			}
			kills := 0
			for n, lived := 1, 0; lived < 4 && n < 80; n++ {
				copyTree(t, before, dir)
				c := bin.command(dir, epoch...)
				c.Path = strace
				c.Args = append([]string{
					"strace", "-f", "-qq", "-o", os.DevNull,
					"-e", fmt.Sprintf("inject=pwrite64,fsync,fdatasync,ftruncate,unlinkat,renameat,linkat:signal=SIGKILL:when=%d", n), bin.path,
				}, epoch...)
				if c.Run() == nil {
					lived++ // calls are counted by thread: the next number may meet one again
					continue
				}
				kills++
				good(n, "as it lies there")
				if _, err := os.Stat(filepath.Join(dir, "register.log", "epoch", "2", "epoch")); err != nil {
					said := bin.must(t, dir, epoch...).out // else it was done but for its answer
					if lost := strings.Contains(said, "LOST  leaf"); lost != (reason == "loss") {
						t.Errorf("killed at call %d, given again: %s", n, said)
					}
				}
				if origin := bin.must(t, dir, "log", "key", "--json").out; !strings.Contains(origin, `"test.example/log/epoch/2"`) {
					t.Errorf("killed at call %d, given again: the log is %s", n, origin)
				}
				good(n, "given again")
				if n%8 == 0 {
					bin.sound(t, dir, "--rebuild")
				}
			}
			if t.Logf("%d kills", kills); kills < 15 {
				t.Error("too few kills to say anything")
			}
		})
	}
}
