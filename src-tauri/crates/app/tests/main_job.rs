//! The main job through the use cases, against the demo books over real HTTP on this machine:
//! connect, check, map, preview, sync, see what failed and why, mend it, retry, lose everything and
//! link again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use app::views::{
    Agreement, ErrorView, ExportFormat, ExportWhat, Kind, LogFilter, MappingChange, MappingState,
    Outcome, PlannedChange, PreviewView, Remedy, RetryWhat, RunOutcome, SetupStep, Side,
};
use app::{App, SyncRequest};
use sandbox::server::Running;

use common::{demo_books, erpnext_form, open, xero_form};
use sandbox::consent::Press;

/// Everything up to the first sync.
async fn set_up(app: &App, books: &Running) {
    let setup = app.sign_in_xero(xero_form(books)).await.unwrap();
    assert_eq!(setup.step, SetupStep::Erpnext);
    let setup = app.connect_erpnext(erpnext_form(books)).await.unwrap();
    assert_eq!(setup.step, SetupStep::Check);
    let checked = app.check().await.unwrap();
    if !checked.missing_fields.is_empty() {
        let asked = app.sync_with(SyncRequest::default()).await;
        let view = ErrorView::from(asked.unwrap_err());
        assert_eq!(view.code, "not_ready");
    }
    if !checked.missing_fields.is_empty() {
        assert!(!checked.ready);
        let checked = app.install_marker_fields().await.unwrap();
        assert!(checked.missing_fields.is_empty());
        assert!(checked.ready, "{:#?}", checked.items);
    }
    let mapped = app.accept_suggestions().await.unwrap();
    assert!(
        mapped.tables[0]
            .rows
            .iter()
            .any(|row| row.state == MappingState::Mapped)
    );
    let setup = app.confirm_mappings().await.unwrap();
    assert_eq!(setup.step, SetupStep::Preview);
    assert!(!setup.finished);
}

// One test, because a sign-in comes back to fixed ports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job() {
    let books = demo_books(60).await;
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &books, Press::Allow);

    // Nothing is there yet, and everything says so in words.
    let view = ErrorView::from(app.overview().await.unwrap_err());
    assert_eq!(view.code, "not_paired");
    assert_eq!(app.setup().await.unwrap().step, SetupStep::Xero);
    wrong_turns(&app, &books).await;

    set_up(&app, &books).await;
    assert_eq!(
        app.overview().await.unwrap().agreement,
        Agreement::NotSynced
    );

    // Nothing is written before a person has seen what would be.
    let view = ErrorView::from(app.sync(false).await.unwrap_err());
    assert_eq!(view.code, "preview_first");
    let preview = app.preview().await.unwrap();
    assert!(preview.to_xero.invoices + preview.to_erpnext.invoices > 0);
    assert!(preview.to_xero.payments > 5 && preview.to_erpnext.payments > 5);
    assert!(preview.link.payments > 3, "{:?}", preview.link);
    what_a_payment_will_say(&preview);
    assert!(!preview.needs_approval, "{:?}", preview.warnings);

    let first = app.sync(false).await.unwrap();
    assert_eq!(first.error, None);
    assert!(first.to_xero + first.to_erpnext > 0, "{first:?}");
    // What was announced is what was done; beside it only credit notes that both sides had, and used
    // differently, are used for the same.
    let planned = [preview.to_xero, preview.to_erpnext, preview.link];
    let [to_xero, to_erpnext, linked] = planned
        .map(|counts| counts.contacts + counts.invoices + counts.credit_notes + counts.payments);
    assert_eq!(linked, first.linked, "{first:?}");
    let beside = first.records_written.checked_sub(to_xero + to_erpnext);
    let beside = beside.expect("no less is done than was announced");
    assert!(beside <= preview.link.credit_notes, "{first:?}");
    assert!(first.to_xero >= to_xero && first.to_erpnext >= to_erpnext);
    assert_eq!(first.writes, first.records_written + first.markers);
    let payments = preview.to_xero.payments + preview.to_erpnext.payments;
    assert_eq!(first.payments, payments);
    let notes = preview.to_xero.credit_notes + preview.to_erpnext.credit_notes;
    assert_eq!(first.credit_notes, notes + beside);
    let today = app.overview().await.unwrap().today;
    let of = |count: fn(&app::views::TodayRow) -> u32| today.iter().map(count).sum::<u32>();
    assert_eq!(
        [
            of(|it| it.to_xero),
            of(|it| it.to_erpnext),
            of(|it| it.linked)
        ],
        [first.to_xero, first.to_erpnext, first.linked]
    );
    assert!(app.setup().await.unwrap().finished);
    let second = app.sync(false).await.unwrap();
    assert_eq!(second.writes, 0, "{second:?}");
    let overview = app.overview().await.unwrap();
    assert_eq!(overview.unreachable.len(), 0);
    assert!(overview.xero_calls.used > 0);
    assert_eq!(overview.needs_attention, second.exceptions);

    see_the_log(&app, first.id, folder.path()).await;
    mend_one(&app).await;
    set_aside(&app).await;

    // Another process is syncing on the same folder.
    let lock = store::FolderLock::take(folder.path(), "Another one").unwrap();
    let view = ErrorView::from(app.sync(false).await.unwrap_err());
    assert_eq!(view.code, "busy");
    assert!(view.message.starts_with("Another one"), "{view:?}");
    drop(lock);

    // The data folder is lost: everything is linked again and nothing is written.
    let fresh_folder = tempfile::tempdir().unwrap();
    let fresh = open(fresh_folder.path(), &books, Press::Allow);
    fresh.sign_in_xero(xero_form(&books)).await.unwrap();
    fresh.connect_erpnext(erpnext_form(&books)).await.unwrap();
    // A name that is not there: the choices are named.
    let refused = fresh.pair(Some("Nope".to_owned()), None).await.unwrap_err();
    let view = ErrorView::from(refused);
    assert_eq!(view.code, "usage");
    assert!(view.message.contains("\"Nope\""), "{view:?}");
    let organisation = fresh.setup().await.unwrap().xero.unwrap().organisations[0].clone();
    assert!(view.next_step.unwrap().contains(&organisation.name));
    let refused = fresh.pair(None, Some("Nope".to_owned())).await.unwrap_err();
    let view = ErrorView::from(refused);
    assert!(
        view.next_step
            .unwrap()
            .contains(&books.ready.erpnext.company)
    );
    // Paired by a command: what a sync needs is put in place with it.
    let pairing = fresh.pair(None, None).await.unwrap();
    let prepared = pairing.prepared.unwrap();
    assert_eq!(prepared.marker_fields, Vec::<String>::new());
    assert!(prepared.mappings > 0);
    let run = fresh.sync_with(SyncRequest::default()).await.unwrap();
    assert_eq!(run.writes, 0, "{run:?}");
    assert!(run.linked > 0);

    // Gone: what was known is still shown, with what to do.
    books.shutdown().await.unwrap();
    let run = app.sync(false).await.unwrap();
    assert_eq!(run.outcome, RunOutcome::Failed);
    let why = run.error.unwrap();
    assert_eq!(why.code, "offline");
    assert!(why.next_step.is_some());
    let overview = app.overview().await.unwrap();
    assert_eq!(overview.agreement, Agreement::Unreachable);
    assert!(!overview.receivables.is_empty());
}

/// A planned payment says what it pays, by numbers that people know.
fn what_a_payment_will_say(preview: &PreviewView) {
    let made = |towards| {
        preview.items.iter().filter(move |it| {
            it.kind == Kind::Payment
                && it.change == PlannedChange::Create
                && it.towards == Some(towards)
        })
    };
    for towards in [Side::Xero, Side::Erpnext] {
        for item in made(towards) {
            let of = |field: &str| {
                let found = item.differences.iter().find(|it| it.field == field);
                found.and_then(|it| it.xero.clone().or_else(|| it.erpnext.clone()))
            };
            assert_eq!(of("amount").is_some(), of("date").is_some(), "{item:#?}");
            let bank = match towards {
                Side::Xero => "090",
                Side::Erpnext => "Business Bank Account - MF",
            };
            assert_eq!(of("bank account").as_deref(), Some(bank), "{item:#?}");
            let pays: Vec<&str> = item
                .differences
                .iter()
                .filter_map(|it| it.field.strip_prefix("pays "))
                .collect();
            let numbered = |it: &&str| it.contains("INV-") || it.starts_with("back CN-");
            assert!(
                pays.iter().all(numbered),
                "numbers, and no identities: {pays:?}"
            );
            let said = match pays.first() {
                Some(first) => format!(", for {}", first.trim_start_matches("back ")),
                None => ", on account".to_owned(),
            };
            assert!(item.text.contains(&said), "{item:#?}");
            assert_ne!(item.title, "(no number)");
        }
    }
}

/// What a person gets wrong leads to a sentence, and keeps nothing.
async fn wrong_turns(app: &App, books: &Running) {
    let mut form = erpnext_form(books);
    form.secret = "not-the-secret".to_owned();
    let view = ErrorView::from(app.connect_erpnext(form).await.unwrap_err());
    assert_eq!(view.code, "wrong_key", "{view:?}");
    let mut form = erpnext_form(books);
    form.url = books.ready.xero.api_url.clone();
    let view = ErrorView::from(app.connect_erpnext(form).await.unwrap_err());
    assert_eq!(view.code, "wrong_address", "{view:?}");
    let mut form = erpnext_form(books);
    form.url = "http://127.0.0.1:9".to_owned();
    let view = ErrorView::from(app.connect_erpnext(form).await.unwrap_err());
    assert_eq!(view.code, "offline", "{view:?}");

    let declining_folder = tempfile::tempdir().unwrap();
    let declining = open(declining_folder.path(), books, Press::Cancel);
    let view = ErrorView::from(declining.sign_in_xero(xero_form(books)).await.unwrap_err());
    assert_eq!(view.code, "refused", "{view:?}");
    assert!(
        declining
            .connections()
            .await
            .unwrap()
            .connections
            .is_empty()
    );
    assert_eq!(app.connections().await.unwrap().connections, Vec::new());
}

async fn see_the_log(app: &App, run: u32, folder: &std::path::Path) {
    let filter = LogFilter {
        run: Some(run),
        ..LogFilter::default()
    };
    let page = app.log(filter.clone(), None, 10).await.unwrap();
    assert_eq!(page.lines.len(), 10);
    assert!(page.total > 10);
    let older = app.log(filter.clone(), page.next_before, 10).await.unwrap();
    assert!(older.lines[0].id < page.lines[9].id);
    let written = app
        .log(
            LogFilter {
                outcomes: vec![Outcome::Agrees],
                ..filter.clone()
            },
            None,
            1,
        )
        .await
        .unwrap();
    let detail = app.log_detail(written.lines[0].id).await.unwrap();
    assert!(!detail.exchanges.is_empty(), "{detail:?}");
    assert!(!detail.history.is_empty());
    let file = app
        .export(
            ExportWhat::Log(filter),
            ExportFormat::Csv,
            folder.to_owned(),
        )
        .await
        .unwrap();
    let text = std::fs::read_to_string(&file.path).unwrap();
    let totals = text
        .lines()
        .filter(|line| line.split(',').any(|cell| cell == "Total"))
        .count();
    assert!(totals > 0);
    assert_eq!(text.lines().count() - totals, file.lines as usize + 1);
    let runs = app.runs(None).await.unwrap();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|run| run.finished_at.is_some()));
}

/// A group that lacks an account is mended by choosing one, and goes away.
async fn mend_one(app: &App) {
    let attention = app.attention().await.unwrap();
    assert_eq!(
        attention.total,
        attention
            .groups
            .iter()
            .map(|group| group.count)
            .sum::<u32>()
    );
    for group in &attention.groups {
        assert!(!group.title.is_empty() && !group.explanation.is_empty());
    }
    let Some(group) = attention
        .groups
        .iter()
        .find(|group| matches!(group.remedy, Remedy::ChooseMapping { .. }))
    else {
        panic!("the demo books hold a record whose account is unknown: {attention:#?}");
    };
    let Remedy::ChooseMapping {
        kind,
        side,
        key,
        choices,
        ..
    } = group.remedy.clone()
    else {
        unreachable!()
    };
    let change = MappingChange {
        kind,
        side,
        key,
        counterpart: Some(choices.last().unwrap().key.clone()),
        both_ways: false,
    };
    let run = app.fix_mapping(change, group.id.clone()).await.unwrap();
    assert!(run.to_xero + run.to_erpnext > 0, "{run:?}");
    let after = app.attention().await.unwrap();
    assert!(after.groups.iter().all(|it| it.id != group.id));
}

async fn set_aside(app: &App) {
    let before = app.attention().await.unwrap();
    let Some(one) = before
        .groups
        .first()
        .and_then(|group| group.records.first())
    else {
        return;
    };
    let after = app
        .ignore(vec![one.id], "an old one".to_owned())
        .await
        .unwrap();
    assert_eq!(after.total, before.total - 1);
    assert_eq!(after.ignored[0].reason, "an old one");
    let run = app.sync(false).await.unwrap();
    assert_eq!(run.exceptions, after.total, "set aside stays set aside");
    let back = app.undo_ignore(one.id).await.unwrap();
    assert_eq!(back.total, before.total);
    app.retry(RetryWhat::All).await.unwrap();
    assert_eq!(app.attention().await.unwrap().total, before.total);
}
