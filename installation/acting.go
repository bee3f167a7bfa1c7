package installation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Where several processes share a database and several machines are not said to
// act, one machine at a time does: it holds a lease. A second one would have its
// own half of what the first has on its disk. Where several are said to, all hold it
// by one name, so that one to which that wasn't said doesn't act beside them.
const (
	machineLease   = "machine"
	machineLasts   = 30 * time.Second
	machineRenewed = 10 * time.Second

	severalMachines = "several"
)

// Where several machines are said to act, whoever does is seen: it holds a lease of its
// own, the first that is free of acting 1, acting 2 and so on, and what it says of itself
// stands as its holder. It outlives the row machine that was renewed with it, so that who
// leaves as the last, and sees nobody, may give that row back. One machine alone lets it
// run out: a copy of it elsewhere, that acts in turn with it, is refused for that while.
const (
	actingLease = "acting "
	actingLasts = 2 * machineLasts
)

// Acting is a process that acts on the installation, as it says of itself.
type Acting struct {
	Key      string            `json:"key"`     // another for each process
	Machine  string            `json:"machine"` // as machine has it: a host's name may be that of two
	Host     string            `json:"host"`
	Process  int               `json:"process"`
	Settings map[string]string `json:"settings,omitempty"` // as it goes by them, hashed under the installation's key

	Here bool `json:"-"` // it acts on this machine, from this data directory
}

// presence is how this process is seen by others. Whoever opens the installation uses
// it, then what renews it, then whoever closes it.
type presence struct {
	key   string
	place store.Lease // its own; none until it is seen
	all   store.Lease // the row machine
	sums  sums
	// differed are settings and machines that were not alike when that was last looked
	// at, unlike is what is complained of; owned by the chore that looks.
	differed map[string]bool
	unlike   error
	failed   atomic.Pointer[error] // why it couldn't be renewed; nil while it can
	end      context.CancelFunc
	ended    chan struct{}
}

// stay takes the installation for this machine, or says that another has it, and keeps
// it until the installation is closed.
func (i *Installation) stay(ctx context.Context) error {
	if err := i.alone(ctx); err != nil {
		return err
	}
	ctx, i.present.end = context.WithCancel(context.WithoutCancel(ctx))
	i.present.ended = make(chan struct{})
	go func() {
		defer close(i.present.ended)
		again := time.NewTicker(machineRenewed)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-again.C:
			}
			if err := i.alone(ctx); err != nil {
				i.present.failed.Store(&err)
			} else {
				i.present.failed.Store(nil)
			}
		}
	}()
	return nil
}

// stays is why the installation could not be kept for this machine.
func (i *Installation) stays(context.Context) error {
	if why := i.present.failed.Load(); why != nil {
		return *why
	}
	return nil
}

// alone takes the installation for this machine, or says that another has it. One of
// several is seen first: who leaves meanwhile gives nothing back.
func (i *Installation) alone(ctx context.Context) error {
	if i.Several {
		says, err := i.saysOfItself()
		if err == nil {
			err = i.appear(ctx, says)
		}
		if err != nil {
			return err
		}
	}
	name, err := i.machineName()
	if err != nil {
		return err
	}
	taken, err := takeMachine(ctx, i.store, name)
	if err == nil {
		i.present.all = taken
	}
	return err
}

// appear is seen, or seen anew, with what this process says of itself now.
func (i *Installation) appear(ctx context.Context, says string) error {
	old := i.present.place
	if old.Holder == says {
		switch again, err := i.store.TakeLease(ctx, old.Name, says, actingLasts); {
		case err == nil:
			i.present.place = again
			return nil
		case !errors.Is(err, store.ErrHeld): // it ran out, and another has it
			return err
		}
	}
	for {
		var others map[string]string
		if err := i.store.Read(ctx, func(r store.Reader) (err error) {
			others, err = r.Holders(actingLease)
			return err
		}); err != nil {
			return err
		}
		name := ""
		for n, taken := 1, true; taken; n++ {
			name = fmt.Sprint(actingLease, n)
			_, taken = others[name]
		}
		place, err := i.store.TakeLease(ctx, name, says, actingLasts)
		if errors.Is(err, store.ErrHeld) { // another came at the same moment
			continue
		}
		if err != nil {
			return err
		}
		i.present.place = place
		return i.store.FreeLease(ctx, old) // only now: somebody is always seen
	}
}

// saysOfItself is what this process says of itself, as it stands in its lease. What
// can't be read just now it doesn't speak of.
func (i *Installation) saysOfItself() (string, error) {
	at, err := machine(i.Data)
	if err != nil {
		return "", err
	}
	if i.present.key == "" {
		var key [8]byte
		systems("acting", key[:])
		i.present.key = fmt.Sprintf("%x", key)
	}
	host, _ := os.Hostname() // who has none is known by its process
	says := Acting{Key: i.present.key, Machine: at, Host: host, Process: os.Getpid()}
	says.Settings, _ = i.settings()
	text, err := json.Marshal(says)
	return string(text), err
}

// leaving is how long whoever ends waits for the database: what isn't given back runs
// out by itself.
const leaving = 5 * time.Second

// leave is seen no more. Who sees nobody else gives the installation back, so that
// whoever takes it next needn't wait until it runs out.
func (i *Installation) leave() {
	p := &i.present
	if p.end != nil {
		p.end()
		<-p.ended
		p.end = nil
	}
	if p.place.Name == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	for again := true; again; {
		err := i.store.Write(ctx, func(tx store.Tx) error {
			if err := tx.Free(p.place); err != nil {
				return err
			}
			others, err := tx.Holders(actingLease)
			if err != nil || len(others) > 0 {
				return err
			}
			return tx.Free(p.all)
		})
		again = errors.Is(err, store.ErrAgain) && ctx.Err() == nil
	}
	p.place = store.Lease{}
}

// Acting are the processes that act on the installation at this moment, by their hosts.
func (i *Installation) Acting(ctx context.Context) (list []Acting, err error) {
	here, err := machine(i.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // nobody ever acted from here
		return nil, err
	}
	err = i.store.Read(ctx, func(r store.Reader) error {
		holders, err := r.Holders(actingLease)
		for _, says := range holders {
			var a Acting
			if json.Unmarshal([]byte(says), &a) == nil { // another build's may be otherwise
				a.Here = a.Machine == here
				list = append(list, a)
			}
		}
		return err
	})
	slices.SortFunc(list, func(a, b Acting) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.Process, b.Process), cmp.Compare(a.Key, b.Key))
	})
	return list, err
}

// machineName is by which name this machine holds the lease.
func (p Places) machineName() (string, error) {
	if p.Several {
		return severalMachines, nil
	}
	return machine(p.Data)
}

func takeMachine(ctx context.Context, s store.Store, name string) (store.Lease, error) {
	lease, err := s.TakeLease(ctx, machineLease, name, machineLasts)
	if errors.Is(err, store.ErrHeld) {
		err = fault.New(fault.Conflict, "installation.second-machine", "seconds", int(machineLasts.Seconds()))
	}
	return lease, err
}
