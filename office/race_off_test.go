//go:build !race && !small

package office_test

// demoClaims is how many claims the demo has that most tests look at.
const demoClaims = 500

// manyClaims is a demo in which rounds and instalments are of some size.
const manyClaims = 2000
