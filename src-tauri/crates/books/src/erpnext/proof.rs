//! What a site was seen to make of documents, before one of them counts.
//!
//! A site computes totals by its own version, settings and templates. What the translation foretells
//! is checked on a draft; once a document of a shape was seen to come out to the cent, others of that
//! shape are submitted at once, held to their total by the site itself and compared afterwards. A cent
//! off ends the proof.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::erpnext::Chart;
use engine::books::{Change, Pulled};
use ledger::Document;
use ledger::agreement::{invoice_differences, open_difference};
use ledger::problem::Difference;
use serde_json::{Value, json};

/// What a site's arithmetic depends on in a document, amounts aside: the tax rows with their charge
/// types, accounts and rates, whether they are in the prices, what lines say about tax, units and
/// discounts, rounding to whole units, the currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape(String);

impl Shape {
    /// The shape of a document, from the body that creates it.
    pub(super) fn of(body: &Value) -> Self {
        let rows = |table: &str| body[table].as_array().map_or(&[][..], Vec::as_slice);
        let taxes: Vec<Value> = rows("taxes")
            .iter()
            .map(|row| {
                json!([
                    row["charge_type"],
                    row["account_head"],
                    row["rate"],
                    row["included_in_print_rate"],
                    negative(&row["tax_amount"]),
                ])
            })
            .collect();
        let lines: BTreeSet<String> = rows("items")
            .iter()
            .map(|row| {
                json!([
                    row["item_tax_template"],
                    row["item_tax_rate"],
                    row["uom"],
                    row["item_code"].is_string(),
                    row["discount_percentage"].is_null(),
                    negative(&row["rate"]),
                ])
                .to_string()
            })
            .collect();
        let shape = json!([
            body["currency"],
            body["disable_rounded_total"],
            taxes,
            lines,
            rows("items").len() > 1,
        ]);
        Self(shape.to_string())
    }
}

/// Whether an amount, written as an exact JSON number, is below zero.
fn negative(amount: &Value) -> bool {
    amount.to_string().starts_with('-')
}

/// The shapes that one company was seen to compute to the cent, with its settings and chart as they
/// are.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    chart: Option<Arc<Chart>>,
    shapes: BTreeSet<Shape>,
}

impl Proofs {
    /// Whether documents of this shape are known to come out as foretold.
    pub(super) fn hold(&self, shape: &Shape) -> bool {
        self.shapes.contains(shape)
    }

    /// The company was looked at anew. Where anything about it is not as it was, nothing is proven.
    pub(super) fn keep_for(&mut self, chart: &Arc<Chart>) {
        if self.chart.as_ref() != Some(chart) {
            self.shapes.clear();
            self.chart = Some(Arc::clone(chart));
        }
    }

    /// Notes whether a submitted document of this shape is what was meant.
    pub(super) fn note(&mut self, shape: Shape, as_meant: bool) {
        if as_meant {
            self.shapes.insert(shape);
        } else {
            self.shapes.remove(&shape);
        }
    }
}

/// The document that a write makes, or whose content it changes, as it should become.
pub(super) fn meant(change: &Change) -> Option<&Document> {
    match change {
        // A Journal Entry makes it, and the document stays as it is.
        Change::Allocate { .. } => None,
        _ => change.meant()?.document(),
    }
}

/// In what the site's document is not the one meant, submitted or not: dates, totals, tax, amount due.
/// The first figure of each is the one meant.
pub(super) fn differences(meant: &Document, seen: &Pulled) -> Vec<Difference> {
    let Ok(record) = &seen.record else {
        return Vec::new();
    };
    let Some(seen) = record.document() else {
        return Vec::new();
    };
    let mut meant = meant.clone();
    meant.state = seen.state;
    // Nothing is paid on a new document, whatever is on the one it was made from.
    meant.amount_due = meant.total;
    let mut found = invoice_differences(&meant, seen);
    found.extend(open_difference(record.kind(), &meant, seen));
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chart() -> Chart {
        Chart {
            company: "Acme Ltd".into(),
            currency: ledger::Currency::new("GBP").unwrap(),
            country: None,
            default_income_account: None,
            cost_center: None,
            round_off_account: None,
            receivable_account: None,
            advances_apart: false,
            exchange_account: None,
            write_off_account: None,
            accounts: vec![],
            tax_templates: vec![],
            other_taxes: vec![],
            whole_unit: "Nos".into(),
            fraction_unit: None,
            countries: vec![],
            fields_made: None,
            company_made: None,
            figures: ::erpnext::chart::Figures {
                version: ledger::tax::ErpnextVersion::V15,
                rounding: ledger::money::RoundingMethod::HalfEven,
                amount_digits: 2,
                rate_digits: 2,
                quantity_digits: 3,
                round_each_line: false,
            },
            negative_rates: false,
            frozen_until: None,
            closed_periods: vec![],
            fiscal_years: vec![],
            modes_of_payment: vec![],
            time_zone: "UTC".into(),
            markers: ::erpnext::chart::Markers::default(),
            version: 15,
            tracking: Vec::new(),
        }
    }

    fn body() -> Value {
        json!({
            "currency": "GBP", "disable_rounded_total": 1,
            "items": [{"uom": "Nos", "rate": 10, "qty": 1, "item_tax_template": "VAT 20"}],
            "taxes": [{"charge_type": "On Net Total", "account_head": "VAT", "rate": 20,
                       "included_in_print_rate": 0}],
        })
    }

    #[test]
    fn amounts_and_texts_are_not_the_shape_and_everything_else_is() {
        let shape = Shape::of(&body());
        let same = |pointer: &str, value: Value| {
            let mut other = body();
            *other.pointer_mut(pointer).unwrap() = value;
            Shape::of(&other) == shape
        };
        assert!(same("/items/0/rate", json!(99)));
        assert!(same("/items/0/qty", json!(7)));
        assert!(!same("/items/0/rate", json!(-99)));
        assert!(!same("/items/0/uom", json!("Hour")));
        assert!(!same("/items/0/item_tax_template", json!("VAT 5")));
        assert!(!same("/taxes/0/rate", json!(5)));
        assert!(!same("/taxes/0/charge_type", json!("Actual")));
        assert!(!same("/taxes/0/account_head", json!("GST")));
        assert!(!same("/taxes/0/included_in_print_rate", json!(1)));
        assert!(!same("/currency", json!("USD")));
        assert!(!same("/disable_rounded_total", json!(0)));
        let mut longer = body();
        let line = longer["items"][0].clone();
        longer["items"].as_array_mut().unwrap().push(line.clone());
        assert_ne!(Shape::of(&longer), shape, "one line and several");
        let two = Shape::of(&longer);
        longer["items"].as_array_mut().unwrap().push(line);
        assert_eq!(Shape::of(&longer), two, "two lines and three");
        let mut sent = body();
        sent["docstatus"] = json!(1);
        sent["name"] = json!("INV-1");
        sent["payment_schedule"] = json!([{"payment_amount": 12}]);
        assert_eq!(Shape::of(&sent), shape, "how it is sent is not its shape");
        let row = json!({"charge_type": "Actual", "account_head": "VAT", "tax_amount": 0.01});
        let mut rows = [body(), body()];
        rows[0]["taxes"].as_array_mut().unwrap().push(row.clone());
        rows[1]["taxes"].as_array_mut().unwrap().insert(0, row);
        assert_ne!(
            Shape::of(&rows[0]),
            Shape::of(&rows[1]),
            "the order of rows"
        );
    }

    #[test]
    fn another_chart_ends_every_proof_and_a_cent_ends_one() {
        let chart = Arc::new(chart());
        let (shape, mut proofs) = (Shape::of(&body()), Proofs::default());
        proofs.keep_for(&chart);
        assert!(!proofs.hold(&shape));
        proofs.note(shape.clone(), true);
        proofs.keep_for(&Arc::new(chart.as_ref().clone()));
        assert!(proofs.hold(&shape));
        let mut later = chart.as_ref().clone();
        later.version += 1;
        proofs.keep_for(&Arc::new(later));
        assert!(!proofs.hold(&shape), "the site was upgraded");
        proofs.note(shape.clone(), true);
        proofs.note(shape.clone(), false);
        assert!(!proofs.hold(&shape));
    }
}
