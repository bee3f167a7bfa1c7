package api

import (
	"context"
	"net/http"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// webhooks hangs how a program asks to be told of what is published.
func (s *site) webhooks() {
	at := func(id, method, path, summary, more string, status int) operation {
		return operation{
			id: id, method: method, path: path, summary: summary, more: more, status: status,
			tag: "Webhooks", scope: office.ScopeWebhooks,
		}
	}
	register(s, at("add-webhook", http.MethodPost, "/webhooks", "Be told of your claims",
		"From now on each thing that is published of a claim that you filed is sent to this address, in the order of the log, after it was published: a CloudEvent with ids and a kind, "+
			"signed as Standard Webhooks has it. Its id is the leaf of the published log (or leaf.row), and it names the id before it: who has each claim's versions without a gap has missed nothing. "+
			"What isn't answered with 2xx is sent again, later each time, and holds up what comes after it.", http.StatusCreated), s.addWebhook)
	register(s, at("list-webhooks", http.MethodGet, "/webhooks", "List your webhooks", "", http.StatusOK), s.listWebhooks)
	register(s, at("get-webhook", http.MethodGet, "/webhooks/{webhook}", "Look at a webhook", "How far it was told, and what is in its way.", http.StatusOK), s.getWebhook)
	register(s, at("rotate-webhook", http.MethodPost, "/webhooks/{webhook}/secret", "Draw a webhook a new secret",
		"For a day what is sent is signed with the one before too.", http.StatusOK), s.rotateWebhook)
	register(s, at("retry-webhook", http.MethodPost, "/webhooks/{webhook}/retry", "Send again what couldn't be delivered", "", http.StatusNoContent), s.retryWebhook)
	register(s, at("end-webhook", http.MethodDelete, "/webhooks/{webhook}", "End a webhook", "", http.StatusNoContent), s.endWebhook)
}

// WebhookBody is a webhook as its holder sees it.
type WebhookBody struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Made    string `json:"made" format:"date-time"`
	State   string `json:"state" enum:"well,waiting,failed" doc:"waiting: it is tried again; failed: it waits for a retry."`
	Trouble string `json:"trouble,omitempty" doc:"What came of the last attempt: a code."`
	Again   string `json:"again,omitempty" format:"date-time" doc:"When it is tried again."`
	Next    int64  `json:"next" doc:"The first leaf of the published log that it wasn't told of."`
	Last    string `json:"last,omitempty" doc:"The id of the last event that was delivered."`
	Sent    int64  `json:"sent" doc:"How many events were delivered."`
}

func webhookBody(w office.Webhook) WebhookBody {
	b := WebhookBody{ID: w.ID, URL: w.URL, Made: w.Made.String(), State: w.State, Trouble: w.Trouble, Next: w.Next, Last: w.Last, Sent: w.Sent}
	if w.Again != (docket.Instant{}) {
		b.Again = w.Again.String()
	}
	return b
}

type webhookMade struct {
	Location string `header:"Location"`
	Body     struct {
		WebhookBody
		Secret string `json:"secret" doc:"What is sent is signed with it. It is shown once."`
	}
}

func (s *site) addWebhook(ctx context.Context, in *struct {
	Body struct {
		URL string `json:"url" maxLength:"500" doc:"An https address."`
	}
},
) (*webhookMade, error) {
	if s.Address != nil {
		if err := s.Address(in.Body.URL); err != nil {
			return nil, err
		}
	}
	w, secret, err := s.office.AddWebhook(ctx, callerOf(ctx).Actor, in.Body.URL)
	if err != nil {
		return nil, err
	}
	a := webhookMade{Location: Root + Version + "/webhooks/" + w.ID}
	a.Body.WebhookBody, a.Body.Secret = webhookBody(w), secret
	return &a, nil
}

type webhookList struct {
	Body struct {
		Webhooks []WebhookBody `json:"webhooks"`
	}
}

func (s *site) listWebhooks(ctx context.Context, _ *struct{}) (*webhookList, error) {
	list, err := s.office.Webhooks(ctx, callerOf(ctx).Actor)
	if err != nil {
		return nil, err
	}
	var a webhookList
	a.Body.Webhooks = []WebhookBody{}
	for _, w := range list {
		a.Body.Webhooks = append(a.Body.Webhooks, webhookBody(w))
	}
	return &a, nil
}

// OfWebhook names one webhook.
type OfWebhook struct {
	Webhook string `path:"webhook" pattern:"^[0-9a-f]{32}$" doc:"The webhook's id."`
}

type webhookAnswer struct{ Body WebhookBody }

func (s *site) getWebhook(ctx context.Context, in *OfWebhook) (*webhookAnswer, error) {
	w, err := s.office.Webhook(ctx, callerOf(ctx).Actor, in.Webhook)
	if err != nil {
		return nil, err
	}
	return &webhookAnswer{webhookBody(w)}, nil
}

type secretAnswer struct {
	Body struct {
		Secret string `json:"secret" doc:"It is shown once."`
	}
}

func (s *site) rotateWebhook(ctx context.Context, in *OfWebhook) (*secretAnswer, error) {
	secret, err := s.office.RotateWebhook(ctx, callerOf(ctx).Actor, in.Webhook)
	if err != nil {
		return nil, err
	}
	var a secretAnswer
	a.Body.Secret = secret
	return &a, nil
}

func (s *site) retryWebhook(ctx context.Context, in *OfWebhook) (*struct{}, error) {
	return nil, s.office.RetryWebhook(ctx, callerOf(ctx).Actor, in.Webhook)
}

func (s *site) endWebhook(ctx context.Context, in *OfWebhook) (*struct{}, error) {
	return nil, s.office.EndWebhook(ctx, callerOf(ctx).Actor, in.Webhook)
}
