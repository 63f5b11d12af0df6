//! Webhook documents on the site: made, listed, verified on arrival, and removed.
//!
//! They tell of changes to a receiver that the site can reach, as [`crate::realtime`] does without
//! one. Measured on Frappe 15.75 (erpnext/FACTS §10, recording 11, and again for this client) and 16.9:
//! - Only a System Manager makes them, and names them (`Please set the document name`, 417).
//! - Which events cover everything but renames depends on the version (`plan`);
//!   `on_update_after_submit` never fires.
//! - A background worker sends after the commit, one at a time and in order, about half a second
//!   each; three tries (again after 1 and 4 seconds, at once after a time-out), then never again.
//!   So a delivery is a hint, and a receiver that was away reads from the cursor.
//! - A delivery has no number, no time and no event of its own: they are put into the body here.
//!   The signature is over the raw body; the body goes out in Python's spelling of JSON.
//! - Deleting a document leaves its jobs running into errors until another is saved; disabling stops
//!   them at once, and comes first here.

mod delivery;
mod documents;
mod plan;

pub use delivery::{Delivery, Malformed, SIGNATURE_HEADER, Unverified, read, verify};
pub use documents::{BadReceiver, Installed, Outcome, Receiver, install, list, remove};
