package listen

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// proxies are the servers in front of this one.
type proxies []netip.Prefix

// trustedBy are those of the options; behind a server that isn't named it is one
// on this machine.
func trustedBy(o Options) (proxies, error) {
	if !o.Behind {
		if len(o.Proxies) > 0 {
			return nil, fault.New(fault.Invalid, "listen.proxy-without-https")
		}
		return nil, nil
	}
	list := o.Proxies
	if len(list) == 0 {
		list = []string{"127.0.0.0/8", "::1"}
	}
	var trusted proxies
	for _, text := range list {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			at, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fault.New(fault.Invalid, "listen.proxy", "proxy", text)
			}
			network = netip.PrefixFrom(at, at.BitLen())
		}
		trusted = append(trusted, network.Masked())
	}
	return trusted, nil
}

func (p proxies) has(at netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(at) })
}

// remote is whose machine a request comes from. Each server in front adds to
// X-Forwarded-For whom it was asked by: the last one there that is none of ours
// is the visitor; what stands before it is the visitor's own word. Of who isn't a
// server of ours nothing there is believed.
func (p proxies) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	at = at.Unmap().WithZone("")
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := len(said) - 1; n >= 0 && p.has(at); n-- {
		before, err := netip.ParseAddr(strings.TrimSpace(said[n]))
		if err != nil {
			break
		}
		at = before.Unmap().WithZone("")
	}
	return household(at)
}

// household is an address, or the network that a household has in IPv6.
func household(at netip.Addr) string {
	if at.Is6() {
		return netip.PrefixFrom(at, 64).Masked().String()
	}
	return at.String()
}
