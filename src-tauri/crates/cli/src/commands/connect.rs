//! Connections, the pairing and what set-up checks.

use app::App;
use app::views::{
    BooksChoice, ConnectionsView, ErpnextSignIn, ErrorView, Health, SetupView, XeroSignIn,
};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{Common, Pair};
use crate::exit::{Exit, failure};
use crate::render;
use crate::secrets;
use crate::terminal::Style;

/// Signs in to Xero, through the browser but for a custom connection.
///
/// # Errors
/// A refused consent, a closed browser, a wrong client id, Ctrl-C.
pub async fn xero(
    app: &App,
    client_id: String,
    secret: bool,
    custom_connection: bool,
    no_browser: bool,
) -> Result<Answer, ErrorView> {
    let client_secret = if secret || custom_connection {
        Some(secrets::read(
            secrets::XERO,
            "The Xero app's client secret",
        )?)
    } else {
        None
    };
    if !custom_connection && !no_browser {
        eprintln!("Your browser opens Xero's sign-in page. Waiting for it; Ctrl-C cancels.");
    }
    let sign_in = XeroSignIn {
        client_id,
        client_secret,
        custom_connection,
    };
    let mut signing_in = std::pin::pin!(app.sign_in_xero(sign_in));
    let view = loop {
        tokio::select! {
            signed_in = &mut signing_in => break signed_in?,
            pressed = tokio::signal::ctrl_c() => {
                if pressed.is_ok() {
                    app.cancel_sign_in().await?;
                }
            }
        }
    };
    set_up(&view)
}

/// Connects an ERPNext site.
///
/// # Errors
/// A wrong address or key; a site that cannot be reached.
pub async fn erpnext(app: &App, url: String, key: String) -> Result<Answer, ErrorView> {
    let secret = secrets::read(secrets::ERPNEXT, "The secret of the ERPNext API key")?;
    let view = app
        .connect_erpnext(ErpnextSignIn { url, key, secret })
        .await?;
    set_up(&view)
}

fn set_up(view: &SetupView) -> Result<Answer, ErrorView> {
    let text = render::setup(view, Style::stdout());
    Answer::of(view, text, Exit::Agreement)
}

/// Lists the connections.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn connections(app: &App) -> Result<Answer, ErrorView> {
    let view = app.connections().await?;
    listed(&view)
}

fn listed(view: &ConnectionsView) -> Result<Answer, ErrorView> {
    let ill = view.connections.iter().any(|connection| {
        matches!(
            connection.health,
            Health::SignInNeeded | Health::Unreachable
        )
    });
    let exit = if ill {
        Exit::Connection
    } else {
        Exit::Agreement
    };
    Answer::of(view, render::connections(view, Style::stdout()), exit)
}

/// Forgets a connection.
///
/// # Errors
/// A name that none or several have.
pub async fn disconnect(app: &App, name: &str) -> Result<Answer, ErrorView> {
    let view = app.connections().await?;
    let found: Vec<u32> = view
        .connections
        .iter()
        .filter(|connection| {
            connection.id.to_string() == name
                || connection.name.eq_ignore_ascii_case(name)
                || render::side(connection.side).eq_ignore_ascii_case(name)
        })
        .map(|connection| connection.id)
        .collect();
    let [id] = found.as_slice() else {
        return Err(failure(
            "not_found",
            match found.len() {
                0 => format!("No connection is called {name}."),
                _ => format!("Several connections are called {name}."),
            },
            Some("counterfoil connections lists them with their numbers."),
        ));
    };
    let view = app.disconnect(*id).await?;
    Answer::of(
        &view,
        render::connections(&view, Style::stdout()),
        Exit::Agreement,
    )
}

/// Matches an organisation with a company. What is the only choice need not be named.
///
/// # Errors
/// A side that is not connected; a name that it does not have.
pub async fn pair(app: &App, wanted: &Pair) -> Result<Answer, ErrorView> {
    let mut view = app.setup().await?;
    let Some(xero) = &view.xero else {
        return Err(failure(
            "not_paired",
            "Xero is not connected yet.",
            Some("counterfoil connect xero --client-id ID"),
        ));
    };
    let organisation = choose(
        &xero.organisations,
        wanted.organisation.as_deref(),
        xero.chosen.as_deref(),
        "organisation",
    )?;
    let Some(erpnext) = &view.erpnext else {
        return Err(failure(
            "not_paired",
            "ERPNext is not connected yet.",
            Some("counterfoil connect erpnext --url URL --key KEY"),
        ));
    };
    let company = choose(
        &erpnext.companies,
        wanted.company.as_deref(),
        erpnext.chosen.as_deref(),
        "company",
    )?;
    if xero.chosen.as_ref() != Some(&organisation) {
        view = app.choose_organisation(organisation).await?;
    }
    let chosen = view
        .erpnext
        .as_ref()
        .and_then(|erpnext| erpnext.chosen.as_ref());
    if chosen != Some(&company) {
        view = app.choose_company(company).await?;
    }
    set_up(&view)
}

/// The id of the one that is meant: by name or id, else what is chosen, else the only one.
fn choose(
    choices: &[BooksChoice],
    wanted: Option<&str>,
    chosen: Option<&str>,
    what: &str,
) -> Result<String, ErrorView> {
    let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
    let offered = format!("There are: {}.", names.join(", "));
    if let Some(wanted) = wanted {
        let mut found = choices.iter().filter(|choice| {
            choice.id.eq_ignore_ascii_case(wanted) || choice.name.eq_ignore_ascii_case(wanted)
        });
        return match (found.next(), found.next()) {
            (Some(choice), None) => Ok(choice.id.clone()),
            (Some(_), Some(_)) => Err(failure(
                "usage",
                format!("Several are called {wanted}."),
                Some("Give the id instead of the name."),
            )),
            (None, _) => Err(failure(
                "usage",
                format!("There is no {what} called {wanted}."),
                Some(&offered),
            )),
        };
    }
    match (chosen, choices) {
        (Some(chosen), _) => Ok(chosen.to_owned()),
        (None, [only]) => Ok(only.id.clone()),
        (None, []) => Err(failure(
            "usage",
            format!("This sign-in reaches no {what}."),
            Some("Look at what the user may see there."),
        )),
        (None, _) => Err(failure(
            "usage",
            format!("There are several; say which with --{what} NAME."),
            Some(&offered),
        )),
    }
}

/// Lists the pairings.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn pairings(app: &App) -> Result<Answer, ErrorView> {
    let pairings = match app.overview().await {
        Ok(view) => vec![view.pairing],
        Err(error) => {
            let error = ErrorView::from(error);
            if error.code != "not_paired" {
                return Err(error);
            }
            Vec::new()
        }
    };
    let style = Style::stdout();
    let mut text = String::new();
    for pairing in &pairings {
        text.push_str(&format!(
            "{}  {}\n",
            style.bold(&pairing.name),
            style.faint(format!(
                "{} {} {}",
                pairing.organisation,
                render::PERFORATION,
                pairing.company
            ))
        ));
    }
    if pairings.is_empty() {
        text = format!(
            "{}\n",
            style.faint("Nothing is paired yet. Next: counterfoil pair")
        );
    }
    Answer::of(&json!({ "pairings": pairings }), text, Exit::Agreement)
}

/// Tests what a sync needs.
///
/// # Errors
/// A side that is not connected or cannot be reached.
pub async fn check(app: &App, install_markers: bool) -> Result<Answer, ErrorView> {
    let mut view = app.check().await?;
    if install_markers && !view.missing_fields.is_empty() {
        view = app.install_marker_fields().await?;
    }
    let exit = if view.ready {
        Exit::Agreement
    } else {
        Exit::Connection
    };
    Answer::of(&view, render::check(&view, Style::stdout()), exit)
}

/// Describes this installation, without secrets.
///
/// # Errors
/// A data folder that cannot be read.
pub async fn doctor(app: &App, common: &Common) -> Result<Answer, ErrorView> {
    let settings = app.settings().await?;
    let connections = app.connections().await?;
    let document = json!({
        "version": settings.version,
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "data_folder": settings.data_folder,
        "data_folder_given": common.data_dir.is_some(),
        "secrets_kept_in": settings.secrets_kept_in,
        "connections": connections.connections,
    });
    let style = Style::stdout();
    let text = format!(
        "Counterfoil {} on {} {}\nData folder: {}\nSecrets are kept in {}\n\n{}",
        settings.version,
        std::env::consts::OS,
        std::env::consts::ARCH,
        settings.data_folder,
        settings.secrets_kept_in,
        render::connections(&connections, style),
    );
    Answer::of(&document, text, Exit::Agreement)
}

#[cfg(test)]
mod tests {
    use app::views::BooksChoice;

    use super::choose;

    fn choices(names: &[&str]) -> Vec<BooksChoice> {
        names
            .iter()
            .enumerate()
            .map(|(index, name)| BooksChoice {
                id: format!("id-{index}"),
                name: (*name).to_owned(),
                detail: String::new(),
            })
            .collect()
    }

    #[test]
    fn the_only_one_need_not_be_named() {
        let only = choose(&choices(&["Maple"]), None, None, "company");
        assert_eq!(only.ok().as_deref(), Some("id-0"));
    }

    #[test]
    fn of_several_one_must_be_named_and_the_error_lists_them() {
        let both = choices(&["Maple", "Oak"]);
        let Err(error) = choose(&both, None, None, "company") else {
            panic!("one was guessed");
        };
        assert_eq!(error.next_step.as_deref(), Some("There are: Maple, Oak."));
        let oak = choose(&both, Some("oak"), None, "company");
        assert_eq!(oak.ok().as_deref(), Some("id-1"));
        assert!(choose(&both, Some("elm"), None, "company").is_err());
    }

    #[test]
    fn a_name_that_two_have_is_not_guessed() {
        let twins = choices(&["Maple", "maple"]);
        assert!(choose(&twins, Some("Maple"), None, "organisation").is_err());
        let by_id = choose(&twins, Some("id-1"), None, "organisation");
        assert_eq!(by_id.ok().as_deref(), Some("id-1"));
    }
}
