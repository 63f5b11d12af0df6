//! Needs attention: exceptions grouped by cause, each with the control that mends it.

mod decide;
mod one;

use std::collections::BTreeMap;

use ledger::mapping::suggest;
use ledger::{Cause, Currency, Mappings, RemoteId, Side};
use rust_decimal::Decimal;
use store::{Exception, ExceptionQuery, ExceptionStatus};

use crate::app::App;
use crate::error::AppError;
use crate::mappings::{Profiles, named, needs, offered};
use crate::show::{amount, count, instant};
use crate::views::{AttentionGroup, AttentionView, IgnoredView, Remedy, Severity};
use crate::words;

/// Records listed in a group.
const LISTED: usize = 200;

/// Which group an exception is in: the cause's word and what it is about. Two records with the same
/// remedy are in the same group, so no amount, name or number of one of them is part of it.
pub(crate) fn group_id(cause: &Cause) -> String {
    let about = match cause {
        Cause::NoAccountMapping { side, account: key }
        | Cause::NoTaxMapping { side, tax: key }
        | Cause::WrongTaxMapping { side, tax: key, .. } => {
            format!(":{}:{key}", side.word())
        }
        Cause::CurrencyNotUsed { side, currency } => format!(":{}:{currency}", side.word()),
        Cause::PeriodLocked { side, until } => format!(":{}:{until}", side.word()),
        // What has the name or number is shown, and something else is to be said about it.
        Cause::NameTaken { side, by, .. } | Cause::NumberTaken { side, by, .. } => {
            let which = if by.is_some() { ":which" } else { "" };
            format!(":{}{which}", side.word())
        }
        Cause::NoAccount { side, .. }
        | Cause::TaxWithoutRate { side, .. }
        | Cause::SeveralCandidates { side, .. }
        | Cause::ContactArchived { side }
        | Cause::CannotEdit { side, .. }
        | Cause::CannotVoid { side, .. }
        | Cause::Unreadable { side, .. }
        | Cause::Vanished { side }
        | Cause::WouldDiffer { side, .. }
        | Cause::InDoubt { side, .. } => format!(":{}", side.word()),
        Cause::Invalid { side, field, .. } => format!(":{}:{field}", side.word()),
        Cause::Refused {
            side,
            message,
            kind,
        } => {
            let kind = kind
                .clone()
                .unwrap_or_else(|| ledger::problem::kind_of_words(message, []));
            format!(":{}:{}", side.word(), store::fingerprint(&[&kind]))
        }
        Cause::DifferOnBothSides { offered, .. }
        | Cause::BothChanged { offered, .. }
        | Cause::TotalsDiffer { offered, .. } => match offered.as_slice() {
            [] => ":none".to_owned(),
            [only] => format!(":{}", only.word()),
            _ => String::new(),
        },
        Cause::AmountDueDiffers { .. } | Cause::WaitsForContact { .. } | Cause::OpeningInvoice => {
            String::new()
        }
    };
    format!("{}{about}", cause.word())
}

/// The control that mends a cause, before its choices are filled in.
pub(crate) fn remedy_of(cause: &Cause) -> Remedy {
    if let Some((kind, side, key)) = needs(cause) {
        return Remedy::ChooseMapping {
            kind: kind.into(),
            side: side.into(),
            key: key.to_owned(),
            name: key.to_owned(),
            current: None,
            choices: Vec::new(),
            suggested: None,
            reason: None,
        };
    }
    match cause {
        Cause::SeveralCandidates { .. } | Cause::NameTaken { by: Some(_), .. } => {
            Remedy::PickCandidate
        }
        Cause::NumberTaken { by: Some(_), .. } => Remedy::KeepApart,
        // It is entered there by hand, among the conversion balances.
        Cause::OpeningInvoice => Remedy::MendRecord {
            side: Side::Xero.into(),
        },
        Cause::DifferOnBothSides { offered, .. }
        | Cause::BothChanged { offered, .. }
        | Cause::TotalsDiffer { offered, .. } => {
            if offered.is_empty() {
                Remedy::Retry
            } else {
                Remedy::KeepOne {
                    sides: offered.iter().copied().map(Into::into).collect(),
                }
            }
        }
        Cause::NoAccount { side, .. }
        | Cause::TaxWithoutRate { side, .. }
        | Cause::ContactArchived { side }
        | Cause::NameTaken {
            side, by: None, ..
        }
        | Cause::NumberTaken {
            side, by: None, ..
        }
        | Cause::PeriodLocked { side, .. }
        | Cause::CurrencyNotUsed { side, .. }
        | Cause::CannotEdit { side, .. }
        | Cause::CannotVoid { side, .. }
        | Cause::Unreadable { side, .. }
        | Cause::Vanished { side } => Remedy::MendRecord {
            side: (*side).into(),
        },
        Cause::Invalid { side, field, .. } => Remedy::MendRecord {
            side: mended_in(*side, field).into(),
        },
        cause @ Cause::Refused { side, .. } if cause.is_forbidden() => Remedy::MendRecord {
            side: (*side).into(),
        },
        // What the target would not take is corrected where it comes from.
        Cause::WouldDiffer { side, .. } | Cause::Refused { side, .. } => Remedy::MendRecord {
            side: side.other().into(),
        },
        Cause::AmountDueDiffers { .. }
        | Cause::WaitsForContact { .. }
        | Cause::InDoubt { .. }
        // Answered above.
        | Cause::NoAccountMapping { .. }
        | Cause::NoTaxMapping { .. }
        | Cause::WrongTaxMapping { .. } => Remedy::Retry,
    }
}

/// The side on which a field that a side would not take is put right: where the record comes from,
/// but for what is a matter of how the refusing side itself is set up (its fiscal years, exchange
/// rates, receivable accounts, disabled customers and credit limits; its chart and tax rates).
fn mended_in(refuses: Side, field: &str) -> Side {
    let set_up: &[&str] = match refuses {
        Side::Erpnext => &[
            "date",
            "currency",
            "exchange rate",
            "contact",
            "primary address",
            "primary contact",
            "credit limit",
            "account",
            "cost center",
            "accounting dimension",
            "workflow",
            "authorisation",
        ],
        Side::Xero => &["date", "currency", "account", "tax rate", "payment account"],
    };
    // A field that the site demands is its own affair too.
    let demanded = refuses == Side::Erpnext && field.starts_with("mandatory field");
    if demanded || set_up.contains(&field) {
        refuses
    } else {
        refuses.other()
    }
}

impl App {
    /// Exceptions grouped by cause.
    ///
    /// # Errors
    /// [`AppError::NotPaired`], [`AppError::Store`]. Costs no call.
    pub async fn attention(&self) -> Result<AttentionView, AppError> {
        let pairing = self.pairing().await?;
        let id = pairing.id;
        let (open, ignored) = self
            .db(move |store| {
                let of = |status| {
                    store.exceptions(&ExceptionQuery {
                        pairing: Some(id),
                        status: Some(status),
                        ..ExceptionQuery::default()
                    })
                };
                Ok((of(ExceptionStatus::Open)?, of(ExceptionStatus::Ignored)?))
            })
            .await?;
        let profiles = self.known_profiles(&pairing).await?;
        let (said, directory) = self
            .db(move |store| Ok((store.mappings(id)?, store.known_values(id)?)))
            .await?;
        let now = profiles
            .as_ref()
            .map(|profiles| profiles.completed(said, &directory));
        let mut groups: BTreeMap<String, Vec<&Exception>> = BTreeMap::new();
        for exception in &open {
            groups
                .entry(group_id(&exception.cause))
                .or_default()
                .push(exception);
        }
        let mut views = Vec::new();
        for (id, members) in groups {
            let Some(first) = members.first() else {
                continue;
            };
            let mut records = Vec::new();
            for exception in members.iter().take(LISTED) {
                records.push(self.exception_view(&pairing, exception).await?);
            }
            views.push(AttentionGroup {
                id,
                cause: first.cause.word().to_owned(),
                badge: words::badge(&first.cause).to_owned(),
                severity: words::severity(&first.cause),
                title: words::group_title(&first.cause, members.len()),
                explanation: first.cause.next_step(),
                count: count(members.len()),
                waiting: waiting(&members),
                since: members
                    .iter()
                    .map(|it| it.first_seen)
                    .min()
                    .map(instant)
                    .unwrap_or_default(),
                remedy: remedy(&first.cause, profiles.as_ref().zip(now.as_ref())),
                records,
            });
        }
        // Those that hold up most first; those that only wait for others last.
        views.sort_by_key(|group| {
            (
                group.cause == "waits_for_contact",
                group.severity == Severity::Warning && group.cause == "amount_due_differs",
                std::cmp::Reverse(group.count),
                group.id.clone(),
            )
        });
        let mut ignored_views = Vec::new();
        for exception in &ignored {
            ignored_views.push(IgnoredView {
                reason: exception.reason.clone().unwrap_or_default(),
                at: instant(exception.last_seen),
                exception: self.exception_view(&pairing, exception).await?,
            });
        }
        Ok(AttentionView {
            total: count(open.len()),
            groups: views,
            ignored: ignored_views,
        })
    }
}

fn waiting(members: &[&Exception]) -> Vec<crate::views::Amount> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for exception in members {
        if let (Some(value), Some(currency)) = (exception.amount, exception.currency) {
            *sums.entry(currency).or_default() += value;
        }
    }
    sums.into_iter()
        .map(|(currency, sum)| amount(sum, currency))
        .collect()
}

/// The control with its choices.
fn remedy(cause: &Cause, offered_and_mapped: Option<(&Profiles, &Mappings)>) -> Remedy {
    let plain = remedy_of(cause);
    let (Some((kind, side, key)), Some((profiles, now))) = (needs(cause), offered_and_mapped)
    else {
        return plain;
    };
    let current = now.translate(kind, side, key).map(str::to_owned);
    // One that is wrong is no reason not to suggest another.
    let mut open = now.clone();
    open.remove(kind, side, key);
    let of = |side| profiles.choices(kind, side);
    let suggestion = suggest(kind, of(Side::Xero), of(Side::Erpnext), &open)
        .into_iter()
        .find(|it| it.mapping.from == side && it.mapping.key == key)
        .filter(|it| Some(&it.mapping.to) != current.as_ref());
    let name = profiles
        .choices(kind, side)
        .iter()
        .find(|choice| choice.key == key)
        .map_or_else(|| key.to_owned(), |choice| named(kind, choice));
    Remedy::ChooseMapping {
        kind: kind.into(),
        side: side.into(),
        key: key.to_owned(),
        name,
        choices: offered(profiles, now, kind, side.other()),
        suggested: suggestion.as_ref().map(|it| it.mapping.to.clone()),
        reason: suggestion.map(|it| it.reason),
        current,
    }
}

/// The records on the other side that an exception shows beside its own, and which side that is: what
/// could be its counterpart, or what has its name or number.
pub(crate) fn shown_beside(cause: &Cause) -> Option<(Side, &[RemoteId])> {
    match cause {
        Cause::SeveralCandidates { side, candidates } => Some((*side, candidates)),
        Cause::NameTaken {
            side, by: Some(by), ..
        }
        | Cause::NumberTaken {
            side, by: Some(by), ..
        } => Some((*side, std::slice::from_ref(by))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Side as Shown;

    fn mended(side: Side, field: &str) -> Remedy {
        remedy_of(&Cause::Invalid {
            side,
            field: field.to_owned(),
            why: "no".to_owned(),
        })
    }

    #[test]
    fn only_sides_whose_values_can_be_carried_are_offered() {
        let cause = |offered: &[Side]| Cause::BothChanged {
            differences: Vec::new(),
            offered: offered.to_vec(),
        };
        let sides = |offered: &[Side]| remedy_of(&cause(offered));
        let keep = |sides: &[crate::views::Side]| Remedy::KeepOne {
            sides: sides.to_vec(),
        };
        assert_eq!(sides(&Side::BOTH), keep(&[Shown::Xero, Shown::Erpnext]));
        assert_eq!(sides(&[Side::Xero]), keep(&[Shown::Xero]));
        assert_eq!(sides(&[]), Remedy::Retry);
        // What is offered for a group is offered for each of its records.
        assert_ne!(
            group_id(&cause(&[Side::Xero])),
            group_id(&cause(&Side::BOTH))
        );
    }

    #[test]
    fn one_refusal_of_many_records_is_one_group() {
        let group = |message: &str| group_id(&Cause::refused(Side::Erpnext, message));
        let first = "Paid 16.67 GBP on 31-12-2025 for 'SINV-1', 20 days late";
        let second = "Paid 1,200.00 USD on 01-01-2026 for 'Blue widget', 3 days late";
        assert_eq!(group(first), group(second));
        assert_ne!(group(first), group("Paid 16.67 GBP, 20 days early"));
        assert_ne!(
            group(first),
            group_id(&Cause::refused(Side::Xero, first)),
            "one of each side"
        );
        // What the client knows of the words is what counts where it is known.
        let known = |message: &str| {
            group_id(&Cause::Refused {
                side: Side::Erpnext,
                message: message.to_owned(),
                kind: Some("ValidationError: customer … is late".to_owned()),
            })
        };
        assert_eq!(
            known("Customer Acme is late"),
            known("Customer Bolt is late")
        );
    }

    #[test]
    fn what_is_a_matter_of_set_up_is_mended_on_the_side_that_refuses() {
        let in_erpnext = Remedy::MendRecord {
            side: crate::views::Side::Erpnext,
        };
        let in_xero = Remedy::MendRecord {
            side: crate::views::Side::Xero,
        };
        // No fiscal year, no receivable account in the currency, no exchange rate, a disabled
        // customer: nothing about the record in Xero is wrong.
        for field in [
            "date",
            "currency",
            "exchange rate",
            "contact",
            "primary address",
            "account",
            "workflow",
            "mandatory field \"project\"",
            "mandatory fields \"need\", \"project\"",
        ] {
            assert_eq!(mended(Side::Erpnext, field), in_erpnext, "{field}");
        }
        for field in ["date", "currency", "account", "tax rate"] {
            assert_eq!(mended(Side::Xero, field), in_xero, "{field}");
        }
        // A name with brackets, a bad e-mail address, a due date before the date: the record's own.
        for field in ["name", "telephone", "due date", "lines", "total"] {
            assert_eq!(mended(Side::Erpnext, field), in_xero, "{field}");
            assert_eq!(mended(Side::Xero, field), in_erpnext, "{field}");
        }
    }
}
