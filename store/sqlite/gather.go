package sqlite

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite hands the pages of a commit to the write-ahead log one by one, each in two
// writes: for thirty filings some three hundred, which take longer than the sync after
// them. Here they are gathered and written at once, before that sync.
//
// That is no other durability. A commit counts, for us and for every reader, from when
// its sync has come back: until then the log's index doesn't name its pages
// (walFrames in SQLite's wal.c: write, sync, and only then walIndexAppend and the
// index's header). So nobody can miss what is gathered; whoever kills the process
// before the sync finds a log that ends a little earlier, behind the same last commit.
// What SQLite reads back out of the log itself, of a transaction that outgrew its cache
// or was rolled back in part, is written before it is read; and what is left of one
// that was rolled back, before another connection may write. It holds where commits
// sync (synchronous = FULL), and for the log alone: the database file is written as
// ever.

// gathering is the name of the way to files on which the log is written so: SQLite's
// own, but for that.
const gathering = "chancery"

// mostGathered is how much is held, in bytes: a larger commit is written in several
// pieces. SQLite's own way to files takes no more at once (seekAndWriteFd in os_unix.c
// cuts a length to 17 bits).
const mostGathered = 1<<17 - 1

// gather makes it known to SQLite, once in a process.
var gather = sync.OnceValue(func() error {
	tls := libc.NewTLS() // stays as long as the process
	plain := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if plain == 0 {
		return fmt.Errorf("gather the log's writes: SQLite has no way to files")
	}
	name, err := libc.CString(gathering)
	if err != nil {
		return fmt.Errorf("gather the log's writes: %w", err)
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if ours == 0 {
		return fmt.Errorf("gather the log's writes: out of memory")
	}
	vfs := at[sqlite3.Tsqlite3_vfs](ours)
	*vfs = *at[sqlite3.Tsqlite3_vfs](plain)
	vfs.FpNext, vfs.FzName = 0, name
	openPlain = as[fileOpener](vfs.FxOpen)
	vfs.FxOpen = pointer(openGathering)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, ours, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("gather the log's writes: SQLite answers %d", rc)
	}
	return nil
})

// The functions of SQLite's interface to files (sqlite3_vfs, sqlite3_io_methods) that
// are called, or stand in place of its own.
type (
	fileOpener = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	fileMover  = func(tls *libc.TLS, file, buf uintptr, n int32, at int64) int32 // xRead and xWrite
	fileCutter = func(tls *libc.TLS, file uintptr, size int64) int32
	fileSyncer = func(tls *libc.TLS, file uintptr, flags int32) int32
	fileSizer  = func(tls *libc.TLS, file, size uintptr) int32
	fileCloser = func(tls *libc.TLS, file uintptr) int32
	fileLocker = func(tls *libc.TLS, file uintptr, first, n, flags int32) int32 // xShmLock
)

var openPlain fileOpener

// methods are the functions of an open file: SQLite's own, and where ours stand, in
// memory that isn't Go's.
type methods struct {
	plain sqlite3.Tsqlite3_io_methods
	ours  uintptr
}

// stand puts ours in the place of SQLite's own, and gives them to be changed; nil
// where there is no memory.
func stand(tls *libc.TLS, file uintptr) (methods, *sqlite3.Tsqlite3_io_methods) {
	record := at[sqlite3.Tsqlite3_file](file)
	m := methods{*at[sqlite3.Tsqlite3_io_methods](record.FpMethods), libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))}
	if m.ours == 0 {
		return m, nil
	}
	ours := at[sqlite3.Tsqlite3_io_methods](m.ours)
	*ours = m.plain
	record.FpMethods = m.ours
	return m, ours
}

// close closes the file; SQLite looks at neither afterwards.
func (m methods) close(tls *libc.TLS, file uintptr) int32 {
	rc := as[fileCloser](m.plain.FxClose)(tls, file)
	libc.Xfree(tls, m.ours)
	return rc
}

// logged is how many pages were written so, to all logs of this process.
var logged atomic.Int64

// pageSize is that of the database, in bytes.
const pageSize = 4096

// gathered is one open log, and what of it is held.
type gathered struct {
	methods
	held   []byte
	from   int64 // of its first byte
	failed bool  // it could not be written, as it was tried last
	file   uintptr
	of     *database
}

// database is an open database file. Its locks are those of the log.
type database struct {
	methods
	log *gathered // nil where none is open
}

// logs and databases are the open ones, by the address of SQLite's own record of the
// file. Each is used by one connection, and so by one goroutine at a time.
var (
	logs      sync.Map // of uintptr to *gathered
	databases sync.Map // of uintptr to *database
)

func logAt(file uintptr) *gathered {
	g, _ := logs.Load(file)
	return g.(*gathered)
}

func databaseAt(file uintptr) *database {
	d, _ := databases.Load(file)
	return d.(*database)
}

// openGathering opens a file as SQLite does, and puts our functions in where it is a
// write-ahead log or its database. Where that can't be, it is written as ever.
func openGathering(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := openPlain(tls, vfs, name, file, flags, outFlags)
	switch {
	case rc != sqlite3.SQLITE_OK:
	case flags&sqlite3.SQLITE_OPEN_MAIN_DB != 0:
		if m, ours := stand(tls, file); ours != nil {
			ours.FxShmLock, ours.FxClose = pointer(lockGathered), pointer(closeDatabase)
			databases.Store(file, &database{methods: m})
		}
	case flags&sqlite3.SQLITE_OPEN_WAL != 0:
		of, ok := databases.Load(sqlite3.Xsqlite3_database_file_object(tls, name))
		if !ok {
			return rc
		}
		if m, ours := stand(tls, file); ours != nil {
			ours.FxWrite, ours.FxRead, ours.FxSync = pointer(writeGathered), pointer(readGathered), pointer(syncGathered)
			ours.FxTruncate, ours.FxFileSize, ours.FxClose = pointer(cutGathered), pointer(sizeGathered), pointer(closeGathered)
			g := &gathered{methods: m, held: make([]byte, 0, mostGathered), file: file, of: of.(*database)}
			g.of.log = g
			logs.Store(file, g)
		}
	}
	return rc
}

// writeGathered holds what follows on what is held, and else writes that first.
func writeGathered(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	g := logAt(file)
	if off != g.from+int64(len(g.held)) || len(g.held)+int(n) > cap(g.held) {
		if rc := g.write(tls); rc != sqlite3.SQLITE_OK {
			return rc
		}
		g.from = off
	}
	if int(n) > cap(g.held) {
		return as[fileMover](g.plain.FxWrite)(tls, file, buf, n, off)
	}
	g.held = append(g.held, unsafe.Slice(at[byte](buf), n)...)
	return sqlite3.SQLITE_OK
}

// write writes what is held. After an error it is held still: SQLite may undo one
// statement only, and commit what it wrote before.
func (g *gathered) write(tls *libc.TLS) int32 {
	if len(g.held) == 0 {
		return sqlite3.SQLITE_OK
	}
	rc := as[fileMover](g.plain.FxWrite)(tls, g.file, uintptr(unsafe.Pointer(&g.held[0])), int32(len(g.held)), g.from)
	runtime.KeepAlive(g)
	if g.failed = rc != sqlite3.SQLITE_OK; !g.failed {
		logged.Add(int64(len(g.held) / pageSize))
		g.held = g.held[:0]
	}
	return rc
}

func readGathered(tls *libc.TLS, file, buf uintptr, n int32, off int64) int32 {
	g := logAt(file)
	if off < g.from+int64(len(g.held)) && off+int64(n) > g.from {
		if rc := g.write(tls); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return as[fileMover](g.plain.FxRead)(tls, file, buf, n, off)
}

func syncGathered(tls *libc.TLS, file uintptr, flags int32) int32 {
	g := logAt(file)
	if rc := g.write(tls); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return as[fileSyncer](g.plain.FxSync)(tls, file, flags)
}

func cutGathered(tls *libc.TLS, file uintptr, size int64) int32 {
	g := logAt(file)
	if rc := g.write(tls); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return as[fileCutter](g.plain.FxTruncate)(tls, file, size)
}

func sizeGathered(tls *libc.TLS, file, size uintptr) int32 {
	g := logAt(file)
	if rc := g.write(tls); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return as[fileSizer](g.plain.FxFileSize)(tls, file, size)
}

// lockGathered takes and frees the log's locks. Before the lock of who writes is free,
// what is held of a transaction that was rolled back is written, as SQLite would have
// done: later it would be over what others wrote in its place. Where writing failed, it
// is gone with its transaction: it may be the end of a commit that failed, which must
// not be in the log after all.
func lockGathered(tls *libc.TLS, file uintptr, first, n, flags int32) int32 {
	d := databaseAt(file)
	if d.log != nil && first == sqlite3.WAL_WRITE_LOCK && flags == sqlite3.SQLITE_SHM_UNLOCK|sqlite3.SQLITE_SHM_EXCLUSIVE {
		if !d.log.failed {
			d.log.write(tls)
		}
		d.log.held, d.log.failed = d.log.held[:0], false
	}
	return as[fileLocker](d.plain.FxShmLock)(tls, file, first, n, flags)
}

// closeGathered closes it; what is held then is of no commit.
func closeGathered(tls *libc.TLS, file uintptr) int32 {
	g := logAt(file)
	logs.Delete(file)
	g.of.log = nil
	return g.close(tls, file)
}

func closeDatabase(tls *libc.TLS, file uintptr) int32 {
	d := databaseAt(file)
	databases.Delete(file)
	return d.close(tls, file)
}

// at is what stands at an address of SQLite's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// as is the function that an address of SQLite's names, pointer the address of one of
// ours, which must be a function of the package's: nothing else keeps it.
func as[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }
