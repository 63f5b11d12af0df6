//! What customers have open with us beside their invoices: credit notes, overpayments, prepayments,
//! payments and journal entries on account.
//!
//! Counterfoil does not carry these yet, so they are no records with links. They are part of what
//! customers owe, and so are read and compared: customer by customer, in each currency.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::agreement::shown_date;
use crate::problem::Difference;
use crate::{Currency, Money, RemoteId, Side};

/// What kind of document holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditForm {
    /// A credit note (Xero), a return (ERPNext).
    CreditNote,
    /// Money received beyond what was due (Xero).
    Overpayment,
    /// Money received in advance (Xero).
    Prepayment,
    /// A payment that is not for any invoice (ERPNext), or the part of it that is not.
    Payment,
    /// A journal entry on the receivable account that names no document (ERPNext).
    Journal,
}

impl CreditForm {
    /// Every form.
    pub const ALL: [CreditForm; 5] = [
        CreditForm::CreditNote,
        CreditForm::Overpayment,
        CreditForm::Prepayment,
        CreditForm::Payment,
        CreditForm::Journal,
    ];

    /// The stable word for the store and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            CreditForm::CreditNote => "credit_note",
            CreditForm::Overpayment => "overpayment",
            CreditForm::Prepayment => "prepayment",
            CreditForm::Payment => "payment",
            CreditForm::Journal => "journal",
        }
    }

    /// The form of a [`CreditForm::word`].
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.word() == word)
    }

    /// What an accountant calls it.
    pub const fn label(self) -> &'static str {
        match self {
            CreditForm::CreditNote => "credit note",
            CreditForm::Overpayment => "overpayment",
            CreditForm::Prepayment => "prepayment",
            CreditForm::Payment => "payment",
            CreditForm::Journal => "journal entry",
        }
    }
}

/// One document with an open balance beside invoices, as its side's ledger says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCredit {
    /// What it is.
    pub form: CreditForm,
    /// Its identity on its side.
    pub id: RemoteId,
    /// What people know it by; `None` where it has no number.
    pub number: Option<String>,
    /// The customer's identity on its side.
    pub contact: RemoteId,
    /// The customer's name, as the document says it; may be empty.
    pub contact_name: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What is open, in the customer's favour; below zero where the customer owes it.
    pub open: Decimal,
    /// How far [`OpenCredit::open`] may be off, because its side keeps it in another currency.
    #[serde(default)]
    pub uncertain: Decimal,
}

impl OpenCredit {
    /// "payment ACC-PAY-7 of 4 Nov 2026"; with the day, because overpayments have no number.
    pub fn title(&self) -> String {
        let mut title = self.form.label().to_owned();
        if let Some(number) = &self.number {
            title.push(' ');
            title.push_str(number);
        }
        if let Some(date) = shown_date(self.date) {
            title.push_str(" of ");
            title.push_str(&date);
        }
        title
    }

    /// What is open, with its currency.
    pub const fn money(&self) -> Money {
        Money {
            amount: self.open,
            currency: self.currency,
        }
    }
}

/// What one customer has open on one side only, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditsApart {
    /// The currency.
    pub currency: Currency,
    /// What Xero holds less what ERPNext holds.
    pub difference: Decimal,
    /// The documents without one of the same amount on the other side, Xero's first.
    pub documents: Vec<(Side, OpenCredit)>,
}

impl CreditsApart {
    /// The documents as differences, one each.
    pub fn differences(&self) -> Vec<Difference> {
        let one = |(side, credit): &(Side, OpenCredit)| {
            let shown = Some(credit.money().to_string());
            match side {
                Side::Xero => Difference::new(&credit.title(), shown, None),
                Side::Erpnext => Difference::new(&credit.title(), None, shown),
            }
        };
        self.documents.iter().map(one).collect()
    }
}

/// Compares what one customer has open beside invoices on the two sides. In a currency in which both
/// hold the same sum nothing is apart, however it is divided into documents.
pub fn credits_apart(xero: &[OpenCredit], erpnext: &[OpenCredit]) -> Vec<CreditsApart> {
    let mut by_currency: BTreeMap<Currency, [Vec<&OpenCredit>; 2]> = BTreeMap::new();
    for (at, of_side) in [xero, erpnext].into_iter().enumerate() {
        for credit in of_side {
            by_currency.entry(credit.currency).or_default()[at].push(credit);
        }
    }
    by_currency
        .into_iter()
        .filter_map(|(currency, sides)| {
            let sum = |side: &[&OpenCredit]| -> Decimal { side.iter().map(|it| it.open).sum() };
            let difference = sum(&sides[0]) - sum(&sides[1]);
            let uncertain: Decimal = sides.iter().flatten().map(|it| it.uncertain).sum();
            if difference.abs() <= uncertain {
                return None;
            }
            let [xero, erpnext] = sides;
            Some(CreditsApart {
                currency,
                difference,
                documents: unmatched(&xero, &erpnext),
            })
        })
        .collect()
}

/// The documents of each side without one of the same amount on the other.
fn unmatched(xero: &[&OpenCredit], erpnext: &[&OpenCredit]) -> Vec<(Side, OpenCredit)> {
    let mut taken = BTreeSet::new();
    let mut alone: Vec<(Side, OpenCredit)> = Vec::new();
    for credit in xero {
        let same = erpnext.iter().enumerate().position(|(at, other)| {
            let off = (credit.open - other.open).abs();
            !taken.contains(&at) && off <= credit.uncertain + other.uncertain
        });
        match same {
            Some(at) => {
                taken.insert(at);
            }
            None => alone.push((Side::Xero, (*credit).clone())),
        }
    }
    let rest = erpnext.iter().enumerate();
    alone.extend(
        rest.filter(|(at, _)| !taken.contains(at))
            .map(|(_, credit)| (Side::Erpnext, (*credit).clone())),
    );
    // Amounts that match one by one and yet do not add up to the same: each is off by its unit, and
    // all of them together by more.
    if alone.is_empty() {
        let of = |side: Side, credits: &[&OpenCredit]| -> Vec<(Side, OpenCredit)> {
            credits.iter().map(|it| (side, (*it).clone())).collect()
        };
        alone = of(Side::Xero, xero);
        alone.extend(of(Side::Erpnext, erpnext));
    }
    alone
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn credit(form: CreditForm, id: &str, currency: &str, open: &str) -> OpenCredit {
        OpenCredit {
            form,
            id: RemoteId::new(id),
            number: Some(id.to_uppercase()),
            contact: RemoteId::new("c"),
            contact_name: "Acme".to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 11, 4),
            currency: Currency::new(currency).unwrap(),
            open: open.parse().unwrap(),
            uncertain: Decimal::ZERO,
        }
    }

    fn note(id: &str, open: &str) -> OpenCredit {
        credit(CreditForm::CreditNote, id, "GBP", open)
    }

    fn shown(apart: &[CreditsApart]) -> Vec<String> {
        apart
            .iter()
            .flat_map(|one| {
                let documents: Vec<String> = one
                    .documents
                    .iter()
                    .map(|(side, it)| format!("{} {} {}", side.word(), it.id, it.open))
                    .collect();
                [format!(
                    "{} {}: {}",
                    one.currency,
                    one.difference,
                    documents.join(", ")
                )]
            })
            .collect()
    }

    #[test]
    fn what_both_hold_is_not_apart_and_what_one_holds_is_named() {
        assert_eq!(shown(&credits_apart(&[], &[])), Vec::<String>::new());
        let both = credits_apart(&[note("x", "60.00")], &[note("e", "60")]);
        assert_eq!(shown(&both), Vec::<String>::new());
        // Another document of the same sum is the same money.
        let divided = credits_apart(
            &[note("x1", "100"), note("x2", "50")],
            &[credit(CreditForm::Payment, "e", "GBP", "150")],
        );
        assert_eq!(shown(&divided), Vec::<String>::new());
        let apart = credits_apart(
            &[note("x1", "60"), note("x2", "75")],
            &[note("e1", "150"), note("e2", "60")],
        );
        assert_eq!(shown(&apart), ["GBP -75: xero x2 75, erpnext e1 150"]);
        // Two of one amount are one and one.
        let twice = credits_apart(&[note("x1", "60"), note("x2", "60")], &[note("e", "60")]);
        assert_eq!(shown(&twice), ["GBP 60: xero x2 60"]);
    }

    #[test]
    fn currencies_do_not_make_up_for_each_other() {
        let apart = credits_apart(
            &[credit(CreditForm::Overpayment, "x", "USD", "60")],
            &[note("e", "60")],
        );
        assert_eq!(
            shown(&apart),
            ["GBP -60: erpnext e 60", "USD 60: xero x 60"]
        );
        // What a customer owes by a journal entry counts against what he has.
        let owes = credits_apart(
            &[],
            &[
                note("e", "60"),
                credit(CreditForm::Journal, "j", "GBP", "-60"),
            ],
        );
        assert_eq!(shown(&owes), Vec::<String>::new());
    }

    #[test]
    fn what_a_side_keeps_in_another_currency_may_be_off_by_its_unit() {
        let kept = OpenCredit {
            uncertain: "0.0127".parse().unwrap(),
            ..note("e", "47.41")
        };
        assert_eq!(
            shown(&credits_apart(
                &[note("x", "47.42")],
                std::slice::from_ref(&kept)
            )),
            Vec::<String>::new()
        );
        assert_eq!(
            shown(&credits_apart(&[note("x", "47.43")], &[kept])),
            ["GBP 0.02: xero x 47.43, erpnext e 47.41"]
        );
    }

    #[test]
    fn a_document_is_named_by_form_number_and_day() {
        let credit = credit(CreditForm::Overpayment, "x", "GBP", "75");
        assert_eq!(credit.title(), "overpayment X of 4 Nov 2026");
        let nameless = OpenCredit {
            number: None,
            ..credit.clone()
        };
        assert_eq!(nameless.title(), "overpayment of 4 Nov 2026");
        let apart = credits_apart(&[credit], &[]);
        assert_eq!(
            apart[0].differences(),
            [Difference::new(
                "overpayment X of 4 Nov 2026",
                Some("75.00 GBP".to_owned()),
                None
            )]
        );
        for form in CreditForm::ALL {
            assert_eq!(CreditForm::of_word(form.word()), Some(form));
        }
    }
}
