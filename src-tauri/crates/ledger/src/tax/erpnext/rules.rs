//! By which rules a site computes.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::float::Float;
use crate::money::RoundingMethod;

/// The versions of ERPNext that compute differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErpnextVersion {
    /// 15, and 14 as far as its source says: each tax row has its own rate, and only a line's Item
    /// Tax Template says another.
    V15,
    /// 16: the last row of an account says the rate for the account, then the line's template does.
    V16,
}

impl ErpnextVersion {
    /// The one that a major version computes like.
    pub const fn of(major: u32) -> Self {
        if major >= 16 { Self::V16 } else { Self::V15 }
    }
}

/// How an ERPNext site computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErpnextTaxRules {
    /// The version of ERPNext.
    pub version: ErpnextVersion,
    /// `System Settings.rounding_method`.
    pub rounding: RoundingMethod,
    /// Decimals of amounts (`currency_precision`, else the number format's), whatever the currency.
    pub digits: u32,
    /// Decimals of prices: as amounts, unless the site says otherwise.
    pub price_digits: u32,
    /// Decimals of quantities and of percentages (`float_precision`).
    pub float_digits: u32,
    /// `Accounts Settings.round_row_wise_tax`: round each line's tax before adding.
    pub round_each_line: bool,
}

impl ErpnextTaxRules {
    /// The amount of a line: quantity and price are rounded first, then their product.
    pub fn line_amount(&self, quantity: Decimal, price: Decimal) -> Decimal {
        let quantity = Float::from(quantity).round(self.rounding, self.float_digits);
        let price = Float::from(price).round(self.rounding, self.price_digits);
        self.amount(price * quantity).exact(self.digits)
    }

    /// The price a line has after its own discount, where it states only a price before it.
    pub fn discounted_price(&self, before: Decimal, percent: Decimal) -> Decimal {
        let before = Float::from(before).round(self.rounding, self.price_digits);
        let percent = self.percent(percent);
        (before * (Float::ONE - percent / Float::HUNDRED))
            .round(self.rounding, self.price_digits)
            .exact(self.price_digits)
    }

    pub(super) fn amount(&self, amount: Float) -> Float {
        amount.round(self.rounding, self.digits)
    }

    pub(super) fn percent(&self, percent: Decimal) -> Float {
        Float::from(percent).round(self.rounding, self.float_digits)
    }

    /// What rounding may have lost on the way and is still given back: five of the last digit.
    pub(super) fn tolerance(&self) -> Float {
        Decimal::new(5, self.digits).into()
    }
}
