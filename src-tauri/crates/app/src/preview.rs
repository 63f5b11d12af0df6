//! Preview: what the next sync would do. Reads both sides, writes nothing.

mod beforehand;
mod item;
mod repeating;
mod settles;

use std::collections::{BTreeMap, BTreeSet};

use engine::books::Change;
use engine::plan::{Entry, Outcome, PlannedWrite};
use engine::progress::Reporter;
use engine::run::Preview;
use engine::run::scope::Scope;
use ledger::{Kind, RemoteId, Side};
use net::Priority;
use store::ShownItem;

use self::beforehand::Coming;
use self::item::{item, linked_sentence, written};
use self::settles::{Paid, pays_for};
use crate::app::App;
use crate::error::AppError;
use crate::payments::{self, Numbers};
use crate::show::{count, instant};
use crate::views::{KindCounts, PlannedChange, PreviewItem, PreviewView};
use crate::words;

/// The most items shown.
const MOST_ITEMS: usize = 1_000;
/// All there are, for a file.
pub(crate) const EVERY_ITEM: usize = usize::MAX;

impl App {
    /// What the next sync would do.
    ///
    /// # Errors
    /// Where a side cannot be read, or another run is under way.
    pub async fn preview(&self) -> Result<PreviewView, AppError> {
        self.preview_of(&Scope::default()).await
    }

    /// What the next sync with this scope would do.
    ///
    /// # Errors
    /// As [`App::preview`].
    pub async fn preview_of(&self, scope: &Scope) -> Result<PreviewView, AppError> {
        self.preview_listing(scope, MOST_ITEMS).await
    }

    /// The same with so many items at most.
    pub(crate) async fn preview_listing(
        &self,
        scope: &Scope,
        most: usize,
    ) -> Result<PreviewView, AppError> {
        let pairing = self.pairing().await?;
        let turn = self.take_turn("making a preview")?;
        let reached = self
            .reach_for(&pairing, Priority::Interactive, turn.control.stopped())
            .await?;
        let session = self.session(&pairing, &reached, &turn, Reporter::silent());
        let mut listed = Listing {
            most,
            ..Listing::default()
        };
        let result = engine::run::preview_of(&session, scope, |entry| listed.take(entry)).await;
        self.keep_learned(&pairing, &reached).await;
        let preview = result?;
        let mut beforehand = self.beforehand(&pairing, &reached, &listed.coming).await;
        if pairing.first_preview_accepted_at.is_none() {
            beforehand.extend(self.raised_twice(&pairing, &reached).await);
        }
        self.note_preview(&pairing).await?;
        let (id, paid) = (pairing.id, listed.paid());
        let numbers = self
            .db(move |store| payments::numbers(store, id, &paid))
            .await?;
        listed.number(&numbers);
        let (mut view, listed) = listed.view(&preview, scope.words(), instant(self.0.clock.now()));
        view.warnings.extend(beforehand);
        self.db(move |store| store.note_shown_items(id, &listed))
            .await?;
        Ok(view)
    }
}

/// What is shown of a plan, entry by entry: all of it is counted, and some of it is listed.
#[derive(Default)]
struct Listing {
    /// As many items are listed.
    most: usize,
    entries: usize,
    to_xero: KindCounts,
    to_erpnext: KindCounts,
    link: KindCounts,
    unchanged: u32,
    waiting: u32,
    voids: u32,
    notes_ended: u32,
    taken_back: u32,
    payments_ended: u32,
    causes: BTreeSet<String>,
    coming: Coming,
    /// What is written or waits is listed first.
    first: Vec<Listed>,
    linked: Vec<Listed>,
}

/// An item, the position of its entry, and what a person can name that by.
struct Listed {
    index: usize,
    item: PreviewItem,
    shown: ShownItem,
    /// What a payment would pay, or a credit note be used for, whose numbers are not among what the plan
    /// says.
    pays: Vec<Paid>,
}

/// Adds to a list while there is room in it.
fn list(
    (most, listed): (usize, &mut Vec<Listed>),
    index: usize,
    entry: &Entry,
    pays: Option<&PlannedWrite>,
    item: impl FnOnce() -> PreviewItem,
) {
    if listed.len() < most {
        listed.push(Listed {
            index,
            item: item(),
            shown: shown(entry, engine::digest::entry(entry)),
            pays: pays.into_iter().flat_map(pays_for).collect(),
        });
    }
}

fn shown(entry: &Entry, digest: String) -> ShownItem {
    let subject = entry.subject(Side::Xero).map(|(_, subject)| subject);
    ShownItem {
        entry: digest,
        title: subject.map(|it| it.title.clone()).unwrap_or_default(),
        records: engine::run::scope::keys(entry),
    }
}

impl Listing {
    fn take(&mut self, entry: &Entry) {
        let index = self.entries;
        self.entries += 1;
        match &entry.outcome {
            Outcome::Agrees | Outcome::Rebase => self.unchanged += 1,
            Outcome::OutOfScope(_) => {}
            Outcome::Problem { side, cause } => {
                self.waiting += 1;
                self.causes.insert(crate::attention::group_id(cause));
                list((self.most, &mut self.first), index, entry, None, || {
                    item(
                        index,
                        entry,
                        *side,
                        PlannedChange::Wait,
                        None,
                        format!("Waits: {}", cause.sentence()),
                        cause.differences(),
                    )
                });
            }
            Outcome::Link {
                reason,
                differences,
                writes,
            } => {
                count_one(&mut self.link, entry.kind);
                list((self.most, &mut self.linked), index, entry, None, || {
                    item(
                        index,
                        entry,
                        Side::Xero,
                        PlannedChange::Link,
                        None,
                        linked_sentence(*reason, differences),
                        differences.clone(),
                    )
                });
                self.writes(index, entry, writes);
            }
            Outcome::Write(writes) => {
                let ends = |write: &&PlannedWrite| {
                    matches!(write.change, Change::End { .. })
                        || write.change.replaces(write.target)
                };
                let ended = count(writes.iter().filter(ends).count());
                match entry.kind {
                    Kind::Payment => self.payments_ended += ended,
                    Kind::CreditNote => self.notes_ended += ended,
                    Kind::Contact | Kind::Invoice => self.voids += ended,
                }
                let back = |write: &&PlannedWrite| write.change.takes_back();
                self.taken_back += count(writes.iter().filter(back).count());
                self.writes(index, entry, writes);
            }
        }
    }

    fn writes(&mut self, index: usize, entry: &Entry, writes: &[PlannedWrite]) {
        for write in writes {
            if matches!(write.change, Change::Mark { .. }) {
                continue;
            }
            self.coming.take(write);
            let counts = match write.target {
                Side::Xero => &mut self.to_xero,
                Side::Erpnext => &mut self.to_erpnext,
            };
            count_one(counts, entry.kind);
            if write.uses_follow {
                count_one(counts, entry.kind);
            }
            list(
                (self.most, &mut self.first),
                index,
                entry,
                Some(write),
                || written(index, entry, write),
            );
        }
    }

    /// The documents that listed payments and credit notes would settle, by the side that knows them so.
    fn paid(&self) -> BTreeMap<(Side, Kind), BTreeSet<RemoteId>> {
        let mut paid: BTreeMap<(Side, Kind), BTreeSet<RemoteId>> = BTreeMap::new();
        for it in self.first.iter().flat_map(|it| &it.pays) {
            let of_side = paid.entry((it.side, it.kind)).or_default();
            of_side.insert(it.id.clone());
        }
        paid
    }

    /// Says of each payment which documents it pays, and of each credit note which invoices it is used for,
    /// by their numbers.
    fn number(&mut self, numbers: &Numbers) {
        for listed in &mut self.first {
            settles::say(&mut listed.item, &listed.pays, numbers);
        }
    }

    /// The view, and what can be named of it by the numbers in it, which follow the order of the list.
    fn view(
        self,
        preview: &Preview,
        about: Option<String>,
        made_at: String,
    ) -> (PreviewView, Vec<ShownItem>) {
        let Preview { guards, held } = preview;
        let mut warnings = words::guards_in_full(guards);
        warnings.extend(match self.voids {
            0 => None,
            1 => Some("1 invoice will be voided, cancelled or replaced by another.".to_owned()),
            many => Some(format!(
                "{many} invoices will be voided, cancelled or replaced by others."
            )),
        });
        warnings.extend(match self.notes_ended {
            0 => None,
            1 => Some("1 credit note will be voided, cancelled or replaced by another.".to_owned()),
            many => Some(format!(
                "{many} credit notes will be voided, cancelled or replaced by others."
            )),
        });
        warnings.extend(match self.taken_back {
            0 => None,
            1 => Some(
                "1 credit note will be taken back from invoices: more is owed of them then."
                    .to_owned(),
            ),
            many => Some(format!(
                "{many} credit notes will be taken back from invoices: more is owed of them then."
            )),
        });
        warnings.extend(match self.payments_ended {
            0 => None,
            1 => Some(
                "1 payment will be deleted or cancelled: its invoice is owed again.".to_owned(),
            ),
            many => Some(format!(
                "{many} payments will be deleted or cancelled: their invoices are owed again."
            )),
        });
        let waiting = held.iter().enumerate().map(|(place, waits)| {
            let index = self.entries + place;
            Listed {
                index,
                item: item(
                    index,
                    &waits.entry,
                    Side::Xero,
                    PlannedChange::Wait,
                    None,
                    "Held back: the next sync without --hold carries it over".to_owned(),
                    Vec::new(),
                ),
                shown: shown(&waits.entry, waits.digest.clone()),
                pays: Vec::new(),
            }
        });
        let all = self.first.into_iter().chain(waiting).chain(self.linked);
        let (mut numbers, mut items, mut named) = (BTreeMap::new(), Vec::new(), Vec::new());
        for Listed {
            index,
            mut item,
            shown,
            ..
        } in all.take(self.most)
        {
            item.number = *numbers.entry(index).or_insert_with(|| {
                named.push(shown);
                count(named.len())
            });
            items.push(item);
        }
        let view = PreviewView {
            made_at,
            about,
            held: count(held.len()),
            to_xero: self.to_xero,
            to_erpnext: self.to_erpnext,
            link: self.link,
            unchanged: self.unchanged,
            waiting: self.waiting,
            causes: count(self.causes.len()),
            warnings,
            needs_approval: !guards.is_empty(),
            items,
            total: count(self.entries + held.len()),
        };
        (view, named)
    }
}

fn count_one(counts: &mut KindCounts, kind: Kind) {
    match kind {
        Kind::Contact => counts.contacts += 1,
        Kind::Invoice => counts.invoices += 1,
        Kind::CreditNote => counts.credit_notes += 1,
        Kind::Payment => counts.payments += 1,
    }
}
