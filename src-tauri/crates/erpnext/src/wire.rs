//! The rows ERPNext sends, typed.
//!
//! Every row is parsed from JSON text to a [`serde_json::Value`] first, with numbers kept as their
//! text, and decoded field by field: one bad row gives a [`row::BadField`] that names the field and
//! leaves all other rows alone.

pub mod invoice;
pub mod journal;
pub mod party;
pub mod payment;
pub mod row;
pub mod settlement;
pub mod till;

pub use invoice::{InvoiceRow, ItemRow, ScheduleRow, TaxRow};
pub use journal::{JournalAccountRow, JournalRow};
pub use party::{AddressRow, ContactRow, CustomerRow};
pub use payment::{DeductionRow, ForeignDocument, PaymentRow, ReferenceRow};
pub use row::{BadField, Row};
pub use settlement::SettlementRow;
pub use till::{TillPaymentRow, TillRow};
