//! Exact money.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code, three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text was not three ASCII letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a three-letter currency code")]
pub struct NotACurrency(pub String);

impl Currency {
    /// Reads a code, in any letter case.
    ///
    /// # Errors
    /// [`NotACurrency`] where the text is not three ASCII letters.
    pub fn new(code: &str) -> Result<Self, NotACurrency> {
        match code.as_bytes() {
            [a, b, c] if code.bytes().all(|byte| byte.is_ascii_alphabetic()) => Ok(Self([
                a.to_ascii_uppercase(),
                b.to_ascii_uppercase(),
                c.to_ascii_uppercase(),
            ])),
            _ => Err(NotACurrency(code.to_owned())),
        }
    }

    /// The code as text.
    pub fn code(&self) -> &str {
        // Only ASCII letters are ever stored, so this cannot fail; "XXX" is ISO's "no currency".
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal places of the currency's minor unit (ISO 4217).
    pub fn minor_digits(&self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;
    fn try_from(code: String) -> Result<Self, NotACurrency> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount with its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount, in units of the currency (not minor units).
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for Money {
    /// `1234.50 GBP`: at least the currency's decimals, more where the amount has more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.amount.normalize();
        if amount.scale() < self.currency.minor_digits() {
            amount.rescale(self.currency.minor_digits());
        }
        write!(f, "{amount} {}", self.currency)
    }
}

/// Rounds half away from zero, as Xero does (xero/FACTS §6, tax arithmetic) and as ERPNext's
/// "Commercial Rounding" does.
pub fn round_half_up(amount: Decimal, digits: u32) -> Decimal {
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// Rounds half to even, as ERPNext's "Banker's Rounding" does (erpnext/FACTS §15).
pub fn round_half_even(amount: Decimal, digits: u32) -> Decimal {
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven)
}

/// How an ERPNext site rounds (`System Settings.rounding_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RoundingMethod {
    /// Half to even ("Banker's Rounding", the set-up default).
    HalfEven,
    /// Half away from zero ("Commercial Rounding").
    HalfUp,
}

impl RoundingMethod {
    /// Rounds by this method.
    pub fn round(self, amount: Decimal, digits: u32) -> Decimal {
        match self {
            RoundingMethod::HalfEven => round_half_even(amount, digits),
            RoundingMethod::HalfUp => round_half_up(amount, digits),
        }
    }
}
