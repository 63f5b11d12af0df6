//! What a return has been used for, from the rows of the Payment Ledger. Amounts are in the receivable
//! account's currency.
//!
//! What a voucher takes from returns goes to the invoices that it settles, then to what else it names,
//! and what is left then is on account with the voucher: the credit is still there, and only kept in
//! another place (a Journal Entry that was un-reconciled from its invoice).

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::netting::{Netted, netted};
use crate::wire::SettlementRow;

/// A use of a return for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Used {
    pub voucher: String,
    pub invoice: String,
    pub amount: Decimal,
    pub date: Option<NaiveDate>,
}

/// What became of a return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Uses {
    pub invoices: Vec<Used>,
    /// What of it is still there, in another place than the return's own balance.
    pub elsewhere: Decimal,
    /// Whether some of it is gone and no invoice has it: paid out, written off.
    pub paid_out: bool,
}

const INVOICE: &str = "Sales Invoice";
const PAYMENT: &str = "Payment Entry";

/// Takes the rows of one voucher apart.
fn apart(entries: &[&SettlementRow]) -> Netted {
    let rank = |entry: &SettlementRow| match entry.document_type.as_str() {
        _ if entry.is_on_account() => 2,
        INVOICE => 0,
        _ => 1,
    };
    let mut entries = entries.to_vec();
    // The rows of a payment are told by its own rows too, in this order (`netting`).
    let name = |entry: &SettlementRow| {
        let of_payment = entry.voucher_type == PAYMENT;
        of_payment.then(|| entry.document.clone())
    };
    entries.sort_by_key(|entry| (rank(entry), name(entry)));
    let parts = entries.iter();
    netted(parts.map(|entry| (entry.document.as_str(), -entry.amount)))
}

/// What a voucher put on account of the documents that it raised, in order: the document, and how much.
/// `entries` are all of the voucher's rows.
pub(crate) fn put_on_account(entries: &[&SettlementRow]) -> Vec<(String, Decimal)> {
    let own = |document: &str| {
        let mut of = entries.iter().filter(|it| it.is_on_account());
        of.any(|it| it.document == document)
    };
    let uses = apart(entries).uses.into_iter();
    uses.filter(|(_, to, _)| own(to))
        .map(|(from, _, amount)| (from, amount))
        .collect()
}

/// The rows of each voucher, in their order.
fn by_voucher(rows: &[SettlementRow]) -> Vec<(&str, Vec<&SettlementRow>)> {
    let mut found: Vec<(&str, Vec<&SettlementRow>)> = Vec::new();
    for row in rows {
        match found
            .iter_mut()
            .find(|(voucher, _)| *voucher == row.voucher)
        {
            Some((_, of)) => of.push(row),
            None => found.push((&row.voucher, vec![row])),
        }
    }
    found
}

fn is_invoice(entries: &[&SettlementRow], document: &str) -> bool {
    let mut of = entries.iter().filter(|it| it.document == document);
    of.any(|it| it.document_type == INVOICE && !it.is_on_account())
}

fn used(voucher: &str, entries: &[&SettlementRow], invoice: String, amount: Decimal) -> Used {
    Used {
        voucher: voucher.to_owned(),
        invoice,
        amount,
        date: entries.first().and_then(|entry| entry.date),
    }
}

/// What a return with a balance of its own was used for.
pub(super) fn of_its_own(
    name: &str,
    settlements: &[SettlementRow],
    on_account: &[SettlementRow],
) -> Uses {
    let mut found = Uses::default();
    for (voucher, entries) in by_voucher(settlements) {
        let Netted {
            uses, credit_notes, ..
        } = apart(&entries);
        found.paid_out |= credit_notes.iter().any(|(credit, _)| credit == name);
        let rows = on_account.iter().filter(|row| row.document == voucher);
        let mut left = -rows.map(|row| row.amount).sum::<Decimal>();
        for (credit, document, amount) in uses {
            if document == voucher {
                // Several returns may have come to one voucher, and something else have used that.
                let there = amount.min(left).max(Decimal::ZERO);
                left -= there;
                if credit == name {
                    found.elsewhere += there;
                    found.paid_out |= there < amount;
                }
            } else if credit == name && is_invoice(&entries, &document) {
                let used = used(voucher, &entries, document, amount);
                found.invoices.push(used);
            } else {
                found.paid_out |= credit == name;
            }
        }
    }
    found
}

/// What entries still settle whose credit note was cancelled.
pub(super) fn left_behind(settlements: &[SettlementRow]) -> Vec<Used> {
    let settles = |row: &&SettlementRow| {
        row.document_type == INVOICE && !row.is_on_account() && row.amount < Decimal::ZERO
    };
    let rows = settlements.iter().filter(settles);
    rows.map(|row| Used {
        voucher: row.voucher.clone(),
        invoice: row.document.clone(),
        amount: -row.amount,
        date: row.date,
    })
    .collect()
}

/// What became of a return that lowers its original by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lowering {
    /// What the original could not take of it, since it owed no more.
    pub beyond: Decimal,
    /// What of that is still there: the original owes so much less than nothing.
    pub open: Decimal,
    /// What of that was used for other invoices.
    pub uses: Vec<Used>,
}

/// How much of a return its original could take. `original` are all rows against that, oldest first;
/// `settlements` those of the vouchers that raise it. Of several returns the newest is the one that is
/// too much. `None` where the rows do not show that it lowers the original.
pub(super) fn of_its_original(
    name: &str,
    original: &[SettlementRow],
    settlements: &[SettlementRow],
) -> Option<Lowering> {
    let returns: Vec<(&str, Decimal)> = original
        .iter()
        .filter(|row| lowers(row))
        .map(|row| (row.voucher.as_str(), -row.amount))
        .collect();
    let place = returns.iter().position(|(voucher, _)| *voucher == name)?;
    let owed: Decimal = original.iter().map(|row| row.amount).sum();
    let raised = original
        .iter()
        .filter(|row| row.voucher_type != INVOICE && row.amount > Decimal::ZERO);
    let raised: Decimal = raised.map(|row| row.amount).sum();
    let zero = Decimal::ZERO;
    let beyond = from_the_newest(returns.iter().map(|it| it.1), (raised - owed).max(zero));
    let open = from_the_newest(beyond.iter().copied(), (-owed).max(zero));
    // What was taken out of it, oldest return first.
    let taken = |at: usize| beyond[at] - open[at];
    let mut before: Decimal = (0..place).map(taken).sum();
    let mut own = taken(place);
    let mut uses = Vec::new();
    for (voucher, entries) in by_voucher(settlements) {
        let of = apart(&entries).uses.into_iter();
        let of = of.filter(|(credit, document, _)| {
            original.iter().any(|row| row.document == *credit) && is_invoice(&entries, document)
        });
        for (_, invoice, amount) in of {
            let theirs = amount.min(before);
            before -= theirs;
            let amount = (amount - theirs).min(own);
            own -= amount;
            if amount > zero {
                uses.push(used(voucher, &entries, invoice, amount));
            }
        }
    }
    Some(Lowering {
        beyond: beyond[place],
        open: open[place],
        uses,
    })
}

/// Whether a row against an invoice is of a return that lowers it.
pub(crate) fn lowers(row: &SettlementRow) -> bool {
    row.voucher_type == INVOICE && !row.is_on_account() && row.amount < Decimal::ZERO
}

/// An amount divided among parts, the last one first, each taking no more than it is.
fn from_the_newest(parts: impl Iterator<Item = Decimal>, mut amount: Decimal) -> Vec<Decimal> {
    let mut divided: Vec<Decimal> = parts.collect();
    for part in divided.iter_mut().rev() {
        *part = amount.min(*part);
        amount -= *part;
    }
    divided
}

#[cfg(test)]
mod tests {
    use super::super::beyond_nothing;
    use super::*;
    use proptest::prelude::*;

    fn row(of: &str, voucher: String, document: &str, amount: i64) -> SettlementRow {
        SettlementRow {
            voucher_type: of.to_owned(),
            voucher,
            document_type: INVOICE.to_owned(),
            document: document.to_owned(),
            amount: Decimal::new(amount, 2),
            date: None,
        }
    }

    proptest! {
        /// Whatever happened to an invoice: what is due on it less what is left of its returns is what the
        /// ledger says, and of each return every cent is in one place.
        #[test]
        fn the_original_and_its_returns_are_what_the_ledger_says(
            total in 1_i64..50_000,
            parts in proptest::collection::vec((0_usize..4, 1_i64..30_000), 0..8),
        ) {
            let mut original = vec![row(INVOICE, "INV-1".into(), "INV-1", total)];
            let mut settlements = Vec::new();
            for (at, (what, amount)) in parts.iter().enumerate() {
                match what {
                    0 => original.push(row("Payment Entry", format!("PAY-{at}"), "INV-1", -amount)),
                    1 => original.push(row(INVOICE, format!("CN-{at}"), "INV-1", -amount)),
                    // Paid out; used for another invoice.
                    2 => {
                        let out = row("Payment Entry", format!("OUT-{at}"), "INV-1", *amount);
                        settlements.push(out.clone());
                        original.push(out);
                    }
                    _ => {
                        let used = row("Journal Entry", format!("JV-{at}"), "INV-1", *amount);
                        settlements.push(used.clone());
                        settlements.push(row("Journal Entry", format!("JV-{at}"), "INV-2", -amount));
                        original.push(used);
                    }
                }
            }
            let owed: Decimal = original.iter().map(|row| row.amount).sum();
            let due = owed + beyond_nothing(owed, &original);
            let mut left = Decimal::ZERO;
            let mut used = Decimal::ZERO;
            let returns: Vec<_> = original.iter().filter(|row| lowers(row)).cloned().collect();
            for back in &returns {
                let found = of_its_original(&back.voucher, &original, &settlements);
                let Some(found) = found else {
                    return Err(TestCaseError::fail("it lowers the invoice"));
                };
                let uses: Decimal = found.uses.iter().map(|it| it.amount).sum();
                prop_assert!(found.open >= Decimal::ZERO);
                prop_assert!(found.open + uses <= found.beyond);
                prop_assert!(found.beyond <= -back.amount);
                left += found.open;
                used += uses;
            }
            prop_assert_eq!(due - left, owed);
            prop_assert!(due >= Decimal::ZERO || left == -returns.iter().map(|it| it.amount).sum::<Decimal>());
            let put: Decimal = settlements
                .iter()
                .filter(|row| row.document == "INV-2")
                .map(|row| -row.amount)
                .sum();
            prop_assert!(used <= put);
        }
    }
}
