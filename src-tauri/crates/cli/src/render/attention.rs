//! Records that need a person, grouped by cause, each with its next step.

use app::views::{AttentionGroup, AttentionView, ExceptionView, Kind, MappingKind, Remedy, Side};

use super::{differences, indent, kind, side};
use crate::terminal::{Align, Style, Table, amount, count, instant};

/// Every group with its records.
pub fn exceptions(view: &AttentionView, style: Style) -> String {
    if view.total == 0 && view.ignored.is_empty() {
        return format!("{}\n", style.good("Nothing needs you."));
    }
    let mut out = format!(
        "{} you.\n",
        count(view.total, "record needs", "records need")
    );
    for group in &view.groups {
        out.push_str(&format!(
            "\n{}  {}\n",
            style.bold(&group.title),
            style.faint(&group.cause)
        ));
        out.push_str(&indent(&group.explanation));
        out.push_str(&format!("  {}\n", style.faint(next(group))));
        out.push_str(&indent(&records(&group.records, style)));
        let left_out = group
            .count
            .saturating_sub(u32::try_from(group.records.len()).unwrap_or(u32::MAX));
        if left_out > 0 {
            out.push_str(&format!("  and {left_out} more\n"));
        }
    }
    if !view.ignored.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Ignored")));
        let mut table = Table::new(&[
            ("", Align::Right),
            ("Record", Align::Left),
            ("Reason", Align::Left),
        ]);
        for ignored in &view.ignored {
            table.row([
                ignored.exception.id.to_string(),
                ignored.exception.title.clone(),
                ignored.reason.clone(),
            ]);
        }
        out.push_str(&indent(&table.render(style)));
    }
    out
}

/// One record with everything a person needs to mend it.
pub fn exception(group: &AttentionGroup, record: &ExceptionView, style: Style) -> String {
    let mut out = format!(
        "{}  {}\n{}\n",
        style.bold(&record.title),
        style.faint(format!("{} in {}", kind(record.kind), side(record.side))),
        style.warning(&record.message),
    );
    if record.message != group.explanation {
        out.push_str(&indent(&group.explanation));
    }
    let facts: Vec<String> = [
        record.contact.clone(),
        record.date.clone(),
        record.amount.as_ref().map(amount),
        pays(record),
        Some(format!("since {} UTC", instant(&record.since))),
        Some(count(record.attempts, "attempt", "attempts")),
    ]
    .into_iter()
    .flatten()
    .collect();
    out.push_str(&format!("  {}\n", style.faint(facts.join(" · "))));
    if !record.differences.is_empty() {
        out.push('\n');
        out.push_str(&indent(&differences(&record.differences, style)));
    }
    if !record.candidates.is_empty() {
        out.push_str(match group.remedy {
            Remedy::KeepApart => "\n  It is taken by:\n",
            _ => "\n  It could be:\n",
        });
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
        for candidate in &record.candidates {
            table.row([
                candidate.title.clone(),
                candidate.detail.clone(),
                style.faint(&candidate.id),
            ]);
        }
        out.push_str(&indent(&indent(&table.render(style))));
    }
    for link in [&record.links.xero, &record.links.erpnext]
        .into_iter()
        .flatten()
    {
        out.push_str(&format!("  {link}\n"));
    }
    out.push_str(&format!("  {}\n", style.faint(next(group))));
    if let Some(line) = record.log_line {
        out.push_str(&format!(
            "  {}\n",
            style.faint(format!("Request and answer: counterfoil log {line}"))
        ));
    }
    out
}

fn records(records: &[ExceptionView], style: Style) -> String {
    let mut table = Table::new(&[
        ("", Align::Right),
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    for record in records {
        table.row([
            style.faint(record.id),
            record.title.clone(),
            record.contact.clone().unwrap_or_default(),
            record.amount.as_ref().map(amount).unwrap_or_default(),
            style.faint(&record.message),
        ]);
    }
    table.render(style)
}

/// What to do, and who can.
fn next(group: &AttentionGroup) -> String {
    match &group.who {
        Some(who) => format!("Next: {}. {who}", remedy(group)),
        None => format!("Next: {}", remedy(group)),
    }
}

/// What a payment pays, or a credit note is used for.
fn pays(record: &ExceptionView) -> Option<String> {
    let word = match record.kind {
        Kind::CreditNote => "used for",
        Kind::Contact | Kind::Invoice | Kind::Payment => "pays",
    };
    (!record.pays.is_empty()).then(|| format!("{word} {}", record.pays.join(", ")))
}

/// The command that mends a group, or comes nearest to it.
fn remedy(group: &AttentionGroup) -> String {
    let retry = format!("counterfoil retry --cause {:?}", group.id);
    match &group.remedy {
        Remedy::ChooseMapping {
            kind,
            side: of,
            key,
            suggested,
            ..
        } => {
            let kind = match kind {
                MappingKind::Account => "account",
                MappingKind::Tax => "tax",
                MappingKind::Bank => "bank",
                MappingKind::Tracking => "tracking",
            };
            let key = format!("{key:?}");
            let chosen = suggested.as_ref().map(|key| format!("{key:?}"));
            let (xero, erpnext) = match of {
                Side::Xero => (key, chosen.unwrap_or_else(|| "ERPNEXT".to_owned())),
                Side::Erpnext => (chosen.unwrap_or_else(|| "XERO".to_owned()), key),
            };
            let word = match of {
                Side::Xero => "xero",
                Side::Erpnext => "erpnext",
            };
            format!("counterfoil mappings set {kind} {xero} {erpnext} --of {word}, then {retry}")
        }
        Remedy::MendRecord { side: of } => format!("put it right in {}, then {retry}", side(*of)),
        Remedy::Reconnect { side: Side::Xero } => "counterfoil connect xero".to_owned(),
        Remedy::Reconnect {
            side: Side::Erpnext,
        } => "counterfoil connect erpnext".to_owned(),
        Remedy::Retry => retry,
        Remedy::PickCandidate => "counterfoil pick NUMBER CANDIDATE|new".to_owned(),
        Remedy::KeepApart => {
            format!("give one of them another number, then {retry}; or counterfoil pick NUMBER new")
        }
        Remedy::AsNew => {
            "put it right there, then counterfoil sync; or counterfoil pick NUMBER new".to_owned()
        }
        Remedy::KeepOne { sides } => {
            let words: Vec<&str> = sides
                .iter()
                .map(|side| match side {
                    Side::Xero => "xero",
                    Side::Erpnext => "erpnext",
                })
                .collect();
            format!("counterfoil keep NUMBER {}", words.join("|"))
        }
    }
}

#[cfg(test)]
mod tests {
    use app::views::{Amount, RecordLinks, Severity};

    use super::*;

    fn payment() -> (AttentionGroup, ExceptionView) {
        let record = ExceptionView {
            id: 8,
            kind: Kind::Payment,
            side: Side::Erpnext,
            remote_id: "ACC-PAY-2026-00007".to_owned(),
            record: "erpnext:payment:ACC-PAY-2026-00007".to_owned(),
            other_id: None,
            title: "ACC-PAY-2026-00007".to_owned(),
            contact: Some("Rose & Co".to_owned()),
            date: Some("2026-02-10".to_owned()),
            amount: Some(Amount {
                value: "90.00".to_owned(),
                currency: "GBP".to_owned(),
            }),
            pays: vec!["INV-1".to_owned(), "INV-2".to_owned()],
            message: "Xero has no bank account for \"Cash - M\" of ERPNext.".to_owned(),
            since: "2026-02-11T09:00:00Z".to_owned(),
            attempts: 1,
            differences: Vec::new(),
            candidates: Vec::new(),
            links: RecordLinks::default(),
            log_line: None,
        };
        let group = AttentionGroup {
            id: "no_bank_mapping:erpnext:Cash - M".to_owned(),
            cause: "no_bank_mapping".to_owned(),
            badge: "No bank account".to_owned(),
            severity: Severity::Warning,
            title: record.message.clone(),
            explanation: "Choose the Xero account.".to_owned(),
            who: None,
            count: 1,
            waiting: Vec::new(),
            since: record.since.clone(),
            remedy: Remedy::ChooseMapping {
                kind: MappingKind::Bank,
                side: Side::Erpnext,
                key: "Cash - M".to_owned(),
                name: "Cash".to_owned(),
                current: None,
                choices: Vec::new(),
                suggested: Some("091".to_owned()),
                reason: None,
            },
            records: vec![record.clone()],
        };
        (group, record)
    }

    #[test]
    fn a_credit_note_says_what_it_is_used_for_and_where_that_is_put_right() {
        let (mut group, record) = payment();
        let record = ExceptionView {
            kind: Kind::CreditNote,
            side: Side::Xero,
            title: "CN-1".to_owned(),
            ..record
        };
        let cause = ledger::Cause::AllocationNotCarried {
            side: ledger::Side::Xero,
            why: "it is used for an invoice in another currency".to_owned(),
        };
        group.id = cause.word().to_owned();
        group.title = cause.group_title(1);
        group.explanation = cause.next_step();
        group.remedy = Remedy::MendRecord {
            side: Side::Erpnext,
        };
        let said = exception(&group, &record, Style::plain());
        assert!(said.starts_with("CN-1  credit note in Xero\n"), "{said}");
        assert!(
            said.contains("90.00 GBP · used for INV-1, INV-2 · since"),
            "{said}"
        );
        assert!(
            said.contains(
                "Use it for the same invoices on both sides, or take the use back in Xero."
            ),
            "{said}"
        );
    }

    #[test]
    fn a_payment_that_waits_for_its_bank_account_says_what_it_pays_and_the_command_that_maps_it() {
        let (group, record) = payment();
        let said = exception(&group, &record, Style::plain());
        assert!(
            said.starts_with("ACC-PAY-2026-00007  payment in ERPNext\n"),
            "{said}"
        );
        assert!(
            said.contains("Rose & Co · 2026-02-10 · 90.00 GBP · pays INV-1, INV-2 · since"),
            "{said}"
        );
        assert_eq!(
            remedy(&group),
            "counterfoil mappings set bank \"091\" \"Cash - M\" --of erpnext, then counterfoil retry \
             --cause \"no_bank_mapping:erpnext:Cash - M\""
        );
    }
}
