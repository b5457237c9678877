-- Who is known, what was agreed, what waits, what happened.
CREATE TABLE card (
    party TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 0),
    leaf BLOB NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (party, n)
) STRICT;

CREATE TABLE party (
    party TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    standing TEXT NOT NULL,
    introduced_by TEXT NOT NULL,
    label TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE line (
    line_id BLOB PRIMARY KEY,
    charter TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    since_s INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: a serial is never given twice, so the order of release is never disturbed.
CREATE TABLE outbox (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    draft BLOB NOT NULL UNIQUE,
    line_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    released_s INTEGER NOT NULL
) STRICT;

-- Drafts that were sequenced (or given up): never a second time.
CREATE TABLE draft_used (
    draft BLOB PRIMARY KEY
) WITHOUT ROWID, STRICT;

CREATE TABLE notebook (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    at_s INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE evidence (
    name TEXT PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
