//! What returns are used for: by journal entries, within payments, and by lowering their invoices
//! themselves.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::value::{amount, flag, list, text};
use super::in_own_currency;

/// Uses of returns; every amount in the currency of the receivable account, as ERPNext keeps it.
#[derive(Debug, Default)]
pub(super) struct Credit {
    /// How much of which invoice each return settles.
    uses: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// What stands to a customer's credit in a journal entry without an invoice any more, or took an
    /// invoice below nothing, and is the return's own.
    loose: BTreeMap<String, Decimal>,
    /// Of [`Self::loose`] what stands in journal entries, and there counts as on account.
    in_journals: BTreeMap<String, Decimal>,
    /// How much of which invoice the returns within a payment settle.
    within: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// Invoices that a return lowers itself.
    lowered: BTreeSet<String>,
}

impl Credit {
    pub(super) fn read(state: &Value, company: &str) -> Result<Self, String> {
        let invoices = list(state, "Sales Invoice")?;
        let own = |row: &&Value| text(row, "company") == company && flag(row, "docstatus") == 1;
        let returns: BTreeSet<String> = (invoices.iter().filter(own))
            .filter(|row| flag(row, "is_return") == 1)
            .map(|row| text(row, "name"))
            .collect();
        let mut credit = Self::default();
        let journals = list(state, "Journal Entry").unwrap_or_default();
        for entry in journals.iter().filter(own) {
            credit.journal(entry, &returns)?;
        }
        let payments = list(state, "Payment Entry").unwrap_or_default();
        for payment in payments.iter().filter(own) {
            credit.payment(payment, &returns)?;
        }
        let invoices: Vec<&Value> = invoices.iter().filter(own).collect();
        credit.lowering(&invoices)?;
        Ok(credit)
    }

    /// A journal entry that takes from returns what it gives to invoices.
    fn journal(&mut self, entry: &Value, returns: &BTreeSet<String>) -> Result<(), String> {
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        for row in list(entry, "accounts")? {
            let debit = amount(row, "debit_in_account_currency")?;
            let credit = amount(row, "credit_in_account_currency")?;
            let name = text(row, "reference_name");
            if returns.contains(&name) && debit > Decimal::ZERO {
                taken.push((name, debit));
            } else if text(row, "party_type") == "Customer" && credit > Decimal::ZERO {
                given.push((name, credit));
            }
        }
        // Invoices come before what names none.
        given.sort_by_key(|(name, _)| name.is_empty());
        for (note, invoice, amount) in met(taken, given) {
            if invoice.is_empty() {
                *self.loose.entry(note.clone()).or_default() += amount;
                *self.in_journals.entry(note).or_default() += amount;
            } else {
                self.used(note, invoice, amount);
            }
        }
        Ok(())
    }

    /// A payment that counts returns in.
    fn payment(&mut self, payment: &Value, returns: &BTreeSet<String>) -> Result<(), String> {
        if text(payment, "payment_type") != "Receive" {
            return Ok(());
        }
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        for reference in list(payment, "references").unwrap_or_default() {
            let allocated = amount(reference, "allocated_amount")?;
            let name = text(reference, "reference_name");
            if returns.contains(&name) {
                taken.push((name, -allocated));
            } else {
                given.push((name, allocated));
            }
        }
        // Nothing of it says which return is for which invoice: it goes by their names.
        for parts in [&mut taken, &mut given] {
            parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        for (note, invoice, amount) in met(taken, given) {
            let within = self.within.entry(text(payment, "name")).or_default();
            *within.entry(invoice.clone()).or_default() += amount;
            self.used(note, invoice, amount);
        }
        Ok(())
    }

    /// Returns that keep nothing for themselves: their invoice takes what it still owed, the last of them
    /// are left with the rest.
    fn lowering(&mut self, invoices: &[&Value]) -> Result<(), String> {
        let mut beyond: BTreeMap<String, Decimal> = BTreeMap::new();
        for row in invoices {
            let owed = amount(row, "outstanding_amount")?;
            if flag(row, "is_return") != 1 && owed < Decimal::ZERO {
                beyond.insert(text(row, "name"), -owed);
            }
        }
        let mut returns: Vec<&&Value> = invoices
            .iter()
            .filter(|row| flag(row, "is_return") == 1)
            .collect();
        returns.sort_by_key(|row| (text(row, "posting_date"), text(row, "name")));
        for row in returns.into_iter().rev() {
            let against = text(row, "return_against");
            if flag(row, "update_outstanding_for_self") == 1 || against.is_empty() {
                continue;
            }
            let worth = -kept_total(row)?;
            let too_much = beyond.entry(against.clone()).or_default();
            let left = worth.min(*too_much);
            *too_much -= left;
            self.lowered.insert(against.clone());
            let name = text(row, "name");
            if left > Decimal::ZERO {
                *self.loose.entry(name.clone()).or_default() += left;
            }
            if worth > left {
                self.used(name, against, worth - left);
            }
        }
        Ok(())
    }

    fn used(&mut self, note: String, invoice: String, amount: Decimal) {
        let uses = self.uses.entry(note).or_default();
        *uses.entry(invoice).or_default() += amount;
    }

    /// How much of which invoice a return settles.
    pub(super) fn uses(&self, note: &str) -> impl Iterator<Item = (&str, Decimal)> {
        let uses = self.uses.get(note).into_iter().flatten();
        uses.map(|(invoice, amount)| (invoice.as_str(), *amount))
    }

    /// What is a return's own beside what it says is outstanding.
    pub(super) fn loose(&self, note: &str) -> Decimal {
        self.loose.get(note).copied().unwrap_or_default()
    }

    /// How much of which invoice the returns within a payment settle.
    pub(super) fn within(&self, payment: &str) -> impl Iterator<Item = (&String, &Decimal)> {
        self.within.get(payment).into_iter().flatten()
    }

    /// Whether a return lowers an invoice itself.
    pub(super) fn lowered(&self, invoice: &str) -> bool {
        self.lowered.contains(invoice)
    }

    /// What journal entries have on account that is left of returns, by customer and currency.
    pub(super) fn of_notes(&self, state: &Value) -> Result<Vec<(String, String, Decimal)>, String> {
        let mut found = Vec::new();
        for row in list(state, "Sales Invoice")? {
            if let Some(left) = self.in_journals.get(&text(row, "name")) {
                // As the journal entry has it.
                let currency = text(row, "party_account_currency");
                found.push((text(row, "customer"), currency, *left));
            }
        }
        Ok(found)
    }
}

/// A document's total in the currency of its receivable account.
fn kept_total(row: &Value) -> Result<Decimal, String> {
    let total = amount(row, "grand_total")?;
    let base = amount(row, "base_grand_total")?;
    let kept_in_base = base != total && in_own_currency(row, base)? == total;
    Ok(if kept_in_base { base } else { total })
}

/// What is taken and what is given, one after the other: from whom, to whom, how much.
fn met(
    taken: Vec<(String, Decimal)>,
    given: Vec<(String, Decimal)>,
) -> Vec<(String, String, Decimal)> {
    let mut given: Vec<(String, Decimal)> = given;
    let mut found = Vec::new();
    for (from, mut left) in taken {
        for (to, open) in &mut given {
            let part = left.min(*open);
            if part > Decimal::ZERO {
                found.push((from.clone(), to.clone(), part));
                left -= part;
                *open -= part;
            }
        }
    }
    found
}
