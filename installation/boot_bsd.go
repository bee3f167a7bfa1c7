//go:build darwin || freebsd

package installation

import (
	"runtime"
	"syscall"
)

// bootID is what the kernel calls itself since it was started, or on FreeBSD what the
// machine is called for good.
func bootID() (string, error) {
	if runtime.GOOS == "freebsd" {
		return syscall.Sysctl("kern.hostuuid")
	}
	return syscall.Sysctl("kern.bootsessionuuid")
}
