package installation

import (
	"net/url"
	"os"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// isBucket tells a bucket from a folder.
func isBucket(place string) bool { return strings.HasPrefix(place, "s3://") }

// bucket is the bucket of s3://BUCKET/PREFIX?endpoint=URL&region=NAME. Who may
// write there stands in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, never in
// a file of ours.
func bucket(place string) (tlog.Files, error) {
	at, err := readBucket(place)
	if err != nil {
		return nil, err
	}
	return tlog.Bucket(at)
}

// readBucket reads where a bucket is.
func readBucket(place string) (none tlog.BucketConfig, err error) {
	at, err := url.Parse(place)
	if err != nil || at.Host == "" || at.Query().Get("endpoint") == "" {
		return none, fault.New(fault.Invalid, "installation.bucket", "log", place)
	}
	prefix := strings.Trim(at.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return none, fault.New(fault.Invalid, "installation.bucket-keys", "log", place)
	}
	return tlog.BucketConfig{
		Endpoint: at.Query().Get("endpoint"), Region: at.Query().Get("region"), Bucket: at.Host, Prefix: prefix,
		AccessKey: id, SecretKey: secret,
	}, nil
}

// bareBucket is a bucket's address with what names it and nothing else.
func bareBucket(place string) (string, error) {
	at, err := url.Parse(place)
	if err != nil {
		return "", fault.New(fault.Invalid, "installation.bucket", "log", place)
	}
	bare := url.URL{Scheme: at.Scheme, Host: at.Host, Path: at.Path}
	kept := url.Values{}
	if endpoint, err := url.Parse(at.Query().Get("endpoint")); err == nil {
		endpoint.User, endpoint.RawQuery, endpoint.Fragment = nil, "", ""
		kept.Set("endpoint", endpoint.String())
	}
	if region := at.Query().Get("region"); region != "" {
		kept.Set("region", region)
	}
	bare.RawQuery = kept.Encode()
	return bare.String(), nil
}
