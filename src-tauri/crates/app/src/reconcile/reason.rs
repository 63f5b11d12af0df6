//! Why the two sides say different things of a document.

use std::collections::BTreeMap;

use ledger::{Cause, Currency, Kind, Side};
use rust_decimal::Decimal;
use store::{Exception, ExceptionStatus, LeftAlone, RecordKey};

use crate::attention::group_id;
use crate::show::{amount, count, number};
use crate::views::WhyView;

/// What a document or a movement is, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Invoice,
    /// A credit note, or its use for an invoice as it is seen from there.
    CreditNote,
    /// The use of a credit note, as it is seen from the note.
    Use,
    Payment,
    /// Money on account.
    Credit,
}

impl What {
    /// What a document is.
    pub(super) const fn document(kind: Kind) -> Self {
        match kind {
            Kind::CreditNote => What::CreditNote,
            Kind::Contact | Kind::Invoice | Kind::Payment => What::Invoice,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            What::CreditNote => "credit note",
            _ => self.word(),
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            What::Invoice => "invoice",
            What::CreditNote => "credit_note",
            What::Use => "use",
            What::Payment => "payment",
            What::Credit => "credit",
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            What::Invoice => "invoices",
            What::CreditNote => "credit notes",
            What::Use => "uses",
            What::Payment => "payments",
            What::Credit => "credits",
        }
    }
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// A rule leaves it on its side: no difference, but outside.
    LeftAlone {
        side: Side,
        what: What,
        why: LeftAlone,
    },
    /// It needs a person, or a person has set it aside.
    Exception(Box<Exception>),
    /// Nothing stands in its way, but it is not on the other side.
    OneSide { side: Side, what: What },
    /// Both sides have it, and no sync has linked it.
    NotLinked,
    /// The other side has it under another customer.
    OtherContact { side: Side, name: String },
    /// The unit of a currency, after a conversion.
    Rounding,
    /// What is paid on one side is not carried to the other, by the rule.
    NotByRule,
    /// Found on both sides before the start date, and linked as they stood.
    AsTheyAre,
    /// Nothing that we know of.
    Unexplained,
}

/// A part of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    pub reason: Reason,
    /// Xero less ERPNext.
    pub amount: Decimal,
    /// What it is about, where that is not the document itself: "payment PAY-7 of 4 Nov 2026".
    pub about: Option<String>,
    /// Who set it aside, where that is known.
    pub by: Option<String>,
    /// The payment or credit note that it is about; `None` of the document itself.
    pub of: Option<RecordKey>,
}

impl Why {
    pub(super) const fn of(reason: Reason, amount: Decimal) -> Self {
        Self {
            reason,
            amount,
            about: None,
            by: None,
            of: None,
        }
    }

    /// What a rule leaves alone is no part of a difference.
    pub(super) const fn is_outside(&self) -> bool {
        matches!(self.reason, Reason::LeftAlone { .. })
    }

    /// Whether nobody has to do anything about it: it was set aside, or is of rounding alone.
    pub(super) fn is_settled(&self) -> bool {
        match &self.reason {
            Reason::LeftAlone { .. } | Reason::Rounding => true,
            Reason::Exception(exception) => exception.status == ExceptionStatus::Ignored,
            _ => false,
        }
    }

    /// As it is shown under its document.
    pub(super) fn view(&self, currency: Currency) -> WhyView {
        let words = self.reason.words(1);
        let text = match &self.about {
            Some(about) => format!("{about}: {words}"),
            None => words,
        };
        let (exception, set_aside) = self.reason.exception();
        WhyView {
            reason: self.reason.word().to_owned(),
            amount: amount(self.amount, currency).value,
            text,
            count: 1,
            exception,
            set_aside,
            set_aside_by: self.by.clone(),
        }
    }
}

impl Reason {
    /// The stable word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Reason::LeftAlone { .. } => "left_alone",
            Reason::Exception(exception) => exception.cause.word(),
            Reason::OneSide { .. } => "only_on_one_side",
            Reason::NotLinked => "not_linked_yet",
            Reason::OtherContact { .. } => "other_contact",
            Reason::Rounding => "rounding",
            Reason::NotByRule => "not_carried_by_rule",
            Reason::AsTheyAre => "linked_as_they_are",
            Reason::Unexplained => "unexplained",
        }
    }

    /// What is added up in a line of a contact: the same reason of several documents.
    fn group(&self) -> String {
        match self {
            Reason::Exception(exception) => {
                format!("{:?} {}", exception.status, group_id(&exception.cause))
            }
            Reason::OneSide { side, what } => {
                format!("{} {} {}", self.word(), side.word(), what.word())
            }
            Reason::OtherContact { name, .. } => format!("{} {name}", self.word()),
            _ => self.word().to_owned(),
        }
    }

    fn exception(&self) -> (Option<u32>, Option<String>) {
        match self {
            Reason::Exception(exception) => {
                let aside = exception.status == ExceptionStatus::Ignored;
                let why = aside.then(|| exception.reason.clone().unwrap_or_default());
                (Some(number(exception.id.0)), why)
            }
            _ => (None, None),
        }
    }

    /// In words, of so many documents or payments.
    pub(super) fn words(&self, times: usize) -> String {
        match self {
            Reason::LeftAlone { side, what, why } => rule(*side, *what, *why),
            Reason::Exception(exception) => {
                let said = match (times, &exception.cause) {
                    // Its documents are lines of their own.
                    (_, Cause::CreditsDiffer { .. }) => {
                        "the other side has no such credit".to_owned()
                    }
                    (1, cause) => cause.sentence(),
                    (times, cause) => cause.group_title(times),
                };
                match (&exception.status, &exception.reason) {
                    (ExceptionStatus::Ignored, Some(why)) if times == 1 => {
                        format!("set aside ({why}): {said}")
                    }
                    (ExceptionStatus::Ignored, _) => format!("set aside: {said}"),
                    _ => said,
                }
            }
            Reason::OneSide { side, what } => match (what, times) {
                (What::Credit, 1) => format!("only in {side}"),
                (What::Credit, times) => format!("{times} credits are only in {side}"),
                (What::Use, 1) => format!(
                    "more of the credit is used in {side}; the next sync goes on with it"
                ),
                (What::Use, times) => format!(
                    "credit is used {times} times in {side} alone; the next sync goes on with it"
                ),
                (_, 1) => format!(
                    "the {} is only in {side}; the next sync goes on with it",
                    what.noun()
                ),
                (_, times) => format!(
                    "{times} {} are only in {side}; the next sync goes on with them",
                    what.plural()
                ),
            },
            Reason::NotLinked => {
                "both sides have it; the next sync compares and links it".to_owned()
            }
            Reason::OtherContact { side, name } => format!("{side} has it under {name}"),
            Reason::Rounding => {
                "a cent of the currency that the amount was converted from".to_owned()
            }
            Reason::NotByRule => "what changes here is not carried, by the rule".to_owned(),
            Reason::AsTheyAre => {
                "found on both sides before the start date, and linked as they are".to_owned()
            }
            Reason::Unexplained => {
                "unexplained: no payment, no credit note and no exception that is known accounts for it"
                    .to_owned()
            }
        }
    }
}

/// By which rule it is left alone.
pub(super) fn rule(side: Side, what: What, why: LeftAlone) -> String {
    match why {
        LeftAlone::Direction => {
            let kind = match what {
                // Money on account goes by the rule of invoices.
                What::Invoice | What::Credit => What::Invoice,
                What::CreditNote | What::Use => What::CreditNote,
                What::Payment => What::Payment,
            };
            format!("{} are not carried from {side} by the rule", kind.plural())
        }
        LeftAlone::BeforeStart => "dated before the rule's start date".to_owned(),
        LeftAlone::KeptApart => "kept apart by a person".to_owned(),
    }
}

/// Reasons of several documents added up, the largest first.
pub(super) fn added_up<'w>(why: impl Iterator<Item = &'w Why>, currency: Currency) -> Vec<WhyView> {
    let mut groups: BTreeMap<String, (&Reason, Decimal, usize)> = BTreeMap::new();
    for it in why {
        let group = groups
            .entry(it.reason.group())
            .or_insert((&it.reason, Decimal::ZERO, 0));
        group.1 += it.amount;
        group.2 += 1;
    }
    let mut all: Vec<_> = groups.into_values().collect();
    all.sort_by_key(|(_, sum, ..)| std::cmp::Reverse(sum.abs()));
    let view = |(reason, sum, times): (&Reason, Decimal, usize)| {
        let (exception, set_aside) = reason.exception();
        WhyView {
            reason: reason.word().to_owned(),
            amount: amount(sum, currency).value,
            text: reason.words(times),
            count: count(times),
            exception: exception.filter(|_| times == 1),
            set_aside,
            set_aside_by: None,
        }
    };
    all.into_iter().map(view).collect()
}
