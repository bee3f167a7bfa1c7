// Package post takes word of a letter to a mail server: that there is news about
// an application, and nothing else. What it says stands in the catalogue; whom it
// goes to is known to nobody here after it went.
package post

import (
	"net"
	"net/mail"
	"strconv"

	"github.com/openchancery/chancery/fault"
)

// Security is how the way to the mail server is protected.
type Security string

// The ways.
const (
	StartTLS Security = "starttls" // begins in clear and must go over to TLS
	TLS      Security = "tls"      // TLS from the first byte
	Clear    Security = "clear"    // to a mail server on this very machine alone
)

// Settings are how mail is sent. They hold a password: they lie with the keys.
type Settings struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Security Security `json:"security"`
	From     string   `json:"from"` // an address, nothing else
	User     string   `json:"user,omitempty"`
	Password string   `json:"password,omitempty"`
}

// Check holds settings against their form. The fault is post.setting (setting,
// value), or post.clear where a password or an address would go over the network
// in clear.
func (s Settings) Check() error {
	wrong := func(setting, value string) error {
		return fault.New(fault.Invalid, "post.setting", "setting", setting, "value", value)
	}
	from, err := mail.ParseAddress(s.From)
	switch {
	case s.Host == "":
		return wrong("host", s.Host)
	case s.Port < 1 || s.Port > 65535:
		return wrong("port", strconv.Itoa(s.Port))
	case err != nil || from.Address != s.From:
		return wrong("from", s.From)
	case s.Security != StartTLS && s.Security != TLS && s.Security != Clear:
		return wrong("security", string(s.Security))
	case s.Security == Clear && !loopback(s.Host):
		return fault.New(fault.Invalid, "post.clear", "host", s.Host)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
