//! What a site made of documents, held against the ledger and against another site.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use erpnext::translate::{credit_note, invoice_in};
use ledger::PriceMode;
use rust_decimal::Decimal;

use super::plan::{Found, Plan, Planned, Stated};
use super::site::Site;
use super::site::answers::{AMOUNTS, Outcome};

/// What a site made of each document; nothing where it refused it.
pub type Made = BTreeMap<String, Option<Outcome>>;

/// The sites' words for what the ledger calls a refusal.
const REFUSALS: [&str; 2] = [
    "Item Wise Tax Details do not match",
    "Additional Discount Amount",
];

/// Differences in words, with the setting they were found under.
#[derive(Default)]
pub struct Differences(pub Vec<String>);

impl Differences {
    pub fn same(&mut self, what: &str, name: &str, got: &impl ToString, wanted: &impl ToString) {
        let (got, wanted) = (got.to_string(), wanted.to_string());
        if got != wanted {
            self.0.push(format!("{name}: {what} {got}, not {wanted}"));
        }
    }
}

pub fn plain(amount: Decimal) -> Decimal {
    amount.normalize()
}

/// Compares what a site made of a document with the ledger's totals.
fn against_model(
    differences: &mut Differences,
    planned: &Planned,
    outcome: &Outcome,
    owed: Decimal,
) {
    let totals = &planned.totals;
    let expected = [
        ("total", totals.lines),
        ("net_total", totals.net),
        ("base_net_total", totals.base_net),
        ("total_taxes_and_charges", totals.tax),
        ("base_total_taxes_and_charges", totals.base_tax),
        ("grand_total", totals.grand),
        ("base_grand_total", totals.base_grand),
        ("rounded_total", totals.rounded),
        ("base_rounded_total", totals.base_rounded),
        ("rounding_adjustment", totals.adjustment),
        ("discount_amount", totals.discount),
        ("outstanding_amount", owed),
    ];
    let name = planned.name();
    for (field, wanted) in expected {
        differences.same(field, &name, &plain(outcome.of(field)), &plain(wanted));
    }
    let list = |amounts: &[Decimal]| {
        format!(
            "{:?}",
            amounts.iter().map(|a| plain(*a)).collect::<Vec<_>>()
        )
    };
    let nets: Vec<Decimal> = outcome.nets.iter().map(|(net, _)| *net).collect();
    differences.same(
        "nets of lines",
        &name,
        &list(&nets),
        &list(&totals.line_nets),
    );
    let rows: Vec<Decimal> = outcome.rows.iter().map(|(row, _)| *row).collect();
    differences.same("tax rows", &name, &list(&rows), &list(&totals.rows));
}

/// Creates a setting's documents on a site and compares them with the ledger's totals, raw and as
/// the client reads them.
pub async fn run(site: &Site, plan: &Plan, differences: &mut Differences) -> Made {
    let bodies = |planned: &[Planned]| planned.iter().map(|one| one.body.clone()).collect();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    refused.extend(site.create(bodies(&plan.first)).await);
    refused.extend(site.create(bodies(&plan.returns)).await);
    let (foretold, all): (Vec<&Planned>, Vec<&Planned>) = plan
        .first
        .iter()
        .chain(&plan.returns)
        .partition(|planned| planned.refused());
    let mut made = Made::new();
    for planned in &foretold {
        let name = planned.name();
        let why = refused.remove(&name).unwrap_or_default();
        if planned.stated.is_some() || !REFUSALS.iter().any(|words| why.contains(words)) {
            differences
                .0
                .push(format!("{name}: foretold to be refused: {why}"));
        }
        made.insert(name, None);
    }
    for (name, why) in refused {
        differences.0.push(format!("{name}: {why}"));
    }
    let names: Vec<String> = all.iter().map(|planned| planned.name()).collect();
    let outcomes = site.outcomes(&names).await;
    let mut owed: BTreeMap<String, Decimal> = all
        .iter()
        .map(|planned| (planned.name(), planned.payable(site)))
        .collect();
    for planned in plan.returns.iter().filter(|planned| !planned.refused()) {
        if planned.body["update_outstanding_for_self"] == 0 {
            let taken = owed.insert(planned.name(), Decimal::ZERO).unwrap();
            *owed
                .get_mut(planned.body["return_against"].as_str().unwrap())
                .unwrap() += taken;
        }
    }
    for planned in &all {
        match outcomes.get(&planned.name()) {
            Some(outcome) => {
                against_model(differences, planned, outcome, owed[&planned.name()]);
            }
            None => differences
                .0
                .push(format!("{}: is missing", planned.name())),
        }
    }
    let before = site.calls.load(Ordering::Relaxed);
    let mut read: BTreeMap<String, Found> = BTreeMap::new();
    let charts: BTreeMap<String, &erpnext::Chart> = all
        .iter()
        .map(|planned| (planned.name(), &planned.chart))
        .collect();
    for (name, row) in site.read(&names).await {
        let invoice = invoice_in::to_ledger(&row, charts[&name]);
        read.insert(name, invoice.into());
    }
    for (name, rows) in site.read_returns(&names).await {
        let note = credit_note::to_ledger(&rows, charts[&name]);
        read.insert(name, note.into());
    }
    let calls = site.calls.load(Ordering::Relaxed) - before;
    assert!(calls <= 9, "{calls} calls for {} documents", names.len());
    for planned in &all {
        if let Some(found) = read.get(&planned.name()) {
            as_read(differences, site, planned, found, owed[&planned.name()]);
        }
    }
    made.extend(
        outcomes
            .into_iter()
            .map(|(name, outcome)| (name, Some(outcome))),
    );
    made
}

/// The document in the ledger's terms: its lines add up to its totals, its totals to each other,
/// and a translated one states what it was made from.
fn as_read(
    differences: &mut Differences,
    site: &Site,
    planned: &Planned,
    found: &Found,
    owed: Decimal,
) {
    let name = planned.name();
    let lines: Decimal = found.lines.iter().map(|line| line.amount).sum();
    let Stated {
        net,
        tax,
        total,
        due,
    } = found.stated;
    let whole = match found.mode {
        PriceMode::Inclusive => total,
        PriceMode::Exclusive | PriceMode::NoTax => net,
    };
    let returned = planned.body["is_return"] == 1;
    let sign = if returned {
        -Decimal::ONE
    } else {
        Decimal::ONE
    };
    for (what, got, wanted) in [
        ("sum of lines read", lines, whole),
        ("net and tax read", net + tax, total),
        ("total read", total, planned.totals.payable() * sign),
    ] {
        differences.same(what, &name, &plain(got), &plain(wanted));
    }
    // What is left of a document that returns have lowered is known exactly where its account is in
    // its own currency.
    let own = planned.payable(site);
    if owed == own || owed.is_zero() || own == planned.totals.payable() {
        let left = if owed == own { total } else { owed * sign };
        differences.same("due read", &name, &plain(due), &plain(left));
    }
    let Some(stated) = &planned.stated else {
        return;
    };
    for (what, got, wanted) in [
        ("net as stated", net, stated.stated.net),
        ("tax as stated", tax, stated.stated.tax),
        ("total as stated", total, stated.stated.total),
    ] {
        differences.same(what, &name, &plain(got), &plain(wanted));
    }
    if stated.mode != PriceMode::NoTax {
        let told = |lines| format!("{:?}", planned.told(lines));
        let (got, wanted) = (told(&found.lines), told(&stated.lines));
        differences.same("taxes of lines", &name, &got, &wanted);
    }
}

/// Compares what two sites made of the same documents.
pub fn against_each_other(differences: &mut Differences, real: &Made, demo: &Made) {
    for (name, real) in real {
        let (real, demo) = match (real, demo.get(name)) {
            (Some(real), Some(Some(demo))) => (real, demo),
            (None, Some(None)) => continue,
            (Some(_), _) => {
                differences.0.push(format!("{name}: only on the real site"));
                continue;
            }
            (None, _) => {
                differences.0.push(format!("{name}: only on the demo site"));
                continue;
            }
        };
        for (at, field) in AMOUNTS.iter().enumerate() {
            let what = format!("{field} on the demo site");
            differences.same(
                &what,
                name,
                &plain(demo.amounts[at]),
                &plain(real.amounts[at]),
            );
        }
        let text = |pairs: &[(Decimal, Decimal)]| {
            let pairs: Vec<_> = pairs.iter().map(|(a, b)| (plain(*a), plain(*b))).collect();
            format!("{pairs:?}")
        };
        differences.same(
            "lines on the demo site",
            name,
            &text(&demo.nets),
            &text(&real.nets),
        );
        differences.same(
            "tax rows on the demo site",
            name,
            &text(&demo.rows),
            &text(&real.rows),
        );
    }
}

pub fn report(differences: &Differences, compared: usize) {
    let shown: Vec<&str> = differences.0.iter().take(40).map(String::as_str).collect();
    assert!(
        differences.0.is_empty(),
        "{} differences in {compared} documents:\n{}",
        differences.0.len(),
        shown.join("\n")
    );
}
