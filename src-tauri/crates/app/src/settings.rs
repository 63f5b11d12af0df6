//! Settings, and pages opened for the person.

use url::Url;

use crate::app::App;
use crate::error::AppError;
use crate::views::{Preferences, SettingsView};

const PREFERENCES: &str = "preferences";

impl App {
    /// Settings and About.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Secrets`].
    pub async fn settings(&self) -> Result<SettingsView, AppError> {
        let preferences = self.preferences().await?;
        Ok(SettingsView {
            preferences,
            data_folder: self.folder().display().to_string(),
            secrets_kept_in: self.secrets().await?.place(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    pub(crate) async fn preferences(&self) -> Result<Preferences, AppError> {
        Ok(self
            .db(|store| store.setting::<Preferences>(PREFERENCES))
            .await?
            .unwrap_or_default())
    }

    /// Saves what a person may change.
    ///
    /// # Errors
    /// As [`App::settings`].
    pub async fn save_preferences(
        &self,
        preferences: Preferences,
    ) -> Result<SettingsView, AppError> {
        self.db(move |store| store.set_setting(PREFERENCES, &preferences))
            .await?;
        self.settings().await
    }

    /// Opens a web page in the person's browser; `http` and `https` only.
    ///
    /// # Errors
    /// A usage error for any other address, [`AppError::NoBrowser`].
    pub fn open_page(&self, url: &str) -> Result<(), AppError> {
        let page = Url::parse(url)
            .ok()
            .filter(|page| matches!(page.scheme(), "http" | "https"))
            .ok_or_else(|| {
                AppError::usage(
                    format!("\"{url}\" is not a web page."),
                    "Open it yourself if you know what it is.",
                )
            })?;
        self.0
            .browser
            .open(&page)
            .map_err(|why| AppError::NoBrowser {
                page: page.to_string(),
                why: why.to_string(),
            })
    }
}
