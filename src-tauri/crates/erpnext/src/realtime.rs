//! What a site tells by itself: list updates over socket.io, by an outgoing connection, so that no
//! port has to be opened here.
//!
//! Measured on Frappe 15.75 (erpnext/FACTS §11, recording 12, and again for this client):
//! - After the commit of an insert, update, submit, cancel or delete, whoever subscribed to the
//!   DocType gets `list_update {"doctype","name","user"}` once per document and request, within
//!   some milliseconds of the HTTP answer and often before it. A payment's submission and
//!   cancellation also tell of the invoices it pays. A save that changes nothing tells too.
//! - A rename tells nothing, and a merge only of the document that went: what took its place is
//!   found by reading.
//! - `doc_update {"doctype","name","modified"}` goes to subscribers of the one document
//!   (`doc_subscribe`); a list subscriber does not need it, so it is not asked for.
//! - Without a subscription nothing comes. A subscription is not acknowledged; without read
//!   permission it is silently not made (a Sales User hears of customers and of no invoices), which
//!   [`listener`] cannot see: `connect` tells what is missing.
//! - Nothing is repeated after a break. [`Signal::CatchUp`] says when to read from the cursor.
//! - The token is taken from the `Authorization` header of the handshake (`token key:secret` or
//!   `Bearer`), and only where an `Origin` of the same host and any cookie are beside it.
//! - The namespace is the site's name, which need not be its host name; [`address`] finds it. A
//!   namespace that is not the name under which the site answers HTTP may be joined, and stays silent.

pub mod address;
pub mod listener;
mod packet;
mod session;

pub use address::{Address, NoAddress, find};
pub use listener::{Authorization, Listener, Signal, Why};
pub use session::Hint;
