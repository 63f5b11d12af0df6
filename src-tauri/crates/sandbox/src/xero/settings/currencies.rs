//! Subscribed currencies and the rates used when a document names none.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::charts;
use super::super::config::Country;
use super::super::filter::Operand;
use super::super::listing::Listed;

/// A subscribed currency.
#[derive(Debug, Clone)]
pub struct Currency {
    /// ISO 4217 code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Units of it per one unit of the base currency, 6 decimals.
    pub rate: Decimal,
}

impl Currency {
    /// A country's base currency and those its organisation trades in.
    pub fn of(country: Country) -> Vec<Currency> {
        let chart = charts::of(country);
        std::iter::once(Currency {
            code: country.currency().to_owned(),
            name: chart.base_name.to_owned(),
            rate: Decimal::ONE,
        })
        .chain(chart.currencies.iter().map(|(code, name, rate)| Currency {
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            rate: rate.parse().unwrap_or(Decimal::ONE),
        }))
        .collect()
    }

    /// As `GET /Currencies` shows it.
    pub fn to_json(&self) -> Value {
        json!({"Code": self.code, "Description": self.name})
    }
}

impl Listed for Currency {
    fn property(&self, name: &str) -> Option<Operand> {
        match name {
            "code" => Some(Operand::Text(self.code.clone())),
            "description" => Some(Operand::Text(self.name.clone())),
            _ => None,
        }
    }

    fn found_by(&self, _term: &str) -> bool {
        true
    }
}
