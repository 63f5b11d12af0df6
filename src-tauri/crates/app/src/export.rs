//! What is shown, as a file: the log, what needs a person, what is owed, a preview and records, as comma separated
//! values, as a spreadsheet, or as lines of JSON.
//!
//! Each of them is one table (`table.rs`, its columns in `tables.rs`), and each form of file writes any table.

mod csv;
mod file;
mod jsonl;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod xlsx;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use engine::run::scope::Scope;
use store::{Store, StoreError};

use self::csv::Csv;
use self::file::Beside;
use self::jsonl::Jsonl;
use self::table::{Column, Form, Sheet};
use self::xlsx::Xlsx;
use crate::app::App;
use crate::error::AppError;
use crate::show::count;
use crate::views::{ExportFormat, ExportWhat, Exported, LogFilter, RecordFilter};

/// What to export.
#[derive(Debug, Clone)]
pub enum Exporting {
    /// The lines of the log that a filter finds, oldest first.
    Log(LogFilter),
    /// Everything in Needs attention, and what was set aside.
    Exceptions,
    /// What is owed, by contact; or by document, of the contact that is called so.
    Reconcile(Option<String>),
    /// What the next sync with this scope would do.
    Preview(Box<Scope>),
    /// The records that a filter finds, newest first.
    Records(RecordFilter),
}

impl From<ExportWhat> for Exporting {
    fn from(what: ExportWhat) -> Self {
        match what {
            ExportWhat::Log(filter) => Exporting::Log(filter),
            ExportWhat::Exceptions => Exporting::Exceptions,
            ExportWhat::Reconcile => Exporting::Reconcile(None),
            ExportWhat::Preview => Exporting::Preview(Box::default()),
            ExportWhat::Records(filter) => Exporting::Records(filter),
        }
    }
}

impl Exporting {
    /// What its file is called.
    const fn name(&self) -> &'static str {
        match self {
            Exporting::Log(_) => "log",
            Exporting::Exceptions => "exceptions",
            Exporting::Reconcile(_) => "reconcile",
            Exporting::Preview(_) => "preview",
            Exporting::Records(_) => "records",
        }
    }
}

/// The rows of a table: from the store, off the async threads.
type Rows = Box<dyn FnOnce(&Store, &mut Sheet<'_>) -> Result<(), StoreError> + Send>;

/// A table that is ready to be written.
struct Table {
    columns: &'static [Column],
    rows: Rows,
}

impl ExportFormat {
    /// What its files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Jsonl => "jsonl",
        }
    }

    /// The form of a file by how its name ends.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        [ExportFormat::Csv, ExportFormat::Xlsx, ExportFormat::Jsonl]
            .into_iter()
            .find(|format| format.extension() == extension)
    }
}

impl App {
    /// Writes a file with a name of its own into a folder, and says where.
    ///
    /// # Errors
    /// [`AppError::Export`] where the file cannot be written; what the use case of it can fail with.
    pub async fn export(
        &self,
        what: impl Into<Exporting>,
        format: ExportFormat,
        folder: PathBuf,
    ) -> Result<Exported, AppError> {
        let what = what.into();
        let stamp = self.0.clock.now().format("%Y-%m-%d %H-%M-%S");
        let (name, extension) = (what.name(), format.extension());
        let path = folder.join(format!("Counterfoil {name} {stamp}.{extension}"));
        self.export_file(what, format, path, false).await
    }

    /// Writes a file. One that is there already is replaced only where `force` says so.
    ///
    /// # Errors
    /// As [`App::export`].
    pub async fn export_file(
        &self,
        what: Exporting,
        format: ExportFormat,
        path: PathBuf,
        force: bool,
    ) -> Result<Exported, AppError> {
        // What cannot be written is said before a preview is made.
        let mut beside = Beside::begin(&path, force)?;
        let table = self.table(what).await?;
        let (beside, written) = self
            .db(move |store| {
                let written = {
                    let mut to = BufWriter::new(beside.file());
                    match format {
                        ExportFormat::Csv => put(store, table, &mut Csv::file(&mut to))?,
                        ExportFormat::Xlsx => put(store, table, &mut Xlsx::new(&mut to))?,
                        ExportFormat::Jsonl => put(store, table, &mut Jsonl(&mut to))?,
                    }
                    .and_then(|rows| to.flush().map(|()| rows))
                };
                Ok((beside, written))
            })
            .await?;
        let rows = written.map_err(|why| AppError::Export {
            path: beside.path().to_owned(),
            why,
        })?;
        beside.put()?;
        Ok(Exported {
            path: path.display().to_string(),
            lines: count(rows),
        })
    }

    /// Writes to another program, and says how many rows; none where it did not read to the end.
    ///
    /// # Errors
    /// As [`App::export`]; a usage error for a spreadsheet, which is no stream.
    pub async fn export_to(
        &self,
        what: Exporting,
        format: ExportFormat,
        to: impl Write + Send + 'static,
    ) -> Result<u64, AppError> {
        if format == ExportFormat::Xlsx {
            return Err(AppError::usage(
                "A spreadsheet cannot be printed.",
                "Give it the name of a file that ends with .xlsx.",
            ));
        }
        let table = self.table(what).await?;
        let written = self
            .db(move |store| {
                let to = BufWriter::new(to);
                match format {
                    ExportFormat::Jsonl => put(store, table, &mut Jsonl(to)),
                    ExportFormat::Csv | ExportFormat::Xlsx => {
                        put(store, table, &mut Csv::stream(to))
                    }
                }
            })
            .await?;
        match written {
            // Whoever reads it has gone away, and has enough (`| head`).
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            written => written.map_err(|why| AppError::Export {
                path: PathBuf::from("the export"),
                why,
            }),
        }
    }
}

/// Writes a table in a form; how many rows.
fn put(
    store: &Store,
    table: Table,
    form: &mut (dyn Form + Send),
) -> Result<io::Result<u64>, StoreError> {
    let mut sheet = Sheet::begin(table.columns, form);
    (table.rows)(store, &mut sheet)?;
    Ok(sheet.end())
}
