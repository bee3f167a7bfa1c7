package main

import (
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
)

// tellFlag lets a command name networks whose webhooks are told.
func tellFlag(c *cobra.Command, tell *[]string) {
	c.Flags().StringSliceVar(tell, "tell", nil, "a network of the house, such as 10.1.0.0/16, whose webhooks are told all the same, also by http; none unless named")
}

// networksOf reads the networks that tellFlag names.
func networksOf(tell []string) (networks []netip.Prefix, err error) {
	for _, text := range tell {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "machine.network-wrong", "network", text)
		}
		networks = append(networks, n)
	}
	return networks, nil
}
