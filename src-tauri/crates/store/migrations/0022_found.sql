-- Any record is found by its number or name, its contact, its amount and its date, newest first (`src/records/find.rs`).
-- `place` is where a record stands in that order; `src/records/place.rs` makes it, of existing ones in `src/migrations.rs`.
CREATE TABLE places (
    -- The last number that was given out for a place.
    last INTEGER NOT NULL
) STRICT;
INSERT INTO places (last) SELECT coalesce(max(rowid), 0) FROM records;

ALTER TABLE records ADD COLUMN place INTEGER;
-- The total of a document or payment in ten-thousandths.
ALTER TABLE records ADD COLUMN sum INTEGER;

-- The words of each record under its place, so that those that match come newest first.
CREATE VIRTUAL TABLE records_text USING fts5 (
    title, contact, name, reference,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE TRIGGER records_text_go AFTER DELETE ON records BEGIN
    DELETE FROM records_text WHERE rowid = old.place;
END;
