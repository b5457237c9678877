-- What a relay of the charter signed that it holds for a member: the ground of a deemed receipt.
-- The first note of a relay for a head and addressee stays: a later one would move the time.
CREATE TABLE deposit (
    id INTEGER PRIMARY KEY,
    origin_id INTEGER NOT NULL REFERENCES name (id),
    size INTEGER NOT NULL,
    party TEXT NOT NULL,
    relay TEXT NOT NULL,
    time_s INTEGER NOT NULL,
    note BLOB NOT NULL,
    UNIQUE (origin_id, size, party, relay)
) STRICT;
