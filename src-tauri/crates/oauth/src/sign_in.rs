//! Signing in through the browser.

use std::borrow::Cow;
use std::sync::Arc;

use net::{Clock, Transport};
use oauth2::{
    AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::redirect::{Listener, PORTS};
use crate::{App, AuthError, Provider, Tokens, carry, token_client, token_error};

/// How long a person has to finish in the browser.
pub const TIME_ALLOWED: chrono::Duration = chrono::Duration::minutes(5);

/// A sign-in that has begun and waits for the person to come back from the browser.
pub struct SignIn<P> {
    app: App,
    provider: P,
    redirect_uri: RedirectUrl,
    authorize_url: Url,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
}

impl<P: Provider> SignIn<P> {
    /// Begins a sign-in that comes back to `redirect_uri`.
    ///
    /// # Errors
    /// [`AuthError::Garbage`] where an address is not one.
    pub fn begin(
        app: &App,
        provider: &P,
        redirect_uri: &str,
        scopes: &[&str],
    ) -> Result<Self, AuthError> {
        let redirect_uri = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|error| AuthError::Garbage(error.to_string()))?;
        // Xero's PKCE apps require the challenge, its others and Frappe accept it.
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = token_client(app, provider)?;
        let (authorize_url, state) = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Borrowed(&redirect_uri))
            .url();
        Ok(Self {
            app: app.clone(),
            provider: provider.clone(),
            redirect_uri,
            authorize_url,
            state,
            verifier,
        })
    }

    /// Where the person goes.
    pub fn authorize_url(&self) -> &Url {
        &self.authorize_url
    }

    /// What the browser must bring back, so that nobody else's consent is taken for ours.
    pub fn state(&self) -> &str {
        self.state.secret()
    }

    /// Exchanges the code that the browser brought back. Call only where the state matched.
    ///
    /// # Errors
    /// [`AuthError::WrongApp`], [`AuthError::SignInNeeded`] for a code that is used or too old.
    pub async fn finish(
        self,
        code: SecretString,
        transport: Arc<dyn Transport>,
        clock: &dyn Clock,
    ) -> Result<Tokens, AuthError> {
        let provider = self.provider;
        let client = token_client(&self.app, &provider)?;
        let (asked, lives) = (provider.clone(), provider.access_lives());
        let send = move |request| carry(transport.clone(), asked.clone(), request);
        let now = clock.now();
        let answer = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(self.verifier)
            .set_redirect_uri(Cow::Borrowed(&self.redirect_uri))
            .request_async(&send)
            .await
            .map_err(|error| token_error(&provider, error))?;
        Ok(Tokens::received(&answer, now, lives))
    }
}

/// The whole sign-in: listens for the browser's return, sends the person to the provider, waits,
/// and exchanges the code.
///
/// `show` is called once with the address to open; it opens the browser or prints it.
///
/// # Errors
/// Any [`AuthError`]; nothing is kept where it fails.
pub async fn in_browser<P: Provider>(
    app: &App,
    provider: &P,
    scopes: &[&str],
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    cancel: &CancellationToken,
    show: impl FnOnce(&Url) + Send,
) -> Result<Tokens, AuthError> {
    let listener = Listener::bind(provider.name(), &PORTS)
        .await?
        .taking_bare_declines(provider.declines_without_state());
    let sign_in = SignIn::begin(app, provider, &listener.redirect_uri(), scopes)?;
    show(sign_in.authorize_url());
    let deadline = clock.now() + TIME_ALLOWED;
    let code = listener
        .wait(sign_in.state(), clock.clone(), deadline, cancel)
        .await?;
    sign_in.finish(code, transport, clock.as_ref()).await
}

/// Opens an address in the person's browser.
///
/// # Errors
/// Where no browser could be started; the address should then be shown to be copied.
pub fn open_browser(address: &Url) -> std::io::Result<()> {
    open::that_detached(address.as_str())
}
