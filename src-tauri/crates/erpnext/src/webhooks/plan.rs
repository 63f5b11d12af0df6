//! Which events are asked for.
//!
//! Up to version 15, `after_insert`, `on_change` and `on_trash` of each kind tell of everything but
//! renames. On version 16 an `on_change` webhook makes the site answer 500 with a page to whoever
//! submits an invoice in one request or a payment, although all of it is stored, and is not sent
//! itself (Frappe 16.9, erpnext/V16 line 5): it is never asked for there, and is taken away where an
//! older version's plan left it. Instead:
//! - `on_update` tells of new documents, edited drafts and submitted ones, `on_cancel` and `on_trash`
//!   of the ends;
//! - an edit of a submitted document fires nothing else (`on_update_after_submit` is offered and never
//!   sent, as on 15), but leaves a `Version`;
//! - what is owed changes with rows of the Payment Ledger: a payment, a credit note or a journal entry
//!   set against an invoice, and taken off again; `Unreconcile Payment` takes it off without a row.
//!
//! Tried on Frappe 16.9.0: drafts, edits, submits both ways, payments, journals, credit notes,
//! cancelling and deleting, each answered 200 (202) with these webhooks in place.

/// The last version on which `on_change` does no harm.
const LAST_WITH_ON_CHANGE: u32 = 15;

/// A webhook as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hook {
    /// The DocType it listens to.
    pub doctype: &'static str,
    /// The event.
    pub event: &'static str,
    /// What the delivery is about.
    pub about: About,
}

/// What a delivery is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The document itself.
    Itself,
    /// The document that was edited after it was submitted.
    Edited,
    /// The document that something was set against.
    Settled,
    /// The document whose payments were taken off.
    Released,
}

const fn itself(doctype: &'static str, event: &'static str) -> Hook {
    Hook {
        doctype,
        event,
        about: About::Itself,
    }
}

const OLD: &[Hook] = &[
    itself("Customer", "after_insert"),
    itself("Customer", "on_change"),
    itself("Customer", "on_trash"),
    itself("Sales Invoice", "after_insert"),
    itself("Sales Invoice", "on_change"),
    itself("Sales Invoice", "on_trash"),
    itself("Payment Entry", "after_insert"),
    itself("Payment Entry", "on_change"),
    itself("Payment Entry", "on_trash"),
];

const NEW: &[Hook] = &[
    itself("Customer", "on_update"),
    itself("Customer", "on_trash"),
    itself("Sales Invoice", "on_update"),
    itself("Sales Invoice", "on_cancel"),
    itself("Sales Invoice", "on_trash"),
    itself("Payment Entry", "on_update"),
    itself("Payment Entry", "on_cancel"),
    itself("Payment Entry", "on_trash"),
    Hook {
        doctype: "Version",
        event: "after_insert",
        about: About::Edited,
    },
    Hook {
        doctype: "Payment Ledger Entry",
        event: "after_insert",
        about: About::Settled,
    },
    Hook {
        doctype: "Unreconcile Payment",
        event: "on_submit",
        about: About::Released,
    },
];

/// The webhooks for a version of ERPNext; one that cannot be told gets those that do no harm on any.
pub(super) const fn wanted(version: Option<u32>) -> &'static [Hook] {
    match version {
        Some(version) if version <= LAST_WITH_ON_CHANGE => OLD,
        _ => NEW,
    }
}

/// Whether a delivery may say this. A site may have been upgraded since it was asked.
pub(super) fn may_say(doctype: &str, event: &str) -> bool {
    OLD.iter().chain(NEW).any(|hook| match hook.about {
        About::Itself => hook.doctype == doctype && hook.event == event,
        about => event == about.told(hook.event) && DOCUMENTS.contains(&doctype),
    })
}

/// What is submitted and has payments.
const DOCUMENTS: [&str; 2] = ["Sales Invoice", "Payment Entry"];

impl About {
    /// The event as the delivery names it.
    pub const fn told(self, event: &'static str) -> &'static str {
        match self {
            About::Itself => event,
            About::Edited => "edited",
            About::Settled => "settled",
            About::Released => "released",
        }
    }

    /// Jinja expressions of the DocType and the name of what the delivery is about.
    pub const fn expressions(self) -> (&'static str, &'static str) {
        match self {
            About::Itself => ("doc.doctype", "doc.name"),
            About::Edited => ("doc.ref_doctype", "doc.docname"),
            About::Settled => ("doc.against_voucher_type", "doc.against_voucher_no"),
            About::Released => ("doc.voucher_type", "doc.voucher_no"),
        }
    }

    /// The condition beside the company's, in Python; `None` where there is none.
    pub const fn condition(self) -> Option<&'static str> {
        match self {
            About::Itself => None,
            About::Edited => Some(r#"doc.ref_doctype in ("Sales Invoice", "Payment Entry")"#),
            // A document's own row is told by the document.
            About::Settled => Some(
                r#"doc.against_voucher_type in ("Sales Invoice", "Payment Entry") and doc.against_voucher_no != doc.voucher_no"#,
            ),
            About::Released => Some(r#"doc.voucher_type in ("Sales Invoice", "Payment Entry")"#),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_change_is_never_asked_for_from_16_on() {
        for version in [None, Some(16), Some(17), Some(99)] {
            let hooks = wanted(version);
            assert!(hooks.iter().all(|hook| hook.event != "on_change"));
            // Never sent by either version.
            assert!(
                hooks
                    .iter()
                    .all(|hook| hook.event != "on_update_after_submit")
            );
        }
        assert!(
            wanted(Some(15))
                .iter()
                .any(|hook| hook.event == "on_change")
        );
    }

    #[test]
    fn deliveries_say_what_was_asked_for() {
        for (doctype, event, may) in [
            ("Customer", "on_update", true),
            ("Customer", "on_change", true),
            ("Sales Invoice", "edited", true),
            ("Payment Entry", "released", true),
            ("Customer", "edited", false),
            ("Version", "after_insert", false),
            ("Payment Ledger Entry", "settled", false),
            ("User", "on_update", false),
        ] {
            assert_eq!(may_say(doctype, event), may, "{doctype} {event}");
        }
    }
}
