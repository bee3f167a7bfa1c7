package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/internal/faulttest"
)

// isKilledOpeningAnEpoch kills the opening of an epoch at each of the calls by
// which something becomes durable. Whenever that is, who knows the old key alone
// finds a good log at that moment; the command, given again, ends in the second
// epoch, and the log is good again.
func isKilledOpeningAnEpoch(t *testing.T, bin binary) {
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
			calls := bin.calls(t, dir, epoch...)
			kills, survived := 0, 0
			for _, n := range faulttest.Part(faulttest.Chance(t), calls, 12) {
				copyTree(t, before, dir)
				if _, killed := bin.killedAt(t, dir, n, epoch...); !killed {
					continue // its threads race: it came to its end in fewer
				}
				kills++
				broken := t.Failed()
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
				if kills%8 == 0 {
					bin.sound(t, dir, "--rebuild")
				}
				if broken == t.Failed() {
					survived++
				}
			}
			faulttest.Tried(t, 17, "SIGKILL at every call that opens an epoch of the log: "+reason, kills, survived)
			if t.Logf("%d kills", kills); kills < 15 {
				t.Error("too few kills to say anything")
			}
		})
	}
}
