//! Three-way merge of documents, field by field and line by line.
//!
//! What one side changed since both agreed is put on what the other side says now; everything else
//! there stays as that side says it. Fields of one document that were edited on different sides are both
//! carried. What both changed to something else is a conflict, which names those fields and no others.

use super::lines::{self, Strand};
use crate::agreement::wording::spaced;
use crate::agreement::{STATE, due, same_rate, shown_date, shown_state};
use crate::problem::Difference;
use crate::tracking::Tracked;
use crate::{Cause, Document, Side};

/// One side's terms in the other's.
pub trait Terms {
    /// The account of a line of `side`'s document, on the other side.
    ///
    /// # Errors
    /// Why it has none there.
    fn account(&self, side: Side, of: &Document, line: usize) -> Result<Option<String>, Cause>;

    /// The tax rate of a line of `side`'s document, on the other side.
    ///
    /// # Errors
    /// Why it has none there.
    fn tax(&self, side: Side, of: &Document, line: usize) -> Result<Option<String>, Cause>;

    /// What stands for what lines are filed under.
    fn tracked(&self) -> &Tracked;
}

/// Who changed a field since both agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edits {
    /// Xero's says something else than it did.
    pub xero: bool,
    /// ERPNext's says something else than it did.
    pub erpnext: bool,
    /// Both say the same now.
    pub agree: bool,
}

/// Two documents that are one.
#[derive(Debug, Clone, Copy)]
pub struct InvoicePair<'a> {
    /// What Xero's and ERPNext's said when both agreed; `None` where they never did: then whatever
    /// differs is for a person.
    pub base: Option<(&'a Document, &'a Document)>,
    /// Xero's now.
    pub xero: &'a Document,
    /// ERPNext's now.
    pub erpnext: &'a Document,
    /// Their contacts, whose identities only the caller knows.
    pub contacts: Edits,
}

/// What a merge asks for. Neither number is carried: each side has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceMerge {
    /// What Xero's document should become; as it is, where nothing is to be carried.
    pub xero: Document,
    /// What ERPNext's document should become; as it is, where nothing is to be carried.
    pub erpnext: Document,
    /// The side whose contact the other one takes. The caller sets it, in that side's own terms.
    pub contact_of: Option<Side>,
    /// What both sides changed to something else. Nothing may be written where there is any.
    pub conflicts: Vec<Difference>,
}

/// Merges two documents. `prefer` decides what would be a conflict, and nothing else.
///
/// # Errors
/// Why a line that is to be carried has no account or tax rate on the other side.
pub fn merge_invoices(
    pair: &InvoicePair<'_>,
    prefer: Option<Side>,
    terms: &dyn Terms,
) -> Result<InvoiceMerge, Cause> {
    let (xero, erpnext) = (pair.xero, pair.erpnext);
    let merged = lines::merge(
        Strand {
            then: pair.base.map(|base| base.0),
            now: xero,
        },
        Strand {
            then: pair.base.map(|base| base.1),
            now: erpnext,
        },
        prefer,
        terms,
    )?;
    let gives_figures = |side: Side| match side {
        Side::Xero => merged.erpnext.is_some(),
        Side::Erpnext => merged.xero.is_some(),
    };
    let mut merge = InvoiceMerge {
        contact_of: None,
        conflicts: Vec::new(),
        xero: merged.xero.clone().unwrap_or_else(|| xero.clone()),
        erpnext: merged.erpnext.clone().unwrap_or_else(|| erpnext.clone()),
    };
    for field in Field::ALL {
        let edits = field.edits(pair);
        let mut decided = decide(edits.xero, edits.erpnext, edits.agree, prefer);
        // Amounts of one currency are none of another.
        if let (Field::Currency, Decided::From(side)) = (field, decided)
            && prefer.is_none()
            && gives_figures(side.other())
        {
            decided = Decided::Conflict;
        }
        match decided {
            Decided::Nothing => {}
            Decided::From(side) if field == Field::Contact => merge.contact_of = Some(side),
            Decided::From(Side::Xero) => field.copy(xero, &mut merge.erpnext),
            Decided::From(Side::Erpnext) => field.copy(erpnext, &mut merge.xero),
            Decided::Conflict => merge.conflicts.push(Difference::new(
                field.label(),
                field.shown(xero),
                field.shown(erpnext),
            )),
        }
    }
    merge.conflicts.extend(merged.conflicts);
    Ok(merge)
}

/// What is said once for the whole document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    State,
    Contact,
    Date,
    DueDate,
    Currency,
    Rate,
    Reference,
}

impl Field {
    const ALL: [Field; 7] = [
        Field::State,
        Field::Contact,
        Field::Date,
        Field::DueDate,
        Field::Currency,
        Field::Rate,
        Field::Reference,
    ];

    const fn label(self) -> &'static str {
        match self {
            Field::State => STATE,
            Field::Contact => "contact",
            Field::Date => "date",
            Field::DueDate => "due date",
            Field::Currency => "currency",
            Field::Rate => "exchange rate",
            Field::Reference => "reference",
        }
    }

    fn shown(self, invoice: &Document) -> Option<String> {
        match self {
            Field::State => Some(shown_state(invoice.state)),
            Field::Contact => Some(invoice.contact_name.clone()),
            Field::Date => shown_date(Some(invoice.date)),
            Field::DueDate => shown_date(Some(due(invoice))),
            Field::Currency => Some(invoice.currency.code().to_owned()),
            Field::Rate => invoice
                .exchange_rate
                .map(|rate| rate.normalize().to_string()),
            Field::Reference => invoice.reference.clone(),
        }
    }

    fn same(self, left: &Document, right: &Document) -> bool {
        match self {
            Field::State => left.state == right.state,
            // Only the caller knows.
            Field::Contact => true,
            Field::Date => left.date == right.date,
            Field::DueDate => due(left) == due(right),
            Field::Currency => left.currency == right.currency,
            Field::Rate => match (left.exchange_rate, right.exchange_rate) {
                (Some(ours), Some(theirs)) if left.currency == right.currency => {
                    same_rate(ours, theirs)
                }
                _ => true,
            },
            Field::Reference => reference(left) == reference(right),
        }
    }

    fn edits(self, pair: &InvoicePair<'_>) -> Edits {
        if self == Field::Contact {
            return pair.contacts;
        }
        let changed =
            |then: Option<&Document>, now: &Document| then.is_none_or(|then| !self.same(then, now));
        Edits {
            xero: changed(pair.base.map(|base| base.0), pair.xero),
            erpnext: changed(pair.base.map(|base| base.1), pair.erpnext),
            agree: self.same(pair.xero, pair.erpnext),
        }
    }

    fn copy(self, from: &Document, to: &mut Document) {
        match self {
            Field::State => to.state = from.state,
            Field::Contact => {}
            Field::Date => to.date = from.date,
            Field::DueDate => to.due_date = Some(due(from)),
            Field::Currency => {
                to.currency = from.currency;
                to.exchange_rate = from.exchange_rate;
            }
            Field::Rate => to.exchange_rate = from.exchange_rate,
            Field::Reference => to.reference.clone_from(&from.reference),
        }
    }
}

/// What is done about one thing that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decided {
    /// Nothing is to be carried.
    Nothing,
    /// This side's is carried to the other.
    From(Side),
    /// A person decides.
    Conflict,
}

/// Changed in Xero, changed in ERPNext, and whether they say the same now.
pub(super) fn decide(xero: bool, erpnext: bool, agree: bool, prefer: Option<Side>) -> Decided {
    match (xero, erpnext) {
        _ if agree => Decided::Nothing,
        (false, false) => Decided::Nothing,
        (true, false) => Decided::From(Side::Xero),
        (false, true) => Decided::From(Side::Erpnext),
        (true, true) => prefer.map_or(Decided::Conflict, Decided::From),
    }
}

fn reference(invoice: &Document) -> String {
    spaced(invoice.reference.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests;
