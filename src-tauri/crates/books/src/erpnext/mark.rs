//! Markers put on documents that exist.

use std::collections::{BTreeMap, BTreeSet};

use ::erpnext::Error;
use ::erpnext::error::RefusalKind;
use ::erpnext::journal::{Journal, NotWrittenDown, Request};
use ::erpnext::marker_fields::{self, Mark, Marked, mark_many};
use engine::books::{Answer, BooksError, Change, Lookup, Prepared, Step, Wire};
use http::Method;
use ledger::{Cause, Kind, Record, RemoteId, Side, Version};
use serde_json::{Value, json};

use super::failure;
use super::part::{self, Named};
use super::send::{Sender, Sent, as_step};

impl Sender<'_> {
    /// Puts all markers of a batch on in one call, where there are several. What that settles is
    /// answered; the other writes stay open, and so do markers that another document holds, which
    /// need a closer look. The second part is the failure that stops the batch.
    pub(super) async fn mark_together(
        &self,
        batch: &[Prepared],
    ) -> (Vec<Option<Sent>>, Option<BooksError>) {
        let mut sent: Vec<Option<Sent>> = batch.iter().map(|_| None).collect();
        let mut marks: Vec<(usize, &RemoteId, Mark)> = batch
            .iter()
            .enumerate()
            .filter_map(|(index, prepared)| {
                let Change::Mark { kind, id, .. } = &prepared.write.change else {
                    return None;
                };
                Some((index, id, as_mark(*kind, id, prepared)?))
            })
            .collect();
        // A row is written no other way: a document of its own it is not.
        let rows = marks.iter().any(|(_, _, mark)| is_row(mark));
        // A document that is saved moves the stamps of its rows, and a row moves no other's.
        marks.sort_by_key(|(_, _, mark)| !is_row(mark));
        if marks.len() < 2 && !rows {
            return (sent, None);
        }
        if rows {
            let held = marks.iter_mut().map(|(index, _, mark)| {
                let version = batch.get(*index).and_then(|it| it.write.change.version());
                (version, mark)
            });
            let stale = match self.hold_rows(held.collect()).await {
                Ok(stale) => stale,
                Err(failure) => {
                    for (index, _, _) in &marks {
                        sent[*index] = Some(Sent::Answered(Answer::NotSent(failure.clone())));
                    }
                    return (sent, Some(failure));
                }
            };
            for (index, _, _) in marks.extract_if(.., |it| stale.contains(&it.2.name)) {
                sent[index] = Some(Sent::Answered(Answer::Stale));
            }
        }
        let together: Vec<Mark> = marks.iter().map(|(_, _, mark)| mark.clone()).collect();
        let keys = batch
            .iter()
            .filter_map(|prepared| {
                let change = &prepared.write.change;
                let name = holder(change.kind(), change.target()?).1;
                Some((name, prepared.write.key.as_str()))
            })
            .collect();
        let journal = OfMany {
            wire: self.wire,
            keys,
        };
        let marked = match mark_many(&self.client, &journal, &together).await {
            Ok(marked) => marked,
            Err(error) => {
                let answer = failure::of_a_write(error, false, false);
                if matches!(answer, Answer::Refused { .. }) {
                    // One of them, or all: each by itself tells.
                    return (sent, None);
                }
                let stopped = match &answer {
                    Answer::NotSent(failure) => Some(failure.clone()),
                    _ => None,
                };
                for (index, _, _) in &marks {
                    sent[*index] = Some(Sent::Answered(answer.clone()));
                }
                return (sent, stopped);
            }
        };
        for ((index, id, _), marked) in marks.into_iter().zip(marked) {
            sent[index] = match marked {
                Marked::Done => Some(Sent::Written(id.clone())),
                Marked::Stale => Some(Sent::Answered(Answer::Stale)),
                Marked::Missing => Some(Sent::Answered(Answer::Refused {
                    cause: Cause::Vanished {
                        side: Side::Erpnext,
                    },
                    answer: "there is no such document".to_owned(),
                })),
                // Looked at more closely by itself.
                Marked::NotUnique => None,
                Marked::Refused(why) => Some(Sent::Answered(Answer::Refused {
                    cause: Cause::refused(Side::Erpnext, why.clone()),
                    answer: why,
                })),
            };
        }
        (sent, None)
    }

    /// Puts the marker on. Where a cancelled document holds it for ever (a person cancelled and
    /// amended it), the amended one gets a revision of it.
    pub(super) async fn mark(&self, prepared: &Prepared, kind: Kind, id: &RemoteId) -> Sent {
        let Change::Mark { source, .. } = &prepared.write.change else {
            return self.steps(prepared, &prepared.steps).await;
        };
        let Some(step) = prepared.steps.first() else {
            return Sent::Written(id.clone());
        };
        if let Some(mark) = as_mark(kind, id, prepared).filter(is_row) {
            return Box::pin(self.mark_row(prepared, id, mark)).await;
        }
        match self
            .write(prepared, Method::PUT, &step.path, &step.body)
            .await
        {
            Ok(_) => return Sent::Written(id.clone()),
            Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::NotUnique => {}
            Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
        }
        let holders = match engine::books::Books::find(
            self.books,
            kind,
            &Lookup::Markers(vec![source.clone()]),
        )
        .await
        {
            Ok(holders) => holders,
            Err(failure) => return Sent::Answered(Answer::NotSent(failure)),
        };
        if holders.iter().any(|holder| holder.id == *id) {
            return Sent::Written(id.clone());
        }
        let ended = holders
            .iter()
            .all(|holder| holder.record.as_ref().is_ok_and(Record::ended));
        let field = match kind {
            Kind::Invoice if ended => marker_fields::INVOICE,
            Kind::CreditNote if ended => marker_fields::CREDIT_NOTE,
            Kind::Payment if ended => marker_fields::PAYMENT,
            Kind::Contact | Kind::Invoice | Kind::CreditNote | Kind::Payment => {
                return Sent::Answered(Answer::Exists);
            }
        };
        for revision in 1..=marker_fields::REVISIONS {
            let mut body = step.body.clone();
            body[field] = json!(format!("{source}#{revision}"));
            match self.write(prepared, Method::PUT, &step.path, &body).await {
                Ok(_) => return Sent::Written(id.clone()),
                Err(Error::Refused(refusal)) if refusal.kind() == RefusalKind::NotUnique => {}
                Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
            }
        }
        Sent::Answered(Answer::Exists)
    }
}

impl Sender<'_> {
    /// Holds the marks of rows to the rows as they stand, and says which rows have another marker than they were
    /// read with. A document's version tells nothing of that: another installation that made the same payment in
    /// Xero would be written over, and neither would see that there are two.
    async fn hold_rows(
        &self,
        marks: Vec<(Option<&Version>, &mut Mark)>,
    ) -> Result<BTreeSet<String>, BooksError> {
        let mut of_tables: BTreeMap<&'static str, Vec<(Option<&Version>, &mut Mark)>> =
            BTreeMap::new();
        for (version, mark) in marks.into_iter().filter(|(_, mark)| is_row(mark)) {
            let rows = of_tables.entry(mark.doctype).or_default();
            rows.push((version, mark));
        }
        let mut stale = BTreeSet::new();
        for (doctype, rows) in of_tables {
            let names: Vec<&str> = rows.iter().map(|(_, mark)| mark.name.as_str()).collect();
            let fields = marker_fields::ALL.iter();
            let mut parents = fields.filter(|it| it.doctype == doctype);
            let parent = parents
                .find_map(marker_fields::MarkerField::parent)
                .unwrap_or_default();
            let stamps = marker_fields::row_stamps(&self.client, (doctype, parent), &names)
                .await
                .map_err(failure::of_the_connection)?;
            for (version, mark) in rows {
                let Some(stamp) = stamps.iter().find(|it| it.name == mark.name) else {
                    continue;
                };
                let now = stamp.marker.as_deref();
                let now = now.map(|stored| marker_fields::identity(stored).0);
                if now != version.and_then(part::marker_read) {
                    stale.insert(mark.name.clone());
                }
                mark.modified = Some(stamp.modified.clone());
            }
        }
        Ok(stale)
    }

    /// Puts the marker on one row.
    async fn mark_row(&self, prepared: &Prepared, id: &RemoteId, mut mark: Mark) -> Sent {
        let version = prepared.write.change.version();
        match self.hold_rows(vec![(version, &mut mark)]).await {
            Ok(stale) if stale.is_empty() => {}
            Ok(_) => return Sent::Answered(Answer::Stale),
            Err(failure) => return Sent::Answered(Answer::NotSent(failure)),
        }
        let journal = OfMany {
            wire: self.wire,
            keys: [(mark.name.as_str(), prepared.write.key.as_str())].into(),
        };
        let marked = match mark_many(&self.client, &journal, std::slice::from_ref(&mark)).await {
            Ok(marked) => marked.into_iter().next(),
            Err(error) => return Sent::Answered(failure::of_a_write(error, false, false)),
        };
        match marked {
            Some(Marked::Done) => Sent::Written(id.clone()),
            Some(Marked::Stale) | None => Sent::Answered(Answer::Stale),
            Some(Marked::NotUnique) => Sent::Answered(Answer::Exists),
            Some(Marked::Missing) => Sent::Answered(Answer::Refused {
                cause: Cause::Vanished {
                    side: Side::Erpnext,
                },
                answer: "there is no such row".to_owned(),
            }),
            Some(Marked::Refused(why)) => Sent::Answered(Answer::Refused {
                cause: Cause::refused(Side::Erpnext, why.clone()),
                answer: why,
            }),
        }
    }
}

/// Whether a marker goes on a row of a document.
fn is_row(mark: &Mark) -> bool {
    matches!(
        mark.doctype,
        "Payment Entry Deduction" | "Journal Entry Account" | "Sales Invoice Payment"
    )
}

/// The DocType and name of what carries the marker of a record.
fn holder(kind: Kind, id: &RemoteId) -> (&'static str, &str) {
    match kind {
        Kind::Contact => ("Customer", id.as_str()),
        Kind::Invoice | Kind::CreditNote => ("Sales Invoice", id.as_str()),
        Kind::Payment => {
            let named = Named::of(id.as_str());
            named.row().unwrap_or_else(|| named.document())
        }
    }
}

/// The journal of a call that carries several markers: each write has its own element.
struct OfMany<'a> {
    wire: &'a dyn Wire,
    /// The keys of the writes, by the document's name.
    keys: BTreeMap<&'a str, &'a str>,
}

impl OfMany<'_> {
    /// The elements of a call, each with the key of its write.
    fn elements(&self, request: &Request<'_>) -> Vec<(&str, Value)> {
        let text = request.body["docs"].as_str().unwrap_or_default();
        let elements: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
        elements
            .into_iter()
            .filter_map(|element| {
                let key = self.keys.get(element["docname"].as_str()?)?;
                Some((*key, element))
            })
            .collect()
    }
}

impl Journal for OfMany<'_> {
    fn sending(&self, request: &Request<'_>) -> Result<(), NotWrittenDown> {
        let parts: Vec<(&str, Step)> = self
            .elements(request)
            .into_iter()
            .map(|(key, element)| (key, as_step(request, element)))
            .collect();
        self.wire.sending(&parts).map_err(|_| NotWrittenDown)
    }

    /// The answer names those that were refused; each write keeps what is said of its own.
    fn answered(&self, request: &Request<'_>, status: u16, body: &Value) {
        let failed = body["message"]["failed_docs"].as_array();
        for (key, element) in self.elements(request) {
            let own: Vec<&Value> = failed
                .into_iter()
                .flatten()
                .filter(|it| it["doc"]["docname"] == element["docname"])
                .collect();
            let own = json!({"message": {"failed_docs": own}});
            self.wire.answered(key, status, own);
        }
    }
}

/// The element of a bulk call that says what a prepared marker's own request does.
fn as_mark(kind: Kind, id: &RemoteId, prepared: &Prepared) -> Option<Mark> {
    let mut fields = prepared.steps.first()?.body.clone();
    let modified = fields.as_object_mut()?.shift_remove("modified");
    let (doctype, name) = holder(kind, id);
    Some(Mark {
        doctype,
        name: name.to_owned(),
        modified: modified.and_then(|text| text.as_str().map(str::to_owned)),
        fields,
    })
}
