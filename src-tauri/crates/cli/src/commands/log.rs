//! The log.

use app::views::{ErrorView, LogFilter};
use app::{App, Exporting};

use crate::answer::Answer;
use crate::arguments::Log;
use crate::commands::export;
use crate::exit::Exit;
use crate::render;
use crate::terminal::Style;

/// Shows the log, one line of it, or all of it in a form for other programs.
///
/// # Errors
/// A line that does not exist.
pub async fn run(app: &App, wanted: Log) -> Result<Answer, ErrorView> {
    if let Some(line) = wanted.line {
        let view = app.log_detail(line).await?;
        let text = render::log_detail(&view, Style::stdout());
        return Answer::of(&view, text, Exit::Agreement);
    }
    let (limit, export) = (wanted.limit, wanted.export.clone());
    let filter = filter(wanted);
    // Oldest first, as the window's export writes it.
    let what = || Exporting::Log(filter.clone());
    if let Some(written) = export::wanted(app, &export, what).await? {
        return Ok(written);
    }
    let view = app.log(filter, None, limit).await?;
    let text = render::log_page(&view, Style::stdout());
    Answer::of(&view, text, Exit::Agreement)
}

fn filter(wanted: Log) -> LogFilter {
    // A record is found by its name or number, which is text of its lines.
    let text: Vec<String> = [wanted.record, wanted.text].into_iter().flatten().collect();
    LogFilter {
        text: (!text.is_empty()).then(|| text.join(" ")),
        kind: wanted.kind.map(Into::into),
        towards: wanted.to.map(Into::into),
        outcomes: wanted.outcomes.into_iter().map(Into::into).collect(),
        since: wanted.since,
        until: wanted.until,
        run: wanted.run,
    }
}

#[cfg(test)]
mod tests {
    use app::views::{Kind, Outcome, Side};
    use clap::Parser;

    use crate::arguments::{Arguments, Command};

    #[test]
    fn every_condition_reaches_the_filter() {
        let line = "counterfoil log --record INV-7 --text freight --kind invoice --to erpnext \
                    --outcome refused --outcome in-doubt --since 2026-01-31 --run 4";
        let parsed = Arguments::try_parse_from(line.split_whitespace());
        let Ok(Arguments {
            command: Command::Log(wanted),
            ..
        }) = parsed
        else {
            panic!("not a log: {parsed:?}");
        };
        let filter = super::filter(wanted);
        assert_eq!(filter.text.as_deref(), Some("INV-7 freight"));
        assert_eq!(filter.kind, Some(Kind::Invoice));
        assert_eq!(filter.towards, Some(Side::Erpnext));
        assert_eq!(filter.outcomes, [Outcome::Refused, Outcome::InDoubt]);
        assert_eq!(filter.since.as_deref(), Some("2026-01-31T00:00:00Z"));
        assert_eq!(filter.run, Some(4));
    }
}
