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
