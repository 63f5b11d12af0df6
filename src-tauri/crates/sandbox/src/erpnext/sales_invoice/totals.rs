//! Amounts, taxes and totals of an invoice, in the order ERPNext computes them. The order of the
//! roundings is what makes a penny land here or there, so it is kept step by step.

mod breakdown;
mod discount;
mod float;
mod taxes;

pub(crate) use self::breakdown::TABLE as BREAKDOWN;
use self::breakdown::{Share, TABLE};
pub(crate) use self::float::Float;
use self::float::Floats;
use super::super::ErpnextWorld;
use super::super::cell::{Cell, Doc, Row};
use super::super::documents::UNSAVED;
use super::super::release::Release;
use super::super::site::Outcome;

const ITEM: &str = "Sales Invoice Item";
const TAX: &str = "Sales Taxes and Charges";
const INVOICE: &str = "Sales Invoice";

fn hundredth(percent: Float) -> Float {
    percent / Float::HUNDRED
}

struct Calculation<'a> {
    site: &'a ErpnextWorld,
    doc: &'a mut Doc,
    items: Vec<Row>,
    taxes: Vec<Row>,
    rates: Vec<Vec<(String, Float)>>,
    /// Whether the site rounds by "Commercial Rounding".
    commercial: bool,
    exchange: Float,
    discount_applied: bool,
    /// The total that a discount on the grand total is spread by.
    undiscounted: Option<Float>,
    /// What rounding lost and only the grand total gets back.
    grand_total_diff: Float,
    /// Where the tax of each line is kept in a table: its rows.
    shares: Vec<Share>,
}

impl ErpnextWorld {
    /// Computes every amount of the invoice from quantities, rates and tax rows.
    pub(crate) fn calculate_totals(&mut self, doc: &mut Doc) -> Outcome<()> {
        let items = std::mem::take(doc.rows_mut("items"));
        let taxes = std::mem::take(doc.rows_mut("taxes"));
        let exchange = doc.float("conversion_rate");
        let commercial =
            self.setting("System Settings", "rounding_method").as_text() == "Commercial Rounding";
        let mut calculation = Calculation {
            site: self,
            doc,
            items,
            taxes,
            rates: Vec::new(),
            commercial,
            exchange,
            discount_applied: false,
            undiscounted: None,
            grand_total_diff: Float::ZERO,
            shares: Vec::new(),
        };
        let done = calculation
            .run()
            .and_then(|()| calculation.apply_discount());
        let mut breakdown = calculation.breakdown_rows();
        let (items, taxes) = (calculation.items, calculation.taxes);
        *doc.rows_mut("items") = items;
        *doc.rows_mut("taxes") = taxes;
        for row in &mut breakdown {
            row.set("name", self.new_hash());
            row.set(UNSAVED, Cell::Int(1));
        }
        *doc.rows_mut(TABLE) = breakdown;
        done
    }
}

impl Calculation<'_> {
    fn release(&self) -> &'static Release {
        self.site.release()
    }

    fn round(&self, doctype: &str, field: &str, amount: Float) -> Float {
        amount.round(self.commercial, self.site.precision(doctype, field))
    }

    /// Stores the company-currency twin of an amount.
    fn base(&self, doctype: &str, field: &str, amount: Float) -> Float {
        let rounded = self.round(doctype, field, amount);
        self.round(doctype, &format!("base_{field}"), rounded * self.exchange)
    }

    fn run(&mut self) -> Outcome<()> {
        if !self.discount_applied {
            self.item_values();
        }
        self.tax_rates();
        self.start_taxes();
        self.exclusive_rates();
        self.net_total();
        self.tax_amounts()?;
        self.inclusive_difference();
        self.totals();
        Ok(())
    }

    fn item_values(&mut self) {
        let mut items = std::mem::take(&mut self.items);
        for item in &mut items {
            for field in ["qty", "rate", "price_list_rate", "discount_amount"] {
                let value = self.round(ITEM, field, item.float(field));
                item.set(field, value);
            }
            let list_rate = item.float("price_list_rate");
            let percent = item.float("discount_percentage");
            if percent == Float::HUNDRED {
                item.set("rate", Float::ZERO);
            } else if !list_rate.is_zero() && item.float("rate").is_zero() {
                let rate = list_rate * (Float::ONE - hundredth(percent));
                item.set("rate", self.round(ITEM, "rate", rate));
                item.set("discount_amount", list_rate * hundredth(percent));
            }
            let rate = item.float("rate");
            if list_rate > Float::ZERO {
                let discount = list_rate - rate;
                let discount = if self.release().line_discount_rounded {
                    self.round(ITEM, "discount_amount", discount)
                } else {
                    discount
                };
                item.set("discount_amount", discount);
            }
            let qty = item.float("qty");
            // A quantity of nothing gives the price itself back on a return, and claims it on a debit
            // note.
            let times = if !qty.is_zero() {
                qty
            } else if self.doc.int("is_return") == 1 {
                -Float::ONE
            } else if self.doc.int("is_debit_note") == 1 {
                Float::ONE
            } else {
                qty
            };
            let amount = self.round(ITEM, "amount", rate * times);
            item.set("net_rate", rate);
            item.set("amount", amount);
            item.set("net_amount", amount);
            let factor = item.float("conversion_factor");
            item.set(
                "stock_qty",
                self.round(ITEM, "stock_qty", item.float("qty") * factor),
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
                let base = self.base(ITEM, field, item.float(field));
                item.set(format!("base_{field}"), base);
            }
        }
        self.items = items;
    }

    fn on_grand_total(&self) -> bool {
        self.doc.text("apply_discount_on") == "Grand Total"
    }

    fn net_total(&mut self) {
        let sum = |field: &str| {
            self.items
                .iter()
                .map(|item| item.float(field))
                .sum::<Float>()
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

    fn totals(&mut self) {
        let net = self.doc.float("net_total");
        let (grand, charges) = match self.taxes.last() {
            Some(tax) => {
                let grand = tax.float("total") + self.grand_total_diff;
                (
                    grand,
                    self.round(
                        INVOICE,
                        "total_taxes_and_charges",
                        grand - net - self.grand_total_diff,
                    ),
                )
            }
            None => (net, Float::ZERO),
        };
        let grand = self.round(INVOICE, "grand_total", grand);
        let base_charges = self.base(INVOICE, "total_taxes_and_charges", charges);
        let base_grand = if charges.is_zero() {
            self.doc.float("base_net_total")
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
            (Float::ZERO, Float::ZERO)
        } else {
            let rounded = self.to_smallest_coin(grand);
            let rounded = self.round(INVOICE, "rounded_total", rounded);
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
    fn to_smallest_coin(&self, amount: Float) -> Float {
        let coin = self
            .site
            .value(
                "Currency",
                self.doc.text("currency"),
                "smallest_currency_fraction_value",
            )
            .as_number();
        let coin = Float::from(coin);
        if coin.is_zero() {
            return amount.round(self.commercial, 0);
        }
        let digits = self.site.precision(INVOICE, "rounded_total");
        let scale = Float::from(rust_decimal::Decimal::from(10_u64.pow(digits)));
        let rest = (amount * scale).remainder(coin * scale) / scale;
        let rest = rest.round(self.commercial, digits);
        let down = amount - rest;
        if rest > coin / Float::TWO {
            amount + (coin - rest)
        } else {
            down
        }
    }
}
