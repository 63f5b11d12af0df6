//! Organisation, chart of accounts, tax rates, currencies.

mod accounts;
mod currencies;
mod organisation;
mod tax_rates;

pub use accounts::Account;
pub use currencies::Currency;
pub use organisation::Organisation;
pub use tax_rates::TaxRate;
