-- Schema 2, as in SQLite: what waits.

CREATE TABLE cabildo_inbox (
    book BIGINT NOT NULL REFERENCES cabildo_books ON DELETE CASCADE,
    box TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (book, box, key)
);
ALTER TABLE cabildo_inbox ALTER COLUMN box SET STATISTICS 0, ALTER COLUMN key SET STATISTICS 0,
    ALTER COLUMN value SET STATISTICS 0;

ALTER TABLE cabildo_erasures_pending DROP CONSTRAINT cabildo_erasures_pending_place_check;
ALTER TABLE cabildo_erasures_pending ADD CONSTRAINT cabildo_erasures_pending_place_check
    CHECK (place IN ('cabildo_bodies', 'cabildo_people', 'cabildo_clerk_seeds', 'cabildo_inbox'));
