//! What is to be created under one setting, and what is known about it beforehand.

use erpnext::Chart;
use erpnext::translate::credit_note::{self, Balance};
use erpnext::translate::{invoice_out, tax};
use ledger::tax::{ErpnextTotals, Refusal};
use ledger::{Document, Line, PriceMode};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::site::Site;
use super::{documents, invoices, model};

/// Invoices and credit notes stated by Xero, per setting; every fifth is a credit note.
pub const INVOICES: usize = 250;
/// Documents entered in ERPNext, per setting; a quarter of them returns, and as many returns of
/// them again.
pub const DOCUMENTS: usize = 125;

/// A document to create, and what is known about it beforehand.
pub struct Planned {
    pub body: Value,
    pub totals: ErpnextTotals,
    /// What was stated, where it was translated.
    pub stated: Option<Found>,
    /// The chart it is read with.
    pub chart: Chart,
}

/// What a document says of itself in the ledger's terms: positive, returns too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    pub net: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
    pub due: Decimal,
}

/// A document as the client reads it.
pub struct Found {
    pub stated: Stated,
    pub mode: PriceMode,
    pub lines: Vec<Line>,
}

impl From<Document> for Found {
    fn from(invoice: Document) -> Self {
        Self {
            stated: Stated {
                net: invoice.net_total,
                tax: invoice.tax_total,
                total: invoice.total,
                due: invoice.amount_due,
            },
            mode: invoice.price_mode,
            lines: invoice.lines,
        }
    }
}

impl Planned {
    /// Whether the site refuses it for its arithmetic. A later 16 breaks tax down otherwise and may
    /// take it; what is sent by translation no 16 refuses.
    pub fn refused(&self) -> bool {
        self.totals.refusals.iter().any(|refusal| match refusal {
            Refusal::Breakdown { each_line, .. } => *each_line,
            Refusal::DiscountBeyondTotal => true,
        })
    }

    /// How its tax was laid out, where it was translated.
    pub fn way(&self) -> Option<&'static str> {
        self.stated
            .as_ref()
            .filter(|stated| stated.mode != PriceMode::NoTax)?;
        let taxes = self.body["taxes"].as_array().unwrap();
        let by_rate = taxes.iter().any(|row| row["charge_type"] == "On Net Total");
        let by_amount = taxes.iter().any(|row| {
            let account = row["account_head"].as_str().unwrap();
            row["charge_type"] == "Actual" && self.chart.is_tax_account(account)
        });
        let mut items = self.body["items"].as_array().unwrap().iter();
        let templates = items.any(|item| item["item_tax_template"].is_string());
        Some(match (by_rate, by_amount, templates) {
            (true, false, _) => "by rate",
            (true, true, _) => "by rate and amount",
            (false, true, true) => "by amount with templates",
            (false, true, false) => "by amount",
            (false, false, _) => "without tax",
        })
    }

    /// The rates of the lines that are not zero, as keys, in an order of their own.
    pub fn told(&self, lines: &[Line]) -> Vec<Vec<String>> {
        let mut told: Vec<_> = lines
            .iter()
            .filter_map(|line| line.tax.as_deref())
            .filter_map(|key| tax::resolve(key, &self.chart))
            .map(|line| {
                let rates = line.rates.iter().filter(|rate| !rate.rate.is_zero());
                rates.map(erpnext::chart::TaxRate::key).collect()
            })
            .filter(|rates: &Vec<String>| !rates.is_empty())
            .collect();
        told.sort();
        told
    }

    pub fn name(&self) -> String {
        self.body["name"].as_str().unwrap().to_owned()
    }

    /// What it leaves to be paid, in the currency of its receivable account.
    pub fn payable(&self, site: &Site) -> Decimal {
        let account = self.body["debit_to"].as_str().unwrap();
        if account == site.account("Debtors")
            && self.body["currency"] != site.company.currency.as_str()
        {
            self.totals.base_payable()
        } else {
            self.totals.payable()
        }
    }
}

/// The documents of one setting: those that stand alone, and returns of some of them.
pub struct Plan {
    pub first: Vec<Planned>,
    pub returns: Vec<Planned>,
}

pub fn counts() -> (usize, usize) {
    match std::env::var("COUNTERFOIL_TEST_DOCUMENTS") {
        Ok(count) => {
            let count = count.parse().unwrap();
            (count, count)
        }
        Err(_) => (INVOICES, DOCUMENTS),
    }
}

/// The chart of a company with Item Tax Templates for every rate, for one, or for none.
pub fn set_up(rng: &mut StdRng, chart: &Chart) -> Chart {
    let mut chart = chart.clone();
    match [0, 1, 2].choose(rng).unwrap() {
        0 => {}
        1 => chart.tax_templates.retain(|tax| tax.title == "F- Standard"),
        _ => chart.tax_templates.clear(),
    }
    chart
}

pub fn plan(site: &Site, run: &str, at: usize) -> Plan {
    let (invoices, documents) = counts();
    let mut rng = StdRng::seed_from_u64(0xF00D + u64::try_from(at).unwrap());
    let mut first = Vec::new();
    while first.len() < invoices {
        let name = format!("F-{run}-{at}-X{:04}", first.len());
        let credit = first.len() % 5 == 4;
        let chart = set_up(&mut rng, &site.chart);
        let (invoice, customer) = invoices::invoice(&mut rng, site, &chart, name.clone());
        let stated = Found::from(invoice.clone());
        let body = if credit {
            let note = invoices::credited(invoice.clone());
            credit_note::create_body(&note, &name, Balance::Own, &chart)
        } else {
            invoice_out::create_body(&invoice, &name, &chart)
        };
        let mut body = body.unwrap_or_else(|cause| panic!("{cause:?} {invoice:?}"));
        body["debit_to"] = json!(site.receivable(customer));
        let totals = model::totals(&body, site);
        if totals.base_grand.abs() < Decimal::new(5, 2) {
            continue;
        }
        first.push(Planned {
            totals,
            body,
            stated: Some(stated),
            chart,
        });
    }
    let mut returns = Vec::new();
    while first.len() < invoices + documents {
        let at_document = first.len() - invoices;
        let returned = at_document % 4 == 3;
        let mut body = documents::document(&mut rng, site, returned);
        body["name"] = json!(format!("F-{run}-{at}-E{at_document:04}"));
        let totals = model::totals(&body, site);
        let size = if returned {
            -totals.base_grand
        } else {
            totals.base_grand
        };
        // A total of the wrong sign is refused, and one of nothing is neither paid nor owed.
        if size < Decimal::new(5, 2) || totals.payable().is_zero() {
            continue;
        }
        first.push(Planned {
            body,
            totals,
            stated: None,
            chart: site.chart.clone(),
        });
    }
    let mut sold: Vec<&Planned> = first
        .iter()
        .filter(|planned| planned.body["is_return"] != 1 && !planned.refused())
        .collect();
    // One return of each at most: of two that are submitted at once, ERPNext may forget the first
    // when it notes what the original still owes.
    sold.shuffle(&mut rng);
    while returns.len() < documents / 4
        && let Some(original) = sold.pop()
    {
        let mut body = documents::return_of(&mut rng, &original.body);
        body["name"] = json!(format!("F-{run}-{at}-R{:04}", returns.len()));
        let totals = model::totals(&body, site);
        if totals.base_grand > -Decimal::new(5, 2) {
            continue;
        }
        returns.push(Planned {
            body,
            totals,
            stated: None,
            chart: site.chart.clone(),
        });
    }
    Plan { first, returns }
}
