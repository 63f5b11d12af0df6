//! Sums and counts for the overview.

statements! {
    plain {
        /// A credit note is due at once: it has no other day than its own.
        DUE = concat!("SELECT side, currency, CASE kind WHEN ", number!(credit_note), " THEN date ELSE due_date END,
               amount_due, kind FROM records
             WHERE pairing = ?1 AND state = ", number!(approved), " AND amount_due <> '0'");
        /// The same one by one, with what each is linked to.
        DUE_EACH = concat!("SELECT side, remote_id, currency, amount_due, link, date, kind FROM records
             INDEXED BY records_due WHERE pairing = ?1 AND state = ", number!(approved), " AND amount_due <> '0'");
        /// The same customer by customer, in the order of the index.
        OWED = concat!("SELECT side, contact, currency, amount_due, link FROM records
             INDEXED BY records_owed
             WHERE pairing = ?1 AND state = ", number!(approved), " AND amount_due <> '0'
             ORDER BY side, contact, currency");
        /// What one customer owes on a side, document by document.
        OWED_BY = concat!("SELECT kind, remote_id, title, date, currency, amount_due, link FROM records
             INDEXED BY records_owed
             WHERE pairing = ?1 AND side = ?2 AND contact = ?3 AND state = ", number!(approved), "
             AND amount_due <> '0' ORDER BY currency, amount_due, link");
        /// Of one kind, since an instant.
        LINKED_SINCE = concat!("SELECT count(*) FROM log WHERE pairing = ?1 AND kind = ?2 AND at >= ?3
             AND outcome = ", number!(linked));
        INVOICED = concat!("SELECT side, date, currency, amount FROM records
             WHERE pairing = ?1 AND side = ?2 AND date >= ?3 AND state = ", number!(approved));
    }
}
