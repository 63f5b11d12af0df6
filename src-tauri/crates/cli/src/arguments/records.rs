//! Records, and files of what is shown, as they are typed.

use std::path::PathBuf;

use app::views::{ExportFormat, RecordFilter};
use clap::{Args, ValueEnum};

use super::{Kind, Side};

/// Which records to find.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Numbers and names are found by their beginning: 14 finds 14 and INV-1400, and not 1814.

Examples:
  counterfoil records INV-0042
  counterfoil records fern hill --kind payment --from 2026-01-01
  counterfoil records --amount 1440.00
  counterfoil records --amount 1000..1500 --state alone --side xero
  counterfoil records --state ended --export ended.xlsx")]
pub struct Records {
    /// Words, or beginnings of words, of number, name, contact, name in ERPNext or reference; or an identity
    /// in Xero, or a link to the record from the browser
    pub text: Vec<String>,
    /// Only this kind of record
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// Only records of this side; else two that are linked are one line
    #[arg(long, value_enum)]
    pub side: Option<Side>,
    /// Only records with this total, or from one to another: 1440.00 or 1000..1500
    #[arg(long, value_name = "A|A..B", allow_hyphen_values = true)]
    pub amount: Option<String>,
    /// Only documents and payments dated from this day on
    #[arg(long, value_name = "DAY")]
    pub from: Option<chrono::NaiveDate>,
    /// Only those dated up to this day
    #[arg(long, value_name = "DAY")]
    pub until: Option<chrono::NaiveDate>,
    /// Only records that stand so
    #[arg(long, value_enum)]
    pub state: Option<Standing>,
    /// At most this many, the newest
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
    /// Older than this one: `next` of the page before
    #[arg(long, value_name = "PLACE")]
    pub before: Option<String>,
    #[command(flatten)]
    pub export: Export,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Standing {
    /// On both sides
    Linked,
    /// It needs a person
    Waiting,
    /// On one side alone
    Alone,
    /// Voided, cancelled, archived or deleted
    Ended,
}

impl From<Standing> for app::views::RecordStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Linked => Self::Linked,
            Standing::Waiting => Self::Waiting,
            Standing::Alone => Self::Alone,
            Standing::Ended => Self::Ended,
        }
    }
}

impl Records {
    /// What is asked for, in the application's words.
    pub fn filter(&self) -> RecordFilter {
        let text = self.text.join(" ");
        RecordFilter {
            text: (!text.is_empty()).then_some(text),
            kind: self.kind.map(Into::into),
            side: self.side.map(Into::into),
            amount: self.amount.clone(),
            from: self.from.map(|day| day.to_string()),
            until: self.until.map(|day| day.to_string()),
            standing: self.state.map(Into::into),
        }
    }
}

/// All of it as a file, or for another program.
#[derive(Debug, Clone, Default, Args)]
pub struct Export {
    /// Write all of it to a file whose name ends with .csv, .xlsx or .jsonl; `-` prints it, with --csv or
    /// --jsonl
    #[arg(long = "export", value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Replace the file where it is there already
    #[arg(long, requires = "file")]
    pub force: bool,
    /// All of it as comma separated values
    #[arg(long, conflicts_with_all = ["jsonl", "json"])]
    pub csv: bool,
    /// All of it as one JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
}

/// Where an export goes, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// To a file.
    File(PathBuf, ExportFormat),
    /// To stdout.
    Printed(ExportFormat),
}

impl Export {
    /// Where it goes; `None` where nothing is exported.
    ///
    /// # Errors
    /// A name that does not say the form, as a sentence.
    pub fn to(&self) -> Result<Option<To>, String> {
        let said = match (self.csv, self.jsonl) {
            (true, _) => Some(ExportFormat::Csv),
            (_, true) => Some(ExportFormat::Jsonl),
            _ => None,
        };
        let Some(file) = &self.file else {
            return Ok(said.map(To::Printed));
        };
        if file.as_os_str() == "-" {
            let printed = said.map(To::Printed).ok_or_else(|| {
                "It is not said in which form to print it: add --csv or --jsonl.".to_owned()
            });
            return printed.map(Some);
        }
        let format = said.or_else(|| ExportFormat::of_path(file));
        let to = format.map(|format| To::File(file.clone(), format));
        to.map(Some).ok_or_else(|| {
            format!(
                "{} does not end with .csv, .xlsx or .jsonl, which says the form.",
                file.display()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn read(line: &str) -> Option<Records> {
        match Arguments::try_parse_from(line.split_whitespace())
            .ok()?
            .command
        {
            Command::Records(wanted) => Some(*wanted),
            other => panic!("not records: {other:?}"),
        }
    }

    #[test]
    fn every_condition_reaches_the_filter() {
        let wanted = read(
            "counterfoil records fern hill --kind invoice --side xero --amount -0.02..5 \
             --from 2026-01-01 --until 2026-01-31 --state waiting --limit 7",
        );
        let filter = wanted.as_ref().map(Records::filter);
        assert_eq!(
            filter,
            Some(RecordFilter {
                text: Some("fern hill".into()),
                kind: Some(app::views::Kind::Invoice),
                side: Some(app::views::Side::Xero),
                amount: Some("-0.02..5".into()),
                from: Some("2026-01-01".into()),
                until: Some("2026-01-31".into()),
                standing: Some(app::views::RecordStanding::Waiting),
            })
        );
        assert_eq!(wanted.map(|it| it.limit), Some(7));
        assert!(read("counterfoil records --state gone").is_none());
        assert_eq!(
            read("counterfoil records").map(|it| it.filter()),
            Some(RecordFilter::default())
        );
    }

    #[test]
    fn where_an_export_goes_and_in_which_form() {
        let to = |line: &str| read(line).map(|wanted| wanted.export.to());
        let file = |name: &str, format| Some(Ok(Some(To::File(name.into(), format))));
        assert_eq!(
            to("counterfoil records --export a.csv"),
            file("a.csv", ExportFormat::Csv)
        );
        assert_eq!(
            to("counterfoil records --export a.XLSX"),
            file("a.XLSX", ExportFormat::Xlsx)
        );
        assert_eq!(
            to("counterfoil records --export a.txt --jsonl"),
            file("a.txt", ExportFormat::Jsonl)
        );
        let printed = |format| Some(Ok(Some(To::Printed(format))));
        assert_eq!(
            to("counterfoil records --export - --csv"),
            printed(ExportFormat::Csv)
        );
        assert_eq!(
            to("counterfoil records --jsonl"),
            printed(ExportFormat::Jsonl)
        );
        assert_eq!(to("counterfoil records"), Some(Ok(None)));
        for line in [
            "counterfoil records --export -",
            "counterfoil records --export a.txt",
        ] {
            assert!(to(line).is_some_and(|it| it.is_err()), "{line}");
        }
        for line in [
            "counterfoil records --force",
            "counterfoil records --csv --jsonl",
            "counterfoil records --csv --json",
        ] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
