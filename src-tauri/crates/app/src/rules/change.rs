//! What a change of the rules makes of them: pure.

use chrono::NaiveDate;
use ledger::Kind;
use store::{Direction, Rule, Voids};

use crate::error::AppError;
use crate::views::{Conflicts, RuleChange, RuleSetting};

/// From how many ends and changes in one run on a person is asked, where nobody said.
const ASK_FROM: (u32, u32) = (10, 200);

/// In a pairing's settings: from how many ends on a person is asked.
const ASK_FROM_VOIDS: &str = "ask_from_voids";

/// In a pairing's settings: from how many changes on a person is asked.
const ASK_FROM_UPDATES: &str = "ask_from_updates";

/// All rules of a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RuleSet {
    /// One for each kind, in the order of work.
    pub rules: Vec<Rule>,
    /// From how many ends in one run on a person is asked.
    pub ask_from_voids: u32,
    /// From how many changes in one run on a person is asked.
    pub ask_from_updates: u32,
}

/// A setting that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// The kind; `None` where it is for all of them.
    pub kind: Option<Kind>,
    /// Which setting, in words.
    pub what: &'static str,
    /// What it was, in words.
    pub before: String,
    /// What it is, in words.
    pub after: String,
}

impl RuleSet {
    /// The rules as they are stored, and the thresholds among a pairing's settings.
    pub fn new(rules: Vec<Rule>, settings: &serde_json::Value) -> Self {
        let number = |key: &str, unset: u32| {
            let said = settings.get(key).and_then(serde_json::Value::as_u64);
            said.map_or(unset, |value| u32::try_from(value).unwrap_or(u32::MAX))
        };
        Self {
            rules,
            ask_from_voids: number(ASK_FROM_VOIDS, ASK_FROM.0),
            ask_from_updates: number(ASK_FROM_UPDATES, ASK_FROM.1),
        }
    }

    /// A pairing's settings with these thresholds.
    pub fn in_settings(&self, settings: &serde_json::Value) -> serde_json::Value {
        let mut all = settings.as_object().cloned().unwrap_or_default();
        all.insert(ASK_FROM_VOIDS.to_owned(), self.ask_from_voids.into());
        all.insert(ASK_FROM_UPDATES.to_owned(), self.ask_from_updates.into());
        all.into()
    }

    /// The rule of a kind.
    pub fn of(&self, kind: Kind) -> Rule {
        let mut rules = self.rules.iter();
        let own = rules.find(|rule| rule.kind == kind).cloned();
        own.unwrap_or_else(|| Rule::unset(kind))
    }

    /// Documents dated before this day are left alone.
    pub fn start_date(&self) -> Option<NaiveDate> {
        self.of(Kind::Invoice).start_date
    }

    /// The last day of the closed books.
    pub fn closed_until(&self) -> Option<NaiveDate> {
        self.of(Kind::Invoice).closed_until()
    }

    /// The last day for which tax is filed.
    pub fn tax_filed(&self) -> Option<NaiveDate> {
        self.of(Kind::Invoice).tax_filed()
    }

    fn put(&mut self, rule: Rule) {
        match self.rules.iter_mut().find(|own| own.kind == rule.kind) {
            Some(own) => *own = rule,
            None => self.rules.push(rule),
        }
    }

    /// Makes a change. Returns what is another one now: nothing where it is so already.
    ///
    /// # Errors
    /// A usage error for a setting that a kind does not have, and for what is no day.
    pub fn change(&mut self, change: &RuleChange) -> Result<Vec<Changed>, AppError> {
        let kinds: Vec<Kind> = match change.kind {
            Some(kind) => vec![kind.into()],
            None => Kind::ALL.into(),
        };
        match &change.set {
            RuleSetting::StartDate(day) => {
                for_all(change, "start")?;
                let day = parsed(day.as_deref())?;
                let before = day_words(self.start_date());
                for kind in kinds.into_iter().filter(|kind| *kind != Kind::Contact) {
                    let mut rule = self.of(kind);
                    rule.start_date = day;
                    self.put(rule);
                }
                Ok(if_changed(None, "start date", before, day_words(day)))
            }
            RuleSetting::ClosedUntil(day) => {
                for_all(change, "closed-until")?;
                let day = parsed(day.as_deref())?;
                let before = day_words(self.closed_until());
                let mut rule = self.of(Kind::Invoice);
                rule.set_closed_until(day);
                self.put(rule);
                Ok(if_changed(
                    None,
                    "books closed until",
                    before,
                    day_words(day),
                ))
            }
            RuleSetting::TaxFiled(day) => {
                for_all(change, "tax-filed")?;
                let day = parsed(day.as_deref())?;
                let before = day_words(self.tax_filed());
                let mut rule = self.of(Kind::Invoice);
                rule.set_tax_filed(day);
                self.put(rule);
                Ok(if_changed(None, "tax filed to", before, day_words(day)))
            }
            RuleSetting::AskFromVoids(from) => {
                for_all(change, "ask-from-voids")?;
                at_least_one(*from)?;
                let before = std::mem::replace(&mut self.ask_from_voids, *from);
                let (what, words) = ("asks from", |n: u32| format!("{n} voids or replacements"));
                Ok(if_changed(None, what, words(before), words(*from)))
            }
            RuleSetting::AskFromUpdates(from) => {
                for_all(change, "ask-from-changes")?;
                at_least_one(*from)?;
                let before = std::mem::replace(&mut self.ask_from_updates, *from);
                let (what, words) = ("asks from", |n: u32| format!("{n} changes"));
                Ok(if_changed(None, what, words(before), words(*from)))
            }
            setting => {
                let mut changed = Vec::new();
                for kind in kinds {
                    let mut rule = self.of(kind);
                    match set(&mut rule, setting) {
                        Some(one) => changed.extend(one),
                        // Of all kinds those are meant that have such a setting.
                        None if change.kind.is_none() => continue,
                        None => return Err(has_none(kind, setting)),
                    }
                    self.put(rule);
                }
                Ok(changed)
            }
        }
    }
}

/// Sets one setting of a kind's rule; `None` where the kind has no such setting.
fn set(rule: &mut Rule, setting: &RuleSetting) -> Option<Vec<Changed>> {
    let kind = rule.kind;
    let (what, before, after) = match setting {
        RuleSetting::Direction(to) => {
            let before = direction_words(std::mem::replace(&mut rule.direction, (*to).into()));
            ("travel", before, direction_words((*to).into()))
        }
        RuleSetting::Voids(voids) if kind.ends_for_good() => {
            let before = voids_words(rule.voids());
            rule.set_voids((*voids).into());
            ("voided on one side", before, voids_words(rule.voids()))
        }
        RuleSetting::Conflicts(holds) if has_conflicts(kind) => {
            let before = conflicts_words(rule.conflicts().into());
            rule.set_conflicts((*holds).into());
            ("edited on both sides", before, conflicts_words(*holds))
        }
        RuleSetting::Drafts(drafts) if has_drafts(kind) => {
            let before = drafts_words(rule.drafts());
            rule.set_drafts(*drafts);
            ("drafts", before, drafts_words(*drafts))
        }
        RuleSetting::OnlyWithDocuments(only) if kind == Kind::Contact => {
            let before = contacts_words(rule.only_with_documents());
            rule.set_only_with_documents(*only);
            ("which", before, contacts_words(*only))
        }
        RuleSetting::Prepayments(account) if kind == Kind::Payment => {
            let words = |rule: &Rule| match rule.prepayments() {
                Some(code) => format!("a prepayment, booked to {code}"),
                None => "an overpayment".to_owned(),
            };
            let before = words(rule);
            rule.set_prepayments(account.as_deref());
            let after = words(rule);
            return Some(if_changed(
                Some(kind),
                "for no invoice yet become in Xero",
                before,
                after,
            ));
        }
        _ => return None,
    };
    Some(if_changed(Some(kind), what, before, after))
}

/// Whether records of a kind are edited, so that both sides can have changed a field.
pub(super) const fn has_conflicts(kind: Kind) -> bool {
    !matches!(kind, Kind::Payment)
}

/// Whether a rule of a kind says something of drafts. Invoices' holds for all documents.
pub(super) const fn has_drafts(kind: Kind) -> bool {
    matches!(kind, Kind::Invoice)
}

fn if_changed(
    kind: Option<Kind>,
    what: &'static str,
    before: impl Into<String>,
    after: impl Into<String>,
) -> Vec<Changed> {
    let (before, after) = (before.into(), after.into());
    if before == after {
        return Vec::new();
    }
    vec![Changed {
        kind,
        what,
        before,
        after,
    }]
}

fn has_none(kind: Kind, setting: &RuleSetting) -> AppError {
    let (message, next_step) = match setting {
        RuleSetting::Voids(_) => (
            "A contact is archived and never voided.",
            "Set the rule of invoices, credit notes or payments.",
        ),
        RuleSetting::Conflicts(_) => (
            "Payments are not edited, so both sides cannot have changed one.",
            "Set the rule of contacts, invoices or credit notes.",
        ),
        RuleSetting::Drafts(_) => (
            "Drafts are a matter of documents, and one rule for all of them.",
            "Set it for invoices; it holds for credit notes too.",
        ),
        RuleSetting::OnlyWithDocuments(_) => (
            "Only contacts can travel with a document alone.",
            "Set the rule of contacts.",
        ),
        RuleSetting::Prepayments(_) => (
            "Only payments can be made in advance.",
            "Set the rule of payments.",
        ),
        _ => {
            return AppError::usage(
                format!("A {kind} has no such setting."),
                "See: counterfoil rules set --help",
            );
        }
    };
    AppError::usage(message, next_step)
}

/// Refuses a setting of one kind that is one for all of them.
fn for_all(change: &RuleChange, word: &str) -> Result<(), AppError> {
    match change.kind {
        None => Ok(()),
        Some(_) => Err(AppError::usage(
            "This is one setting for all kinds together: documents, their credit notes and payments belong \
             to each other.",
            format!("Set it for all: counterfoil rules set all {word}=…"),
        )),
    }
}

fn at_least_one(from: u32) -> Result<(), AppError> {
    if from > 0 {
        return Ok(());
    }
    Err(AppError::usage(
        "From no record at all nothing could ever go by itself.",
        "Give a number from 1 on.",
    ))
}

fn parsed(day: Option<&str>) -> Result<Option<NaiveDate>, AppError> {
    let Some(day) = day else { return Ok(None) };
    let read = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    let read = read.filter(|it| (1990..2200).contains(&chrono::Datelike::year(it)));
    read.map(Some).ok_or_else(|| {
        AppError::usage(
            format!("\"{day}\" is no day."),
            "Write it as year, month, day: 2026-04-01; or none.",
        )
    })
}

fn day_words(day: Option<NaiveDate>) -> String {
    day.map_or_else(|| "none".to_owned(), |day| day.to_string())
}

pub(super) const fn direction_words(direction: Direction) -> &'static str {
    match direction {
        Direction::Both => "both ways",
        Direction::ToXero => "to Xero only",
        Direction::ToErpnext => "to ERPNext only",
        Direction::Off => "not at all",
    }
}

const fn voids_words(voids: Voids) -> &'static str {
    match voids {
        Voids::Void => "ended on the other too",
        Voids::Ask => "asked about",
        Voids::Never => "stands on the other",
    }
}

pub(super) const fn conflicts_words(holds: Conflicts) -> &'static str {
    match holds {
        Conflicts::Ask => "asked about",
        Conflicts::Xero => "Xero's value holds",
        Conflicts::Erpnext => "ERPNext's value holds",
    }
}

const fn drafts_words(drafts: bool) -> &'static str {
    if drafts { "travel too" } else { "stay" }
}

const fn contacts_words(only: bool) -> &'static str {
    if only {
        "those with a document that travels"
    } else {
        "all customers"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::views::{self, Direction as To};

    fn unset() -> RuleSet {
        RuleSet::new(Vec::new(), &serde_json::json!({}))
    }

    fn one(kind: Option<views::Kind>, set: RuleSetting) -> RuleChange {
        RuleChange { kind, set }
    }

    fn said(changed: &[Changed]) -> Vec<String> {
        let words = |it: &Changed| {
            let kind = it.kind.map_or("all", Kind::word);
            format!("{kind}: {}: {} -> {}", it.what, it.before, it.after)
        };
        changed.iter().map(words).collect()
    }

    #[test]
    fn a_change_says_what_was_and_what_is() {
        use views::Kind::{Contact, CreditNote, Invoice, Payment};
        let to_xero = RuleSetting::Direction(To::ToXero);
        let day = |day: &str| Some(day.to_owned());
        let table: Vec<(RuleChange, Vec<&str>)> = vec![
            (
                one(Some(Invoice), to_xero.clone()),
                vec!["invoice: travel: both ways -> to Xero only"],
            ),
            (one(Some(Invoice), to_xero), vec![]),
            (
                one(None, RuleSetting::Voids(views::Voids::Ask)),
                vec![
                    "invoice: voided on one side: ended on the other too -> asked about",
                    "credit_note: voided on one side: ended on the other too -> asked about",
                    "payment: voided on one side: ended on the other too -> asked about",
                ],
            ),
            (
                one(Some(CreditNote), RuleSetting::Conflicts(Conflicts::Xero)),
                vec!["credit_note: edited on both sides: asked about -> Xero's value holds"],
            ),
            (
                one(None, RuleSetting::Drafts(true)),
                vec!["invoice: drafts: stay -> travel too"],
            ),
            (
                one(Some(Contact), RuleSetting::OnlyWithDocuments(true)),
                vec!["contact: which: all customers -> those with a document that travels"],
            ),
            (
                one(Some(Payment), RuleSetting::Prepayments(day("620"))),
                vec![
                    "payment: for no invoice yet become in Xero: an overpayment -> a prepayment, booked to 620",
                ],
            ),
            (
                one(None, RuleSetting::StartDate(day("2026-04-01"))),
                vec!["all: start date: none -> 2026-04-01"],
            ),
            (
                one(None, RuleSetting::ClosedUntil(day("2026-03-31"))),
                vec!["all: books closed until: none -> 2026-03-31"],
            ),
            (
                one(None, RuleSetting::ClosedUntil(None)),
                vec!["all: books closed until: 2026-03-31 -> none"],
            ),
            (
                one(None, RuleSetting::TaxFiled(day("2026-03-31"))),
                vec!["all: tax filed to: none -> 2026-03-31"],
            ),
            (
                one(None, RuleSetting::AskFromVoids(3)),
                vec!["all: asks from: 10 voids or replacements -> 3 voids or replacements"],
            ),
        ];
        let mut rules = unset();
        for (change, expected) in table {
            assert_eq!(
                said(&rules.change(&change).unwrap()),
                expected,
                "{change:?}"
            );
        }
        let start = NaiveDate::from_ymd_opt(2026, 4, 1);
        assert_eq!(rules.of(Kind::Payment).start_date, start);
        assert_eq!(rules.of(Kind::Contact).start_date, None);
        let settings = rules.in_settings(&serde_json::json!({ "time_zone": "Europe/London" }));
        assert_eq!(
            settings,
            serde_json::json!({ "time_zone": "Europe/London", "ask_from_voids": 3, "ask_from_updates": 200 })
        );
        assert_eq!(RuleSet::new(rules.rules.clone(), &settings), rules);
    }

    #[test]
    fn what_a_kind_does_not_have_is_refused_and_changes_nothing() {
        use views::Kind::{Contact, Invoice, Payment};
        let table = [
            one(Some(Contact), RuleSetting::Voids(views::Voids::Ask)),
            one(Some(Payment), RuleSetting::Conflicts(Conflicts::Xero)),
            one(Some(Payment), RuleSetting::Drafts(true)),
            one(Some(Invoice), RuleSetting::OnlyWithDocuments(true)),
            one(Some(Invoice), RuleSetting::Prepayments(None)),
            one(Some(Invoice), RuleSetting::StartDate(None)),
            one(None, RuleSetting::StartDate(Some("1 April".to_owned()))),
            one(None, RuleSetting::StartDate(Some("0026-04-01".to_owned()))),
            one(None, RuleSetting::AskFromVoids(0)),
        ];
        for change in table {
            let mut rules = unset();
            let refused = rules.change(&change).unwrap_err();
            assert!(matches!(refused, AppError::Usage { .. }), "{change:?}");
            assert_eq!(rules, unset(), "{change:?}");
        }
    }
}
