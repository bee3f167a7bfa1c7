package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A machine to which it wasn't said that several act has its own half of what lies on
// its disk: it doesn't act beside those that share all, and they are not left for one
// while others go on.
func TestAMachineToWhichSeveralWasNotSaidDoesNotActBesideThem(t *testing.T) {
	m := newMachines(t)
	halfAMinute := func() {
		m.Helper()
		_, err := m.db.Exec(context.Background(), "UPDATE leases SET until = 0 WHERE name = 'machine'")
		m.check(err)
	}
	refused := func(what, dir string, command ...string) {
		m.Helper()
		if r := m.bin.try(t, dir, command...); r.code != exitFailed || !strings.Contains(r.err, "Another machine acts on this installation's database") {
			t.Errorf("%s: %d, %s%s", what, r.code, r.out, r.err)
		}
	}
	m.check(m.there.Close())
	m.check(m.office.Close())
	halfAMinute()
	m.office = m.opened(m.dir) // one of those that share all

	file := filepath.Join(m.other, "register", "places.json")
	said, err := os.ReadFile(file)
	m.check(err)
	before := strings.Replace(string(said), `"several": true`, `"several": false`, 1) // as it was copied before it was said
	m.check(os.WriteFile(file, []byte(before), 0o600))
	refused("a machine to which it wasn't said", m.other, "log", "publish")
	m.check(os.WriteFile(file, said, 0o600))
	m.bin.must(t, m.other, "log", "publish")

	m.check(m.office.Close())
	m.there = m.opened(m.other)
	refused("one alone, while others act", m.dir, "machines", "one")
	m.check(m.there.Close()) // and nobody waits for who ended in good order
	m.bin.must(t, m.dir, "machines", "one")
	m.bin.must(t, m.dir, "log", "publish")
	refused("one of several, when one acts alone", m.other, "log", "publish")
	m.bin.must(t, m.dir, "machines", "several") // and at once both act
	for _, dir := range []string{m.dir, m.other} {
		m.bin.must(t, dir, "log", "publish")
	}
}
