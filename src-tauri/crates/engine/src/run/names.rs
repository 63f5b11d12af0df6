//! What accounts and tax rates are called, and what stands for which under these names.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::mapping::Renamed;
use ledger::{MappingKind, Mappings, Record, Said, Side};
use store::{LogOutcome, LogWrite, PairingId, Store, StoreError};

use super::Session;
use crate::books::Profile;
use crate::plan::{LinkedPair, PerSide, SideRecord};

/// Takes note of what a side's accounts and tax rates are called now. Mappings go with those that were
/// renamed, and the log says so.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub fn see_names(
    store: &Store,
    pairing: PairingId,
    side: Side,
    profile: &Profile,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut renamed = Vec::new();
    for kind in MappingKind::ALL {
        renamed.extend(store.see_values(pairing, side, kind, profile.offered(kind))?);
    }
    if renamed.is_empty() {
        return Ok(());
    }
    let saved = store.saved_mappings(pairing)?;
    let mapped = |it: &Renamed| {
        let mut of_kind = saved.iter().filter(|saved| saved.mapping.kind == it.kind);
        of_kind.any(|saved| saved.mapping.on(side) == it.now)
    };
    let lines: Vec<LogWrite> = renamed
        .iter()
        .filter(|it| mapped(it))
        .map(|it| {
            let said = Said::ValueRenamed {
                what: it.kind,
                side: it.side,
                before: it.before.clone(),
                now: it.now.clone(),
            };
            LogWrite::note(LogOutcome::Note, said)
        })
        .collect();
    store.append_log(pairing, None, &lines, at)
}

/// What stands for what, under the names that both sides have now.
pub(super) fn mappings(
    session: &Session,
    profiles: &PerSide<Profile>,
) -> Result<Mappings, StoreError> {
    let (store, pairing) = (&session.store, session.pairing.id);
    for side in Side::BOTH {
        see_names(
            store,
            pairing,
            side,
            profiles.get(side),
            session.clock.now(),
        )?;
    }
    let directory = store.known_values(pairing)?;
    // A tax template that was added for a rate is the same tax.
    let (kind, side) = (MappingKind::Tax, Side::Erpnext);
    let taxes = &profiles.erpnext.taxes;
    let completed = store
        .mappings(pairing)?
        .completed(kind, side, taxes, &directory);
    Ok(Side::BOTH.into_iter().fold(completed, |mappings, side| {
        mappings.knowing_rates(side, &profiles.get(side).taxes)
    }))
}

/// What accounts and tax rates are called now that records may carry under an earlier name.
#[derive(Debug, Default)]
pub(super) struct Renaming(BTreeMap<(MappingKind, Side), BTreeMap<String, String>>);

impl Renaming {
    /// The names of now, by those that were read before.
    pub(super) fn of(
        store: &Store,
        pairing: PairingId,
        profiles: &PerSide<Profile>,
    ) -> Result<Self, StoreError> {
        let directory = store.known_values(pairing)?;
        let now = |kind: MappingKind, side: Side, key: &str| -> Option<String> {
            let offered = profiles.get(side).offered(kind);
            let now = directory.present(kind, side, key, offered);
            (now != key).then(|| now.to_owned())
        };
        let mut names: BTreeMap<(MappingKind, Side), BTreeMap<String, String>> = BTreeMap::new();
        for value in directory.values() {
            if let Some(now) = now(value.kind, value.side, &value.key) {
                let of_side = names.entry((value.kind, value.side)).or_default();
                of_side.insert(value.key.clone(), now);
            }
        }
        Ok(Self(names))
    }

    /// Says everything under the names of now: rows and bases that were read before a value was renamed
    /// say the same as those read after.
    pub(super) fn rename(&self, pairs: &mut [LinkedPair], unlinked: &mut PerSide<Vec<SideRecord>>) {
        if self.0.is_empty() {
            return;
        }
        for pair in pairs {
            for (side, record) in [
                (Side::Xero, &mut pair.xero),
                (Side::Erpnext, &mut pair.erpnext),
            ] {
                if let Some(record) = record {
                    self.rename_in(side, &mut record.record);
                }
            }
            if let Some(base) = &mut pair.base {
                self.rename_in(Side::Xero, &mut base.xero);
                self.rename_in(Side::Erpnext, &mut base.erpnext);
            }
        }
        for side in Side::BOTH {
            for record in unlinked.get_mut(side) {
                self.rename_in(side, &mut record.record);
            }
        }
    }

    fn rename_in(&self, side: Side, record: &mut Record) {
        let now = |kind: MappingKind, key: &mut Option<String>| {
            if let Some(known) = key
                && let Some(of_side) = self.0.get(&(kind, side))
                && let Some(now) = of_side.get(known)
            {
                known.clone_from(now);
            }
        };
        if let Some(bank_account) = record.bank_account_mut() {
            now(MappingKind::Bank, bank_account);
        }
        for line in record
            .document_mut()
            .into_iter()
            .flat_map(|it| &mut it.lines)
        {
            now(MappingKind::Account, &mut line.account);
            now(MappingKind::Tax, &mut line.tax);
            for key in line.tracking.iter_mut().flatten() {
                let mut named = Some(std::mem::take(key));
                now(MappingKind::Tracking, &mut named);
                *key = named.unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ledger::mapping::{Choice, Mapping};
    use ledger::{Currency, Document, DocumentState, Line, PriceMode, RemoteId, Version};
    use rust_decimal::Decimal;
    use store::{ConnectionId, MappingSource, NewPairing};

    use super::*;
    use crate::plan::{Base, LinkedPair, SideRecord};

    fn choice(key: &str, id: &str, also: Option<&str>) -> Choice {
        Choice {
            key: key.into(),
            id: Some(id.into()),
            code: None,
            also: also.map(Into::into),
            also_id: also.map(|also| format!("rate {also}")),
            no_bank: false,
            name: key.into(),
            rate: also.map(|_| Decimal::from(20)),
            default: false,
        }
    }

    fn profile(account: Choice, tax: Choice) -> Profile {
        Profile {
            origin: crate::books::Origin::default(),
            identity: "it".into(),
            name: "it".into(),
            base_currency: Currency::new("GBP").unwrap(),
            country: None,
            currencies: Vec::new(),
            locked_until: None,
            accounts: vec![account],
            taxes: vec![tax],
            bank_accounts: Vec::new(),
            advance_accounts: Vec::new(),
            opening: crate::books::Opening::default(),
            time_zone: "UTC".into(),
            tracking: Vec::new(),
        }
    }

    fn invoice(account: &str, tax: &str) -> Record {
        Record::Invoice(Document {
            number: Some("1".into()),
            contact: RemoteId::new("c"),
            contact_name: "Ann".into(),
            state: DocumentState::Approved,
            date: "2026-11-20".parse().unwrap(),
            due_date: None,
            currency: Currency::new("GBP").unwrap(),
            exchange_rate: None,
            reference: None,
            price_mode: PriceMode::Exclusive,
            lines: vec![Line {
                id: None,
                description: "Roses".into(),
                item_code: None,
                quantity: Decimal::ONE,
                unit_price: Decimal::ONE,
                discount_percent: None,
                amount: Decimal::ONE,
                account: Some(account.into()),
                tax: Some(tax.into()),
                tax_rate: None,
                tax_amount: None,
                tracking: None,
            }],
            net_total: Decimal::ONE,
            tax_total: Decimal::ZERO,
            total: Decimal::ONE,
            amount_due: Decimal::ONE,
            opening: false,
            against: None,
            allocations: Vec::new(),
        })
    }

    fn held(record: Record) -> SideRecord {
        SideRecord {
            id: RemoteId::new("1"),
            version: Version::new("1"),
            marker: None,
            record,
        }
    }

    #[test]
    fn what_was_read_before_a_rename_says_the_same_as_what_was_read_after() {
        let store = Store::open_in_memory().unwrap();
        let at = DateTime::UNIX_EPOCH;
        let pairing = store
            .add_pairing(
                &NewPairing {
                    name: "Main".into(),
                    xero_connection: ConnectionId("x".into()),
                    xero_tenant: "x".into(),
                    xero_name: "x".into(),
                    erpnext_connection: ConnectionId("e".into()),
                    erpnext_company: "e".into(),
                    base_currency: Currency::new("GBP").unwrap(),
                    settings: serde_json::json!({}),
                },
                at,
            )
            .unwrap();
        let xero = |code: &str| profile(choice(code, "A", None), choice("OUT", "OUT", None));
        let erpnext = |account: &str, tax: Choice| profile(choice(account, "S", None), tax);
        let before = PerSide {
            xero: xero("200"),
            erpnext: erpnext("Sales", choice("VAT @ 20", "rate", None)),
        };
        let now = PerSide {
            xero: xero("4100"),
            erpnext: erpnext("4000 - Trade", choice("VAT 20%", "T", Some("VAT @ 20"))),
        };
        let pairs = [
            Mapping::both_ways(MappingKind::Account, "200", "Sales"),
            Mapping::both_ways(MappingKind::Tax, "OUT", "VAT @ 20"),
        ];
        let mapped: Vec<(Mapping, MappingSource)> = pairs
            .into_iter()
            .flatten()
            .map(|mapping| (mapping, MappingSource::Person))
            .collect();
        store.add_mappings(pairing, &mapped, at).unwrap();
        for profiles in [&before, &now] {
            for side in Side::BOTH {
                see_names(&store, pairing, side, profiles.get(side), at).unwrap();
            }
        }
        // Xero's row was read anew, ERPNext's and the base were not.
        let mut slice = super::super::situation::Slice::default();
        slice.pairs.push(LinkedPair {
            link: 1,
            xero: Some(held(invoice("4100", "OUT"))),
            erpnext: Some(held(invoice("Sales", "VAT @ 20"))),
            base: Some(Base {
                xero: invoice("200", "OUT"),
                erpnext: invoice("Sales", "VAT @ 20"),
            }),
        });
        let waiting = held(invoice("Sales", "VAT @ 20"));
        slice.unlinked.erpnext.push(waiting);
        let renaming = Renaming::of(&store, pairing, &now).unwrap();
        renaming.rename(&mut slice.pairs, &mut slice.unlinked);
        let there = invoice("4000 - Trade", "VAT 20%");
        let pair = &slice.pairs[0];
        let base = pair.base.as_ref().unwrap();
        assert_eq!(pair.xero.as_ref().unwrap().record, base.xero);
        assert_eq!(pair.erpnext.as_ref().unwrap().record, there);
        assert_eq!(base.erpnext, there);
        assert_eq!(slice.unlinked.erpnext[0].record, there);
        // And the log says that both accounts were renamed.
        let said: Vec<String> = store
            .log(&store::LogQuery {
                pairing: Some(pairing),
                limit: 10,
                ..store::LogQuery::default()
            })
            .unwrap()
            .into_iter()
            .map(|line| line.write.message.sentence())
            .collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[1].contains("\"200\" is \"4100\" now"), "{said:?}");
    }
}
