//! The rows ERPNext sends, typed.
//!
//! An answer is taken apart into rows and cells first, with numbers kept as their text, and each row is
//! decoded field by field: one bad row gives a [`row::BadField`] that names the field and leaves all other
//! rows alone.

pub mod invoice;
pub mod journal;
pub mod party;
pub mod payment;
pub mod row;
pub mod rows;
pub mod settlement;
pub mod till;

pub use invoice::{InvoiceRow, ItemRow, ScheduleRow, TaxRow};
pub use journal::{JournalAccountRow, JournalRow};
pub use party::{AddressRow, ContactRow, CustomerRow};
pub use payment::{DeductionRow, ForeignDocument, PaymentRow, ReferenceRow};
pub use row::{BadField, Row};
pub use rows::Rows;
pub use settlement::SettlementRow;
pub use till::{TillPaymentRow, TillRow};
