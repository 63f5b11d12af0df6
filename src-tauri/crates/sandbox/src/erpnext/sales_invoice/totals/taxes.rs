//! Tax rows: rates per line, taxes inside prices, amounts and running totals.

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::super::cell::{Row, float_text, number_from};
use super::float::{Float, Floats};
use super::{Calculation, INVOICE, ITEM, TAX, hundredth};

/// The tax rates an item overrides, by ledger account.
fn rate_map(row: &Row) -> Vec<(String, Float)> {
    let Ok(Value::Object(map)) = serde_json::from_str(row.text("item_tax_rate")) else {
        return Vec::new();
    };
    map.into_iter()
        .map(|(account, rate)| {
            let rate = number_from(rate.to_string().trim_matches('"')).unwrap_or_default();
            (account, Float::from(rate))
        })
        .collect()
}

impl Calculation<'_> {
    /// A line's own rates are its item tax template's, whatever the client sent.
    pub(super) fn tax_rates(&mut self) {
        for item in &mut self.items {
            let template = item.text("item_tax_template");
            if template.is_empty() {
                item.set("item_tax_rate", "{}");
                continue;
            }
            if let Some(template) = self.site.store.get("Item Tax Template", template) {
                let parts: Vec<String> = template
                    .rows("taxes")
                    .iter()
                    .map(|row| {
                        format!(
                            "{}: {}",
                            Value::from(row.text("tax_type")),
                            float_text(row.number("tax_rate"))
                        )
                    })
                    .collect();
                item.set("item_tax_rate", format!("{{{}}}", parts.join(", ")));
            }
        }
        self.rates = self.items.iter().map(rate_map).collect();
    }

    pub(super) fn start_taxes(&mut self) {
        let keep_amount = self.discount_applied && self.on_grand_total();
        let mut taxes = std::mem::take(&mut self.taxes);
        for tax in &mut taxes {
            let rate = if tax.text("charge_type") == "Actual" {
                Float::ZERO
            } else {
                self.round(TAX, "rate", tax.float("rate"))
            };
            tax.set("rate", rate);
            tax.set("tax_amount_after_discount_amount", Float::ZERO);
            tax.set("total", Float::ZERO);
            if tax.text("charge_type") != "Actual" && !keep_amount {
                tax.set("tax_amount", Float::ZERO);
            }
        }
        self.taxes = taxes;
    }

    pub(super) fn rate_of(&self, tax: &Row, item: usize) -> Float {
        let account = tax.text("account_head");
        self.rates[item]
            .iter()
            .find(|(of, _)| of == account)
            .map_or_else(
                || tax.float("rate"),
                |(_, rate)| self.round(TAX, "rate", *rate),
            )
    }

    /// Takes included taxes out of the prices.
    pub(super) fn exclusive_rates(&mut self) {
        if self.discount_applied
            || !self
                .taxes
                .iter()
                .any(|tax| tax.int("included_in_print_rate") == 1)
        {
            return;
        }
        let mut items = std::mem::take(&mut self.items);
        for (at, item) in items.iter_mut().enumerate() {
            let mut fraction = Float::ZERO;
            let mut per_qty = Float::ZERO;
            let mut fractions: Vec<Float> = Vec::new();
            let mut cumulated: Vec<Float> = Vec::new();
            for tax in &self.taxes {
                let rate = hundredth(self.rate_of(tax, at));
                let row = usize::try_from(tax.int("row_id") - 1).unwrap_or(0);
                let own = if tax.int("included_in_print_rate") == 1 {
                    match tax.text("charge_type") {
                        "On Net Total" => rate,
                        "On Previous Row Amount" => {
                            rate * fractions.get(row).copied().unwrap_or_default()
                        }
                        "On Previous Row Total" => {
                            rate * cumulated.get(row).copied().unwrap_or_default()
                        }
                        "On Item Quantity" => {
                            per_qty += self.rate_of(tax, at);
                            Float::ZERO
                        }
                        _ => Float::ZERO,
                    }
                } else {
                    Float::ZERO
                };
                fractions.push(own);
                cumulated.push(cumulated.last().copied().unwrap_or(Float::ONE) + own);
                fraction += own;
            }
            let qty = item.float("qty");
            if qty.is_zero() || (fraction.is_zero() && per_qty.is_zero()) {
                continue;
            }
            let amount = item.float("amount") - per_qty * qty;
            let net = self.round(ITEM, "net_amount", amount / (Float::ONE + fraction));
            let rate = self.round(ITEM, "net_rate", net / qty);
            item.set("net_amount", net);
            item.set("net_rate", rate);
            for field in ["net_rate", "net_amount"] {
                let base = self.base(ITEM, field, item.float(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
    }

    pub(super) fn tax_amounts(&mut self) {
        let mut taxes = std::mem::take(&mut self.taxes);
        let net_total = self.doc.float("net_total");
        let mut left: Vec<Float> = taxes
            .iter()
            .map(|tax| self.round(TAX, "tax_amount", tax.float("tax_amount")))
            .collect();
        let keep_amount = self.discount_applied && self.on_grand_total();
        let by_line = self
            .site
            .setting("Accounts Settings", "round_row_wise_tax")
            .as_int()
            == 1;
        let last = self.items.len().saturating_sub(1);
        let mut details: Vec<Vec<(String, Float, Float)>> = vec![Vec::new(); taxes.len()];
        for (at, item) in self.items.iter().enumerate() {
            let mut current: Vec<Float> = Vec::with_capacity(taxes.len());
            let mut running: Vec<Float> = Vec::with_capacity(taxes.len());
            for index in 0..taxes.len() {
                let tax = &taxes[index];
                let rate = self.rate_of(tax, at);
                let row = usize::try_from(tax.int("row_id") - 1).unwrap_or(0);
                let net = item.float("net_amount");
                let actual = tax.text("charge_type") == "Actual";
                let mut amount = match tax.text("charge_type") {
                    "Actual" if net_total.is_zero() => Float::ZERO,
                    "Actual" => {
                        net * self.round(TAX, "tax_amount", tax.float("tax_amount")) / net_total
                    }
                    "On Net Total" => hundredth(rate) * net,
                    "On Previous Row Amount" => {
                        hundredth(rate) * current.get(row).copied().unwrap_or_default()
                    }
                    "On Previous Row Total" => {
                        hundredth(rate) * running.get(row).copied().unwrap_or_default()
                    }
                    "On Item Quantity" => rate * item.float("qty"),
                    _ => Float::ZERO,
                };
                let key = if item.text("item_code").is_empty() {
                    item.text("item_name")
                } else {
                    item.text("item_code")
                };
                let mut turned = amount * self.exchange;
                if by_line {
                    turned = self.round(TAX, "tax_amount", turned);
                    amount = self.round(TAX, "tax_amount", amount);
                }
                match details[index].iter_mut().find(|(of, ..)| of == key) {
                    Some(entry) => {
                        entry.1 = rate;
                        entry.2 += turned;
                    }
                    None => details[index].push((key.to_owned(), rate, turned)),
                }
                if actual {
                    left[index] -= amount;
                    if at == last {
                        amount += left[index];
                    }
                }
                let tax = &mut taxes[index];
                if !actual && !keep_amount {
                    let sum = tax.float("tax_amount") + amount;
                    tax.set("tax_amount", sum);
                }
                let after = tax.float("tax_amount_after_discount_amount") + amount;
                tax.set("tax_amount_after_discount_amount", after);
                let before = if index == 0 { net } else { running[index - 1] };
                current.push(amount);
                running.push(before + amount);
            }
        }
        self.taxes = taxes;
        self.remember_undiscounted();
        let mut taxes = std::mem::take(&mut self.taxes);
        let mut total = net_total;
        for (index, tax) in taxes.iter_mut().enumerate() {
            for field in ["tax_amount", "tax_amount_after_discount_amount"] {
                let amount = self.round(TAX, field, tax.float(field));
                tax.set(field, amount);
                tax.set(format!("base_{field}"), self.base(TAX, field, amount));
            }
            total = self.round(
                TAX,
                "total",
                total + tax.float("tax_amount_after_discount_amount"),
            );
            tax.set("total", total);
            tax.set("base_total", self.base(TAX, "total", total));
            tax.set("item_wise_tax_detail", tax_detail(&details[index]));
        }
        self.taxes = taxes;
    }

    /// With a discount on the grand total: before it is spread, the total of the taxes not yet
    /// rounded; afterwards, what the spreading has lost.
    fn remember_undiscounted(&mut self) {
        let discount = self.doc.float("discount_amount");
        let wanted = self.discount_applied
            || !discount.is_zero()
            || !self.doc.float("additional_discount_percentage").is_zero();
        if !self.on_grand_total() || !wanted || self.taxes.is_empty() {
            return;
        }
        let mut total = self.doc.float("net_total");
        for tax in &self.taxes {
            let mut amount = tax.float("tax_amount_after_discount_amount");
            if self.discount_applied {
                amount = self.round(TAX, "tax_amount", amount);
            }
            total = self.round(TAX, "total", total + amount);
        }
        if self.discount_applied {
            let before = self.undiscounted.unwrap_or_default();
            self.grand_total_diff = self.round(INVOICE, "grand_total", before - discount - total);
        } else {
            self.undiscounted = Some(total);
        }
    }

    /// Prices that include tax keep their sum: a small difference moves into the grand total.
    pub(super) fn inclusive_difference(&mut self) {
        let Some(last) = self.taxes.last() else {
            return;
        };
        if !self
            .taxes
            .iter()
            .any(|tax| tax.int("included_in_print_rate") == 1)
        {
            return;
        }
        let exclusive: Float = self
            .taxes
            .iter()
            .filter(|tax| tax.int("included_in_print_rate") == 0)
            .map(|tax| tax.float("tax_amount_after_discount_amount"))
            .sum();
        let mut diff = self.doc.float("total") + exclusive - last.float("total");
        if self.discount_applied {
            diff -= self.doc.float("discount_amount");
        }
        let diff = self.round(INVOICE, "rounding_adjustment", diff);
        let tolerance = Float::from(Decimal::new(5, self.site.precision(TAX, "tax_amount")));
        self.grand_total_diff = if diff.abs() <= tolerance {
            diff
        } else {
            Float::ZERO
        };
    }
}

/// `{"SVC-1":[20.0,16.666]}`, in the company's currency.
fn tax_detail(entries: &[(String, Float, Float)]) -> String {
    let parts: Vec<String> = entries
        .iter()
        .map(|(item, rate, amount)| {
            format!(
                "{}:[{},{}]",
                Value::from(item.as_str()),
                float_text(rate.decimal()),
                float_text(amount.decimal())
            )
        })
        .collect();
    format!("{{{}}}", parts.join(","))
}
