//! Two remote systems small enough to see through, with a gate at every point where a process can
//! die.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    dead_code,
    unused_imports,
    reason = "each test file uses a part"
)]

mod bench;
mod fake_books;
mod records;
mod world;

pub use bench::{Bench, sync_all};
pub use fake_books::{FakeBooks, Gate};
pub use records::{
    audit, books, contact, credit_note, due, edit_contact, edit_invoice, id_of, invoice, payment,
    payment_of, titles,
};
pub use world::{Deletions, Held, Notes, SalesGoTo, World};
