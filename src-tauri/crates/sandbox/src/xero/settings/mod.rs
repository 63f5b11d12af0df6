//! Organisation, chart of accounts, tax rates, currencies, items, tracking categories.

mod accounts;
mod currencies;
mod items;
mod organisation;
mod tax_rates;
mod tracking;

pub use accounts::Account;
pub use currencies::Currency;
pub use items::{ITEMS, Item};
pub use organisation::Organisation;
pub use tax_rates::TaxRate;
pub use tracking::{OPTIONS, TRACKING_CATEGORIES, TrackingCategory, TrackingOption};
