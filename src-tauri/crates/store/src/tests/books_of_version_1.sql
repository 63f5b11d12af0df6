-- Two rows of each table that a pairing fills, as version 1 wrote them.
INSERT INTO pairings (id, name, xero_connection, xero_tenant, xero_name, erpnext_connection,
    erpnext_company, base_currency, created_at)
VALUES (1, 'Main', 'x', 'tenant', 'Demo Ltd', 'e', 'Demo Ltd', 'GBP', 0);
INSERT INTO cursors VALUES (1, 'xero', 'contact', '1', 0), (1, 'erpnext', 'contact', '2', 0);
INSERT INTO records (pairing, side, kind, remote_id, version, marker, title, contact_name,
    folded_title, state, content, changed, pulled_at)
VALUES (1, 'xero', 'contact', 'a', '1', NULL, 'Acme', 'Acme', 'acme', 'active', '{}', 1, 0),
    (1, 'erpnext', 'contact', 'A', '1', 'a', 'Acme', 'Acme', 'acme', 'active', '{}', 1, 0);
INSERT INTO links (pairing, kind, xero_id, erpnext_id, state, created_at, settled_at)
VALUES (1, 'contact', 'a', 'A', 'active', 0, 0), (1, 'contact', 'b', 'B', 'ended', 0, 0);
INSERT INTO runs (pairing, trigger, started_at, outcome)
VALUES (1, 'manual', 0, 'running'), (1, 'manual', 1, 'agreed');
INSERT INTO log (pairing, at, kind, title, contact, outcome, message)
VALUES (1, 0, 'contact', 'Acme', 'Acme', 'linked', 'Linked'),
    (1, 1, NULL, '', '', 'failed', 'Xero did not answer');
INSERT INTO exceptions (pairing, side, kind, remote_id, title, contact, cause_word, cause,
    first_seen, last_seen, tries, fingerprint, status)
VALUES (1, 'xero', 'contact', 'c', 'Cole', 'Cole', 'other', '{}', 0, 0, 1, '', 'open'),
    (1, 'xero', 'contact', 'd', 'Dole', 'Dole', 'other', '{}', 0, 0, 1, '', 'resolved');
INSERT INTO intents (key, pairing, side, kind, change, prepared, state, intended_at)
VALUES ('k1', 1, 'xero', 'contact', 'create', '{}', 'confirmed', 0),
    ('k2', 1, 'xero', 'contact', 'mark', '{}', 'in_doubt', 0);
