//! The real transport: HTTP over TLS by reqwest and rustls.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use http::{Method, header};
use url::{Host, Url};

use crate::{NetError, Request, Response, Transport};

/// How the transport behaves. [`Default`] suits both remote systems.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for the next bytes of an answer. ERPNext lets a request work for two
    /// minutes before it gives up on it itself, and an answer given up on too early leaves a write
    /// in doubt.
    pub read_timeout: Duration,
    /// The largest answer accepted, in bytes, after decompression.
    pub largest_answer: usize,
    /// The `User-Agent` header. Xero asks for one that identifies the application.
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(75),
            read_timeout: Duration::from_secs(130),
            largest_answer: 64 * 1024 * 1024,
            user_agent: concat!("Counterfoil/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Sends requests over the network, through the system's proxies (`HTTPS_PROXY`, `NO_PROXY`).
///
/// Plain HTTP is used for loopback addresses only. Redirects are followed for reads that stay on
/// the same origin; any other redirect is returned as the answer it is, so that credentials never
/// travel to a host nobody entered and a write never turns into a read.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    pub(crate) client: reqwest::Client,
    largest_answer: usize,
}

/// The TLS library could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the network could not be set up: {0}")]
pub struct SetUpError(String);

impl HttpTransport {
    /// A transport with the default options.
    ///
    /// # Errors
    /// [`SetUpError`] where TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, SetUpError> {
        Self::with(&Options::default())
    }

    /// A transport with the given options.
    ///
    /// # Errors
    /// [`SetUpError`] where TLS cannot be set up on this machine.
    pub fn with(options: &Options) -> Result<Self, SetUpError> {
        let client = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SetUpError(chain(&error)))?;
        Ok(Self {
            client,
            largest_answer: options.largest_answer,
        })
    }

    async fn once(&self, url: Url, request: &Request) -> Result<Response, NetError> {
        let host = host_of(&url);
        let answer = self
            .client
            .request(request.method().clone(), url)
            .headers(request.headers().clone())
            .body(request.body().clone())
            .send()
            .await
            .map_err(|error| classify(&host, &error))?;
        self.read(host, answer).await
    }

    async fn read(
        &self,
        host: String,
        mut answer: reqwest::Response,
    ) -> Result<Response, NetError> {
        let limit = self.largest_answer;
        let mut whole = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| NetError::AnswerLost {
            host: host.clone(),
            why: chain(&error),
        })? {
            if whole.len() + piece.len() > limit {
                return Err(NetError::TooLarge { host, limit });
            }
            whole.extend_from_slice(&piece);
        }
        let mut response = http::Response::new(whole.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, NetError> {
        const MOST_REDIRECTS: usize = 5;
        let mut url = checked(&request.uri().to_string())?;
        for _ in 0..MOST_REDIRECTS {
            let answer = self.once(url.clone(), &request).await?;
            let Some(next) = redirect_within(&url, request.method(), &answer) else {
                return Ok(answer);
            };
            url = next;
        }
        self.once(url, &request).await
    }
}

/// Where a read is to be repeated, if the answer redirects it within the same origin.
fn redirect_within(url: &Url, method: &Method, answer: &Response) -> Option<Url> {
    let read = method == Method::GET || method == Method::HEAD;
    if !read || !answer.status().is_redirection() {
        return None;
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let next = url.join(location).ok()?;
    (next.origin() == url.origin() && next != *url).then_some(next)
}

/// Reads an address, refusing plain HTTP to anything but this machine.
pub(crate) fn checked(address: &str) -> Result<Url, NetError> {
    let refuse = |host: &str, why: &str| NetError::NotSent {
        host: host.to_owned(),
        why: why.to_owned(),
        certificate: false,
    };
    let url = Url::parse(address).map_err(|error| refuse(address, &error.to_string()))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(refuse(
            &host_of(&url),
            "an address that starts with http:// would send credentials unencrypted; use https://",
        )),
        _ => Err(refuse(
            &host_of(&url),
            "the address must start with https://",
        )),
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(crate) fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => url.to_string(),
    }
}

/// Tells a request that was certainly not received from one that may have been.
pub(crate) fn classify(host: &str, error: &reqwest::Error) -> NetError {
    let why = chain(error);
    if error.is_connect() || error.is_builder() {
        let certificate = ["certificate", "unknownissuer", "notvalidforname"]
            .iter()
            .any(|word| why.to_lowercase().contains(word));
        NetError::NotSent {
            host: host.to_owned(),
            why,
            certificate,
        }
    } else if error.is_timeout() {
        NetError::AnswerLost {
            host: host.to_owned(),
            why: "no answer in time".to_owned(),
        }
    } else {
        NetError::AnswerLost {
            host: host.to_owned(),
            why,
        }
    }
}

/// The innermost reasons of an error, without the address (which may hold a secret).
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut reasons = Vec::<String>::new();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if reasons
            .last()
            .is_none_or(|last| !last.contains(text.as_str()))
        {
            reasons.push(text);
        }
        source = inner.source();
    }
    if reasons.is_empty() {
        if error.is_timeout() {
            "timed out".to_owned()
        } else {
            "the connection failed".to_owned()
        }
    } else {
        reasons.join(": ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    async fn serve(answers: Vec<&'static [u8]>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut buffer = [0; 4096];
                let _ = socket.read(&mut buffer).await.unwrap();
                socket.write_all(answer).await.unwrap();
            }
        });
        format!("http://{address}")
    }

    fn request(method: Method, url: &str) -> Request {
        http::Request::builder()
            .method(method)
            .uri(url)
            .body(Bytes::new())
            .unwrap()
    }

    fn transport(largest_answer: usize) -> HttpTransport {
        HttpTransport::with(&Options {
            largest_answer,
            ..Options::default()
        })
        .unwrap()
    }

    #[tokio::test]
    async fn reads_a_whole_answer() {
        let base =
            serve(vec![b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 5\r\nx-a: b\r\nconnection: close\r\n\r\nhello"])
                .await;
        let answer = transport(100)
            .send(request(Method::GET, &base))
            .await
            .unwrap();
        assert_eq!(answer.status(), 417);
        assert_eq!(answer.headers()["x-a"], "b");
        assert_eq!(answer.body().as_ref(), b"hello");
    }

    #[tokio::test]
    async fn a_cut_off_answer_is_a_lost_answer() {
        let base = serve(vec![
            b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello" as &[u8],
        ])
        .await;
        let error = transport(100)
            .send(request(Method::POST, &base))
            .await
            .unwrap_err();
        assert!(matches!(error, NetError::AnswerLost { .. }), "{error:?}");
        assert!(error.may_have_been_done());

        let base = serve(vec![b"" as &[u8]]).await;
        let error = transport(100)
            .send(request(Method::POST, &base))
            .await
            .unwrap_err();
        assert!(matches!(error, NetError::AnswerLost { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn too_much_is_refused_while_it_streams() {
        let base = serve(vec![
            b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\nhello world",
        ])
        .await;
        let error = transport(10)
            .send(request(Method::GET, &base))
            .await
            .unwrap_err();
        assert!(
            matches!(error, NetError::TooLarge { limit: 10, .. }),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_refused_connection_was_not_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = transport(10)
            .send(request(Method::POST, &format!("http://{address}")))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, NetError::NotSent { certificate: false, host, .. } if *host == address.to_string()),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn reads_follow_redirects_on_the_same_origin_only() {
        let base = serve(vec![
            b"HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
        ])
        .await;
        let answer = transport(100)
            .send(request(Method::GET, &format!("{base}/a")))
            .await
            .unwrap();
        assert_eq!(answer.body().as_ref(), b"ok");

        let elsewhere: &[u8] = b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        for method in [Method::GET, Method::POST] {
            let base = serve(vec![elsewhere]).await;
            let answer = transport(100).send(request(method, &base)).await.unwrap();
            assert_eq!(answer.status(), 302);
        }
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_only() {
        let error = transport(10)
            .send(request(Method::GET, "http://erp.example/api"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("use https://"), "{error}");
        for (address, loopback) in [
            ("http://localhost:1/", true),
            ("http://127.0.0.9/", true),
            ("http://[::1]:80/", true),
            ("http://10.0.0.1/", false),
            ("http://localhost.example/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(address).unwrap()), loopback);
        }
    }
}
