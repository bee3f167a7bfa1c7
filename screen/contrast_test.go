package screen_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestColoursCanBeTold holds the stylesheet's colours to WCAG 2.2 AA, by day and
// by night: 4.5 to 1 for text (1.4.3), 3 to 1 for bars and edges (1.4.11).
func TestColoursCanBeTold(t *testing.T) {
	css, err := os.ReadFile("screen.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, found := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	night, _, end := strings.Cut(night, "\n}\n")
	if !found || !end {
		t.Fatal("the stylesheet has no night")
	}
	for name, sheet := range map[string]string{"day": day, "night": night} {
		colour := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(sheet, -1) {
			colour[m[1]] = m[2]
		}
		hold := func(least float64, front string, backs ...string) {
			for _, back := range backs {
				if got := contrast(t, colour[front], colour[back]); got < least {
					t.Errorf("%s: %s on %s is %.2f to 1, want %.1f", name, front, back, got, least)
				}
			}
		}
		grounds := []string{"paper", "card", "tint", "reported-tint"}
		hold(4.5, "ink", grounds...)
		hold(4.5, "soft", grounds...)
		hold(4.5, "link", grounds...)
		hold(4.5, "brand-ink", "brand")
		hold(4.5, "brand-soft", "brand")
		hold(4.5, "warn", "warn-tint", "paper", "card") // on the last two, in the forms of claimants
		hold(4.5, "warn", "tint")                       // what a date leaves open, in a row that a link leads to
		hold(4.5, "ink", "warn-tint")
		for _, bar := range []string{"register", "commission", "fund", "ended", "award", "reported", "edge"} {
			hold(3, bar, "paper", "card", "reported-tint")
		}
		for _, line := range []string{"ink", "register", "commission", "edge"} { // marks, sets, the edges of fields and hatched bars
			hold(3, line, "paper", "card", "tint")
		}
	}
}

// contrast is the ratio of the relative luminances of two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) != 7 {
		t.Fatalf("no colour: %q", hex)
	}
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
