PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('pair',X'9f3ff27f0f8fc9e185493d90539c6596');
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
INSERT INTO people VALUES(2,0,'en','UTC',540,1200,'',NULL,2,'',0);
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
INSERT INTO hot VALUES(2,2,3,4,2,'',0,'1:2',0);
CREATE TABLE identities (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT    NOT NULL,
    handle  TEXT    NOT NULL,
    person  INTEGER NOT NULL REFERENCES people(id),
    created INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    UNIQUE (channel, handle)
) STRICT;
INSERT INTO identities VALUES(1,'web','handle',2,0,0);
INSERT INTO identities VALUES(2,'matrix','@a:b.example',2,0,0);
CREATE TABLE words (
    id     INTEGER PRIMARY KEY,
    author INTEGER NOT NULL,
    prev   INTEGER NOT NULL,  -- the author's words before these
    sealed BLOB    NOT NULL
) STRICT;
INSERT INTO words VALUES(1,0,0,X'');
INSERT INTO words VALUES(2,2,0,X'b6aecdaaf45177e44933e6030753faf4977b79ddc7a19a5dcb9b0e75244b8ee5bc28034bd6432050142713');
INSERT INTO words VALUES(3,2,2,X'891a4dcafec1d16d55cec0e2b013cd117f0ef0765688f2f4bd7d9b23fddcdd8a1593766fd8de3f7850eeec7eda2c');
INSERT INTO words VALUES(4,2,3,X'8f133b36974862a7c63f51ec90dbaa1eb110158171265cba5dc08c1be8f6ccc8b7c2225495c446bae6835a9384e0');
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
INSERT INTO conversations VALUES(2,2,'',0,'','2                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    ',0,0);
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
INSERT INTO events VALUES(1,0,0,0,0,0,0,'');
INSERT INTO events VALUES(2,2,1,0,2,0,0,'3');
INSERT INTO events VALUES(3,2,2,2,2,0,0,'4');
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
INSERT INTO timers VALUES(1,1800000000000,2,2,3,1,0,'{}');
CREATE TABLE cursors (
    channel TEXT PRIMARY KEY,
    cursor  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO cursors VALUES('matrix','s1');
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
INSERT INTO inbox VALUES(1,'matrix','$1',0,0,0,0,'{}');
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
INSERT INTO outbox VALUES(1,3,2,'matrix',0,0,0,0,'');
CREATE TABLE codes (
    hash    TEXT PRIMARY KEY,
    kind    TEXT    NOT NULL,
    person  INTEGER NOT NULL REFERENCES people(id),
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO codes VALUES('code','device',2,0);
CREATE TABLE revisions (
    id        INTEGER PRIMARY KEY,
    script    TEXT    NOT NULL,
    hash      TEXT    NOT NULL UNIQUE,
    json      TEXT    NOT NULL,
    published INTEGER NOT NULL
) STRICT;
INSERT INTO revisions VALUES(1,'cooldown','h1','{}',0);
CREATE TABLE newest_revisions (
    script   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL REFERENCES revisions(id)
) STRICT, WITHOUT ROWID;
INSERT INTO newest_revisions VALUES('cooldown',1);
CREATE TABLE safety_events (
    id       INTEGER PRIMARY KEY,
    day      INTEGER NOT NULL,  -- days since 1970
    category TEXT    NOT NULL,
    tier     INTEGER NOT NULL,
    action   TEXT    NOT NULL,  -- the script that answered
    language TEXT    NOT NULL
) STRICT;
INSERT INTO safety_events VALUES(1,20000,'self-harm',1,'stop','en');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('people',2);
INSERT INTO sqlite_sequence VALUES('conversations',2);
INSERT INTO sqlite_sequence VALUES('identities',2);
INSERT INTO sqlite_sequence VALUES('timers',1);
INSERT INTO sqlite_sequence VALUES('inbox',1);
INSERT INTO sqlite_sequence VALUES('outbox',1);
CREATE INDEX identities_person ON identities(person);
CREATE INDEX conversations_person ON conversations(person);
CREATE INDEX timers_due ON timers(due);
CREATE INDEX timers_person ON timers(person);
CREATE INDEX inbox_pending ON inbox(state) WHERE state = 0;
CREATE INDEX inbox_person ON inbox(person) WHERE state <> 1;
CREATE INDEX inbox_at ON inbox(at);
CREATE INDEX outbox_pending ON outbox(channel) WHERE state = 0;
CREATE INDEX outbox_at ON outbox(at);
CREATE INDEX outbox_event ON outbox(event);
CREATE INDEX codes_person ON codes(person);
COMMIT;
PRAGMA application_id = 1383552561; PRAGMA user_version = 1;
