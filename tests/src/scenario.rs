//! Random days in two offices: people work in Xero and in ERPNext, syncs run in between, connections
//! break, the program dies, its folder is lost. In the end both books must agree, whatever happened,
//! and nothing may be written for ever.
//!
//! All of it runs in this process: the product's own clients over real HTTP to the demo books. What
//! people do follows from the seed alone.

pub(crate) mod cut;
mod people;
mod program;
pub mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::SyncRequest;
use app::views::{AttentionView, RunView};
use chrono::{TimeDelta, Utc};
use cli::audit::{self, Audit, Held, Kind, Stage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use sandbox::faults::{Faults, Rule};
use sandbox::server::{DemoConfig, Running, serve};
use sandbox::{DemoBooks, System};
use serde_json::{Value, json};

pub(crate) use self::cut::Cut;
pub use self::cut::Death;
use self::people::{Offices, People};
use self::program::Program;
pub(crate) use self::time::Time;

/// How people behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A record is edited on one side between two syncs, never on both.
    Plain,
    /// Both sides of a record may be edited between two syncs, and before a lost folder is made anew.
    Conflict,
    /// People also rename, merge and delete.
    Ends,
    /// Two installations carry the same books, at once or one after the other.
    Two,
}

/// What people's ordinary work may leave for a person, where no record was edited on both sides: what
/// payments and credit notes stand in the way of, one in another currency than the customer's account,
/// what is left of one on account when its invoice is cancelled in ERPNext, and one of more than an invoice
/// asks for since it was amended.
const LEFT_TO_A_PERSON: [&str; 10] = [
    "payment_not_carried",
    "payments_differ",
    "paid_too_much",
    "allocation_not_carried",
    "cannot_edit",
    "cannot_void",
    "contact_archived",
    "credits_differ",
    "no_tax_mapping",
    "number_taken",
];

/// How both systems fail, beside dying at once.
const TROUBLES: [&str; 9] = [
    r#""any""#,
    r#""drop_after_commit""#,
    r#""drop_before""#,
    r#"{"server_error":503}"#,
    r#"{"server_error":500}"#,
    r#""cut_off""#,
    r#""html""#,
    r#""expire_tokens""#,
    r#"{"too_many_requests":{"problem":"concurrent"}}"#,
];

/// A scenario under way.
struct Scenario {
    mode: Mode,
    random: StdRng,
    books: Arc<Running>,
    time: Arc<Time>,
    programs: Vec<Program>,
    people: People,
    steps: Vec<String>,
    problems: Vec<String>,
}

/// Plays one scenario.
///
/// # Errors
/// What went wrong, with everything that happened before.
pub async fn play(seed: u64, mode: Mode) -> Result<(), String> {
    let mut scenario = Scenario::open(seed, mode).await;
    scenario.days().await;
    scenario.judge().await;
    if scenario.problems.is_empty() {
        return Ok(());
    }
    let (steps, problems) = (scenario.steps.join("\n  "), scenario.problems.join("\n  "));
    // One that is played again is looked into.
    let kept = std::env::var_os("COUNTERFOIL_TEST_SEED")
        .map(|_| scenario.programs.into_iter().map(Program::kept).collect())
        .unwrap_or_default();
    let kept: String = kept;
    Err(format!(
        "seed {seed}, {mode:?}:\n  {steps}\nwrong:\n  {problems}{kept}"
    ))
}

impl Scenario {
    async fn open(seed: u64, mode: Mode) -> Self {
        let mut config = DemoConfig {
            seed: seed % 7 + 1,
            erpnext_version: crate::books::erpnext_version().parse().unwrap(),
            ..DemoConfig::default()
        };
        config.size.contacts = 1 + usize::try_from(seed % 3).unwrap();
        config.size.invoices = usize::try_from(seed % 4).unwrap();
        let books = Arc::new(serve(config).await.unwrap());
        let time = Arc::new(Time::of(books.clone()));
        books.with_books(|books| books.xero.observe(openapi::watch()));
        // What a site lets people delete is its own setting.
        if mode == Mode::Ends {
            let may = json!({
                "op": "update", "doctype": "Accounts Settings", "name": "Accounts Settings",
                "fields": { "delete_linked_ledger_entries": 1 },
            });
            books
                .with_books(|books| books.edit(System::Erpnext, &may, Utc::now()))
                .unwrap();
        }
        let mut programs = vec![Program::set_up("A", &books, &time).await];
        if mode == Mode::Two {
            programs.push(Program::set_up("B", &books, &time).await);
        }
        Self {
            mode,
            random: StdRng::seed_from_u64(seed),
            books,
            time,
            programs,
            people: People::new(mode),
            steps: Vec::new(),
            problems: Vec::new(),
        }
    }

    async fn days(&mut self) {
        self.rest("first").await;
        for _ in 0..self.random.random_range(2..=5) {
            for _ in 0..self.random.random_range(1..=7) {
                self.deed();
            }
            self.night().await;
            if self.mode != Mode::Conflict {
                self.rest("rest").await;
            }
        }
    }

    /// Somebody does something.
    fn deed(&mut self) {
        let (people, random) = (&mut self.people, &mut self.random);
        let company = &self.books.ready.erpnext.company;
        let made = self.books.with_books(|books| {
            let (xero, erpnext) = (books.state(System::Xero), books.state(System::Erpnext));
            let offices = Offices {
                xero: &xero,
                erpnext: &erpnext,
                company,
            };
            let deed = people.deed(random, &offices)?;
            let refused = deed
                .operations
                .iter()
                .map(|operation| books.edit(deed.system, operation, Utc::now()))
                .find_map(Result::err);
            let operations = Value::Array(deed.operations);
            Some(format!(
                "{:?} {operations}{}",
                deed.system,
                refused.map_or_else(String::new, |why| format!(", refused: {why}"))
            ))
        });
        self.steps.extend(made);
    }

    /// What happens to the program between two days.
    async fn night(&mut self) {
        let one = self.random.random_range(0..self.programs.len());
        match self.random.random_range(0..100) {
            0..60 if self.programs.len() > 1 => {
                if self.random.random_bool(0.4) {
                    self.trouble();
                }
                self.at_once().await;
                self.calm();
            }
            0..30 => {
                self.sync(one, "sync").await;
            }
            30..55 => {
                self.trouble();
                self.sync(one, "sync in trouble").await;
                self.calm();
            }
            55..90 => {
                if self.random.random_bool(0.4) {
                    self.trouble();
                }
                for _ in 0..self.random.random_range(1..=3) {
                    self.die(one).await;
                }
                self.calm();
            }
            _ => {
                // What waits for a person is asked about in other words afterwards, and what was edited
                // and not carried is asked about.
                let lost = self.mode == Mode::Conflict || {
                    let run = self.sync(one, "before the folder is lost").await;
                    run.is_some_and(|run| run.exceptions == 0)
                };
                if lost {
                    self.steps.push("the data folder is lost".to_owned());
                    let name = self.programs[one].name;
                    self.programs[one] = Program::set_up(name, &self.books, &self.time).await;
                }
            }
        }
        if self.random.random_bool(0.15) {
            let seconds = [30, 200, 4_000, 90_000][self.random.random_range(0..4)];
            self.steps.push(format!("{seconds} s go by"));
            self.advance(seconds);
        }
    }

    fn advance(&self, seconds: i64) {
        self.time.advance(TimeDelta::seconds(seconds));
    }

    fn trouble(&mut self) {
        for system in [System::Xero, System::Erpnext] {
            let rules: Vec<Rule> = (0..self.random.random_range(0..=2))
                .map(|_| {
                    let effect = TROUBLES[self.random.random_range(0..TROUBLES.len())];
                    let effect: Value = serde_json::from_str(effect).unwrap();
                    let percent = [5, 15, 40, 100][self.random.random_range(0..4)];
                    let times = self.random.random_range(1..=5);
                    let rule = json!({ "effect": effect, "percent": percent, "times": times });
                    self.steps.push(format!("trouble in {system:?}: {rule}"));
                    serde_json::from_value(rule).unwrap()
                })
                .collect();
            let seed = self.random.random();
            self.set_faults(system, Faults::new(seed, rules));
        }
    }

    fn calm(&self) {
        for system in [System::Xero, System::Erpnext] {
            self.set_faults(system, Faults::default());
        }
    }

    fn set_faults(&self, system: System, faults: Faults) {
        self.books
            .with_books(|books: &mut DemoBooks| *books.faults_mut(system) = faults);
    }

    /// A sync, and what it came to; one that asks is told yes.
    async fn sync(&mut self, program: usize, what: &str) -> Option<RunView> {
        let program = &self.programs[program];
        let (said, run) = program.sync(what).await;
        self.steps.push(said);
        self.advance(61);
        run
    }

    /// All installations sync at the same time.
    async fn at_once(&mut self) {
        let all = self.programs.iter().map(|it| it.sync("at once"));
        let said = futures::future::join_all(all).await;
        self.steps.extend(said.into_iter().map(|(said, _)| said));
        self.advance(61);
    }

    /// A sync of each under quiet conditions, after which people go on.
    async fn rest(&mut self, what: &str) {
        let mut waiting = BTreeSet::new();
        for program in 0..self.programs.len() {
            self.sync(program, what).await;
            let attention = self.programs[program].app.attention().await.unwrap();
            waiting.append(&mut self.waiting(&attention));
        }
        self.people.synced(waiting);
    }

    /// The identities of the records that wait for a person.
    fn waiting(&self, attention: &AttentionView) -> BTreeSet<String> {
        let (xero, erpnext) = self
            .books
            .with_books(|books| (books.state(System::Xero), books.state(System::Erpnext)));
        let titles = excused(attention);
        let mut waiting = BTreeSet::new();
        let sets = [
            (&xero["Contacts"], "Name", Kind::Contact),
            (&xero["Invoices"], "InvoiceNumber", Kind::Invoice),
            (&xero["CreditNotes"], "CreditNoteNumber", Kind::CreditNote),
            (&erpnext["Customer"], "customer_name", Kind::Contact),
            (&erpnext["Sales Invoice"], "name", Kind::Invoice),
            (&erpnext["Sales Invoice"], "name", Kind::CreditNote),
        ];
        for (rows, title, kind) in sets {
            for row in rows.as_array().into_iter().flatten() {
                let title = row[title].as_str().unwrap_or_default();
                if asked_about(&titles, kind, title) {
                    waiting.insert(people::identity(row));
                }
            }
        }
        waiting
    }

    /// The program dies at a random request, and is started again.
    async fn die(&mut self, program: usize) {
        let death = Death {
            at: self.random.random_range(1..60),
            after: self.random.random_bool(0.5),
        };
        let program = &mut self.programs[program];
        program.cut.arm(Some(death));
        let over = tokio::select! {
            run = program.app.sync_with(SyncRequest::default()) => Some(run.map(|run| run.outcome)),
            () = program.cut.dead() => None,
        };
        program.cut.arm(None);
        let what = match over {
            None => "dies".to_owned(),
            Some(Ok(outcome)) => format!("is done before, {outcome:?}"),
            Some(Err(error)) => format!("ends before: {error}"),
        };
        self.steps.push(format!(
            "at request {} ({}) {} {what}",
            death.at,
            if death.after {
                "carried out"
            } else {
                "not sent"
            },
            program.name
        ));
        program.again(&self.books, &self.time);
        self.advance(61);
    }

    /// In the end: the third quiet sync writes nothing, and both books say the same.
    async fn judge(&mut self) {
        self.calm();
        self.advance(61);
        for what in ["end 1", "end 2"] {
            for program in 0..self.programs.len() {
                self.sync(program, what).await;
            }
        }
        for program in 0..self.programs.len() {
            match self.sync(program, "end 3").await {
                Some(run) if run.writes == 0 => {}
                Some(run) => self
                    .problems
                    .push(format!("the third sync wrote {}", run.writes)),
                None => self.problems.push("the third sync did not run".to_owned()),
            }
            for request in self.programs[program].cut.witness.seen().missing {
                self.problems
                    .push(format!("sent, and not in the journal: {request}"));
            }
            let attention = self.programs[program].app.attention().await.unwrap();
            self.judged(&attention);
        }
    }

    /// Whatever differs is asked about, and nothing else than what has to be.
    fn judged(&mut self, attention: &AttentionView) {
        for group in &attention.groups {
            for record in &group.records {
                self.steps.push(format!(
                    "asked: {} {:?} {}: {}",
                    group.cause, record.kind, record.title, record.message
                ));
            }
        }
        if matches!(self.mode, Mode::Plain | Mode::Two) {
            for group in &attention.groups {
                if !LEFT_TO_A_PERSON.contains(&group.cause.as_str()) {
                    for record in &group.records {
                        self.problems.push(format!(
                            "a person is asked about {}: {}",
                            record.title, record.message
                        ));
                    }
                }
            }
        }
        let company = self.books.ready.erpnext.company.clone();
        let (xero, erpnext) = self
            .books
            .with_books(|books| (books.state(System::Xero), books.state(System::Erpnext)));
        // What a system holds none of it does not name.
        let mut erpnext = erpnext;
        for doctype in ["Customer", "Sales Invoice", "Payment Entry"] {
            if erpnext[doctype].is_null() {
                erpnext[doctype] = json!([]);
            }
        }
        let titles = excused(attention);
        let of_merges = attention.groups.iter().filter(|it| it.cause == "merged");
        let merged: Vec<&String> = of_merges
            .flat_map(|group| group.records.iter().map(|record| &record.message))
            .collect();
        let mut waiting = whose_money_waits(&xero["Overpayments"], "OverpaymentID", &titles);
        waiting.extend(whose_money_waits(
            &erpnext["Payment Entry"],
            "name",
            &titles,
        ));
        let xero = audit::xero(&xero).unwrap();
        let erpnext = audit::erpnext(&erpnext, &company).unwrap();
        let audit = audit::compare(&xero, &erpnext);
        // Drafts stay where they are.
        let drafts: BTreeSet<&str> = xero
            .invoices
            .iter()
            .chain(&erpnext.invoices)
            .filter(|invoice| invoice.stage == Stage::Draft)
            .map(|invoice| invoice.number.as_str())
            .collect();
        let paid_otherwise = paid_otherwise(&audit, &xero, &erpnext);
        for difference in audit.records_that_differ(&titles) {
            // What settles an invoice that waits for a person waits with it.
            let settles = (difference.kind, difference.title.clone());
            let settled = audit.pays.get(&settles).into_iter().flatten();
            let mut settled = settled.map(|number| number.trim_start_matches("ERPNext's "));
            let waits = settled.any(|number| {
                let settled = [Kind::Invoice, Kind::CreditNote];
                settled
                    .iter()
                    .any(|kind| asked_about(&titles, *kind, number))
            });
            if waits {
                continue;
            }
            // One that was renamed waits under either name.
            let renamed = difference.kind == Kind::Contact && {
                let mut ours = xero.contacts.iter();
                let ours = ours.find(|it| it.name == difference.title);
                let mut theirs = erpnext.contacts.iter();
                let theirs = theirs.find(|it| it.marker.as_ref() == ours.map(|it| &it.id));
                theirs.is_some_and(|it| asked_about(&titles, Kind::Contact, &it.name))
            };
            if renamed {
                continue;
            }
            // Where two customers were merged and a person is asked about their contacts, what is theirs is one
            // customer's in ERPNext and each contact's in Xero.
            let mut told = [&difference.xero, &difference.erpnext]
                .into_iter()
                .flatten();
            let of_merged = told.any(|id| {
                let mut contacts = xero.contacts.iter();
                contacts.any(|it| it.id == *id && asked_about(&titles, Kind::Contact, &it.name))
            });
            let mut same = xero.contacts.iter();
            let same = same.find(|it| it.name == difference.title);
            let into = merged.iter().any(|said| {
                said.contains(&difference.title) || same.is_some_and(|it| said.contains(&it.id))
            });
            if difference.field == "contact" && of_merged
                || difference.field == "on account" && into
            {
                continue;
            }
            // Money on account is a payment's: one that waits leaves its contact's sum apart.
            let whose = xero.contacts.iter().chain(&erpnext.contacts);
            let mut whose = whose.filter(|it| it.name == difference.title);
            if difference.field == "on account" && whose.any(|it| waiting.contains(&it.id)) {
                continue;
            }
            // People on both sides paid it, in other parts or on another day: where as much is owed, that is left
            // as it is.
            let on_both_sides = self.mode == Mode::Conflict && difference.kind == Kind::Payment;
            let otherwise = on_both_sides
                && (difference.field == "date"
                    || difference.field == "record" && paid_otherwise.contains(&difference.title));
            if otherwise {
                continue;
            }
            let draft = difference.field == "record" && drafts.contains(difference.title.as_str());
            if !draft && !asked_about(&titles, difference.kind, &difference.title) {
                self.problems.push(format!("{difference:?}"));
            }
        }
    }
}

/// Whether a record waits for a person, under its own title or that of the document it amends.
fn asked_about(titles: &BTreeSet<(Kind, String)>, kind: Kind, title: &str) -> bool {
    let amended = title
        .rsplit_once('-')
        .filter(|(_, revision)| revision.len() == 1)
        .map(|(first, _)| first);
    std::iter::once(title)
        .chain(amended)
        .any(|title| titles.contains(&(kind, title.to_owned())))
}

/// The contacts, by their identity on that side, of the payments of a list that wait for a person.
fn whose_money_waits(
    payments: &Value,
    identity: &str,
    titles: &BTreeSet<(Kind, String)>,
) -> BTreeSet<String> {
    let payments = payments.as_array().into_iter().flatten();
    let waits = payments.filter(|it| {
        let title = it[identity].as_str().map(audit::payment_title);
        title.is_some_and(|title| asked_about(titles, Kind::Payment, &title))
    });
    let whose = waits.filter_map(|it| it["party"].as_str().or(it["Contact"]["ContactID"].as_str()));
    whose.map(str::to_owned).collect()
}

/// The payments that only one side has and that come to as much, of each of their invoices, as those that only
/// the other side has: the same is owed, in other parts. What is owed is compared beside this.
fn paid_otherwise(audit: &Audit, xero: &Held, erpnext: &Held) -> BTreeSet<String> {
    let lone = |payment: &&audit::Payment| {
        let title = audit::payment_title(&payment.id);
        let mut differences = audit.differences.iter();
        differences.any(|it| it.kind == Kind::Payment && it.field == "record" && it.title == title)
    };
    let marked = |name: &String| {
        let invoice = erpnext.invoices.iter().find(|it| it.id == *name)?;
        let marker = invoice.marker.as_deref()?.split('#').next()?;
        Some(marker.to_lowercase())
    };
    // By the invoice's identity in Xero: what it is paid of there, less what it is paid of in ERPNext.
    let mut apart: BTreeMap<String, Decimal> = BTreeMap::new();
    let ours: Vec<&audit::Payment> = xero.payments.iter().filter(lone).collect();
    let theirs: Vec<&audit::Payment> = erpnext.payments.iter().filter(lone).collect();
    for (id, amount) in ours.iter().flat_map(|it| &it.parts) {
        *apart.entry(id.clone()).or_default() += amount;
    }
    for (name, amount) in theirs.iter().flat_map(|it| &it.parts) {
        *apart.entry(marked(name).unwrap_or_default()).or_default() -= amount;
    }
    let same = |id: &String| apart.get(id).is_some_and(Decimal::is_zero);
    let ours = ours.into_iter().filter(|it| it.parts.keys().all(same));
    let theirs = theirs.into_iter().filter(|it| {
        let mut ids = it.parts.keys().map(marked);
        ids.all(|id| id.as_ref().is_some_and(same))
    });
    let titles = ours.chain(theirs).map(|it| audit::payment_title(&it.id));
    titles.collect()
}

/// What waits for a person, by kind and title.
fn excused(attention: &AttentionView) -> BTreeSet<(Kind, String)> {
    let mut titles = BTreeSet::new();
    for record in attention.groups.iter().flat_map(|group| &group.records) {
        let kind = match record.kind {
            app::views::Kind::Contact => Kind::Contact,
            app::views::Kind::Invoice => Kind::Invoice,
            app::views::Kind::CreditNote => Kind::CreditNote,
            app::views::Kind::Payment => Kind::Payment,
        };
        // A payment is told by its identity.
        let called = |id: &str, title: &str| match kind {
            Kind::Payment => audit::payment_title(id),
            Kind::Contact | Kind::Invoice | Kind::CreditNote => title.to_owned(),
        };
        titles.insert((kind, called(&record.remote_id, &record.title)));
        for candidate in &record.candidates {
            titles.insert((kind, called(&candidate.id, &candidate.title)));
        }
        let other = record.other_id.iter().filter(|_| kind == Kind::Payment);
        titles.extend(other.map(|id| (kind, audit::payment_title(id))));
    }
    titles
}
