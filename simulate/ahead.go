package simulate

// ahead uses n things one after another, and prepares the next one while one
// is used: the cores that prepare and the disk that takes in wait for each
// other no longer than they must.
func ahead[T any](n int, prepare func(i int) (T, error), use func(i int, ready T) error) error {
	type prepared struct {
		ready T
		err   error
	}
	begin := func(i int) <-chan prepared {
		done := make(chan prepared, 1)
		go func() {
			ready, err := prepare(i)
			done <- prepared{ready, err}
		}()
		return done
	}
	if n == 0 {
		return nil
	}
	next := begin(0)
	for i := range n {
		this := <-next
		if this.err != nil {
			return this.err
		}
		last := i+1 == n
		if !last {
			next = begin(i + 1)
		}
		if err := use(i, this.ready); err != nil {
			if !last {
				<-next // nothing goes on behind the caller's back
			}
			return err
		}
	}
	return nil
}
