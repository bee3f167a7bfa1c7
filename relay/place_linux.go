package relay

import (
	"fmt"
	"os"
	"syscall"
)

// byDescriptor reaches the socket by the descriptor of its folder.
func byDescriptor(dir string, do func(path string) error) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return do(fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), Name))
}

// userAt is the user at the other end of a socket, as the kernel noted when it was
// connected.
func userAt(fd int) (uint32, error) {
	peer, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return peer.Uid, nil
}
