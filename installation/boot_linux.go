package installation

import "os"

// bootID is what the kernel calls itself since it was started.
func bootID() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return string(text), err
}
