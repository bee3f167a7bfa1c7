package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
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
	Prefix               string // before every name: "" or "log/"
	AccessKey, SecretKey string
}

const (
	// bucketWait bounds one operation with all its repetitions.
	bucketWait = 30 * time.Second
	// bucketTries is how often one is tried.
	bucketTries = 4
)

// Bucket publishes into a bucket. Every operation ends within half a minute;
// who publishes later finishes what an outage has cut off.
func Bucket(cfg BucketConfig) (Files, error) {
	b, err := openBucket(cfg)
	if err != nil {
		return nil, err
	}
	return Under(b, cfg.Prefix), nil
}

func openBucket(cfg BucketConfig) (*bucket, error) {
	at, err := url.Parse(cfg.Endpoint)
	if err != nil || at.Host == "" || at.Path != "" && at.Path != "/" || at.Scheme != "https" && (at.Scheme != "http" || !loopback(at.Hostname())) {
		return nil, fault.New(fault.Invalid, "tlog.bucket-endpoint", "endpoint", cfg.Endpoint)
	}
	if cfg.Prefix != "" {
		if err := checkName(cfg.Prefix + "checkpoint"); err != nil || cfg.Prefix[len(cfg.Prefix)-1] != '/' {
			return nil, fault.New(fault.Invalid, "tlog.bucket-prefix", "prefix", cfg.Prefix)
		}
	}
	secure := at.Scheme == "https"
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, fmt.Errorf("bucket %s at %s: %w", cfg.Bucket, cfg.Endpoint, err)
	}
	transport.ResponseHeaderTimeout = bucketWait / 2
	client, err := minio.New(at.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:     secure,
		Region:     cfg.Region,
		Transport:  transport,
		MaxRetries: bucketTries,
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s at %s: %w", cfg.Bucket, cfg.Endpoint, err)
	}
	return &bucket{client, cfg.Bucket}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

type bucket struct {
	client *minio.Client
	name   string
}

// do bounds an operation, and says what it was about.
func (b *bucket) do(ctx context.Context, name string, work func(context.Context) error) error {
	if err := checkName(name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bucketWait)
	defer cancel()
	if err := work(ctx); err != nil {
		return fmt.Errorf("bucket %s, %s: %w", b.name, name, err)
	}
	return nil
}

func (b *bucket) Get(ctx context.Context, name string) (content []byte, err error) {
	err = b.do(ctx, name, func(ctx context.Context) error {
		object, err := b.client.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		content, err = readAll(object, name)
		if errorCode(err) == minio.NoSuchKey {
			err = fs.ErrNotExist
		}
		return errors.Join(err, object.Close())
	})
	return content, err
}

func (b *bucket) Put(ctx context.Context, name string, content []byte) error {
	return b.put(ctx, name, content, minio.PutObjectOptions{})
}

func (b *bucket) put(ctx context.Context, name string, content []byte, o minio.PutObjectOptions) error {
	o.DisableMultipart = true // one request: it is whole, or not there
	o.SendContentMd5 = true   // and as it was sent, or refused
	o.ContentType = contentType(name)
	o.CacheControl = cacheControl(name)
	return b.do(ctx, name, func(ctx context.Context) error {
		_, err := b.client.PutObject(ctx, b.name, name, bytes.NewReader(content), int64(len(content)), o)
		return err
	})
}

// Create asks the server to write only where nothing is. One that was answered
// too late, and repeated, finds its own.
func (b *bucket) Create(ctx context.Context, name string, content []byte) error {
	var o minio.PutObjectOptions
	o.SetMatchETagExcept("*")
	err := b.put(ctx, name, content, o)
	if errorCode(err) != minio.PreconditionFailed {
		return err
	}
	was, err := b.Get(ctx, name)
	if err != nil {
		return err
	}
	return sameContent(was, content, name)
}

func (b *bucket) Delete(ctx context.Context, name string) error {
	return b.do(ctx, name, func(ctx context.Context) error {
		return b.client.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{})
	})
}

func (b *bucket) List(ctx context.Context, folder string) (names []string, err error) {
	err = b.do(ctx, folder+"*", func(ctx context.Context) error {
		for object := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: folder, Recursive: true}) {
			if object.Err != nil {
				return object.Err
			}
			names = append(names, object.Key)
		}
		return ctx.Err()
	})
	return names, err
}

// errorCode is the server's own word for what went wrong, "" for none.
func errorCode(err error) string {
	answer, _ := errors.AsType[minio.ErrorResponse](err)
	return answer.Code
}
