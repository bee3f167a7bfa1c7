package office_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
)

// A blob that rests goes bad, in any of its bytes, or takes another's place:
// verify names the entry beside which it stands, and no other.
func TestADamagedBlobIsNamed(t *testing.T) {
	kept := played(t, demoClaims)
	for name, change := range map[string]string{
		"the first byte":    "CAST(x'09' || substr(sealed, 2) AS BLOB)",
		"a byte within":     "CAST(substr(sealed, 1, 40) || CASE substr(sealed, 41, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(sealed, 42) AS BLOB)",
		"the last byte":     "CAST(substr(sealed, 1, length(sealed) - 1) || CASE substr(sealed, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)",
		"cut short":         "substr(sealed, 1, length(sealed) - 1)",
		"cut to half":       "substr(sealed, 1, length(sealed) / 2)",
		"emptied":           "x''",
		"longer":            "CAST(sealed || x'00' AS BLOB)",
		"a sector of zeros": "CAST(zeroblob(min(512, length(sealed))) || substr(sealed, 513) AS BLOB)",
		"another's":         "(SELECT o.sealed FROM blobs o WHERE o.class = blobs.class AND o.claim_id <> blobs.claim_id LIMIT 1)",
		"its claim's other": "(SELECT o.sealed FROM blobs o WHERE o.claim_id = blobs.claim_id AND o.name <> blobs.name LIMIT 1)",
	} {
		t.Run(name, func(t *testing.T) {
			places := copied(t, kept)
			db := behindItsBack(t, places)
			var want []string
			rows, err := db.Query("SELECT claim_id, version, name FROM blobs ORDER BY random() LIMIT 20")
			must(t, err)
			updates := map[string]string{} // by entry and blob
			for rows.Next() {
				var claim, blob string
				var version docket.Version
				must(t, rows.Scan(&claim, &version, &blob))
				entry := fmt.Sprintf("claim/%s#%d", claim, version)
				updates[entry+" "+blob] = fmt.Sprintf("UPDATE blobs SET sealed = %s WHERE claim_id = '%s' AND version = %d AND name = '%s' AND sealed <> coalesce(%[1]s, sealed)", change, claim, version, blob)
			}
			must(t, rows.Close())
			for place, update := range updates {
				done, err := db.Exec(update)
				must(t, err)
				if n, err := done.RowsAffected(); err == nil && n == 1 {
					want = append(want, strings.Fields(place)[0])
				}
			}
			must(t, db.Close())
			var got []string
			for _, f := range verified(t, reopened(t, places)).Findings {
				if f.Code != "verify.blob-damaged" || f.Why == nil || f.Leaf < 0 {
					t.Errorf("%+v", f)
				}
				got = append(got, f.Entry)
			}
			slices.Sort(got)
			slices.Sort(want)
			want = slices.Compact(want)
			if len(want) == 0 {
				t.Error("nothing was damaged")
			}
			if got = slices.Compact(got); !slices.Equal(got, want) {
				t.Errorf("named %d of %d:\n%q\n%q", len(got), len(want), got, want)
			}
		})
	}
}
