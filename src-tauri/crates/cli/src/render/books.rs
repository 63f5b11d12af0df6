//! Connections, set-up and the check list.

use app::views::{
    CheckState, CheckView, ConnectionView, ConnectionsView, Health, MappingKind, SetupView,
    SignInMethod,
};
use app::{Doctor, PairingInfo, Prepared};

use super::{PERFORATION, error, indent, side};
use crate::terminal::{Align, Style, Table, count, figure, instant};

/// Every connection and how it is.
pub fn connections(view: &ConnectionsView, style: Style) -> String {
    if view.connections.is_empty() {
        return format!(
            "{}\n",
            style.faint("Nothing is connected yet. Next: counterfoil connect xero --client-id ID")
        );
    }
    let mut table = Table::new(&[
        ("", Align::Right),
        ("System", Align::Left),
        ("Name", Align::Left),
        ("Address", Align::Left),
        ("Signs in with", Align::Left),
        ("Health", Align::Left),
        ("Last answer (UTC)", Align::Left),
    ]);
    for connection in &view.connections {
        table.row([
            connection.id.to_string(),
            side(connection.side).to_owned(),
            connection.name.clone(),
            connection.address.clone(),
            match connection.method {
                SignInMethod::Pkce => "browser (PKCE)",
                SignInMethod::ClientSecret => "browser and client secret",
                SignInMethod::CustomConnection => "custom connection",
                SignInMethod::ApiKey => "API key",
                SignInMethod::Browser => "browser",
            }
            .to_owned(),
            match connection.health {
                Health::Healthy => style.good("good"),
                Health::SignInNeeded => style.bad("sign in again"),
                Health::Unreachable => style.warning("cannot be reached"),
                Health::Unknown => style.faint("not asked yet"),
            },
            connection
                .last_ok_at
                .as_deref()
                .map(instant)
                .unwrap_or_default(),
        ]);
    }
    let mut out = table.render(style);
    for connection in &view.connections {
        if let Some(failed) = &connection.error {
            out.push_str(&format!("\n{}\n", connection.name));
            out.push_str(&indent(&error(failed, style)));
        }
        let told = sign_in(connection);
        if !told.is_empty() {
            out.push_str(&format!("\n{}\n", connection.name));
            for line in told {
                out.push_str(&indent(&format!("{line}\n")));
            }
        }
    }
    out
}

/// How a sign-in and its limits stand, one sentence each; nothing for an API key.
fn sign_in(connection: &ConnectionView) -> Vec<String> {
    let mut told = Vec::new();
    if let [_, _, ..] = connection.organisations.as_slice() {
        told.push(format!("Reaches {}", connection.organisations.join(", ")));
    }
    if let Some(standing) = &connection.sign_in {
        told.extend(standing.warning.clone());
        if !standing.missing.is_empty() {
            told.push(format!("Does not allow {}", standing.missing.join(", ")));
        }
    }
    if let Some(calls) = &connection.calls {
        let used = figure(&calls.used.to_string());
        let mut line = match calls.left {
            Some(left) => format!("{used} calls today, {} left", figure(&left.to_string())),
            None => format!("{used} calls today"),
        };
        if calls.reserved > 0 {
            line.push_str(&format!(" ({} of them kept for a person)", calls.reserved));
        }
        if let (Some(left), Some(limit)) = (calls.left_this_minute, calls.per_minute) {
            line.push_str(&format!(", {left} of {limit} left this minute"));
        }
        told.push(line);
        told.extend(calls.waiting.clone());
    }
    told
}

/// What is connected, what is chosen, and what comes next.
pub fn setup(view: &SetupView, style: Style) -> String {
    let mut out = String::new();
    if let Some(xero) = &view.xero {
        out.push_str(&style.bold("Xero organisations"));
        out.push('\n');
        for choice in &xero.organisations {
            let mark = if xero.chosen.as_ref() == Some(&choice.id) {
                "*"
            } else {
                " "
            };
            out.push_str(&format!(
                "{mark} {}  {}\n",
                choice.name,
                style.faint(&choice.detail)
            ));
        }
    }
    if let Some(erpnext) = &view.erpnext {
        out.push_str(&style.bold(format!("ERPNext companies on {}", erpnext.url)));
        out.push('\n');
        for choice in &erpnext.companies {
            let mark = if erpnext.chosen.as_ref() == Some(&choice.id) {
                "*"
            } else {
                " "
            };
            out.push_str(&format!(
                "{mark} {}  {}\n",
                choice.name,
                style.faint(&choice.detail)
            ));
        }
    }
    let next = if view.finished {
        None
    } else if view.xero.is_none() {
        Some("counterfoil connect xero --client-id ID")
    } else if view.erpnext.is_none() {
        Some("counterfoil connect erpnext --url URL --key KEY")
    } else if view.xero.as_ref().is_some_and(|xero| xero.chosen.is_none())
        || view
            .erpnext
            .as_ref()
            .is_some_and(|erpnext| erpnext.chosen.is_none())
    {
        Some("counterfoil pair --organisation NAME --company NAME")
    } else {
        Some("counterfoil check, counterfoil mappings, counterfoil preview, counterfoil sync")
    };
    if let Some(next) = next {
        out.push_str(&format!("{}\n", style.faint(format!("Next: {next}"))));
    }
    out
}

/// What was tested, each with its fix.
pub fn check(view: &CheckView, style: Style) -> String {
    let mut out = String::new();
    for item in &view.items {
        let mark = match item.state {
            CheckState::Passed => style.good("good   "),
            CheckState::Warning => style.warning("look at"),
            CheckState::Failed => style.bad("mend   "),
        };
        out.push_str(&format!("{mark}  {}: {}\n", item.title, item.found));
        if let Some(next_step) = &item.next_step {
            out.push_str(&format!("         {}\n", style.faint(next_step)));
        }
    }
    if !view.missing_fields.is_empty() || !view.missing_scripts.is_empty() {
        out.push_str(&format!(
            "{}\n",
            style.faint("Put these on the site with: counterfoil check --install-markers")
        ));
        for field in &view.missing_fields {
            out.push_str(&format!("         {}.{}\n", field.doctype, field.field));
        }
        for script in &view.missing_scripts {
            out.push_str(&format!("         Client Script \"{script}\"\n"));
        }
    }
    out.push_str(&if view.ready {
        format!("{}\n", style.good("Ready to sync."))
    } else {
        format!("{}\n", style.bad("Not ready to sync."))
    });
    out
}

/// Every pairing, its two sides next to each other.
pub fn pairings(pairings: &[PairingInfo], style: Style) -> String {
    if pairings.is_empty() {
        return format!(
            "{}\n",
            style.faint("Nothing is paired yet. Next: counterfoil pair")
        );
    }
    let mut table = Table::new(&[
        ("Pairing", Align::Left),
        ("Xero", Align::Left),
        ("", Align::Left),
        ("ERPNext", Align::Left),
        ("Currency", Align::Left),
    ]);
    for pairing in pairings {
        table.row([
            pairing.name.clone(),
            pairing.organisation.clone(),
            PERFORATION.to_owned(),
            pairing.company.clone(),
            pairing.currency.clone(),
        ]);
    }
    table.render(style)
}

/// What making a pairing put in place, and how to undo it: none of it was asked for word by word.
pub fn prepared(prepared: &Prepared, style: Style) -> String {
    let mut out = String::new();
    if !prepared.marker_fields.is_empty() {
        out.push_str(&format!(
            "\n{}\n",
            style
                .bold("ADDED TO YOUR ERPNEXT SITE: fields that tie each record to the one in Xero")
        ));
        for field in &prepared.marker_fields {
            out.push_str(&format!("  {field}\n"));
        }
        out.push_str(
            "  They are read-only; the identities are unique, so that nothing is ever created twice.\n  \
             To undo: delete them in ERPNext, in the list Custom Field.\n",
        );
    }
    if !prepared.form_scripts.is_empty() {
        out.push_str(&format!(
            "\n{}\n",
            style.bold("ADDED TO YOUR ERPNEXT SITE: Client Scripts that let people amend documents in its forms")
        ));
        for script in &prepared.form_scripts {
            out.push_str(&format!("  {script}\n"));
        }
        out.push_str(
            "  They empty the fields above on an amendment, and do nothing else.\n  \
             To undo: delete them in ERPNext, in the list Client Script.\n",
        );
    }
    if !prepared.accepted.is_empty() {
        out.push_str(&format!(
            "\n{}\n",
            style.bold("ACCEPTED FOR YOU: suggested mappings")
        ));
        let mut table = Table::new(&[
            ("", Align::Left),
            ("Xero", Align::Left),
            ("", Align::Left),
            ("ERPNext", Align::Left),
            ("Because", Align::Left),
        ]);
        for mapping in &prepared.accepted {
            let xero = if mapping.xero == mapping.xero_name {
                mapping.xero.clone()
            } else {
                format!("{} {}", mapping.xero, mapping.xero_name)
            };
            table.row([
                match mapping.kind {
                    MappingKind::Account => "account",
                    MappingKind::Tax => "tax",
                    MappingKind::Bank => "bank",
                    MappingKind::Tracking => "tracking",
                }
                .to_owned(),
                xero,
                match mapping.only_from {
                    None => "\u{21c4}",
                    Some(app::views::Side::Xero) => "\u{2192}",
                    Some(app::views::Side::Erpnext) => "\u{2190}",
                }
                .to_owned(),
                mapping.erpnext.clone(),
                style.faint(&mapping.reason),
            ]);
        }
        out.push_str(&indent(&table.render(style)));
        out.push_str(
            "  To undo one: counterfoil mappings remove account|tax|bank XERO --both\n  \
             To choose another: counterfoil mappings set account|tax|bank XERO ERPNEXT --both\n",
        );
    }
    if prepared.unmatched > 0 {
        out.push_str(&format!(
            "\n{}\n",
            style.warning(format!(
                "{} no counterpart yet: counterfoil mappings",
                count(
                    u64::from(prepared.unmatched),
                    "account, tax rate or bank account has",
                    "accounts, tax rates and bank accounts have"
                )
            ))
        ));
    }
    if prepared.marker_fields.is_empty()
        && prepared.form_scripts.is_empty()
        && prepared.accepted.is_empty()
    {
        out.push_str(&format!(
            "\n{}\n",
            style.faint("Everything was in place already; nothing was added.")
        ));
    } else {
        out.push_str("\nNo record was written on either side.\n");
    }
    out
}

/// This installation.
pub fn doctor(view: &Doctor, style: Style) -> String {
    let mut out = format!("Counterfoil {} on {}\n", view.version, view.system);
    let size = view.database_bytes.map_or_else(
        || "not made yet".to_owned(),
        |bytes| format!("{} KiB", figure(&(bytes / 1024).to_string())),
    );
    out.push_str(&format!(
        "Data folder: {}, database {size}\n",
        view.data_folder
    ));
    match &view.secrets {
        Ok(place) => out.push_str(&format!("Secrets are kept in {place}\n")),
        Err(failed) => out.push_str(&error(failed, style)),
    }
    let [xero, erpnext] = view.connections;
    out.push_str(&format!(
        "{} to Xero, {erpnext} to ERPNext, {}\n",
        count(xero as u64, "connection", "connections"),
        count(view.pairings as u64, "pairing", "pairings"),
    ));
    if !view.real_xero {
        out.push_str(&format!(
            "{}\n",
            style.warning("Xero is not the real one here.")
        ));
    }
    if view.unsettled_writes > 0 {
        out.push_str(&format!(
            "{}\n",
            style.warning(format!(
                "{} not settled yet: the next sync looks them up first",
                count(view.unsettled_writes as u64, "write is", "writes are")
            ))
        ));
    }
    for met in &view.erpnext {
        let found = match met.state {
            CheckState::Passed => met.found.clone(),
            CheckState::Warning => style.warning(&met.found),
            CheckState::Failed => style.bad(&met.found),
        };
        out.push_str(&format!("{found}\n"));
        if let Some(next_step) = &met.next_step {
            out.push_str(&format!("  {next_step}\n"));
        }
    }
    match &view.database {
        None => out.push_str(&format!("{}\n", style.good("The database is sound."))),
        Some(failed) => out.push_str(&error(failed, style)),
    }
    out
}

#[cfg(test)]
mod tests {
    use app::AcceptedMapping;

    use super::*;

    #[test]
    fn what_a_pairing_put_in_place_is_said_with_how_to_undo_it() {
        let done = Prepared {
            marker_fields: vec![
                "Customer.xero_contact_id".to_owned(),
                "Sales Invoice.xero_invoice_id".to_owned(),
            ],
            form_scripts: vec!["Counterfoil: Amend Sales Invoice".to_owned()],
            mappings: 2,
            accepted: vec![
                AcceptedMapping {
                    kind: MappingKind::Account,
                    xero: "200".to_owned(),
                    xero_name: "Sales".to_owned(),
                    erpnext: "Sales - MF".to_owned(),
                    only_from: None,
                    reason: "same name".to_owned(),
                },
                AcceptedMapping {
                    kind: MappingKind::Tax,
                    xero: "OUTPUT2".to_owned(),
                    xero_name: "20% (VAT on Income)".to_owned(),
                    erpnext: "UK VAT 20% - MF".to_owned(),
                    only_from: Some(app::views::Side::Xero),
                    reason: "same rate".to_owned(),
                },
            ],
            unmatched: 1,
        };
        assert_eq!(
            prepared(&done, Style::plain()),
            "
ADDED TO YOUR ERPNEXT SITE: fields that tie each record to the one in Xero
  Customer.xero_contact_id
  Sales Invoice.xero_invoice_id
  They are read-only; the identities are unique, so that nothing is ever created twice.
  To undo: delete them in ERPNext, in the list Custom Field.

ADDED TO YOUR ERPNEXT SITE: Client Scripts that let people amend documents in its forms
  Counterfoil: Amend Sales Invoice
  They empty the fields above on an amendment, and do nothing else.
  To undo: delete them in ERPNext, in the list Client Script.

ACCEPTED FOR YOU: suggested mappings
           Xero                            ERPNext          Because
  account  200 Sales                    \u{21c4}  Sales - MF       same name
  tax      OUTPUT2 20% (VAT on Income)  \u{2192}  UK VAT 20% - MF  same rate
  To undo one: counterfoil mappings remove account|tax|bank XERO --both
  To choose another: counterfoil mappings set account|tax|bank XERO ERPNEXT --both

1 account, tax rate or bank account has no counterpart yet: counterfoil mappings

No record was written on either side.
"
        );
        assert_eq!(
            prepared(&Prepared::default(), Style::plain()),
            "\nEverything was in place already; nothing was added.\n"
        );
    }
}
