-- Whether the bot can write first to somebody where they use it: scripts may say something else to those whom it cannot.

ALTER TABLE identities ADD COLUMN reachable INTEGER NOT NULL DEFAULT 0;
