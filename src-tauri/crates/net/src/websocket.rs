//! WebSockets: a connection that stays open, for what a server tells by itself.
//!
//! Opened by the transport that makes every other call, so that proxies, trusted certificates and
//! the refusal of plain HTTP are the same.

use async_trait::async_trait;
use futures::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::{chain, checked, classify, host_of};
use crate::{HttpTransport, NetError};

/// The largest message taken, in bytes. Servers tell what changed, not the changed records.
const LARGEST_MESSAGE: usize = 1024 * 1024;

/// An open connection over which text goes both ways. Dropping it closes it.
#[async_trait]
pub trait WebSocket: Send {
    /// The next text message; `None` once the other end has closed the connection. Giving the
    /// wait up loses nothing.
    ///
    /// # Errors
    /// [`NetError::AnswerLost`] where the connection broke.
    async fn receive(&mut self) -> Result<Option<String>, NetError>;

    /// Sends a text message.
    ///
    /// # Errors
    /// [`NetError::AnswerLost`] where the connection broke; the message may have arrived.
    async fn send(&mut self, text: String) -> Result<(), NetError>;
}

/// Opens WebSockets. Waiting and trying again are the callers' decision.
#[async_trait]
pub trait WebSocketOpener: Send + Sync {
    /// Opens a connection to an `http://` or `https://` address with these headers, beside those
    /// that the protocol needs.
    ///
    /// # Errors
    /// [`OpenError`]
    async fn open(
        &self,
        address: &str,
        headers: HeaderMap,
    ) -> Result<Box<dyn WebSocket>, OpenError>;
}

/// No WebSocket came about.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// The server could not be reached.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Something answered, but not with a WebSocket.
    #[error("{host} answered {status} where a real-time connection was asked for")]
    NotAWebSocket {
        /// The host asked.
        host: String,
        /// The status of its answer.
        status: u16,
    },
}

#[async_trait]
impl WebSocketOpener for HttpTransport {
    async fn open(
        &self,
        address: &str,
        mut headers: HeaderMap,
    ) -> Result<Box<dyn WebSocket>, OpenError> {
        let url = checked(address)?;
        let host = host_of(&url);
        let key = generate_key();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        );
        if let Ok(key) = HeaderValue::from_str(&key) {
            headers.insert(header::SEC_WEBSOCKET_KEY, key);
        }
        let answer = self
            .client
            .get(url)
            .headers(headers)
            .send()
            .await
            .map_err(|error| classify(&host, &error))?;
        let accepted = answer
            .headers()
            .get(header::SEC_WEBSOCKET_ACCEPT)
            .is_some_and(|accept| {
                accept.as_bytes() == derive_accept_key(key.as_bytes()).as_bytes()
            });
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !accepted {
            return Err(OpenError::NotAWebSocket {
                host,
                status: answer.status().as_u16(),
            });
        }
        let stream = answer
            .upgrade()
            .await
            .map_err(|error| NetError::AnswerLost {
                host: host.clone(),
                why: chain(&error),
            })?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE));
        let stream = WebSocketStream::from_raw_socket(stream, Role::Client, Some(limits)).await;
        Ok(Box::new(Open { host, stream }))
    }
}

struct Open {
    host: String,
    stream: WebSocketStream<reqwest::Upgraded>,
}

impl Open {
    fn lost(&self, error: &Error) -> NetError {
        NetError::AnswerLost {
            host: self.host.clone(),
            why: error.to_string(),
        }
    }
}

#[async_trait]
impl WebSocket for Open {
    async fn receive(&mut self) -> Result<Option<String>, NetError> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(Some(text.to_string())),
                // Pings are answered by the library while it reads; nobody sends us anything binary.
                Some(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
                Some(
                    Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed),
                )
                | None => return Ok(None),
                Some(Err(error)) => return Err(self.lost(&error)),
            }
        }
    }

    async fn send(&mut self, text: String) -> Result<(), NetError> {
        match self.stream.send(Message::text(text)).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.lost(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers one handshake with `answer`, whatever was asked.
    async fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            assert!(head.contains("\r\nupgrade: websocket\r\n"), "{head}");
            assert!(head.contains("\r\nx-who: us\r\n"), "{head}");
            socket.write_all(answer.as_bytes()).await.unwrap();
        });
        format!("http://{address}/socket")
    }

    async fn open(address: &str) -> Result<Box<dyn WebSocket>, OpenError> {
        let mut headers = HeaderMap::new();
        headers.insert("x-who", HeaderValue::from_static("us"));
        HttpTransport::new().unwrap().open(address, headers).await
    }

    #[tokio::test]
    async fn text_goes_both_ways_until_the_other_end_closes() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = tokio_tungstenite::accept_async(socket).await.unwrap();
            stream.send(Message::text("hello")).await.unwrap();
            let heard = stream.next().await.unwrap().unwrap();
            stream.send(Message::binary(vec![1])).await.unwrap();
            stream.send(heard).await.unwrap();
            stream.close(None).await.unwrap();
        });
        let mut socket = open(&format!("http://{address}/")).await.unwrap();
        assert_eq!(socket.receive().await.unwrap().as_deref(), Some("hello"));
        socket.send("and back".to_owned()).await.unwrap();
        assert_eq!(socket.receive().await.unwrap().as_deref(), Some("and back"));
        assert_eq!(socket.receive().await.unwrap(), None);
    }

    #[tokio::test]
    async fn anything_but_the_right_answer_is_no_websocket() {
        for (answer, status) in [
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 404),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200),
            (
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: bm90IG91cnM=\r\n\r\n",
                101,
            ),
        ] {
            let address = server(answer).await;
            let Err(OpenError::NotAWebSocket { status: got, .. }) = open(&address).await else {
                panic!("{answer} was taken");
            };
            assert_eq!(got, status);
        }
    }

    #[tokio::test]
    async fn plain_http_is_for_this_machine_only() {
        let Err(OpenError::Net(NetError::NotSent { why, .. })) = open("http://erp.example/").await
        else {
            panic!("it was tried");
        };
        assert!(why.contains("use https://"), "{why}");
    }
}
