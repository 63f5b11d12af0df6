-- Made once the places are there.
CREATE UNIQUE INDEX records_place ON records (pairing, place);
CREATE INDEX records_sum ON records (pairing, sum, place) WHERE sum IS NOT NULL;
CREATE INDEX records_ended ON records (pairing, place) WHERE state IN (2, 4);
