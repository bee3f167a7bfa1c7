package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/minio/minio-go/v7"

	"github.com/openchancery/chancery/fault"
)

// KeptBucket keeps the checkpoint in a bucket, for several machines that publish
// one log. Each state of it is an object whose name ends in a number, and the
// newest is the highest: whoever swaps creates the next, which the server lets
// one do (If-None-Match), and looks whether a higher one is there, for who was
// stopped for long may create one that was there and went. Swapping in place
// (If-Match) would be less to do, and not every server does it in one step.
func KeptBucket(cfg BucketConfig, name string) (Kept, error) {
	b, err := openBucket(cfg)
	if err != nil {
		return nil, err
	}
	return &keptBucket{b, cfg.Prefix + name + "/"}, nil
}

type keptBucket struct {
	bucket *bucket
	folder string
}

// keptDigits lets names sort as their numbers do.
const keptDigits = 16

func (k *keptBucket) at(number int64) string {
	return fmt.Sprintf("%s%0*d", k.folder, keptDigits, number)
}

// numbers are those of the states that are there, in order.
func (k *keptBucket) numbers(ctx context.Context) (numbers []int64, err error) {
	names, err := k.bucket.List(ctx, k.folder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, err := strconv.ParseInt(name[len(k.folder):], 10, 64)
		if err != nil || name != k.at(n) {
			return nil, fault.New(fault.Unsound, "tlog.kept-foreign", "file", name)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (k *keptBucket) Load(ctx context.Context) ([]byte, error) {
	text, _, err := k.load(ctx)
	return text, err
}

// load is the newest state and those that are there; none before the first.
func (k *keptBucket) load(ctx context.Context) (text []byte, numbers []int64, err error) {
	for range bucketTries {
		if numbers, err = k.numbers(ctx); err != nil || len(numbers) == 0 {
			return nil, nil, err
		}
		text, err = k.bucket.Get(ctx, k.at(numbers[len(numbers)-1]))
		if !errors.Is(err, fs.ErrNotExist) { // else there are newer ones since
			break
		}
	}
	return text, numbers, err
}

func (k *keptBucket) Swap(ctx context.Context, old, next []byte) error {
	stands, numbers, err := k.load(ctx)
	if err != nil {
		return err
	}
	changed := fault.New(fault.Conflict, "tlog.kept-changed", "file", k.folder)
	if !bytes.Equal(stands, old) {
		return changed
	}
	number := int64(1)
	if len(numbers) > 0 {
		number = numbers[len(numbers)-1] + 1
	}
	var o minio.PutObjectOptions
	o.SetMatchETagExcept("*")
	err = k.bucket.put(ctx, k.at(number), next, o)
	if errorCode(err) == minio.PreconditionFailed {
		return changed
	}
	if err != nil {
		return err
	}
	if numbers, err = k.numbers(ctx); err != nil {
		return err
	}
	if numbers[len(numbers)-1] > number {
		return errors.Join(changed, k.bucket.Delete(ctx, k.at(number)))
	}
	// The one before stays: it tells who comes late that there was a newer one.
	for _, n := range numbers {
		if n < number-1 {
			if err := k.bucket.Delete(ctx, k.at(n)); err != nil {
				return err
			}
		}
	}
	return nil
}
