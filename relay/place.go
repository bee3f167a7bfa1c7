package relay

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/openchancery/chancery/fault"
)

// Name is the socket's name in the data directory.
const Name = "socket"

// longestPath is the longest path of a socket that every system takes; a name
// of a file may be forty times as long.
const longestPath = 100

// within calls do with a path that leads to the socket and is short enough. A
// folder with a long one is reached by its descriptor, where the system has such
// paths (byDescriptor).
func within(dir string, do func(path string) error) error {
	path := filepath.Join(dir, Name)
	if len(path) <= longestPath {
		return do(path)
	}
	return byDescriptor(dir, do)
}

// Listener takes orders. Its socket is there until it is closed.
type Listener struct {
	socket *net.UnixListener
	path   string
}

// Listen makes the socket in a data directory, for its owner alone. Who calls
// it holds the installation's lock: a socket that is there was left by a
// process that was killed, and is replaced.
func Listen(dir string) (*Listener, error) {
	l := &Listener{path: filepath.Join(dir, Name)}
	if err := os.Remove(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace the socket: %w", err)
	}
	err := within(dir, func(path string) (err error) {
		l.socket, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	l.socket.SetUnlinkOnClose(false) // it would go by the descriptor, which is closed
	if err := os.Chmod(l.path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the socket to its owner: %w", err), l.Close())
	}
	return l, nil
}

// Close takes no more orders, and removes the socket.
func (l *Listener) Close() error {
	err := l.socket.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return errors.Join(err, os.Remove(l.path))
}

// Conn leads to the owner of an installation.
type Conn struct{ socket *net.UnixConn }

// Dial reaches the process that owns the installation in a data directory. No
// answer (relay.unreachable) means that it is only starting, or ending.
func Dial(dir string) (*Conn, error) {
	c := &Conn{}
	err := within(dir, func(path string) (err error) {
		c.socket, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fault.New(fault.Conflict, "relay.unreachable", "dir", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reach chancery serve: %w", err)
	}
	if err := sameUser(c.socket); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close hangs up: a command that is being carried out is ended.
func (c *Conn) Close() error { return c.socket.Close() }

// sameUser refuses a peer that is another user of the machine. The kernel says
// who it is (userAt).
func sameUser(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var peer uint32
	var asked error
	if err := raw.Control(func(fd uintptr) { peer, asked = userAt(int(fd)) }); err != nil {
		return err
	}
	if asked != nil {
		return fmt.Errorf("ask who is at the socket: %w", asked)
	}
	if int(peer) != os.Geteuid() {
		return fault.New(fault.NotAllowed, "relay.other-user", "user", peer, "ours", os.Geteuid())
	}
	return nil
}
