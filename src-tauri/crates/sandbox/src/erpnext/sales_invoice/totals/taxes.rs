//! Tax rows: rates per line, taxes inside prices, amounts and running totals.

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::super::cell::{Cell, Row, float_text, number_from};
use super::super::super::documents::UNSAVED;
use super::super::super::site::Outcome;
use super::breakdown::Share;
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

/// Sets the rate of an account, which keeps its place.
fn put(rates: &mut Vec<(String, String)>, account: &str, rate: String) {
    match rates.iter_mut().find(|(of, _)| of == account) {
        Some(entry) => entry.1 = rate,
        None => rates.push((account.to_owned(), rate)),
    }
}

impl Calculation<'_> {
    /// The rates that a line looks up by account, whatever the client sent: of the tax rows where
    /// the release does so, the last of an account, then of the line's own template.
    pub(super) fn tax_rates(&mut self) {
        let mut of_rows: Vec<(String, String)> = Vec::new();
        if self.release().rates_by_account {
            for tax in &self.taxes {
                if tax.int("set_by_item_tax_template") == 0 {
                    let rate = self.rate_text(tax);
                    put(&mut of_rows, tax.text("account_head"), rate);
                }
            }
        }
        let company = self.doc.text("company");
        for item in &mut self.items {
            let mut rates = of_rows.clone();
            let template = item.text("item_tax_template");
            if let Some(template) = self.site.store.get("Item Tax Template", template) {
                for row in template.rows("taxes") {
                    let account = row.text("tax_type");
                    if self.site.value("Account", account, "company").as_text() == company {
                        put(&mut rates, account, float_text(row.number("tax_rate")));
                    }
                }
            }
            let parts: Vec<String> = rates
                .iter()
                .map(|(account, rate)| format!("{}: {rate}", Value::from(account.as_str())))
                .collect();
            item.set("item_tax_rate", format!("{{{}}}", parts.join(", ")));
        }
        self.rates = self.items.iter().map(rate_map).collect();
    }

    /// A row's rate as it stands when the lines' maps are written: as the client sent it, `null`
    /// where it sent none; once read back or rounded, a float.
    fn rate_text(&self, tax: &Row) -> String {
        if self.discount_applied || tax.int(UNSAVED) == 0 {
            return float_text(tax.number("rate"));
        }
        match tax.get("rate") {
            Cell::Null => "null".to_owned(),
            sent => sent.as_number().to_string(),
        }
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
            if self.release().taxable_on_rows {
                tax.set("net_amount", Float::ZERO);
            }
            if tax.text("charge_type") != "Actual" && !keep_amount {
                tax.set("tax_amount", Float::ZERO);
            }
        }
        self.taxes = taxes;
    }

    fn listed_rate(&self, tax: &Row, item: usize) -> Option<Float> {
        let account = tax.text("account_head");
        let (_, rate) = self.rates[item].iter().find(|(of, _)| of == account)?;
        Some(self.round(TAX, "rate", *rate))
    }

    pub(super) fn rate_of(&self, tax: &Row, item: usize) -> Float {
        self.listed_rate(tax, item)
            .unwrap_or_else(|| tax.float("rate"))
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

    pub(super) fn tax_amounts(&mut self) -> Outcome<()> {
        let mut taxes = std::mem::take(&mut self.taxes);
        let net_total = self.doc.float("net_total");
        let mut left: Vec<Float> = taxes
            .iter()
            .map(|tax| self.round(TAX, "tax_amount", tax.float("tax_amount")))
            .collect();
        let keep_amount = self.discount_applied && self.on_grand_total();
        let by_line = self.rounds_by_line();
        let last = self.items.len().saturating_sub(1);
        let mut shares = Vec::with_capacity(self.items.len() * taxes.len());
        for (at, item) in self.items.iter().enumerate() {
            let mut current: Vec<Float> = Vec::with_capacity(taxes.len());
            let mut running: Vec<Float> = Vec::with_capacity(taxes.len());
            for index in 0..taxes.len() {
                let tax = &taxes[index];
                let rate = self.rate_of(tax, at);
                let row = usize::try_from(tax.int("row_id") - 1).unwrap_or(0);
                let net = item.float("net_amount");
                let actual = tax.text("charge_type") == "Actual";
                let on = match tax.text("charge_type") {
                    "On Net Total" if self.listed_rate(tax, at).is_none() => Float::ZERO,
                    "Actual" | "On Net Total" => net,
                    "On Previous Row Amount" => current.get(row).copied().unwrap_or_default(),
                    "On Previous Row Total" => running.get(row).copied().unwrap_or_default(),
                    _ => Float::ZERO,
                };
                let mut amount = match tax.text("charge_type") {
                    "Actual" if net_total.is_zero() => Float::ZERO,
                    "Actual" => {
                        net * self.round(TAX, "tax_amount", tax.float("tax_amount")) / net_total
                    }
                    "On Net Total" => hundredth(rate) * net,
                    "On Item Quantity" => rate * item.float("qty"),
                    _ => hundredth(rate) * on,
                };
                shares.push(Share {
                    item: at,
                    tax: index,
                    rate,
                    amount: amount * self.exchange,
                    taxable: on * self.exchange,
                });
                let mut on = on;
                if by_line {
                    amount = self.round(TAX, "tax_amount", amount);
                    on = self.round(TAX, "net_amount", on);
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
                    if self.release().taxable_on_rows {
                        tax.set("net_amount", tax.float("net_amount") + on);
                    }
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
        for tax in &mut taxes {
            for field in self.amounts_of_rows() {
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
        }
        self.taxes = taxes;
        self.keep_breakdown(shares)
    }

    fn amounts_of_rows(&self) -> impl Iterator<Item = &'static str> + use<> {
        let taxable = self.release().taxable_on_rows.then_some("net_amount");
        ["tax_amount", "tax_amount_after_discount_amount"]
            .into_iter()
            .chain(taxable)
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
        if self.release().discount_of_true_total
            && !self.discount_applied
            && let Some(total) = &mut self.undiscounted
        {
            *total += self.grand_total_diff;
        }
    }
}
