-- Logs, entries, bodies and the signatures on heads.
-- Origins and key names are long and repeat: `name` turns each into a small integer once.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID, STRICT;

-- The note of a head is not here: it is the checkpoint of that size, stored once.
CREATE TABLE log (
    id INTEGER PRIMARY KEY REFERENCES name (id),
    party TEXT NOT NULL,
    line_id BLOB NOT NULL,
    counter INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL CHECK (length(frontier) % 32 = 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    status TEXT NOT NULL CHECK (status IN ('active', 'closed', 'unexplained', 'forked'))
) STRICT;
CREATE INDEX log_line ON log (line_id);

-- The primary key is the guard against two signers: one entry per log and index, for ever.
-- state: 0 opened, 1 sealed, 2 defect, 3 gap, 4 erased.
CREATE TABLE entry (
    log_id INTEGER NOT NULL REFERENCES log (id),
    idx INTEGER NOT NULL CHECK (idx >= 0),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    received_s INTEGER NOT NULL,
    archive_id INTEGER,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    leaf BLOB NOT NULL,
    PRIMARY KEY (log_id, idx)
) WITHOUT ROWID, STRICT;
CREATE INDEX entry_not_opened ON entry (log_id, state, idx) WHERE state <> 0;

-- Rows are appended, so pages fill; eight bytes of the hash find one (the whole hash decides).
CREATE TABLE body (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    data BLOB NOT NULL
) STRICT;
CREATE INDEX body_prefix ON body (substr(hash, 1, 8));

CREATE TABLE archive (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY,
    origin_id INTEGER NOT NULL REFERENCES name (id),
    size INTEGER NOT NULL,
    note BLOB NOT NULL,
    UNIQUE (origin_id, size)
) STRICT;

CREATE TABLE cosignature (
    id INTEGER PRIMARY KEY,
    origin_id INTEGER NOT NULL REFERENCES name (id),
    size INTEGER NOT NULL,
    name_id INTEGER NOT NULL REFERENCES name (id),
    time_s INTEGER NOT NULL,
    lines BLOB NOT NULL,
    UNIQUE (origin_id, size, name_id)
) STRICT;

CREATE TABLE prekey (
    id INTEGER PRIMARY KEY,
    line_id BLOB NOT NULL,
    party TEXT NOT NULL,
    origin_id INTEGER NOT NULL REFERENCES name (id),
    idx INTEGER NOT NULL,
    public BLOB NOT NULL,
    UNIQUE (line_id, origin_id, idx)
) STRICT;
