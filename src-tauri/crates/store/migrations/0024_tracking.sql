-- Lines tell what they are filed under now, so documents that were read before do not say it: they are read from the
-- beginning, once.
DELETE FROM cursors WHERE kind IN ('invoice', 'credit_note');
