//! Everything a person or a network can get wrong: a clear message with a next step, the right exit
//! code, and nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};
use tests::audit::assert_agreement;
use tests::installation::finish;
use tests::{Books, Gate, Installation, Press, Ran, System, When};

/// Insists on a failure that helps: the exit code, the stable word, a whole sentence, a next step.
fn helps(ran: &Ran, exit: i32, codes: &[&str]) -> Value {
    assert_eq!(ran.code, Some(exit), "{}\n{}", ran.stdout, ran.stderr);
    let document = ran.json();
    let error = if document["error"]["code"].is_string() {
        document["error"].clone()
    } else {
        panic!("no error in {document:#}");
    };
    let code = error["code"].as_str().unwrap();
    assert!(
        codes.contains(&code),
        "{code} is not one of {codes:?}: {error:#}"
    );
    let message = error["message"].as_str().unwrap();
    assert!(
        message.len() > 15 && message.ends_with('.'),
        "no sentence: {message}"
    );
    let next = error["next_step"].as_str().unwrap_or_default();
    assert!(next.len() > 10, "no next step: {error:#}");
    let all = ran.stdout.clone() + &ran.stderr;
    for noise in ["panicked", "RUST_BACKTRACE", "Error {", "Err("] {
        assert!(!all.contains(noise), "{noise} in: {all}");
    }
    error
}

async fn synced(seed: u64) -> (Books, Installation) {
    let books = Books::small(seed).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    here.sync().await;
    (books, here)
}

async fn still_agrees(books: &Books, here: &Installation) {
    here.sync().await;
    let exceptions = here
        .run(&["exceptions", "--json"])
        .await
        .expect(&[0, 1])
        .json();
    assert_agreement(books, &exceptions).await;
}

#[tokio::test]
async fn wrong_usage_is_exit_2() {
    let books = Books::small(31).await;
    let here = Installation::new(&books);
    assert_eq!(here.run(&["retry"]).await.code, Some(2));
    assert_eq!(here.run(&["frobnicate"]).await.code, Some(2));
    assert_eq!(
        here.run(&["log", "--since", "yesterday"]).await.code,
        Some(2)
    );
}

#[tokio::test]
async fn prepayments_are_booked_to_no_account_that_xero_does_not_have() {
    let books = Books::small(30).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    let set = async |account: &str| {
        let rule = format!("advances=prepayment:{account}");
        here.run(&["rules", "set", "payment", &rule, "--json"])
            .await
    };
    // None, a bank, and Xero's own.
    for account in ["999", "090", "610"] {
        let error = helps(&set(account).await, 2, &["usage"]);
        let said = error["message"].as_str().unwrap();
        assert!(said.contains(&format!("\"{account}\"")), "{said}");
        let next = error["next_step"].as_str().unwrap();
        assert!(next.ends_with("There is 620 Prepayments."), "{next}");
    }
    let rules = here.run(&["rules", "--json"]).await.expect(&[0]).json();
    assert!(!rules.to_string().contains("999"), "{rules}");
    let rules = set("620").await.expect(&[0]).json();
    assert!(rules.to_string().contains("\"620\""), "{rules}");
}

#[tokio::test]
async fn a_command_before_set_up_says_what_to_do_first() {
    let books = Books::small(32).await;
    let here = Installation::new(&books);
    for command in [
        "sync",
        "preview",
        "status",
        "exceptions",
        "check",
        "mappings",
    ] {
        let ran = here.run(&[command, "--json"]).await;
        helps(&ran, 2, &["not_paired"]);
    }
}

#[tokio::test]
async fn a_wrong_erpnext_address() {
    let books = Books::small(33).await;
    let here = Installation::new(&books);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let secret = books.ready.erpnext.secret.as_str();
    let connect = async |url: &str| {
        let line = ["connect", "erpnext", "--url", url, "--key", "k", "--json"];
        here.run_with("COUNTERFOIL_ERPNEXT_SECRET", secret, &line)
            .await
    };
    helps(&connect(&format!("http://{closed}")).await, 3, &["offline"]);
    helps(
        &connect("not an address at all").await,
        3,
        &["wrong_address"],
    );
    helps(
        &connect("ftp://erp.example.com").await,
        3,
        &["wrong_address"],
    );
    // A server that is there and is no ERPNext: the simulated Xero.
    helps(
        &connect(books.url(System::Xero)).await,
        3,
        &["wrong_address", "garbage"],
    );
    let connections = here
        .run(&["connections", "--json"])
        .await
        .expect(&[0])
        .json();
    assert_eq!(
        connections["connections"],
        json!([]),
        "a failed connection was kept"
    );
}

#[tokio::test]
async fn a_wrong_erpnext_key_or_secret() {
    let books = Books::small(34).await;
    let here = Installation::new(&books);
    let connect = async |key: &str, secret: &str| {
        let line = [
            "connect",
            "erpnext",
            "--url",
            &here.erpnext,
            "--key",
            key,
            "--json",
        ];
        here.run_with("COUNTERFOIL_ERPNEXT_SECRET", secret, &line)
            .await
    };
    let wrong = connect(&books.ready.erpnext.key, "not-the-secret").await;
    helps(&wrong, 3, &["wrong_key", "sign_in_needed"]);
    assert!(
        !wrong.stdout.contains("not-the-secret"),
        "the secret is repeated"
    );
    helps(
        &connect("nobody", &books.ready.erpnext.secret).await,
        3,
        &["wrong_key", "sign_in_needed"],
    );
    let without = here
        .run(&[
            "connect",
            "erpnext",
            "--url",
            &here.erpnext,
            "--key",
            "k",
            "--json",
        ])
        .await;
    let error = helps(&without, 2, &["usage"]);
    assert!(
        error["next_step"]
            .as_str()
            .unwrap()
            .contains("COUNTERFOIL_ERPNEXT_SECRET")
    );
}

#[tokio::test]
async fn a_refused_consent_and_an_unknown_app() {
    let books = Books::small(35).await;
    let here = Installation::new(&books);
    let refused = here
        .connect_xero(&books.ready.xero.client_id, Press::Cancel)
        .await;
    helps(&refused, 3, &["refused", "cancelled", "consent_refused"]);
    let connections = here
        .run(&["connections", "--json"])
        .await
        .expect(&[0])
        .json();
    assert_eq!(
        connections["connections"],
        json!([]),
        "a refused sign-in was kept"
    );
    // The same installation signs in afterwards.
    let allowed = here
        .connect_xero(&books.ready.xero.client_id, Press::Allow)
        .await;
    assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn a_closed_browser_is_given_up_on_with_ctrl_c() {
    let books = Books::small(36).await;
    let here = Installation::new(&books);
    let (ran, page) = here.give_up_on_sign_in(&books.ready.xero.client_id).await;
    assert!(page.contains("code_challenge_method=S256"), "{page}");
    helps(&ran, 3, &["cancelled"]);
}

#[tokio::test]
async fn an_expired_access_token_is_renewed_without_a_word() {
    let (books, here) = synced(37).await;
    books
        .faults(
            System::Xero,
            &[json!({"path": "/Invoices", "times": 1, "effect": "expire_tokens"})],
        )
        .await;
    still_agrees(&books, &here).await;
}

#[tokio::test]
async fn an_authorisation_that_has_run_out_asks_for_a_person() {
    let (books, here) = synced(38).await;
    books.advance(61 * 24 * 3600).await;
    let ran = here.run(&["sync", "--json"]).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stdout);
    let run = ran.json();
    assert_eq!(run["error"]["code"], "sign_in_needed", "{run:#}");
    // Signing in again is all it takes.
    let again = here
        .connect_xero(&books.ready.xero.client_id, Press::Allow)
        .await;
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    still_agrees(&books, &here).await;
}

#[tokio::test]
async fn offline_loses_nothing() {
    let (books, here) = synced(39).await;
    for system in [System::Xero, System::Erpnext] {
        books.faults(system, &[json!({"effect": "offline"})]).await;
        let ran = here.run(&["sync", "--json"]).await;
        assert_eq!(ran.code, Some(3), "{system}: {}", ran.stdout);
        let run = ran.json();
        let code = run["error"]["code"].as_str().unwrap_or_default();
        assert!(["offline", "unavailable"].contains(&code), "{run:#}");
        assert_eq!(run["error"]["side"], system.word());
        assert!(run["error"]["next_step"].is_string(), "{run:#}");
        books.faults(system, &[]).await;
        still_agrees(&books, &here).await;
    }
}

async fn garbage(system: System, effect: &str, seed: u64) {
    let (books, here) = synced(seed).await;
    books.faults(system, &[json!({"effect": effect})]).await;
    let ran = here.run(&["sync", "--json"]).await;
    let run = ran.json();
    assert_eq!(ran.code, Some(3), "{run:#}");
    let code = run["error"]["code"].as_str().unwrap_or_default();
    let known = ["garbage", "wrong_address", "offline", "unavailable"];
    assert!(known.contains(&code), "{run:#}");
    assert!(run["error"]["next_step"].is_string(), "{run:#}");
    books.faults(system, &[]).await;
    still_agrees(&books, &here).await;
}

#[tokio::test]
async fn a_page_instead_of_an_answer_from_xero() {
    garbage(System::Xero, "html", 46).await;
}

#[tokio::test]
async fn a_page_instead_of_an_answer_from_erpnext() {
    garbage(System::Erpnext, "html", 47).await;
}

#[tokio::test]
async fn half_an_answer_from_xero() {
    garbage(System::Xero, "cut_off", 48).await;
}

#[tokio::test]
async fn half_an_answer_from_erpnext() {
    garbage(System::Erpnext, "cut_off", 49).await;
}

#[tokio::test]
async fn lost_answers_and_server_errors_make_no_duplicates() {
    let books = Books::small(41).await;
    let here = Installation::new(&books);
    here.set_up(&books).await;
    for system in [System::Xero, System::Erpnext] {
        books
            .faults(
                system,
                &[
                    json!({"method": "POST", "nth": [1, 4, 7], "effect": "drop_after_commit"}),
                    json!({"method": "PUT", "nth": [1, 2], "effect": "drop_after_commit"}),
                    json!({"method": "POST", "nth": [2, 5], "effect": {"server_error": 503}}),
                ],
            )
            .await;
    }
    // However often it takes: what was in doubt is looked up, never written again.
    for _ in 0..4 {
        let ran = here.run(&["sync", "--json"]).await;
        assert!(
            ran.code.is_some_and(|code| [0, 1, 3].contains(&code)),
            "{}",
            ran.stdout
        );
    }
    for system in [System::Xero, System::Erpnext] {
        books.faults(system, &[]).await;
    }
    let _ = here.run(&["retry", "--all"]).await;
    still_agrees(&books, &here).await;
}

#[tokio::test]
async fn a_second_instance_is_told_that_the_first_is_syncing() {
    let books = Books::small(42).await;
    let gate = Gate::open(&books).await;
    let here = Installation::behind(&gate);
    here.set_up(&books).await;
    gate.hold(3, When::Before);
    let mut first = here.start(&["sync"]);
    gate.held().await;
    helps(&here.run(&["sync", "--json"]).await, 5, &["busy"]);
    // Reading is allowed meanwhile.
    let status = here.run(&["log", "--json"]).await;
    assert_eq!(status.code, Some(0), "{}", status.stderr);
    first.start_kill().unwrap();
    finish(first).await;
    gate.pass();
    still_agrees(&books, &here).await;
}

#[tokio::test]
async fn another_endpoint_than_this_computers_is_refused() {
    let books = Books::small(43).await;
    let here = Installation::at("https://xero.example.com", books.url(System::Erpnext));
    let ran = here.run(&["connections", "--json"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    helps(&ran, 2, &["usage"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_cannot_be_written() {
    let books = Books::small(44).await;
    let mut here = Installation::new(&books);
    let file = here.home().join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    here.folder = file;
    helps(&here.run(&["status", "--json"]).await, 74, &["folder"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    let (books, here) = synced(45).await;
    for number in 0..40 {
        let name = format!("Allotment {number:02}");
        books
            .edit(System::Xero, &json!({"op": "create_contact", "Name": name}))
            .await;
    }
    // A mount of its own, seen by this script alone: a copy of the data folder on a disk that has
    // no room left, then the same disk with room.
    let script = r#"
        set -e
        mkdir "$HOME/disk"
        mount -t tmpfs -o size=64m tmpfs "$HOME/disk"
        cp -r "$COUNTERFOIL_DATA_DIR/." "$HOME/disk/"
        used=$(du -sk "$HOME/disk" | cut -f1)
        mount -o remount,size=$((used + 24))k "$HOME/disk"
        set +e
        "$PROGRAM" --data-dir "$HOME/disk" sync --json > "$HOME/full.json"
        echo "full $?"
        mount -o remount,size=64m "$HOME/disk"
        "$PROGRAM" --data-dir "$HOME/disk" sync --json > "$HOME/roomy.json"
        echo "roomy $?"
        "$PROGRAM" --data-dir "$HOME/disk" exceptions --json > "$HOME/exceptions.json"
        exit 0
    "#;
    let mut command = here.command(&[]);
    let program = command.as_std().get_program().to_owned();
    let mut shell = tokio::process::Command::new("unshare");
    shell
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .envs(
            command
                .as_std()
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PROGRAM", program)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command.kill_on_drop(true);
    let ran = finish(shell.spawn().expect("unshare starts")).await;
    if ran.stdout.is_empty() {
        eprintln!("This machine allows no small disk: {}", ran.stderr);
        return;
    }
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(here.home().join(name)).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {name}: {text}"))
    };
    assert!(
        ran.stdout.contains("full 74"),
        "{}\n{:#}",
        ran.stdout,
        read("full.json")
    );
    let full = read("full.json");
    assert_eq!(full["error"]["code"], "disk_full", "{full:#}");
    assert!(full["error"]["next_step"].is_string());
    assert!(
        ran.stdout.contains("roomy 0") || ran.stdout.contains("roomy 1"),
        "{}\n{:#}",
        ran.stdout,
        read("roomy.json")
    );
    assert_agreement(&books, &read("exceptions.json")).await;
}
