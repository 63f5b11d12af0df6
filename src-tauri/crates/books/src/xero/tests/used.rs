//! Credit notes and money on account as they are used for invoices: both go by the same verbs.

use ledger::Allocation;
use ledger::allocation::by_invoice;

use super::stage::Stage;
use super::*;

/// The change of what a record is used for, to exactly these.
pub(super) fn allocate(of: &Pulled, uses: Vec<Allocation>) -> Change {
    let from = of.record.clone().unwrap();
    Change::Allocate {
        id: of.id.clone(),
        version: of.version.clone(),
        to: from.used_for(uses),
        from,
        source: RemoteId::new("SOURCE"),
    }
}

/// One use more than there are.
pub(super) fn one_more(of: &Pulled, new: Allocation) -> Change {
    let mut uses = of.record.as_ref().unwrap().uses();
    uses.push(new);
    allocate(of, uses)
}

/// The end of a record.
pub(super) fn end(of: &Pulled) -> Change {
    Change::End {
        id: of.id.clone(),
        version: of.version.clone(),
        from: of.record.clone().unwrap(),
    }
}

/// How much of each invoice a record settles.
pub(super) fn parts(of: &Pulled) -> Vec<(String, String)> {
    let uses = of.record.as_ref().unwrap().uses();
    let parts = by_invoice(&uses).into_iter();
    parts
        .map(|(id, amount)| (id.to_string(), amount.to_string()))
        .collect()
}

/// A record as Xero has it now.
pub(super) async fn now(stage: &Stage, of: &Pulled) -> Pulled {
    let kind = of.record.as_ref().unwrap().kind();
    let by = Lookup::Ids(vec![of.id.clone()]);
    let mut found = stage.books.find(kind, &by).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The calls since there were so many, without their queries.
pub(super) fn calls_since(stage: &Stage, before: usize) -> Vec<String> {
    let calls = stage.calls().split_off(before).into_iter();
    calls
        .map(|it| it.split('?').next().unwrap().replace("/api.xro/2.0", ""))
        .collect()
}

/// The answer to a write, and how many requests it took.
pub(super) async fn send(stage: &Stage, prepared: &Prepared) -> (Answer, usize) {
    let wire = Exchanges::default();
    let answers = stage
        .books
        .send(std::slice::from_ref(prepared), &wire)
        .await;
    let exchanged = wire.take(&prepared.write.key).len();
    (answers.into_iter().next().unwrap(), exchanged)
}
