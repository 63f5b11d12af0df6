//! The two fake systems as the engine asks them, with a gate at every point where a process can die.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::books::{
    Answer, Books, BooksError, Change, Claim, Claims, CreditsPage, CreditsPass, Cursor, Lookup,
    Page, Prepared, Profile, Pulled, Seen, SeenPage, Step, Traces, Wire, Write,
};
use ledger::mapping::Choice;
use ledger::{Cause, Currency, Kind, Record, RemoteId, Side, Version};
use rust_decimal::Decimal;
use store::Store;
use tokio::sync::Notify;

use super::{Deletions, SalesGoTo, World};

/// Lets I/O through, until the point where the process is to die.
#[derive(Default)]
pub struct Gate {
    passed: AtomicU64,
    die_at: AtomicU64,
    /// Lose answers instead of dying: the write is carried out and reported in doubt.
    pub lose_answers_from: AtomicU64,
    pub hit: Notify,
    /// Wakes what was only to wait there.
    pub resume: Notify,
    waits: AtomicBool,
}

impl Gate {
    pub async fn pass(&self) {
        let point = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if point == self.die_at.load(Ordering::SeqCst) {
            self.hit.notify_one();
            if self.waits.load(Ordering::SeqCst) {
                self.resume.notified().await;
            } else {
                std::future::pending::<()>().await;
            }
        }
    }

    pub fn die_at(&self, point: u64) {
        self.passed.store(0, Ordering::SeqCst);
        self.die_at.store(point, Ordering::SeqCst);
        self.waits.store(false, Ordering::SeqCst);
    }

    /// As [`Gate::die_at`], but it goes on from there once it is told to.
    pub fn wait_at(&self, point: u64) {
        self.die_at(point);
        self.waits.store(true, Ordering::SeqCst);
    }

    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

pub struct FakeBooks {
    pub side: Side,
    pub world: Arc<Mutex<World>>,
    pub gate: Arc<Gate>,
    /// Where every write must be on record before it is sent.
    pub journal: Store,
}

#[async_trait]
impl Books for FakeBooks {
    fn side(&self) -> Side {
        self.side
    }

    fn moment(&self) -> Option<DateTime<Utc>> {
        let world = self.world.lock().unwrap();
        world.notes.as_ref().map(|notes| notes.now)
    }

    async fn claims(&self, _key: &str) -> Result<Option<Claims>, BooksError> {
        if self.moment().is_none() {
            return Ok(None);
        }
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        Ok(world.notes.as_ref().map(|notes| Claims {
            standing: notes.standing.clone(),
            now: notes.now,
        }))
    }

    async fn claim(
        &self,
        _key: &str,
        _about: &str,
        claim: &Claim,
    ) -> Result<Option<DateTime<Utc>>, BooksError> {
        if self.moment().is_none() {
            return Ok(None);
        }
        self.gate.pass().await;
        let mut world = self.world.lock().unwrap();
        Ok(world.notes.as_mut().map(|notes| notes.write(claim)))
    }

    async fn profile(&self) -> Result<Profile, BooksError> {
        let choice = |key: &str, rate: Option<i64>| Choice {
            key: key.into(),
            id: None,
            code: None,
            also: None,
            also_id: None,
            no_bank: false,
            name: key.into(),
            rate: rate.map(Decimal::from),
            default: true,
        };
        let mut world = self.world.lock().unwrap();
        world.profiles_read += 1;
        let (identity, origin) = (world.identity.clone(), world.origin.clone());
        let account = Choice {
            default: world.sales_go_to != SalesGoTo::Nowhere,
            ..choice("sales", None)
        };
        let more = world.accounts.clone();
        let more = more.iter().map(|account| choice(account, None));
        let profile = Profile {
            origin,
            identity: identity.unwrap_or_else(|| self.side.word().into()),
            name: self.side.word().into(),
            base_currency: Currency::new("GBP").unwrap(),
            country: None,
            currencies: vec![],
            locked_until: None,
            accounts: std::iter::once(account).chain(more).collect(),
            taxes: vec![choice("vat", Some(20))],
            bank_accounts: vec![
                choice("bank", None),
                Choice {
                    no_bank: true,
                    ..choice("fees", None)
                },
            ],
            advance_accounts: Vec::new(),
            opening: engine::books::Opening::default(),
            time_zone: "UTC".into(),
            tracking: Vec::new(),
        };
        world.remembered = Some(profile.clone());
        Ok(profile)
    }

    fn known_profile(&self) -> Option<Profile> {
        let world = self.world.lock().unwrap();
        world.remembered.clone().filter(|_| world.remembers)
    }

    fn knows_since(&self, within: chrono::TimeDelta) -> bool {
        let world = self.world.lock().unwrap();
        world.known_for.is_some_and(|known| known <= within)
    }

    fn ready(&self) -> Result<(), BooksError> {
        if self.world.lock().unwrap().not_ready {
            return Err(BooksError::NotAllowed {
                side: self.side,
                why: "read only".into(),
            });
        }
        Ok(())
    }

    async fn page(&self, kind: Kind, cursor: &Cursor) -> Result<Page, BooksError> {
        self.gate.pass().await;
        let mut world = self.world.lock().unwrap();
        world.pages += 1;
        let since: u64 = cursor.0.parse().unwrap_or(0);
        if world.breaks_off && since > 0 {
            return Err(BooksError::Offline {
                side: self.side,
                why: "the line broke".into(),
            });
        }
        let mut rows: Vec<(u64, Pulled)> = world
            .records
            .iter()
            .filter(|((of, _), held)| *of == kind && held.version > since)
            .filter(|((_, id), _)| !world.not_listed.contains(id))
            .filter(|((_, id), _)| !world.forbidden.contains(id))
            .filter(|(_, held)| {
                world
                    .lists_show_up_to
                    .is_none_or(|limit| held.version <= limit)
            })
            .map(|((_, id), held)| (held.version, world.sent(id, held)))
            .collect();
        rows.sort_by_key(|(version, _)| *version);
        let more = rows.len() > 3;
        rows.truncate(3);
        let next = rows.last().map_or(since, |(version, _)| *version);
        Ok(Page {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            next: Cursor(next.to_string()),
            more,
            total: None,
        })
    }

    async fn find(&self, kind: Kind, by: &Lookup) -> Result<Vec<Pulled>, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        Ok(world
            .records
            .iter()
            .filter(|((of, id), held)| {
                *of == kind
                    && !world.forbidden.contains(id)
                    && match by {
                        Lookup::Ids(ids) => ids.contains(id),
                        Lookup::Markers(markers) => held
                            .marker
                            .as_ref()
                            .is_some_and(|marker| markers.contains(marker)),
                        Lookup::Titles(titles) => {
                            titles.iter().any(|title| title == held.record.title())
                        }
                        Lookup::OnAccount(contacts) => {
                            let mut of = held.record.refers_to(Kind::Contact);
                            of.any(|contact| contacts.contains(contact))
                                && held.record.as_payment().is_some_and(|it| it.on_account)
                        }
                        Lookup::Settling(invoices) => {
                            let kinds = [Kind::Invoice, Kind::CreditNote].into_iter();
                            let mut paid = kinds.flat_map(|kind| held.record.refers_to(kind));
                            paid.any(|document| invoices.contains(document))
                        }
                    }
            })
            .map(|((_, id), held)| world.sent(id, held))
            .collect())
    }

    fn is_for_good(&self, payment: &RemoteId) -> bool {
        payment.as_str().contains(':')
    }

    fn deletes(&self) -> bool {
        self.side == Side::Erpnext
    }

    async fn traces(&self, cursor: &Cursor) -> Result<Traces, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        let from: usize = cursor.0.parse().unwrap_or(0);
        let hidden = world.deletions == Deletions::Hidden;
        let found = if hidden {
            Vec::new()
        } else {
            world.traces.iter().skip(from).cloned().collect()
        };
        Ok(Traces {
            found,
            next: Cursor(world.traces.len().to_string()),
            more: false,
            hidden,
        })
    }

    async fn recent(&self, _: Kind, _: &Cursor) -> Result<Vec<Seen>, BooksError> {
        Ok(Vec::new())
    }

    async fn all(&self, kind: Kind, _: &Cursor) -> Result<SeenPage, BooksError> {
        self.gate.pass().await;
        let mut world = self.world.lock().unwrap();
        world.compared += 1;
        let seen = world
            .records
            .iter()
            .filter(|((of, id), _)| *of == kind && !world.forbidden.contains(id))
            .map(|((_, id), held)| World::seen(id, held))
            .collect();
        Ok(SeenPage {
            seen,
            next: Cursor::default(),
            more: false,
        })
    }

    async fn seen(&self, kind: Kind, ids: &[RemoteId]) -> Result<Vec<Seen>, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        Ok(world
            .records
            .iter()
            .filter(|((of, id), _)| *of == kind && ids.contains(id))
            .filter(|((_, id), _)| !world.forbidden.contains(id))
            .map(|((_, id), held)| World::seen(id, held))
            .collect())
    }

    async fn exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        Ok(world.records.contains_key(&(kind, id.clone())))
    }

    async fn document_exists(&self, kind: Kind, id: &RemoteId) -> Result<bool, BooksError> {
        self.gate.pass().await;
        let world = self.world.lock().unwrap();
        // The document's name comes last.
        let name = |id: &RemoteId| id.as_str().rsplit([':', '/']).next().map(str::to_owned);
        let mut all = world.records.keys();
        Ok(all.any(|(of, other)| *of == kind && name(other) == name(id)))
    }

    fn is_as_read(&self, _: Kind, seen: &Seen, version: &Version) -> bool {
        seen.version == *version
    }

    fn calls_for_comparing(&self) -> Option<u32> {
        self.world.lock().unwrap().calls_are_few.then_some(50)
    }

    async fn credits(
        &self,
        _: &Cursor,
        begin: Option<CreditsPass>,
    ) -> Result<CreditsPage, BooksError> {
        self.gate.pass().await;
        let mut world = self.world.lock().unwrap();
        if let Some(why) = world.credits_hidden.clone() {
            return Err(BooksError::NotAllowed {
                side: self.side,
                why,
            });
        }
        world.passes.extend(begin);
        Ok(CreditsPage {
            all: true,
            seen: world.credits.clone(),
            unreadable: world.unreadable_credits.clone(),
            next: Cursor(world.passes.len().to_string()),
            more: false,
        })
    }

    async fn hold(
        &self,
        changes: &[&Change],
    ) -> Result<Vec<Option<serde_json::Value>>, BooksError> {
        let world = self.world.lock().unwrap();
        for record in changes.iter().filter_map(|change| change.meant()) {
            for reference in record.references() {
                assert!(
                    world.records.contains_key(&(reference.kind, reference.id)),
                    "what a write refers to is looked for before it is known"
                );
            }
        }
        Ok(vec![None; changes.len()])
    }

    fn prepare(&self, write: &Write) -> Result<Prepared, Cause> {
        let find = match &write.change {
            Change::Create { record, source, .. } => match self.side {
                Side::Xero
                    if record
                        .as_payment()
                        .is_some_and(|it| it.allocations.is_empty()) =>
                {
                    Lookup::OnAccount(record.refers_to(Kind::Contact).cloned().collect())
                }
                Side::Xero if record.kind() == Kind::Payment => {
                    let kinds = [Kind::Invoice, Kind::CreditNote].into_iter();
                    let paid = kinds.flat_map(|kind| record.refers_to(kind));
                    Lookup::Settling(paid.cloned().collect())
                }
                Side::Xero => Lookup::Titles(vec![record.title().to_owned()]),
                Side::Erpnext => Lookup::Markers(vec![source.clone()]),
            },
            Change::Update {
                to: Record::Invoice(_),
                source,
                ..
            } if self.side == Side::Erpnext => Lookup::Markers(vec![source.clone()]),
            other => Lookup::Ids(other.target().cloned().into_iter().collect()),
        };
        let step = Step {
            method: "PUT".into(),
            path: write.change.word().into(),
            body: serde_json::Value::Null,
        };
        Ok(Prepared {
            write: write.clone(),
            steps: vec![step],
            otherwise: None,
            find,
        })
    }

    async fn send(&self, batch: &[Prepared], wire: &dyn Wire) -> Vec<Answer> {
        for prepared in batch {
            let intent = self.journal.intent(&prepared.write.key).unwrap();
            assert_eq!(
                intent.map(|intent| intent.state),
                Some(store::IntentState::Sent),
                "a write was sent before it was on record"
            );
        }
        self.gate.pass().await;
        {
            let mut world = self.world.lock().unwrap();
            world.sends += 1;
            if world.sending_fails {
                let offline = || BooksError::Offline {
                    side: self.side,
                    why: "no route".into(),
                };
                return batch.iter().map(|_| Answer::NotSent(offline())).collect();
            }
        }
        let breaks = {
            let world = self.world.lock().unwrap();
            batch.iter().any(|prepared| {
                let meant = prepared.write.change.meant();
                meant.is_some_and(|record| world.breaks_batch.contains(record.title()))
            })
        };
        if breaks {
            let lost = || Answer::InDoubt("status 500".to_owned());
            return batch.iter().map(|_| lost()).collect();
        }
        let mut answers = Vec::new();
        for prepared in batch {
            let key = prepared.write.key.as_str();
            // Worded only now, as what an answer tells is.
            let late = Step {
                path: format!("{}/late", prepared.steps[0].path),
                ..prepared.steps[0].clone()
            };
            wire.sending(&[(key, late.clone())]).unwrap();
            let journalled = self.journal.intent(key).unwrap().unwrap().write.prepared;
            let journalled: Prepared = serde_json::from_value(journalled).unwrap();
            assert!(journalled.says(&late), "sent before it was on record");
            assert!(
                journalled.says(&prepared.steps[0]),
                "and no longer on record"
            );
            wire.answered(key, 200, serde_json::json!({ "of": key }));
            let answer = self
                .world
                .lock()
                .unwrap()
                .carry_out(self.side, &prepared.write.change);
            // Dying here, the write is done and nobody here knows.
            self.gate.pass().await;
            let lose = self.gate.lose_answers_from.load(Ordering::SeqCst);
            answers.push(if lose > 0 && self.gate.passed().is_multiple_of(lose) {
                Answer::InDoubt("the line broke".into())
            } else {
                answer
            });
        }
        answers
    }

    async fn finish(
        &self,
        prepared: &Prepared,
        found: Pulled,
        wire: Option<&dyn Wire>,
    ) -> Result<Option<Pulled>, BooksError> {
        let title = prepared.write.change.meant().map(Record::title);
        let title = title.unwrap_or_default().to_owned();
        if !self.world.lock().unwrap().left_over.contains(&title) {
            return Ok(Some(found));
        }
        let Some(wire) = wire else {
            return Ok(None);
        };
        self.gate.pass().await;
        if self.world.lock().unwrap().sending_fails {
            return Err(BooksError::Offline {
                side: self.side,
                why: "no route".into(),
            });
        }
        let rest = Step {
            method: "PUT".into(),
            path: "rest".into(),
            body: serde_json::Value::Null,
        };
        let key = prepared.write.key.as_str();
        wire.sending(&[(key, rest.clone())]).unwrap();
        let journalled = self.journal.intent(key).unwrap().unwrap().write.prepared;
        let journalled: Prepared = serde_json::from_value(journalled).unwrap();
        assert!(journalled.says(&rest), "sent before it was on record");
        wire.answered(key, 200, serde_json::json!({ "of": key }));
        let mut world = self.world.lock().unwrap();
        world.left_over.remove(&title);
        world.edit(Kind::Contact, &found.id, |_| {});
        let held = &world.records[&(Kind::Contact, found.id.clone())];
        Ok(Some(world.sent(&found.id, held)))
    }

    fn batch_size(&self, _: Kind) -> usize {
        2
    }

    fn link(&self, _: Kind, _: &RemoteId) -> Option<String> {
        None
    }
}
