//! Subscribed currencies and the rates used when a document names none.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::books::Books;
use super::super::charts;
use super::super::config::Country;
use super::super::errors::Refusal;
use super::super::filter::Operand;
use super::super::json::filled;
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
            rate: *rate,
        }))
        .collect()
    }

    /// As `GET /Currencies` shows it.
    pub fn to_json(&self) -> Value {
        json!({"Code": self.code, "Description": self.name})
    }
}

impl Books {
    /// `PUT /Currencies`: subscribes the organisation to a currency. Its usual rate is taken to be 1,
    /// for nothing here knows the market. The wording of the refusals is approximate.
    pub fn subscribe(&mut self, element: &Value) -> Result<Value, Refusal> {
        let code = filled(element, "Code").unwrap_or_default().to_uppercase();
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Refusal::validation(&format!(
                "The currency code '{code}' is not valid."
            )));
        }
        if self.currencies.iter().any(|known| known.code == code) {
            return Err(Refusal::validation(&format!(
                "The organisation is already subscribed to currency {code}."
            )));
        }
        let currency = Currency {
            name: filled(element, "Description").unwrap_or_else(|| code.clone()),
            code,
            rate: Decimal::ONE,
        };
        let shown = currency.to_json();
        self.currencies.push(currency);
        Ok(shown)
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
