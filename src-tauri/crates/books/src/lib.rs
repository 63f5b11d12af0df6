//! A Xero organisation and an ERPNext company as the engine's [`engine::books::Books`].
//!
//! What stands between the engine, which knows neither system, and the two clients: records are read
//! in pages and looked up, a change is worded as the exact requests, which the journal keeps, and the
//! answers are read. No function both words and sends.

pub mod erpnext;
pub mod xero;
