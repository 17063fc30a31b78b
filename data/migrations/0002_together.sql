-- Conversations of several people.

-- Timers of a room are nobody's: person 0.
CREATE TABLE timers_of_anyone (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    due          INTEGER NOT NULL,
    person       INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    wait         INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    body         TEXT    NOT NULL
) STRICT;
INSERT INTO timers_of_anyone SELECT id, due, person, conversation, kind, wait, number, body FROM timers;
DROP TABLE timers;
ALTER TABLE timers_of_anyone RENAME TO timers;
CREATE INDEX timers_due ON timers(due);
CREATE INDEX timers_person ON timers(person);

-- Who has which seat. A row is made when somebody may take the seat, before they have decided to.
CREATE TABLE participants (
    conversation INTEGER NOT NULL REFERENCES conversations(id),
    lane         INTEGER NOT NULL,
    person       INTEGER NOT NULL REFERENCES people(id),
    held         TEXT    NOT NULL,  -- body of an event: said while something else had their private room
    PRIMARY KEY (conversation, lane)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_person ON participants(person);

-- What somebody lets the others of a conversation read. Words appear by id, and ids are never used again.
CREATE TABLE consents (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations(id),
    lane         INTEGER NOT NULL,
    person       INTEGER NOT NULL REFERENCES people(id),
    kind         INTEGER NOT NULL,
    name         TEXT    NOT NULL,  -- of the answer, where it was shared
    what         TEXT    NOT NULL,  -- the answer as JSON
    readers      TEXT    NOT NULL,  -- a role, or empty: everyone in the room
    at           INTEGER NOT NULL,
    shown        INTEGER NOT NULL,  -- 0: not yet
    ended        INTEGER NOT NULL   -- 0: it stands
) STRICT;
CREATE INDEX consents_conversation ON consents(conversation);
CREATE INDEX consents_person ON consents(person);

CREATE TABLE blocks (
    person  INTEGER NOT NULL REFERENCES people(id),
    blocked INTEGER NOT NULL REFERENCES people(id),
    at      INTEGER NOT NULL,
    PRIMARY KEY (person, blocked)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_blocked ON blocks(blocked);

ALTER TABLE codes ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE codes ADD COLUMN role TEXT NOT NULL DEFAULT '';
