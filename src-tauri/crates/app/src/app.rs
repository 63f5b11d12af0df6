//! One data folder, opened.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use net::{Clock, HttpTransport, SystemClock, Transport, WebSocketOpener};
use store::{ConnectionId, Pairing, PairingId, Store, StoreError};
use tokio::sync::{Notify, OnceCell, watch};

use crate::browser::{Browser, SystemBrowser};
use crate::error::AppError;
use crate::folder::Folder;
use crate::reach::Reach;
use crate::secrets::{KeepIn, Secrets};
use crate::setup::SignInUnderWay;
use crate::sync::RunUnderWay;
use crate::views::{LiveView, Progress};

/// What the app stands on. [`Options::of_this_person`] is what a person's app uses; tests and the
/// demo replace parts.
pub struct Options {
    /// The data folder.
    pub folder: Folder,
    /// What this process is, for a second one that finds it syncing: "The window".
    pub name: String,
    /// The person's browser.
    pub browser: Arc<dyn Browser>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The network; `None` takes the real one.
    pub transport: Option<Arc<dyn Transport>>,
    /// What opens connections that stay open; `None` takes the real network.
    pub opener: Option<Arc<dyn WebSocketOpener>>,
    /// Another Xero API than the real one, on this machine only (`COUNTERFOIL_XERO_API_URL`).
    pub xero_api_url: Option<String>,
    /// Another Xero identity server (`COUNTERFOIL_XERO_IDENTITY_URL`).
    pub xero_identity_url: Option<String>,
    /// Where tokens and keys are kept.
    pub keep_in: KeepIn,
    /// The demo books, where this app is open on them.
    pub demo: Option<DemoDoor>,
}

/// Where the demo books are and how to sign in to them. Invented secrets, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoDoor {
    /// The simulated Xero's API.
    pub xero_api_url: String,
    /// The simulated Xero's identity server.
    pub xero_identity_url: String,
    /// The app registered there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The simulated ERPNext site.
    pub erpnext_url: String,
    /// Its API key.
    pub key: String,
    /// The key's secret.
    pub secret: String,
}

impl Options {
    /// A person's app on a folder, with the environment's overrides.
    pub fn at(folder: Folder, name: impl Into<String>) -> Self {
        let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            folder,
            name: name.into(),
            browser: Arc::new(SystemBrowser),
            clock: Arc::new(SystemClock),
            transport: None,
            opener: None,
            xero_api_url: given("COUNTERFOIL_XERO_API_URL"),
            xero_identity_url: given("COUNTERFOIL_XERO_IDENTITY_URL"),
            keep_in: KeepIn::Best,
            demo: None,
        }
    }

    /// A person's app on their own folder.
    ///
    /// # Errors
    /// [`AppError::NoHome`].
    pub fn of_this_person(name: impl Into<String>) -> Result<Self, AppError> {
        Ok(Self::at(
            Folder::of_this_person().ok_or(AppError::NoHome)?,
            name,
        ))
    }

    /// An app on the demo books. Secrets are sealed in the folder, so that the demo leaves nothing
    /// in the person's keyring.
    pub fn demo(folder: Folder, name: impl Into<String>, door: DemoDoor) -> Self {
        Self {
            xero_api_url: Some(door.xero_api_url.clone()),
            xero_identity_url: Some(door.xero_identity_url.clone()),
            keep_in: KeepIn::SealedFile,
            demo: Some(door),
            ..Self::at(folder, name)
        }
    }
}

/// The application on one data folder. Cheap to clone; clones are the same application.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub folder: Folder,
    pub name: String,
    pub browser: Arc<dyn Browser>,
    pub clock: Arc<dyn Clock>,
    pub transport: Arc<dyn Transport>,
    pub opener: Arc<dyn WebSocketOpener>,
    pub endpoints: xero::Endpoints,
    pub demo: Option<DemoDoor>,
    pub store: Store,
    /// Tells this folder's installation from others.
    pub installation: String,
    keep_in: KeepIn,
    secrets: OnceCell<Secrets>,
    /// Sessions and books, made when first used.
    pub reach: Reach,
    pub sign_in: Mutex<Option<SignInUnderWay>>,
    pub run: Mutex<Option<RunUnderWay>>,
    pub progress: watch::Sender<Option<Progress>>,
    /// Told when a schedule was chosen or paused in this process.
    pub schedules_changed: Notify,
    /// Whether ERPNext's changes are listened to by this process.
    pub listening: watch::Sender<Option<LiveView>>,
    selected: Mutex<Option<PairingId>>,
}

impl App {
    /// Opens a data folder, or makes it. Nothing is sent anywhere.
    ///
    /// # Errors
    /// Where the folder or the database cannot be used, or an endpoint override is not on this
    /// machine.
    pub fn open(options: Options) -> Result<Self, AppError> {
        let folder = options.folder;
        folder.make().map_err(|why| AppError::Folder {
            path: folder.path().to_owned(),
            why,
        })?;
        let endpoints = xero::Endpoints::new(
            options.xero_api_url.as_deref(),
            options.xero_identity_url.as_deref(),
        )?;
        let network = HttpTransport::new().map_err(|why| AppError::Network(why.to_string()))?;
        let network = Arc::new(network);
        let transport = options.transport.unwrap_or_else(|| network.clone());
        let opener = options.opener.unwrap_or(network);
        let store = Store::open(folder.database())?;
        let installation = installation(&store)?;
        Ok(Self(Arc::new(Inner {
            folder,
            name: options.name,
            browser: options.browser,
            clock: options.clock,
            transport,
            opener,
            endpoints,
            demo: options.demo,
            store,
            installation,
            keep_in: options.keep_in,
            secrets: OnceCell::new(),
            reach: Reach::default(),
            sign_in: Mutex::new(None),
            run: Mutex::new(None),
            progress: watch::Sender::new(None),
            schedules_changed: Notify::new(),
            listening: watch::Sender::new(None),
            selected: Mutex::new(None),
        })))
    }

    /// Opens a person's own data folder for the window.
    ///
    /// # Errors
    /// As [`App::open`].
    pub fn open_default() -> Result<Self, AppError> {
        Self::open(Options::of_this_person("The window")?)
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.0.folder.path()
    }

    /// Whether this app is open on the demo books.
    pub fn is_demo(&self) -> bool {
        self.0.demo.is_some()
    }

    /// Where tokens and keys are kept; found out when first needed, since a keyring may ask the
    /// person to unlock it.
    pub(crate) async fn secrets(&self) -> Result<Secrets, AppError> {
        let secrets = self
            .0
            .secrets
            .get_or_try_init(|| async {
                let (folder, keep_in) = (self.0.folder.clone(), self.0.keep_in);
                tokio::task::spawn_blocking(move || Secrets::open(folder.path(), keep_in))
                    .await
                    .map_err(|why| AppError::Bug(why.to_string()))?
                    .map_err(AppError::from)
            })
            .await?;
        Ok(secrets.clone())
    }

    /// Reads or writes the store off the async threads.
    pub(crate) async fn db<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AppError> {
        let store = self.0.store.clone();
        tokio::task::spawn_blocking(move || work(&store))
            .await
            .map_err(|why| AppError::Bug(why.to_string()))?
            .map_err(AppError::from)
    }

    /// Works on a pairing by its name from now on; without a call the first one is meant.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn select_pairing(&self, name: &str) -> Result<(), AppError> {
        let pairings = self.db(Store::pairings).await?;
        let found = pairings
            .iter()
            .find(|pairing| pairing.name == name)
            .or_else(|| {
                pairings
                    .iter()
                    .find(|pairing| pairing.name.eq_ignore_ascii_case(name))
            })
            .ok_or_else(|| AppError::NotFound(format!("pairing called \"{name}\"")))?;
        *locked(&self.0.selected) = Some(found.id);
        Ok(())
    }

    /// The pairing that is worked on.
    pub(crate) async fn pairing(&self) -> Result<Pairing, AppError> {
        self.pairing_if_any().await?.ok_or(AppError::NotPaired)
    }

    /// The pairing that is worked on, where there is one.
    pub(crate) async fn pairing_if_any(&self) -> Result<Option<Pairing>, AppError> {
        let selected = *locked(&self.0.selected);
        let pairings = self.db(Store::pairings).await?;
        Ok(pairings
            .iter()
            .find(|pairing| Some(pairing.id) == selected)
            .or_else(|| pairings.first())
            .cloned())
    }

    /// All connections by id.
    pub(crate) async fn connections_by_id(
        &self,
    ) -> Result<BTreeMap<ConnectionId, store::Connection>, AppError> {
        Ok(self
            .db(Store::connections)
            .await?
            .into_iter()
            .map(|connection| (connection.id.clone(), connection))
            .collect())
    }
}

/// A panic elsewhere leaves plain data behind, never half a change.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
/// The name of this folder's installation, made when the folder is first opened. A copy of the folder has it too.
fn installation(store: &Store) -> Result<String, StoreError> {
    const KEY: &str = "installation";
    if let Some(known) = store.setting(KEY)? {
        return Ok(known);
    }
    let made = uuid::Uuid::new_v4().to_string();
    store.set_setting(KEY, &made)?;
    Ok(made)
}
