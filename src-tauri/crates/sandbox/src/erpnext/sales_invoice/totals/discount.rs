//! A discount on the whole document, spread over its lines.

use super::super::super::errors::Refusal;
use super::super::super::site::Outcome;
use super::super::super::versions::{grouped, symbol};
use super::float::{Float, Floats};
use super::{Calculation, INVOICE, ITEM};

impl Calculation<'_> {
    /// Spreads a document discount over the lines, then computes once more.
    pub(super) fn apply_discount(&mut self) -> Outcome<()> {
        let on = self.doc.text("apply_discount_on").to_owned();
        let field = if on == "Net Total" {
            "net_total"
        } else {
            "grand_total"
        };
        let percent = self.doc.float("additional_discount_percentage");
        if !percent.is_zero() {
            let amount = self.round(
                INVOICE,
                "discount_amount",
                self.doc.float(field) * percent / Float::HUNDRED,
            );
            self.doc.set("discount_amount", amount);
        }
        self.check_discount()?;
        // As sent: it is only turned into the company's currency that it is rounded.
        let discount = self.doc.float("discount_amount");
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
            self.doc.float("net_total")
        } else {
            let before = self.undiscounted;
            before.unwrap_or_else(|| self.doc.float("grand_total")) - self.untouched_charges()
        };
        if total.is_zero() {
            return Ok(());
        }
        let mut items = std::mem::take(&mut self.items);
        let mut wanted = Float::ZERO;
        let mut sum = Float::ZERO;
        for item in &mut items {
            let before = item.float("net_amount");
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
            let qty = item.float("qty");
            item.set("net_amount", net);
            let rate = if qty.is_zero() {
                Float::ZERO
            } else {
                self.round(ITEM, "net_rate", net / qty)
            };
            item.set("net_rate", rate);
            for field in ["net_rate", "net_amount"] {
                let base = self.base(ITEM, field, item.float(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
        self.discount_applied = true;
        self.run()
    }

    /// Refuses a discount of more than there is to take it from, what earlier credit notes on the
    /// same invoice took counted with a credit note's own.
    fn check_discount(&self) -> Outcome<()> {
        if !self.release().discount_within_total {
            return Ok(());
        }
        let (mut discount, total) = (
            self.doc.float("discount_amount"),
            self.doc.float("grand_total"),
        );
        let against = self.doc.text("return_against");
        if self.doc.int("is_return") == 1 && !against.is_empty() {
            let returned = self.site.store.shelf(INVOICE);
            let returned: Float = returned
                .and_then(|shelf| shelf.with_value("", "return_against", against))
                .unwrap_or_default()
                .iter()
                .filter(|doc| doc.docstatus() == 1 && doc.int("is_return") == 1)
                .map(|doc| doc.float("discount_amount"))
                .sum();
            discount += returned.abs();
        }
        let beyond = if total >= Float::ZERO {
            discount > total
        } else {
            discount < total
        };
        if !beyond {
            return Ok(());
        }
        let shown = |field: &str| {
            let sign = symbol(self.doc.text("currency"));
            format!("{sign} {}", grouped(self.doc.number(field), 2))
        };
        let refusal = Refusal::thrown(
            "ValidationError",
            &format!(
                "Additional Discount Amount ({}) cannot exceed the total before such discount ({})",
                shown("discount_amount"),
                shown("grand_total")
            ),
            "Invalid Discount Amount",
        );
        Err(Box::new(refusal.in_erpnext()))
    }

    /// Charges that a discount on the grand total leaves as they are, and those computed on them.
    fn untouched_charges(&self) -> Float {
        let mut all = Float::ZERO;
        let mut kept: Vec<Option<(Float, Float)>> = Vec::new();
        for tax in &self.taxes {
            let base = usize::try_from(tax.int("row_id") - 1)
                .ok()
                .and_then(|row| kept.get(row).copied().flatten());
            let amount = match (tax.text("charge_type"), base) {
                ("Actual" | "On Item Quantity", _) => Some(tax.float("tax_amount")),
                ("On Previous Row Amount", Some((amount, _))) => {
                    Some(amount * tax.float("rate") / Float::HUNDRED)
                }
                (_, Some((_, running))) => Some(running * tax.float("rate") / Float::HUNDRED),
                (_, None) => None,
            };
            all += amount.unwrap_or_default();
            kept.push(amount.map(|amount| (amount, all)));
        }
        all
    }
}
