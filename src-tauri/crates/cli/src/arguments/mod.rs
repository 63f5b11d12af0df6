//! What can be typed after `counterfoil`.

mod convert;
mod records;
mod rules;
mod schedule;
mod undo;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use records::{Export, Records, To};
pub use rules::Rules;
pub use schedule::{Pause, Schedule, SetSchedule};
pub use undo::{Apart, Undo};

/// Keeps Xero and ERPNext in agreement, to the cent.
#[derive(Debug, Parser)]
#[command(
    name = "counterfoil",
    version,
    about,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done and in agreement · 1 done, records need you · 2 wrong usage or set-up not
finished · 3 a connection needs you · 4 waiting for approval · 5 another process, or another
installation, is syncing ·
74 the data folder or a file cannot be written · 130 stopped · 70 a bug.

Secrets are never given as arguments: they are read from the environment
(COUNTERFOIL_XERO_SECRET, COUNTERFOIL_ERPNEXT_SECRET), else asked for, else read from stdin."
)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder that holds the database and logs; shared with the desktop app by default
    #[arg(long, global = true, env = "COUNTERFOIL_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON document on stdout; progress and remarks go to stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Which pairing, where there are several
    #[arg(long, global = true, value_name = "NAME")]
    pub pairing: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything at once on the built-in demo books: connect, pair, map, sync twice, audit
    Demo(Demo),
    /// Serve the demo books, a simulated Xero and ERPNext, until stopped
    Sandbox(Sandbox),
    /// Connect Xero or ERPNext
    #[command(subcommand)]
    Connect(Connect),
    /// List the connections and how they are
    Connections,
    /// Forget a connection, and revoke it where the system allows that
    Disconnect {
        /// Its number, or a name that only it has
        name: String,
    },
    /// Match a Xero organisation with an ERPNext company; adds the marker fields to the ERPNext site
    /// and accepts the suggested mappings, and lists both
    Pair(Pair),
    /// List the pairings
    Pairings,
    /// End a pairing; both systems keep their records
    Unpair {
        /// Its name
        name: String,
    },
    /// Test what a sync needs: permissions, currencies, lock dates, marker fields
    Check {
        /// Put the marker fields on the ERPNext site where they are missing
        #[arg(long)]
        install_markers: bool,
    },
    /// Show or change which accounts and tax rates stand for each other
    Mappings {
        #[command(subcommand)]
        action: Option<Mappings>,
    },
    /// Show or change the rules, kind by kind
    Rules {
        #[command(subcommand)]
        action: Option<Rules>,
    },
    /// Import documents of before the start date, part by part, below what is new; goes on with what was asked for
    Import(Import),
    /// Show what the next sync would do; writes nothing
    Preview {
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        export: Export,
    },
    /// Bring both sides into agreement
    Sync {
        #[command(flatten)]
        narrow: Narrow,
        /// Carry out a mass change that an earlier sync stopped at
        #[arg(long)]
        approve: bool,
        /// Compare all records of both sides now, and not once a day
        #[arg(long)]
        full: bool,
        /// ERPNext was restored from a backup: take it as it is now, compare everything, and carry
        /// over again what it lacks
        #[arg(long)]
        restored: bool,
        /// Go on where another installation syncs this pairing: that one stops after the calls on their way
        #[arg(long)]
        take_over: bool,
    },
    /// Ask whether anything changed, and sync only where something did; for schedules
    Poll {
        /// Only say so
        #[arg(long)]
        ask_only: bool,
    },
    /// Show or choose when syncs start by themselves, while the window is open or `counterfoil serve` runs
    Schedule {
        #[command(subcommand)]
        action: Option<Schedule>,
    },
    /// Let nothing start by itself for some time
    Pause(Pause),
    /// Let syncs start by themselves again; what fell due meanwhile is made up for by one sync
    Resume,
    /// Start what is scheduled, without a window, until stopped
    Serve,
    /// Do the two sides agree?
    Status,
    /// Show what is owed, by contact, on both sides, and why it differs
    Reconcile(Reconcile),
    /// Find any record of either side, newest first
    Records(Box<Records>),
    /// Show a record: both sides next to each other, what belongs to it, and its history
    Record {
        /// A number or name, an identity on either side, or a link to it from the browser
        record: String,
    },
    /// List the records that need a person, or show one with its next step
    Exceptions {
        /// The number of one
        #[arg(conflicts_with_all = ["file", "csv", "jsonl"])]
        id: Option<u32>,
        #[command(flatten)]
        export: Export,
    },
    /// Try records again that could not be synced
    Retry(Retry),
    /// Say which record on the other side is the counterpart, or that there is none
    Pick {
        /// The record's number, as `exceptions` lists it
        id: u32,
        /// The candidate's identity, as `exceptions NUMBER` lists it; `new` where none of them is it
        candidate: String,
    },
    /// Keep one side's values where the two contradict each other
    Keep {
        /// The record's number, as `exceptions` lists it
        id: u32,
        /// The side that is right
        #[arg(value_enum)]
        side: Side,
    },
    /// Leave records out of Needs attention, with a reason
    Ignore {
        /// Their numbers
        #[arg(required = true)]
        ids: Vec<u32>,
        /// Why, for whoever reads it later
        #[arg(long, required_unless_present = "undo")]
        reason: Option<String>,
        /// Take them back into Needs attention
        #[arg(long, conflicts_with = "reason")]
        undo: bool,
    },
    /// Show what undoing a run would do, and do it: what it created is voided, cancelled, archived or
    /// deleted, what it changed is set back; what people touched since stays and is named
    Undo(Undo),
    /// Show, add or end records that are left alone: nothing is carried from or to them
    Apart {
        #[command(subcommand)]
        action: Option<Apart>,
    },
    /// Read the log: what happened to which record, and why
    Log(Log),
    /// Describe this installation, without secrets
    Doctor,
}

/// What a preview or a sync is about; everything where nothing is said.
#[derive(Debug, Clone, Default, Args)]
pub struct Narrow {
    /// Only this kind of record; may be repeated
    #[arg(
        long = "only",
        visible_alias = "kind",
        value_enum,
        value_name = "KIND",
        conflicts_with_all = ["records", "from", "until"]
    )]
    pub kinds: Vec<Kind>,
    /// Only this record and what it cannot be carried without: a number or name, an identity on either
    /// side, or a link to it from the browser; may be repeated
    #[arg(long = "record", value_name = "RECORD", conflicts_with_all = ["from", "until"])]
    pub records: Vec<String>,
    /// Only documents dated from this day on (with --until), the newest 500 that are not carried yet
    #[arg(long, value_name = "DAY", requires = "until")]
    pub from: Option<chrono::NaiveDate>,
    /// Only documents dated up to this day
    #[arg(long, value_name = "DAY", requires = "from")]
    pub until: Option<chrono::NaiveDate>,
    /// Leave this record of the last preview for later, by its number there; may be repeated
    #[arg(
        long,
        visible_alias = "without",
        value_name = "N",
        value_delimiter = ','
    )]
    pub hold: Vec<u32>,
}

#[derive(Debug, Clone, Args)]
pub struct Reconcile {
    /// The documents of this contact, and the payments under them: a name, an identity on either side, or a
    /// link to it from the browser
    pub contact: Option<String>,
    /// Contacts, or documents, that agree as well
    #[arg(long)]
    pub all: bool,
    /// At most this many lines
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub limit: u32,
    /// What was owed at the end of this day, by the days of documents and payments
    #[arg(long, value_name = "DAY", conflicts_with = "contact")]
    pub as_of: Option<String>,
    /// Sign that: who, when and the figures are kept
    #[arg(long, requires = "as_of")]
    pub sign_off: bool,
    /// What there is to say to it
    #[arg(long, value_name = "TEXT", requires = "sign_off")]
    pub note: Option<String>,
    /// What changed of a signed day since, by the sign-off's number
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["contact", "as_of"])]
    pub since: Option<u32>,
    /// What was signed so far
    #[arg(long, conflicts_with_all = ["contact", "as_of", "since"])]
    pub sign_offs: bool,
    #[command(flatten)]
    pub export: Export,
}

#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Run in the terminal; this command always does, the flag is for `cargo demo`
    #[arg(long)]
    pub headless: bool,
    #[command(flatten)]
    pub books: Books,
}

/// What the demo books hold.
#[derive(Debug, Clone, Args)]
pub struct Books {
    /// The same seed makes the same books on a day
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Whose chart of accounts and taxes
    #[arg(long, value_enum, ignore_case = true, default_value_t = Country::Gb)]
    pub country: Country,
    /// Which ERPNext the simulated site is
    #[arg(long, value_enum, value_name = "VERSION", default_value_t = ErpnextVersion::V16)]
    pub erpnext_version: ErpnextVersion,
    /// Contacts in both books together
    #[arg(long, value_name = "N")]
    pub contacts: Option<usize>,
    /// Sales invoices in both books together
    #[arg(long, value_name = "N")]
    pub invoices: Option<usize>,
    /// The day that the books lead up to, like 2026-01-31; the same seed and day make the same books
    #[arg(long, value_name = "DATE")]
    pub today: Option<chrono::NaiveDate>,
}

/// 14 is not among them: nothing of it was ever tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErpnextVersion {
    #[value(name = "15")]
    V15,
    #[value(name = "16")]
    V16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Country {
    #[value(name = "GB")]
    Gb,
    #[value(name = "NZ")]
    Nz,
    #[value(name = "AU")]
    Au,
    #[value(name = "US")]
    Us,
}

#[derive(Debug, Clone, Args)]
pub struct Sandbox {
    /// Where the simulated Xero listens (loopback; port 0 picks a free one)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub xero: SocketAddr,
    /// Where the simulated ERPNext listens (loopback; port 0 picks a free one)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub erpnext: SocketAddr,
    /// Writes every answer of the simulated Xero to a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    #[command(flatten)]
    pub books: Books,
}

#[derive(Debug, Subcommand)]
pub enum Connect {
    /// Sign in to Xero through the browser
    Xero(ConnectXero),
    /// Connect an ERPNext site with an API key, or by signing in through the browser
    Erpnext(ConnectErpnext),
}

#[derive(Debug, Clone, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of the command line
pub struct ConnectXero {
    /// The client id of your app in Xero's developer portal
    #[arg(long, value_name = "ID")]
    pub client_id: String,
    /// The app has a client secret (default: PKCE, which has none)
    #[arg(long)]
    pub secret: bool,
    /// The app is a custom connection: no browser, one organisation
    #[arg(long)]
    pub custom_connection: bool,
    /// The app was made before 2 March 2026: ask for Xero's older, broader permissions
    #[arg(long, conflicts_with = "custom_connection")]
    pub older_app: bool,
    /// Print the sign-in address instead of opening the browser
    #[arg(long)]
    pub no_browser: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ConnectErpnext {
    /// The site's address, as in the browser
    #[arg(long)]
    pub url: String,
    /// The API key; its secret is read from the environment or stdin
    #[arg(long, required_unless_present = "sign_in")]
    pub key: Option<String>,
    /// Sign in through the browser. With an API key of a System Manager, the OAuth Client that this
    /// needs is made on the site
    #[arg(long)]
    pub sign_in: bool,
    /// The App Client ID of the OAuth Client on the site; left out, the one used last is taken
    #[arg(long, value_name = "ID", requires = "sign_in")]
    pub client_id: Option<String>,
    /// Print the sign-in address instead of opening the browser
    #[arg(long, requires = "sign_in")]
    pub no_browser: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Pair {
    /// The Xero organisation's name or tenant id; may be left out where there is only one
    #[arg(long, value_name = "NAME")]
    pub organisation: Option<String>,
    /// The ERPNext company's name; may be left out where there is only one
    #[arg(long, value_name = "NAME")]
    pub company: Option<String>,
    /// The ERPNext site connected now is the paired one at another address, or with our fields made
    /// anew; go on with it
    #[arg(long, conflicts_with_all = ["organisation", "company"])]
    pub moved: bool,
}

#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Import {
    /// The first day, as YYYY-MM-DD. Documents before it come along where something of them was open then
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// The last day; by default the one before the start date
    #[arg(long, value_name = "DAY", requires = "from")]
    pub until: Option<String>,
    /// Only ask for it: the window, or `counterfoil serve`, carries it in the background
    #[arg(long, requires = "from")]
    pub background: bool,
    /// Say yes to a mass change that was shown
    #[arg(long, conflicts_with = "background")]
    pub approve: bool,
    #[command(subcommand)]
    pub action: Option<ImportAction>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ImportAction {
    /// Only say how it stands
    Status,
    /// Let it wait
    Wait,
    /// Let it go on after `wait`, here
    GoOn,
    /// End it where it is; what was carried stays
    Cancel,
}

#[derive(Debug, Subcommand)]
pub enum Mappings {
    /// Show all of them; the same as no word at all
    List,
    /// Accept the suggestions
    Suggest,
    /// Choose what stands for a value on the other side, for records that come from its own side.
    /// The way back is set with it only where it had nothing
    Set {
        kind: MappingKind,
        /// Xero's account code or tax type; for a bank account without a code its `AccountID`; for tracking
        /// `"Category: Option"`
        xero: String,
        /// ERPNext's account or tax template name; for tracking `"Cost Center: NAME"` or `"Project: NAME"`
        erpnext: String,
        /// The side whose value is being mapped, and whose records it is for
        #[arg(long, value_enum, default_value_t = Side::Xero)]
        of: Side,
        /// Change the way back too, whatever it was
        #[arg(long)]
        both: bool,
        /// Say what it changes and for how many records; save nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove what stands for a value on the other side
    Remove {
        kind: MappingKind,
        /// The value
        key: String,
        /// The side the value is of, and whose records it is for
        #[arg(long, value_enum, default_value_t = Side::Xero)]
        of: Side,
        /// Remove the way back too
        #[arg(long)]
        both: bool,
        /// Say what it changes and for how many records; save nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MappingKind {
    /// What invoice lines are booked to
    Account,
    /// A tax rate
    Tax,
    /// A bank or cash account that payments come to
    Bank,
    /// What lines are filed under: `"Region: North"`, `"Cost Center: North - A"`, `"Project: PROJ-0001"`
    Tracking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Side {
    Xero,
    Erpnext,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    #[value(alias = "contacts")]
    Contact,
    #[value(alias = "invoices")]
    Invoice,
    #[value(aliases = ["credit-notes", "credit_note", "credit_notes"])]
    CreditNote,
    #[value(alias = "payments")]
    Payment,
}

#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct Retry {
    /// The numbers of the records, as `exceptions` lists them
    pub ids: Vec<u32>,
    /// All that have this cause (`no_account_mapping`), or one group of `exceptions`
    #[arg(long, value_name = "CAUSE")]
    pub cause: Option<String>,
    /// All
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Log {
    /// Show one line in full: its record's history, the requests and the answers
    #[arg(conflicts_with_all = ["file", "csv", "jsonl"])]
    pub line: Option<u32>,
    /// Only this run
    #[arg(long, value_name = "ID")]
    pub run: Option<u32>,
    /// Only this record: a name or number
    #[arg(long, value_name = "REF")]
    pub record: Option<String>,
    /// Only this kind of record
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// Only what was written to this side
    #[arg(long, value_enum)]
    pub to: Option<Side>,
    /// Only this outcome; may be repeated
    #[arg(long = "outcome", value_enum)]
    pub outcomes: Vec<Outcome>,
    /// Words to be found in names, numbers and messages
    #[arg(long)]
    pub text: Option<String>,
    /// From this day or instant on (UTC): 2026-01-31 or 2026-01-31T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub since: Option<String>,
    /// Before this day or instant (UTC)
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub until: Option<String>,
    /// At most this many lines, the newest
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: u32,
    #[command(flatten)]
    pub export: Export,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Outcome {
    Agrees,
    Linked,
    Voided,
    Refused,
    Conflict,
    Waiting,
    #[value(name = "in_doubt", alias = "in-doubt")]
    InDoubt,
    #[value(name = "nothing_new", alias = "nothing-new")]
    NothingNew,
    Stopped,
    Failed,
    Note,
}

/// Takes a day for its first instant.
fn instant(text: &str) -> Result<String, String> {
    if let Ok(day) = text.parse::<chrono::NaiveDate>() {
        return Ok(format!("{day}T00:00:00Z"));
    }
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|instant| {
            instant
                .to_utc()
                .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
        })
        .map_err(|_| "a day (2026-01-31) or an instant (2026-01-31T09:00:00Z)".to_owned())
}

#[cfg(test)]
mod tests;
