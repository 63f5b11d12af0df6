//! The neutral model that Xero and ERPNext are both translated to and from.
//!
//! Money, records, states, differences and three-way merge. Pure: no I/O, no async, no clock, no
//! randomness. Amounts are [`rust_decimal::Decimal`] and never pass through a float; dates without
//! a time are [`chrono::NaiveDate`]; instants are UTC.
//!
//! A record here speaks in the terms of the [`Side`] it was read from: its accounts, tax rates and
//! contact are that side's own keys. [`mapping::Mappings`] turns one side's terms into the other's.

pub mod agreement;
pub mod allocation;
pub mod contact;
pub mod document;
mod exact;
pub mod identity;
pub mod kind;
pub mod mapping;
pub mod merge;
pub mod money;
pub mod on_account;
pub mod opening;
pub mod payment;
pub mod problem;
pub mod record;
pub mod said;
mod said_alike;
pub mod tax;
pub mod tracking;

pub use allocation::Allocation;
pub use contact::{Address, Contact};
pub use document::{Document, DocumentState, Line, PriceMode};
pub use identity::{RemoteId, Side, Version};
pub use kind::{Kind, Reference};
pub use mapping::{MappingKind, Mappings};
pub use money::{Currency, Money};
pub use on_account::{CreditForm, CreditsApart, OpenCredit, credits_apart};
pub use opening::OpeningEntry;
pub use payment::{Deduction, PaidDocument, Payment, PaymentAllocation, PaymentDirection};
pub use problem::Cause;
pub use record::Record;
pub use said::Said;
