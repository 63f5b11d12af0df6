//! A discount on the whole document, spread over its lines.

use rust_decimal::Decimal;

use super::super::super::errors::Refusal;
use super::super::super::site::Outcome;
use super::{Calculation, INVOICE, ITEM, hundredth};

impl Calculation<'_> {
    /// Spreads a document discount over the lines, then computes once more.
    pub(super) fn apply_discount(&mut self) -> Outcome<()> {
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
        // As sent: it is only turned into the company's currency that it is rounded.
        let discount = self.doc.number("discount_amount");
        let base = self.round(INVOICE, "base_discount_amount", discount * self.exchange);
        self.doc.set("base_discount_amount", base);
        if discount.is_zero() {
            return Ok(());
        }
        if on.is_empty() {
            return Err(Box::new(Refusal::business(
                "Please select Apply Discount On",
            )));
        }
        let total = if on == "Net Total" || self.taxes.is_empty() {
            self.doc.number("net_total")
        } else {
            let before = self.undiscounted;
            before.unwrap_or_else(|| self.doc.number("grand_total")) - self.untouched_charges()
        };
        if total.is_zero() {
            return Ok(());
        }
        let mut items = std::mem::take(&mut self.items);
        let mut wanted = Decimal::ZERO;
        let mut sum = Decimal::ZERO;
        for item in &mut items {
            let before = item.number("net_amount");
            let mut share = discount * before / total;
            wanted += before - share;
            let mut net = self.round(ITEM, "net_amount", before - share);
            sum += net;
            let loss = self.round(INVOICE, "net_total", wanted - sum);
            if !loss.is_zero() {
                net = self.round(ITEM, "net_amount", net + loss);
                share += loss;
                sum += loss;
            }
            item.set(
                "distributed_discount_amount",
                self.round(ITEM, "distributed_discount_amount", share),
            );
            let qty = item.number("qty");
            item.set("net_amount", net);
            let rate = if qty.is_zero() {
                Decimal::ZERO
            } else {
                self.round(ITEM, "net_rate", net / qty)
            };
            item.set("net_rate", rate);
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

    /// Charges that a discount on the grand total leaves as they are, and those computed on them.
    fn untouched_charges(&self) -> Decimal {
        let mut all = Decimal::ZERO;
        let mut kept: Vec<Option<(Decimal, Decimal)>> = Vec::new();
        for tax in &self.taxes {
            let base = usize::try_from(tax.int("row_id") - 1)
                .ok()
                .and_then(|row| kept.get(row).copied().flatten());
            let amount = match (tax.text("charge_type"), base) {
                ("Actual" | "On Item Quantity", _) => Some(tax.number("tax_amount")),
                ("On Previous Row Amount", Some((amount, _))) => {
                    Some(amount * hundredth(tax.number("rate")))
                }
                (_, Some((_, running))) => Some(running * hundredth(tax.number("rate"))),
                (_, None) => None,
            };
            all += amount.unwrap_or_default();
            kept.push(amount.map(|amount| (amount, all)));
        }
        all
    }
}
