-- Who asked whom to meet, and when, until they have met: whoever is asked again and again is left alone.
CREATE TABLE asked (
    id     INTEGER PRIMARY KEY,
    asked  INTEGER NOT NULL REFERENCES people(id),
    by     INTEGER NOT NULL REFERENCES people(id),
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_pair ON asked(asked, by);
CREATE INDEX asked_by ON asked(by);
CREATE INDEX asked_at ON asked(at);
