//! Lines and tax rows that make ERPNext's totals the stated ones.
//!
//! There are up to four ways to lay a document out; the first of which ERPNext makes exactly what is
//! stated is sent ([`super::foretold`]):
//! 1. by rates, prices as they are;
//! 2. by rates, with prices before tax, what rounding leaves over as an amount, and the tax of
//!    negative lines as amounts;
//! 3. all tax as amounts, one for each rate;
//! 4. the same without Item Tax Templates on the lines, which ERPNext 16 does not take beside
//!    amounts where some lines are at zero.
//!
//! Amounts of tax stand before rates: on ERPNext 16 the last row of an account says the rate of
//! lines without a template, and an amount says zero.

use ledger::tax::{TaxedAmount, Totals, xero_line_tax};
use ledger::{Cause, Document, Line, PriceMode, Side};
use rust_decimal::Decimal;

use super::invoice_out::{account, invalid};
use super::line;
use super::stated_tax::{self, Share};
use super::tax::{self, LineTax, Taxed};
use crate::chart::{Chart, TaxRate};

/// The text of the tax row that carries what another way of rounding leaves over.
const TAX_ROUNDING: &str = "Rounding of tax";
/// The text of the tax row that carries tax no rate makes.
const TAX: &str = "Tax";
/// What a few lines' rounding can come to.
const LARGEST_ROUNDING: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// One way to lay a document out.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The document's lines, in order.
    pub lines: Vec<LaidLine>,
    /// The tax rows.
    pub taxes: Vec<Row>,
}

/// A line as laid out.
#[derive(Debug, Clone)]
pub(super) struct LaidLine {
    /// Its amount.
    pub amount: Decimal,
    /// The tax it says itself.
    pub tax: LineTax,
    /// Whether the line goes among the tax rows, as a charge on its account: ERPNext does not
    /// submit a negative price unless the site allows it.
    pub charge: bool,
}

/// A tax row.
#[derive(Debug, Clone)]
pub(super) enum Row {
    /// By rate.
    Rate {
        /// Account and rate.
        tax: TaxRate,
        /// Whether prices hold it.
        included: bool,
    },
    /// An amount as stated.
    Amount {
        /// The account.
        account: String,
        /// How much; positive adds to the document.
        amount: Decimal,
        /// What it is.
        text: String,
    },
}

/// The ways to lay a document out, the most natural first; the cause where a way is closed.
///
/// # Errors
/// [`Cause::NoTaxMapping`] where the company has no such tax, [`Cause::Invalid`] where what is
/// stated does not add up or has no place in ERPNext.
pub(super) fn layouts(
    invoice: &Document,
    chart: &Chart,
) -> Result<Vec<Result<Layout, Cause>>, Cause> {
    let stated = Totals {
        net: invoice.net_total,
        tax: invoice.tax_total,
        total: invoice.total,
    };
    let charged: Vec<bool> = invoice
        .lines
        .iter()
        .map(|line| line.amount < Decimal::ZERO && !chart.negative_rates)
        .collect();
    if charged.iter().all(|charge| *charge) {
        return Err(invalid(
            "lines",
            "All lines are negative, which ERPNext does not allow",
        ));
    }
    let amounts: Vec<Decimal> = invoice.lines.iter().map(|line| line.amount).collect();
    let untaxed = vec![LineTax::default(); charged.len()];
    if invoice.price_mode == PriceMode::NoTax {
        let net: Decimal = amounts.iter().sum();
        return if net == stated.total && stated.tax.is_zero() {
            Ok(vec![Ok(Layout {
                taxes: charges(invoice, &amounts, &charged, chart)?,
                lines: laid(&amounts, &untaxed, &charged),
            })])
        } else {
            Err(do_not_add_up(net, Decimal::ZERO, stated))
        };
    }
    let taxes = taxes(invoice, chart)?;
    let mut exempted = taxes.clone();
    tax::exempt(&mut exempted, chart);
    let kept: Vec<LineTax> = exempted
        .iter()
        .zip(&charged)
        .filter(|(_, charge)| !**charge)
        .map(|(tax, _)| tax.clone())
        .collect();
    let rates = tax::rows(&kept);
    let inclusive = invoice.price_mode == PriceMode::Inclusive;
    let mut ways = Vec::new();
    if let Some(rates) = &rates
        && !charged.contains(&true)
    {
        ways.push(Ok(Layout {
            taxes: by_rate(rates, inclusive).collect(),
            lines: laid(&amounts, &exempted, &charged),
        }));
    }
    // The two systems round differently here: net amounts, and the tax held to the stated one.
    let line_taxes: Vec<Decimal> = invoice
        .lines
        .iter()
        .zip(&taxes)
        .map(|(line, tax)| line_tax(line, tax, invoice.price_mode))
        .collect();
    let nets: Vec<Decimal> = if inclusive {
        let pairs = amounts.iter().zip(&line_taxes);
        pairs.map(|(amount, tax)| amount - tax).collect()
    } else {
        amounts
    };
    let net: Decimal = nets.iter().sum();
    if net != stated.net || stated.net + stated.tax != stated.total {
        ways.push(Err(do_not_add_up(net, stated.tax, stated)));
        return Ok(ways);
    }
    let document = Unlaid {
        invoice,
        chart,
        stated,
        charged,
        nets,
        line_taxes,
        taxes,
    };
    if let Some(rates) = &rates {
        ways.push(document.by_rates(rates, &exempted));
    }
    ways.push(document.by_amounts(&document.taxes));
    ways.push(document.by_amounts(&untaxed));
    Ok(ways)
}

/// The rates of the lines.
fn taxes(invoice: &Document, chart: &Chart) -> Result<Vec<LineTax>, Cause> {
    invoice
        .lines
        .iter()
        .map(|line| match &line.tax {
            None => Ok(LineTax::default()),
            Some(key) => tax::resolve(key, chart).ok_or_else(|| Cause::NoTaxMapping {
                side: Side::Erpnext,
                tax: key.clone(),
            }),
        })
        .collect()
}

/// A document whose lines are told by their net amounts.
struct Unlaid<'a> {
    invoice: &'a Document,
    chart: &'a Chart,
    stated: Totals,
    charged: Vec<bool>,
    nets: Vec<Decimal>,
    line_taxes: Vec<Decimal>,
    taxes: Vec<LineTax>,
}

impl Unlaid<'_> {
    /// Rates for the lines, and amounts for what these do not make.
    fn by_rates(&self, rates: &[TaxRate], exempted: &[LineTax]) -> Result<Layout, Cause> {
        let lines = laid(&self.nets, exempted, &self.charged);
        let taxed: Vec<Taxed<'_>> = lines
            .iter()
            .filter(|line| !line.charge)
            .map(|line| (line.amount, &line.tax))
            .collect();
        let made = tax::totals(&taxed, rates, false, self.chart.figures).tax;
        let of_charges = self.shares().into_iter().filter(|(charge, _)| *charge);
        let mut rows = self.stated_rows(of_charges.map(|(_, share)| share));
        self.settle(&mut rows, made)?;
        rows.extend(by_rate(rates, false));
        rows.extend(charges(
            self.invoice,
            &self.nets,
            &self.charged,
            self.chart,
        )?);
        Ok(Layout { lines, taxes: rows })
    }

    /// Amounts alone; `templates` is what the lines say beside them.
    fn by_amounts(&self, templates: &[LineTax]) -> Result<Layout, Cause> {
        let all = self.shares().into_iter().map(|(_, share)| share);
        let mut rows = self.stated_rows(all);
        self.settle(&mut rows, Decimal::ZERO)?;
        rows.extend(charges(
            self.invoice,
            &self.nets,
            &self.charged,
            self.chart,
        )?);
        Ok(Layout {
            lines: laid(&self.nets, templates, &self.charged),
            taxes: rows,
        })
    }

    /// What each line has to say about a stated tax, and whether it is a charge. The lines are
    /// counted as they are read back: charges come last.
    fn shares(&self) -> Vec<(bool, Share<'_>)> {
        let mut order: Vec<usize> = (0..self.nets.len()).collect();
        order.sort_by_key(|at| self.charged.get(*at).copied());
        order
            .into_iter()
            .enumerate()
            .filter_map(|(place, at)| {
                let share = Share {
                    place: place + 1,
                    net: *self.nets.get(at)?,
                    tax: *self.line_taxes.get(at)?,
                    rates: self.taxes.get(at)?,
                };
                Some((*self.charged.get(at)?, share))
            })
            .collect()
    }

    fn stated_rows<'a>(&self, shares: impl Iterator<Item = Share<'a>>) -> Vec<Row> {
        let shares: Vec<Share<'_>> = shares.collect();
        stated_tax::rows(&shares, self.chart)
            .into_iter()
            .map(|row| Row::Amount {
                account: row.account,
                amount: row.amount,
                text: row.text,
            })
            .collect()
    }

    /// Adds what is missing of the stated tax.
    fn settle(&self, rows: &mut Vec<Row>, made: Decimal) -> Result<(), Cause> {
        let amounts: Decimal = rows
            .iter()
            .map(|row| match row {
                Row::Amount { amount, .. } => *amount,
                Row::Rate { .. } => Decimal::ZERO,
            })
            .sum();
        let left = self.stated.tax - made - amounts;
        if left.is_zero() {
            return Ok(());
        }
        let rates = self.taxes.iter().flat_map(|tax| &tax.rates);
        let account = rates
            .clone()
            .find(|rate| !rate.rate.is_zero())
            .or_else(|| rates.clone().next())
            .map(|rate| rate.account.clone())
            .ok_or_else(|| {
                invalid(
                    "tax",
                    "The invoice has tax, but none of its lines has a tax rate",
                )
            })?;
        let text = if left.abs() > LARGEST_ROUNDING {
            TAX
        } else {
            TAX_ROUNDING
        };
        rows.push(Row::Amount {
            account,
            amount: left,
            text: text.to_owned(),
        });
        Ok(())
    }
}

fn by_rate(rates: &[TaxRate], included: bool) -> impl Iterator<Item = Row> {
    rates.iter().map(move |tax| Row::Rate {
        tax: tax.clone(),
        included,
    })
}

/// The rows for lines that go among the tax rows.
fn charges(
    invoice: &Document,
    amounts: &[Decimal],
    charged: &[bool],
    chart: &Chart,
) -> Result<Vec<Row>, Cause> {
    invoice
        .lines
        .iter()
        .zip(amounts)
        .zip(charged)
        .filter(|(_, charge)| **charge)
        .map(|((line, amount), _)| {
            let note = line::note(line, *amount).filter(|_| line.quantity != Decimal::ONE);
            let (_, text) = line::texts(&line.description, note.as_deref());
            Ok(Row::Amount {
                account: account(line, chart)?.to_owned(),
                amount: *amount,
                text,
            })
        })
        .collect()
}

fn laid(amounts: &[Decimal], taxes: &[LineTax], charged: &[bool]) -> Vec<LaidLine> {
    amounts
        .iter()
        .zip(taxes)
        .zip(charged)
        .map(|((amount, tax), charge)| LaidLine {
            amount: *amount,
            tax: tax.clone(),
            charge: *charge,
        })
        .collect()
}

/// The tax on a line: as stated, else as Xero computes it.
fn line_tax(line: &Line, tax: &LineTax, mode: PriceMode) -> Decimal {
    line.tax_amount.unwrap_or_else(|| {
        xero_line_tax(
            mode,
            TaxedAmount {
                amount: line.amount,
                rate: tax.total_rate(),
            },
        )
    })
}

fn do_not_add_up(net: Decimal, tax: Decimal, stated: Totals) -> Cause {
    invalid(
        "total",
        format!(
            "The lines come to {net} before tax and {tax} tax, but the invoice states {} and {}",
            stated.net, stated.tax
        ),
    )
}
