//! Do the two sides agree?

use app::views::{Agreement, OutsideWhat, OverviewView, TodayRow};

use super::{PERFORATION, error, indent, side};
use crate::terminal::{Align, Style, Table, amount, count, figure, instant};

/// The headline, receivables on both sides and why they differ, and the calls left.
pub fn overview(view: &OverviewView, style: Style) -> String {
    let mut out = format!(
        "{}  {}\n",
        style.bold(&view.pairing.name),
        style.faint(format!(
            "{} {PERFORATION} {}{}",
            view.pairing.organisation,
            view.pairing.company,
            if view.pairing.demo {
                " (demo books)"
            } else {
                ""
            }
        )),
    );
    let headline = match view.agreement {
        Agreement::NotSynced => style.faint("Not synced yet. Next: counterfoil preview"),
        Agreement::Agrees if view.ignored > 0 => style.good(format!(
            "In agreement, but for {} you set aside.",
            count(view.ignored, "record", "records")
        )),
        Agreement::Agrees => style.good("In agreement."),
        Agreement::Unfinished => style.warning("Not finished. Next: counterfoil sync"),
        Agreement::Apart if view.unexplained.is_empty() => style.warning(
            "Nothing is left to carry, but it is not known what customers have on account.",
        ),
        Agreement::Apart => {
            let by: Vec<String> = view.unexplained.iter().map(amount).collect();
            style.warning(format!(
                "Nothing is left to carry, but what customers owe differs by {}.",
                by.join(", ")
            ))
        }
        Agreement::NeedsAttention => style.warning(format!(
            "{} you. Next: counterfoil exceptions",
            count(view.needs_attention, "record needs", "records need")
        )),
        Agreement::Unreachable => style.bad("One side could not be read at the last sync."),
    };
    out.push_str(&headline);
    if let Some(checked) = &view.checked_at {
        out.push_str(&style.faint(format!("  checked {} UTC", instant(checked))));
    }
    if let Some(next) = &view.next_run_at {
        out.push_str(&style.faint(format!(", next sync {} UTC", instant(next))));
    }
    out.push('\n');
    if view.ignored > 0 && view.agreement != Agreement::Agrees {
        let aside = count(view.ignored, "record is", "records are");
        out.push_str(&style.faint(format!("{aside} set aside.\n")));
    }
    for unreachable in &view.unreachable {
        out.push_str(&indent(&error(&unreachable.error, style)));
    }
    if !view.receivables.is_empty() {
        let mut table = Table::new(&[
            ("Receivables", Align::Left),
            ("Xero", Align::Right),
            ("", Align::Left),
            ("ERPNext", Align::Right),
            ("Difference", Align::Right),
        ]);
        let nothing = |amount: &str| amount.trim_start_matches(['-', '0', '.']).is_empty();
        for row in &view.receivables {
            let mut add = |what: String, xero: &str, erpnext: &str, apart: &str| {
                table.row([
                    what,
                    figure(xero),
                    PERFORATION.to_owned(),
                    figure(erpnext),
                    if nothing(apart) {
                        style.good(figure(apart))
                    } else {
                        style.warning(figure(apart))
                    },
                ]);
            };
            let (xero, erpnext) = (&row.xero, &row.erpnext);
            add(
                row.currency.clone(),
                &xero.amount,
                &erpnext.amount,
                &row.apart,
            );
            if !nothing(&xero.credits) || !nothing(&erpnext.credits) {
                let what = format!("{} on account", row.currency);
                add(what, &xero.credits, &erpnext.credits, &row.credits_apart);
            }
        }
        out.push('\n');
        out.push_str(&table.render(style));
    }
    for apart in &view.apart {
        out.push_str(&format!("  {}  {}\n", amount(&apart.amount), apart.reason));
    }
    for outside in &view.outside {
        let (one, many) = match outside.what {
            OutsideWhat::Invoice => ("open invoice", "open invoices"),
            OutsideWhat::CreditNote => ("open credit note", "open credit notes"),
            OutsideWhat::OnAccount => ("credit on account", "credits on account"),
        };
        out.push_str(&style.faint(format!(
            "  {}  outside: {} in {}, {}\n",
            amount(&outside.amount),
            count(outside.documents, one, many),
            side(outside.side),
            outside.rule
        )));
    }
    for unread in &view.credits_unread {
        out.push_str(&format!(
            "{}\n",
            style.warning(format!(
                "What customers have on account in {} could not be read: {}",
                side(unread.side),
                unread.why
            ))
        ));
    }
    let today = |of: fn(&TodayRow) -> u32| view.today.iter().map(of).sum::<u32>();
    out.push_str(&format!(
        "\nToday: {} written ({} to Xero, {} to ERPNext), {} linked\n",
        count(
            today(|row| row.to_xero) + today(|row| row.to_erpnext),
            "record",
            "records"
        ),
        figure(&today(|row| row.to_xero).to_string()),
        figure(&today(|row| row.to_erpnext).to_string()),
        figure(&today(|row| row.linked).to_string()),
    ));
    for told in [&view.xero_sign_in.warning, &view.xero_calls.waiting]
        .into_iter()
        .flatten()
    {
        out.push_str(&format!("{}\n", style.warning(told)));
    }
    if !view.xero_sign_in.missing.is_empty() {
        out.push_str(&format!(
            "{}\n",
            style.warning(format!(
                "The sign-in to Xero does not allow {}",
                view.xero_sign_in.missing.join(", ")
            ))
        ));
    }
    let calls = &view.xero_calls;
    out.push_str(&format!(
        "{}\n",
        style.faint(match calls.allowed {
            Some(allowed) => format!(
                "Calls to Xero today: {} of {}{}",
                figure(&calls.used.to_string()),
                figure(&allowed.to_string()),
                match (calls.left_this_minute, calls.per_minute) {
                    (Some(left), Some(limit)) => format!(", {left} of {limit} left this minute"),
                    _ => String::new(),
                }
            ),
            None => format!("Calls to Xero today: {}", figure(&calls.used.to_string())),
        })
    ));
    out
}
