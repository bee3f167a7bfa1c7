//go:build !linux

package main

import "testing"

// meetsAFullDisk makes disks as Linux does.
func meetsAFullDisk(t *testing.T, _ binary) { t.Skip("disks are made on Linux alone") }
