//! What the window shows: one module per page, plain data that crosses to TypeScript.
//!
//! Conventions, here and in the generated TypeScript:
//! - amounts are decimal text with the currency's decimals and a leading `-` where negative
//!   (`"1440.00"`), next to their ISO currency code; never a number;
//! - counts are `u32`; identities of rows in the store (runs, lines, exceptions) too;
//! - instants are RFC 3339 in UTC (`"2026-11-22T14:02:11Z"`), dates `"2026-11-22"`; the window
//!   turns them into the person's locale and time zone;
//! - `views::Side`, `Kind` and `MappingKind` mirror the ledger's, which knows nothing of windows;
//! - sentences are complete, in the accountant's words, and hold no secret.
//!
//! The use cases of `App` that return these views, all `async`, all failing with an error that
//! turns into an [`ErrorView`]:
//!
//! | page | use case |
//! |---|---|
//! | set-up | `setup() -> SetupView` · `sign_in_xero(XeroSignIn) -> SetupView` (waits for the browser) · `open_sign_in_page()` · `cancel_sign_in()` · `choose_organisation(id)` · `connect_erpnext(ErpnextSignIn)` · `choose_company(id)` (all `-> SetupView`) · `check() -> CheckView` · `install_marker_fields() -> CheckView` · `confirm_mappings() -> SetupView` |
//! | overview | `overview() -> OverviewView` · `sync(approve) -> RunView` (waits for the end) · `sync_but(approve, Vec<u32>) -> RunView` · `sync_records(Vec<String>) -> RunView` · `poll(ask_only) -> PollView` · `pause()` · `resume()` · `stop()` · `progress() -> tokio::sync::watch::Receiver<Option<Progress>>` |
//! | reconcile | `reconcile(ReconcileFilter) -> ReconcileView` · `reconcile_contact(String, ReconcileFilter) -> ContactOwesView` |
//! | preview | `preview() -> PreviewView` |
//! | activity | `runs(before: Option<u32>) -> Vec<RunView>` (50, newest first) · `log(LogFilter, before: Option<u32>, limit: u32) -> LogPage` · `log_detail(u32) -> LogDetail` |
//! | records | `records(RecordFilter, before: Option<String>, limit: u32) -> RecordsPage` · `record(String) -> RecordView` |
//! | several | `export(ExportWhat, ExportFormat, folder) -> Exported` |
//! | attention | `attention() -> AttentionView` · `retry(RetryWhat) -> RunView` · `fix_mapping(MappingChange, group) -> RunView` (saves, then retries the group) · `pick_candidate(exception, candidate) -> RunView` · `keep(exception, Side) -> RunView` · `ignore(Vec<u32>, reason) -> AttentionView` · `undo_ignore(u32) -> AttentionView` |
//! | mappings | `mappings() -> MappingsView` · `mappings_anew() -> MappingsView` · `preview_mapping(MappingChange) -> MappingPreview` · `change_mappings(Vec<MappingChange>) -> MappingsView` · `accept_suggestions() -> MappingsView` |
//! | rules | `rules() -> RulesView` · `change_rules(Vec<RuleChange>, save) -> RulesChanged` · `choose_preset(Preset, save) -> RulesChanged` · `export_rules() -> RulesFile` · `save_rules(folder) -> Exported` · `import_rules(text, save) -> RulesImported` |
//! | history | `history() -> HistoryView` · `preview_history(from, until) -> PreviewView` · `ask_history(from, until) -> HistoryView` · `hold_history(wait) -> HistoryView` · `cancel_history() -> HistoryView`; `history_part()` carries it |
//! | undo, kept apart (command line; the page comes later) | `preview_undo(u32) -> UndoView` · `undo(u32) -> UndoView` · `apart() -> KeptApartListView` · `keep_apart(record, reason) -> KeptApartListView` · `end_apart(record) -> KeptApartListView` |
//! | schedule | `schedule() -> ScheduleView` · `set_schedule(Option<Kind>, ScheduleChoice) -> ScheduleView` · `pause_schedules(PauseFor) -> ScheduleView` · `resume_schedules() -> ScheduleView`; `Keeper` starts what is due |
//! | connections | `connections() -> ConnectionsView` · `disconnect(u32) -> ConnectionsView` · `test_connection(u32) -> ConnectionsView` |
//! | settings | `settings() -> SettingsView` · `save_preferences(Preferences) -> SettingsView` |
//! | any | `open_page(url)` through the app's browser, `http` and `https` only |

pub mod activity;
pub mod attention;
pub mod common;
pub mod connections;
pub mod error;
pub mod history;
pub mod mappings;
pub mod overview;
pub mod poll;
pub mod preview;
pub mod progress;
pub mod reconcile;
pub mod records;
pub mod rules;
pub mod schedule;
pub mod settings;
pub mod setup;
pub mod undo;

pub use activity::*;
pub use attention::*;
pub use common::*;
pub use connections::*;
pub use error::*;
pub use history::*;
pub use mappings::*;
pub use overview::*;
pub use poll::*;
pub use preview::*;
pub use progress::*;
pub use reconcile::*;
pub use records::*;
pub use rules::*;
pub use schedule::*;
pub use settings::*;
pub use setup::*;
pub use undo::*;
