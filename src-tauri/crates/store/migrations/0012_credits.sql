-- What customers have open beside invoices (credit notes, overpayments, prepayments, payments and
-- journal entries on account), as each side's ledger says it. These are no records: they are not
-- carried, only compared. What is used up is not here.
CREATE TABLE credits (
    pairing      INTEGER NOT NULL REFERENCES pairings (id),
    side         TEXT NOT NULL CHECK (side IN ('xero', 'erpnext')),
    form         TEXT NOT NULL,
    remote_id    TEXT NOT NULL,
    -- One journal entry may be for several customers.
    contact      TEXT NOT NULL,
    currency     TEXT NOT NULL,
    number       TEXT,
    contact_name TEXT NOT NULL,
    date         TEXT,
    -- In the customer's favour; below zero where the customer owes it.
    open         TEXT NOT NULL,
    -- How far that may be off, because its side keeps it in another currency.
    uncertain    TEXT NOT NULL,
    PRIMARY KEY (pairing, side, form, remote_id, contact, currency)
) STRICT;
