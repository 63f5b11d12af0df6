//! One voucher over invoices and credit notes together.
//!
//! ERPNext lets a Payment Entry refer to credit notes beside invoices, and a Journal Entry use
//! several credit notes for several invoices (erpnext/FACTS §6). The ledger model knows credits used
//! for invoices, and money for documents: the credit notes are used up on the invoices first, in the
//! order they stand, and what is left of either side is the money.
//!
//! Of a Payment Entry both readers see that order: its own rows say how much money is for which invoice, those of
//! the Payment Ledger how its credit notes are used, and the latter have none of their own. So there it is the
//! order of the documents' names.

use std::collections::VecDeque;

use rust_decimal::Decimal;

/// A document and an amount of it; positive.
pub type Part = (String, Decimal);

/// A voucher taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Netted {
    /// Credit note, invoice, how much of the one was used for the other.
    pub uses: Vec<(String, String, Decimal)>,
    /// What is left of the invoices: paid with money.
    pub invoices: Vec<Part>,
    /// What is left of the credit notes: paid out, or written off.
    pub credit_notes: Vec<Part>,
}

/// Takes a voucher apart. Amounts of invoices are positive, of credit notes negative.
pub fn netted<'a>(parts: impl IntoIterator<Item = (&'a str, Decimal)>) -> Netted {
    let mut invoices: VecDeque<Part> = VecDeque::new();
    let mut credits: VecDeque<Part> = VecDeque::new();
    for (document, amount) in parts {
        if amount > Decimal::ZERO {
            invoices.push_back((document.to_owned(), amount));
        } else if amount < Decimal::ZERO {
            credits.push_back((document.to_owned(), -amount));
        }
    }
    let mut uses = Vec::new();
    while let (Some(invoice), Some(credit)) = (invoices.front_mut(), credits.front_mut()) {
        let amount = invoice.1.min(credit.1);
        uses.push((credit.0.clone(), invoice.0.clone(), amount));
        invoice.1 -= amount;
        credit.1 -= amount;
        if invoice.1.is_zero() {
            invoices.pop_front();
        }
        if credits.front().is_some_and(|credit| credit.1.is_zero()) {
            credits.pop_front();
        }
    }
    Netted {
        uses,
        invoices: invoices.into(),
        credit_notes: credits.into(),
    }
}

/// [`netted`] in the order of the documents' names.
pub fn netted_by_name<'a>(parts: impl IntoIterator<Item = (&'a str, Decimal)>) -> Netted {
    let mut parts: Vec<(&str, Decimal)> = parts.into_iter().collect();
    parts.sort_by(|left, right| left.0.cmp(right.0));
    netted(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_left_on_both_sides(
            amounts in proptest::collection::vec(-100_000_i64..100_000, 0..8)
        ) {
            let parts: Vec<(String, Decimal)> = amounts
                .iter()
                .enumerate()
                .map(|(at, cents)| (format!("D{at}"), Decimal::new(*cents, 2)))
                .collect();
            let made = netted(parts.iter().map(|(name, amount)| (name.as_str(), *amount)));
            prop_assert!(made.invoices.is_empty() || made.credit_notes.is_empty());
            let of = |name: &str| -> Decimal {
                let used: Decimal = made.uses.iter().map(|(credit, invoice, amount)| {
                    if invoice == name { *amount } else if credit == name { -*amount } else { Decimal::ZERO }
                }).sum();
                let left: Decimal = made.invoices.iter().filter(|(own, _)| own == name).map(|(_, amount)| *amount).sum();
                let back: Decimal = made.credit_notes.iter().filter(|(own, _)| own == name).map(|(_, amount)| *amount).sum();
                used + left - back
            };
            for (name, amount) in &parts {
                prop_assert_eq!(of(name), *amount);
            }
            prop_assert!(made.uses.iter().all(|(_, _, amount)| *amount > Decimal::ZERO));
            let mut left = made.invoices.iter().chain(&made.credit_notes);
            prop_assert!(left.all(|(_, amount)| *amount > Decimal::ZERO));
        }
    }
}
