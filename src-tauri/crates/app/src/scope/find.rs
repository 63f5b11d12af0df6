//! Finds the record that a person names.

use std::collections::BTreeMap;

use engine::books::{Lookup, Pulled};
use ledger::{Kind, Money, Record, RemoteId, Side};
use store::{Pairing, RecordKey, StoredRecord};

use super::name::{self, Named};
use crate::app::App;
use crate::error::AppError;

/// What a record could be.
struct Candidate {
    key: RecordKey,
    /// Its counterpart, where it is linked.
    other: Option<RemoteId>,
    record: Option<Record>,
}

impl Candidate {
    fn is_called(&self, text: &str) -> bool {
        let title = self.record.as_ref().map(Record::title);
        self.key.id.as_str() == text || title.is_some_and(|it| it.eq_ignore_ascii_case(text))
    }

    fn has_ended(&self) -> bool {
        self.record.as_ref().is_some_and(Record::ended)
    }

    /// What tells it from others, and how it is named exactly.
    fn described(&self) -> String {
        let RecordKey { side, kind, id } = &self.key;
        let mut parts = Vec::new();
        if let Some(record) = &self.record {
            parts.push(record.title().to_owned());
            if *kind != Kind::Contact {
                parts.push(record.contact_name().to_owned());
            }
            let total = record.total();
            parts.extend(total.map(|(amount, currency)| Money { amount, currency }.to_string()));
        }
        if self.has_ended() {
            parts.push("ended".to_owned());
        }
        format!(
            "{side} {kind} {} ({})",
            parts.join(", "),
            name::written(*side, *kind, id)
        )
    }
}

impl App {
    /// The record that a text names, with its counterpart where both are called so.
    pub(super) async fn find_named(
        &self,
        pairing: &Pairing,
        text: &str,
    ) -> Result<Vec<RecordKey>, AppError> {
        match name::read(text) {
            Named::Exactly { side, kind, id } => {
                let kinds = kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
                self.exactly(pairing, text, (side, &kinds, id)).await
            }
            Named::Page { site, kinds, id } => {
                let ours = self.site_of(&pairing.erpnext_connection).await?;
                let ours = ours.site().as_str().to_owned();
                let same = url::Url::parse(&ours).is_ok_and(|ours| ours.origin() == site.origin());
                if !same {
                    return Err(AppError::usage(
                        format!("{text} is a page of another site than {ours}."),
                        "Give a link to the paired ERPNext site, or the document's name.",
                    ));
                }
                let exactly = (Side::Erpnext, kinds, id);
                self.exactly(pairing, text, exactly).await
            }
            Named::Called(called) => self.called(pairing, &called).await,
            Named::Elsewhere => Err(AppError::usage(
                format!("{text} is no link to a record that is synced."),
                "Give a link to a contact, an invoice, a credit note or a payment, or its number or name.",
            )),
        }
    }

    /// The record that a text names, with its counterpart where both are called so, from what is known here
    /// alone.
    pub(crate) async fn known_named(
        &self,
        pairing: &Pairing,
        text: &str,
    ) -> Result<Vec<RecordKey>, AppError> {
        if let Some(named) = self.known_exactly(pairing, text).await? {
            return if named.is_empty() {
                Err(unknown(text))
            } else {
                Ok(named)
            };
        }
        let mut candidates = self.known_as(pairing, text.trim()).await?;
        prefer_meant(&mut candidates, text.trim());
        one_of(text, &candidates)
    }

    /// The record that a text names by its identity, or as a link to it, from what is known here alone: none
    /// where it is not known, `None` where it is a number or name.
    pub(crate) async fn known_exactly(
        &self,
        pairing: &Pairing,
        text: &str,
    ) -> Result<Option<Vec<RecordKey>>, AppError> {
        let (side, kinds, id) = match name::read(text) {
            Named::Exactly { side, kind, id } => (
                side,
                kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]),
                id,
            ),
            Named::Page { kinds, id, .. } => (Side::Erpnext, kinds.to_vec(), id),
            Named::Called(_) => return Ok(None),
            Named::Elsewhere => return Ok(Some(Vec::new())),
        };
        let of = pairing.id;
        self.db(move |store| {
            for kind in kinds {
                let key = RecordKey {
                    side,
                    kind,
                    id: id.clone(),
                };
                if store.record(of, &key)?.is_some() {
                    return Ok(Some(vec![key]));
                }
            }
            Ok(Some(Vec::new()))
        })
        .await
    }

    /// The contact that a text names, with its counterpart where both are called so, from what is known
    /// here alone.
    pub(crate) async fn contact_named(
        &self,
        pairing: &Pairing,
        text: &str,
    ) -> Result<Vec<RecordKey>, AppError> {
        let called = match name::read(text) {
            Named::Exactly { side, kind, id } if kind.is_none_or(|it| it == Kind::Contact) => {
                let key = RecordKey {
                    side,
                    kind: Kind::Contact,
                    id,
                };
                let (of, wanted) = (pairing.id, key.clone());
                let known = self.db(move |store| store.record(of, &wanted)).await?;
                return known.map(|_| vec![key]).ok_or_else(|| unknown(text));
            }
            Named::Page {
                kinds: [Kind::Contact],
                id,
                ..
            } => id.0,
            Named::Called(called) => called,
            Named::Exactly { .. } | Named::Page { .. } | Named::Elsewhere => {
                return Err(unknown(text));
            }
        };
        let mut candidates = self.known_as(pairing, &called).await?;
        candidates.retain(|it| it.key.kind == Kind::Contact);
        prefer(&mut candidates, |it| it.is_called(&called));
        prefer(&mut candidates, |it| !it.has_ended());
        one_of(text, &candidates)
    }

    /// The record of an ERPNext document, which may be one of several kinds; `None` where it is none that is
    /// synced, or not there.
    pub(crate) async fn document(
        &self,
        pairing: &Pairing,
        kinds: &[Kind],
        name: &str,
    ) -> Result<Option<RecordKey>, AppError> {
        let exactly = (Side::Erpnext, kinds, RemoteId::new(name));
        match self.exactly(pairing, name, exactly).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(AppError::NoRecord(_)) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// A record by its identity.
    async fn exactly(
        &self,
        pairing: &Pairing,
        text: &str,
        (side, kinds, id): (Side, &[Kind], RemoteId),
    ) -> Result<Vec<RecordKey>, AppError> {
        let keys: Vec<RecordKey> = kinds
            .iter()
            .map(|kind| RecordKey {
                side,
                kind: *kind,
                id: id.clone(),
            })
            .collect();
        let (of, wanted) = (pairing.id, keys.clone());
        let known = self
            .db(move |store| {
                for key in wanted {
                    if store.record(of, &key)?.is_some() {
                        return Ok(Some(key));
                    }
                }
                Ok(None)
            })
            .await?;
        if let Some(known) = known {
            return Ok(vec![known]);
        }
        let reached = self.reach(pairing).await?;
        for key in keys {
            let by = Lookup::Ids(vec![key.id.clone()]);
            let found = reached.books.get(side).find(key.kind, &by).await?;
            if found.iter().any(|found| found.id == key.id) {
                return Ok(vec![key]);
            }
        }
        Err(unknown(text))
    }

    /// A record by its number or name, or by its name in ERPNext.
    async fn called(&self, pairing: &Pairing, text: &str) -> Result<Vec<RecordKey>, AppError> {
        if text.is_empty() {
            return Err(AppError::usage(
                "A record without a name was asked for.",
                "Give its number or name.",
            ));
        }
        let mut candidates = self.known_as(pairing, text).await?;
        if candidates.is_empty() {
            candidates = self.asked_for(pairing, text).await?;
        }
        prefer_meant(&mut candidates, text);
        one_of(text, &candidates)
    }

    /// What is known here under a name.
    async fn known_as(&self, pairing: &Pairing, text: &str) -> Result<Vec<Candidate>, AppError> {
        let (of, text) = (pairing.id, text.to_owned());
        self.db(move |store| {
            let mut found: BTreeMap<RecordKey, StoredRecord> = BTreeMap::new();
            for kind in Kind::ALL {
                for side in Side::BOTH {
                    for record in store.records_titled(of, side, kind, &text)? {
                        found.insert(record.key(), record);
                    }
                }
                let named = RecordKey::new(Side::Erpnext, kind, text.as_str());
                if let Some(record) = store.record(of, &named)? {
                    found.insert(named, record);
                }
            }
            let mut candidates = Vec::new();
            for (key, record) in found {
                if record.gone.is_some() {
                    continue;
                }
                let link = store.link_of(of, key.kind, key.side, &key.id)?;
                candidates.push(Candidate {
                    other: link.map(|link| link.on(key.side.other()).clone()),
                    record: record.row.record.ok(),
                    key,
                });
            }
            Ok(candidates)
        })
        .await
    }

    /// What the two systems have under a name, where nothing of it is known here.
    async fn asked_for(&self, pairing: &Pairing, text: &str) -> Result<Vec<Candidate>, AppError> {
        let reached = self.reach(pairing).await?;
        let mut candidates: BTreeMap<RecordKey, Candidate> = BTreeMap::new();
        for kind in Kind::ALL {
            for side in Side::BOTH {
                let mut lookups = vec![Lookup::Titles(vec![text.to_owned()])];
                if side == Side::Erpnext {
                    lookups.push(Lookup::Ids(vec![RemoteId::new(text)]));
                }
                for by in &lookups {
                    let found = reached.books.get(side).find(kind, by).await?;
                    let found = found.into_iter().map(|found| candidate(side, kind, found));
                    candidates.extend(found.map(|it| (it.key.clone(), it)));
                }
            }
        }
        Ok(candidates.into_values().collect())
    }
}

fn candidate(side: Side, kind: Kind, found: Pulled) -> Candidate {
    Candidate {
        key: RecordKey {
            side,
            kind,
            id: found.id,
        },
        other: None,
        record: found.record.ok(),
    }
}

/// Keeps those of which something is true, where it is true of any.
fn prefer(candidates: &mut Vec<Candidate>, is: impl Fn(&Candidate) -> bool) {
    if candidates.iter().any(&is) {
        candidates.retain(is);
    }
}

/// Keeps what a number or name most likely means. A payment's reference often is its invoice's number, and a
/// credit note's may be, which means the invoice; then a credit note goes before a payment. Written just so
/// goes before written alike, and what lives before what has ended.
fn prefer_meant(candidates: &mut Vec<Candidate>, text: &str) {
    prefer(candidates, |it| !it.key.kind.ends_first());
    prefer(candidates, |it| it.key.kind != Kind::Payment);
    prefer(candidates, |it| it.is_called(text));
    prefer(candidates, |it| !it.has_ended());
}

/// The one that is meant. Two that are linked are one, and so are two without a link that are called
/// the same on the two sides: they are looked at together in any case.
fn one_of(text: &str, candidates: &[Candidate]) -> Result<Vec<RecordKey>, AppError> {
    let is_one = |left: &Candidate, right: &Candidate| {
        let (of_left, of_right) = (&left.key, &right.key);
        of_left.kind == of_right.kind
            && of_left.side != of_right.side
            && match (&left.other, &right.other) {
                (Some(other), _) => *other == of_right.id,
                (_, Some(other)) => *other == of_left.id,
                (None, None) => true,
            }
    };
    match candidates {
        [] => Err(unknown(text)),
        [one] => Ok(vec![one.key.clone()]),
        [one, other] if is_one(one, other) => Ok(vec![one.key.clone(), other.key.clone()]),
        several => {
            let described: Vec<String> = several.iter().map(Candidate::described).collect();
            Err(AppError::usage(
                format!("{text} could be: {}.", described.join("; ")),
                "Name the one you mean by what stands in the brackets.",
            ))
        }
    }
}

fn unknown(text: &str) -> AppError {
    AppError::NoRecord(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_the_invoice_then_the_credit_note_then_the_payment() {
        let of = |kind: Kind| Candidate {
            key: RecordKey::new(Side::Xero, kind, kind.word()),
            other: None,
            record: None,
        };
        let meant = |kinds: &[Kind]| {
            let mut candidates: Vec<Candidate> = kinds.iter().map(|kind| of(*kind)).collect();
            prefer_meant(&mut candidates, "D-1");
            let left: Vec<Kind> = candidates.iter().map(|it| it.key.kind).collect();
            left
        };
        let [_, invoice, note, payment] = Kind::ALL;
        assert_eq!(meant(&[payment, note, invoice]), [invoice]);
        assert_eq!(meant(&[payment, note]), [note]);
        assert_eq!(meant(&[payment]), [payment]);
        // Two of one kind are asked about.
        assert_eq!(meant(&[note, note, payment]), [note, note]);
    }
}
