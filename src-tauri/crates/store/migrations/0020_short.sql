-- What every row repeats, and each of its indices once more, is kept short (`src/codes.rs`): sides, kinds,
-- states, outcomes and what a write does as numbers, the days of documents as numbers, and identities that are
-- GUIDs as their bytes. Indices that no statement goes by are gone, and those that held an identity only for
-- the order of a few rows hold none. The functions used here are of `src/migrations.rs`.

DROP TRIGGER records_change;
DROP TRIGGER records_go;
DROP TRIGGER links_leave_xero;
DROP TRIGGER links_leave_erpnext;
DROP TRIGGER links_reach_xero;
DROP TRIGGER links_reach_erpnext;
DROP TRIGGER links_made;
DROP TRIGGER links_gone;
DROP TRIGGER log_text_delete;
DROP TRIGGER log_is_final;

CREATE TABLE records_new (
    pairing      INTEGER NOT NULL REFERENCES pairings (id),
    side         INTEGER NOT NULL CHECK (side IN (0, 1)),
    kind         INTEGER NOT NULL,
    remote_id    ANY NOT NULL,
    -- Moments of ERPNext as microseconds since 1970-01-01, anything else as its text; so with what it was born
    -- with.
    version      ANY NOT NULL,
    marker       ANY,
    merged_into  ANY,
    title        TEXT NOT NULL,
    -- What names for matching compare: lower case, no accents, no punctuation.
    folded_title TEXT NOT NULL,
    -- Days since 1970-01-01.
    date         INTEGER,
    due_date     INTEGER,
    currency     TEXT,
    amount       TEXT,
    amount_due   TEXT,
    state        INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    -- 1 until a run has dealt with what was last pulled.
    changed      INTEGER NOT NULL CHECK (changed IN (0, 1)),
    pulled_at    INTEGER NOT NULL,
    -- The link of the record, kept by the triggers below.
    link         INTEGER,
    -- What the record keeps for life (ERPNext: the moment it was created); NULL where its side's
    -- identities are never used twice, or where it was stored before this was kept.
    born         ANY,
    -- Since when the record is known to be gone, although its link still needs it.
    gone         INTEGER,
    -- When a look-up by its identity found nothing, once.
    missed       INTEGER,
    -- Whose a document or payment is.
    contact      ANY,
    -- The ledger record, or, where it could not be read, why and the raw body.
    content      ANY,
    why          TEXT,
    raw          ANY,
    PRIMARY KEY (pairing, side, kind, remote_id),
    CHECK ((content IS NULL) = (state = 5))
) STRICT;
INSERT INTO records_new (pairing, side, kind, remote_id, version, marker, merged_into, title, folded_title,
    date, due_date, currency, amount, amount_due, state, changed, pulled_at, link, born, gone, missed,
    contact, content, why, raw)
SELECT pairing, side_number(side), kind_number(kind), coded(remote_id), moment_number(version), coded(marker),
    coded(merged_into), title, folded_title, day_number(date), day_number(due_date), currency, amount,
    amount_due, record_state_number(state), changed, pulled_at, link, moment_number(born), gone, missed,
    coded(contact), content, why, raw
FROM records ORDER BY rowid;
DROP TABLE records;
ALTER TABLE records_new RENAME TO records;
CREATE INDEX records_title ON records (pairing, side, kind, folded_title);
-- What a run has to look at, exceptions apart.
CREATE UNIQUE INDEX records_to_do ON records (pairing, side, kind, remote_id)
    WHERE changed = 1 OR link IS NULL;
CREATE INDEX records_merged ON records (pairing, side, kind, remote_id, merged_into)
    WHERE merged_into IS NOT NULL;
CREATE INDEX records_missed ON records (pairing, side, kind, remote_id) WHERE missed IS NOT NULL;
CREATE INDEX records_due ON records (pairing, side, currency, due_date, date, amount_due, kind)
    WHERE state = 1 AND amount_due <> '0';
-- What is owed, customer by customer, without a look at the rows themselves.
CREATE INDEX records_owed ON records (pairing, side, contact, currency, amount_due, link)
    WHERE state = 1 AND amount_due <> '0';
CREATE INDEX records_month ON records (pairing, side, date, currency, amount)
    WHERE state = 1 AND date IS NOT NULL;
-- What settles a customer's invoices: credit notes and payments.
CREATE INDEX records_settling ON records (pairing, side, contact) WHERE kind IN (2, 3);

-- A base of 1 is the record as it is stored under the link's identity of that side.
CREATE TABLE links_new (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing         INTEGER NOT NULL REFERENCES pairings (id),
    kind            INTEGER NOT NULL,
    xero_id         ANY NOT NULL,
    erpnext_id      ANY NOT NULL,
    -- Both records as they stood when the two sides last agreed.
    base_xero       ANY,
    base_erpnext    ANY,
    xero_version    ANY,
    erpnext_version ANY,
    state           INTEGER NOT NULL CHECK (state IN (0, 1)),
    created_at      INTEGER NOT NULL,
    settled_at      INTEGER NOT NULL,
    run             INTEGER
) STRICT;
INSERT INTO links_new (id, pairing, kind, xero_id, erpnext_id, base_xero, base_erpnext, xero_version,
    erpnext_version, state, created_at, settled_at, run)
SELECT id, pairing, kind_number(kind), coded(xero_id), coded(erpnext_id), base_xero, base_erpnext,
    moment_number(xero_version), moment_number(erpnext_version), link_state_number(state), created_at, settled_at, run
FROM links ORDER BY id;
-- No number is given out twice, that of a row which is gone included.
DELETE FROM sqlite_sequence WHERE name = 'links_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'links_new', seq FROM sqlite_sequence WHERE name = 'links';
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE UNIQUE INDEX links_xero ON links (pairing, kind, xero_id);
CREATE UNIQUE INDEX links_erpnext ON links (pairing, kind, erpnext_id);
CREATE INDEX links_ended ON links (pairing, kind) WHERE state = 1;

-- The triggers of 0004 and 0017, with numbers.
-- A base that is the stored record becomes a copy of it before the record changes or goes.
CREATE TRIGGER records_change BEFORE UPDATE OF content ON records
WHEN old.link IS NOT NULL AND (new.content IS NOT old.content OR new.remote_id <> old.remote_id) BEGIN
    UPDATE links SET base_xero = old.content
        WHERE id = old.link AND base_xero = 1 AND old.side = 1;
    UPDATE links SET base_erpnext = old.content
        WHERE id = old.link AND base_erpnext = 1 AND old.side = 0;
END;
CREATE TRIGGER records_go BEFORE DELETE ON records WHEN old.link IS NOT NULL BEGIN
    UPDATE links SET base_xero = old.content
        WHERE id = old.link AND base_xero = 1 AND old.side = 1;
    UPDATE links SET base_erpnext = old.content
        WHERE id = old.link AND base_erpnext = 1 AND old.side = 0;
END;
-- And before the link goes on to another record.
CREATE TRIGGER links_leave_xero BEFORE UPDATE OF xero_id ON links
WHEN new.xero_id <> old.xero_id BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 1
        AND kind = old.kind AND remote_id = old.xero_id;
END;
CREATE TRIGGER links_leave_erpnext BEFORE UPDATE OF erpnext_id ON links
WHEN new.erpnext_id <> old.erpnext_id BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 0
        AND kind = old.kind AND remote_id = old.erpnext_id;
END;
CREATE TRIGGER links_reach_xero AFTER UPDATE OF xero_id ON links
WHEN new.xero_id <> old.xero_id BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 1
        AND kind = new.kind AND remote_id = new.xero_id;
END;
CREATE TRIGGER links_reach_erpnext AFTER UPDATE OF erpnext_id ON links
WHEN new.erpnext_id <> old.erpnext_id BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 0
        AND kind = new.kind AND remote_id = new.erpnext_id;
END;
CREATE TRIGGER links_made AFTER INSERT ON links BEGIN
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 1
        AND kind = new.kind AND remote_id = new.xero_id;
    UPDATE records SET link = new.id WHERE pairing = new.pairing AND side = 0
        AND kind = new.kind AND remote_id = new.erpnext_id;
END;
CREATE TRIGGER links_gone AFTER DELETE ON links BEGIN
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 1
        AND kind = old.kind AND remote_id = old.xero_id;
    UPDATE records SET link = NULL WHERE pairing = old.pairing AND side = 0
        AND kind = old.kind AND remote_id = old.erpnext_id;
END;

CREATE TABLE exceptions_new (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing         INTEGER NOT NULL REFERENCES pairings (id),
    side            INTEGER NOT NULL CHECK (side IN (0, 1)),
    kind            INTEGER NOT NULL,
    remote_id       ANY NOT NULL,
    title           TEXT NOT NULL,
    contact         TEXT NOT NULL,
    currency        TEXT,
    amount          TEXT,
    cause_word      TEXT NOT NULL,
    cause           TEXT NOT NULL,
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    tries           INTEGER NOT NULL,
    retry_requested INTEGER NOT NULL DEFAULT 0 CHECK (retry_requested IN (0, 1)),
    status          TEXT NOT NULL CHECK (status IN ('open', 'ignored', 'resolved')),
    reason          TEXT,
    -- What a person decided (that it is the chosen record, a new one, or whose values win).
    decision        TEXT CHECK (decision IN ('same', 'new', 'keep_xero', 'keep_erpnext')),
    chosen          TEXT,
    resolved_at     INTEGER,
    run             INTEGER,
    -- The write that was refused, where one was: it is not tried again while the same is planned.
    fingerprint     TEXT
) STRICT;
INSERT INTO exceptions_new (id, pairing, side, kind, remote_id, title, contact, currency, amount, cause_word,
    cause, first_seen, last_seen, tries, retry_requested, status, reason, decision, chosen, resolved_at, run,
    fingerprint)
SELECT id, pairing, side_number(side), kind_number(kind), coded(remote_id), title, contact, currency, amount,
    cause_word, cause, first_seen, last_seen, tries, retry_requested, status, reason, decision, chosen,
    resolved_at, run, fingerprint
FROM exceptions ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'exceptions_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'exceptions_new', seq FROM sqlite_sequence WHERE name = 'exceptions';
DROP TABLE exceptions;
ALTER TABLE exceptions_new RENAME TO exceptions;
CREATE UNIQUE INDEX exceptions_record ON exceptions (pairing, side, kind, remote_id)
    WHERE status <> 'resolved';
CREATE INDEX exceptions_cause ON exceptions (pairing, status, cause_word, id);
CREATE INDEX exceptions_page ON exceptions (pairing, status, id);
CREATE INDEX exceptions_kind ON exceptions (pairing, status, kind);

CREATE TABLE intents_new (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         ANY NOT NULL UNIQUE,
    pairing     INTEGER NOT NULL REFERENCES pairings (id),
    run         INTEGER,
    side        INTEGER NOT NULL CHECK (side IN (0, 1)),
    kind        INTEGER NOT NULL,
    -- A number, or the word where it has none.
    change      ANY NOT NULL,
    source_id   ANY,
    target_id   ANY,
    -- Of a settled one the number of the log's line that has its requests.
    prepared    ANY NOT NULL,
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    answer      ANY,
    intended_at INTEGER NOT NULL,
    sent_at     INTEGER,
    settled_at  INTEGER,
    -- What the write is (the plan's digest of it), while it is under way.
    fingerprint TEXT
) STRICT;
INSERT INTO intents_new (id, key, pairing, run, side, kind, change, source_id, target_id, prepared, state,
    answer, intended_at, sent_at, settled_at, fingerprint)
SELECT id, coded(key), pairing, run, side_number(side), kind_number(kind), change_number(change),
    coded(source_id), coded(target_id), prepared, intent_state_number(state), answer, intended_at, sent_at,
    settled_at, fingerprint
FROM intents ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'intents_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'intents_new', seq FROM sqlite_sequence WHERE name = 'intents';
DROP TABLE intents;
ALTER TABLE intents_new RENAME TO intents;
CREATE INDEX intents_unsettled ON intents (pairing, id) WHERE state IN (0, 1, 4);
-- While one create of a record is unsettled, no second one can even be intended.
CREATE UNIQUE INDEX intents_one_create ON intents (pairing, side, kind, source_id)
    WHERE change = 0 AND state IN (0, 1, 4);
CREATE INDEX intents_run ON intents (run, side, change) WHERE state = 2;
CREATE INDEX intents_confirmed ON intents (pairing, kind, side, settled_at, change) WHERE state = 2;
-- The last records that were written on a side.
CREATE INDEX intents_written ON intents (pairing, side, id) WHERE state = 2;

-- The text search has no indices of beginnings any more, which were three quarters of it: a beginning is
-- looked up among the words (`src/log/words.rs`).
DROP TABLE log_text;
CREATE VIRTUAL TABLE log_text USING fts5 (
    title, contact, message,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2"
);
INSERT INTO log_text (rowid, title, contact, message)
SELECT id, title, contact, sentence(said, message) FROM log ORDER BY id;

-- Details go along with their lines, so that these are not taken for gone.
ALTER TABLE log RENAME TO log_before;
CREATE TABLE log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing    INTEGER NOT NULL,
    run        INTEGER,
    at         INTEGER NOT NULL,
    kind       INTEGER,
    -- The side written to; NULL where nothing was written.
    direction  INTEGER CHECK (direction IN (0, 1)),
    xero_id    ANY,
    erpnext_id ANY,
    title      TEXT NOT NULL,
    contact    TEXT NOT NULL,
    currency   TEXT,
    amount     TEXT,
    outcome    INTEGER NOT NULL,
    -- What happened: the id of a message, and its parameters (NULL where these are the side written to alone);
    -- or nothing, and finished words.
    said       TEXT,
    message    TEXT
) STRICT;
INSERT INTO log (id, pairing, run, at, kind, direction, xero_id, erpnext_id, title, contact, currency, amount,
    outcome, said, message)
SELECT id, pairing, run, at, kind_number(kind), side_number(direction), coded(xero_id), coded(erpnext_id),
    title, contact, currency, amount, outcome_number(outcome), said,
    nullif(message, '{"side":"' || direction || '"}')
FROM log_before ORDER BY id;
CREATE TABLE log_details_new (
    line   INTEGER PRIMARY KEY REFERENCES log (id) ON DELETE CASCADE,
    detail ANY NOT NULL
) STRICT;
INSERT INTO log_details_new (line, detail) SELECT line, detail FROM log_details ORDER BY line;
DELETE FROM sqlite_sequence WHERE name = 'log';
UPDATE sqlite_sequence SET name = 'log' WHERE name = 'log_before';
DROP TABLE log_details;
DROP TABLE log_before;
ALTER TABLE log_details_new RENAME TO log_details;
CREATE INDEX log_pairing ON log (pairing, id);
CREATE INDEX log_run ON log (run, id);
CREATE INDEX log_outcome ON log (pairing, outcome, id);
CREATE INDEX log_linked ON log (pairing, kind, at) WHERE outcome = 4;
CREATE INDEX log_xero ON log (xero_id, id) WHERE xero_id IS NOT NULL;
CREATE INDEX log_erpnext ON log (erpnext_id, id) WHERE erpnext_id IS NOT NULL;
-- A line of the log is never altered.
CREATE TRIGGER log_is_final BEFORE UPDATE ON log BEGIN
    SELECT RAISE (ABORT, 'a line of the log is never altered');
END;
CREATE TRIGGER log_text_delete AFTER DELETE ON log BEGIN
    DELETE FROM log_text WHERE rowid = old.id;
END;
