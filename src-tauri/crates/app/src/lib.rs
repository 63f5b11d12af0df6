//! The application without a face: the use cases that the window and the command line share.
//!
//! [`App`] holds one data folder. Its methods are the use cases: they read and write the store, talk
//! to the two remote systems through [`books`](::books), run the engine, and return [`views`]. Failures are
//! [`AppError`]s, which [`words`] turns into plain English. Nothing here draws or prints.

mod activity;
mod agreement;
mod apart;
mod app;
mod attention;
pub mod browser;
mod check;
mod connections;
mod doctor;
mod error;
mod export;
mod folder;
mod history;
mod line;
mod mappings;
mod numbering;
mod overview;
mod pairings;
mod payments;
mod poll;
mod preview;
mod reach;
mod reconcile;
mod records;
mod rules;
mod schedule;
mod scope;
pub mod secrets;
mod settings;
mod setup;
mod show;
mod standing;
mod sync;
mod undo;
pub mod views;
pub mod who;
mod words;

pub use app::{App, DemoDoor, Options};
pub use browser::{Browser, SystemBrowser};
pub use doctor::Doctor;
pub use error::AppError;
pub use export::Exporting;
pub use folder::Folder;
pub use pairings::{AcceptedMapping, PairingInfo, Prepared};
pub use schedule::{Keeper, Looked};
pub use scope::Asked;
pub use secrets::KeepIn;
pub use sync::{Acceptance, SyncRequest};
