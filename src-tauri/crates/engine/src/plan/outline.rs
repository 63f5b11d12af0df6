//! Which decisions a plan has to make about documents, before any of them is made.
//!
//! Which documents are one, and which number a new one gets, depends on all of them at once; what is
//! done about each does not. So the first is decided from [`Card`]s, and the second document by
//! document, with its whole content, in whatever slices the caller holds. Every document is in exactly
//! one [`Item`], and each item becomes exactly one [`Entry`].

mod contents;
mod freed;
mod items;
mod needed;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::{Kind, RemoteId, Side};

pub use self::contents::Contents;
use self::needed::needed;
use super::contacts::{Contacts, plan_contacts};
use super::documents::Planner;
use super::freeing::Freed;
use super::matching::match_records;
use super::names::{Number, Numbers};
use super::open_documents::{Expected, OpenDocuments, Outlook};
use super::payments::{PaymentPlanner, plan_payments};
use super::uses::{Uses, UsesPlanner};
use super::{
    Card, Documents, Entry, Incomplete, LinkedCard, MatchReason, PerSide, Policy, Situation,
    sort_key, unreadable,
};

/// The decisions about documents that a plan has to make, in its order.
#[derive(Debug, Default)]
pub struct Outline {
    contacts: Contacts,
    items: Vec<Item>,
    /// The decisions about credit notes, whose contents the situation holds.
    credit_notes: Vec<Item>,
    /// What becomes of the documents that payments and credit notes are for.
    open: OpenDocuments,
    /// What these will change of what is owed.
    expected: Expected,
    /// The documents that are freed of what settles them, to be edited.
    freed: Freed,
}

/// One decision to make: about one document, or about two that belong together.
#[derive(Debug)]
pub struct Item {
    kind: Kind,
    title: String,
    xero: Option<RemoteId>,
    erpnext: Option<RemoteId>,
    what: What,
}

/// What is known of an item.
#[derive(Debug)]
pub(super) enum What {
    /// The two are linked.
    Linked(i64),
    /// The two were recognised as one.
    Matched(MatchReason),
    /// An ERPNext draft that an unfinished replacement left behind; the link of the document that it
    /// was to replace, where that is looked at as well.
    Leftover(Option<i64>),
    /// It could be one of these on the other side.
    Several(Vec<RemoteId>),
    /// Its contact has to be settled first.
    Waits,
    /// Another document on the other side has its number.
    Clash(RemoteId),
    /// It is on one side alone, and gets this number on the other.
    Alone(Number),
    /// The row at this place could not be read.
    Unreadable(usize),
}

impl Outline {
    /// The decisions about invoices, in the order of the plan.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    fn uses<'a>(
        &'a self,
        kind: Kind,
        situation: &'a Situation,
        policy: &'a Policy,
    ) -> UsesPlanner<'a> {
        UsesPlanner {
            kind,
            situation,
            policy,
            contacts: &self.contacts,
            documents: &self.open,
            freed: &self.freed,
            expected: Expected::default(),
            left: BTreeMap::new(),
        }
    }

    fn payments<'a>(
        &'a self,
        situation: &'a Situation,
        policy: &'a Policy,
        uses: &'a Uses,
    ) -> PaymentPlanner<'a> {
        PaymentPlanner {
            situation,
            policy,
            contacts: &self.contacts,
            documents: &self.open,
            uses,
            money: OpenDocuments::of_money(situation),
            expected: Expected::default(),
            freed: &self.freed,
            claimed: BTreeSet::new(),
        }
    }

    /// Takes note of what was decided about documents: what is for them follows that.
    pub fn decided(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.open.decided(entry);
        }
    }
}

impl Item {
    fn linked(kind: Kind, pair: LinkedCard) -> Self {
        Self {
            kind,
            what: What::Linked(pair.link),
            title: pair.title,
            xero: pair.xero,
            erpnext: pair.erpnext,
        }
    }

    /// The document of a side.
    pub const fn id(&self, side: Side) -> Option<&RemoteId> {
        match side {
            Side::Xero => self.xero.as_ref(),
            Side::Erpnext => self.erpnext.as_ref(),
        }
    }

    /// The link of its documents, where they have one.
    pub const fn link(&self) -> Option<i64> {
        match self.what {
            What::Linked(link) => Some(link),
            _ => None,
        }
    }

    /// Whether its decision looks at the pair that is linked under its document's marker as well.
    pub const fn looks_beside(&self) -> bool {
        matches!(self.what, What::Leftover(Some(_)))
    }

    /// Whether its document could not be read, so that there is no content to load.
    pub const fn is_unreadable(&self) -> bool {
        matches!(self.what, What::Unreadable(_))
    }

    /// What becomes of its documents on the other side, as far as can be told before it is decided about.
    fn expect(&self, open: &mut OpenDocuments) {
        let both = (self.xero.as_ref(), self.erpnext.as_ref());
        for (side, id, other) in [
            (Side::Xero, both.0, both.1),
            (Side::Erpnext, both.1, both.0),
        ] {
            let Some(id) = id else { continue };
            let outlook = match (&self.what, other) {
                (What::Matched(_), Some(other)) => Outlook::Matched(other.clone()),
                (
                    What::Alone(Number::Taken(_)) | What::Several(_) | What::Waits | What::Clash(_),
                    _,
                ) => Outlook::Waits,
                (What::Alone(_), _) => Outlook::Created,
                (
                    What::Linked(_) | What::Matched(_) | What::Leftover(_) | What::Unreadable(_),
                    _,
                ) => {
                    continue;
                }
            };
            open.expect(side, id, outlook);
        }
    }

    /// Whether the rules leave a document alone that is on this side only.
    pub(super) fn stays(&self, policy: &Policy, side: Side, date: NaiveDate) -> bool {
        let too_old = policy.start_date.is_some_and(|start| date < start);
        let kept = !policy.direction(self.kind).allows(side.other());
        matches!(self.what, What::Alone(_)) && (kept || too_old)
    }

    /// The side of an item about one document.
    fn side(&self) -> Side {
        match self.xero {
            Some(_) => Side::Xero,
            None => Side::Erpnext,
        }
    }
}

/// Decides about the contacts, and which decisions are to be made about documents. Of the situation only
/// the contacts, the rows that could not be read and what is known besides are looked at. The entries of
/// the contacts are in the order of the plan.
///
/// # Errors
/// [`Incomplete`] where the planner itself is at fault.
pub fn outline(
    situation: &Situation,
    documents: Documents,
    policy: &Policy,
) -> Result<(Vec<Entry>, Outline), Incomplete> {
    let mut entries = Vec::new();
    let invoiced: BTreeSet<&RemoteId> = documents
        .unlinked
        .xero
        .iter()
        .map(|card| &card.contact)
        .collect();
    let needed = (policy.contacts_with_documents).then(|| needed(situation, &documents, policy));
    let contacts = plan_contacts(situation, &invoiced, needed.as_ref(), policy, &mut entries);
    drop(invoiced);
    unreadable(situation, Kind::Contact, &mut entries);
    entries.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
    let (nothing, expected) = (BTreeMap::new(), Expected::default());
    let uses = Uses::default();
    let planner = |kind: Kind| Planner {
        kind,
        situation,
        policy,
        contacts: &contacts,
        named: &nothing,
        expected: &expected,
        uses: &uses,
    };
    let mut open = OpenDocuments::of(situation);
    let notes = Documents::of(Kind::CreditNote, situation);
    let of_notes = Numbers::given(Kind::CreditNote, &notes);
    let (invoices, of_invoices) = items(&planner(Kind::Invoice), documents, &mut open, &of_notes)?;
    for item in &invoices {
        item.expect(&mut open);
    }
    let (credit_notes, _) = items(&planner(Kind::CreditNote), notes, &mut open, &of_invoices)?;
    for item in &credit_notes {
        item.expect(&mut open);
    }
    let freed = Freed::default();
    let uses_of = |kind: Kind| UsesPlanner {
        kind,
        situation,
        policy,
        contacts: &contacts,
        documents: &open,
        freed: &freed,
        expected: Expected::default(),
        left: BTreeMap::new(),
    };
    let (_, of_notes) = uses_of(Kind::CreditNote).plan(&credit_notes);
    let (of_money, expected_of_money) = uses_of(Kind::Payment).plan(&[]);
    // What becomes of payments follows what becomes of their invoices, and what is said of an invoice
    // follows what becomes of its payments: the invoices are expected to be carried out.
    let (_, expected) = plan_payments(PaymentPlanner {
        situation,
        policy,
        contacts: &contacts,
        documents: &open,
        freed: &freed,
        uses: &of_money,
        money: OpenDocuments::of_money(situation),
        expected: Expected::default(),
        claimed: BTreeSet::new(),
    });
    let outline = Outline {
        contacts,
        items: invoices,
        credit_notes,
        open,
        expected: expected.and(&of_notes).and(&expected_of_money),
        freed: Freed::default(),
    };
    Ok((entries, outline))
}

/// Decides about the credit notes, once all invoices were decided about ([`Outline::decided`]). The entries
/// are in the order of the plan.
///
/// # Errors
/// [`Incomplete`] where the planner itself is at fault.
pub fn decide_credit_notes(
    outline: &Outline,
    situation: &Situation,
    policy: &Policy,
) -> Result<Vec<Entry>, Incomplete> {
    let items = &outline.credit_notes;
    let (uses, _) = outline
        .uses(Kind::CreditNote, situation, policy)
        .plan(items);
    let nothing = BTreeMap::new();
    let contents = Contents::of(&situation.pairs, &situation.unlinked, &nothing);
    decided(outline, items, &contents, (situation, policy), &uses)
}

/// Decides about the payments, once all documents were decided about ([`Outline::decided`]). The entries
/// are in the order of the plan.
///
/// # Errors
/// [`Incomplete`] where the planner itself is at fault.
pub fn decide_payments(
    outline: &Outline,
    situation: &Situation,
    policy: &Policy,
) -> Result<Vec<Entry>, Incomplete> {
    let (uses, _) = outline.uses(Kind::Payment, situation, policy).plan(&[]);
    let (entries, _) = plan_payments(outline.payments(situation, policy, &uses));
    let mut times: BTreeMap<(Side, &RemoteId), u32> = situation
        .every_record()
        .filter(|(kind, ..)| *kind == Kind::Payment)
        .map(|(_, side, id)| ((side, id), 0))
        .collect();
    for entry in &entries {
        for (side, subject) in [(Side::Xero, &entry.xero), (Side::Erpnext, &entry.erpnext)] {
            let subject = subject.as_ref().map(|it| (side, &it.id));
            if let Some(times) = subject.and_then(|key| times.get_mut(&key)) {
                *times += 1;
            }
        }
    }
    let wrong = times.into_iter().find(|(_, times)| *times != 1);
    match wrong.map(|((side, id), times)| (side, id.clone(), times)) {
        Some((side, id, times)) => Err(Incomplete {
            kind: Kind::Payment,
            side,
            id: Some(id),
            times,
        }),
        None => Ok(entries),
    }
}

/// Decides about some items, in their order.
///
/// # Errors
/// [`Incomplete`] where the content of one of them is missing, or the planner itself is at fault.
pub fn decide<'i>(
    outline: &Outline,
    items: impl IntoIterator<Item = &'i Item>,
    contents: &Contents<'_>,
    situation: &Situation,
    policy: &Policy,
) -> Result<Vec<Entry>, Incomplete> {
    let none = Uses::default();
    decided(outline, items, contents, (situation, policy), &none)
}

fn decided<'i>(
    outline: &Outline,
    items: impl IntoIterator<Item = &'i Item>,
    contents: &Contents<'_>,
    (situation, policy): (&Situation, &Policy),
    uses: &Uses,
) -> Result<Vec<Entry>, Incomplete> {
    let decided = items.into_iter().map(|item| {
        let planner = Planner {
            kind: item.kind,
            situation,
            policy,
            contacts: &outline.contacts,
            named: contents.contacts,
            expected: &outline.expected,
            uses,
        };
        let entry = planner.decide(item, contents);
        // About the very documents that the item is about, and no others.
        let about = |entry: &Entry| {
            let of = |side: Side| match side {
                Side::Xero => entry.xero.as_ref().map(|it| &it.id),
                Side::Erpnext => entry.erpnext.as_ref().map(|it| &it.id),
            };
            Side::BOTH.into_iter().all(|side| of(side) == item.id(side))
        };
        entry.filter(about).ok_or_else(|| {
            let side = item.side();
            Incomplete {
                kind: item.kind,
                side,
                id: item.id(side).cloned(),
                times: 0,
            }
        })
    });
    decided.collect()
}

/// Cards of which each is taken out once, when it has its item.
fn takeable(cards: Vec<Card>) -> Vec<Option<Card>> {
    cards.into_iter().map(Some).collect()
}

/// The identity and the number of the card at a place.
fn take(cards: &mut [Option<Card>], place: Option<usize>) -> Option<(RemoteId, Option<String>)> {
    let card = cards.get_mut(place?)?.take()?;
    Some((card.id, card.number))
}

/// An item before its documents are named: their places in the two lists.
type Placed = (What, Option<usize>, Option<usize>);

/// The decisions about documents of a kind, and the numbers in use then. `others` are those of documents
/// of another kind.
fn items(
    planner: &Planner<'_>,
    documents: Documents,
    open: &mut OpenDocuments,
    others: &Numbers,
) -> Result<(Vec<Item>, Numbers), Incomplete> {
    let Documents { unlinked, linked } = documents;
    let situation = planner.situation;
    // What is left over belongs to nothing, though it carries a marker.
    let (leftovers, erpnext): (Vec<Card>, Vec<Card>) = unlinked
        .erpnext
        .into_iter()
        .partition(|card| situation.leftovers.contains(&card.id));
    let xero = unlinked.xero;
    let (placed, numbers) = placed(planner, (&xero, &erpnext), &leftovers, others);
    prove(planner.kind, &placed, (&xero, &erpnext))?;
    let cards = placed.iter().map(|(_, left, right)| {
        let (left, right) = (left.map(|it| xero.get(it)), right.map(|it| erpnext.get(it)));
        (left.flatten(), right.flatten())
    });
    open.add(situation, cards);
    let mut items: Vec<Item> = Vec::with_capacity(placed.len() + leftovers.len() + linked.len());
    items.extend(leftovers.into_iter().map(|card| {
        let mut replaced = linked
            .iter()
            .filter(|it| it.xero.is_some() && it.xero == card.marker);
        Item {
            kind: planner.kind,
            what: What::Leftover(replaced.next().map(|it| it.link)),
            title: titled(card.number),
            xero: None,
            erpnext: Some(card.id),
        }
    }));
    let (mut xero, mut erpnext) = (takeable(xero), takeable(erpnext));
    for (what, left, right) in placed {
        let (left, right) = (take(&mut xero, left), take(&mut erpnext, right));
        let number = left.as_ref().or(right.as_ref()).and_then(|it| it.1.clone());
        items.push(Item {
            kind: planner.kind,
            what,
            title: titled(number),
            xero: left.map(|it| it.0),
            erpnext: right.map(|it| it.0),
        });
    }
    let linked = linked.into_iter();
    items.extend(linked.map(|pair| Item::linked(planner.kind, pair)));
    let unreadable = situation.unreadable.iter().enumerate();
    items.extend(
        unreadable
            .filter(|(_, row)| row.kind == planner.kind)
            .map(|(place, row)| Item {
                kind: row.kind,
                what: What::Unreadable(place),
                title: row.title.clone(),
                xero: (row.side == Side::Xero).then(|| row.id.clone()),
                erpnext: (row.side == Side::Erpnext).then(|| row.id.clone()),
            }),
    );
    items.sort_by(|left, right| item_key(left).cmp(&item_key(right)));
    Ok((items, numbers))
}

/// The order of the plan, as [`sort_key`] says it of entries.
const fn item_key(item: &Item) -> (&String, Option<&RemoteId>, Option<&RemoteId>) {
    (&item.title, item.xero.as_ref(), item.erpnext.as_ref())
}

/// What a person calls a document of this number.
fn titled(number: Option<String>) -> String {
    number.unwrap_or_else(|| "(no number)".to_owned())
}

/// Every document without a link is in exactly one item.
fn prove(
    kind: Kind,
    placed: &[Placed],
    (xero, erpnext): (&[Card], &[Card]),
) -> Result<(), Incomplete> {
    let mut times = PerSide {
        xero: vec![0_u32; xero.len()],
        erpnext: vec![0_u32; erpnext.len()],
    };
    for (_, left, right) in placed {
        for (side, place) in [(Side::Xero, left), (Side::Erpnext, right)] {
            if let Some(count) = place.and_then(|place| times.get_mut(side).get_mut(place)) {
                *count += 1;
            }
        }
    }
    for (side, cards) in [(Side::Xero, xero), (Side::Erpnext, erpnext)] {
        let mut counted = cards.iter().zip(times.get(side));
        if let Some((card, times)) = counted.find(|(_, times)| **times != 1) {
            return Err(Incomplete {
                kind,
                side,
                id: Some(card.id.clone()),
                times: *times,
            });
        }
    }
    Ok(())
}

/// Documents without a link: recognised, for a person to decide, or new.
fn placed(
    planner: &Planner<'_>,
    (xero, erpnext): (&[Card], &[Card]),
    leftovers: &[Card],
    others: &Numbers,
) -> (Vec<Placed>, Numbers) {
    let (left, right): (Vec<&Card>, Vec<&Card>) = (xero.iter().collect(), erpnext.iter().collect());
    let same_contact = |xero: &RemoteId, erpnext: &RemoteId| planner.are_one(xero, erpnext);
    let matches = match_records(
        planner.kind,
        planner.situation,
        (&left, &right),
        &same_contact,
    );
    let mut placed: Vec<Placed> = Vec::new();
    let mut done = (vec![false; xero.len()], vec![false; erpnext.len()]);
    for (left, right, reason) in matches.pairs {
        placed.push((What::Matched(reason), Some(left), Some(right)));
    }
    let ids = |places: &[usize], of: &[Card]| -> Vec<RemoteId> {
        places
            .iter()
            .filter_map(|place| Some(of.get(*place)?.id.clone()))
            .collect()
    };
    for group in matches.ambiguous {
        let (ours, theirs) = (ids(&group.xero, xero), ids(&group.erpnext, erpnext));
        for place in group.xero {
            placed.push((What::Several(theirs.clone()), Some(place), None));
        }
        for place in group.erpnext {
            placed.push((What::Several(ours.clone()), None, Some(place)));
        }
    }
    for (left, right) in matches.waiting {
        placed.push((What::Waits, Some(left), None));
        placed.push((What::Waits, None, Some(right)));
    }
    for (left, right) in matches.clashes {
        if let (Some(ours), Some(theirs)) = (xero.get(left), erpnext.get(right)) {
            placed.push((What::Clash(theirs.id.clone()), Some(left), None));
            placed.push((What::Clash(ours.id.clone()), None, Some(right)));
        }
    }
    for (_, left, right) in &placed {
        for (place, done) in [(left, &mut done.0), (right, &mut done.1)] {
            if let Some(done) = place.and_then(|place| done.get_mut(place)) {
                *done = true;
            }
        }
    }
    let with_leftovers: Vec<&Card> = erpnext.iter().chain(leftovers).collect();
    let unlinked = PerSide {
        xero: left.as_slice(),
        erpnext: with_leftovers.as_slice(),
    };
    let numbers = Numbers::of(planner.kind, planner.situation, &unlinked);
    let mut numbers = numbers.and(others);
    for (side, cards, done) in [
        (Side::Xero, xero, &done.0),
        (Side::Erpnext, erpnext, &done.1),
    ] {
        for (place, card) in cards.iter().enumerate() {
            if done.get(place) == Some(&true) {
                continue;
            }
            let standing = (card.state, card.marker.is_some(), card.date);
            let number = match planner.stays(side, standing) {
                None => numbers.free_on(side.other(), card, planner.situation),
                Some(_) => Number::Own,
            };
            placed.push(match side {
                Side::Xero => (What::Alone(number), Some(place), None),
                Side::Erpnext => (What::Alone(number), None, Some(place)),
            });
        }
    }
    (placed, numbers)
}
