package store

import "github.com/openchancery/chancery/docket"

// Webhook is an address that an actor wants to be told at of what is published
// of the claims that they filed.
type Webhook struct {
	ID     string // 32 hexadecimal digits; the key of its secret is kept under it
	Actor  string
	URL    string
	Sealed []byte // the secrets that what is sent is signed with
	Made   docket.Instant
	Ended  bool

	Leaf, Row int64  // the first place of the published log that wasn't looked at for it
	Last      string // the id of the last event that was delivered; "" before the first
	Sent      int64  // events delivered
}

// WebhookReader reads webhooks.
type WebhookReader interface {
	// Webhook is the webhook with this id, or ErrNone.
	Webhook(id string) (Webhook, error)
	// Webhooks are those of an actor, ended ones too, by id; "" for all.
	Webhooks(actor string) ([]Webhook, error)
}

// WebhookWriter writes them.
type WebhookWriter interface {
	// PutWebhook adds a webhook, or sets it.
	PutWebhook(Webhook) error
}
