//! Preview: what the next sync would do. Reads both sides, writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use engine::books::Change;
use engine::plan::{Entry, MatchReason, Outcome, PlannedWrite, Subject};
use engine::progress::Reporter;
use engine::run::Preview;
use engine::run::scope::Scope;
use ledger::problem::Difference;
use ledger::{Document, Kind, Money, Record, Side};
use net::Priority;
use store::ShownItem;

use crate::app::App;
use crate::error::AppError;
use crate::show::{count, instant, some};
use crate::views::{Amount, DifferenceView, KindCounts, PlannedChange, PreviewItem, PreviewView};
use crate::words;

/// The most items shown.
const MOST_ITEMS: usize = 1_000;

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
        let pairing = self.pairing().await?;
        let turn = self.take_turn("making a preview")?;
        let reached = self
            .reach_for(&pairing, Priority::Interactive, turn.control.stopped())
            .await?;
        let session = self.session(&pairing, &reached, &turn, Reporter::silent());
        let result = engine::run::preview_of(&session, scope).await;
        self.keep_learned(&pairing, &reached).await;
        let preview = result?;
        self.note_preview(&pairing).await?;
        let (view, listed) = view(&preview, scope.words(), instant(self.0.clock.now()));
        let id = pairing.id;
        self.db(move |store| store.note_shown_items(id, &listed))
            .await?;
        Ok(view)
    }
}

/// Gives the entries of a preview numbers, in the order in which they are listed.
#[derive(Default)]
struct Numbers {
    of: BTreeMap<usize, u32>,
    listed: Vec<ShownItem>,
}

impl Numbers {
    fn of(&mut self, index: usize, entry: &Entry) -> u32 {
        *self.of.entry(index).or_insert_with(|| {
            let subject = entry.subject(Side::Xero).map(|(_, subject)| subject);
            self.listed.push(ShownItem {
                entry: engine::digest::entry(entry),
                title: subject.map(|it| it.title.clone()).unwrap_or_default(),
                records: engine::run::scope::keys(entry),
            });
            count(self.listed.len())
        })
    }
}

fn view(
    preview: &Preview,
    about: Option<String>,
    made_at: String,
) -> (PreviewView, Vec<ShownItem>) {
    let Preview { plan, guards, held } = preview;
    let mut view = PreviewView {
        made_at,
        about,
        held: count(held.len()),
        to_xero: KindCounts::default(),
        to_erpnext: KindCounts::default(),
        link: KindCounts::default(),
        unchanged: 0,
        waiting: 0,
        causes: 0,
        warnings: words::guards_in_full(guards),
        needs_approval: !guards.is_empty(),
        items: Vec::new(),
        total: count(plan.entries.len() + held.len()),
    };
    let mut causes = BTreeSet::new();
    let (mut first, mut linked, mut voids) = (Vec::new(), Vec::new(), 0_u32);
    for (index, entry) in plan.entries.iter().enumerate() {
        let one = |counts: &mut KindCounts| match entry.kind {
            Kind::Contact => counts.contacts += 1,
            Kind::Invoice => counts.invoices += 1,
        };
        match &entry.outcome {
            Outcome::Agrees | Outcome::Rebase => view.unchanged += 1,
            Outcome::OutOfScope(_) => {}
            Outcome::Problem { side, cause } => {
                view.waiting += 1;
                causes.insert(crate::attention::group_id(cause));
                first.push(item(
                    index,
                    entry,
                    *side,
                    PlannedChange::Wait,
                    None,
                    format!("Waits: {}", cause.sentence()),
                    cause.differences(),
                ));
            }
            Outcome::Link {
                reason,
                differences,
                writes,
            } => {
                one(&mut view.link);
                linked.push(item(
                    index,
                    entry,
                    Side::Xero,
                    PlannedChange::Link,
                    None,
                    linked_sentence(*reason, differences),
                    differences.clone(),
                ));
                for write in writes {
                    if write.change.word() != "mark" {
                        one(match write.target {
                            Side::Xero => &mut view.to_xero,
                            Side::Erpnext => &mut view.to_erpnext,
                        });
                        first.push(written(index, entry, write));
                    }
                }
            }
            Outcome::Write(writes) => {
                for write in writes {
                    if matches!(write.change, Change::Mark { .. }) {
                        continue;
                    }
                    one(match write.target {
                        Side::Xero => &mut view.to_xero,
                        Side::Erpnext => &mut view.to_erpnext,
                    });
                    voids += u32::from(
                        matches!(write.change, Change::End { .. })
                            || write.change.replaces(write.target),
                    );
                    first.push(written(index, entry, write));
                }
            }
        }
    }
    if voids > 0 {
        view.warnings.push(match voids {
            1 => "1 invoice will be voided, cancelled or replaced by another.".to_owned(),
            many => format!("{many} invoices will be voided, cancelled or replaced by others."),
        });
    }
    view.causes = count(causes.len());
    let all = plan.entries.iter().chain(held);
    let waiting = held.iter().enumerate().map(|(index, entry)| {
        item(
            plan.entries.len() + index,
            entry,
            Side::Xero,
            PlannedChange::Wait,
            None,
            "Held back: the next sync without --hold carries it over".to_owned(),
            Vec::new(),
        )
    });
    let items = first.into_iter().chain(waiting).chain(linked);
    let entries: Vec<&Entry> = all.collect();
    let mut numbers = Numbers::default();
    for mut item in items.take(MOST_ITEMS) {
        if let Some(entry) = entries.get(item.0) {
            item.1.number = numbers.of(item.0, entry);
        }
        view.items.push(item.1);
    }
    (view, numbers.listed)
}

/// What is said of two records that are linked, and of where they differ.
fn linked_sentence(reason: MatchReason, differences: &[Difference]) -> String {
    let found = format!("On both sides already: {}", words::match_reason(reason));
    if differences.is_empty() {
        return found;
    }
    let fields: Vec<&str> = differences.iter().map(|it| it.field.as_str()).collect();
    format!(
        "{found}. They differ in {}: you will be asked",
        fields.join(", ")
    )
}

/// An item and the position of its entry.
type Listed = (usize, PreviewItem);

fn written(index: usize, entry: &Entry, write: &PlannedWrite) -> Listed {
    let target = write.target;
    let (change, text, differences) = match &write.change {
        Change::Create { record, .. } => {
            let text = match record.as_invoice() {
                Some(invoice) => format!("Create in {target}, {}", lines_and_tax(invoice)),
                None => format!("Create in {target}"),
            };
            (PlannedChange::Create, text, Vec::new())
        }
        Change::Update { from, to, .. } => {
            let differences = match target {
                Side::Xero => Record::differences(from, to),
                Side::Erpnext => Record::differences(to, from),
            };
            let change = if to.ended() && !from.ended() {
                PlannedChange::Void
            } else {
                PlannedChange::Update
            };
            // What is approved in ERPNext is cancelled, and another document takes its place.
            let text = if write.change.replaces(target) {
                format!("Cancel and replace in {target}{}", named(&differences))
            } else {
                format!("Change in {target}{}", named(&differences))
            };
            (change, text, differences)
        }
        Change::End { .. } => (
            PlannedChange::Void,
            match target {
                Side::Xero => "Void in Xero".to_owned(),
                Side::Erpnext => "Cancel in ERPNext".to_owned(),
            },
            Vec::new(),
        ),
        Change::Mark { .. } => (
            PlannedChange::Link,
            format!("Mark as linked in {target}"),
            Vec::new(),
        ),
    };
    item(
        index,
        entry,
        target.other(),
        change,
        Some(target),
        text,
        differences,
    )
}

fn lines_and_tax(invoice: &Document) -> String {
    let lines = match invoice.lines.len() {
        1 => "1 line".to_owned(),
        many => format!("{many} lines"),
    };
    let tax = Money {
        amount: invoice.tax_total,
        currency: invoice.currency,
    };
    format!("{lines}, tax {tax}")
}

/// The fields that differ, after a colon.
fn named(differences: &[Difference]) -> String {
    let fields: Vec<&str> = differences
        .iter()
        .map(|difference| difference.field.as_str())
        .collect();
    if fields.is_empty() {
        String::new()
    } else {
        format!(": {}", fields.join(", "))
    }
}

fn item(
    index: usize,
    entry: &Entry,
    prefer: Side,
    change: PlannedChange,
    towards: Option<Side>,
    text: String,
    differences: Vec<Difference>,
) -> Listed {
    let subject = entry.subject(prefer).map(|(_, subject)| subject);
    let towards_word = towards.map_or("none", Side::word);
    let item = PreviewItem {
        id: format!("{index}-{towards_word}"),
        number: 0,
        kind: entry.kind.into(),
        title: subject.map(|it| it.title.clone()).unwrap_or_default(),
        contact: subject
            .and_then(|it| some(&it.contact))
            .filter(|_| entry.kind != Kind::Contact),
        amount: subject.and_then(money),
        change,
        towards: towards.map(Into::into),
        text,
        differences: differences.into_iter().map(DifferenceView::from).collect(),
    };
    (index, item)
}

fn money(subject: &Subject) -> Option<Amount> {
    subject.money.map(Into::into)
}
