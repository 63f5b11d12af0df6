//! One document of each shape goes ahead, to be seen as a draft; once it was, the others of its batch are
//! submitted by the requests that create them.

use std::collections::BTreeSet;

use engine::books::{Answer, Prepared};

use super::super::prepare::invoice;
use super::super::proof::Shape;
use super::Sender;

/// The documents that could be submitted at once if their shape were proven, and are not the first of it
/// in this batch.
fn waiting(batch: &[Prepared]) -> BTreeSet<usize> {
    let mut shapes = BTreeSet::new();
    batch
        .iter()
        .enumerate()
        .filter(|(_, prepared)| {
            invoice::at_once(prepared).is_some_and(|step| !shapes.insert(Shape::of(&step.body)))
        })
        .map(|(index, _)| index)
        .collect()
}

impl Sender<'_> {
    /// Sends a batch in two parts: what others wait for, and those that waited, as they can be sent by
    /// then. Where nothing waits it goes as it is.
    pub(super) async fn in_turn(&self, batch: &[Prepared]) -> Vec<Answer> {
        let mut waiting = waiting(batch);
        if waiting.is_empty() {
            return self.together(batch).await;
        }
        let ahead: Vec<Prepared> = batch
            .iter()
            .enumerate()
            .filter(|(index, _)| !waiting.contains(index))
            .map(|(_, prepared)| prepared.clone())
            .collect();
        let first = self.together(&ahead).await;
        let stopped = first.iter().find_map(|answer| match answer {
            Answer::NotSent(failure) => Some(failure.clone()),
            _ => None,
        });
        let second = if let Some(failure) = stopped {
            vec![Answer::NotSent(failure); waiting.len()]
        } else {
            let others = waiting.iter().filter_map(|index| batch.get(*index));
            let others: Vec<Prepared> = others.map(|it| self.worded_now(it)).collect();
            self.together(&others).await
        };
        let (mut first, mut second) = (first.into_iter(), second.into_iter());
        (0..batch.len())
            .filter_map(|index| {
                if waiting.remove(&index) {
                    second.next()
                } else {
                    first.next()
                }
            })
            .collect()
    }

    /// A document that waited: submitted by the request that creates it, if its shape was seen to come
    /// out right, else as a draft like the one that went ahead.
    fn worded_now(&self, prepared: &Prepared) -> Prepared {
        let mut prepared = prepared.clone();
        if let Some(step) = invoice::at_once(&prepared)
            && self.proofs().hold(&Shape::of(&step.body))
        {
            prepared.steps = vec![step];
        }
        prepared
    }
}
