//! Which way records of each kind travel.

use chrono::NaiveDate;
use ledger::{Kind, Side};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::codes::Numbered;
use crate::pairings::bump;
use crate::sql::{Columns, json, words};
use crate::statements::rules as sql;
use crate::{PairingId, Store, StoreError};

words! {
    /// Which way records of a kind travel.
    pub enum Direction {
        /// Both ways.
        Both = "both",
        /// From ERPNext to Xero only.
        ToXero = "to_xero",
        /// From Xero to ERPNext only.
        ToErpnext = "to_erpnext",
        /// Not at all.
        Off = "off",
    }
}

impl Direction {
    /// Whether records may be written to a side.
    pub const fn writes_to(self, side: Side) -> bool {
        match (self, side) {
            (Direction::Both, _)
            | (Direction::ToXero, Side::Xero)
            | (Direction::ToErpnext, Side::Erpnext) => true,
            (Direction::ToXero, Side::Erpnext)
            | (Direction::ToErpnext, Side::Xero)
            | (Direction::Off, _) => false,
        }
    }
}

words! {
    /// What becomes of a record's counterpart when the record came to its end: voided, cancelled or deleted.
    pub enum Voids {
        /// It is ended too.
        Void = "void",
        /// A person is asked.
        Ask = "ask",
        /// It stands, and the difference is shown.
        Never = "never",
    }
}

/// Where [`Rule::settings`] holds [`Rule::voids`].
const VOIDS: &str = "voids";

/// Where [`Rule::settings`] holds [`Rule::prepayments`].
const PREPAYMENTS: &str = "prepayments";

/// Where [`Rule::settings`] holds [`Rule::drafts`].
const DRAFTS: &str = "drafts";

/// Where [`Rule::settings`] holds [`Rule::conflicts`].
const CONFLICTS: &str = "conflicts";

/// Where [`Rule::settings`] holds [`Rule::closed_until`].
const CLOSED_UNTIL: &str = "closed_until";

/// Where [`Rule::settings`] holds [`Rule::tax_filed`].
const TAX_FILED: &str = "tax_filed";

/// Where [`Rule::settings`] holds [`Rule::only_with_documents`].
const ONLY_WITH_DOCUMENTS: &str = "only_with_documents";

/// The rule for one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The kind.
    pub kind: Kind,
    /// Which way.
    pub direction: Direction,
    /// Documents dated before this day are left alone.
    pub start_date: Option<NaiveDate>,
    /// Defaults and policies.
    pub settings: serde_json::Value,
}

impl Rule {
    /// The rule of a kind that nobody has set: both ways, from the beginning.
    pub fn unset(kind: Kind) -> Self {
        Self {
            kind,
            direction: Direction::Both,
            start_date: None,
            settings: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// What becomes of counterparts of what ended. Nobody having said anything, they are ended too, as they
    /// were before there was a choice.
    pub fn voids(&self) -> Voids {
        let said = self.settings.get(VOIDS).and_then(serde_json::Value::as_str);
        said.and_then(Voids::from_word).unwrap_or(Voids::Void)
    }

    /// The code of the account in Xero to which money that comes in ERPNext for no invoice yet is booked, as a
    /// prepayment; `None` where it is an overpayment, which has none.
    pub fn prepayments(&self) -> Option<&str> {
        let said = self.settings.get(PREPAYMENTS)?.as_str();
        said.filter(|code| !code.is_empty())
    }

    /// Says to which account such money is booked.
    pub fn set_prepayments(&mut self, account: Option<&str>) {
        self.set(PREPAYMENTS, account.unwrap_or_default());
    }

    /// Whether drafts travel too, and not approved documents alone.
    pub fn drafts(&self) -> bool {
        self.is_set(DRAFTS)
    }

    /// Says whether drafts travel.
    pub fn set_drafts(&mut self, drafts: bool) {
        self.put(DRAFTS, drafts.into());
    }

    /// The side that holds where both changed a field to something else; `None` where a person is asked.
    pub fn conflicts(&self) -> Option<Side> {
        let said = self.settings.get(CONFLICTS)?.as_str()?;
        Side::BOTH.into_iter().find(|side| side.word() == said)
    }

    /// Says which side holds where both changed a field to something else.
    pub fn set_conflicts(&mut self, holds: Option<Side>) {
        self.set(CONFLICTS, holds.map(Side::word).unwrap_or_default());
    }

    /// The last day of the closed books: nothing dated on it or before is written on either side.
    pub fn closed_until(&self) -> Option<NaiveDate> {
        let said = self.settings.get(CLOSED_UNTIL)?.as_str()?;
        said.parse().ok()
    }

    /// Says up to which day the books are closed.
    pub fn set_closed_until(&mut self, day: Option<NaiveDate>) {
        let day = day.map(|day| day.to_string());
        self.set(CLOSED_UNTIL, day.as_deref().unwrap_or_default());
    }

    /// The last day for which tax is filed: what is made, changed or ended there waits for a yes.
    pub fn tax_filed(&self) -> Option<NaiveDate> {
        let said = self.settings.get(TAX_FILED)?.as_str()?;
        said.parse().ok()
    }

    /// Says up to which day tax is filed.
    pub fn set_tax_filed(&mut self, day: Option<NaiveDate>) {
        let day = day.map(|day| day.to_string());
        self.set(TAX_FILED, day.as_deref().unwrap_or_default());
    }

    /// Of contacts: whether those alone travel that a document or payment names which travels.
    pub fn only_with_documents(&self) -> bool {
        self.is_set(ONLY_WITH_DOCUMENTS)
    }

    /// Says whether contacts travel only with a document.
    pub fn set_only_with_documents(&mut self, only: bool) {
        self.put(ONLY_WITH_DOCUMENTS, only.into());
    }

    /// Says what becomes of counterparts of what ended.
    pub fn set_voids(&mut self, voids: Voids) {
        self.set(VOIDS, voids.word());
    }

    fn is_set(&self, key: &str) -> bool {
        let said = self.settings.get(key);
        said.and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    fn set(&mut self, key: &str, to: &str) {
        self.put(key, to.into());
    }

    fn put(&mut self, key: &str, to: serde_json::Value) {
        if !self.settings.is_object() {
            self.settings = serde_json::Value::Object(serde_json::Map::new());
        }
        self.settings[key] = to;
    }
}

/// Why a document is left alone: by which part of a rule, or because a person wants that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftAlone {
    /// Documents do not travel from its side.
    Direction,
    /// It is dated before the start date.
    BeforeStart,
    /// A person keeps it apart ([`Store::keep_apart`]).
    KeptApart,
}

impl Rule {
    /// By which part of this rule a document is left alone that stands on this side only and is dated
    /// so; `None` where it is not.
    pub fn leaves_alone(&self, side: Side, date: Option<NaiveDate>) -> Option<LeftAlone> {
        if !self.direction.writes_to(side.other()) {
            return Some(LeftAlone::Direction);
        }
        let start = self.start_date?;
        date.is_some_and(|date| date < start)
            .then_some(LeftAlone::BeforeStart)
    }
}

impl Store {
    /// The rules of a pairing, one for each kind, in the order of work.
    pub fn rules(&self, pairing: PairingId) -> Result<Vec<Rule>, StoreError> {
        let set: Vec<Rule> = self.read(|reading| {
            reading
                .prepare(&sql::ALL)?
                .query_map([pairing], |row| {
                    Ok(Rule {
                        kind: row.kind(0)?,
                        direction: row.get(1)?,
                        start_date: row.date_or_none(2)?,
                        settings: row.json(3)?,
                    })
                })?
                .collect()
        })?;
        Ok(Kind::ALL
            .into_iter()
            .map(|kind| {
                set.iter()
                    .find(|rule| rule.kind == kind)
                    .cloned()
                    .unwrap_or_else(|| Rule::unset(kind))
            })
            .collect())
    }

    /// Sets the rule of a kind, as [`Store::set_rules`].
    pub fn set_rule(&self, pairing: PairingId, rule: &Rule) -> Result<(), StoreError> {
        self.set_rules(pairing, std::slice::from_ref(rule))
    }

    /// Sets the rules of these kinds, all of them or none. Where one lets a kind travel another way than before,
    /// linked records that say something else than both sides agreed on are to do again: what was left alone by
    /// the old rule is seen by nobody else.
    pub fn set_rules(&self, pairing: PairingId, rules: &[Rule]) -> Result<(), StoreError> {
        let before = self.rules(pairing)?;
        self.write_sql(|writing| {
            for rule in rules {
                writing.execute(
                    &sql::SET,
                    params![
                        pairing,
                        rule.kind.word(),
                        rule.direction,
                        rule.start_date.map(|date| date.to_string()),
                        json(&rule.settings)?,
                    ],
                )?;
                let mut before = before.iter().filter(|it| it.kind == rule.kind);
                if before.any(|before| before.direction != rule.direction) {
                    for side in Side::BOTH {
                        let statement = match side {
                            Side::Xero => &sql::EDITED_IN_XERO,
                            Side::Erpnext => &sql::EDITED_IN_ERPNEXT,
                        };
                        writing.execute(statement, params![pairing, rule.kind.number()])?;
                    }
                }
            }
            bump(writing, pairing)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_said_about_ends_is_that_both_sides_follow() {
        let mut rule = Rule::unset(Kind::Invoice);
        assert_eq!(rule.voids(), Voids::Void);
        rule.settings = serde_json::json!({ "drafts": true, "voids": "perhaps" });
        assert_eq!(rule.voids(), Voids::Void);
        rule.set_voids(Voids::Never);
        assert_eq!(rule.voids(), Voids::Never);
        assert_eq!(rule.prepayments(), None);
        rule.set_prepayments(Some("620"));
        assert_eq!(rule.prepayments(), Some("620"));
        assert_eq!(rule.voids(), Voids::Never);
        rule.set_prepayments(None);
        assert_eq!(rule.prepayments(), None);
        assert_eq!(rule.settings["drafts"], true);
    }

    #[test]
    fn a_document_is_left_alone_by_direction_or_date() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 4, day);
        let rule = Rule {
            direction: Direction::ToXero,
            start_date: day(2),
            ..Rule::unset(Kind::Invoice)
        };
        let left = |side, date| rule.leaves_alone(side, date);
        assert_eq!(left(Side::Xero, day(9)), Some(LeftAlone::Direction));
        assert_eq!(left(Side::Erpnext, day(1)), Some(LeftAlone::BeforeStart));
        assert_eq!(left(Side::Erpnext, day(2)), None);
        assert_eq!(left(Side::Erpnext, None), None);
        assert_eq!(
            Rule::unset(Kind::Invoice).leaves_alone(Side::Xero, day(1)),
            None
        );
    }
}
