-- The first schema. Instants are INTEGER milliseconds since 1970-01-01 UTC; dates are TEXT
-- YYYY-MM-DD; amounts are TEXT decimals without trailing zeros, never REAL; JSON is TEXT.
-- No secret is ever stored here.

CREATE TABLE connections (
    -- What a person types on the command line; the id names the secrets in the keyring.
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    side          TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    name          TEXT NOT NULL,
    details       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    authorised_at INTEGER,
    expires_at    INTEGER
) STRICT;

CREATE TABLE pairings (
    id                        INTEGER PRIMARY KEY AUTOINCREMENT,
    name                      TEXT NOT NULL,
    xero_connection           TEXT NOT NULL,
    xero_tenant               TEXT NOT NULL,
    xero_name                 TEXT NOT NULL,
    erpnext_connection        TEXT NOT NULL,
    erpnext_company           TEXT NOT NULL,
    base_currency             TEXT NOT NULL,
    created_at                INTEGER NOT NULL,
    ended_at                  INTEGER,
    first_preview_accepted_at INTEGER,
    settings                  TEXT NOT NULL DEFAULT '{}',
    -- Counts changes to rules and mappings, so that a failed record is tried again after one.
    revision                  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX pairings_name ON pairings (name) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX pairings_books ON pairings (xero_tenant, erpnext_connection, erpnext_company)
    WHERE ended_at IS NULL;

CREATE TABLE rules (
    pairing    INTEGER NOT NULL REFERENCES pairings (id),
    kind       TEXT NOT NULL,
    direction  TEXT NOT NULL,
    start_date TEXT,
    settings   TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (pairing, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE mappings (
    pairing  INTEGER NOT NULL REFERENCES pairings (id),
    kind     TEXT NOT NULL,
    xero     TEXT NOT NULL,
    erpnext  TEXT NOT NULL,
    -- Several values of one side may map to one of the other; the lowest position is the way back.
    position INTEGER NOT NULL,
    source   TEXT NOT NULL CHECK (source IN ('person', 'suggested')),
    reason   TEXT,
    set_at   INTEGER NOT NULL,
    PRIMARY KEY (pairing, kind, xero, erpnext)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    pairing   INTEGER NOT NULL REFERENCES pairings (id),
    side      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    cursor    TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (pairing, side, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
    pairing      INTEGER NOT NULL REFERENCES pairings (id),
    side         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    remote_id    TEXT NOT NULL,
    version      TEXT NOT NULL,
    marker       TEXT,
    merged_into  TEXT,
    title        TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    -- What names for matching compare: lower case, no accents, no punctuation.
    folded_title TEXT NOT NULL,
    date         TEXT,
    due_date     TEXT,
    currency     TEXT,
    amount       TEXT,
    amount_due   TEXT,
    state        TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'voided', 'active', 'archived', 'unreadable')),
    -- The ledger record, or, where it could not be read, why and the raw body.
    content      TEXT,
    why          TEXT,
    raw          TEXT,
    -- 1 until a run has dealt with what was last pulled.
    changed      INTEGER NOT NULL CHECK (changed IN (0, 1)),
    pulled_at    INTEGER NOT NULL,
    PRIMARY KEY (pairing, side, kind, remote_id),
    CHECK ((content IS NULL) = (state = 'unreadable'))
) STRICT;
CREATE INDEX records_marker ON records (pairing, side, kind, marker) WHERE marker IS NOT NULL;
CREATE INDEX records_title ON records (pairing, side, kind, folded_title);
CREATE INDEX records_changed ON records (pairing, kind, side) WHERE changed = 1;
CREATE INDEX records_due ON records (pairing, side, currency, due_date, date, amount_due)
    WHERE state = 'approved' AND amount_due <> '0';
CREATE INDEX records_month ON records (pairing, side, date, currency, amount) WHERE state = 'approved';

CREATE TABLE links (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing         INTEGER NOT NULL REFERENCES pairings (id),
    kind            TEXT NOT NULL,
    xero_id         TEXT NOT NULL,
    erpnext_id      TEXT NOT NULL,
    -- Both records as they stood when the two sides last agreed.
    base_xero       TEXT,
    base_erpnext    TEXT,
    xero_version    TEXT,
    erpnext_version TEXT,
    state           TEXT NOT NULL CHECK (state IN ('active', 'ended', 'frozen')),
    created_at      INTEGER NOT NULL,
    settled_at      INTEGER NOT NULL,
    run             INTEGER
) STRICT;
CREATE UNIQUE INDEX links_xero ON links (pairing, kind, xero_id);
CREATE UNIQUE INDEX links_erpnext ON links (pairing, kind, erpnext_id);

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing    INTEGER NOT NULL REFERENCES pairings (id),
    trigger    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT NOT NULL,
    message    TEXT,
    counts     TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX runs_pairing ON runs (pairing, id);

CREATE TABLE log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing    INTEGER NOT NULL,
    run        INTEGER,
    at         INTEGER NOT NULL,
    kind       TEXT,
    -- The side written to; NULL where nothing was written.
    direction  TEXT,
    xero_id    TEXT,
    erpnext_id TEXT,
    title      TEXT NOT NULL,
    contact    TEXT NOT NULL,
    currency   TEXT,
    amount     TEXT,
    outcome    TEXT NOT NULL,
    message    TEXT NOT NULL
) STRICT;
CREATE INDEX log_pairing ON log (pairing, id);
CREATE INDEX log_run ON log (run, id);
CREATE INDEX log_outcome ON log (outcome, id);
CREATE INDEX log_at ON log (at, id);
CREATE INDEX log_xero ON log (xero_id, id) WHERE xero_id IS NOT NULL;
CREATE INDEX log_erpnext ON log (erpnext_id, id) WHERE erpnext_id IS NOT NULL;

-- Requests, answers and differences: large and rarely read, so kept beside the lines.
CREATE TABLE log_details (
    line   INTEGER PRIMARY KEY REFERENCES log (id) ON DELETE CASCADE,
    detail TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE log_text USING fts5 (
    title, contact, message,
    content = 'log', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);
CREATE TRIGGER log_text_insert AFTER INSERT ON log BEGIN
    INSERT INTO log_text (rowid, title, contact, message)
    VALUES (new.id, new.title, new.contact, new.message);
END;
CREATE TRIGGER log_text_delete AFTER DELETE ON log BEGIN
    INSERT INTO log_text (log_text, rowid, title, contact, message)
    VALUES ('delete', old.id, old.title, old.contact, old.message);
END;
-- A line of the log is never altered.
CREATE TRIGGER log_is_final BEFORE UPDATE ON log BEGIN
    SELECT RAISE (ABORT, 'a line of the log is never altered');
END;

CREATE TABLE exceptions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    pairing         INTEGER NOT NULL REFERENCES pairings (id),
    side            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    remote_id       TEXT NOT NULL,
    title           TEXT NOT NULL,
    contact         TEXT NOT NULL,
    currency        TEXT,
    amount          TEXT,
    cause_word      TEXT NOT NULL,
    cause           TEXT NOT NULL,
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    tries           INTEGER NOT NULL,
    -- What the attempt was made from; a record is not tried again while this stays the same.
    fingerprint     TEXT NOT NULL,
    retry_requested INTEGER NOT NULL DEFAULT 0 CHECK (retry_requested IN (0, 1)),
    status          TEXT NOT NULL CHECK (status IN ('open', 'ignored', 'resolved')),
    reason          TEXT,
    -- A candidate that a person chose as the counterpart.
    chosen          TEXT,
    resolved_at     INTEGER,
    run             INTEGER
) STRICT;
CREATE UNIQUE INDEX exceptions_record ON exceptions (pairing, side, kind, remote_id)
    WHERE status <> 'resolved';
CREATE INDEX exceptions_cause ON exceptions (pairing, status, cause_word, id);

CREATE TABLE intents (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    pairing     INTEGER NOT NULL REFERENCES pairings (id),
    run         INTEGER,
    side        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    change      TEXT NOT NULL,
    source_id   TEXT,
    target_id   TEXT,
    prepared    TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'confirmed', 'refused', 'in_doubt', 'abandoned')),
    answer      TEXT,
    intended_at INTEGER NOT NULL,
    sent_at     INTEGER,
    settled_at  INTEGER
) STRICT;
CREATE INDEX intents_unsettled ON intents (pairing, id)
    WHERE state IN ('intended', 'sent', 'in_doubt');
-- While one create of a record is unsettled, no second one can even be intended.
CREATE UNIQUE INDEX intents_one_create ON intents (pairing, side, kind, source_id)
    WHERE change = 'create' AND state IN ('intended', 'sent', 'in_doubt');
CREATE INDEX intents_source ON intents (pairing, source_id);
CREATE INDEX intents_run ON intents (run, side) WHERE state = 'confirmed';
CREATE INDEX intents_confirmed ON intents (pairing, settled_at, kind, side) WHERE state = 'confirmed';

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a rate governor must remember between processes: calls used today, blocked until.
CREATE TABLE governors (
    key   TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
