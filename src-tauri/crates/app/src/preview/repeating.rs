//! Invoices that both sides raise by themselves for one customer: each would be carried to the other, and the
//! customer billed twice. Said by the previews before the first sync, which is when it can still be ended on one
//! side.

use std::collections::BTreeMap;

use erpnext::obstacles::Seen;
use erpnext::repeating::{AutoRepeat, auto_repeats};
use ledger::contact::folded_name;
use ledger::{Kind, Money, RemoteId, Side};
use store::Pairing;
use xero::wire::settings::RepeatingInvoice;

use crate::app::App;
use crate::reach::Reached;

impl App {
    /// What is to be said of them. What cannot be looked up is left out: two that were raised are asked about.
    pub(super) async fn raised_twice(&self, pairing: &Pairing, reached: &Reached) -> Vec<String> {
        let there = auto_repeats(&reached.site, &pairing.erpnext_company).await;
        let Ok(Seen::All(there)) = there else {
            return Vec::new();
        };
        if there.is_empty() {
            // Without any there Xero need not be asked.
            return Vec::new();
        }
        let Ok(here) = reached.repeating_in_xero().await else {
            return Vec::new();
        };
        let id = pairing.id;
        let contacts: Vec<RemoteId> = here
            .iter()
            .map(|it| RemoteId::new(it.contact.contact_id.clone()))
            .collect();
        let linked = self
            .db(move |store| {
                let mut linked = BTreeMap::new();
                for contact in contacts {
                    if let Some(link) = store.link_of(id, Kind::Contact, Side::Xero, &contact)? {
                        linked.insert(contact, link.on(Side::Erpnext).clone());
                    }
                }
                Ok(linked)
            })
            .await;
        said(&here, &there, &linked.unwrap_or_default())
    }
}

/// A sentence for each customer for whom both raise some. `linked` are the customers of contacts that are known.
fn said(
    here: &[RepeatingInvoice],
    there: &[AutoRepeat],
    linked: &BTreeMap<RemoteId, RemoteId>,
) -> Vec<String> {
    let mut found = Vec::new();
    for ours in here {
        let contact = RemoteId::new(ours.contact.contact_id.clone());
        let same = |theirs: &&AutoRepeat| match linked.get(&contact) {
            Some(customer) => customer.as_str() == theirs.customer,
            None => folded_name(&ours.contact.name) == folded_name(&theirs.customer_name),
        };
        for theirs in there.iter().filter(same) {
            let theirs_money = Money {
                amount: theirs.total,
                currency: theirs.currency,
            };
            let currency = ledger::Currency::new(&ours.currency_code).ok();
            let ours_money = match ours.total.zip(currency) {
                Some((amount, currency)) => Money { amount, currency }.to_string(),
                None => "an amount that it does not say".to_owned(),
            };
            let next = |day: Option<chrono::NaiveDate>| match day {
                Some(day) => format!(", next on {}", day.format("%-d %b %Y")),
                None => String::new(),
            };
            found.push(format!(
                "Both sides raise invoices for {} by themselves: Xero {ours_money} ({}{}), ERPNext {theirs_money} \
                 ({}, {}{}). Each would be carried to the other side, so the customer would owe both. End one of \
                 them before you sync. Two of one day and amount under different numbers are asked about.",
                ours.contact.name,
                every(ours),
                next(ours.schedule.next_scheduled_date.map(|day| day.0)),
                theirs.name,
                theirs.frequency.to_lowercase(),
                next(theirs.next),
            ));
        }
    }
    found
}

fn every(it: &RepeatingInvoice) -> String {
    let unit = match it.schedule.unit.as_str() {
        "WEEKLY" => ("weekly", "weeks"),
        _ => ("monthly", "months"),
    };
    match it.schedule.period {
        0 | 1 => unit.0.to_owned(),
        many => format!("every {many} {}", unit.1),
    }
}
