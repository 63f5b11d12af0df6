//! What ERPNext makes of an invoice: every rounding in the order it happens there.
//!
//! Observed on ERPNext 15 (erpnext/FACTS §5 "Tax, rounding, currency", §15), and compared with its
//! own totals document by document on a real site. In short: line amounts are rounded first; taxes
//! inside prices are taken out line by line; each tax row is added up over the lines and rounded
//! once (or line by line, where the site says so); a discount on the document is spread over the
//! lines' net amounts, after which everything is computed once more; each amount is turned into the
//! company's currency by itself. All of it is computed in binary, see [`float`].
//!
//! ERPNext 16 looks rates up by account, and refuses documents whose breakdown of tax by line does
//! not add up to the tax rows (observed on 16.9.1, erpnext/V16 §1; see [`breakdown`]).

mod breakdown;
mod document;
mod float;
mod rules;

use rust_decimal::Decimal;

use self::breakdown::Breakdown;
pub use self::document::{
    Charge, DiscountOn, DiscountSize, DocumentDiscount, ErpnextDocument, ErpnextLine, ErpnextTax,
    ErpnextTotals, Refusal, RoundedTotal,
};
use self::float::Float;
pub use self::rules::{ErpnextTaxRules, ErpnextVersion};

/// The totals of a document as ERPNext computes them.
pub fn erpnext_totals(document: &ErpnextDocument<'_>, rules: ErpnextTaxRules) -> ErpnextTotals {
    let mut computation = Computation {
        document,
        rules,
        exchange: document.conversion_rate.into(),
        priced: Float::ZERO,
        nets: document
            .lines
            .iter()
            .map(|line| line.amount.into())
            .collect(),
        rows: vec![Row::default(); document.taxes.len()],
        totals: Totals::default(),
        discounted: false,
        before_discount: None,
        given_back: Float::ZERO,
        refusals: Vec::new(),
    };
    computation.priced = rules.amount(computation.nets.iter().copied().sum());
    for (row, tax) in computation.rows.iter_mut().zip(&document.taxes) {
        if let Charge::Actual(amount) = tax.charge {
            row.amount = rules.amount(amount.into());
        }
    }
    computation.take_out_included();
    computation.compute();
    let discount = computation.spread_discount();
    if computation.discounted {
        computation.compute();
    }
    computation.told(discount)
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// The tax before the document's discount.
    amount: Float,
    after_discount: Float,
    /// The running total up to this row.
    total: Float,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    net: Float,
    base_net: Float,
    tax: Float,
    base_tax: Float,
    grand: Float,
    base_grand: Float,
    rounded: Float,
    base_rounded: Float,
    adjustment: Float,
    base_adjustment: Float,
    discount: Float,
}

struct Computation<'d> {
    document: &'d ErpnextDocument<'d>,
    rules: ErpnextTaxRules,
    exchange: Float,
    /// The sum of the lines as priced.
    priced: Float,
    nets: Vec<Float>,
    rows: Vec<Row>,
    totals: Totals,
    discounted: bool,
    /// The total that a discount on the grand total is spread by: its taxes are not yet rounded.
    before_discount: Option<Float>,
    /// What rounding lost and the grand total gets back.
    given_back: Float,
    refusals: Vec<Refusal>,
}

/// The rate of a tax row for a line, in percent: the line's template wins. Where it says nothing,
/// the row's own up to 15, and from 16 on that of the account's last row; a row with a stated
/// amount says 0.
fn rate(
    rules: ErpnextTaxRules,
    document: &ErpnextDocument<'_>,
    line: &ErpnextLine<'_>,
    tax: &ErpnextTax<'_>,
) -> Float {
    let own = line
        .rates
        .iter()
        .rev()
        .find(|(account, _)| *account == tax.account)
        .map(|(_, rate)| *rate);
    let of_row = || {
        let says = match rules.version {
            ErpnextVersion::V15 => tax,
            ErpnextVersion::V16 => document
                .taxes
                .iter()
                .rev()
                .find(|row| row.account == tax.account)
                .unwrap_or(tax),
        };
        says.charge.rate()
    };
    rules.percent(own.unwrap_or_else(of_row))
}

fn at(values: &[Float], row: usize) -> Float {
    values.get(row).copied().unwrap_or_default()
}

impl Computation<'_> {
    fn turned(&self, amount: Float) -> Float {
        self.rules.amount(self.rules.amount(amount) * self.exchange)
    }

    fn discount_on_grand_total(&self) -> bool {
        self.document
            .discount
            .is_some_and(|discount| discount.on == DiscountOn::GrandTotal)
    }

    fn holds_tax(&self) -> bool {
        self.document.taxes.iter().any(|tax| tax.included)
    }

    /// Net amounts of lines whose prices hold tax.
    fn take_out_included(&mut self) {
        if !self.holds_tax() {
            return;
        }
        for (line, net) in self.document.lines.iter().zip(self.nets.iter_mut()) {
            let quantity = Float::from(line.quantity);
            let mut by_quantity = Float::ZERO;
            let mut whole = Float::ZERO;
            let mut fractions: Vec<Float> = Vec::new();
            let mut running: Vec<Float> = Vec::new();
            for tax in &self.document.taxes {
                let rate = rate(self.rules, self.document, line, tax);
                let fraction = match tax.charge {
                    _ if !tax.included => Float::ZERO,
                    Charge::OnNetTotal(_) => rate / Float::HUNDRED,
                    Charge::OnPreviousAmount { row, .. } => {
                        rate / Float::HUNDRED * at(&fractions, row)
                    }
                    Charge::OnPreviousTotal { row, .. } => {
                        rate / Float::HUNDRED * at(&running, row)
                    }
                    Charge::OnQuantity(_) => {
                        by_quantity += rate * quantity;
                        Float::ZERO
                    }
                    Charge::Actual(_) => Float::ZERO,
                };
                fractions.push(fraction);
                running.push(running.last().copied().unwrap_or(Float::ONE) + fraction);
                whole += fraction;
            }
            if quantity.is_zero() || (whole.is_zero() && by_quantity.is_zero()) {
                continue;
            }
            let amount = Float::from(line.amount) - by_quantity;
            *net = self.rules.amount(amount / (Float::ONE + whole));
        }
    }

    fn compute(&mut self) {
        self.totals.net = self.rules.amount(self.nets.iter().copied().sum());
        let base: Float = self.nets.iter().map(|net| self.turned(*net)).sum();
        self.totals.base_net = self.rules.amount(base);
        self.compute_rows();
        self.compare_with_prices();
        self.sum_up();
    }

    fn compute_rows(&mut self) {
        let keeps_amounts = self.discounted && self.discount_on_grand_total();
        let mut left = Vec::with_capacity(self.rows.len());
        for (row, tax) in self.rows.iter_mut().zip(&self.document.taxes) {
            row.after_discount = Float::ZERO;
            left.push(row.amount);
            if !matches!(tax.charge, Charge::Actual(_)) && !keeps_amounts {
                row.amount = Float::ZERO;
            }
        }
        let mut breakdown = Breakdown::new(self.rules, self.exchange, self.rows.len());
        let last = self.nets.len().saturating_sub(1);
        for (index, (line, net)) in self.document.lines.iter().zip(&self.nets).enumerate() {
            let mut current: Vec<Float> = Vec::with_capacity(self.rows.len());
            let mut running: Vec<Float> = Vec::with_capacity(self.rows.len());
            for (row, tax) in self.document.taxes.iter().enumerate() {
                let rate = rate(self.rules, self.document, line, tax);
                let mut amount = match tax.charge {
                    Charge::Actual(_) if self.totals.net.is_zero() => Float::ZERO,
                    Charge::Actual(_) => *net * self.rows[row].amount / self.totals.net,
                    Charge::OnNetTotal(_) => rate / Float::HUNDRED * *net,
                    Charge::OnPreviousAmount { row, .. } => {
                        rate / Float::HUNDRED * at(&current, row)
                    }
                    Charge::OnPreviousTotal { row, .. } => {
                        rate / Float::HUNDRED * at(&running, row)
                    }
                    Charge::OnQuantity(_) => rate * line.quantity.into(),
                };
                breakdown.add(row, tax.charge, rate, amount);
                if self.rules.round_each_line {
                    amount = self.rules.amount(amount);
                }
                if let Charge::Actual(_) = tax.charge {
                    left[row] -= amount;
                    if index == last {
                        amount += left[row];
                    }
                } else if !keeps_amounts {
                    self.rows[row].amount += amount;
                }
                self.rows[row].after_discount += amount;
                let before = row.checked_sub(1).map_or(*net, |before| running[before]);
                current.push(amount);
                running.push(before + amount);
            }
        }
        if self.discount_on_grand_total() {
            if self.discounted {
                for row in &mut self.rows {
                    row.after_discount = self.rules.amount(row.after_discount);
                }
            }
            self.run_up();
            let total = self.rows.last().map(|row| row.total);
            if !self.discounted {
                self.before_discount = total;
            } else if let (Some(before), Some(total)) = (self.before_discount, total) {
                self.given_back = self.rules.amount(before - self.totals.discount - total);
            }
        }
        for row in &mut self.rows {
            row.amount = self.rules.amount(row.amount);
            row.after_discount = self.rules.amount(row.after_discount);
        }
        self.run_up();
        if self.rules.version >= ErpnextVersion::V16 {
            for (row, told) in self.rows.iter().enumerate() {
                let whole = self.turned(told.after_discount);
                self.refusals.extend(breakdown.refusal(row, whole));
            }
        }
    }

    /// The running total row by row.
    fn run_up(&mut self) {
        let mut total = self.totals.net;
        for row in &mut self.rows {
            total = self.rules.amount(total + row.after_discount);
            row.total = total;
        }
    }

    /// Prices that hold tax are kept: what is missing of their sum goes into the grand total.
    fn compare_with_prices(&mut self) {
        let Some(last) = self.rows.last() else {
            return;
        };
        if !self.holds_tax() {
            return;
        }
        let on_top: Float = self
            .rows
            .iter()
            .zip(&self.document.taxes)
            .filter(|(_, tax)| !tax.included)
            .map(|(row, _)| row.after_discount)
            .sum();
        let mut missing = self.priced + on_top - last.total;
        if self.discounted {
            missing -= self.totals.discount;
        }
        let missing = self.rules.amount(missing);
        self.given_back = if missing.abs() <= self.rules.tolerance() {
            missing
        } else {
            Float::ZERO
        };
        // Without it a discount on the grand total would be spread by a total a cent off.
        if self.rules.version >= ErpnextVersion::V16
            && !self.discounted
            && let Some(before) = &mut self.before_discount
        {
            *before += self.given_back;
        }
    }

    fn sum_up(&mut self) {
        let net = self.totals.net;
        let (grand, tax) = match self.rows.last() {
            Some(last) => {
                let grand = last.total + self.given_back;
                (grand, self.rules.amount(grand - net - self.given_back))
            }
            None => (net, Float::ZERO),
        };
        self.totals.tax = tax;
        self.totals.base_tax = self.turned(tax);
        self.totals.grand = self.rules.amount(grand);
        self.totals.base_grand = if tax.is_zero() {
            self.totals.base_net
        } else {
            self.rules.amount(grand * self.exchange)
        };
        let rounded = match self.document.rounded_total {
            RoundedTotal::Off => return,
            RoundedTotal::Units => self.totals.grand.round(self.rules.rounding, 0),
            RoundedTotal::Coin(coin) => self.to_coin(coin.into()),
        };
        self.totals.rounded = self.rules.amount(rounded);
        self.totals.base_rounded = self.turned(self.totals.rounded);
        self.totals.adjustment = self.rules.amount(self.totals.rounded - self.totals.grand);
        self.totals.base_adjustment = self.turned(self.totals.adjustment);
    }

    /// To the nearest coin, halves down (towards minus infinity: the remainder is never negative).
    fn to_coin(&self, coin: Float) -> Float {
        let grand = self.totals.grand;
        let rest = if self.rules.digits == 0 {
            grand.remainder(coin)
        } else {
            let scale = Float::from(Decimal::from(10_u64.pow(self.rules.digits)));
            (grand * scale).remainder(coin * scale) / scale
        };
        let rest = self.rules.amount(rest);
        if rest > coin / Float::TWO {
            grand + (coin - rest)
        } else {
            grand - rest
        }
    }

    /// Takes the discount off the lines' net amounts; how much it is.
    fn spread_discount(&mut self) -> Decimal {
        let Some(discount) = self.document.discount else {
            return Decimal::ZERO;
        };
        let (size, told) = match discount.size {
            DiscountSize::Amount(amount) => (amount.into(), amount),
            DiscountSize::Percent(percent) => {
                let of = match discount.on {
                    DiscountOn::NetTotal => self.totals.net,
                    DiscountOn::GrandTotal => self.totals.grand,
                };
                let size = self
                    .rules
                    .amount(of * Float::from(percent) / Float::HUNDRED);
                (size, size.exact(self.rules.digits))
            }
        };
        self.totals.discount = size;
        if self.rules.version >= ErpnextVersion::V16 && self.exceeds_the_total(size) {
            self.refusals.push(Refusal::DiscountBeyondTotal);
        }
        if size.is_zero() {
            return told;
        }
        let whole = match discount.on {
            DiscountOn::NetTotal => self.totals.net,
            DiscountOn::GrandTotal if self.rows.is_empty() => self.totals.net,
            DiscountOn::GrandTotal => {
                self.before_discount.unwrap_or(self.totals.grand) - self.fixed_charges()
            }
        };
        if whole.is_zero() {
            return told;
        }
        let mut exact = Float::ZERO;
        let mut sum = Float::ZERO;
        for net in &mut self.nets {
            let reduced = *net - size * *net / whole;
            exact += reduced;
            *net = self.rules.amount(reduced);
            sum += *net;
            // What rounding has lost so far goes to the line that shows it.
            let lost = self.rules.amount(exact - sum);
            if !lost.is_zero() {
                *net = self.rules.amount(*net + lost);
                sum += lost;
            }
        }
        self.discounted = true;
        told
    }

    /// Whether a discount is more than there is. A discount with the sign of a return is never.
    fn exceeds_the_total(&self, discount: Float) -> bool {
        let grand = self.totals.grand;
        if grand >= Float::ZERO {
            discount > grand
        } else {
            discount < grand
        }
    }

    /// Charges that a discount does not make smaller: stated amounts, amounts by quantity, and what
    /// is computed on them.
    fn fixed_charges(&self) -> Float {
        let mut sum = Float::ZERO;
        let mut fixed: Vec<Option<(Float, Float)>> = Vec::with_capacity(self.rows.len());
        for (row, tax) in self.rows.iter().zip(&self.document.taxes) {
            let base = |index: usize| fixed.get(index).copied().flatten();
            let share = |rate: Decimal, of: Float| of * self.rules.percent(rate) / Float::HUNDRED;
            let amount = match tax.charge {
                Charge::Actual(_) | Charge::OnQuantity(_) => Some(row.amount),
                Charge::OnPreviousAmount { rate, row } => {
                    base(row).map(|(amount, _)| share(rate, amount))
                }
                Charge::OnPreviousTotal { rate, row } => base(row).map(|(_, sum)| share(rate, sum)),
                Charge::OnNetTotal(_) => None,
            };
            sum += amount.unwrap_or_default();
            fixed.push(amount.map(|amount| (amount, sum)));
        }
        sum
    }

    fn told(self, discount: Decimal) -> ErpnextTotals {
        let exact = |amount: Float| amount.exact(self.rules.digits);
        ErpnextTotals {
            lines: exact(self.priced),
            net: exact(self.totals.net),
            base_net: exact(self.totals.base_net),
            tax: exact(self.totals.tax),
            base_tax: exact(self.totals.base_tax),
            grand: exact(self.totals.grand),
            base_grand: exact(self.totals.base_grand),
            rounded: exact(self.totals.rounded),
            base_rounded: exact(self.totals.base_rounded),
            adjustment: exact(self.totals.adjustment),
            base_adjustment: exact(self.totals.base_adjustment),
            discount,
            refusals: self.refusals,
            line_nets: self.nets.iter().map(|net| exact(*net)).collect(),
            rows: self
                .rows
                .iter()
                .map(|row| exact(row.after_discount))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
