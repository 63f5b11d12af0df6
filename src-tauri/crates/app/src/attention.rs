//! Needs attention: exceptions grouped by cause, each with the control that puts it right.

mod decide;
mod one;

use std::collections::BTreeMap;

use ledger::mapping::suggest;
use ledger::problem::{Logged, Meaning, WayOut};
use ledger::{Cause, Currency, Mappings, Side};
use rust_decimal::Decimal;
use store::{Exception, ExceptionQuery, ExceptionStatus};

use crate::app::App;
use crate::error::AppError;
use crate::mappings::{Profiles, named, needs, offered_for};
use crate::show::{amount, count, instant};
use crate::views::{AttentionGroup, AttentionView, IgnoredView, Remedy, Severity};

/// Records listed in a group.
const LISTED: usize = 200;

/// Which group an exception is in: the cause's word and what it is about. Two records with the same
/// remedy are in the same group, so no amount, name or number of one of them is part of it.
pub(crate) fn group_id(cause: &Cause) -> String {
    let mut group = cause.word().to_owned();
    for (name, value) in cause.about() {
        group.push(':');
        // The fixed words of a refusal are long, and nobody types them.
        if name == "kind" {
            group.push_str(&store::fingerprint(&[&value]));
        } else {
            group.push_str(&value);
        }
    }
    group
}

/// The control that puts a cause right, before its choices are filled in.
pub(crate) fn remedy_of(cause: &Cause) -> Remedy {
    match cause.way_out() {
        WayOut::Map { kind, side, key } => Remedy::ChooseMapping {
            kind: kind.into(),
            side: side.into(),
            name: key.clone(),
            key,
            current: None,
            choices: Vec::new(),
            suggested: None,
            reason: None,
        },
        WayOut::Pick => Remedy::PickCandidate,
        WayOut::KeepApart => Remedy::KeepApart,
        WayOut::AsNew => Remedy::AsNew,
        WayOut::Keep(sides) => Remedy::KeepOne {
            sides: sides.into_iter().map(Into::into).collect(),
        },
        WayOut::Mend(side) => Remedy::MendRecord { side: side.into() },
        WayOut::Retry => Remedy::Retry,
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
            let meaning = first.cause.meaning();
            let last = (meaning.logged == Logged::Blocked, !meaning.holds_up);
            let group = AttentionGroup {
                id,
                cause: first.cause.word().to_owned(),
                badge: meaning.badge.to_owned(),
                severity: severity(meaning),
                title: first.cause.group_title(members.len()),
                explanation: first.cause.next_step(),
                who: first.cause.who(),
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
            };
            views.push((last, group));
        }
        // Those that hold up most first; those that only wait for others last.
        views
            .sort_by_key(|(last, group)| (*last, std::cmp::Reverse(group.count), group.id.clone()));
        let views = views.into_iter().map(|(_, group)| group).collect();
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

const fn severity(meaning: &Meaning) -> Severity {
    match meaning.severity {
        ledger::problem::Severity::Refused => Severity::Bad,
        ledger::problem::Severity::Waits => Severity::Warning,
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
    let key = key.as_str();
    let current = now.translate(kind, side, key).map(str::to_owned);
    // One that is wrong is no reason not to suggest another.
    let mut open = now.clone();
    open.remove(kind, side, key);
    let of = |side| profiles.choices(kind, side);
    let suggestion = suggest(kind, of(Side::Xero), of(Side::Erpnext), &open)
        .into_iter()
        .find(|it| it.mapping.from == side && it.mapping.key == key)
        .filter(|it| Some(&it.mapping.to) != current.as_ref());
    let value = profiles
        .choices(kind, side)
        .iter()
        .find(|choice| choice.key == key);
    let name = value.map_or_else(|| key.to_owned(), |choice| named(kind, choice));
    Remedy::ChooseMapping {
        kind: kind.into(),
        side: side.into(),
        key: key.to_owned(),
        name,
        choices: offered_for(profiles, now, kind, side.other(), value),
        suggested: suggestion.as_ref().map(|it| it.mapping.to.clone()),
        reason: suggestion.map(|it| it.reason),
        current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
