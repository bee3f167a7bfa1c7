package vault

import "context"

// Destroyed are the ids whose keys were destroyed, in order.
func (v *Vault) Destroyed(ctx context.Context) (ids []string, err error) {
	rows, err := v.store.db.QueryContext(ctx, "SELECT claim_id FROM destroyed ORDER BY claim_id")
	if err != nil {
		return nil, storeFault(err)
	}
	err = eachRow(rows, func() error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, storeFault(err)
}
