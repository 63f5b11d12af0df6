//! Xero and ERPNext as the engine's [`engine::books::Books`].

pub mod erpnext;
pub mod xero;
