//! The thread behind the handle: opening, cancelling, ending.

use crate::tiny::{self, Removed, Server};
use check::{Outcome, Stop, equal, that};
use messages::Lang;
use serde_json::json;
use serve::{FinishReason, GenerationEvent, GenerationRequest, Input, ModelHandle, Options};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use sys::Coded;

/// Far more than a step of a tiny model takes, far less than its longest answer.
const SOON: Duration = Duration::from_secs(5);

pub fn opens_a_checkpoint_and_refuses_a_damaged_one() -> Outcome {
    let folder = tiny::checkpoint("whole")?;
    let _removed = Removed(&folder);
    let handle = ModelHandle::open(&folder)?;
    equal((handle.step(), handle.context()), (Some(7), 128), "step and context")?;
    that(folder.ends_with(handle.name()), || format!("the name is the folder's, not {}", handle.name()))?;
    let request = GenerationRequest { max_tokens: Some(3), ..GenerationRequest::greedy(Input::Text("ab".into())) };
    let mut generation = handle.generate(request)?;
    equal(generation.prompt.text.as_str(), "ab", "the prompt")?;
    let mut n_tokens = 0;
    let end = loop {
        match generation.events.blocking_recv() {
            Some(GenerationEvent::Token { .. }) => n_tokens += 1,
            Some(GenerationEvent::Done { finish_reason, usage }) => break (finish_reason, usage.completion_tokens),
            other => return check::fail(format!("unexpected {other:?}")),
        }
    };
    that(end.1 == n_tokens, || format!("{n_tokens} tokens came, {} were counted", end.1))?;
    that(n_tokens == 3 || end.0 == FinishReason::Stop, || "three tokens, or an end marker".into())?;

    let path = folder.join("model.safetensors");
    let mut bytes = std::fs::read(&path)?;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes)?;
    let code = ModelHandle::open(&folder).err().map(|error| error.code());
    equal(code, Some("model.damaged"), "a flipped bit")?;
    let code = ModelHandle::open(folder.join("missing")).err().map(|error| error.code());
    equal(code, Some("model.missing"), "a missing folder")
}

pub fn a_dropped_receiver_cancels() -> Outcome {
    let handle = ModelHandle::new("tiny", tiny::base(1 << 16)?);
    let mut generation = handle.generate(GenerationRequest::greedy(Input::Text("a".into())))?;
    let first = generation.events.blocking_recv();
    that(matches!(first, Some(GenerationEvent::Token { .. })), || format!("unexpected {first:?}"))?;
    equal(handle.n_open(), 1, "while it runs")?;
    drop(generation);
    soon("the request is forgotten", || handle.n_open() == 0)
}

pub fn clients_that_vanish_cancel_their_work() -> Outcome {
    let server = Server::of(tiny::base(1 << 16)?)?;
    for stream in [true, false] {
        let body = json!({"prompt": "a", "max_tokens": 1 << 16, "stream": stream}).to_string();
        let mut socket = TcpStream::connect(server.address)?;
        let head = format!("POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        socket.write_all(head.as_bytes())?;
        socket.write_all(body.as_bytes())?;
        soon("the request runs", || server.handle.n_open() == 1)?;
        if stream {
            let mut piece = [0; 512];
            that(socket.read(&mut piece)? > 0, || "something arrives".into())?;
        }
        drop(socket);
        soon(&format!("the request is forgotten (stream: {stream})"), || server.handle.n_open() == 0)?;
    }
    // A body that never ends blocks nobody.
    let mut half = TcpStream::connect(server.address)?;
    half.write_all(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")?;
    equal(server.get("/healthz")?.0, 200, "health")
}

pub fn stops_when_told_to() -> Outcome {
    let handle = ModelHandle::new("tiny", tiny::base(64)?);
    let (ready, address) = mpsc::channel();
    let (tell, ended) = mpsc::channel();
    let serving = handle.clone();
    std::thread::spawn(move || {
        let options = Options { host: "127.0.0.1".into(), port: 0 };
        let result = serve::run(serve::router(serving, Lang::En), &options, |address| ready.send(address).unwrap());
        tell.send(result.map_err(|error| error.to_string())).unwrap();
    });
    let address = address.recv_timeout(SOON)?;
    let server = Server { address, handle: handle.clone() };
    equal(server.get("/healthz")?.0, 200, "health")?;
    let options = Options { host: "127.0.0.1".into(), port: address.port() };
    let code = serve::run(serve::router(handle, Lang::En), &options, |_| ()).err().map(|error| error.code());
    equal(code, Some("serve.bind"), "a port that is taken")?;
    let told = Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status()?;
    that(told.success(), || "kill".into())?;
    ended.recv_timeout(SOON)?.map_err(Stop::Failed)
}

fn soon(what: &str, holds: impl Fn() -> bool) -> Outcome {
    let start = Instant::now();
    while !holds() {
        that(start.elapsed() < SOON, || format!("{what}: not within {SOON:?}"))?;
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
