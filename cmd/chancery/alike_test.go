package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What each machine has a copy of is the same on all, or doctor, machines show and
// serve name it: the setting, the machine, and what to do.
func TestMachinesThatGoByOtherSettingsAreNamed(t *testing.T) {
	m := newMachines(t)
	m.check(m.there.Close())
	m.check(m.office.Close())
	here, there := m.heard(m.dir), m.heard(m.other)
	m.alike(m.dir)
	m.alike(m.other)

	m.setOtherwise()
	// Its files by what the first machine's serve goes by; and what counts at once there.
	m.differ(m.other, []string{"places", "registries", "mail", "key-copies"}, here.pid())
	m.differ(m.dir, []string{"places", "mail", "key-copies"}, there.pid())
	there.ended(os.Interrupt)
	m.otherWitness()
	set := []string{"places", "registries", "witnesses", "mail", "key-copies"}
	m.differ(m.other, set, here.pid())
	m.alike(m.dir) // who doesn't act goes by nothing
	there = m.heard(m.other)
	m.differ(m.dir, set, there.pid())
	there.says("key-copies, mail, places, registries, witnesses (seen on ", here.pid())
	here.says("key-copies, mail, places, registries, witnesses (seen on ", there.pid())
	m.tellsNothing()

	m.copiedBack("register/places", "register/registries", "register.keys/mail.json", "register.keys/backups.json", "register.heads/witnesses")
	m.startedBefore(here.pid())
	here.ended(os.Interrupt)
	here = m.heard(m.dir)
	m.alike(m.dir)
	m.alike(m.other)

	m.soon("well again", there.text, func(said string) bool {
		return strings.Contains(said, "what must be alike on all machines: well again")
	})
	if n := strings.Count(there.text(), "Not alike"); n != 1 {
		t.Errorf("it was said %d times:\n%s", n, there.text())
	}
	there.ended(os.Interrupt)
	back := m.otherBuckets()
	m.differ(m.other, []string{"log", "kept", "evidence"}, here.pid())
	back()
	there = m.heard(m.other)
	there.ended(os.Kill)
	m.check(os.Remove(filepath.Join(m.dir, "register.keys", "mail.json")))
	m.differ(m.dir, []string{"mail"}, there.pid())                                                      // nobody knows yet that it is gone
	_, err := m.db.Exec(context.Background(), "UPDATE leases SET until = 0 WHERE name LIKE 'acting %'") // as it is a minute later
	m.check(err)
	m.alike(m.dir)
	here.ended(os.Interrupt)
}

// Who acts and ends in good order gives the installation back at once, when it is the
// last on any machine; who is killed keeps it for as long as it said.
func TestWhoEndsInGoodOrderKeepsNobodyWaiting(t *testing.T) {
	m := newMachines(t)
	m.check(m.there.Close())
	m.check(m.office.Close())
	one := func(want string) {
		m.Helper()
		r := m.bin.try(t, m.dir, "machines", "one")
		if want == "" && r.code != exitOK || want != "" && (r.code != exitFailed || !strings.Contains(r.err, want)) {
			t.Fatalf("machines one: %d, %s%s", r.code, r.out, r.err)
		}
	}
	const another = "Another machine acts on this installation's database"
	there := m.heard(m.other)
	one(another)
	m.bin.must(t, m.dir, "log", "publish") // it ends, and another still acts
	one(another)
	there.ended(os.Interrupt)
	one("")
	m.bin.must(t, m.dir, "machines", "several")
	m.bin.must(t, m.other, "log", "publish")
	one("")
	refused := m.bin.try(t, m.other, "log", "publish")
	if refused.code != exitOK { // nobody acts, and it is not said there: docs/operations.md has it stopped first
		t.Errorf("the other: %d, %s", refused.code, refused.err)
	}
	m.bin.must(t, m.dir, "machines", "several")
	there = m.heard(m.other)
	there.ended(os.Kill)
	one(another)
}

// heard is a machine that is served, and what it said.
type heard struct {
	*machines
	*exec.Cmd
	said syncedLog
}

func (m *machines) heard(dir string) *heard {
	m.Helper()
	h := &heard{machines: m, Cmd: m.bin.command(dir, "serve", "--listen", "127.0.0.1:0")}
	h.Stderr = &h.said
	m.check(h.Start())
	m.running[h.Process.Pid] = h.Cmd
	m.soon("it is served", func() string { return h.text() }, func(said string) bool { return strings.Contains(said, "The public figures") })
	return h
}

func (h *heard) pid() string { return strconv.Itoa(h.Process.Pid) }

func (h *heard) text() string {
	h.said.mu.Lock()
	defer h.said.mu.Unlock()
	return h.said.text.String()
}

func (h *heard) ended(how os.Signal) {
	h.Helper()
	h.check(h.Process.Signal(how))
	if err := h.Wait(); err != nil && how != os.Kill {
		h.Errorf("serve: %v\n%s", err, h.text())
	}
	delete(h.running, h.Process.Pid)
}

// says holds that serve says soon what differs, and from whom.
func (h *heard) says(what, process string) {
	h.Helper()
	h.soon("serve warns of "+what, h.text, func(said string) bool {
		return strings.Contains(said, "what must be alike on all machines: Not alike on all machines: "+what) && strings.Contains(said, "(process "+process+")")
	})
}

// soon asks until it is so: what is told is renewed every ten seconds.
func (m *machines) soon(what string, ask func() string, so func(string) bool) {
	m.Helper()
	said := ""
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(200 * time.Millisecond) {
		if said = ask(); so(said) {
			return
		}
	}
	m.Fatalf("%s: not within a minute:\n%s", what, said)
}

// alike holds that doctor and machines show find nothing that differs.
func (m *machines) alike(dir string) {
	m.Helper()
	m.soon("alike", func() string { return m.bin.try(m.T, dir, "doctor").out }, func(said string) bool {
		return strings.Contains(said, "ok    what several machines share")
	})
	if complaints, differs := m.shown(dir); len(complaints) > 0 || len(differs) > 0 {
		m.Errorf("shown: %v, %v", complaints, differs)
	}
}

// differ holds that doctor and machines show name exactly these settings, of a process.
func (m *machines) differ(dir string, settings []string, process string) {
	m.Helper()
	m.soon("differs", func() string {
		complaints, differs := m.shown(dir)
		return fmt.Sprint(complaints, differs[process], " ", len(differs))
	}, func(said string) bool {
		codes := make([]string, len(settings))
		for n, s := range settings {
			codes[n] = "doctor.differs." + s
		}
		return said == fmt.Sprint(codes, settings, " ", 1)
	})
	said := m.bin.try(m.T, dir, "doctor")
	if said.code != exitFailed || strings.Count(said.out, "(process "+process+")") != len(settings) {
		m.Errorf("doctor: %d\n%s", said.code, said.out)
	}
	if shown := m.bin.must(m.T, dir, "machines", "show"); !strings.Contains(strings.Join(strings.Fields(shown.out), " "), " "+process+" "+strings.Join(settings, ", ")+" ") {
		m.Errorf("shown:\n%s", shown.out)
	}
}

// shown are the codes of what machines show complains of, and what differs, by process.
func (m *machines) shown(dir string) (complaints []string, differs map[string][]string) {
	m.Helper()
	var said struct {
		Acting []struct {
			Process int      `json:"process"`
			Differs []string `json:"differs"`
		} `json:"acting"`
		Complaints []complaint `json:"complaints"`
	}
	m.check(json.Unmarshal([]byte(m.bin.must(m.T, dir, "machines", "show", "--json").out), &said))
	differs = map[string][]string{}
	for _, a := range said.Acting {
		if len(a.Differs) > 0 {
			differs[strconv.Itoa(a.Process)] = a.Differs
		}
	}
	for _, c := range said.Complaints {
		complaints = append(complaints, c.Code)
		if strings.HasPrefix(c.Message, c.Code) { // it has no sentence
			m.Errorf("said: %s", c.Message)
		}
	}
	return complaints, differs
}

const mailPassword = "not for the database"

// put writes a file of the second machine.
func (m *machines) put(name, content string) {
	m.Helper()
	at := filepath.Join(m.other, name)
	m.check(os.MkdirAll(filepath.Dir(at), 0o700))
	m.check(os.WriteFile(at, []byte(content), 0o600))
}

// setOtherwise changes on the second machine what each has a copy of, and what is its
// own.
func (m *machines) setOtherwise() {
	m.Helper()
	list, err := os.ReadFile("../../place/testdata/excerpt.csv")
	m.check(err)
	m.put("list.csv", string(list))
	m.bin.must(m.T, m.other, "places", "load", "list.csv", "--date", "2026-01-15")
	m.put("register/registries/civil.csv", "number,status\n1,found\n")
	m.put("register.keys/mail.json", `{"host": "mail.example", "port": 465, "security": "tls", "from": "register@example.org", "user": "register", "password": "`+mailPassword+`"}`)
	m.put("register.keys/acme/own", "a certificate of this machine's")
	m.bin.must(m.T, m.other, "keys", "backup-store", "--days", "20", "--key-backups", "key-copies")
}

func (m *machines) otherWitness() {
	m.Helper()
	m.bin.must(m.T, m.other, "witness", "init", "w", "--name", "witness.example/w1")
	key := strings.TrimSpace(m.bin.must(m.T, m.other, "witness", "key", "w").out)
	m.put("register.heads/witnesses", key+" http://127.0.0.1:1/\n")
}

// tellsNothing holds that the database has learned no setting.
func (m *machines) tellsNothing() {
	m.Helper()
	var all string
	m.check(m.db.QueryRow(context.Background(), "SELECT string_agg(holder, ' ') FROM leases").Scan(&all))
	if !strings.Contains(all, `"mail":"`) {
		m.Errorf("nothing is told of mail: %s", all)
	}
	for _, secret := range []string{mailPassword, "mail.example", "witness.example", "civil", "2026-01-15", "s3://"} {
		if strings.Contains(all, secret) {
			m.Errorf("the database knows %q: %s", secret, all)
		}
	}
}

// copiedBack copies from the second machine to the first, as docs/operations.md says.
func (m *machines) copiedBack(names ...string) {
	m.Helper()
	for _, name := range names {
		m.check(os.RemoveAll(filepath.Join(m.dir, name)))
		copied := exec.Command("cp", "-a", filepath.Join(m.other, name), filepath.Join(m.dir, name))
		m.check(copied.Run())
	}
}

// startedBefore holds that the one process that is left with the old list is named on
// its own machine.
func (m *machines) startedBefore(process string) {
	m.Helper()
	m.soon("started before", func() string {
		complaints, differs := m.shown(m.dir)
		return fmt.Sprint(complaints, differs)
	}, func(said string) bool {
		return said == fmt.Sprint([]string{"doctor.started-before"}, map[string][]string{process: {"witnesses"}})
	})
}

// otherBuckets lets the second machine's places name other buckets. Another way to the
// same one is no other.
func (m *machines) otherBuckets() (back func()) {
	m.Helper()
	file := filepath.Join(m.other, "register", "places.json")
	text, err := os.ReadFile(file)
	m.check(err)
	said := string(text)
	for _, name := range []string{"log", "kept", "evidence"} {
		var places map[string]any
		m.check(json.Unmarshal([]byte(said), &places))
		was, _ := places[name].(string)
		place, query, _ := strings.Cut(was, "?")
		if query == "" {
			m.Fatalf("%s is %q", name, was)
		}
		said = strings.Replace(said, strconv.Quote(name)+`: "`+place+`?`, strconv.Quote(name)+`: "`+place+`-other?`, 1)
	}
	m.check(os.WriteFile(file, []byte(strings.ReplaceAll(said, "-other?", "?x=y&")), 0o600))
	m.alike(m.other)
	m.check(os.WriteFile(file, []byte(said), 0o600))
	return func() { m.check(os.WriteFile(file, text, 0o600)) }
}
