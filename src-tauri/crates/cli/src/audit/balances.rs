//! What customers owe in all, by customer and currency: equal on both sides, or every difference of it is
//! that of a record which is named.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Audit, Held, Kind, cents};

/// A customer's identity in Xero, and a currency.
type Of = (String, String);

/// What a record adds to what its customer owes.
pub(super) struct Whose<'a> {
    /// The customer's identity on the record's side.
    pub(super) contact: &'a str,
    /// The record's currency.
    pub(super) currency: &'a str,
    /// How much, in that currency; negative for credit.
    pub(super) owed: Decimal,
}

/// What both sides say of what is owed, and how much of the difference is named.
pub(super) struct Balances {
    /// ERPNext's customers and their identities in Xero.
    contacts: BTreeMap<String, String>,
    /// Xero's contacts by their names.
    names: BTreeMap<String, String>,
    /// What records that differ are apart by: Xero's less ERPNext's.
    named: BTreeMap<Of, Decimal>,
}

impl Balances {
    pub(super) fn of(xero: &Held, erpnext: &Held) -> Self {
        let contacts = erpnext.contacts.iter();
        let marked = contacts.filter_map(|it| Some((it.id.clone(), it.marker.as_ref()?.clone())));
        let names = xero.contacts.iter();
        Self {
            contacts: marked.collect(),
            names: names.map(|it| (it.id.clone(), it.name.clone())).collect(),
            named: BTreeMap::new(),
        }
    }

    /// The identity in Xero of a customer of ERPNext's; empty where no marker says so.
    pub(super) fn contact(&self, customer: &str) -> String {
        self.contacts.get(customer).cloned().unwrap_or_default()
    }

    /// What a customer of ERPNext's is counted under.
    fn known(&self, customer: &str) -> String {
        let marked = self.contacts.get(customer);
        marked.map_or_else(|| format!("ERPNext's {customer}"), |it| it.to_lowercase())
    }

    /// A record of Xero's is named as different.
    pub(super) fn named_in_xero(&mut self, record: &Whose<'_>) {
        let of = (record.contact.to_owned(), record.currency.to_owned());
        *self.named.entry(of).or_default() += record.owed;
    }

    /// A record of ERPNext's is named as different.
    pub(super) fn named_in_erpnext(&mut self, record: &Whose<'_>) {
        let of = (self.known(record.contact), record.currency.to_owned());
        *self.named.entry(of).or_default() -= record.owed;
    }

    pub(super) fn compare(mut self, audit: &mut Audit, xero: &Held, erpnext: &Held) {
        let ours = xero.on_account.iter();
        let ours = ours.map(|(contact, currency, left)| ((contact, currency), *left));
        let theirs = erpnext.on_account.iter();
        let theirs = theirs.map(|(contact, currency, left)| ((contact, currency), *left));
        for (of, (ours, theirs)) in self.side_by_side(ours, theirs) {
            if self.check(audit, &of, "on account", ours, theirs) {
                *self.named.entry(of).or_default() -= ours - theirs;
            }
        }
        let of = |held: &'_ Held| -> Vec<(Of, Decimal)> {
            let rows = held.receivables.iter();
            rows.map(|(of, owed)| (of.clone(), *owed)).collect()
        };
        let (ours, theirs) = (of(xero), of(erpnext));
        let ours = ours.iter().map(|(of, owed)| ((&of.0, &of.1), *owed));
        let theirs = theirs.iter().map(|(of, owed)| ((&of.0, &of.1), *owed));
        for (of, (ours, theirs)) in self.side_by_side(ours, theirs) {
            let named = self.named.get(&of).copied().unwrap_or_default();
            // What is open of a payment in another currency is what a division left, to its last digit.
            if cents(ours - theirs) != cents(named) {
                self.check(audit, &of, "receivables", ours, theirs);
            }
        }
    }

    /// Both sides' sums.
    fn side_by_side<'a>(
        &self,
        xero: impl Iterator<Item = ((&'a String, &'a String), Decimal)>,
        erpnext: impl Iterator<Item = ((&'a String, &'a String), Decimal)>,
    ) -> BTreeMap<Of, (Decimal, Decimal)> {
        let mut sums: BTreeMap<Of, (Decimal, Decimal)> = BTreeMap::new();
        for ((contact, currency), amount) in xero {
            let sum = sums.entry((contact.clone(), currency.clone())).or_default();
            sum.0 += amount;
        }
        for ((contact, currency), amount) in erpnext {
            let sum = sums.entry((self.known(contact), currency.clone()));
            sum.or_default().1 += amount;
        }
        sums
    }

    /// Whether they differ, which is noted.
    fn check(
        &self,
        audit: &mut Audit,
        (contact, currency): &Of,
        field: &'static str,
        ours: Decimal,
        theirs: Decimal,
    ) -> bool {
        let title = self.names.get(contact).unwrap_or(contact);
        let shown = |amount| format!("{} {currency}", cents(amount));
        let before = audit.differences.len();
        audit.check(Kind::Contact, title, field, shown(ours), shown(theirs));
        audit.differences.len() > before
    }
}
