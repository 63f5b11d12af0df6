-- Whose a document or payment is: what is owed is told customer by customer. `record_contact` is a
-- function of `src/migrations.rs`; a row that could not be read has none.
ALTER TABLE records ADD COLUMN contact TEXT;
UPDATE records SET contact = record_contact(content)
    WHERE kind <> 'contact' AND content IS NOT NULL;

-- What is owed, customer by customer, without a look at the rows themselves.
CREATE INDEX records_owed ON records (pairing, side, contact, currency, amount_due, link)
    WHERE state = 'approved' AND amount_due <> '0';
-- What a customer paid.
CREATE INDEX records_paid_by ON records (pairing, side, contact, remote_id) WHERE kind = 'payment';
