package shelf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/openchancery/chancery/fault"
)

// BucketConfig says where a bucket is, by the S3 API, and who writes it.
type BucketConfig struct {
	Endpoint             string // "https://s3.example.org"; http on the same machine alone
	Region               string
	Bucket               string // it must be there
	Prefix               string // before every name: "" or "evidence/"
	AccessKey, SecretKey string
}

type bucket struct {
	client *minio.Client
	BucketConfig
}

// Bucket opens a shelf in a bucket. Its server sees ciphertext and sizes.
//
// Fault: shelf.bucket-endpoint.
func Bucket(cfg BucketConfig) (Shelf, error) {
	at, err := url.Parse(cfg.Endpoint)
	if err != nil || at.Host == "" || at.Path != "" && at.Path != "/" || at.Scheme != "https" && (at.Scheme != "http" || !loopback(at.Hostname())) {
		return nil, fault.New(fault.Invalid, "shelf.bucket-endpoint", "endpoint", cfg.Endpoint)
	}
	client, err := minio.New(at.Host, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""), Secure: at.Scheme == "https", Region: cfg.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s at %s: %w", cfg.Bucket, cfg.Endpoint, err)
	}
	return &bucket{client, cfg}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (b *bucket) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("bucket %s: %w", b.Bucket, err)
}

// Put seals onto this machine's disk first, since the name is known at the end
// only; what lies there is ciphertext, and goes at once.
func (b *bucket) Put(ctx context.Context, write func(io.Writer) error) (name string, size int64, err error) {
	file, err := os.CreateTemp("", "chancery-evidence-")
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	out := sum(file)
	if err := write(out); err != nil {
		return "", 0, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	name = out.name()
	_, err = b.client.PutObject(ctx, b.Bucket, b.Prefix+name, file, out.n, minio.PutObjectOptions{ContentType: "application/octet-stream", PartSize: 16 << 20, NumThreads: 1})
	return name, out.n, b.failed(err)
}

func (b *bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	object, err := b.client.GetObject(ctx, b.Bucket, b.Prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.failed(err)
	}
	if _, err := object.Stat(); err != nil { // the first question goes out here
		closed := object.Close()
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return nil, missing(name)
		}
		return nil, b.failed(errors.Join(err, closed))
	}
	return object, nil
}

func (b *bucket) Remove(ctx context.Context, names ...string) error {
	var failed error
	for _, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		err := b.client.RemoveObject(ctx, b.Bucket, b.Prefix+name, minio.RemoveObjectOptions{})
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			err = nil
		}
		failed = errors.Join(failed, b.failed(err))
	}
	return failed
}

func (b *bucket) Old(ctx context.Context, before time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for o := range b.client.ListObjects(ctx, b.Bucket, minio.ListObjectsOptions{Prefix: b.Prefix, Recursive: true}) {
			if o.Err != nil {
				yield("", b.failed(o.Err))
				return
			}
			name := o.Key[len(b.Prefix):]
			if checkName(name) != nil || !o.LastModified.Before(before) {
				continue
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}
