package sqlite

import (
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Where SQLite brings two pages of an index in order, one of them bears for a moment the
// number of the page that holds the locks, which is no page of any database (balance_nonroot
// in btree.c). Its cache takes that for the highest number there has been, and the next
// commit looks through all pages of the cache for those beyond the end of the database: a
// tenth of what thirty filings take to enter, until the database is that large itself (1 GB).
// Here the cache forgets that number again. The page has a number of the database's
// before anything else is asked of the cache.

// lockByte is where the locks lie in a file (PENDING_BYTE in os.h).
const lockByte = 0x40000000

type pageMover = func(tls *libc.TLS, cache, page uintptr, from, to uint32) // xRekey

var movePlainly pageMover

// swaps counts the pages that were given that number.
var swaps atomic.Int64

// The cache must be known before the first database of the process is opened, by
// whomever. Where it can't be, SQLite's own stays as it is.
func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	methods := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_pcache_methods2{})))
	args := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(uintptr(0))))
	if methods == 0 || args == 0 {
		return
	}
	defer libc.Xfree(tls, methods) // SQLite copies it
	defer libc.Xfree(tls, args)
	if sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_GETPCACHE2, libc.VaList(args, methods)) != sqlite3.SQLITE_OK {
		return
	}
	m := at[sqlite3.Tsqlite3_pcache_methods2](methods)
	movePlainly = as[pageMover](m.FxRekey)
	m.FxRekey = pointer(movePage)
	sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_PCACHE2, libc.VaList(args, methods))
}

// movePage gives a page of the cache another number.
func movePage(tls *libc.TLS, cache, page uintptr, from, to uint32) {
	c := at[sqlite3.TPCache1](cache)
	most := c.FiMaxKey
	movePlainly(tls, cache, page, from, to)
	if int64(to) == lockByte/int64(c.FszPage)+1 {
		c.FiMaxKey = most
		swaps.Add(1)
	}
}
