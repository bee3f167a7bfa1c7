package api

// webhooks hangs how a program asks to be told.
func (s *site) webhooks() {}
