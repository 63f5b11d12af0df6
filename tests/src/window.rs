//! The desktop app in a real window, and the person's browser in another.
//!
//! Both are WebKit, driven by WebKitWebDriver under a virtual display. The app is started by the
//! driver (that is all a Tauri driver does on Linux) and inherits the driver's environment. It
//! opens web pages with `xdg-open`, for which a script stands in that hands the address over.

use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::books::Books;
use crate::display::Picture;
use crate::installation::Installation;
use crate::programs;

/// Longer than anything takes that works: a first sync may wait for Xero's minute.
const LIMIT: Duration = Duration::from_mins(2);

/// Where WebKitGTK's own small browser is, by architecture.
const BROWSERS: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
];

/// A WebKitWebDriver with one session.
pub struct Driven {
    /// The session.
    pub client: Client,
    /// The driver's process group: with it go the bus, the program and all it has started.
    group: u32,
    _driver: Child,
}

impl Drop for Driven {
    fn drop(&mut self) {
        let group = format!("-{}", self.group);
        // What has ended by itself need not be ended.
        let _ = std::process::Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
    }
}

impl Driven {
    /// Starts a program under a driver of its own.
    async fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(OsString, OsString)],
    ) -> Driven {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .expect("a free port")
            .local_addr()
            .expect("an address")
            .port();
        // A session bus of its own: the app lets one window run on a bus.
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver"])
            .arg(format!("--port={port}"))
            .process_group(0)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // Without DMABUF rendering the browser's driver never answers a request for a picture.
            .env_remove("WEBKIT_DISABLE_DMABUF_RENDERER")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("dbus-run-session starts; `cargo verify` installs it");
        let group = driver.id().expect("the driver runs");
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            assert!(begun.elapsed() < LIMIT, "WebKitWebDriver does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        // No browserName: with one the session is refused.
        let wanted = json!({
            "webkitgtk:browserOptions": { "binary": program, "args": arguments }
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("an object was written")
        };
        // Without a display this call would never come back.
        let client = timeout(
            LIMIT,
            ClientBuilder::rustls()
                .expect("a TLS library")
                .capabilities(wanted)
                .connect(&format!("http://127.0.0.1:{port}")),
        )
        .await
        .expect("the session begins: is there a display?")
        .expect("the session begins");
        Driven {
            client,
            group,
            _driver: driver,
        }
    }

    /// A web browser with an empty page.
    pub async fn browser() -> Driven {
        let program = BROWSERS
            .into_iter()
            .map(Path::new)
            .find(|path| path.is_file())
            .expect("WebKitGTK's MiniBrowser is installed with libwebkit2gtk-4.1-0");
        Driven::start(program, &["--automation"], &[]).await
    }

    /// Waits for an element.
    pub async fn find(&self, xpath: &str) -> Element {
        let waiting = self
            .client
            .wait()
            .at_most(LIMIT)
            .every(Duration::from_millis(50))
            .for_element(Locator::XPath(xpath));
        match within(xpath, waiting).await {
            Ok(element) => element,
            Err(error) => {
                let page = self.text().await;
                panic!("{xpath} does not appear ({error}); the page says:\n{page}");
            }
        }
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        let reading = async {
            let body = self.client.find(Locator::Css("body")).await?;
            body.text().await
        };
        within("reading the page", reading)
            .await
            .unwrap_or_else(|error| error.to_string())
    }

    /// Waits until the page says something.
    pub async fn says(&self, words: &str) {
        self.find(&format!("//body[contains(., {})]", quoted(words)))
            .await;
    }

    /// Presses a button by its words, once it can be pressed.
    pub async fn press(&self, words: &str) {
        self.press_at(&format!(
            "//button[normalize-space(.)={} and not(@disabled)]",
            quoted(words)
        ))
        .await;
    }

    /// Presses the first button whose words begin so.
    pub async fn press_beginning(&self, words: &str) {
        self.press_at(&format!(
            "//button[starts-with(normalize-space(.), {}) and not(@disabled)]",
            quoted(words)
        ))
        .await;
    }

    /// Clicks an element.
    pub async fn press_at(&self, xpath: &str) {
        let begun = Instant::now();
        loop {
            let element = self.find(xpath).await;
            match within("a click", element.click()).await {
                Ok(()) => return,
                // The page was redrawn in between; look again.
                Err(error) => {
                    assert!(
                        begun.elapsed() < LIMIT,
                        "{xpath} cannot be pressed: {error}"
                    );
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Goes to a page by its entry at the side.
    pub async fn open(&self, page: &str) {
        self.press_at(&format!(
            "//nav[@aria-label='Main']//a[starts-with(normalize-space(.), {})]",
            quoted(page)
        ))
        .await;
    }

    /// Types into a field, over what it holds.
    pub async fn type_into(&self, name: &str, text: &str) {
        let field = self.find(&format!("//input[@name={}]", quoted(name))).await;
        within("clearing a field", field.clear())
            .await
            .expect("the field is cleared");
        within("typing", field.send_keys(text))
            .await
            .expect("the field takes text");
    }

    /// Saves the page as it is, in light and in dark.
    pub async fn shoot(&self, folder: &Path, name: &str) {
        std::fs::create_dir_all(folder).expect("the folder for pictures");
        for theme in ["light", "dark"] {
            let picture = self.picture_in(theme).await;
            let file = folder.join(format!("{name}-{theme}.png"));
            std::fs::write(&file, picture.png()).expect("the picture is saved");
        }
        let restored = self.client.execute(
            "document.documentElement.dataset.theme = window.themeBefore;",
            Vec::new(),
        );
        within("a change of theme", restored)
            .await
            .expect("the theme changes back");
    }

    /// A picture of the app's window in a theme. The page says when it has painted a frame; that
    /// the display shows it is told by two pictures in a row that are the same, unless something
    /// on the page moves.
    async fn picture_in(&self, theme: &str) -> Picture {
        const FRAMES: usize = 4;
        let mut last = None;
        for _ in 0..FRAMES {
            let painted = self
                .client
                .execute_async(PAINT_IN_THEME, vec![json!(theme)]);
            within("a painted frame", painted)
                .await
                .expect("the theme changes");
            let picture = Picture::of("counterfoil");
            if last.as_ref() == Some(&picture) {
                return picture;
            }
            last = Some(picture);
        }
        last.expect("a picture was taken")
    }

    /// Ends the session and the program.
    pub async fn close(self) {
        // The program may be gone already.
        let _ = timeout(LIMIT, self.client.clone().close()).await;
    }
}

/// The app in its window, on a data folder of its own.
pub struct Window {
    /// The window.
    pub driven: Driven,
    pages: PathBuf,
}

impl Window {
    /// Opens the window on an installation.
    pub async fn open(here: &Installation, arguments: &[&str]) -> Window {
        let shims = here.home().join("bin");
        let pages = here.home().join("pages");
        std::fs::create_dir_all(&shims).expect("a folder");
        if !pages.exists() {
            let made = std::process::Command::new("mkfifo").arg(&pages).status();
            assert!(made.expect("mkfifo starts").success());
        }
        let shim = shims.join("xdg-open");
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", pages.display());
        std::fs::write(&shim, script).expect("the script is written");
        std::fs::set_permissions(&shim, std::fs::Permissions::from_mode(0o755))
            .expect("the script may be run");
        let mut path = OsString::from(shims);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());

        let mut environment: Vec<(OsString, OsString)> = here
            .command(&[])
            .as_std()
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        let ready = here.home().join("painted");
        environment.push(("PATH".into(), path));
        environment.push(("COUNTERFOIL_READY_FILE".into(), ready.clone().into()));
        let driven = Driven::start(programs::desktop(), arguments, &environment).await;
        let begun = Instant::now();
        while !ready.exists() {
            assert!(begun.elapsed() < LIMIT, "the page never painted");
            sleep(Duration::from_millis(20)).await;
        }
        Window { driven, pages }
    }

    /// Waits for the page that the app opens in the person's browser.
    pub async fn opened_page(&self) -> String {
        let pages = self.pages.clone();
        let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(pages));
        timeout(LIMIT, read)
            .await
            .expect("the app opens a page in the browser")
            .expect("the reader runs")
            .expect("the pipe can be read")
            .trim()
            .to_owned()
    }

    /// Clicks through set-up from the first page to the first sync, the consent page in a real
    /// browser included; pictures on the way.
    pub async fn set_up(&self, books: &Books, pictures: &Path) {
        let window = &self.driven;
        window.says("Connect Xero").await;
        window.shoot(pictures, "setup-xero").await;
        window
            .type_into("client-id", &books.ready.xero.client_id)
            .await;
        window.press("Sign in with Xero").await;
        let page = self.opened_page().await;
        assert!(page.contains("code_challenge_method=S256"), "{page}");
        window.says("Waiting for you to sign in").await;
        window.shoot(pictures, "setup-waiting").await;

        let browser = Driven::browser().await;
        browser
            .client
            .goto(&page)
            .await
            .expect("the consent page opens");
        browser.find("//button[@id='allow']").await;
        let picture = browser.client.screenshot().await.expect("a picture");
        std::fs::write(pictures.join("consent.png"), picture).expect("the picture is saved");
        browser.press_at("//button[@id='allow']").await;
        // The page that says that the window goes on.
        browser
            .find("//body[not(.//button[@id='allow']) and contains(., 'Counterfoil')]")
            .await;
        browser.close().await;

        window.says("Connect ERPNext").await;
        window.shoot(pictures, "setup-erpnext").await;
        window
            .type_into("erpnext-url", &books.ready.erpnext.url)
            .await;
        window
            .type_into("erpnext-key", &books.ready.erpnext.key)
            .await;
        window.type_into("erpnext-secret", "not-the-secret").await;
        window.press("Connect ERPNext").await;
        window.find("//*[@role='alert']").await;
        window.shoot(pictures, "setup-erpnext-refused").await;
        window
            .type_into("erpnext-secret", &books.ready.erpnext.secret)
            .await;
        window.press("Connect ERPNext").await;

        window.says("What a sync needs, tested on both sides").await;
        window.press("Install marker fields").await;
        window
            .find("//*[@role='dialog' or self::dialog][@open or @role='dialog']")
            .await;
        window.shoot(pictures, "setup-consent").await;
        window.press("Install them").await;
        window.says("Nothing stands in the way of a sync").await;
        window.shoot(pictures, "setup-check").await;
        window.press("Go on to mapping").await;

        window
            .says("Map accounts, tax rates and bank accounts")
            .await;
        window
            .find("//button[contains(., 'and go on') or contains(., 'Go on to the preview')]")
            .await;
        window.shoot(pictures, "setup-map").await;
        window
            .press_at("//button[(contains(., 'and go on') or contains(., 'Go on to the preview')) and not(@disabled)]")
            .await;
        window.says("exactly what the first sync will do").await;
        window
            .find("//button[starts-with(normalize-space(.), 'Apply ')]")
            .await;
        window.shoot(pictures, "setup-preview").await;
    }
}

/// Shows the page in a theme and calls back once it is painted. Transitions are skipped: while the
/// window is not in front they may never end.
const PAINT_IN_THEME: &str = "
    const [theme, done] = arguments;
    const root = document.documentElement;
    window.themeBefore ??= root.dataset.theme;
    root.dataset.theme = theme;
    for (const one of document.getAnimations()) {
        if (one.effect?.getComputedTiming().endTime !== Infinity) one.finish();
    }
    requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
";

/// A driver's answer, which must come: a page that is stuck would otherwise stop the test for good.
async fn within<T>(what: &str, answer: impl Future<Output = T>) -> T {
    eprintln!("{what}");
    match timeout(LIMIT + Duration::from_secs(10), answer).await {
        Ok(answer) => answer,
        Err(late) => panic!("the driver does not answer: {what}: {late}"),
    }
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "not needed so far");
    format!("\"{text}\"")
}
