//! Tax rates.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::charts;
use super::super::config::Country;
use super::super::filter::Operand;
use super::super::json::{number, put};
use super::super::listing::Listed;

/// A tax rate.
#[derive(Debug, Clone)]
pub struct TaxRate {
    /// `TaxType`, the key.
    pub tax_type: &'static str,
    /// Name.
    pub name: String,
    /// Per cent.
    pub rate: Decimal,
    report: &'static str,
    revenue: bool,
    expenses: bool,
    components: Vec<(String, Decimal)>,
}

impl TaxRate {
    /// A country's default rates.
    pub fn of(country: Country) -> Vec<TaxRate> {
        charts::of(country)
            .rates
            .iter()
            .map(|row| TaxRate {
                tax_type: row.tax_type,
                name: row.name.to_owned(),
                rate: row.rate,
                report: row.report,
                revenue: row.revenue,
                expenses: row.expenses,
                components: row
                    .components
                    .iter()
                    .map(|(name, rate)| ((*name).to_owned(), *rate))
                    .collect(),
            })
            .collect()
    }

    /// Whether lines on accounts of this class may carry it.
    pub fn applies_to(&self, class: &str) -> bool {
        match class {
            "REVENUE" => self.revenue,
            "EXPENSE" => self.expenses,
            _ => true,
        }
    }

    /// As `GET /TaxRates` shows it.
    pub fn to_json(&self) -> Value {
        let components: Vec<Value> = self
            .components
            .iter()
            .map(|(name, rate)| {
                json!({
                    "Name": name,
                    "Rate": number(*rate, 4),
                    "IsCompound": false,
                    "IsNonRecoverable": false,
                })
            })
            .collect();
        let mut value = json!({"Name": self.name, "TaxType": self.tax_type});
        if !self.report.is_empty() {
            put(&mut value, "ReportTaxType", self.report);
        }
        for (name, part) in [
            ("CanApplyToAssets", json!(true)),
            ("CanApplyToEquity", json!(true)),
            ("CanApplyToExpenses", json!(self.expenses)),
            ("CanApplyToLiabilities", json!(true)),
            ("CanApplyToRevenue", json!(self.revenue)),
            ("DisplayTaxRate", number(self.rate, 4)),
            ("EffectiveRate", number(self.rate, 4)),
            ("Status", json!("ACTIVE")),
            ("TaxComponents", json!(components)),
        ] {
            put(&mut value, name, part);
        }
        value
    }
}

impl Listed for TaxRate {
    fn property(&self, name: &str) -> Option<Operand> {
        Some(match name {
            "taxtype" => Operand::Text(self.tax_type.to_owned()),
            "name" => Operand::Text(self.name.clone()),
            "status" => Operand::Text("ACTIVE".to_owned()),
            "effectiverate" | "displaytaxrate" => Operand::Number(self.rate),
            "reporttaxtype" => Operand::text(Some(self.report).filter(|name| !name.is_empty())),
            "canapplytorevenue" => Operand::Flag(self.revenue),
            "canapplytoexpenses" => Operand::Flag(self.expenses),
            _ => return None,
        })
    }

    fn found_by(&self, _term: &str) -> bool {
        true
    }
}
