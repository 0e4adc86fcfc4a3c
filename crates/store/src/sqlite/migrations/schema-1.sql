-- Schema 1. Numbers are below 2^53, ids and hashes are 32 bytes, times are Unix seconds.

CREATE TABLE books (
    serial INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    frontier BLOB NOT NULL,
    checkpoint BLOB NOT NULL,
    time INTEGER NOT NULL CHECK (time >= 0)
) STRICT;

CREATE TABLE entries (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 0),
    bytes BLOB NOT NULL,
    PRIMARY KEY (book, number)
) STRICT;

-- The first entry that has this text.
CREATE TABLE texts (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    number INTEGER NOT NULL,
    PRIMARY KEY (book, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE tiles (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (book, level, place)
) STRICT;

CREATE TABLE cosignatures (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    name TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (book, size, root, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE final_checkpoints (
    book INTEGER PRIMARY KEY REFERENCES books ON DELETE CASCADE,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    note BLOB NOT NULL
) STRICT;

CREATE TABLE blobs (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    bytes BLOB NOT NULL,
    PRIMARY KEY (book, hash)
) STRICT;

-- `padding` is as long as a page, so that what stands after it lies on pages of its own: see `sqlite/erasure.rs`.
CREATE TABLE bodies (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    padding BLOB NOT NULL DEFAULT (zeroblob(4096)),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    bytes BLOB NOT NULL,
    PRIMARY KEY (book, commitment)
) STRICT;

CREATE TABLE erased (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    PRIMARY KEY (book, commitment)
) STRICT, WITHOUT ROWID;

-- Has rows while erased bytes may still stand in the write-ahead log.
CREATE TABLE erasures_pending (mark INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;

CREATE TABLE snapshots (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    size INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    bytes BLOB NOT NULL,
    PRIMARY KEY (book, size)
) STRICT;

-- `padding` as in `bodies`.
CREATE TABLE clerk_seeds (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    padding BLOB NOT NULL DEFAULT (zeroblob(4096)),
    seed BLOB NOT NULL CHECK (length(seed) = 32),
    PRIMARY KEY (book, epoch)
) STRICT;

-- References nothing, so that it can be emptied at one stroke: see `sqlite/erasure.rs`.
CREATE TABLE people (
    book INTEGER NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (book, number)
) STRICT;

CREATE TABLE standings (
    book INTEGER PRIMARY KEY REFERENCES books ON DELETE CASCADE,
    standing TEXT NOT NULL CHECK (standing IN ('current', 'restored', 'retired')),
    size INTEGER,
    at INTEGER,
    CHECK ((standing = 'restored') = (size IS NOT NULL) AND (size IS NULL) = (at IS NULL))
) STRICT;

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE book_settings (
    book INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (book, key)
) STRICT, WITHOUT ROWID;
