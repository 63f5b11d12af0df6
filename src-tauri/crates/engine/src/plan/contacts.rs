//! Decisions about contacts.

use std::collections::{BTreeMap, BTreeSet};

use ledger::agreement::ContactField;
use ledger::contact::{core_name, folded_name};
use ledger::merge::{ContactBase, edited, keep_contact, merge_contacts};
use ledger::problem::Difference;
use ledger::{Cause, Contact, Kind, Record, RemoteId, Side};

use super::matching::match_records;
use super::names::Names;
use super::translate::carried_contact;
use super::{
    ContactLink, Direction, Entry, LinkedPair, MatchReason, Outcome, PlannedWrite, Policy, Scope,
    SideRecord, Situation, double, mark, planned, single, unless_refused,
};
use crate::books::Change;

/// Where the counterpart of a contact stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ContactState {
    /// It exists.
    Known {
        /// Its identity on the other side.
        other: RemoteId,
        /// Whether it is archived there.
        archived: bool,
    },
    /// This plan creates it.
    Planned,
    /// There is none, and none is made: the contact itself is archived.
    Archived,
    /// It cannot be synced now.
    Blocked,
}

/// The contacts that a plan decides about, of either side.
pub(super) type Contacts = BTreeMap<(Side, RemoteId), ContactState>;

/// Where the counterpart of a contact stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counterpart<'a> {
    /// It exists.
    Known { other: &'a RemoteId, archived: bool },
    /// This plan creates it.
    Planned,
    /// There is none, and none is made: the contact itself is archived.
    Archived,
    /// It cannot be synced now.
    Blocked,
}

/// Where the counterpart of a contact stands, by what this plan decides about it, else by what is `known`
/// of those that it does not look at; `None` where nothing is.
pub(super) fn counterpart<'a, const N: usize>(
    contacts: &'a Contacts,
    known: [&'a BTreeMap<(Side, RemoteId), ContactLink>; N],
    side: Side,
    id: &RemoteId,
) -> Option<Counterpart<'a>> {
    let key = (side, id.clone());
    match contacts.get(&key) {
        Some(ContactState::Known { other, archived }) => {
            let archived = *archived;
            Some(Counterpart::Known { other, archived })
        }
        Some(ContactState::Planned) => Some(Counterpart::Planned),
        Some(ContactState::Archived) => Some(Counterpart::Archived),
        Some(ContactState::Blocked) => Some(Counterpart::Blocked),
        None => {
            let link = known.into_iter().find_map(|known| known.get(&key))?;
            Some(Counterpart::Known {
                other: &link.other,
                archived: link.other_archived,
            })
        }
    }
}

/// Decides about the contacts. `invoiced` are those that a Xero invoice without a link is made out to; `needed`
/// those that a record which is carried names, where the rules carry no others.
pub(super) fn plan_contacts(
    situation: &Situation,
    invoiced: &BTreeSet<&RemoteId>,
    needed: Option<&BTreeSet<(Side, RemoteId)>>,
    policy: &Policy,
    entries: &mut Vec<Entry>,
) -> Contacts {
    let mut contacts = Contacts::new();
    for pair in &situation.pairs {
        if let Some(entry) = linked(situation, policy, pair) {
            if let (Some((side, here)), Outcome::Problem { .. }) = (alone(pair), &entry.outcome) {
                // Its documents have nobody to be written to.
                contacts.insert((side, here.id.clone()), ContactState::Blocked);
            }
            entries.push(entry);
        }
    }
    let xero: Vec<&SideRecord> = situation.unlinked_of(Kind::Contact, Side::Xero).collect();
    let erpnext: Vec<&SideRecord> = situation
        .unlinked_of(Kind::Contact, Side::Erpnext)
        .collect();
    let matches = match_records(Kind::Contact, situation, (&xero, &erpnext), &|_, _| None);
    let mut done = (BTreeSet::new(), BTreeSet::new());
    let mut names = Names::of(situation, (&xero, &erpnext), &matches.pairs);
    for (left, right, reason) in matches.pairs {
        done.0.insert(left);
        done.1.insert(right);
        known_to_each_other(&mut contacts, xero[left], erpnext[right]);
        entries.push(matched(
            situation,
            policy,
            xero[left],
            erpnext[right],
            reason,
        ));
    }
    for group in matches.ambiguous {
        let ids = |indexes: &[usize], records: &[&SideRecord]| -> Vec<RemoteId> {
            indexes
                .iter()
                .map(|index| records[*index].id.clone())
                .collect()
        };
        for (side, mine, records, candidates) in [
            (
                Side::Xero,
                &group.xero,
                &xero,
                ids(&group.erpnext, &erpnext),
            ),
            (
                Side::Erpnext,
                &group.erpnext,
                &erpnext,
                ids(&group.xero, &xero),
            ),
        ] {
            for index in mine {
                contacts.insert((side, records[*index].id.clone()), ContactState::Blocked);
                let cause = Cause::SeveralCandidates {
                    side: side.other(),
                    candidates: candidates.clone(),
                };
                entries.push(single(
                    side,
                    records[*index],
                    Outcome::Problem { side, cause },
                ));
            }
        }
        done.0.extend(group.xero);
        done.1.extend(group.erpnext);
    }
    // Xero turns a supplier into a customer with its first sales invoice without telling
    // (Xero developer docs, "Contacts", If-Modified-Since), so the invoices are asked as well.
    for (side, records, done) in [
        (Side::Xero, &xero, &done.0),
        (Side::Erpnext, &erpnext, &done.1),
    ] {
        for (index, record) in records.iter().enumerate() {
            if done.contains(&index) {
                continue;
            }
            let supplier = record
                .record
                .as_contact()
                .is_some_and(|it| it.supplier_only);
            let outcome = if supplier && !invoiced.contains(&record.id) {
                Outcome::OutOfScope(Scope::Supplier)
            } else if needed.is_some_and(|needed| !needed.contains(&(side, record.id.clone()))) {
                Outcome::OutOfScope(Scope::NoDocuments)
            } else {
                create(situation, policy, side, record, &mut names)
            };
            let state = match &outcome {
                Outcome::Write(_) => ContactState::Planned,
                // Nobody is asked about the contact, so whoever needs it says why.
                Outcome::OutOfScope(Scope::Ended) => ContactState::Archived,
                _ => ContactState::Blocked,
            };
            contacts.insert((side, record.id.clone()), state);
            entries.push(single(side, record, outcome));
        }
    }
    contacts
}

fn known_to_each_other(contacts: &mut Contacts, xero: &SideRecord, erpnext: &SideRecord) {
    let state = |of: &SideRecord| ContactState::Known {
        other: of.id.clone(),
        archived: of.record.ended(),
    };
    contacts.insert((Side::Xero, xero.id.clone()), state(erpnext));
    contacts.insert((Side::Erpnext, erpnext.id.clone()), state(xero));
}

/// The writes of a merge to the sides that are allowed.
fn updates(
    allows: impl Fn(Side) -> bool,
    xero: (&SideRecord, Option<Contact>),
    erpnext: (&SideRecord, Option<Contact>),
) -> Vec<(Side, PlannedWrite)> {
    let (left, right) = (xero.0, erpnext.0);
    [(Side::Xero, xero, right), (Side::Erpnext, erpnext, left)]
        .into_iter()
        .filter_map(|(target, (record, to), source)| {
            let to = to.filter(|_| allows(target))?;
            let change = Change::Update {
                id: record.id.clone(),
                version: record.version.clone(),
                from: record.record.clone(),
                to: Record::Contact(to),
                source: source.id.clone(),
                source_link: None,
                under_way: false,
            };
            Some((target, planned(target, change, source)))
        })
        .collect()
}

/// A contact that is linked.
fn linked(situation: &Situation, policy: &Policy, pair: &LinkedPair) -> Option<Entry> {
    if pair.kind() != Some(Kind::Contact) {
        return None;
    }
    let (xero, erpnext) = match (&pair.xero, &pair.erpnext) {
        (Some(xero), Some(erpnext)) => (xero, erpnext),
        (Some(here), None) => return Some(vanished(pair.link, Side::Xero, here)),
        (None, Some(here)) => return Some(vanished(pair.link, Side::Erpnext, here)),
        (None, None) => return None,
    };
    let (left, right) = (xero.record.as_contact()?, erpnext.record.as_contact()?);
    if let Some(into) = situation.merged.get(&xero.id) {
        return Some(merged(pair.link, xero, erpnext, Side::Xero, into));
    }
    if let Some(into) = situation.merged_customers.get(&erpnext.id) {
        return Some(merged(pair.link, xero, erpnext, Side::Erpnext, into));
    }
    let base = pair.base.as_ref().and_then(|base| {
        Some(ContactBase {
            xero: base.xero.as_contact()?,
            erpnext: base.erpnext.as_contact()?,
        })
    });
    let mut merge = merge_contacts(base, left, right, None);
    // The side that gives way by a rule, and in what.
    let mut decided = None;
    let mut allows: &dyn Fn(Side) -> bool = &|target| policy.contacts.allows(target);
    let not_carried = base.map_or_else(Vec::new, |base| not_carried(policy, base, left, right));
    if let Some(side) = situation.kept(&xero.id, &erpnext.id, &not_carried) {
        // Taken over once, or put back.
        merge = keep_contact(left, right, side, &not_carried);
        allows = &|_| true;
    } else if let Some(side) = situation.kept(&xero.id, &erpnext.id, &merge.conflicts) {
        merge = merge_contacts(base, left, right, Some(side));
    } else if let (Some(side), true) = (
        policy.conflicts.get(&Kind::Contact),
        base.is_some() && !merge.conflicts.is_empty(),
    ) {
        decided = Some((side.other(), std::mem::take(&mut merge.conflicts)));
        merge = merge_contacts(base, left, right, Some(*side));
    } else if merge.conflicts.is_empty() {
        // A side did not keep what was carried to it, and a person says which of the two holds: that is
        // all that differs, whoever changed it.
        let differences = Record::differences(&xero.record, &erpnext.record);
        if let Some(side) = situation.kept(&xero.id, &erpnext.id, &differences) {
            merge = keep_contact(left, right, side, &differences);
        }
    }
    let outcome = if let Some(cause) = nowhere_to_go(&merge.unclear, left) {
        Outcome::Problem {
            side: Side::Xero,
            cause,
        }
    } else if merge.conflicts.is_empty() {
        let mut writes = updates(allows, (xero, merge.xero), (erpnext, merge.erpnext));
        let taken = situation
            .kept(&xero.id, &erpnext.id, &not_carried)
            .is_some();
        if let Some((target, first)) = writes.first_mut() {
            let source = target.other();
            first.leaves_edits = !not_carried.is_empty() && !taken;
            if let Some((gives_way, fields)) = decided {
                let mut to = writes.iter_mut().filter(|(target, _)| *target == gives_way);
                if let Some((_, write)) = to.next() {
                    write.decided = fields;
                }
            }
            let id = if source == Side::Xero {
                &xero.id
            } else {
                &erpnext.id
            };
            let mut writes: Vec<_> = writes.into_iter().map(|(_, write)| write).collect();
            writes.extend(mark(xero, erpnext));
            unless_refused(situation, Kind::Contact, source, id, writes)
        } else if let (Some(side), false) = (one_way_from(policy), not_carried.is_empty()) {
            let cause = Cause::EditedOneWay {
                side,
                differences: not_carried,
                offered: Side::BOTH.to_vec(),
            };
            Outcome::Problem { side, cause }
        } else if let Some(mark) = mark(xero, erpnext) {
            unless_refused(situation, Kind::Contact, Side::Xero, &xero.id, vec![mark])
        } else if base.is_some_and(|base| left == base.xero && right == base.erpnext) {
            Outcome::Agrees
        } else {
            Outcome::Rebase
        }
    } else {
        let (differences, offered) = (merge.conflicts, offered(policy.contacts));
        let cause = match base {
            Some(_) => Cause::BothChanged {
                differences,
                offered,
            },
            // A person said that they are one; which values hold is asked next.
            None => Cause::DifferOnBothSides {
                differences,
                offered,
            },
        };
        Outcome::Problem {
            side: Side::Xero,
            cause,
        }
    };
    Some(double(Some(pair.link), xero, erpnext, outcome))
}

/// The side from which the rules carry no contacts, where they carry them one way.
fn one_way_from(policy: &Policy) -> Option<Side> {
    let from = |side: &Side| policy.contacts.is_one_way() && !policy.contacts.allows(side.other());
    Side::BOTH.into_iter().find(from)
}

/// What was edited on a side from which the rules carry nothing. That a value is missing on the other side since
/// they were linked is no edit.
fn not_carried(
    policy: &Policy,
    base: ContactBase<'_>,
    xero: &Contact,
    erpnext: &Contact,
) -> Vec<Difference> {
    one_way_from(policy).map_or_else(Vec::new, |side| edited(base, xero, erpnext, side))
}

/// Why fields that were changed cannot be carried: the other side has several of them, and none is
/// marked as the one that counts. It is carried as soon as one is.
fn nowhere_to_go(fields: &[ContactField], xero: &Contact) -> Option<Cause> {
    let field = fields.first()?;
    let (field, several) = match field {
        ContactField::Address => ("primary address", "addresses"),
        _ => ("primary contact", "contacts"),
    };
    let side = if fields.iter().any(|it| xero.unclear.contains(it)) {
        Side::Xero
    } else {
        Side::Erpnext
    };
    Some(Cause::Invalid {
        side,
        field: field.to_owned(),
        why: format!("it has several {several}, and none is marked as the primary one"),
    })
}

/// The sides whose values may be carried to the other.
fn offered(direction: Direction) -> Vec<Side> {
    let carried = |side: &Side| direction.allows(side.other());
    Side::BOTH.into_iter().filter(carried).collect()
}

/// A contact that was merged into another on a side, where merging cannot be undone: its counterpart
/// is neither archived nor are its documents rewritten, until its own side is merged too.
fn merged(
    link: i64,
    xero: &SideRecord,
    erpnext: &SideRecord,
    side: Side,
    into: &RemoteId,
) -> Entry {
    let other = match side {
        Side::Xero => erpnext,
        Side::Erpnext => xero,
    };
    let outcome = if other.record.ended() {
        Outcome::Agrees
    } else {
        let cause = Cause::Merged {
            side,
            into: into.clone(),
        };
        Outcome::Problem {
            side: Side::Xero,
            cause,
        }
    };
    double(Some(link), xero, erpnext, outcome)
}

/// The record of a pair whose other one is gone.
const fn alone(pair: &LinkedPair) -> Option<(Side, &SideRecord)> {
    match (&pair.xero, &pair.erpnext) {
        (Some(here), None) => Some((Side::Xero, here)),
        (None, Some(here)) => Some((Side::Erpnext, here)),
        _ => None,
    }
}

/// A record whose counterpart is gone: for a person to look at, unless it has come to its own end.
pub(super) fn vanished(link: i64, here: Side, record: &SideRecord) -> Entry {
    let outcome = if record.record.ended() {
        Outcome::Agrees
    } else {
        let cause = Cause::Vanished { side: here.other() };
        Outcome::Problem { side: here, cause }
    };
    let mut entry = single(here, record, outcome);
    entry.link = Some(link);
    entry
}

/// Two contacts recognised as one.
fn matched(
    situation: &Situation,
    policy: &Policy,
    xero: &SideRecord,
    erpnext: &SideRecord,
    reason: MatchReason,
) -> Entry {
    let (Some(left), Some(right)) = (xero.record.as_contact(), erpnext.record.as_contact()) else {
        return double(None, xero, erpnext, Outcome::Rebase);
    };
    let mut merge = merge_contacts(None, left, right, None);
    // Our marker goes along where a customer is renamed, so it says nothing of the name.
    let renamed = (erpnext.marker.as_ref() == Some(&xero.id))
        .then(|| renamed(left, right, &erpnext.id))
        .flatten();
    merge.conflicts.splice(0..0, renamed.clone());
    if let Some(side) = situation.kept(&xero.id, &erpnext.id, &merge.conflicts) {
        merge = merge_contacts(None, left, right, Some(side));
        if renamed.is_some() {
            let (from, to, onto) = match side {
                Side::Xero => (left, right, &mut merge.erpnext),
                Side::Erpnext => (right, left, &mut merge.xero),
            };
            let to = onto.get_or_insert_with(|| to.clone());
            to.name.clone_from(&from.name);
        }
    }
    let outcome = if merge.conflicts.is_empty() {
        let writes: Vec<PlannedWrite> = updates(
            |target| policy.contacts.allows(target),
            (xero, merge.xero),
            (erpnext, merge.erpnext),
        )
        .into_iter()
        .map(|(_, write)| write)
        .chain(mark(xero, erpnext))
        .collect();
        match unless_refused(situation, Kind::Contact, Side::Xero, &xero.id, writes) {
            Outcome::Write(writes) => Outcome::Link {
                reason,
                differences: Vec::new(),
                writes,
            },
            other => other,
        }
    } else if reason == MatchReason::Person {
        // Who is who is settled by that, and stays settled; the values are asked about next.
        let marked = mark(xero, erpnext).into_iter().collect();
        match unless_refused(situation, Kind::Contact, Side::Xero, &xero.id, marked) {
            Outcome::Write(writes) => Outcome::Link {
                reason,
                differences: merge.conflicts,
                writes,
            },
            other => other,
        }
    } else {
        Outcome::Problem {
            side: Side::Xero,
            cause: Cause::DifferOnBothSides {
                differences: merge.conflicts,
                offered: offered(policy.contacts),
            },
        }
    };
    double(None, xero, erpnext, outcome)
}

/// How two contacts that were linked before are called, where that is more than two wordings of one name
/// and the second customer of a name told apart in Xero ([`Names`]).
fn renamed(xero: &Contact, erpnext: &Contact, customer: &RemoteId) -> Option<Difference> {
    let (there, here) = (folded_name(&xero.name), folded_name(&erpnext.name));
    let told_apart = there.strip_prefix(&here).is_some_and(|rest| {
        let number = rest.trim();
        number.chars().all(|c| c.is_ascii_digit()) || number == folded_name(customer.as_str())
    });
    let same = told_apart || core_name(&there) == core_name(&here);
    (!same).then(|| Difference {
        field: ContactField::Name.label().to_owned(),
        xero: ContactField::Name.shown(xero),
        erpnext: ContactField::Name.shown(erpnext),
    })
}

/// A contact that exists on one side only.
fn create(
    situation: &Situation,
    policy: &Policy,
    side: Side,
    record: &SideRecord,
    names: &mut Names,
) -> Outcome {
    let target = side.other();
    let Some(contact) = record.record.as_contact() else {
        return Outcome::OutOfScope(Scope::Direction);
    };
    if contact.archived {
        return Outcome::OutOfScope(Scope::Ended);
    }
    if side == Side::Erpnext && record.marker.is_some() {
        return Outcome::Problem {
            side,
            cause: Cause::Vanished { side: Side::Xero },
        };
    }
    if !policy.contacts.allows(target) {
        return Outcome::OutOfScope(Scope::Direction);
    }
    let mut to = carried_contact(contact);
    match names.free_on(target, record, contact, situation) {
        Ok(name) => to.name = name,
        Err(by) => {
            let cause = Cause::NameTaken {
                side: target,
                name: contact.name.clone(),
                by: Some(by),
            };
            return Outcome::Problem { side, cause };
        }
    }
    let change = Change::Create {
        record: Record::Contact(to),
        source: record.id.clone(),
        source_link: None,
    };
    let writes = vec![planned(target, change, record)];
    unless_refused(situation, Kind::Contact, side, &record.id, writes)
}
