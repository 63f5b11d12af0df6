//! Who does something here, for the log.

use serde_json::Value;
use store::{LogWrite, Trigger};

/// The person's account and machine.
pub(crate) fn person() -> String {
    format!("{} on {}", account(), machine())
}

/// Who runs a sync.
pub(crate) fn runs(trigger: Trigger) -> String {
    match trigger {
        Trigger::Manual | Trigger::Retry | Trigger::Demo => person(),
        Trigger::History => format!("the import of history on {}", machine()),
        Trigger::Schedule => format!("the schedule on {}", machine()),
        Trigger::RealTime => format!("real time on {}", machine()),
    }
}

/// A line about what a person decided, with who it was.
pub(crate) fn signed(mut line: LogWrite) -> LogWrite {
    let mut detail = match line.detail.take() {
        Some(Value::Object(detail)) => detail,
        _ => serde_json::Map::new(),
    };
    detail.insert("who".to_owned(), person().into());
    line.detail = Some(detail.into());
    line
}

fn account() -> String {
    first(["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "an unnamed account".to_owned())
}

fn machine() -> String {
    // Linux keeps it in a file, Windows and most shells in the environment.
    let file = || std::fs::read_to_string("/etc/hostname").ok();
    first(["COMPUTERNAME", "HOSTNAME"])
        .or_else(file)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this computer".to_owned())
}

fn first<const N: usize>(names: [&str; N]) -> Option<String> {
    let mut values = names
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    values.find(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use store::LogOutcome;

    use super::*;

    #[test]
    fn a_decision_says_who_made_it_and_keeps_what_it_says_besides() {
        let line = LogWrite {
            detail: Some(serde_json::json!({"before": 1})),
            ..LogWrite::note(LogOutcome::Decided, "You chose")
        };
        let detail = signed(line).detail.unwrap_or_default();
        assert_eq!(detail["who"], person());
        assert_eq!(detail["before"], 1);
        assert!(person().contains(" on "));
        assert!(runs(Trigger::Schedule).starts_with("the schedule on "));
    }
}
