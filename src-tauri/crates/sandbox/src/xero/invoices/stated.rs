//! Totals that the sender states, and the rounding between them and the lines (OpenAPI 19.0.0,
//! `Invoice.RoundingAmount` and `EnteredTotal`): an opt-in of the organisation, switched on by
//! [`crate::xero::Quirks::stated_totals`]. Without it everything here is ignored.

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::books::Books;
use super::super::errors::Faults;
use super::super::json::{decimal, given, money, put, round};
use super::{Invoice, InvoiceStatus, Shown};

/// How far the stated total may be from the lines, in the document's currency.
const FARTHEST: Decimal = Decimal::from_parts(10, 0, 0, false, 2);

impl Books {
    /// Reads the totals stated for a document whose lines are read. `kept` is the rounding it had,
    /// which stays while its lines do. The wording of the refusals is approximate.
    pub fn apply_stated(
        &self,
        invoice: &mut Invoice,
        kept: Decimal,
        element: &Value,
        faults: &mut Faults,
    ) {
        if !self.quirks.stated_totals || !matches!(invoice.kind, "ACCREC" | "ACCPAY") {
            return;
        }
        let read = |name| {
            given(element, name)
                .and_then(decimal)
                .map(|amount| round(amount, 2))
        };
        let stated = (read("SubTotal"), read("TotalTax"), read("Total"));
        let rounding = read("RoundingAmount");
        let out_of_range = |amount: Decimal| amount.abs() > FARTHEST;
        let mut applied = kept;
        match (invoice.status, stated) {
            (InvoiceStatus::Draft, _) => {
                if let Some(entered) = read("EnteredTotal") {
                    invoice.entered_total = Some(entered);
                }
                applied = rounding
                    .filter(|amount| !out_of_range(*amount))
                    .unwrap_or(kept);
            }
            (_, (Some(sub_total), Some(total_tax), Some(total))) => {
                applied = rounding.unwrap_or_default();
                if out_of_range(applied) {
                    faults.add("RoundingAmount must be between -0.10 and 0.10.");
                }
                let computed = &invoice.totals;
                if sub_total != computed.sub_total {
                    faults.add(format!(
                        "The document sub total {sub_total} does not equal the sum of the lines {:.2}.",
                        computed.sub_total
                    ));
                }
                if total_tax != computed.total_tax {
                    faults.add(format!(
                        "The document total tax {total_tax} does not equal the tax of the lines {:.2}.",
                        computed.total_tax
                    ));
                }
                if total != sub_total + total_tax + applied {
                    faults.add(format!(
                        "The document total {total} does not equal SubTotal, TotalTax and RoundingAmount together."
                    ));
                }
            }
            _ => {}
        }
        invoice.totals.rounding = applied;
        invoice.totals.total = invoice.totals.sub_total + invoice.totals.total_tax + applied;
        if invoice.status != InvoiceStatus::Draft {
            invoice.entered_total = None;
        }
    }

    /// Shows them: answers to writes and single reads only.
    pub fn put_stated(&self, value: &mut Value, invoice: &Invoice, shown: Shown) {
        if self.quirks.stated_totals && shown.contact {
            let entered = invoice.entered_total.unwrap_or(invoice.totals.total);
            put(value, "RoundingAmount", money(invoice.totals.rounding));
            put(value, "EnteredTotal", money(entered));
        }
    }
}
