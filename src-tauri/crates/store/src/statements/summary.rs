//! Sums and counts for the overview.

statements! {
    plain {
        DUE = "SELECT side, currency, due_date, amount_due FROM records
             WHERE pairing = ?1 AND state = 'approved' AND amount_due <> '0'";
        /// The same one by one, with what each is linked to.
        DUE_EACH = "SELECT side, remote_id, currency, amount_due, link, date FROM records
             WHERE pairing = ?1 AND state = 'approved' AND amount_due <> '0'";
        /// Of one kind, since an instant.
        LINKED_SINCE = "SELECT count(*) FROM log WHERE pairing = ?1 AND kind = ?2 AND at >= ?3
             AND outcome = 'linked'";
        INVOICED = "SELECT side, date, currency, amount FROM records
             WHERE pairing = ?1 AND side = ?2 AND date >= ?3 AND state = 'approved'";
    }
}
