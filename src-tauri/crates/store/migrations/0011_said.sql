-- A line of the log says what happened by the id of a message (`said`), with its parameters as JSON in
-- `message`; finished sentences are made when it is shown. Where `said` is NULL, `message` is the finished
-- sentence that an older version wrote.
ALTER TABLE log ADD COLUMN said TEXT;

-- So what the search finds is no longer what the line stores: the words are put into the index when the line
-- is written, and are kept nowhere else.
DROP TRIGGER log_text_insert;
DROP TRIGGER log_text_delete;
DROP TABLE log_text;
CREATE VIRTUAL TABLE log_text USING fts5 (
    title, contact, message,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3'
);
INSERT INTO log_text (rowid, title, contact, message)
SELECT id, title, contact, message FROM log ORDER BY id;
CREATE TRIGGER log_text_delete AFTER DELETE ON log BEGIN
    DELETE FROM log_text WHERE rowid = old.id;
END;
