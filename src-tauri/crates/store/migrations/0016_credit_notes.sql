-- Credit notes are records of their own now, read and compared as such.
DELETE FROM credits WHERE form = 'credit_note';

-- Invoices with an amount due are counted apart from credit notes with credit left.
DROP INDEX records_due;
CREATE INDEX records_due ON records (pairing, side, currency, due_date, date, amount_due, kind)
    WHERE state = 'approved' AND amount_due <> '0';
-- What settles a customer's invoices: payments, and credit notes that are used for them.
DROP INDEX records_paid_by;
CREATE INDEX records_settling ON records (pairing, side, contact, remote_id)
    WHERE kind IN ('payment', 'credit_note');
