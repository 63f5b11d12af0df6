//! What becomes of each record that a run wrote.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ledger::agreement::{Counterparts, content_differences};
use ledger::allocation::by_invoice;
use ledger::{
    Document, DocumentState, Kind, Money, PaidDocument, Record, Reference, RemoteId, Side,
};
use rust_decimal::Decimal;

use super::{Action, Case, Deed, Did, Nothing, Other, Stays, Verdict};
use crate::books::Change;
use crate::digest;
use crate::plan::SideRecord;

/// What a record is named by on both sides together.
type Key<'a> = (Side, Kind, &'a RemoteId);

/// Says of each deed what becomes of it, in the order of the case. What hangs on something goes before it, and what
/// stays keeps what it is for, and what it came with, from going.
pub fn judge(case: &Case) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = case.deeds.iter().map(|deed| alone(case, deed)).collect();
    let desk = Desk::of(case);
    loop {
        let going = desk.going(&verdicts);
        let mut stays = Vec::new();
        for (place, (deed, verdict)) in case.deeds.iter().zip(&verdicts).enumerate() {
            if matches!(verdict, Verdict::Undo(..))
                && let Some(why) = desk.keeps(deed, &going)
            {
                stays.push((place, why));
            }
        }
        if stays.is_empty() {
            return verdicts;
        }
        // What keeps something is known of all before any is kept: so nothing depends on the order.
        for (place, why) in stays {
            if let Some(verdict) = verdicts.get_mut(place) {
                *verdict = Verdict::Stays(why);
            }
        }
    }
}

/// What becomes of a record as far as it tells by itself.
fn alone(case: &Case, deed: &Deed) -> Verdict {
    if deed.undone {
        return Verdict::Nothing(Nothing::Undone);
    }
    let Some(now) = &deed.now else {
        return Verdict::Nothing(Nothing::Gone);
    };
    match &deed.did {
        Did::Ended => Verdict::Stays(Stays::CannotReturn),
        Did::Created | Did::CreatedAnew => created(case, deed, now),
        Did::Changed(was) => changed(case, deed, now, was.as_deref()),
    }
}

fn created(case: &Case, deed: &Deed, now: &SideRecord) -> Verdict {
    if now.record.ended() {
        return match &deed.in_its_place {
            Some(by) => Verdict::Stays(Stays::Replaced(by.clone())),
            None => Verdict::Nothing(Nothing::Ended),
        };
    }
    let why = match (&deed.did, &deed.in_its_place) {
        (_, Some(by)) => Some(Stays::Replaced(by.clone())),
        (Did::CreatedAnew, _) => Some(Stays::CreatedAnew),
        _ => touched(case, deed, now),
    };
    if let Some(why) = why.or_else(|| closed(case, deed.side, &now.record)) {
        return Verdict::Stays(why);
    }
    match &now.record {
        Record::Contact(_) => {
            let mut to = now.record.clone();
            to.end();
            let update = update(deed, now, to);
            Verdict::Undo(Action::Archive, vec![update])
        }
        Record::Invoice(_) | Record::CreditNote(_) | Record::Payment(_) => {
            Verdict::Undo(ended_by(deed.side, &now.record), ended(deed, now))
        }
    }
}

/// How a document or payment is ended on its side.
fn ended_by(side: Side, record: &Record) -> Action {
    let draft = record.state() == Some(DocumentState::Draft);
    let deletes = side == Side::Xero && record.kind() == Kind::Payment;
    if draft || deletes {
        Action::Delete
    } else {
        Action::Void
    }
}

/// The writes that end a document or payment: what it is used for by vouchers of their own is taken back first.
fn ended(deed: &Deed, now: &SideRecord) -> Vec<Change> {
    let uses = now.record.uses();
    let apart = match &now.record {
        Record::Payment(payment) => payment.on_account && !uses.is_empty(),
        _ => uses.iter().any(|used| used.id.is_some()),
    };
    let mut changes = Vec::new();
    let mut from = now.record.clone();
    if apart {
        from = now.record.used_for(Vec::new());
        changes.push(allocate(deed, now, from.clone()));
    }
    changes.push(Change::End {
        id: now.id.clone(),
        version: now.version.clone(),
        from,
    });
    changes
}

fn changed(case: &Case, deed: &Deed, now: &SideRecord, was: Option<&Record>) -> Verdict {
    let Some(was) = was else {
        return Verdict::Stays(Stays::NotKept);
    };
    if now.record.ended_for_good() {
        return match &deed.in_its_place {
            Some(by) => Verdict::Stays(Stays::Replaced(by.clone())),
            None => Verdict::Nothing(Nothing::Ended),
        };
    }
    let same_uses = by_invoice(&now.record.uses()) == by_invoice(&was.uses());
    let same_content = without_uses(&now.record).same_content(&without_uses(was));
    if same_uses && same_content {
        return Verdict::Nothing(Nothing::AsBefore);
    }
    let why = touched(case, deed, now)
        .or_else(|| closed(case, deed.side, &now.record))
        .or_else(|| closed(case, deed.side, was));
    if let Some(why) = why {
        return Verdict::Stays(why);
    }
    if same_content {
        let to = now.record.used_for(was.uses());
        return Verdict::Undo(Action::TakeBack, vec![allocate(deed, now, to)]);
    }
    let (Some(ours), Some(before)) = (now.record.document(), was.document()) else {
        // A contact; a payment is never edited.
        return Verdict::Undo(Action::SetBack, vec![update(deed, now, was.clone())]);
    };
    if ours.state != before.state {
        return Verdict::Stays(Stays::Approved);
    }
    // Neither system lets a document be edited that is settled.
    if !ours.settled().is_zero() {
        return Verdict::Stays(Stays::Settled(Money {
            amount: ours.settled(),
            currency: ours.currency,
        }));
    }
    let to = set_back(ours, before);
    let to = Record::of_document(deed.kind, to);
    Verdict::Undo(Action::SetBack, vec![update(deed, now, to)])
}

/// The record as if nobody used it for anything.
fn without_uses(record: &Record) -> Record {
    let mut bare = record.clone();
    if let Some(document) = bare.document_mut() {
        document.allocations.clear();
    }
    match &mut bare {
        Record::Payment(payment) => {
            payment.allocations.clear();
            payment.unallocated = payment.amount;
        }
        Record::Contact(_) | Record::Invoice(_) | Record::CreditNote(_) => {}
    }
    bare
}

/// A document with the values from before under the number that it has now. Rows that are not there any more are new
/// ones.
fn set_back(now: &Document, was: &Document) -> Document {
    let rows: BTreeSet<Option<&String>> = now.lines.iter().map(|it| it.id.as_ref()).collect();
    let mut to = was.clone();
    for line in &mut to.lines {
        if !rows.contains(&line.id.as_ref()) {
            line.id = None;
        }
    }
    to.number.clone_from(&now.number);
    to.against.clone_from(&now.against);
    to.allocations.clone_from(&now.allocations);
    to.amount_due = to.total;
    to
}

fn update(deed: &Deed, now: &SideRecord, to: Record) -> Change {
    Change::Update {
        id: now.id.clone(),
        version: now.version.clone(),
        from: now.record.clone(),
        to,
        source: deed.other.clone().unwrap_or_else(|| now.id.clone()),
        source_link: None,
        under_way: false,
    }
}

fn allocate(deed: &Deed, now: &SideRecord, to: Record) -> Change {
    Change::Allocate {
        id: now.id.clone(),
        version: now.version.clone(),
        from: now.record.clone(),
        to,
        source: deed.other.clone().unwrap_or_else(|| now.id.clone()),
    }
}

/// Whether somebody changed a record since the run wrote it, in what it says.
fn touched(case: &Case, deed: &Deed, now: &SideRecord) -> Option<Stays> {
    let Some(left) = &deed.left else {
        return Some(Stays::NotKept);
    };
    let content = digest::content(&now.record);
    let agreed = deed.agreed.as_ref();
    let for_less =
        || deed.begun || case.goes_on && agreed.is_some_and(|it| is_for_less(&now.record, it));
    if content == left.content || digest::says_alike(&content, &left.content) && for_less() {
        return None;
    }
    let since = agreed.filter(|it| digest::content(it) == left.content);
    let fields = since.map(|then| {
        let mut fields = Record::differences(then, &now.record);
        fields.extend(Record::use_differences(then, &now.record));
        if let (Some(then), Some(now)) = (then.document(), now.record.document()) {
            fields.extend(content_differences(then, now, &Counterparts::SAME));
        }
        fields
    });
    Some(Stays::Touched(fields.unwrap_or_default()))
}

/// Whether a record is for no more of anything than it was.
fn is_for_less(now: &Record, then: &Record) -> bool {
    let then: BTreeMap<PaidDocument, Decimal> = then.settles().into_iter().collect();
    let mut settles = now.settles().into_iter();
    settles.all(|(document, amount)| then.get(&document).is_some_and(|it| amount <= *it))
}

/// Whether a record stands in a closed period, or is matched with the bank.
fn closed(case: &Case, side: Side, record: &Record) -> Option<Stays> {
    if record.as_payment().is_some_and(|it| it.reconciled) {
        return Some(Stays::Reconciled);
    }
    let until = (*case.locked.get(side))?;
    let draft = record.state() == Some(DocumentState::Draft);
    let uses = record.uses();
    let days = uses.iter().filter_map(|used| used.date).chain(record.day());
    let closed = days.min().is_some_and(|day: NaiveDate| day <= until);
    (closed && !draft).then_some(Stays::Locked(until))
}

/// What is looked up again and again while it is decided what goes.
struct Desk<'a> {
    case: &'a Case,
    deeds: BTreeMap<Key<'a>, &'a Deed>,
    /// What others have made of a record.
    others: BTreeMap<Key<'a>, Vec<&'a Other>>,
    /// What the run wrote that refers to a record.
    hanging: BTreeMap<Key<'a>, Vec<&'a Deed>>,
}

impl<'a> Desk<'a> {
    fn of(case: &'a Case) -> Self {
        let mut desk = Self {
            case,
            deeds: case.deeds.iter().map(|deed| (key(deed), deed)).collect(),
            others: BTreeMap::new(),
            hanging: BTreeMap::new(),
        };
        for other in &case.others {
            for Reference { kind, id } in &other.refers {
                let hangs = desk.others.entry((other.side, *kind, id)).or_default();
                hangs.push(other);
            }
        }
        for deed in &case.deeds {
            let now = deed.now.as_ref().filter(|it| !it.record.ended());
            for kind in now.map(|_| deed.kind.parents()).unwrap_or_default() {
                for id in now.into_iter().flat_map(|it| it.record.refers_to(*kind)) {
                    let hangs = desk.hanging.entry((deed.side, *kind, id)).or_default();
                    hangs.push(deed);
                }
            }
            let money = now
                .into_iter()
                .flat_map(|it| it.record.refers_to(Kind::Payment));
            for id in money {
                let hangs = desk
                    .hanging
                    .entry((deed.side, Kind::Payment, id))
                    .or_default();
                hangs.push(deed);
            }
        }
        desk
    }

    /// The records that are not there any more once all is undone that is to be.
    fn going(&self, verdicts: &[Verdict]) -> BTreeSet<Key<'a>> {
        let both = self.case.deeds.iter().zip(verdicts);
        both.filter(|(deed, verdict)| {
            matches!(verdict, Verdict::Undo(..)) && matches!(deed.did, Did::Created)
        })
        .map(|(deed, _)| key(deed))
        .collect()
    }

    /// Why a record that could go by itself stays.
    fn keeps(&self, deed: &'a Deed, going: &BTreeSet<Key<'a>>) -> Option<Stays> {
        let now = deed.now.as_ref()?;
        if !matches!(deed.did, Did::Created) {
            return None;
        }
        if let Some(others) = self.others.get(&key(deed)) {
            return Some(Stays::Hangs(
                others.iter().map(|it| it.named.clone()).collect(),
            ));
        }
        let hanging = self.hanging.get(&key(deed));
        let left: Vec<String> = (hanging.into_iter().flatten())
            .filter(|it| !going.contains(&key(it)) && !frees(it, deed))
            .filter_map(|it| it.now.as_ref())
            .map(|it| named(&it.record))
            .collect();
        if !left.is_empty() {
            return Some(Stays::Hangs(left));
        }
        if let Some(with) = self.belongs_to(deed, now, going) {
            return Some(Stays::StaysWith(with));
        }
        if let Some(document) = now.record.document() {
            let rest = self.settled(deed, document, going);
            // Half a cent of another currency is nobody's payment.
            if rest > Decimal::new(1, 2) {
                let (amount, currency) = (rest, document.currency);
                return Some(Stays::Settled(Money { amount, currency }));
            }
        }
        self.moved(deed, now)
    }

    /// A record that was saved since, for no reason of ours: nothing was ever put to it.
    fn moved(&self, deed: &Deed, now: &SideRecord) -> Option<Stays> {
        let left = deed.left.as_ref()?;
        let of_ours = self.hanging.contains_key(&key(deed)) || !now.record.uses().is_empty();
        let begun = deed.begun || self.case.goes_on;
        (left.version != now.version && !of_ours && !begun).then(|| Stays::Touched(Vec::new()))
    }

    /// What a payment or credit is for, or came with, that stays.
    fn belongs_to(
        &self,
        deed: &Deed,
        now: &SideRecord,
        going: &BTreeSet<Key<'a>>,
    ) -> Option<String> {
        if !deed.kind.ends_first() {
            return None;
        }
        let documents = [Kind::Invoice, Kind::CreditNote, Kind::Payment].into_iter();
        let refers = documents.flat_map(|kind| {
            let ids = now.record.refers_to(kind);
            ids.map(move |id| (kind, id.clone()))
        });
        let with = now.record.as_payment().into_iter();
        let with = with.flat_map(|it| it.with.iter().map(|id| (Kind::Payment, id.clone())));
        for (kind, id) in refers.chain(with) {
            let of = self.deeds.get(&(deed.side, kind, &id));
            let stays = of.filter(|it| matches!(it.did, Did::Created) && !going.contains(&key(it)));
            if let Some(now) = stays
                .and_then(|it| it.now.as_ref())
                .filter(|it| !it.record.ended())
            {
                return Some(named(&now.record));
            }
        }
        None
    }

    /// How much of a document is settled by what does not go.
    fn settled(&self, deed: &Deed, document: &Document, going: &BTreeSet<Key<'a>>) -> Decimal {
        // What it is used for itself goes with it.
        let mut rest = document.settled() - document.allocated();
        for hanging in self.hanging.get(&key(deed)).into_iter().flatten() {
            let Some(now) = &hanging.now else { continue };
            let then = match &hanging.did {
                Did::Changed(Some(was)) => settles(was, deed),
                _ if going.contains(&key(hanging)) => Decimal::ZERO,
                _ => continue,
            };
            rest -= settles(&now.record, deed) - then;
        }
        rest
    }
}

/// Whether a credit that is set back is for a record no more.
fn frees(hanging: &Deed, deed: &Deed) -> bool {
    let Did::Changed(Some(was)) = &hanging.did else {
        return false;
    };
    !was.refers_to(deed.kind).any(|id| *id == deed.id)
}

/// How much of a document a record settles, in the document's currency.
fn settles(record: &Record, of: &Deed) -> Decimal {
    if let Record::Payment(payment) = record {
        let parts = payment.allocations.iter();
        let parts = parts.filter(|part| match &part.document {
            PaidDocument::Invoice(id) => of.kind == Kind::Invoice && *id == of.id,
            PaidDocument::CreditNote(id) => of.kind == Kind::CreditNote && *id == of.id,
            PaidDocument::Money(_) => false,
        });
        return parts
            .map(|part| part.settles(payment.currency).amount)
            .sum();
    }
    let uses = record.uses();
    let of_it = uses
        .iter()
        .filter(|used| of.kind == Kind::Invoice && used.invoice == of.id);
    of_it.map(|used| used.amount).sum()
}

fn key(deed: &Deed) -> Key<'_> {
    (deed.side, deed.kind, &deed.id)
}

/// What a person calls a record, with its kind.
pub(crate) fn named(record: &Record) -> String {
    let kind = record.kind();
    match record.total() {
        Some((amount, currency)) => {
            format!(
                "{kind} {} of {}",
                record.title(),
                Money { amount, currency }
            )
        }
        None => format!("{kind} {}", record.title()),
    }
}
