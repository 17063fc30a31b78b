-- The words of a revision in another language: JSON of texts by where they stand in the script. The revision itself never
-- changes; its translation may be mended, and is then replaced. Conversations on an older revision keep that revision's.

CREATE TABLE translations (
    revision INTEGER NOT NULL REFERENCES revisions(id),
    language TEXT    NOT NULL,
    json     TEXT    NOT NULL,
    PRIMARY KEY (revision, language)
) STRICT, WITHOUT ROWID;
