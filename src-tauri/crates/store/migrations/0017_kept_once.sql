-- A record that is written with the content it has, such as when our marker was set on it, leaves the bases
-- that are that content alone.
DROP TRIGGER records_change;
CREATE TRIGGER records_change BEFORE UPDATE OF content ON records
WHEN old.link IS NOT NULL AND (new.content IS NOT old.content OR new.remote_id <> old.remote_id) BEGIN
    UPDATE links SET base_xero = old.content
        WHERE id = old.link AND base_xero = 1 AND old.side = 'xero';
    UPDATE links SET base_erpnext = old.content
        WHERE id = old.link AND base_erpnext = 1 AND old.side = 'erpnext';
END;
UPDATE links SET base_xero = 1 WHERE base_xero = (SELECT content FROM records r
    WHERE r.pairing = links.pairing AND r.side = 'xero' AND r.kind = links.kind
    AND r.remote_id = links.xero_id AND r.link = links.id);
UPDATE links SET base_erpnext = 1 WHERE base_erpnext = (SELECT content FROM records r
    WHERE r.pairing = links.pairing AND r.side = 'erpnext' AND r.kind = links.kind
    AND r.remote_id = links.erpnext_id AND r.link = links.id);

-- From here on the request of a settled intent is kept once, in the detail of the line about it:
-- `intents.prepared` is then the number of that line.
