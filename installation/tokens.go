package installation

import (
	"strings"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// KeepToken delivers a new token's secret into a file beside the keys, and says
// in path which.
func (i *Installation) KeepToken(path *string) office.Deliver {
	return func(secret string) (err error) {
		_, rest, _ := strings.Cut(secret, "_")
		id, _, _ := strings.Cut(rest, "_")
		*path, err = vault.WriteToken(i.Keys, id, secret)
		return err
	}
}
