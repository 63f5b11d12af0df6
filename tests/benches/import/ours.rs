//! `counterfoil`, run as a person runs it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde_json::Value;
use tests::{Books, Installation, Press, System};

use crate::site::Site;

/// An installation with a demo organisation and the site, set up, its customers imported.
pub struct Importing {
    here: Installation,
    _books: Books,
    /// The organisation's invoices when it was opened.
    invoices: Vec<Value>,
}

impl Importing {
    /// Connects, pairs, checks, previews, and imports the customers.
    pub async fn set_up(site: &Site, seed: u64, invoices: usize) -> Self {
        let books = Books::open(seed, invoices / 4, invoices).await;
        let here = Installation::at(books.url(System::Xero), &site.url);
        let _ = here
            .connect_xero(&books.ready.xero.client_id, Press::Allow)
            .await
            .expect(&[0]);
        let _ = here
            .run_with(
                "COUNTERFOIL_ERPNEXT_SECRET",
                &site.secret,
                &["connect", "erpnext", "--url", &site.url, "--key", &site.key],
            )
            .await
            .expect(&[0]);
        let _ = here
            .run(&["pair", "--company", &site.company])
            .await
            .expect(&[0]);
        let _ = here
            .run(&["check", "--install-markers"])
            .await
            .expect(&[0, 1]);
        let _ = here.run(&["mappings", "suggest"]).await.expect(&[0, 1]);
        let _ = here.run(&["preview"]).await.expect(&[0, 1]);
        let state = books.state(System::Xero).await;
        let held = state["Invoices"].as_array().expect("invoices").clone();
        let importing = Self {
            here,
            _books: books,
            invoices: held,
        };
        let took = importing.run("contact").await;
        println!("customers imported in {took:.1?}");
        importing
    }

    /// Imports the invoices; how long the command took.
    pub async fn sync(&self) -> Duration {
        self.run("invoice").await
    }

    async fn run(&self, kind: &str) -> Duration {
        let mut command = self.here.command(&["sync", "--kind", kind, "--json"]);
        let began = Instant::now();
        let ended = command.output().await.expect("counterfoil starts");
        let took = began.elapsed();
        let told = String::from_utf8_lossy(&ended.stdout);
        assert!(
            matches!(ended.status.code(), Some(0 | 1)),
            "{}: {told}{}",
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        );
        took
    }

    /// Compares the invoices on both sides: how many have the same total and tax, and what is to be said
    /// about the others.
    pub async fn compare(&self, site: &Site) -> (usize, Vec<String>) {
        let made: HashMap<String, (Decimal, Decimal)> = site
            .totals()
            .await
            .into_iter()
            .map(|(name, total, tax)| (name, (exact(&total), exact(&tax))))
            .collect();
        let mut agree = 0;
        let mut differ = Vec::new();
        for invoice in &self.invoices {
            let number = invoice["InvoiceNumber"].as_str().expect("a number");
            let meant = (
                exact(&invoice["Total"].to_string()),
                exact(&invoice["TotalTax"].to_string()),
            );
            match made.get(number) {
                Some(held) if *held == meant => agree += 1,
                held => differ.push(format!("{number}: {meant:?} in Xero, {held:?} in ERPNext")),
            }
        }
        (agree, differ)
    }
}

/// A number as it stands in JSON, trailing zeros aside.
fn exact(number: &str) -> Decimal {
    number.parse::<Decimal>().expect("a number").normalize()
}
