-- Times are milliseconds since 1970 (UTC). Ids that are 0 mean none.
--
-- What every turn writes (events, words, hot, conversations) has integer keys and no index over anything that changes:
-- a turn dirties the last page of two tables and one page of two others. Chains (prev) stand in for indexes.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: tombstones name it
    created            INTEGER NOT NULL,
    language           TEXT    NOT NULL,
    time_zone          TEXT    NOT NULL,
    day_from           INTEGER NOT NULL,
    day_to             INTEGER NOT NULL,
    country            TEXT    NOT NULL,
    adult              INTEGER,
    name               INTEGER NOT NULL,  -- words
    pronouns           TEXT    NOT NULL,
    joint_locked_until INTEGER NOT NULL
) STRICT;

CREATE TABLE hot (
    person      INTEGER PRIMARY KEY,
    seq         INTEGER NOT NULL,
    last_event  INTEGER NOT NULL,  -- head of the chain of events
    last_words  INTEGER NOT NULL,  -- head of the chain of words
    focus       INTEGER NOT NULL,
    waiting     TEXT    NOT NULL,  -- "12 14": conversations
    offered     INTEGER NOT NULL,
    marks       TEXT    NOT NULL,  -- "3:17 5:2": identity, newest message number
    last_notice INTEGER NOT NULL
) STRICT;

CREATE TABLE identities (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT    NOT NULL,
    handle  TEXT    NOT NULL,
    person  INTEGER NOT NULL REFERENCES people(id),
    created INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    UNIQUE (channel, handle)
) STRICT;
CREATE INDEX identities_person ON identities(person);

CREATE TABLE words (
    id     INTEGER PRIMARY KEY,
    author INTEGER NOT NULL,
    prev   INTEGER NOT NULL,  -- the author's words before these
    sealed BLOB    NOT NULL
) STRICT;

CREATE TABLE conversations (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    person   INTEGER NOT NULL REFERENCES people(id),
    revision TEXT    NOT NULL,
    status   INTEGER NOT NULL,
    outcome  TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_person ON conversations(person);

CREATE TABLE events (
    id           INTEGER PRIMARY KEY,
    person       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    prev         INTEGER NOT NULL,  -- the person's event before this one
    conversation INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    seed         INTEGER NOT NULL,
    body         TEXT    NOT NULL
) STRICT;

CREATE TABLE timers (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    due          INTEGER NOT NULL,
    person       INTEGER NOT NULL REFERENCES people(id),
    conversation INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    wait         INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    body         TEXT    NOT NULL
) STRICT;
CREATE INDEX timers_due ON timers(due);
CREATE INDEX timers_person ON timers(person);

CREATE TABLE cursors (
    channel TEXT PRIMARY KEY,
    cursor  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    channel  TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    person   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    UNIQUE (channel, key)
) STRICT;
CREATE INDEX inbox_pending ON inbox(state) WHERE state = 0;
CREATE INDEX inbox_person ON inbox(person) WHERE state <> 1;
CREATE INDEX inbox_at ON inbox(at);

CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,  -- channels dedupe by it
    event           INTEGER NOT NULL,
    identity        INTEGER NOT NULL,
    channel         TEXT    NOT NULL,  -- of the identity
    at              INTEGER NOT NULL,  -- of the event
    next_try        INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    channel_message TEXT    NOT NULL
) STRICT;
CREATE INDEX outbox_pending ON outbox(channel) WHERE state = 0;
CREATE INDEX outbox_at ON outbox(at);
CREATE INDEX outbox_event ON outbox(event);

CREATE TABLE codes (
    hash    TEXT PRIMARY KEY,
    kind    TEXT    NOT NULL,
    person  INTEGER NOT NULL REFERENCES people(id),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_person ON codes(person);

CREATE TABLE revisions (
    id        INTEGER PRIMARY KEY,
    script    TEXT    NOT NULL,
    hash      TEXT    NOT NULL UNIQUE,
    json      TEXT    NOT NULL,
    published INTEGER NOT NULL
) STRICT;

CREATE TABLE newest_revisions (
    script   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL REFERENCES revisions(id)
) STRICT, WITHOUT ROWID;

-- That the safety screen spoke up: no person, no words, no finer time than the day.
CREATE TABLE safety_events (
    id       INTEGER PRIMARY KEY,
    day      INTEGER NOT NULL,  -- days since 1970
    category TEXT    NOT NULL,
    tier     INTEGER NOT NULL,
    action   TEXT    NOT NULL,  -- the script that answered
    language TEXT    NOT NULL
) STRICT;
