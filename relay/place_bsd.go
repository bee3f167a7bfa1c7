//go:build darwin || freebsd

package relay

import (
	"golang.org/x/sys/unix"

	"github.com/openchancery/chancery/fault"
)

// byDescriptor refuses: here no path leads through a descriptor.
func byDescriptor(dir string, _ func(path string) error) error {
	return fault.New(fault.Invalid, "relay.folder-too-deep", "dir", dir, "most", longestPath-len("/"+Name))
}

// userAt is the user at the other end of a socket, as the kernel noted when it was
// connected.
func userAt(fd int) (uint32, error) {
	peer, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return peer.Uid, nil
}
