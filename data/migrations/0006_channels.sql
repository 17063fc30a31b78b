-- What channels note down, and what is needed to take an answer back that was edited or deleted where it was written.

CREATE TABLE channel_rows (
    channel TEXT NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (channel, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE undo (
    person       INTEGER PRIMARY KEY REFERENCES people(id),
    key          TEXT    NOT NULL,  -- the channel's own id of the answer
    conversation INTEGER NOT NULL,
    state        TEXT    NOT NULL,  -- before it
    event        INTEGER NOT NULL,  -- the person's newest after it
    timer        INTEGER NOT NULL,  -- the newest of the person's before it
    at           INTEGER NOT NULL
) STRICT;

ALTER TABLE inbox ADD COLUMN words INTEGER NOT NULL DEFAULT 0;
DROP INDEX inbox_person;
CREATE INDEX inbox_person ON inbox(person) WHERE state <> 1 OR words <> 0;
DROP INDEX inbox_at;
CREATE INDEX inbox_at ON inbox(at) WHERE words = 0;
ALTER TABLE outbox ADD COLUMN part INTEGER NOT NULL DEFAULT 0;
