//go:build !race && !small

package main

const raceOn = false
