//! Every exception has a way out that works, and ends by itself when its cause is gone: a scenario for
//! each cause there is, against the demo systems in this process. What the fix says is done, or each
//! choice that is offered is taken; then nobody is asked any more, both books say the same, the next sync
//! writes nothing, and no record was written that has nothing to do with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "ways_out/cases.rs"]
mod cases;
#[path = "ways_out/deeds.rs"]
mod deeds;
#[path = "ways_out/office.rs"]
mod office;

use std::collections::{BTreeMap, BTreeSet};

use app::views::{MappingChange, ReconcileFilter, Remedy, RetryWhat, Side, WhyView};
use cases::{CASES, ELSEWHERE};
use futures::{FutureExt, StreamExt};
use office::Office;
use rust_decimal::Decimal;
use serde_json::json;

/// What ends an exception.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A person does what the fix says in one of the systems, and retries.
    Fix(fn(&Office)),
    /// Somebody takes the cause away at its source; nobody says anything here.
    Itself(fn(&Office)),
    /// A person keeps this side's values.
    Keep(Side),
    /// A person chooses the first candidate of the record in this place.
    Pick(usize),
    /// A person says that it is a new one, or that these are two.
    New,
    /// A person chooses what stands for the value.
    Map(&'static str),
    /// A person sets it aside.
    Ignore,
}

/// One way out of one cause.
pub struct Case {
    /// The cause's word.
    pub cause: &'static str,
    /// What is done, for a person who reads of a failure.
    pub how: &'static str,
    /// What there is before; both sides agree on it.
    pub before: fn(&Office),
    /// The mapping that is set before the cause comes: kind, side, key, counterpart.
    pub map: Option<(
        app::views::MappingKind,
        Side,
        &'static str,
        Option<&'static str>,
    )>,
    /// What brings the cause about.
    pub provoke: fn(&Office),
    /// What ends it.
    pub way: Way,
    /// What another cause is left open by it, which has its own way out.
    pub leaves: &'static [&'static str],
    /// How many records the way out writes.
    pub writes: u32,
    /// The fields in which both books differ by intent: two of one name or number are told apart.
    pub differs: &'static [&'static str],
}

/// The reasons that reconcile gave for what a case makes different.
type Reasons = BTreeSet<String>;

/// What reconcile says of everything that differs while an exception stands: why, and not "unexplained". The reasons
/// add up to each difference, of a contact and of each of its documents.
async fn explained(office: &Office) -> Result<Reasons, String> {
    let filter = ReconcileFilter {
        all: false,
        limit: 50,
    };
    let view = office.app.reconcile(filter).await.unwrap();
    let mut reasons = Reasons::new();
    let mut wrong = Vec::new();
    let mut check = |of: &str, difference: &str, why: &[WhyView]| {
        let parts: Decimal = why.iter().map(|part| dec(&part.amount)).sum();
        if parts != dec(difference) {
            wrong.push(format!(
                "{of}: the reasons of {difference} come to {parts}: {why:?}"
            ));
        }
        for part in why.iter().filter(|part| part.reason == "unexplained") {
            wrong.push(format!(
                "{of}: {} of {difference} is {}",
                part.amount, part.text
            ));
        }
        reasons.extend(why.iter().map(|part| part.reason.clone()));
    };
    for line in &view.lines {
        check(&line.contact, &line.difference, &line.why);
        let asked = office.app.reconcile_contact(&line.name, filter);
        for document in &asked.await.unwrap().documents {
            check(&document.number, &document.difference, &document.why);
        }
    }
    if wrong.is_empty() {
        Ok(reasons)
    } else {
        Err(wrong.join("\n    "))
    }
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Plays a case; what reconcile said of it, or what is wrong.
async fn play(case: &Case) -> Result<Reasons, String> {
    let office = Office::open().await;
    office.contact("Bystander", json!({}));
    office.invoice("Bystander", "BY-1", json!({}));
    (case.before)(&office);
    office.sync().await;
    let before = office.open_causes().await;
    if !before.is_empty() {
        return Err(format!("already before: {before:?}"));
    }
    if let Some((kind, side, key, to)) = case.map {
        office.map(kind, side, key, to).await;
    }
    let bystanders = office.versions();
    (case.provoke)(&office);
    office.sync().await;
    // A write that is lost is one only the second time.
    if case.cause == "in_doubt" {
        office.sync().await;
    }
    let view = office.attention().await;
    let Some(group) = view.groups.iter().find(|group| group.cause == case.cause) else {
        let found = office.open_causes().await;
        return Err(format!("it does not come about: {found:?}"));
    };
    let record = &group.records[0];
    let reasons = explained(&office).await?;
    let touched = office.versions();
    let run = match case.way {
        Way::Fix(deed) => {
            deed(&office);
            office.advance(61);
            let run = office.app.retry(RetryWhat::All).await;
            Some(office.ended(run).await)
        }
        Way::Itself(deed) => {
            deed(&office);
            office.advance(61);
            Some(office.sync().await)
        }
        Way::Keep(side) => {
            let run = office.app.keep(record.id, side).await;
            Some(office.ended(run).await)
        }
        Way::Pick(place) => {
            let asked = view
                .groups
                .iter()
                .find(|group| group.remedy == Remedy::PickCandidate);
            let Some(record) = asked.and_then(|group| group.records.get(place)) else {
                return Err("there is nothing to choose from".to_owned());
            };
            let candidate = record.candidates[0].id.clone();
            let run = office.app.pick_candidate(record.id, candidate).await;
            Some(office.ended(run).await)
        }
        Way::New => {
            let run = office.app.pick_candidate(record.id, "new".into()).await;
            Some(office.ended(run).await)
        }
        Way::Map(to) => {
            let Remedy::ChooseMapping {
                kind, side, key, ..
            } = group.remedy.clone()
            else {
                return Err(format!("no mapping is offered: {:?}", group.remedy));
            };
            let change = MappingChange {
                kind,
                side,
                key,
                counterpart: Some(to.to_owned()),
                both_ways: false,
            };
            let run = office.app.fix_mapping(change, group.id.clone()).await;
            Some(office.ended(run).await)
        }
        Way::Ignore => {
            let reason = "Agreed with the customer".to_owned();
            office.app.ignore(vec![record.id], reason).await.unwrap();
            None
        }
    };
    let mut wrong = Vec::new();
    let found = office.open_causes().await;
    if found.contains_key(case.cause) {
        wrong.push(format!("it does not end: {found:?}"));
    } else if found
        .keys()
        .any(|cause| !case.leaves.contains(&cause.as_str()))
    {
        wrong.push(format!("another is open: {found:?}"));
    }
    if let Some(run) = &run
        && run.records_written != case.writes
    {
        wrong.push(format!(
            "{} records are written, not {} ({:?})",
            run.records_written, case.writes, run.outcome
        ));
    }
    let again = office.sync().await;
    if again.writes > 0 {
        wrong.push(format!("the sync after it writes {}", again.writes));
    }
    if case.leaves.is_empty() && !matches!(case.way, Way::Ignore) {
        wrong.extend(office.differences(case.differs));
    }
    // What was there before, and that nobody touched for this, is as it was.
    let now = office.versions();
    let own: BTreeSet<&String> = touched
        .iter()
        .filter(|(id, version)| bystanders.get(*id) != Some(*version))
        .map(|(id, _)| id)
        .collect();
    let by: Vec<&String> = bystanders
        .iter()
        .filter(|(id, version)| id_of_bystander(&office, id) && now.get(*id) != Some(*version))
        .map(|(id, _)| id)
        .filter(|id| !own.contains(id))
        .collect();
    if !by.is_empty() {
        wrong.push(format!("written without a reason: {by:?}"));
    }
    if wrong.is_empty() {
        Ok(reasons)
    } else {
        Err(wrong.join("\n    "))
    }
}

/// Whether it is one of the records that nothing was done with.
fn id_of_bystander(office: &Office, id: &str) -> bool {
    let (xero, erpnext) = (sandbox::System::Xero, sandbox::System::Erpnext);
    let contact = office.find(xero, "Contacts", "Name", "Bystander");
    let invoice = office.find(xero, "Invoices", "InvoiceNumber", "BY-1");
    let customer = office.find(erpnext, "Customer", "customer_name", "Bystander");
    let ids = [
        office::text(&contact, "ContactID"),
        office::text(&invoice, "InvoiceID"),
        office::text(&customer, "name"),
        "BY-1".to_owned(),
    ];
    ids.iter().any(|one| id.ends_with(one.as_str()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_out_works_and_every_exception_ends_by_itself() {
    let only = std::env::var("COUNTERFOIL_TEST_CAUSE").ok();
    let chosen: Vec<&Case> = CASES
        .iter()
        .filter(|case| only.as_deref().is_none_or(|only| case.cause == only))
        .collect();
    let played: Vec<Result<(&str, Reasons), String>> = futures::stream::iter(chosen)
        .map(|case| async move {
            // A deed that a system refuses is a mistake in the table, and names its case too.
            let played = std::panic::AssertUnwindSafe(play(case))
                .catch_unwind()
                .await;
            let played = played.unwrap_or_else(|why| {
                let why = why.downcast_ref::<String>();
                Err(why.cloned().unwrap_or_default())
            });
            match played {
                Ok(reasons) => Ok((case.cause, reasons)),
                Err(wrong) => Err(format!("{}, {}:\n    {wrong}", case.cause, case.how)),
            }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    let failed: Vec<&str> = (played.iter())
        .filter_map(|it| it.as_ref().err().map(String::as_str))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // What makes both sides differ, by what brought it about and how reconcile explains it: so many, or a case that
    // made them differ does not any more.
    let kinds: BTreeSet<&(&str, Reasons)> = (played.iter())
        .filter_map(|it| it.as_ref().ok())
        .filter(|(_, reasons)| !reasons.is_empty())
        .collect();
    assert!(
        only.is_some() || kinds.len() >= 26,
        "{}: {kinds:#?}",
        kinds.len()
    );
}

#[test]
fn every_cause_has_a_scenario_for_each_of_its_ways() {
    let mut ways: BTreeMap<&str, Vec<Way>> = BTreeMap::new();
    for case in CASES {
        ways.entry(case.cause).or_default().push(case.way);
    }
    let mut missing = Vec::new();
    for cause in ledger::Cause::words() {
        if let Some((_, file, test)) = ELSEWHERE.iter().find(|(of, ..)| of == cause) {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(file);
            let source = std::fs::read_to_string(&path).unwrap();
            assert!(
                source.contains(&format!("fn {test}()")),
                "{file} has no {test}"
            );
            continue;
        }
        let ways = ways.remove(cause).unwrap_or_default();
        if !ways.iter().any(|way| matches!(way, Way::Itself(_))) {
            missing.push(format!("{cause}: it goes away by itself"));
        }
        if !ways.iter().any(|way| !matches!(way, Way::Itself(_))) {
            missing.push(format!("{cause}: a person does what is said"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(ways.is_empty(), "of no cause: {:?}", ways.keys());
}
