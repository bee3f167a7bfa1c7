package roll

// The questions whose bodies follow in the next commits of this branch; their
// signatures stand so that stores and edges can be built beside them.

func (r *Record) Check() []Finding             { return nil }
func Summarise(have *Record, b Bundle) Summary { return Summary{} }
