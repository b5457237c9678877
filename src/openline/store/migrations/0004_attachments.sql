-- Files that messages name, sealed, outside the views: by the SHA-256 of the sealed file.
-- state: 0 wanted, 1 held, 2 refused (its sender's fault), 3 erased.
-- `slip` is the key of the file, sealed under the archive key, once it was opened here.
CREATE TABLE attachment (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    size INTEGER NOT NULL CHECK (size > 0),
    line_id BLOB NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
    since_s INTEGER NOT NULL,
    slip BLOB
) WITHOUT ROWID, STRICT;

-- Which entries name a file; `shown` is 0 where the field is withheld from the other members.
CREATE TABLE attachment_name (
    hash BLOB NOT NULL REFERENCES attachment (hash),
    origin_id INTEGER NOT NULL REFERENCES name (id),
    idx INTEGER NOT NULL,
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    PRIMARY KEY (hash, origin_id, idx)
) WITHOUT ROWID, STRICT;
CREATE INDEX attachment_name_entry ON attachment_name (origin_id, idx);

-- The file in pieces, each at its place: what came before a cut stays.
CREATE TABLE attachment_piece (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL REFERENCES attachment (hash),
    start INTEGER NOT NULL CHECK (start >= 0),
    data BLOB NOT NULL CHECK (length(data) > 0),
    UNIQUE (hash, start)
) STRICT;

-- Members that said by a signed ask that they hold a file whole; this party once it has said so.
CREATE TABLE attachment_holder (
    hash BLOB NOT NULL REFERENCES attachment (hash),
    party TEXT NOT NULL,
    at_s INTEGER NOT NULL,
    PRIMARY KEY (hash, party)
) WITHOUT ROWID, STRICT;
