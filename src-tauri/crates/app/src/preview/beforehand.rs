//! What is to be known before anything is written, beside the plan itself: what the sides will do by themselves
//! with what is made there, and what they will not take. It is looked up where a plan makes something, and only for
//! a preview: a call or two to Xero a day, and a few to the site.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::books::Change;
use engine::plan::PlannedWrite;
use erpnext::notifications::{self, Notification};
use erpnext::obstacles::Seen;
use ledger::{Currency, DocumentState, Kind, Record, Side};
use serde::{Deserialize, Serialize};
use store::Pairing;

use crate::app::App;
use crate::numbering;
use crate::reach::Reached;

/// How long an answer of Xero that everything is allowed is used. One that something is not is asked again each time,
/// since somebody may have changed it.
const GOOD_FOR: Duration = Duration::hours(24);

/// What Xero may forbid of what we make (`Organisation/Actions`).
const APPROVED: &str = "CreateApprovedInvoice";
const DRAFT: &str = "CreateDraftInvoice";
const PAYMENT: &str = "CreateInvoicePayment";
const CURRENCY: &str = "UseMulticurrency";

/// What a plan makes.
#[derive(Default)]
pub(super) struct Coming {
    /// The numbers of the documents that are made in ERPNext.
    numbers: Vec<String>,
    /// The types of the documents that are made there.
    doctypes: BTreeSet<&'static str>,
    /// What is made in Xero needs these actions to be allowed, with how many need each.
    drafts: u32,
    approved: u32,
    payments: u32,
    /// The currencies of what is made in Xero.
    currencies: BTreeSet<Currency>,
    /// The due dates of invoices made in Xero on which something is owed.
    owed: Vec<NaiveDate>,
}

/// What Xero said of an organisation.
#[derive(Serialize, Deserialize)]
struct Allowed {
    at: DateTime<Utc>,
    not: Vec<String>,
}

fn key(pairing: &Pairing) -> String {
    format!(
        "xero_actions/{}/{}",
        pairing.xero_connection, pairing.xero_tenant
    )
}

impl Coming {
    /// Takes note of a write.
    pub fn take(&mut self, write: &PlannedWrite) {
        let Change::Create { record, .. } = &write.change else {
            return;
        };
        match write.target {
            Side::Erpnext => {
                self.doctypes.insert(match record.kind() {
                    Kind::Contact => "Customer",
                    Kind::Invoice | Kind::CreditNote => "Sales Invoice",
                    Kind::Payment => "Payment Entry",
                });
                if let Record::Invoice(document) | Record::CreditNote(document) = record {
                    self.numbers.extend(document.number.clone());
                }
            }
            Side::Xero => self.take_in_xero(record),
        }
    }

    fn take_in_xero(&mut self, record: &Record) {
        match record {
            Record::Contact(_) => {}
            Record::Payment(payment) => {
                self.payments += 1;
                self.currencies.insert(payment.currency);
            }
            Record::Invoice(document) | Record::CreditNote(document) => {
                self.currencies.insert(document.currency);
                if document.state == DocumentState::Draft {
                    self.drafts += 1;
                    return;
                }
                self.approved += 1;
                if let (Record::Invoice(_), Some(due)) = (record, document.due_date)
                    && document.amount_due.is_sign_positive()
                    && !document.amount_due.is_zero()
                {
                    self.owed.push(due);
                }
            }
        }
    }

    fn makes_in_xero(&self) -> bool {
        self.drafts + self.approved + self.payments > 0
    }

    /// What Xero will refuse of it, where it does not allow this.
    fn refused(&self, not: &[String], base: Option<Currency>) -> Vec<String> {
        let foreign = || {
            let mut currencies = self.currencies.iter();
            base.is_some_and(|base| currencies.any(|it| *it != base))
        };
        let all = [
            (
                APPROVED,
                self.approved > 0,
                counted(self.approved, "approved document"),
            ),
            (DRAFT, self.drafts > 0, counted(self.drafts, "draft")),
            (
                PAYMENT,
                self.payments > 0,
                counted(self.payments, "payment"),
            ),
            (
                CURRENCY,
                foreign(),
                "what is in another currency".to_owned(),
            ),
        ];
        all.into_iter()
            .filter(|(action, needed, _)| *needed && not.iter().any(|it| it == action))
            .map(|(action, _, what)| {
                format!(
                    "Xero does not allow {what} to be made: its plan does not, or the role of who signed in \
                     ({action}). Change the plan or the role in Xero before you sync, or these are refused."
                )
            })
            .collect()
    }

    /// What Xero may remind customers of.
    fn reminded(&self, today: NaiveDate) -> Option<String> {
        let overdue: Vec<&NaiveDate> = self.owed.iter().filter(|due| **due < today).collect();
        let oldest = overdue.iter().min()?.format("%-d %b %Y");
        let (are, these) = match overdue.len() {
            1 => (
                "1 invoice to be made in Xero is overdue".to_owned(),
                "this customer",
            ),
            many => (
                format!("{many} invoices to be made in Xero are overdue, the oldest"),
                "these customers",
            ),
        };
        Some(format!(
            "{are} since {oldest}. Where invoice reminders are switched on in Xero, it writes to {these} by \
             itself; no app can see whether they are. Look in Xero's invoice settings before you sync."
        ))
    }
}

fn counted(count: u32, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

/// What ERPNext sends of what is made there.
fn sent(notifications: &[Notification]) -> Option<String> {
    let each = |it: &Notification| {
        let Notification {
            name,
            doctype,
            event,
            channel,
        } = it;
        let when = match event.as_str() {
            "New" | "Save" | "Submit" => format!("at each {event} of a {doctype}"),
            "Value Change" => format!("when a value of a {doctype} changes, for new ones too"),
            later => format!("{} the date of a {doctype}", later.to_lowercase()),
        };
        format!("\"{name}\" ({channel}, {when})")
    };
    let named: Vec<String> = notifications.iter().map(each).collect();
    let many = match named.len() {
        0 => return None,
        1 => "1 notification",
        _ => "notifications",
    };
    Some(format!(
        "ERPNext sends {many} of its own for what is made there, where their conditions are met: {}. Switch them \
         off in its list Notification before you sync, if nobody is to get them for what comes from Xero.",
        named.join(", ")
    ))
}

impl App {
    /// What is to be said of what a plan makes. What cannot be looked up is left out: the check says that of the
    /// series, and a preview is no less true for it.
    pub(super) async fn beforehand(
        &self,
        pairing: &Pairing,
        reached: &Reached,
        coming: &Coming,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        if !coming.numbers.is_empty()
            && let Ok(Some(found)) = numbering::look(&reached.site, &coming.numbers).await
        {
            let said = |it: &numbering::InTheWay| format!("{} {}", it.found(), it.next_step());
            warnings.extend(found.in_the_way.iter().map(said));
        }
        if !coming.doctypes.is_empty() {
            let doctypes: Vec<&str> = coming.doctypes.iter().copied().collect();
            if let Ok(Seen::All(found)) = notifications::enabled(&reached.site, &doctypes).await {
                warnings.extend(sent(&found));
            }
        }
        if coming.makes_in_xero() {
            let base = reached.books.xero.known_profile();
            let base = base.map(|profile| profile.base_currency);
            if let Some(not) = self.not_allowed(pairing, reached).await {
                warnings.extend(coming.refused(&not, base));
            }
            warnings.extend(coming.reminded(self.0.clock.now().date_naive()));
        }
        warnings
    }

    /// What Xero does not allow, as it said within a day; `None` where it cannot be asked.
    async fn not_allowed(&self, pairing: &Pairing, reached: &Reached) -> Option<Vec<String>> {
        let (key, now) = (key(pairing), self.0.clock.now());
        let kept = {
            let key = key.clone();
            let kept = self.db(move |store| store.setting::<Allowed>(&key)).await;
            kept.ok().flatten()
        };
        let good = |kept: &Allowed| kept.at <= now && now - kept.at < GOOD_FOR;
        if let Some(kept) = kept.filter(good) {
            return Some(kept.not);
        }
        let not = reached.not_allowed_in_xero().await.ok()?;
        if ![APPROVED, DRAFT, PAYMENT, CURRENCY]
            .iter()
            .any(|it| not.iter().any(|not| not == it))
        {
            let allowed = Allowed {
                at: now,
                not: not.clone(),
            };
            // Where it cannot be kept it is asked again.
            let _ = self
                .db(move |store| store.set_setting(&key, &allowed))
                .await;
        }
        Some(not)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_xero_does_not_allow_is_said_of_what_needs_it() {
        let coming = Coming {
            approved: 12,
            payments: 1,
            currencies: [Currency::new("GBP").unwrap()].into(),
            ..Coming::default()
        };
        let not = |actions: &[&str]| -> Vec<String> {
            actions.iter().map(|it| (*it).to_owned()).collect()
        };
        let gbp = Currency::new("GBP").ok();
        let all = not(&[
            "CreateApprovedInvoice",
            "CreateDraftInvoice",
            "CreateInvoicePayment",
            "UseMulticurrency",
            "CreateApprovedBill",
        ]);
        let said = coming.refused(&all, gbp);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("Xero does not allow 12 approved documents to be made"));
        assert!(said[1].starts_with("Xero does not allow 1 payment to be made"));
        let foreign = coming.refused(&all, Currency::new("NZD").ok());
        assert!(
            foreign[2].contains("(UseMulticurrency)") && foreign.len() == 3,
            "{foreign:?}"
        );
        assert_eq!(coming.refused(&[], gbp), Vec::<String>::new());
    }

    #[test]
    fn reminders_are_a_matter_of_old_open_invoices_alone() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 5, day).unwrap();
        let coming = |owed: Vec<NaiveDate>| Coming {
            owed,
            ..Coming::default()
        };
        assert_eq!(coming(vec![]).reminded(day(9)), None);
        assert_eq!(coming(vec![day(9), day(10)]).reminded(day(9)), None);
        let one = coming(vec![day(8), day(10)]).reminded(day(9)).unwrap();
        assert!(
            one.starts_with("1 invoice to be made in Xero is overdue since 8 May 2026."),
            "{one}"
        );
        let two = coming(vec![day(8), day(2)]).reminded(day(9)).unwrap();
        assert!(
            two.starts_with(
                "2 invoices to be made in Xero are overdue, the oldest since 2 May 2026."
            ),
            "{two}"
        );
    }
}
