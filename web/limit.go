package web

import (
	"context"
	"net/netip"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
)

// Wrong tries that are allowed within a while: of one reference, which only its
// claimant should try, and from one address, behind which may be a whole office.
// A code has 55 random bits: the limit is for the machine's sake and against
// codes that somebody half knows. The office counts them, for all its processes.
const (
	perReference = 10
	perShare     = 5 // of one reference from one address: who knows a reference alone doesn't lock its claimant out
	perRemote    = 30
)

// limits are those that a try at a reference is counted against. Who has no try
// left spends none of another's: the address comes first, its share of the
// reference next, and the reference last.
func limits(reference claim.Reference, remote string) []office.Limit {
	return []office.Limit{
		{Of: "claim/remote/" + remote, Most: perRemote},
		{Of: "claim/share/" + share(reference, remote), Most: perShare},
		{Of: "claim/reference/" + string(reference), Most: perReference},
	}
}

// tooMany counts a try; if there are too many it says how long to wait.
func (s *site) tooMany(ctx context.Context, reference claim.Reference, remote string) (wait time.Duration, err error) {
	return s.source.TakeTry(ctx, limits(reference, remote)...)
}

// right takes back a try that was right.
func (s *site) right(ctx context.Context, reference claim.Reference, remote string) error {
	return s.source.GiveBackTry(ctx, limits(reference, remote)...)
}

// share names the tries of a reference from one place. In IPv6 that is the
// network of a site: one may have thousands of households, for the asking.
func share(reference claim.Reference, remote string) string {
	if household, err := netip.ParsePrefix(remote); err == nil {
		remote = netip.PrefixFrom(household.Addr(), 48).Masked().String()
	}
	return string(reference) + " " + remote
}
