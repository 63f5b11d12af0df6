//! Amounts, taxes and totals of an invoice, in the order ERPNext computes them. The order of the
//! roundings is what makes a penny land here or there, so it is kept step by step.

use rust_decimal::Decimal;
use serde_json::Value;

use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row, float_text, number_from};
use super::super::errors::Refusal;
use super::super::site::Outcome;

const ITEM: &str = "Sales Invoice Item";
const TAX: &str = "Sales Taxes and Charges";
const INVOICE: &str = "Sales Invoice";

fn hundredth(percent: Decimal) -> Decimal {
    percent / Decimal::ONE_HUNDRED
}

/// The tax rates an item overrides, by ledger account.
fn rate_map(row: &Row) -> Vec<(String, Decimal)> {
    let Ok(Value::Object(map)) = serde_json::from_str(row.text("item_tax_rate")) else {
        return Vec::new();
    };
    map.into_iter()
        .map(|(account, rate)| {
            let rate = number_from(rate.to_string().trim_matches('"')).unwrap_or_default();
            (account, rate)
        })
        .collect()
}

struct Calculation<'a> {
    site: &'a ErpnextWorld,
    doc: &'a mut Doc,
    items: Vec<Row>,
    taxes: Vec<Row>,
    rates: Vec<Vec<(String, Decimal)>>,
    exchange: Decimal,
    discount_applied: bool,
    grand_total_diff: Decimal,
}

impl ErpnextWorld {
    /// Computes every amount of the invoice from quantities, rates and tax rows.
    pub(crate) fn calculate_totals(&self, doc: &mut Doc) -> Outcome<()> {
        let items = std::mem::take(doc.rows_mut("items"));
        let taxes = std::mem::take(doc.rows_mut("taxes"));
        let exchange = doc.number("conversion_rate");
        let mut calculation = Calculation {
            site: self,
            doc,
            items,
            taxes,
            rates: Vec::new(),
            exchange,
            discount_applied: false,
            grand_total_diff: Decimal::ZERO,
        };
        calculation.run();
        let refused = calculation.apply_discount();
        let (items, taxes) = (calculation.items, calculation.taxes);
        *doc.rows_mut("items") = items;
        *doc.rows_mut("taxes") = taxes;
        refused
    }
}

impl Calculation<'_> {
    fn round(&self, doctype: &str, field: &str, amount: Decimal) -> Decimal {
        self.site.round(amount, self.site.precision(doctype, field))
    }

    /// Stores the company-currency twin of an amount.
    fn base(&self, doctype: &str, field: &str, amount: Decimal) -> Decimal {
        let rounded = self.round(doctype, field, amount);
        self.round(doctype, &format!("base_{field}"), rounded * self.exchange)
    }

    fn run(&mut self) {
        if !self.discount_applied {
            self.item_values();
        }
        self.tax_rates();
        self.start_taxes();
        self.exclusive_rates();
        self.net_total();
        self.tax_amounts();
        self.inclusive_difference();
        self.totals();
    }

    fn item_values(&mut self) {
        let mut items = std::mem::take(&mut self.items);
        for item in &mut items {
            for field in ["qty", "rate", "price_list_rate", "discount_amount"] {
                let value = self.round(ITEM, field, item.number(field));
                item.set(field, value);
            }
            let list_rate = item.number("price_list_rate");
            let percent = item.number("discount_percentage");
            if percent == Decimal::ONE_HUNDRED {
                item.set("rate", Decimal::ZERO);
            } else if !list_rate.is_zero() && item.number("rate").is_zero() {
                let rate = list_rate * (Decimal::ONE - hundredth(percent));
                item.set("rate", self.round(ITEM, "rate", rate));
                item.set("discount_amount", list_rate * hundredth(percent));
            }
            let rate = item.number("rate");
            if list_rate > Decimal::ZERO {
                item.set("discount_amount", list_rate - rate);
            }
            let amount = self.round(ITEM, "amount", rate * item.number("qty"));
            item.set("net_rate", rate);
            item.set("amount", amount);
            item.set("net_amount", amount);
            let factor = item.number("conversion_factor");
            item.set(
                "stock_qty",
                self.round(ITEM, "stock_qty", item.number("qty") * factor),
            );
            item.set(
                "stock_uom_rate",
                if factor.is_zero() {
                    rate
                } else {
                    rate / factor
                },
            );
            for field in [
                "price_list_rate",
                "rate",
                "net_rate",
                "amount",
                "net_amount",
            ] {
                let base = self.base(ITEM, field, item.number(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
    }

    /// An item tax template's rates win over what the client sent.
    fn tax_rates(&mut self) {
        for item in &mut self.items {
            let template = item.text("item_tax_template");
            if template.is_empty() {
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

    fn on_grand_total(&self) -> bool {
        self.doc.text("apply_discount_on") == "Grand Total"
    }

    fn start_taxes(&mut self) {
        let keep_amount = self.discount_applied && self.on_grand_total();
        for tax in &mut self.taxes {
            tax.set("tax_amount_after_discount_amount", Decimal::ZERO);
            tax.set("total", Decimal::ZERO);
            if tax.text("charge_type") != "Actual" && !keep_amount {
                tax.set("tax_amount", Decimal::ZERO);
            }
        }
    }

    fn rate_of(&self, tax: &Row, item: usize) -> Decimal {
        let account = tax.text("account_head");
        self.rates[item]
            .iter()
            .find(|(of, _)| of == account)
            .map_or_else(
                || tax.number("rate"),
                |(_, rate)| self.round(TAX, "rate", *rate),
            )
    }

    /// Takes included taxes out of the prices.
    fn exclusive_rates(&mut self) {
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
            let mut fraction = Decimal::ZERO;
            let mut per_qty = Decimal::ZERO;
            let mut fractions: Vec<Decimal> = Vec::new();
            let mut cumulated: Vec<Decimal> = Vec::new();
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
                            Decimal::ZERO
                        }
                        _ => Decimal::ZERO,
                    }
                } else {
                    Decimal::ZERO
                };
                fractions.push(own);
                cumulated.push(cumulated.last().copied().unwrap_or(Decimal::ONE) + own);
                fraction += own;
            }
            let qty = item.number("qty");
            if qty.is_zero() || (fraction.is_zero() && per_qty.is_zero()) {
                continue;
            }
            let amount = item.number("amount") - per_qty * qty;
            let net = self.round(ITEM, "net_amount", amount / (Decimal::ONE + fraction));
            let rate = self.round(ITEM, "net_rate", net / qty);
            item.set("net_amount", net);
            item.set("net_rate", rate);
            for field in ["net_rate", "net_amount"] {
                let base = self.base(ITEM, field, item.number(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
    }

    fn net_total(&mut self) {
        let sum = |field: &str| {
            self.items
                .iter()
                .map(|item| item.number(field))
                .sum::<Decimal>()
        };
        let totals = [
            ("total_qty", sum("qty")),
            ("total", sum("amount")),
            ("base_total", sum("base_amount")),
            ("net_total", sum("net_amount")),
            ("base_net_total", sum("base_net_amount")),
        ];
        for (field, total) in totals {
            let total = self.round(INVOICE, field, total);
            self.doc.set(field, total);
        }
    }

    fn tax_amounts(&mut self) {
        let mut taxes = std::mem::take(&mut self.taxes);
        let net_total = self.doc.number("net_total");
        let mut left: Vec<Decimal> = taxes
            .iter()
            .map(|tax| self.round(TAX, "tax_amount", tax.number("tax_amount")))
            .collect();
        let keep_amount = self.discount_applied && self.on_grand_total();
        let last = self.items.len().saturating_sub(1);
        let mut details: Vec<Vec<(String, Decimal, Decimal)>> = vec![Vec::new(); taxes.len()];
        for (at, item) in self.items.iter().enumerate() {
            let mut current: Vec<Decimal> = Vec::with_capacity(taxes.len());
            let mut running: Vec<Decimal> = Vec::with_capacity(taxes.len());
            for index in 0..taxes.len() {
                let tax = &taxes[index];
                let rate = self.rate_of(tax, at);
                let row = usize::try_from(tax.int("row_id") - 1).unwrap_or(0);
                let net = item.number("net_amount");
                let actual = tax.text("charge_type") == "Actual";
                let mut amount = match tax.text("charge_type") {
                    "Actual" if net_total.is_zero() => Decimal::ZERO,
                    "Actual" => {
                        net * self.round(TAX, "tax_amount", tax.number("tax_amount")) / net_total
                    }
                    "On Net Total" => hundredth(rate) * net,
                    "On Previous Row Amount" => {
                        hundredth(rate) * current.get(row).copied().unwrap_or_default()
                    }
                    "On Previous Row Total" => {
                        hundredth(rate) * running.get(row).copied().unwrap_or_default()
                    }
                    "On Item Quantity" => rate * item.number("qty"),
                    _ => Decimal::ZERO,
                };
                if actual {
                    left[index] -= amount;
                    if at == last {
                        amount += left[index];
                    }
                }
                let key = if item.text("item_code").is_empty() {
                    item.text("item_name")
                } else {
                    item.text("item_code")
                };
                match details[index].iter_mut().find(|(of, ..)| of == key) {
                    Some(entry) => {
                        entry.1 = rate;
                        entry.2 += amount;
                    }
                    None => details[index].push((key.to_owned(), rate, amount)),
                }
                let tax = &mut taxes[index];
                if !actual && !keep_amount {
                    let sum = tax.number("tax_amount") + amount;
                    tax.set("tax_amount", sum);
                }
                let after = tax.number("tax_amount_after_discount_amount") + amount;
                tax.set("tax_amount_after_discount_amount", after);
                let before = if index == 0 { net } else { running[index - 1] };
                current.push(amount);
                running.push(before + amount);
            }
        }
        let mut total = net_total;
        for (index, tax) in taxes.iter_mut().enumerate() {
            for field in ["tax_amount", "tax_amount_after_discount_amount"] {
                let amount = self.round(TAX, field, tax.number(field));
                tax.set(field, amount);
                tax.set(format!("base_{field}"), self.base(TAX, field, amount));
            }
            total = self.round(
                TAX,
                "total",
                total + tax.number("tax_amount_after_discount_amount"),
            );
            tax.set("total", total);
            tax.set("base_total", self.base(TAX, "total", total));
            tax.set("item_wise_tax_detail", tax_detail(&details[index], tax));
        }
        if self.discount_applied
            && self.on_grand_total()
            && let Some(tax) = taxes.last_mut()
        {
            // What the discount's distribution lost in rounding goes to the last tax row.
            let lost = self.round(
                INVOICE,
                "rounding_adjustment",
                self.doc.number("grand_total")
                    - self.doc.number("discount_amount")
                    - tax.number("total"),
            );
            if !lost.is_zero() && lost.abs() <= Decimal::new(5, 2) {
                let amount = tax.number("tax_amount_after_discount_amount") + lost;
                tax.set("tax_amount_after_discount_amount", amount);
                let base = self.base(TAX, "tax_amount_after_discount_amount", amount);
                tax.set("base_tax_amount_after_discount_amount", base);
                let total = tax.number("total") + lost;
                tax.set("total", total);
                tax.set("base_total", self.base(TAX, "total", total));
            }
        }
        self.taxes = taxes;
    }

    /// Prices that include tax keep their sum: a small difference moves into the grand total.
    fn inclusive_difference(&mut self) {
        self.grand_total_diff = Decimal::ZERO;
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
        let exclusive: Decimal = self
            .taxes
            .iter()
            .filter(|tax| tax.int("included_in_print_rate") == 0)
            .map(|tax| tax.number("tax_amount_after_discount_amount"))
            .sum();
        let mut diff = self.doc.number("total") + exclusive - last.number("total");
        if self.discount_applied {
            diff -= self.doc.number("discount_amount");
        }
        let diff = self.round(INVOICE, "rounding_adjustment", diff);
        if !diff.is_zero() && diff.abs() <= Decimal::new(5, 2) {
            self.grand_total_diff = diff;
        }
    }

    fn totals(&mut self) {
        let net = self.doc.number("net_total");
        let (grand, charges) = match self.taxes.last() {
            Some(tax) => {
                let grand = tax.number("total") + self.grand_total_diff;
                (
                    grand,
                    self.round(
                        INVOICE,
                        "total_taxes_and_charges",
                        grand - net - self.grand_total_diff,
                    ),
                )
            }
            None => (net, Decimal::ZERO),
        };
        let grand = self.round(INVOICE, "grand_total", grand);
        let base_charges = self.base(INVOICE, "total_taxes_and_charges", charges);
        let base_grand = if charges.is_zero() {
            self.doc.number("base_net_total")
        } else {
            self.round(INVOICE, "base_grand_total", grand * self.exchange)
        };
        let off = self.doc.int("disable_rounded_total") == 1
            || self
                .site
                .setting("Global Defaults", "disable_rounded_total")
                .as_int()
                == 1;
        let (rounded, adjustment) = if off {
            (Decimal::ZERO, Decimal::ZERO)
        } else {
            let rounded = self.to_smallest_coin(grand);
            (
                rounded,
                self.round(INVOICE, "rounding_adjustment", rounded - grand),
            )
        };
        let values = [
            ("total_taxes_and_charges", charges),
            ("base_total_taxes_and_charges", base_charges),
            ("grand_total", grand),
            ("base_grand_total", base_grand),
            ("rounded_total", rounded),
            (
                "base_rounded_total",
                self.base(INVOICE, "rounded_total", rounded),
            ),
            ("rounding_adjustment", adjustment),
            (
                "base_rounding_adjustment",
                self.base(INVOICE, "rounding_adjustment", adjustment),
            ),
        ];
        for (field, value) in values {
            self.doc.set(field, value);
        }
        self.doc
            .set("disable_rounded_total", Cell::Int(i64::from(off)));
    }

    /// The total a customer can pay in coins; whole units where the currency names no coin.
    fn to_smallest_coin(&self, amount: Decimal) -> Decimal {
        let coin = self
            .site
            .value(
                "Currency",
                self.doc.text("currency"),
                "smallest_currency_fraction_value",
            )
            .as_number();
        if coin.is_zero() {
            return self.site.round(amount, 0);
        }
        let rest = amount % coin;
        let down = amount - rest;
        if rest > coin / Decimal::TWO {
            down + coin
        } else {
            down
        }
    }

    /// Spreads a document discount over the lines, then computes once more.
    fn apply_discount(&mut self) -> Outcome<()> {
        let on = self.doc.text("apply_discount_on").to_owned();
        let field = if on == "Net Total" {
            "net_total"
        } else {
            "grand_total"
        };
        let percent = self.doc.number("additional_discount_percentage");
        if !percent.is_zero() {
            let amount = self.round(
                INVOICE,
                "discount_amount",
                self.doc.number(field) * hundredth(percent),
            );
            self.doc.set("discount_amount", amount);
        }
        let discount = self.round(
            INVOICE,
            "discount_amount",
            self.doc.number("discount_amount"),
        );
        self.doc.set("discount_amount", discount);
        let base = self.base(INVOICE, "discount_amount", discount);
        self.doc.set("base_discount_amount", base);
        if discount.is_zero() {
            return Ok(());
        }
        if on.is_empty() {
            return Err(Box::new(Refusal::business(
                "Please select Apply Discount On",
            )));
        }
        let actual: Decimal = self
            .taxes
            .iter()
            .filter(|tax| tax.text("charge_type") == "Actual")
            .map(|tax| tax.number("tax_amount"))
            .sum();
        let total = if on == "Net Total" {
            self.doc.number("net_total")
        } else {
            self.doc.number("grand_total") - actual
        };
        if total.is_zero() {
            return Ok(());
        }
        let net_before = self.doc.number("net_total");
        let last = self.items.len().saturating_sub(1);
        let mut items = std::mem::take(&mut self.items);
        let mut sum = Decimal::ZERO;
        for (at, item) in items.iter_mut().enumerate() {
            let share = discount * item.number("net_amount") / total;
            let mut net = self.round(ITEM, "net_amount", item.number("net_amount") - share);
            item.set(
                "distributed_discount_amount",
                self.round(ITEM, "distributed_discount_amount", share),
            );
            sum += net;
            if at == last && (on == "Net Total" || self.taxes.is_empty()) {
                let loss = self.round(INVOICE, "net_total", net_before - sum - discount);
                net = self.round(ITEM, "net_amount", net + loss);
            }
            let qty = item.number("qty");
            item.set("net_amount", net);
            if !qty.is_zero() {
                item.set("net_rate", self.round(ITEM, "net_rate", net / qty));
            }
            for field in ["net_rate", "net_amount"] {
                let base = self.base(ITEM, field, item.number(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
        self.discount_applied = true;
        self.run();
        Ok(())
    }
}

/// `{"SVC-1":[20.0,16.666]}`.
fn tax_detail(entries: &[(String, Decimal, Decimal)], tax: &Row) -> String {
    let parts: Vec<String> = entries
        .iter()
        .map(|(item, rate, amount)| {
            let rate = if tax.text("charge_type") == "Actual" {
                Decimal::ZERO
            } else {
                *rate
            };
            format!(
                "{}:[{},{}]",
                Value::from(item.as_str()),
                float_text(rate),
                float_text(amount.round_dp(9))
            )
        })
        .collect();
    format!("{{{}}}", parts.join(","))
}
