package vault

// Unfill takes a blob's plaintext apart, for tests of what fill never makes.
var Unfill = unfill
