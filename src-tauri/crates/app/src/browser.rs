//! The person's web browser.

use url::Url;

/// Opens web pages for a person. Injected, so that a test can click for one.
pub trait Browser: Send + Sync {
    /// Opens a page.
    ///
    /// # Errors
    /// Where no browser could be started; the address is then shown to be copied.
    fn open(&self, page: &Url) -> std::io::Result<()>;
}

/// The browser the person has set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, page: &Url) -> std::io::Result<()> {
        xero::auth::sign_in::open_browser(page)
    }
}
