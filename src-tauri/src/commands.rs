//! Every call of the page, once. The TypeScript that the page calls them by is generated from this list
//! ([`crate::bindings`]), and so is the door of the page to them; a new one is an entry here.
//!
//! A command is the use case of its name: its arguments go to the application, whose error becomes an
//! [`ErrorView`]. What needs the desktop besides says which function of [`desktop`] it is.

mod desktop;

use app::views::{
    AttentionView, CheckView, ConnectionsView, ErpnextBrowserSignIn, ErpnextSignIn, ErrorView,
    ExportFormat, ExportWhat, Exported, HistoryView, KeptApartListView, Kind, LogDetail, LogFilter,
    LogPage, MappingChange, MappingPreview, MappingsView, OverviewView, PauseFor, Preferences,
    Preset, PreviewView, Progress, RecordFilter, RecordView, RecordsPage, RetryWhat, RuleChange,
    RulesChanged, RulesImported, RulesView, RunView, ScheduleChoice, ScheduleView, SettingsView,
    SetupView, Side, UndoView, XeroSignIn,
};
use tauri::ipc::Channel;
use tauri::{AppHandle, State, Wry};
use tauri_specta::{Commands, collect_commands};

use crate::demo;
use crate::desk::Desk;

/// What every command answers.
pub type Answer<T> = Result<T, ErrorView>;

/// Makes the commands of a list, and [`all`] of it.
macro_rules! commands {
    ($(
        $(#[$about:meta])*
        $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty $(as $special:path)?;
    )*) => {
        $(
            $(#[$about])*
            #[tauri::command]
            #[specta::specta]
            pub async fn $name(
                handle: AppHandle,
                desk: State<'_, Desk>,
                $($argument: $kind),*
            ) -> Answer<$answer> {
                commands!(call handle desk $name ($($argument),*) $($special)?)
            }
        )*

        /// Every command.
        pub fn all() -> Commands<Wry> {
            collect_commands![$($name),*]
        }
    };
    (call $handle:ident $desk:ident $name:ident ($($argument:ident),*)) => {{
        drop($handle);
        Ok($desk.app().await?.$name($($argument),*).await?)
    }};
    (call $handle:ident $desk:ident $name:ident ($($argument:ident),*) $special:path) => {
        $special(&$handle, &$desk, $($argument),*).await
    };
}

commands! {
    // Set-up
    /// Set-up as it stands.
    setup() -> SetupView;
    /// Signs in to Xero; waits until the person has come back from the browser.
    sign_in_xero(form: XeroSignIn) -> SetupView;
    /// Opens the sign-in page that is being waited for once more.
    open_sign_in_page() -> ();
    /// Stops waiting for the browser.
    cancel_sign_in() -> ();
    /// Chooses the Xero organisation.
    choose_organisation(id: String) -> SetupView;
    /// Connects ERPNext.
    connect_erpnext(form: ErpnextSignIn) -> SetupView;
    /// Signs in to ERPNext; waits until the person has come back from the browser.
    sign_in_erpnext(form: ErpnextBrowserSignIn) -> SetupView;
    /// Chooses the ERPNext company.
    choose_company(id: String) -> SetupView;
    /// Tests what a sync needs.
    check() -> CheckView;
    /// Installs our marker fields on the ERPNext site.
    install_marker_fields() -> CheckView;
    /// Ends the mapping step.
    confirm_mappings() -> SetupView;
    /// Starts the demo books on this computer and connects both sides to them.
    look_around() -> SetupView as demo::look_around;
    /// Goes back from the demo books to the person's own.
    leave_demo() -> SetupView as demo::leave;

    // Overview, Preview and the run under way
    /// Do the two sides agree?
    overview() -> OverviewView;
    /// What the next sync would do.
    preview() -> PreviewView;
    /// Syncs; answers when the run has ended. `approve` says yes to a mass change that was shown.
    sync(approve: bool) -> RunView;
    /// Syncs all but these records of the last preview, by its numbers: they wait for the next sync.
    sync_but(approve: bool, hold: Vec<u32>) -> RunView;
    /// Syncs these records alone, with what they cannot be carried without; answers when the run has
    /// ended. Each is named as the log and Needs attention name it.
    sync_records(records: Vec<String>) -> RunView;
    /// Syncs, and takes ERPNext as it is now: a person says that it was put back to an earlier state, when
    /// a sync asked.
    sync_restored() -> RunView;
    /// Syncs, and goes on where another installation syncs: that one stops.
    sync_take_over() -> RunView;
    /// Pauses the run under way between two writes.
    pause() -> ();
    /// Goes on with a paused run.
    resume() -> ();
    /// Stops the run under way; what it has begun is finished first.
    stop() -> ();
    /// Sends the run under way, now and whenever it moves, and `None` when there is none. The page
    /// asks once, when it starts.
    watch_progress(channel: Channel<Option<Progress>>) -> () as desktop::watch_progress;

    // Activity
    /// Runs, newest first, older than `before`.
    runs(before: Option<u32>) -> Vec<RunView>;
    /// What undoing a run would do; writes nothing.
    preview_undo(run: u32) -> UndoView;
    /// Undoes a run; answers when that has ended. What somebody touched since stays and is named.
    undo(run: u32) -> UndoView;
    /// What is kept apart: by a person, or because the run that made it was undone.
    apart() -> KeptApartListView;
    /// Takes a record up again that was kept apart: the next sync plans it.
    end_apart(record: String) -> KeptApartListView as desktop::end_apart;
    /// Log lines, newest first, older than `before`.
    log(filter: LogFilter, before: Option<u32>, limit: u32) -> LogPage;
    /// Everything about one log line.
    log_detail(id: u32) -> LogDetail;

    // Records
    /// Records of either side, newest first, older than `before`.
    records(filter: RecordFilter, before: Option<String>, limit: u32) -> RecordsPage;
    /// Everything about the record of a name or number.
    record(record: String) -> RecordView;

    // Files
    /// Writes what is shown to a file in the person's downloads folder.
    export_list(what: ExportWhat, format: ExportFormat) -> Exported as desktop::export;

    // Needs attention
    /// Exceptions grouped by cause.
    attention() -> AttentionView;
    /// Tries exceptions again; answers when that run has ended.
    retry(what: RetryWhat) -> RunView;
    /// Saves a mapping and retries the group that waited for it.
    fix_mapping(change: MappingChange, group: String) -> RunView;
    /// Says which record is the counterpart, and retries.
    pick_candidate(exception: u32, candidate: String) -> RunView;
    /// Says which side's values to keep, and retries.
    keep(exception: u32, side: Side) -> RunView;
    /// Sets exceptions aside, with a reason.
    ignore(exceptions: Vec<u32>, reason: String) -> AttentionView;
    /// Takes an exception back into the list.
    undo_ignore(exception: u32) -> AttentionView;

    // Rules and mappings
    /// Which account and tax rate stands for which; `anew` reads both charts now, which costs calls.
    mappings(anew: bool) -> MappingsView as desktop::mappings;
    /// What a choice would change, and for how many records; saves nothing.
    preview_mapping(change: MappingChange) -> MappingPreview;
    /// Saves a person's choices.
    change_mappings(changes: Vec<MappingChange>) -> MappingsView;
    /// Accepts every suggestion.
    accept_suggestions() -> MappingsView;

    // Rules
    /// What travels, which way, and what a person is asked about.
    rules() -> RulesView;
    /// Changes rules, all of them or none, and says which records that affects; saves nothing unless that is
    /// asked for.
    change_rules(changes: Vec<RuleChange>, save: bool) -> RulesChanged;
    /// Makes the directions those of a preset, or says what that would mean.
    choose_preset(preset: Preset, save: bool) -> RulesChanged;
    /// Writes the rules and mappings to a file in the person's downloads folder.
    export_rules() -> Exported as desktop::export_rules;
    /// Takes over the rules of a file, and of its mappings what is found here by code and name; saves nothing
    /// unless that is asked for.
    import_rules(text: String, save: bool) -> RulesImported;

    // History
    /// The import of old documents as it stands.
    history() -> HistoryView;
    /// What an import of the documents from one day on would do, all of it; writes nothing.
    preview_history(from: String, until: Option<String>) -> PreviewView;
    /// Asks for the documents from one day on, by default to the day before the start date.
    ask_history(from: String, until: Option<String>) -> HistoryView;
    /// Lets the import wait, or go on.
    hold_history(wait: bool) -> HistoryView;
    /// Ends the import where it is; what was carried stays.
    cancel_history() -> HistoryView;

    // Schedule
    /// When syncs start by themselves.
    schedule() -> ScheduleView;
    /// Chooses when: of a kind, or of all kinds that have no choice of their own.
    set_schedule(kind: Option<Kind>, choice: ScheduleChoice) -> ScheduleView;
    /// Lets nothing start by itself for some time; a run that is under way goes on.
    pause_schedules(pause: PauseFor) -> ScheduleView;
    /// Lets syncs start by themselves again; what fell due meanwhile is made up for by one.
    resume_schedules() -> ScheduleView;

    // Connections
    /// All connections and their health.
    connections() -> ConnectionsView;
    /// Asks a connection whether it still works.
    test_connection(id: u32) -> ConnectionsView;
    /// Forgets a connection and revokes its authorisation.
    disconnect(id: u32) -> ConnectionsView;

    // Settings, and what only a desktop can do
    /// Settings and About.
    settings() -> SettingsView;
    /// Saves what a person may change.
    save_preferences(preferences: Preferences) -> SettingsView as desktop::save_preferences;
    /// Opens a web page in the person's browser.
    open_page(url: String) -> () as desktop::open_page;
    /// Shows the data folder in the file manager.
    open_data_folder() -> () as desktop::open_data_folder;
    /// The page has painted.
    page_painted() -> () as desktop::page_painted;
}
