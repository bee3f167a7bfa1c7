package installation

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/openchancery/chancery/fault"
)

// Where several machines act, each has a copy of some settings, and nothing but a person
// carries a change to the others. So each says by which it goes, and whoever looks
// compares. What is said is hashed under the installation's key: whoever reads the
// database learns nothing from it, not even of the password in mail.json. How a machine
// is reached, its certificates, and the folders on its disk are its own, and nobody
// compares them.

// setting is one of those that must be alike. A changed meaning wants another name:
// machines of two builds then don't compare it.
type setting struct {
	name    string
	file    func(Places) string                 // where a person finds it
	text    func(*Installation) (string, error) // as this process goes by it, the same wherever it is alike
	started bool                                // it is read when a process starts, and then no more
}

// settings are those in the order in which they are named.
var settings = []setting{
	{"places", func(p Places) string { return filepath.Join(p.Data, placeFolder) }, (*Installation).placesText, false},
	{"registries", func(p Places) string { return filepath.Join(p.Data, RegistriesFolder) }, (*Installation).registriesText, false},
	{"witnesses", func(p Places) string { return filepath.Join(p.Heads, witnessesFile) }, (*Installation).witnessesText, true},
	{"mail", func(p Places) string { return filepath.Join(p.Keys, mailFile) }, (*Installation).mailText, false},
	{"key-copies", func(p Places) string { return p.Keys }, (*Installation).copiesText, false},
	{"log", Places.file, func(i *Installation) (string, error) { return bucketOf(i.Log), nil }, true},
	{"kept", Places.file, func(i *Installation) (string, error) { return bucketOf(i.Kept), nil }, true},
	{"evidence", Places.file, func(i *Installation) (string, error) { return bucketOf(i.Evidence), nil }, true},
}

// file is that of the places.
func (p Places) file() string { return filepath.Join(p.Data, placesFile) }

// settings are the hashes of those that could be read, by name, and why the others
// couldn't.
func (i *Installation) settings() (map[string]string, error) {
	said, faults := map[string]string{}, []error(nil)
	for _, s := range settings {
		text, err := s.text(i)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		said[s.name] = hex.EncodeToString(i.vault.Lookup("setting/"+s.name, text)[:16])
	}
	return said, errors.Join(faults...)
}

// placesText is the list of places that forms offer: the newest.
func (i *Installation) placesText() (string, error) {
	dates, err := i.PlaceLists().Dates()
	if err != nil || len(dates) == 0 {
		return "", err
	}
	date := dates[len(dates)-1].String()
	sum, err := i.present.sums.of(filepath.Join(i.Data, placeFolder, placePrefix+date+placeSuffix))
	return date + " " + sum, err
}

// registriesText are the registers that this process asks, and what stands in them now.
func (i *Installation) registriesText() (string, error) {
	var text strings.Builder
	for _, r := range i.Office.Registries {
		sum, err := i.present.sums.of(filepath.Join(i.Data, RegistriesFolder, r.Name()+".csv"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		fmt.Fprintf(&text, "%s %s\n", sum, r.Name())
	}
	return text.String(), nil
}

// witnessesText are the witnesses' keys: each machine may reach them by another address.
func (i *Installation) witnessesText() (string, error) {
	var keys []string
	for _, c := range i.log.witnesses {
		keys = append(keys, fmt.Sprintf("%s+%08x", c.Key.Name(), c.Key.KeyHash()))
	}
	slices.Sort(keys)
	return strings.Join(keys, "\n"), nil
}

func (i *Installation) mailText() (string, error) {
	s, ok, err := i.Mail()
	if err != nil || !ok {
		return "", err
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// copiesText is for how long copies of the key store are kept, by which each machine
// reckons when an erasure is final. Where they go is a folder of its own.
func (i *Installation) copiesText() (string, error) {
	b, err := i.vault.Backups()
	return strconv.Itoa(b.Days), err
}

// bucketOf is a bucket by its name: how it is reached may be another way for each
// machine.
func bucketOf(place string) string {
	name, _, _ := strings.Cut(place, "?")
	return strings.TrimSuffix(name, "/")
}

// sums are hashes of files, each reckoned again only where the file is another: what
// renews a lease looks every few seconds.
type sums struct {
	mu    sync.Mutex
	known map[string]summed // by path; owned by mu
}

type summed struct {
	file fs.FileInfo
	sum  string
}

func (s *sums) of(path string) (string, error) {
	now, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.known[path]; ok && os.SameFile(was.file, now) && was.file.Size() == now.Size() && was.file.ModTime().Equal(now.ModTime()) {
		return was.sum, nil
	}
	sum, err := sumOf(path)
	if err != nil {
		return "", err
	}
	if s.known == nil {
		s.known = map[string]summed{}
	}
	s.known[path] = summed{now, sum}
	return sum, nil
}

// Differing is a setting by which another process goes otherwise than this one.
type Differing struct {
	Setting string
	File    string // where it is here
	By      Acting // one of this machine was started before the setting was changed
}

// Complaints are the sentences that say so, and what to do: one for each setting of
// another machine, and one for each file of a process of this one.
func Complaints(list []Differing) (complaints []error) {
	type about struct {
		machine, of string
		process     int
	}
	named := map[about]bool{}
	for _, d := range list {
		code, what := "doctor.differs."+d.Setting, about{machine: d.By.Machine, of: d.Setting}
		if d.By.Here {
			code, what = "doctor.started-before", about{d.By.Machine, d.File, d.By.Process}
		}
		if !named[what] {
			named[what] = true
			complaints = append(complaints, fault.New(fault.Conflict, code, "machine", d.By.Host, "process", d.By.Process, "file", d.File))
		}
	}
	return complaints
}

// Differing are the settings by which processes that act at this moment go otherwise
// than this one, in the order of the settings. Who doesn't act goes by nothing. Of what
// this process can't read nobody knows how it differs.
func (i *Installation) Differing(ctx context.Context) ([]Differing, error) {
	if !i.Several {
		return nil, nil
	}
	acting, err := i.Acting(ctx)
	if err != nil {
		return nil, err
	}
	mine, err := i.settings()
	return i.differing(mine, acting), err
}

func (p Places) differing(mine map[string]string, acting []Acting) (list []Differing) {
	for _, s := range settings {
		for _, a := range acting {
			said, told := a.Settings[s.name]
			own, known := mine[s.name]
			if told && known && said != own && (s.started || !a.Here) {
				list = append(list, Differing{s.name, s.file(p), a})
			}
		}
	}
	return list
}

// alike complains, while this installation is served, of machines that go by other
// settings, and so from one look to the next: a command that comes and goes is no news,
// nor is a file that is just being copied. Where it can't look it has no news either: the
// other chores say that the database is away.
func (i *Installation) alike(ctx context.Context) error {
	if list, err := i.Differing(ctx); err == nil {
		i.present.unlike = i.lasting(list)
	}
	return i.present.unlike
}

// lasting is the complaint of what differed when it was last looked at, too.
func (i *Installation) lasting(list []Differing) error {
	var what, where, manner []string
	seen := map[string]bool{}
	for _, d := range list {
		of := d.Setting + " " + d.By.Machine
		if seen[of] = true; !i.present.differed[of] {
			continue
		}
		what, manner = append(what, d.Setting), append(manner, of)
		where = append(where, fmt.Sprintf("%s (process %d)", d.By.Host, d.By.Process))
	}
	i.present.differed = seen
	if len(what) == 0 {
		return nil
	}
	said := func(list []string) string {
		slices.Sort(list)
		return strings.Join(slices.Compact(list), ", ")
	}
	return differently{fault.New(fault.Conflict, "installation.differs", "settings", said(what), "machines", said(where)), said(manner)}
}

// differently is a complaint of which the manner is what differs, and on which machines:
// more of that is news.
type differently struct {
	error
	manner string
}

func (d differently) Unwrap() error { return d.error }
