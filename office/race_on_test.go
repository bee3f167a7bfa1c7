//go:build race || small

package office_test

// demoClaims is how many claims the demo has that most tests look at. The
// race detector slows the database down many times and finds nothing more in
// a larger one.
const demoClaims = 120

// manyClaims is a demo in which rounds and instalments are of some size.
const manyClaims = 200
