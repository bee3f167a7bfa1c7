package installation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// at is a process that goes by settings, each as NAME=VALUE.
func at(machine, host string, process int, said ...string) Acting {
	a := Acting{Key: fmt.Sprint(host, process), Machine: machine, Host: host, Process: process, Settings: map[string]string{}, Here: machine == "here"}
	for _, s := range said {
		name, value, _ := strings.Cut(s, "=")
		a.Settings[name] = value
	}
	return a
}

// What another machine goes by otherwise is named once for each setting and machine,
// whatever its host is called and however many processes it has; of this machine's own
// only who was started before a change that doesn't count at once.
func TestWhatDiffersIsNamedOnceForEachMachine(t *testing.T) {
	mine := map[string]string{"places": "1", "witnesses": "1", "mail": "1", "key-copies": "1"}
	for name, test := range map[string]struct {
		acting []Acting
		want   []string // code, host, process
	}{
		"nobody acts": {},
		"all alike":   {[]Acting{at("here", "a", 1, "places=1", "mail=1"), at("there", "b", 2, "places=1", "mail=1", "witnesses=1")}, nil},
		"two settings of one machine": {
			[]Acting{at("there", "b", 2, "mail=2", "places=2", "witnesses=1")},
			[]string{"doctor.differs.places b 2", "doctor.differs.mail b 2"},
		},
		"two processes of one machine": {
			[]Acting{at("there", "b", 2, "places=2"), at("there", "b", 3, "places=2"), at("there", "b", 4, "places=1")},
			[]string{"doctor.differs.places b 2"},
		},
		"the second of two processes was started before": {
			[]Acting{at("there", "b", 2, "witnesses=1"), at("there", "b", 3, "witnesses=0")},
			[]string{"doctor.differs.witnesses b 3"},
		},
		"two machines of one host's name": {
			[]Acting{at("there", "a", 2, "places=2"), at("elsewhere", "a", 2, "places=3"), at("here", "a", 2, "places=1")},
			[]string{"doctor.differs.places a 2", "doctor.differs.places a 2"},
		},
		"a machine that was renamed": {
			[]Acting{at("there", "b", 2, "places=2"), at("there", "c", 2, "places=2")},
			[]string{"doctor.differs.places b 2"},
		},
		"who was started before, here": {
			[]Acting{at("here", "a", 1, "witnesses=0", "places=0", "mail=0"), at("here", "a", 2, "witnesses=1")},
			[]string{"doctor.started-before a 1"},
		},
		"another build, which tells another setting": {[]Acting{at("there", "b", 2, "places-by-year=2")}, nil},
		"what can't be read here":                    {[]Acting{at("there", "b", 2, "evidence=2")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, err := range Complaints(Places{Data: "d", Keys: "k", Heads: "h"}.differing(mine, test.acting)) {
				said := err.(*fault.Fault)
				got = append(got, fmt.Sprint(said.Code, " ", said.Values[0].Text, " ", said.Values[1].Text))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Serve says what differs when it does so for two looks, and again only when more
// differs: not with each process that comes and goes.
func TestServeSaysOnceWhatDiffers(t *testing.T) {
	i := &Installation{}
	look := func(setting string, process int) Differing {
		return Differing{setting, "", at("there", "b", process)}
	}
	manner := ""
	for n, test := range []struct {
		list []Differing
		want string
	}{
		{nil, ""},
		{[]Differing{look("mail", 2)}, ""}, // a command, or a file that is being copied
		{nil, ""},
		{[]Differing{look("mail", 2)}, ""},
		{[]Differing{look("mail", 2)}, "mail there"},
		{[]Differing{look("mail", 3), look("mail", 4)}, "mail there"}, // it was started again
		{[]Differing{look("mail", 3), look("places", 3)}, "mail there"},
		{[]Differing{look("mail", 3), look("places", 3)}, "mail there, places there"},
		{nil, ""},
	} {
		if manner = mannerOf(i.lasting(test.list)); manner != test.want {
			t.Errorf("look %d: %q, want %q", n, manner, test.want)
		}
	}
}
