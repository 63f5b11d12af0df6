//! What customers have open beside invoices: read at the end of a run, compared, and made exceptions
//! of the customers of whom the two sides say different things.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use ledger::{Cause, CreditsApart, Kind, OpenCredit, RemoteId, Said, Side, credits_apart};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use store::{
    CREDITS, CreditsRead, ExceptionStatus, ExceptionWrite, LeftAlone, LogOutcome, LogWrite,
    PairingId, RecordKey, Rule, Settlement, Store, StoreError, Trigger,
};

use super::{Request, RunError, Work};
use crate::books::{BooksError, CreditsPass, Cursor};

/// How often all of it is read, whatever was told of changes.
const EVERY: Duration = Duration::hours(24);

/// How far a side has been read, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Standing {
    /// The side's own cursor.
    at: Cursor,
    /// Why the side cannot be asked at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<String>,
    /// Documents that could not be read, by identity, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unreadable: BTreeMap<String, String>,
}

/// Why it is not known what customers have open beside invoices on a side; `None` where it is.
///
/// # Errors
/// [`StoreError`].
pub fn unread(store: &Store, pairing: PairingId, side: Side) -> Result<Option<String>, StoreError> {
    let look = store.look(pairing, side, CREDITS)?;
    let standing: Standing = serde_json::from_str(&look.cursor).unwrap_or_default();
    let mut why: Vec<String> = standing.hidden.into_iter().collect();
    why.extend(standing.unreadable.into_values());
    Ok((!why.is_empty()).then(|| why.join("; ")))
}

/// One customer of whom the two sides say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerApart {
    /// The contact: Xero's where it is linked.
    pub contact: RecordKey,
    /// Its counterpart.
    pub counterpart: Option<RecordKey>,
    /// Its name; as the documents say it, where the contact is not known.
    pub name: String,
    /// What is apart, by currency.
    pub apart: Vec<CreditsApart>,
}

impl CustomerApart {
    /// Why it is an exception: every document, with what is open of it.
    pub fn cause(&self) -> Cause {
        let documents = self.apart.iter().flat_map(CreditsApart::differences);
        Cause::CreditsDiffer {
            differences: documents.collect(),
        }
    }
}

/// How what customers have open beside invoices compares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Customers of whom the two sides say different things.
    pub apart: Vec<CustomerApart>,
    /// Documents that the rule leaves alone and that the other side does not have.
    pub left_alone: Vec<(LeftAlone, Side, OpenCredit)>,
}

/// Who a contact of a side is, on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The contact: Xero's where it is linked.
    pub contact: RecordKey,
    /// Its counterpart.
    pub counterpart: Option<RecordKey>,
}

/// Who these contacts are: by link, and where one was merged into another, that one. Each that is asked
/// for is in the answer.
///
/// # Errors
/// [`StoreError`].
pub fn customers(
    store: &Store,
    pairing: PairingId,
    contacts: &BTreeSet<(Side, RemoteId)>,
) -> Result<BTreeMap<(Side, RemoteId), Customer>, StoreError> {
    let merged = |side| store.merged(pairing, side, Kind::Contact);
    let merged = [merged(Side::Xero)?, merged(Side::Erpnext)?];
    let into = |side: Side, id: &RemoteId| {
        let merged = &merged[usize::from(side == Side::Erpnext)];
        let mut id = id;
        // No merge leads back to where it came from; but what is read may say so.
        for _ in 0..merged.len() {
            match merged.get(id) {
                Some(next) => id = next,
                None => break,
            }
        }
        id.clone()
    };
    let linked = |side: Side| {
        let of_side = contacts.iter().filter(|(of, _)| *of == side);
        let ids: BTreeSet<RemoteId> = of_side.map(|(_, id)| into(side, id)).collect();
        store.counterparts(pairing, side, Kind::Contact, &ids)
    };
    let linked = [linked(Side::Xero)?, linked(Side::Erpnext)?];
    let who = |side: Side, id: &RemoteId| {
        let id = into(side, id);
        let other = linked[usize::from(side == Side::Erpnext)].get(&id);
        let key = |side, id: &RemoteId| RecordKey::new(side, Kind::Contact, &id.0);
        match (side, other) {
            (_, None) => Customer {
                contact: key(side, &id),
                counterpart: None,
            },
            (Side::Xero, Some(other)) => Customer {
                contact: key(Side::Xero, &id),
                counterpart: Some(key(Side::Erpnext, &other.id)),
            },
            (Side::Erpnext, Some(other)) => Customer {
                contact: key(Side::Xero, &into(Side::Xero, &other.id)),
                counterpart: Some(key(Side::Erpnext, &id)),
            },
        }
    };
    let all = contacts.iter().map(|contact| {
        let (side, id) = contact;
        (contact.clone(), who(*side, id))
    });
    Ok(all.collect())
}

/// What a customer has open: in Xero, in ERPNext.
type Sides = [Vec<OpenCredit>; 2];

/// Compares what both sides were last seen to have open beside invoices, customer by customer.
///
/// # Errors
/// [`StoreError`].
pub fn compared(store: &Store, pairing: PairingId) -> Result<Compared, StoreError> {
    let credits = store.credits(pairing)?;
    if credits.is_empty() {
        return Ok(Compared::default());
    }
    let rules = store.rules(pairing)?;
    // What a document's rule leaves alone, its credit does too: credits have no rule of their own yet.
    let rule = rules.iter().find(|rule| rule.kind == Kind::Invoice);
    let contacts = credits.iter().map(|(side, it)| (*side, it.contact.clone()));
    let known = customers(store, pairing, &contacts.collect())?;
    let mut customers: BTreeMap<RecordKey, (Option<RecordKey>, Sides)> = BTreeMap::new();
    for (side, credit) in credits {
        let Some(customer) = known.get(&(side, credit.contact.clone())) else {
            continue;
        };
        let (other, sides) = customers.entry(customer.contact.clone()).or_default();
        *other = other.take().or_else(|| customer.counterpart.clone());
        sides[usize::from(side == Side::Erpnext)].push(credit);
    }
    let kept = store.apart(pairing)?;
    let mut found = Compared::default();
    for (contact, (counterpart, [xero, erpnext])) in customers {
        let apart = credits_apart(&xero, &erpnext);
        let apart = without_left_alone(apart, (rule, &kept), &mut found.left_alone);
        if apart.is_empty() {
            continue;
        }
        let known = store.record(pairing, &contact)?;
        let said = || {
            let names = xero.iter().chain(&erpnext).map(|it| &it.contact_name);
            names.max().cloned().unwrap_or_default()
        };
        found.apart.push(CustomerApart {
            name: known.map_or_else(said, |record| record.title().to_owned()),
            contact,
            counterpart,
            apart,
        });
    }
    Ok(found)
}

/// Whether a person keeps what is open apart, or whose it is.
fn is_kept_apart(kept: &BTreeSet<RecordKey>, side: Side, credit: &OpenCredit) -> bool {
    let is = |kind, id: &RemoteId| {
        let id = id.clone();
        kept.contains(&RecordKey { side, kind, id })
    };
    !kept.is_empty()
        && (is(Kind::Contact, &credit.contact)
            || Kind::ALL.into_iter().any(|kind| is(kind, &credit.id)))
}

/// Takes out what the rule leaves alone, and what a person does.
fn without_left_alone(
    apart: Vec<CreditsApart>,
    (rule, kept): (Option<&Rule>, &BTreeSet<RecordKey>),
    left_alone: &mut Vec<(LeftAlone, Side, OpenCredit)>,
) -> Vec<CreditsApart> {
    let mut rest = Vec::new();
    for mut one in apart {
        one.documents.retain(|(side, credit)| {
            let why = if is_kept_apart(kept, *side, credit) {
                Some(LeftAlone::KeptApart)
            } else {
                rule.and_then(|rule| rule.leaves_alone(*side, credit.date))
            };
            left_alone.extend(why.map(|why| (why, *side, credit.clone())));
            if why.is_some() {
                match side {
                    Side::Xero => one.difference -= credit.open,
                    Side::Erpnext => one.difference += credit.open,
                }
            }
            why.is_none()
        });
        if !one.documents.is_empty() && !one.difference.is_zero() {
            rest.push(one);
        }
    }
    rest
}

/// Reads what customers have open beside invoices, on both sides, in a run about everything. Where a side
/// does not let us, that is noted; a connection that fails is a failure of the run.
pub(super) async fn read(work: &mut Work<'_>, request: &Request) -> Result<(), RunError> {
    if !request.scope.is_everything() {
        return Ok(());
    }
    let full = request.full || request.restored;
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let nothing_new = work.counts.changed == 0 && work.counts.writes() == 0;
    let quiet = request.trigger == Trigger::Schedule
        && nothing_new
        && compared(store, pairing)?.apart.is_empty();
    let (xero, erpnext) = {
        let work = &*work;
        futures::join!(
            side(work, Side::Xero, quiet, full),
            side(work, Side::Erpnext, quiet, full)
        )
    };
    for result in [xero, erpnext] {
        match result {
            Ok(()) => {}
            Err(RunError::Books(failure)) => {
                if !work.failures.contains(&failure) {
                    work.failures.push(failure);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn side(work: &Work<'_>, side: Side, quiet: bool, full: bool) -> Result<(), RunError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut look = store.look(pairing, side, CREDITS)?;
    let mut standing: Standing = serde_json::from_str(&look.cursor).unwrap_or_default();
    let began = work.now();
    let whole = full || stranger(work, side)? || look.ended.is_none_or(|at| began - at >= EVERY);
    let mut begin = Some(CreditsPass { whole, quiet });
    loop {
        work.session.control.checkpoint().await?;
        let page = match work.books(side).credits(&standing.at, begin.take()).await {
            Ok(page) => page,
            Err(BooksError::NotAllowed { why, .. }) => {
                standing.hidden = Some(why);
                look.cursor = serde_json::to_string(&standing).unwrap_or_default();
                store.set_look(pairing, side, CREDITS, &look)?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        standing.at = page.next;
        standing.hidden = None;
        if page.all {
            standing.unreadable.clear();
        }
        for credit in &page.seen {
            standing.unreadable.remove(credit.id.as_str());
        }
        standing.unreadable.extend(page.unreadable);
        look.cursor = serde_json::to_string(&standing).unwrap_or_default();
        if whole && !page.more {
            look.ended = Some(began);
        }
        let read = CreditsRead {
            whole: page.all,
            seen: page.seen,
        };
        store.store_credits(pairing, side, &read, &look)?;
        if !page.more {
            return Ok(());
        }
    }
}

/// Whether a customer of a side's credits is not known there: renamed or merged in ERPNext, which moves
/// no document.
fn stranger(work: &Work<'_>, side: Side) -> Result<bool, StoreError> {
    if side == Side::Xero {
        return Ok(false);
    }
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let credits = store.credits(pairing)?;
    let of_side = credits.iter().filter(|(of, _)| *of == side);
    let contacts: BTreeSet<&RemoteId> = of_side.map(|(_, credit)| &credit.contact).collect();
    let unknown = store.absent(pairing, side, Kind::Contact, contacts)?;
    Ok(!unknown.is_empty())
}

/// Makes the exceptions follow from what was read. How many are not set aside. A run about a part says
/// nothing of them, and leaves them as they are.
pub(super) fn conclude(
    work: &mut Work<'_>,
    standing: &BTreeMap<RecordKey, store::Standing>,
    problems: &mut BTreeSet<RecordKey>,
    settlements: &mut Vec<Settlement>,
) -> Result<u64, StoreError> {
    let (store, pairing) = (&work.session.store, work.session.pairing.id);
    let mut exceptions = 0;
    for customer in compared(store, pairing)?.apart {
        let Some(customer) = without_named(customer, problems) else {
            continue;
        };
        if !work.scope.is_everything() {
            problems.insert(customer.contact);
            continue;
        }
        // Something else about the contact needs a person first: one exception for each record.
        if problems.contains(&customer.contact) {
            continue;
        }
        let raised = exception(&customer);
        let met = standing
            .get(&customer.contact)
            .filter(|it| it.cause == raised.cause && it.total == raised.total);
        match met {
            Some(it) if it.status == ExceptionStatus::Ignored => work.counts.ignored += 1,
            _ => exceptions += 1,
        }
        problems.insert(customer.contact.clone());
        if met.is_none_or(|it| it.retry_requested) {
            settlements.push(Settlement {
                log: vec![line(&customer, &raised)],
                raise: vec![raised],
                ..Settlement::default()
            });
        }
    }
    Ok(exceptions)
}

/// Leaves out money that is a record with an exception of its own; `None` where that says it all.
fn without_named(
    mut customer: CustomerApart,
    problems: &BTreeSet<RecordKey>,
) -> Option<CustomerApart> {
    for one in &mut customer.apart {
        one.documents.retain(|(side, credit)| {
            let record = RecordKey::new(*side, Kind::Payment, credit.id.as_str());
            let named = problems.contains(&record);
            if named {
                match side {
                    Side::Xero => one.difference -= credit.open,
                    Side::Erpnext => one.difference += credit.open,
                }
            }
            !named
        });
    }
    let open = |one: &CreditsApart| !one.documents.is_empty() && !one.difference.is_zero();
    customer.apart.retain(open);
    (!customer.apart.is_empty()).then_some(customer)
}

fn exception(customer: &CustomerApart) -> ExceptionWrite {
    ExceptionWrite {
        record: customer.contact.clone(),
        contact_name: customer.name.clone(),
        title: customer.name.clone(),
        total: match customer.apart.as_slice() {
            [one] => Some((Decimal::abs(&one.difference), one.currency)),
            _ => None,
        },
        cause: customer.cause(),
        fingerprint: None,
        tried: false,
    }
}

fn line(customer: &CustomerApart, raised: &ExceptionWrite) -> LogWrite {
    let mut line = LogWrite {
        kind: Some(Kind::Contact),
        title: raised.title.clone(),
        contact_name: raised.contact_name.clone(),
        total: raised.total,
        ..LogWrite::note(
            LogOutcome::Exception,
            Said::NeedsAttention(raised.cause.clone()),
        )
    };
    for key in std::iter::once(&customer.contact).chain(&customer.counterpart) {
        let id = Some(key.id.clone());
        match key.side {
            Side::Xero => line.xero_id = id,
            Side::Erpnext => line.erpnext_id = id,
        }
    }
    line
}
