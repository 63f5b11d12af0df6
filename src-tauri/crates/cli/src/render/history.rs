//! The import of old documents.

use app::views::{HistoryJob, HistoryState, HistoryView};

use super::{error, indent};
use crate::terminal::{Style, count, figure};

/// How it stands, in a few lines.
pub fn history(view: &HistoryView, style: Style) -> String {
    let Some(job) = &view.job else {
        let since = match &view.start_date {
            Some(day) => format!("Documents from {day} on are carried by every sync."),
            None => "Documents of any date are carried by every sync.".to_owned(),
        };
        let hint = "Import older ones with: counterfoil import --from DAY";
        return format!(
            "No old documents were asked for. {since}\n{}\n",
            style.faint(hint)
        );
    };
    let headline = match job.state {
        HistoryState::UnderWay => style.warning("Under way."),
        HistoryState::Waits => {
            style.warning("Waits until you let it go on: counterfoil import go-on")
        }
        HistoryState::Held => style.warning("Waits for you."),
        HistoryState::Ended if job.left.is_some_and(|left| left > 0) => {
            style.warning("Ended; what is left waits for you or for a later sync.")
        }
        HistoryState::Ended => style.good("Done."),
    };
    let mut out = format!(
        "History from {} to {}: {headline}\n  {}\n",
        job.from,
        job.until,
        figures(job)
    );
    if job.exceptions > 0 {
        out.push_str(&format!(
            "  {} you: counterfoil exceptions\n",
            count(job.exceptions, "record needs", "records need")
        ));
    }
    if let Some(why) = &job.error {
        out.push_str(&indent(&error(why, style)));
    }
    out
}

/// How far it is, in one line for the end of each part.
pub fn history_line(job: &HistoryJob) -> String {
    let rest = match (job.percent, job.remaining_seconds) {
        (Some(percent), Some(seconds)) if job.state == HistoryState::UnderWay => {
            format!("{percent} %, {} to go; ", long(seconds))
        }
        (Some(percent), _) => format!("{percent} %; "),
        (None, _) => String::new(),
    };
    format!("History: {rest}{}", figures(job))
}

fn figures(job: &HistoryJob) -> String {
    let left = match job.left {
        Some(left) => format!(", {} left", figure(&left.to_string())),
        None => String::new(),
    };
    format!(
        "{} written, {} linked{left}; {} in {}",
        count(job.written, "record", "records"),
        figure(&job.linked.to_string()),
        count(job.xero_calls, "call to Xero", "calls to Xero"),
        count(job.parts, "part", "parts"),
    )
}

/// About how long, in words.
fn long(seconds: u32) -> String {
    match seconds {
        0..=90 => count(seconds, "second", "seconds"),
        91..=5_400 => format!("about {}", count(seconds.div_ceil(60), "minute", "minutes")),
        _ => format!("about {}", count(seconds.div_ceil(3_600), "hour", "hours")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: HistoryState) -> HistoryJob {
        HistoryJob {
            from: "2024-01-01".into(),
            until: "2025-12-31".into(),
            asked_at: String::new(),
            state,
            written: 4_200,
            linked: 810,
            left: Some(1_990),
            percent: Some(71),
            remaining_seconds: Some(400),
            xero_calls: 190,
            parts: 3,
            exceptions: 2,
            error: None,
            ended_at: None,
        }
    }

    #[test]
    fn it_says_how_far_it_is_and_what_to_do() {
        assert_eq!(
            history_line(&job(HistoryState::UnderWay)),
            "History: 71 %, about 7 minutes to go; 4,200 records written, 810 linked, 1,990 left; 190 calls to Xero in 3 parts"
        );
        let view = HistoryView {
            job: Some(job(HistoryState::Ended)),
            start_date: None,
        };
        assert_eq!(
            history(&view, Style::plain()),
            "History from 2024-01-01 to 2025-12-31: Ended; what is left waits for you or for a later sync.\n  \
             4,200 records written, 810 linked, 1,990 left; 190 calls to Xero in 3 parts\n  \
             2 records need you: counterfoil exceptions\n"
        );
    }
}
