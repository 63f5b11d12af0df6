-- Every look-up has an index of all its equality columns that also carries its order, so that it
-- reads what it is asked for and no more, with or without statistics. Without statistics SQLite
-- prefers an index that saves a sort (the primary key of a whole side, for ORDER BY remote_id) to
-- one with more equality columns. `tests/plans.rs` holds every statement to this.

DROP INDEX records_marker;
CREATE INDEX records_marker ON records (pairing, side, kind, marker, remote_id)
    WHERE marker IS NOT NULL;
DROP INDEX records_title;
CREATE INDEX records_title ON records (pairing, side, kind, folded_title, remote_id);
DROP INDEX records_changed;
CREATE UNIQUE INDEX records_changed ON records (pairing, side, kind, remote_id) WHERE changed = 1;

CREATE INDEX links_state ON links (pairing, kind, state);

CREATE INDEX runs_running ON runs (outcome) WHERE outcome = 'running';

DROP INDEX exceptions_cause;
CREATE INDEX exceptions_cause ON exceptions (pairing, status, cause_word, id);
CREATE INDEX exceptions_page ON exceptions (pairing, status, id);
CREATE INDEX exceptions_kind ON exceptions (pairing, status, kind);

-- Counted by kind (and side), so these come before the instant.
DROP INDEX intents_confirmed;
CREATE INDEX intents_confirmed ON intents (pairing, kind, side, settled_at, change)
    WHERE state = 'confirmed';
DROP INDEX log_linked;
CREATE INDEX log_linked ON log (pairing, kind, at) WHERE outcome = 'linked';

DROP INDEX log_outcome;
CREATE INDEX log_outcome ON log (pairing, outcome, id);
-- What retention may delete, oldest first.
CREATE INDEX log_retired ON log (at)
    WHERE outcome NOT IN ('exception', 'conflict', 'in_doubt', 'failed');
