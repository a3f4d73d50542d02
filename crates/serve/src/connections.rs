//! Connections, each with a limit on how long it may keep us waiting for a request.
//!
//! It is what `axum::serve` does, but for that limit, which has no place there: a client that sends half of a request's head, or
//! nothing, would hold a socket for ever, and a process may hold few (256 on macOS). What follows the head has limits of its own;
//! an answer may take as long as it takes.
//!
//! Not here: clients that close their sending half after the request, as some `nc` do. They look like those that went away, whose
//! answers nobody computes to the end.

use crate::limits::HEAD_TIME_MAX;
use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Serves `routes` until `stop`; then takes no more connections and returns when all answers in progress have ended.
pub async fn take_connections(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    serve_within(HEAD_TIME_MAX, listener, routes, stop).await;
}

async fn serve_within(limit: Duration, mut listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    // Each connection holds one end until it has ended.
    let (tell, told) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, _) = tokio::select! {
            connection = Listener::accept(&mut listener) => connection,
            () = &mut stop => break,
        };
        let mut told = told.clone();
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limit);
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()));
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            // Whatever goes wrong with a connection, the client knows it.
            let is_over = tokio::select! {
                _ = connection.as_mut() => true,
                _ = told.changed() => false,
            };
            if !is_over {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
            drop(told);
        });
    }
    drop((listener, told));
    let _ = tell.send(());
    tell.closed().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, Bytes};
    use axum::routing::{get, post};
    use futures::stream::{self, StreamExt};
    use std::convert::Infallible;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    /// The limit of these tests, and a pause that is longer.
    const LIMIT: Duration = Duration::from_millis(200);
    const PAUSE: Duration = Duration::from_millis(500);
    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn routes() -> Router {
        // Two pieces, the second after a pause.
        let slowly = || async {
            let pieces = stream::iter(["one ", "two"]).then(|piece| async move {
                tokio::time::sleep(PAUSE).await;
                Ok::<_, Infallible>(piece)
            });
            Body::from_stream(pieces)
        };
        Router::new()
            .route("/slowly", get(slowly))
            .route("/length", post(|body: Bytes| async move { body.len().to_string() }))
    }

    /// Sends the pieces of a request with a pause between them; everything that comes back until the connection is closed.
    async fn ask(address: std::net::SocketAddr, pieces: &[&str]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            stream.write_all(piece.as_bytes()).await.unwrap();
        }
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("it stays open").unwrap();
        answer
    }

    #[test]
    fn only_heads_have_to_hurry_and_answers_in_progress_are_finished() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (tell, told) = tokio::sync::oneshot::channel::<()>();
            let server = tokio::spawn(serve_within(LIMIT, listener, routes(), async { drop(told.await) }));
            let last = "Host: l\r\nConnection: close\r\n";
            let get = format!("GET /slowly HTTP/1.1\r\n{last}\r\n");
            let head = format!("POST /length HTTP/1.1\r\n{last}Content-Length: 3\r\n\r\n");
            let kept = "GET /slowly HTTP/1.1\r\nHost: l\r\n\r\n";
            let cases: [(&[&str], &str); 5] = [
                (&["GET /slowly HTTP/1.1\r\nHost: l"], ""),
                (&[], ""),
                (&[&get], "two"),
                (&[&head, "abc"], "\r\n\r\n3"),
                // Kept open for another request, which does not come.
                (&[kept], "two"),
            ];
            for (pieces, expected) in cases {
                let answer = ask(address, pieces).await;
                assert!(
                    answer.contains(expected) && expected.is_empty() == answer.is_empty(),
                    "{pieces:?}: {answer:?}"
                );
            }
            let asked = tokio::spawn(async move { ask(address, &[kept]).await });
            tokio::time::sleep(PAUSE / 2).await;
            drop(tell);
            assert!(asked.await.unwrap().contains("two"), "an answer was broken off");
            tokio::time::timeout(PATIENCE, server).await.expect("it goes on").unwrap();
            assert!(TcpStream::connect(address).await.is_err(), "it takes connections still");
        });
    }
}
