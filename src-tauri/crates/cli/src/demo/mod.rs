//! `counterfoil demo`: everything at once on the demo books, then an audit of both.

use std::collections::BTreeSet;
use std::time::Instant;

use app::App;
use app::views::{AttentionView, ErpnextSignIn, ErrorView, Kind, RunView, XeroSignIn};
use sandbox::server::{ReadyLine, serve};
use serde::Serialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::arguments::{Common, Demo};
use crate::audit::{self, Audit, Difference};
use crate::commands::{sandbox_config, watched};
use crate::exit::{Exit, failure};
use crate::open;
use crate::terminal::{Style, count};

/// What the demo came to.
#[derive(Debug, Serialize)]
struct Report {
    books: BooksReport,
    runs: Vec<RunReport>,
    compared: Compared,
    differences: usize,
    different: Vec<Difference>,
    exceptions: Vec<ExceptionReport>,
}

#[derive(Debug, Serialize)]
struct BooksReport {
    organisation: String,
    company: String,
    seed: u64,
    contacts: usize,
    invoices: usize,
    credit_notes: usize,
    payments: usize,
}

#[derive(Debug, Serialize)]
struct RunReport {
    /// Everything written to either remote system: records and markers.
    writes: u32,
    records_written: u32,
    payments: u32,
    markers: u32,
    to_xero: u32,
    to_erpnext: u32,
    linked: u32,
    exceptions: u32,
    outcome: app::views::RunOutcome,
    xero_calls: u32,
    seconds: String,
}

#[derive(Debug, Serialize)]
struct Compared {
    contacts: usize,
    invoices: usize,
    credit_notes: usize,
    payments: usize,
}

#[derive(Debug, Serialize)]
struct ExceptionReport {
    id: u32,
    kind: Kind,
    side: app::views::Side,
    title: String,
    cause: String,
    message: String,
    next_step: String,
}

/// Runs the demo in the terminal.
///
/// # Errors
/// Whatever a step fails with; the demo books themselves cannot be blamed on a person.
pub async fn run(common: &Common, wanted: &Demo) -> Result<Answer, ErrorView> {
    let config = sandbox_config(&wanted.books);
    say("Opening the demo books: a simulated Xero and a simulated ERPNext, on this computer only.");
    let books = serve(config)
        .await
        .map_err(|error| failure("bug", format!("The demo books do not open: {error}."), None))?;
    // Without a folder of its own the demo leaves nothing behind.
    let kept = tempfile::tempdir().map_err(|error| {
        failure(
            "disk_full",
            format!("There is no room for the demo's data: {error}."),
            Some("Free some space, or give a folder with --data-dir."),
        )
    })?;
    let folder = common
        .data_dir
        .clone()
        .unwrap_or_else(|| kept.path().join("data"));
    let app = open::demo(&folder, &books.ready)?;
    let report = everything(&app, &books.ready, wanted).await?;
    books.shutdown().await.ok();
    let exit = if report.differences > 0 {
        // The audit contradicts the engine: nobody's mistake but ours.
        Exit::Bug
    } else if report.exceptions.is_empty() {
        Exit::Agreement
    } else {
        Exit::Exceptions
    };
    let text = render(&report, Style::stdout());
    Answer::of(&report, text, exit)
}

async fn everything(app: &App, ready: &ReadyLine, wanted: &Demo) -> Result<Report, ErrorView> {
    say("Signing in to Xero, pressing \"Allow access\" on its page.");
    let mut setup = app
        .sign_in_xero(XeroSignIn {
            client_id: ready.xero.client_id.clone(),
            client_secret: None,
            custom_connection: false,
            older_app: false,
        })
        .await?;
    let organisation = setup
        .xero
        .iter()
        .flat_map(|xero| &xero.organisations)
        .next();
    let organisation = organisation
        .cloned()
        .ok_or_else(|| bug("Xero's sign-in reaches no organisation."))?;
    if setup
        .xero
        .as_ref()
        .is_some_and(|xero| xero.chosen.is_none())
    {
        setup = app.choose_organisation(organisation.id.clone()).await?;
    }
    say("Connecting ERPNext.");
    if setup.erpnext.is_none() {
        setup = app
            .connect_erpnext(ErpnextSignIn {
                url: ready.erpnext.url.clone(),
                key: ready.erpnext.key.clone(),
                secret: ready.erpnext.secret.clone(),
            })
            .await?;
    }
    if setup
        .erpnext
        .as_ref()
        .is_some_and(|erpnext| erpnext.chosen.is_none())
    {
        app.choose_company(ready.erpnext.company.clone()).await?;
    }
    say("Checking both, and adding the marker fields to ERPNext.");
    let checked = app.check().await?;
    if !checked.missing_fields.is_empty() || !checked.missing_scripts.is_empty() {
        app.install_marker_fields().await?;
    }
    say("Accepting the suggested accounts and tax rates.");
    app.accept_suggestions().await?;
    app.confirm_mappings().await?;
    say("Previewing.");
    watched(app, app.preview()).await?;
    let mut runs = Vec::new();
    for which in ["first", "second"] {
        say(&format!("Syncing, the {which} time."));
        let started = Instant::now();
        let run = watched(app, app.sync(false)).await?;
        if let Some(failed) = &run.error {
            return Err(failed.clone());
        }
        runs.push(RunReport::of(&run, started.elapsed()));
    }
    let attention = app.attention().await?;
    say("Comparing both books record by record.");
    let audit = audited(ready).await?;
    let compared = Compared {
        contacts: audit.contacts,
        invoices: audit.invoices,
        credit_notes: audit.credit_notes,
        payments: audit.payments,
    };
    let excused = excused(&attention);
    let different: Vec<Difference> = audit
        .records_that_differ(&excused)
        .into_iter()
        .cloned()
        .collect();
    let records: BTreeSet<_> = different
        .iter()
        .map(|difference| (difference.kind, &difference.title))
        .collect();
    Ok(Report {
        books: BooksReport {
            organisation: organisation.name,
            company: ready.erpnext.company.clone(),
            seed: wanted.books.seed,
            contacts: audit_size(&audit, audit::Kind::Contact),
            invoices: audit_size(&audit, audit::Kind::Invoice),
            credit_notes: audit_size(&audit, audit::Kind::CreditNote),
            payments: audit_size(&audit, audit::Kind::Payment),
        },
        runs,
        compared,
        differences: records.len(),
        different: different.clone(),
        exceptions: exceptions(&attention),
    })
}

/// Records in both books together: those compared and those that stand on one side only.
fn audit_size(audit: &Audit, kind: audit::Kind) -> usize {
    let alone = audit
        .differences
        .iter()
        .filter(|difference| difference.kind == kind && difference.field == "record")
        .count();
    alone
        + match kind {
            audit::Kind::Contact => audit.contacts,
            audit::Kind::Invoice => audit.invoices,
            audit::Kind::CreditNote => audit.credit_notes,
            audit::Kind::Payment => audit.payments,
        }
}

impl RunReport {
    fn of(run: &RunView, took: std::time::Duration) -> RunReport {
        RunReport {
            writes: run.writes,
            records_written: run.records_written,
            payments: run.payments,
            markers: run.markers,
            to_xero: run.to_xero,
            to_erpnext: run.to_erpnext,
            linked: run.linked,
            exceptions: run.exceptions,
            outcome: run.outcome,
            xero_calls: run.xero_calls,
            seconds: format!("{}.{}", took.as_secs(), took.subsec_millis() / 100),
        }
    }
}

/// Both systems' own state, asked for at their control doors.
async fn audited(ready: &ReadyLine) -> Result<Audit, ErrorView> {
    let xero = audit::xero(&state(&ready.xero.api_url).await?).map_err(|why| bug(&why))?;
    let erpnext = state(&ready.erpnext.url).await?;
    let erpnext = audit::erpnext(&erpnext, &ready.erpnext.company).map_err(|why| bug(&why))?;
    Ok(audit::compare(&xero, &erpnext))
}

async fn state(address: &str) -> Result<Value, ErrorView> {
    let asked = reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(|error| bug(&error.to_string()))?
        .get(format!("{address}/__sandbox/state"))
        .send()
        .await
        .map_err(|error| bug(&error.to_string()))?;
    let body = asked
        .bytes()
        .await
        .map_err(|error| bug(&error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| bug(&error.to_string()))
}

fn bug(why: &str) -> ErrorView {
    failure(
        "bug",
        why,
        Some("Please report it with the seed of the demo."),
    )
}

/// The records that the app itself lists, by kind and title.
fn excused(attention: &AttentionView) -> BTreeSet<(audit::Kind, String)> {
    attention
        .groups
        .iter()
        .flat_map(|group| &group.records)
        .flat_map(|record| {
            let kind = match record.kind {
                Kind::Contact => audit::Kind::Contact,
                Kind::Invoice => audit::Kind::Invoice,
                Kind::CreditNote => audit::Kind::CreditNote,
                Kind::Payment => audit::Kind::Payment,
            };
            let called = move |id: &str, title: &str| match kind {
                audit::Kind::Payment => audit::payment_title(id),
                audit::Kind::Contact | audit::Kind::Invoice | audit::Kind::CreditNote => {
                    title.to_owned()
                }
            };
            let candidates = record.candidates.iter();
            let candidates = candidates.map(move |it| (kind, called(&it.id, &it.title)));
            let other = record
                .other_id
                .iter()
                .filter(move |_| kind == audit::Kind::Payment);
            std::iter::once((kind, called(&record.remote_id, &record.title)))
                .chain(other.map(move |id| (kind, audit::payment_title(id))))
                .chain(candidates)
        })
        .collect()
}

fn exceptions(attention: &AttentionView) -> Vec<ExceptionReport> {
    attention
        .groups
        .iter()
        .flat_map(|group| {
            group.records.iter().map(|record| ExceptionReport {
                id: record.id,
                kind: record.kind,
                side: record.side,
                title: record.title.clone(),
                cause: group.cause.clone(),
                message: record.message.clone(),
                next_step: group.explanation.clone(),
            })
        })
        .collect()
}

fn render(report: &Report, style: Style) -> String {
    let mut out = String::from("\n");
    for (index, run) in report.runs.iter().enumerate() {
        out.push_str(&format!(
            "Sync {}: {} written ({} to Xero, {} to ERPNext), {} linked; {} to Xero, {} s.\n",
            index + 1,
            count(run.records_written, "record", "records"),
            run.to_xero,
            run.to_erpnext,
            run.linked,
            count(run.xero_calls, "call", "calls"),
            run.seconds
        ));
    }
    let headline = format!(
        "Compared {}, {}, {} and {} on both sides: {}.",
        count(report.compared.contacts as u64, "contact", "contacts"),
        count(report.compared.invoices as u64, "invoice", "invoices"),
        count(
            report.compared.credit_notes as u64,
            "credit note",
            "credit notes"
        ),
        count(report.compared.payments as u64, "payment", "payments"),
        if report.differences == 0 {
            "every one agrees, to the cent".to_owned()
        } else {
            count(report.differences as u64, "differs", "differ")
        }
    );
    out.push_str(&if report.differences == 0 {
        format!("{}\n", style.good(headline))
    } else {
        format!("{}\n", style.bad(headline))
    });
    for difference in &report.different {
        out.push_str(&format!(
            "  {:?} {}: {} is {} in Xero, {} in ERPNext\n",
            difference.kind,
            difference.title,
            difference.field,
            difference.xero.as_deref().unwrap_or("nothing"),
            difference.erpnext.as_deref().unwrap_or("nothing"),
        ));
    }
    if !report.exceptions.is_empty() {
        out.push_str(&format!(
            "\n{}\n",
            style.warning(format!(
                "{} a person, as the demo means them to:",
                count(
                    report.exceptions.len() as u64,
                    "record needs",
                    "records need"
                )
            ))
        ));
        for exception in &report.exceptions {
            out.push_str(&format!(
                "  {}  {}\n    {}\n",
                style.bold(&exception.title),
                exception.message,
                style.faint(&exception.next_step)
            ));
        }
    }
    out
}

fn say(what: &str) {
    eprintln!("{}", Style::stderr().faint(what));
}
