-- Records written and markers set are counted apart, from the indexes alone.

DROP INDEX intents_run;
CREATE INDEX intents_run ON intents (run, side, change) WHERE state = 'confirmed';
DROP INDEX intents_confirmed;
CREATE INDEX intents_confirmed ON intents (pairing, settled_at, kind, side, change)
    WHERE state = 'confirmed';
CREATE INDEX log_linked ON log (pairing, at, kind) WHERE outcome = 'linked';
