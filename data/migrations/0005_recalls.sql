-- A revision that was taken out because something in it does harm: no conversation begins on it any more, and those that
-- run on it leave it at their next turn. 0: it stands.
ALTER TABLE revisions ADD COLUMN recalled INTEGER NOT NULL DEFAULT 0;
