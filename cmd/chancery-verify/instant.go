package main

import "time"

const instantForm = "2006-01-02T15:04:05.000Z"

// parseInstant reads the one form that the format has.
func parseInstant(text string) (time.Time, bool) {
	t, err := time.Parse(instantForm, text)
	return t, err == nil && t.Format(instantForm) == text
}

func isInstant(text string) bool {
	_, ok := parseInstant(text)
	return ok
}
