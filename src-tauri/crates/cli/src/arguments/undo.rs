//! Undoing a run, and keeping records apart.

use clap::{Args, Subcommand};

#[derive(Debug, Clone, Args)]
pub struct Undo {
    /// The run's number; left out, the last runs are listed
    pub run: Option<u32>,
    /// Do it; without this the command shows what would be done and writes nothing
    #[arg(long, requires = "run")]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Apart {
    /// Show all of them; the same as no word at all
    List,
    /// Leave a record and its counterpart alone from now on
    Add {
        /// A number or name, an identity on either side, or a link to it from the browser
        record: String,
        /// Why, for whoever reads it later
        #[arg(long)]
        reason: String,
    },
    /// Take a record up again, and its counterpart: the next sync plans them
    End {
        /// As with `add`
        record: String,
    },
}
