//! How much of each tax row falls on which line: JSON on the tax rows, or a child table that must
//! add up to them.

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::super::cell::{Row, float_text};
use super::super::super::errors::Refusal;
use super::super::super::release::Breakdown;
use super::super::super::site::Outcome;
use super::float::Float;
use super::{Calculation, Floats as _, TAX};

/// The child table, and its digits after the point.
pub(crate) const TABLE: &str = "item_wise_tax_details";
const DIGITS: u32 = 5;

/// What one tax row takes from one line, in the company's currency and not rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) item: usize,
    pub(super) tax: usize,
    /// Percent, or an amount per unit.
    pub(super) rate: Float,
    pub(super) amount: Float,
    /// What the tax is on.
    pub(super) taxable: Float,
}

impl Calculation<'_> {
    /// Keeps the shares as this release does. Needs the tax rows' amounts.
    pub(super) fn keep_breakdown(&mut self, mut shares: Vec<Share>) -> Outcome<()> {
        match self.release().breakdown {
            Breakdown::OnTaxRows => {
                let mut taxes = std::mem::take(&mut self.taxes);
                for (index, tax) in taxes.iter_mut().enumerate() {
                    tax.set("item_wise_tax_detail", self.by_item(index, &shares));
                }
                self.taxes = taxes;
                Ok(())
            }
            Breakdown::Table => {
                for share in &mut shares {
                    share.amount = self.round(TAX, "tax_amount", share.amount);
                    share.taxable = self.round(TAX, "tax_amount", share.taxable);
                }
                let checked = self.level(&mut shares);
                self.shares = shares;
                checked
            }
        }
    }

    /// `{"SVC-1":[20.0,16.666]}`: of lines with one item, the sum and the last rate.
    fn by_item(&self, index: usize, shares: &[Share]) -> String {
        let by_line = self.rounds_by_line();
        let mut entries: Vec<(&str, Float, Float)> = Vec::new();
        for share in shares.iter().filter(|share| share.tax == index) {
            let item = &self.items[share.item];
            let key = match item.text("item_code") {
                "" => item.text("item_name"),
                code => code,
            };
            let amount = if by_line {
                self.round(TAX, "tax_amount", share.amount)
            } else {
                share.amount
            };
            match entries.iter_mut().find(|(of, ..)| *of == key) {
                Some(entry) => {
                    entry.1 = share.rate;
                    entry.2 += amount;
                }
                None => entries.push((key, share.rate, amount)),
            }
        }
        let parts: Vec<String> = entries
            .iter()
            .map(|(item, rate, amount)| {
                format!(
                    "{}:[{},{}]",
                    Value::from(*item),
                    float_text(rate.decimal()),
                    float_text(amount.decimal())
                )
            })
            .collect();
        format!("{{{}}}", parts.join(","))
    }

    /// The last share of each tax row takes what the shares lack of the row, up to 0.50; beyond
    /// that the document is refused. Shares of a fixed amount that have no rate do not count, so a
    /// row of nothing but those is not looked at.
    fn level(&self, shares: &mut [Share]) -> Outcome<()> {
        let half = Float::ONE / Float::TWO;
        let mut wrong = Vec::new();
        for (index, tax) in self.taxes.iter().enumerate() {
            let fixed = tax.text("charge_type") == "Actual";
            let counts =
                |share: &&mut Share| share.tax == index && !(fixed && share.rate.is_zero());
            let mut sum = Float::ZERO;
            let mut last = None;
            for share in shares.iter_mut().filter(counts) {
                sum += share.amount;
                last = Some(share);
            }
            let Some(last) = last else {
                continue;
            };
            let wanted = tax.float("base_tax_amount_after_discount_amount");
            let lacking = (wanted - sum).round(self.commercial, DIGITS);
            if lacking.abs() <= half {
                last.amount = (last.amount + lacking).round(self.commercial, DIGITS);
            } else {
                let lacking = float_text(lacking.decimal());
                wrong.push(format!("Row {} (Difference: {lacking})", index + 1));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Box::new(Refusal::business(format!(
            "Item Wise Tax Details do not match with Taxes and Charges at the following rows:<br>{}",
            wrong.join("<br>")
        ))))
    }

    /// The rows of the child table, not yet named.
    pub(super) fn breakdown_rows(&self) -> Vec<Row> {
        self.shares
            .iter()
            .map(|share| {
                let mut row = Row::default();
                row.set("item_row", self.items[share.item].text("name"));
                row.set("tax_row", self.taxes[share.tax].text("name"));
                row.set("rate", share.rate);
                row.set("amount", share.amount);
                row.set("taxable_amount", share.taxable);
                row
            })
            .collect()
    }

    /// Whether the tax of each line is rounded before it is added up.
    pub(super) fn rounds_by_line(&self) -> bool {
        let setting = self.site.setting("Accounts Settings", "round_row_wise_tax");
        setting.as_number() == Decimal::ONE
    }
}
