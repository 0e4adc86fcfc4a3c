-- Schema 1, as in SQLite. Numbers are below 2^53, ids and hashes are 32 bytes, times are Unix seconds.
-- `COLLATE "C"`: order is that of the bytes, whatever the server's language.
-- `STATISTICS 0`: ANALYZE copies samples of a column into the server's catalogue; from these columns it must not.

CREATE TABLE cabildo_books (
    serial BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE CHECK (length(id) = 32),
    size BIGINT NOT NULL CHECK (size >= 0),
    root BYTEA NOT NULL CHECK (length(root) = 32),
    epoch BIGINT NOT NULL CHECK (epoch BETWEEN 0 AND 4294967295),
    frontier BYTEA NOT NULL,
    checkpoint BYTEA NOT NULL,
    time BIGINT NOT NULL CHECK (time >= 0)
) WITH (fillfactor = 50);

CREATE TABLE cabildo_entries (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    number BIGINT NOT NULL CHECK (number >= 0),
    bytes BYTEA NOT NULL,
    PRIMARY KEY (book, number)
);

-- The first entry that has this text.
CREATE TABLE cabildo_texts (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    number BIGINT NOT NULL,
    PRIMARY KEY (book, hash)
);

CREATE TABLE cabildo_tiles (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    level SMALLINT NOT NULL,
    place BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (book, level, place)
);
-- Hashes do not compress.
ALTER TABLE cabildo_tiles ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE cabildo_cosignatures (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL CHECK (length(root) = 32),
    name TEXT COLLATE "C" NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (book, size, root, name)
);

CREATE TABLE cabildo_final_checkpoints (
    book BIGINT PRIMARY KEY REFERENCES cabildo_books ON DELETE CASCADE,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL CHECK (length(root) = 32),
    note BYTEA NOT NULL
);

CREATE TABLE cabildo_blobs (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    bytes BYTEA NOT NULL,
    PRIMARY KEY (book, hash)
);

CREATE TABLE cabildo_bodies (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    salt BYTEA NOT NULL CHECK (length(salt) = 32),
    bytes BYTEA NOT NULL,
    PRIMARY KEY (book, commitment)
);
ALTER TABLE cabildo_bodies ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN bytes SET STATISTICS 0;

CREATE TABLE cabildo_erased (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    commitment BYTEA NOT NULL CHECK (length(commitment) = 32),
    PRIMARY KEY (book, commitment)
);

-- Has rows while erased bytes may still stand in the files of the table that is named.
CREATE TABLE cabildo_erasures_pending (
    mark BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place TEXT NOT NULL CHECK (place IN ('cabildo_bodies', 'cabildo_people', 'cabildo_clerk_seeds'))
);

CREATE TABLE cabildo_snapshots (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    size BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (length(digest) = 32),
    bytes BYTEA NOT NULL,
    PRIMARY KEY (book, size)
);

CREATE TABLE cabildo_clerk_seeds (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    epoch BIGINT NOT NULL CHECK (epoch BETWEEN 0 AND 4294967295),
    seed BYTEA NOT NULL CHECK (length(seed) = 32),
    PRIMARY KEY (book, epoch)
);
ALTER TABLE cabildo_clerk_seeds ALTER COLUMN seed SET STATISTICS 0;

CREATE TABLE cabildo_people (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (book, number)
);
ALTER TABLE cabildo_people ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN contact SET STATISTICS 0;

CREATE TABLE cabildo_standings (
    book BIGINT PRIMARY KEY REFERENCES cabildo_books ON DELETE CASCADE,
    standing TEXT NOT NULL CHECK (standing IN ('current', 'restored', 'retired')),
    size BIGINT,
    at BIGINT,
    CHECK ((standing = 'restored') = (size IS NOT NULL) AND (size IS NULL) = (at IS NULL))
);

CREATE TABLE cabildo_settings (key TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE cabildo_book_settings (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (book, key)
);
