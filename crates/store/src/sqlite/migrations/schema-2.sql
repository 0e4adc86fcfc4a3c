-- Schema 2: what waits. Neither times nor row numbers are kept, and rows lie in the order of their keys.
-- References nothing, so that it can be emptied at one stroke: see `sqlite/erasure.rs`.

CREATE TABLE inbox (
    book INTEGER NOT NULL,
    box TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (book, box, key)
) STRICT, WITHOUT ROWID;
