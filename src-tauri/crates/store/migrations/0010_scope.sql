-- What a run was about, in words; nothing where it was about everything.
ALTER TABLE runs ADD COLUMN about TEXT;
-- What is said of the two sides as a whole comes from runs about everything.
CREATE INDEX runs_whole ON runs (pairing, id)
    WHERE about IS NULL AND outcome IN ('agreed', 'exceptions', 'connection_failed');
-- The records of the last preview, by the numbers that a person sees: what is held back is named so.
ALTER TABLE shown_plans ADD COLUMN items ANY;
