-- What a person decided says what it is: the record that is the counterpart (chosen), that there is
-- none, or whose values win.
ALTER TABLE exceptions ADD COLUMN decision TEXT
    CHECK (decision IN ('same', 'new', 'keep_xero', 'keep_erpnext'));
UPDATE exceptions SET decision = CASE chosen
        WHEN ':keep-xero' THEN 'keep_xero'
        WHEN ':keep-erpnext' THEN 'keep_erpnext'
        WHEN ':new' THEN 'new'
        ELSE 'same'
    END WHERE chosen IS NOT NULL;
UPDATE exceptions SET chosen = NULL WHERE decision <> 'same';

-- The write that was refused, where one was: NULL, and no empty digest, where the record is looked at
-- again by itself.
ALTER TABLE exceptions ADD COLUMN refused TEXT;
UPDATE exceptions SET refused = nullif(fingerprint, '');
ALTER TABLE exceptions DROP COLUMN fingerprint;
ALTER TABLE exceptions RENAME COLUMN refused TO fingerprint;

-- A document that was cancelled to be replaced was once kept as one that was merged into itself.
UPDATE records SET merged_into = NULL WHERE merged_into = remote_id;
