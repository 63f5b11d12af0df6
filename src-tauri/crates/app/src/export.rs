//! The log as a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use store::LogLine;

use crate::app::App;
use crate::error::AppError;
use crate::line::log_line;
use crate::show::count;
use crate::views::{ExportFormat, Exported, LogFilter};

const HEADING: [&str; 11] = [
    "time (UTC)",
    "run",
    "kind",
    "title",
    "contact",
    "amount",
    "currency",
    "written to",
    "outcome",
    "message",
    "line",
];

impl App {
    /// Writes the log lines a filter finds to a file in a folder, oldest first, and says where.
    ///
    /// # Errors
    /// [`AppError::Folder`] where the file cannot be written.
    pub async fn export_log(
        &self,
        filter: LogFilter,
        format: ExportFormat,
        folder: PathBuf,
    ) -> Result<Exported, AppError> {
        let stamp = self.0.clock.now().format("%Y-%m-%d %H-%M-%S");
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Jsonl => "jsonl",
        };
        let path = folder.join(format!("Counterfoil log {stamp}.{extension}"));
        let file = std::fs::File::create(&path).map_err(|why| AppError::Folder {
            path: path.clone(),
            why,
        })?;
        let lines = self
            .export_log_to(filter, format, std::io::BufWriter::new(file))
            .await?;
        Ok(Exported {
            path: path.display().to_string(),
            lines: count(lines),
        })
    }

    /// Writes the log lines a filter finds, oldest first, and returns how many.
    ///
    /// # Errors
    /// [`AppError::Folder`] where writing fails.
    pub async fn export_log_to(
        &self,
        filter: LogFilter,
        format: ExportFormat,
        to: impl Write + Send + 'static,
    ) -> Result<u64, AppError> {
        let mut query = self.log_query(filter).await?;
        query.after = Some(store::LogId(0));
        let written = self
            .db(move |store| {
                let mut sheet = Sheet {
                    to,
                    format,
                    lines: 0,
                    failed: None,
                };
                sheet.heading();
                store.log_each(&query, |line| sheet.line(line))?;
                Ok(sheet.end())
            })
            .await?;
        written.map_err(|why| AppError::Folder {
            path: Path::new("the export").to_owned(),
            why,
        })
    }
}

struct Sheet<W> {
    to: W,
    format: ExportFormat,
    lines: u64,
    failed: Option<std::io::Error>,
}

impl<W: Write> Sheet<W> {
    fn put(&mut self, text: &str) {
        if self.failed.is_none()
            && let Err(why) = self.to.write_all(text.as_bytes())
        {
            self.failed = Some(why);
        }
    }

    fn heading(&mut self) {
        if self.format == ExportFormat::Csv {
            self.put(&row(HEADING));
        }
    }

    fn line(&mut self, line: &LogLine) {
        self.lines += 1;
        let text = match self.format {
            ExportFormat::Csv => csv(line),
            ExportFormat::Jsonl => {
                // A view always serialises.
                let json = serde_json::to_string(&log_line(line)).unwrap_or_default();
                format!("{json}\n")
            }
        };
        self.put(&text);
    }

    fn end(mut self) -> std::io::Result<u64> {
        match self.failed {
            Some(why) => Err(why),
            None => self.to.flush().map(|()| self.lines),
        }
    }
}

fn csv(line: &LogLine) -> String {
    let view = log_line(line);
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let or_empty = |value: Option<String>| value.unwrap_or_default();
    let (amount, currency) = view
        .amount
        .map_or_else(Default::default, |amount| (amount.value, amount.currency));
    let fields = [
        view.at,
        or_empty(view.run.map(|run| run.to_string())),
        or_empty(
            view.kind
                .map(|kind| ledger::Kind::from(kind).word().to_owned()),
        ),
        view.title,
        or_empty(view.contact),
        amount,
        currency,
        or_empty(
            view.towards
                .map(|side| ledger::Side::from(side).word().to_owned()),
        ),
        serde_json::to_value(view.outcome)
            .map(word)
            .unwrap_or_default(),
        view.message,
        view.id.to_string(),
    ];
    row(fields)
}

fn row<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let mut line = String::new();
    for (index, text) in fields.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        line.push_str(&field(text.as_ref()));
    }
    line.push_str("\r\n");
    line
}

/// One field. A text that a spreadsheet would take for a formula is defused with an apostrophe: a
/// contact's name comes from outside. Negative amounts stay numbers.
fn field(text: &str) -> String {
    let number = text.strip_prefix(['-', '+']).is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_digit())
            && rest
                .chars()
                .all(|letter| letter.is_ascii_digit() || letter == '.')
    });
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_negative_amounts_are_not() {
        assert_eq!(
            field("=HYPERLINK(\"http://x\")"),
            "\"'=HYPERLINK(\"\"http://x\"\")\""
        );
        assert_eq!(field("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(field("-60.50"), "-60.50");
        assert_eq!(field("-1+1"), "'-1+1");
        assert_eq!(field("-"), "'-");
        assert_eq!(field("Acme, Ltd"), "\"Acme, Ltd\"");
        assert_eq!(row(["a", "b"]), "a,b\r\n");
    }
}
