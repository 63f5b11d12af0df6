-- Who ran it: the account and machine of a person, or what started it there.
ALTER TABLE runs ADD COLUMN who TEXT;
