//! What a site tells by itself: list updates for subscribers, and webhooks.
//!
//! The world only queues. Whoever serves it hands the updates to the socket.io clients
//! ([`ErpnextWorld::take_updates`]) and sends the webhooks that are due
//! ([`ErpnextWorld::due_webhook`]).

mod template;
mod webhooks;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub use self::webhooks::{HookAnswer, HookDelivery};
use self::webhooks::{Jobs, event_names};
use super::ErpnextWorld;
use super::request::Args;
use super::site::{Outcome, Right};
use super::store::Change;

/// A document that changed, as `list_update` and `doc_update` tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its type.
    pub doctype: String,
    /// Its name.
    pub name: String,
    /// Who did it.
    pub user: String,
    /// When, site-local, as the document has it.
    pub modified: String,
    /// Whether lists hear of it; settings have no lists.
    pub listed: bool,
}

/// What waits to be told.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    updates: Vec<Update>,
    jobs: Jobs,
}

impl ErpnextWorld {
    /// From now on queues what changes, for subscribers and webhooks.
    pub fn watch(&mut self) {
        self.store.watch();
    }

    /// What subscribers are to be told since the last call, in order.
    pub fn take_updates(&mut self) -> Vec<Update> {
        std::mem::take(&mut self.telling.updates)
    }

    /// Queues what the request that was just committed changed. Whether a webhook failed that takes
    /// the answer with it.
    pub(crate) fn tell(&mut self) -> bool {
        let mut failed = false;
        let changes = self.store.take_changes();
        // What a payment settles is saved by the server itself.
        let settles = changes.iter().any(|change| {
            change
                .after
                .as_ref()
                .is_some_and(|doc| doc.doctype == "Payment Entry" && doc.docstatus() == 1)
        });
        for change in changes {
            let Some(doc) = change.doc() else { continue };
            let listed = self
                .meta
                .get(doc.doctype)
                .is_some_and(|meta| !meta.is_single && !meta.is_table);
            self.telling.updates.push(Update {
                doctype: doc.doctype.to_owned(),
                name: doc.name().to_owned(),
                user: self.user.clone(),
                modified: doc.text("modified").to_owned(),
                listed,
            });
            failed |= self.queue_webhooks(&change, settles);
        }
        failed
    }

    fn queue_webhooks(&mut self, change: &Change, settles: bool) -> bool {
        let mut failed = false;
        let Some(doc) = change.doc() else {
            return failed;
        };
        // The sending of one would be the cause of the next.
        if matches!(doc.doctype, "Webhook" | "Webhook Request Log") {
            return failed;
        }
        let saved_again = doc.doctype == "Sales Invoice"
            && doc.docstatus() == 1
            && (settles || change.before.is_none());
        for event in event_names(change) {
            let wanted: Vec<String> = self
                .store
                .shelf("Webhook")
                .into_iter()
                .flat_map(super::store::Shelf::by_name)
                .filter(|hook| {
                    hook.int("enabled") == 1
                        && hook.text("webhook_doctype") == doc.doctype
                        && hook.text("webhook_docevent") == *event
                })
                .map(|hook| hook.name().to_owned())
                .collect();
            if *event == "on_change" && saved_again && self.release().on_change_fails {
                failed |= !wanted.is_empty();
                continue;
            }
            for hook in wanted {
                let content = self.doc_json(doc, super::methods::NULLS);
                let condition = self.value("Webhook", &hook, "condition");
                if template::holds(condition.as_text(), &content) {
                    self.telling.jobs.push(hook, doc.name(), content, self.now);
                }
            }
        }
        failed
    }

    /// The sign-in page.
    pub(crate) fn login_page(&self) -> String {
        self.with_boot(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Login</title></head>\n<body></body>\n</html>\n",
        )
    }

    /// A page with what every page says of the site and its real-time server.
    pub(crate) fn with_boot(&self, page: &str) -> String {
        let boot = json!({"sitename": self.config.site});
        let script = format!(
            "<script>\nwindow.socketio_port = 9000;\nwindow.dev_server = 0;\nwindow.frappe = {{boot: {boot}}};\n</script>\n</body>"
        );
        page.replacen("</body>", &script, 1)
    }

    /// The methods the real-time server asks the site by; none where `name` is another one.
    pub(crate) fn realtime_method(&self, name: &str, args: &Args) -> Outcome<Option<Value>> {
        let text = |key: &str| args.get(key).and_then(Value::as_str).unwrap_or_default();
        Ok(match name {
            "frappe.realtime.get_user_info" => {
                let kind = if self.user == "Guest" {
                    "Website User"
                } else {
                    "System User"
                };
                Some(json!({"user": self.user, "user_type": kind}))
            }
            "frappe.realtime.can_subscribe_doctype" => {
                self.doctype(text("doctype"))?;
                self.demand(text("doctype"), Right::Read, false)?;
                Some(json!(true))
            }
            "frappe.realtime.can_subscribe_doc" => {
                self.fetch(text("doctype"), text("docname"))?;
                self.demand(text("doctype"), Right::Read, false)?;
                Some(json!(true))
            }
            _ => None,
        })
    }

    /// The webhook to send now, given once until its answer is told. There is one worker: the next
    /// one waits until this one is through.
    pub fn due_webhook(&mut self, now: DateTime<Utc>) -> Option<HookDelivery> {
        loop {
            let (id, hook, content) = self.telling.jobs.begin(now)?;
            if let Some(delivery) = self.delivery(id, &hook, &content) {
                return Some(delivery);
            }
            // Deleted or broken since it was queued: the job fails and leaves nothing behind.
            self.telling.jobs.forget(id);
        }
    }

    /// When the next webhook is due; none where none waits or one is under way.
    pub fn next_webhook(&self) -> Option<DateTime<Utc>> {
        self.telling.jobs.next()
    }

    /// Tells what a webhook was answered with.
    pub fn webhook_answered(&mut self, id: u64, answer: &HookAnswer, now: DateTime<Utc>) {
        let Some((hook, document, url)) = self.telling.jobs.answered(id, answer, now) else {
            return;
        };
        self.now = now;
        let mut log = self.trace("Webhook Request Log");
        log.set("webhook", hook);
        log.set("reference_document", document);
        log.set("url", url);
        match answer {
            HookAnswer::Status(status, text) => {
                log.set("response", text.as_str());
                if !(200..400).contains(status) {
                    log.set("error", format!("HTTPError: {status}"));
                }
            }
            HookAnswer::TimedOut => log.set("error", "ReadTimeout"),
            HookAnswer::Unreachable => log.set("error", "ConnectionError"),
        }
        self.store.put(log);
        self.store.commit();
        let _ = self.tell();
    }
}

#[cfg(test)]
mod tests;
