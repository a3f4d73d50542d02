//! Models from a hub that behaves as badly as the network can.

use crate::fetching::{content, scratch};
use crate::hub_server::{Asked, HubServer, Reply};
use check::{Outcome, Stop, equal, fail, that};
use hub::{Got, ModelStore, Origin, Pace, Patience, PullEvent, PullFailure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use sys::Coded;

const PATIENCE: Patience = Patience { connect: Duration::from_secs(5), silence: Duration::from_millis(800) };
/// 300,000 bytes are five of these pieces.
const PACE: Pace = Pace { piece_bytes: 1 << 16, connections: 3 };
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// `git hash-object` of `hello`, a line feed after it.
const HELLO_BLOB: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

/// How a server answers for `model.safetensors`.
type Lie = fn(&[u8], &Asked, usize) -> Reply;

fn store(folder: &Path) -> ModelStore {
    ModelStore::at(folder.join("models"), PATIENCE, PACE, Some("secret".into()))
}

/// Pulls `org/name` from `server`; the folder, or why not.
fn pull_of(folder: &Path, server: &HubServer, named: &str) -> Result<(Got, PathBuf), PullFailure> {
    let origin = Origin::parse(named, Some(&server.address))?;
    let store = store(folder);
    let plan = store.plan(&origin, None)?;
    store.fetch(plan, &mut |_| {})
}

fn pull(folder: &Path, server: &HubServer) -> Result<(Got, PathBuf), PullFailure> {
    pull_of(folder, server, "org/name")
}

fn code(result: Result<(Got, PathBuf), PullFailure>) -> Result<(&'static str, String), Stop> {
    match result {
        Ok(got) => fail(format!("an error was expected, not {got:?}")),
        Err(error) => Ok((error.code(), error.to_string())),
    }
}

fn large(name: &str, bytes: &[u8]) -> Value {
    let lfs = json!({ "sha256": formats::checksum::sha256(bytes), "size": bytes.len(), "pointerSize": 135 });
    json!({ "rfilename": name, "size": bytes.len(), "blobId": "f".repeat(40), "lfs": lfs })
}

fn small(name: &str) -> Value {
    json!({ "rfilename": name, "size": 6, "blobId": HELLO_BLOB })
}

fn listing(files: &[Value]) -> Reply {
    Reply::new(200, json!({ "id": "org/name", "sha": COMMIT, "siblings": files }).to_string())
}

/// A hub with a model: `config.json` says hello, and `answer` decides about `model.safetensors`.
fn hub(
    bytes: &[u8],
    answer: impl Fn(&[u8], &Asked, usize) -> Reply + Send + Sync + 'static,
) -> Result<HubServer, Stop> {
    let bytes = bytes.to_vec();
    HubServer::start(move |asked, n| match asked.path.as_str() {
        path if path.starts_with("/api/models/org/name/revision/") => {
            listing(&[small("config.json"), large("model.safetensors", &bytes)])
        }
        path if path.ends_with("/config.json") => Reply::new(200, "hello\n"),
        path if path.ends_with("/model.safetensors") => answer(&bytes, asked, n),
        _ => Reply::new(404, "Entry not found"),
    })
}

/// Fails unless the model is whole and nothing else is there.
fn is_whole(model: &Path, bytes: &[u8]) -> Outcome {
    that(fs::read(model.join("model.safetensors"))? == bytes, || "other bytes".into())?;
    equal(fs::read_to_string(model.join("config.json"))?.as_str(), "hello\n", "config.json")?;
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(model)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    equal(names.join(" ").as_str(), "config.json model.safetensors source.json", "files")
}

fn is_not_there(folder: &Path) -> Outcome {
    that(!folder.join("models/org/name").exists(), || "the model has its name already".into())
}

pub fn a_model_arrives_whole_with_only_what_it_needs() -> Outcome {
    let (folder, bytes) = (scratch("pull")?, content());
    let far = {
        let bytes = bytes.clone();
        HubServer::start(move |asked, _| Reply::file(&bytes, asked))?
    };
    let (files, to) = (bytes.clone(), format!("{}/far", far.address));
    let server = HubServer::start(move |asked, _| match asked.path.as_str() {
        "/api/models/org/name/revision/main?blobs=true" => listing(&[
            small("config.json"),
            large("model.safetensors", &files),
            large("pytorch_model.bin", &files),
            small("onnx/model.onnx"),
            small("1_Pooling/config.json"),
        ]),
        path if path == format!("/org/name/resolve/{COMMIT}/model.safetensors") => {
            Reply::new(302, "").with(format!("Location: {to}"))
        }
        path if path.ends_with("/config.json") => Reply::new(200, "hello\n"),
        _ => Reply::new(404, ""),
    })?;
    let origin = Origin::parse("org/name", Some(&server.address))?;
    let store = store(&folder);
    let plan = store.plan(&origin, None)?;
    equal((plan.bytes(), plan.files.len()), (bytes.len() as u64 + 12, 3), "sizes before anything is fetched")?;
    equal(plan.revision.as_deref(), Some(COMMIT), "the commit")?;
    let mut received = 0;
    let (got, model) = store.fetch(plan, &mut |event| {
        if let PullEvent::Received { bytes } = event {
            received += bytes;
        }
    })?;
    equal((got, received), (Got::Arrived, bytes.len() as u64 + 12), "bytes told")?;
    equal(&model, &folder.join("models/org/name"), "its place")?;
    equal(fs::read_to_string(model.join("1_Pooling/config.json"))?.as_str(), "hello\n", "a file in a folder")?;
    fs::remove_dir_all(model.join("1_Pooling"))?;
    is_whole(&model, &bytes)?;
    let source: Value = serde_json::from_slice(&fs::read(model.join("source.json"))?)?;
    equal(&source["source"], &format!("{}/org/name", server.address).into(), "where it came from")?;
    equal(&source["revision"], &COMMIT.into(), "its commit")?;
    that(server.asked().iter().all(|it| it.authorization.as_deref() == Some("Bearer secret")), || "no token".into())?;
    that(far.asked().iter().all(|it| it.authorization.is_none()), || "the token went along".into())?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn what_is_here_is_not_fetched_again_and_what_is_damaged_is() -> Outcome {
    let (folder, bytes) = (scratch("pull-again")?, content());
    let server = hub(&bytes, |bytes, asked, _| Reply::file(bytes, asked))?;
    pull(&folder, &server)?;
    let asked = server.asked_for("model.safetensors").len();
    equal(pull(&folder, &server)?.0, Got::AlreadyHere, "the second time")?;
    equal(server.asked_for("model.safetensors").len(), asked, "requests")?;
    fs::write(folder.join("models/org/name/model.safetensors"), "cut")?;
    let (got, model) = pull(&folder, &server)?;
    equal(got, Got::Arrived, "after damage")?;
    is_whole(&model, &bytes)?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn connections_that_break_go_on_where_they_stopped() -> Outcome {
    let (folder, bytes) = (scratch("pull-breaks")?, content());
    // Every second answer stops in the middle of what was asked for.
    let server = hub(&bytes, |bytes, asked, n| {
        let reply = Reply::file(bytes, asked);
        if n.is_multiple_of(2) { reply.stopping_after(20_000) } else { reply }
    })?;
    is_whole(&pull(&folder, &server)?.1, &bytes)?;
    let parts = server.asked_for("model.safetensors");
    that(parts.iter().all(|it| it.range.is_some()), || format!("a whole file was asked for: {parts:?}"))?;
    that(parts.iter().any(|it| it.range.is_some_and(|(from, _)| from % (1 << 16) == 20_000)), || {
        format!("nothing was gone on with: {parts:?}")
    })?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn pieces_of_last_time_are_not_asked_for_again() -> Outcome {
    let (folder, bytes) = (scratch("pull-resume")?, content());
    let broken = hub(&bytes, |bytes, asked, _| match asked.range {
        Some((from, _)) if from >= 2 << 16 => Reply::new(404, "gone"),
        _ => Reply::file(bytes, asked),
    })?;
    equal(code(pull(&folder, &broken))?.0, "pull.not_found", "a server that lost a part")?;
    is_not_there(&folder)?;
    let server = hub(&bytes, |bytes, asked, _| Reply::file(bytes, asked))?;
    is_whole(&pull(&folder, &server)?.1, &bytes)?;
    let asked = server.asked_for("model.safetensors");
    let again = asked.iter().filter(|it| it.range.is_some_and(|(from, _)| from < 1 << 16)).count();
    that(again == 0 && asked.len() <= 4, || format!("asked again: {asked:?}"))?;
    equal(server.asked_for("config.json").len(), 0, "a whole small file asked for again")?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn a_server_without_ranges_sends_the_whole() -> Outcome {
    let (folder, bytes) = (scratch("pull-whole")?, content());
    let server = hub(&bytes, |bytes, _, n| {
        let reply = Reply::new(200, bytes);
        if n == 0 { reply.stopping_after(200_000) } else { reply }
    })?;
    is_whole(&pull(&folder, &server)?.1, &bytes)?;
    equal(server.asked_for("model.safetensors").len(), 2, "requests")?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn a_server_that_asks_for_time_gets_it() -> Outcome {
    let (folder, bytes) = (scratch("pull-busy")?, content());
    let server = hub(&bytes, |bytes, asked, n| match n {
        0 | 3 => Reply::new(429, "slow down").with("Retry-After: 0"),
        1 => Reply::new(503, ""),
        _ => Reply::file(bytes, asked),
    })?;
    is_whole(&pull(&folder, &server)?.1, &bytes)?;
    fs::remove_dir_all(&folder)?;
    let server = HubServer::start(|_, _| Reply::new(429, "").with("Retry-After: 86400"))?;
    let (code, error) = code(pull(&folder, &server))?;
    equal((code, server.asked().len()), ("pull.unreachable", 1), "a day is not waited")?;
    that(error.contains("HTTP 429") && error.contains("86400 s"), || error)
}

pub fn lies_about_sizes_are_found_out() -> Outcome {
    let bytes = content();
    let lies: [(&str, &str, Lie); 5] = [
        ("shorter", "pull.size", |bytes, asked, _| Reply::file(&bytes[..200_000], asked)),
        ("longer", "pull.size", |bytes, asked, _| Reply::file(&[bytes, b"x"].concat(), asked)),
        ("a page", "pull.size", |_, _, _| Reply::new(200, "<html>log in</html>")),
        ("another part", "pull.size", |bytes, _, _| {
            Reply::new(206, &bytes[..9]).with(format!("Content-Range: bytes 7-15/{}", bytes.len()))
        }),
        ("never whole", "pull.unreachable", |bytes, asked, _| Reply::file(bytes, asked).stopping_after(0)),
    ];
    for (what, expected, answer) in lies {
        let folder = scratch("pull-lies")?;
        let server = hub(&bytes, answer)?;
        let (found, error) = code(pull(&folder, &server))?;
        equal(found, expected, &format!("{what}: {error}"))?;
        is_not_there(&folder)?;
        fs::remove_dir_all(folder)?;
    }
    let folder = scratch("pull-lies")?;
    let server = hub(&bytes, |bytes, asked, n| match asked.range {
        Some((from, _)) if from == 1 << 16 && n > 0 => Reply::file(bytes, asked).stopping_after(0),
        _ => Reply::file(bytes, asked),
    })?;
    let (found, error) = code(pull(&folder, &server))?;
    equal(found, "pull.incomplete", &error)?;
    Ok(fs::remove_dir_all(folder)?)
}

/// Redirects in a circle, and sizes that nothing has: told at once, and nothing is allotted for them.
pub fn what_has_no_end_is_left() -> Outcome {
    let folder = scratch("pull-endless")?;
    let circle = HubServer::start(|asked, _| match asked.path.as_str() {
        path if path.starts_with("/api/") => {
            listing(&[small("config.json"), json!({"rfilename": "model.safetensors"})])
        }
        "/a" => Reply::new(302, "").with("Location: /b"),
        _ => Reply::new(302, "").with("Location: /a"),
    })?;
    let (found, error) = code(pull(&folder, &circle))?;
    equal(found, "pull.unreachable", &error)?;
    that(error.contains("redirects") && circle.asked().len() < 20, || error)?;
    for bytes in [u64::MAX, 1 << 62, (1 << 42) + 1] {
        let server = HubServer::start(move |_, _| {
            let weights = json!({"rfilename": "model.safetensors", "size": bytes, "blobId": HELLO_BLOB});
            listing(&[small("config.json"), weights])
        })?;
        let (found, error) = code(pull(&folder, &server))?;
        equal(found, "pull.listing", &error)?;
        that(error.contains(&bytes.to_string()), || error)?;
    }
    is_not_there(&folder)?;
    Ok(fs::remove_dir_all(folder)?)
}

/// A mirror's own address may have a path; where it redirects to stands behind its host.
pub fn a_mirror_below_a_path_redirects_within_its_host() -> Outcome {
    let (folder, bytes) = (scratch("pull-below")?, content());
    let files = bytes.clone();
    let server = HubServer::start(move |asked, _| match asked.path.as_str() {
        path if path.starts_with("/hub/api/") => {
            listing(&[json!({"rfilename": "config.json"}), large("model.safetensors", &files)])
        }
        "/hub/near/config.json" => Reply::new(200, "hello\n").with(format!("ETag: \"{HELLO_BLOB}\"")),
        "/hub/near/model.safetensors" => Reply::file(&files, asked),
        path if path.starts_with("/hub/org/name/resolve/") => {
            Reply::new(302, "").with(format!("Location: /hub/near/{}", path.rsplit('/').next().unwrap_or_default()))
        }
        _ => Reply::new(404, ""),
    })?;
    let origin = Origin::parse("org/name", Some(&format!("{}/hub", server.address)))?;
    let store = store(&folder);
    is_whole(&store.fetch(store.plan(&origin, None)?, &mut |_| {})?.1, &bytes)?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn wrong_bytes_are_refused_and_not_kept() -> Outcome {
    let (folder, bytes) = (scratch("pull-wrong")?, content());
    let wrong = |bytes: &[u8], asked: &Asked, _: usize| {
        let mut bytes = bytes.to_vec();
        bytes[299_999] ^= 1;
        Reply::file(&bytes, asked)
    };
    let (found, error) = code(pull(&folder, &hub(&bytes, wrong)?))?;
    equal(found, "pull.checksum", &error)?;
    is_not_there(&folder)?;
    let left: Vec<_> =
        fs::read_dir(folder.join("models/.partial/org/name"))?.flatten().map(|it| it.file_name()).collect();
    equal(left, vec!["config.json".into()], "what is kept")?;
    // A small file has no SHA-256 on a hub, but Git's checksum.
    let server = HubServer::start(|asked, _| match asked.path.as_str() {
        path if path.starts_with("/api/") => listing(&[small("config.json"), large("model.safetensors", b"w")]),
        path if path.ends_with("config.json") => Reply::new(200, "jello\n"),
        _ => Reply::new(200, "w"),
    })?;
    fs::remove_dir_all(&folder)?;
    equal(code(pull(&folder, &server))?.0, "pull.checksum", "a small file of other bytes")?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn a_bad_piece_of_last_time_is_fetched_anew() -> Outcome {
    let (folder, bytes) = (scratch("pull-bad-piece")?, content());
    let half = hub(&bytes, |bytes, asked, _| match asked.range {
        Some((from, _)) if from >= 1 << 16 => Reply::new(404, ""),
        _ => Reply::file(bytes, asked),
    })?;
    code(pull(&folder, &half))?;
    // The disk lost what it had promised.
    let part = folder.join("models/.partial/org/name/model.safetensors.part");
    let mut kept = fs::read(&part)?;
    kept[5] ^= 1;
    fs::write(&part, kept)?;
    let server = hub(&bytes, |bytes, asked, _| Reply::file(bytes, asked))?;
    is_whole(&pull(&folder, &server)?.1, &bytes)?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn the_tree_and_the_headers_tell_what_the_list_does_not() -> Outcome {
    let (folder, bytes) = (scratch("pull-tree")?, content());
    let files = bytes.clone();
    let oid = formats::checksum::sha256(&bytes);
    // No `revision`, but `tree` in two pages.
    let server = HubServer::start(move |asked, _| match asked.path.as_str() {
        "/api/models/org/name/tree/v1?recursive=true" => {
            let next = "Link: </api/models/org/name/tree/v1?cursor=2>; rel=\"next\"";
            let page = json!([{ "type": "directory", "path": "x", "oid": "", "size": 0 },
                { "type": "file", "path": "config.json", "oid": HELLO_BLOB, "size": 6 }]);
            Reply::new(200, page.to_string()).with(next)
        }
        "/api/models/org/name/tree/v1?cursor=2" => {
            let lfs = json!({ "oid": oid, "size": files.len(), "pointerSize": 1 });
            let file =
                json!({ "type": "file", "path": "model.safetensors", "oid": "", "size": files.len(), "lfs": lfs });
            Reply::new(200, json!([file]).to_string())
        }
        "/org/name/resolve/v1/config.json" => Reply::new(200, "hello\n"),
        "/org/name/resolve/v1/model.safetensors" => Reply::file(&files, asked),
        _ => Reply::new(404, ""),
    })?;
    is_whole(&pull_of(&folder, &server, "org/name@v1")?.1, &bytes)?;
    fs::remove_dir_all(&folder)?;

    // A list of names alone; the headers before the redirect tell size and checksum, a renamed model redirects first.
    for (tag, expected) in [(formats::checksum::sha256(&bytes), None), ("0".repeat(64), Some("pull.checksum"))] {
        let files = bytes.clone();
        let server = HubServer::start(move |asked, _| match asked.path.as_str() {
            path if path.starts_with("/api/") => {
                listing(&[json!({ "rfilename": "config.json" }), json!({ "rfilename": "model.safetensors" })])
            }
            "/far" => Reply::file(&files, asked),
            path if path.starts_with("/org/name/") => {
                Reply::new(307, "").with(format!("Location: {}", path.replace("/org/", "/new/")))
            }
            path if path.ends_with("config.json") => Reply::new(200, "hello\n").with(format!("ETag: \"{HELLO_BLOB}\"")),
            _ => Reply::new(302, "moved")
                .with(format!("X-Linked-Size: {}", files.len()))
                .with(format!("X-Linked-Etag: \"{tag}\""))
                .with("Location: /far"),
        })?;
        match (pull(&folder, &server), expected) {
            (Ok((_, model)), None) => is_whole(&model, &bytes)?,
            (result, Some(expected)) => equal(code(result)?.0, expected, "a wrong checksum in the header")?,
            (Err(error), None) => return fail(error.to_string()),
        }
        fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

pub fn refusals_are_told_apart() -> Outcome {
    let folder = scratch("pull-refused")?;
    for (status, expected) in
        [(401, "pull.denied"), (403, "pull.denied"), (404, "pull.not_found"), (418, "pull.unreachable")]
    {
        let server = HubServer::start(move |_, _| Reply::new(status, "no"))?;
        let (found, error) = code(pull(&folder, &server))?;
        equal(found, expected, &error)?;
        that(!error.contains("secret"), || error)?;
    }
    for (body, expected) in [
        ("<html>".to_string(), "pull.listing"),
        (json!({ "siblings": "none" }).to_string(), "pull.listing"),
        (json!({ "siblings": [] }).to_string(), "pull.no_weights"),
        (json!({ "siblings": [{ "rfilename": "pytorch_model.bin" }] }).to_string(), "pull.pickles"),
        (json!({ "siblings": [{ "rfilename": "a.gguf" }, { "rfilename": "b.gguf" }] }).to_string(), "pull.several"),
    ] {
        let server = HubServer::start(move |_, _| Reply::new(200, body.clone()))?;
        equal(code(pull(&folder, &server))?.0, expected, "what is listed")?;
    }
    Ok(fs::remove_dir_all(folder)?)
}

pub fn names_that_lead_out_of_the_folder_are_refused() -> Outcome {
    let folder = scratch("pull-hostile")?;
    for name in ["../config.json", "/etc/passwd", "a/../../b", "a//b", "C:\\x", "a\\b", "a\u{0}b", "./x", "", "a/"] {
        let server = HubServer::start(move |_, _| {
            listing(&[large("model.safetensors", b"w"), small("config.json"), small(name)])
        })?;
        equal(code(pull(&folder, &server))?.0, "pull.hostile_name", name)?;
    }
    equal(fs::read_dir(&folder)?.count(), 0, "files")?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn model_scope_is_spoken_too() -> Outcome {
    let (folder, bytes) = (scratch("pull-ms")?, content());
    let files = bytes.clone();
    let server = HubServer::start(move |asked, _| match asked.path.as_str() {
        "/api/v1/models/org/name/repo/files?Revision=master&Recursive=true" => {
            let file = |path: &str, bytes: &[u8]| {
                let sha256 = formats::checksum::sha256(bytes);
                json!({ "Name": path, "Path": path, "Type": "blob", "Size": bytes.len(), "Sha256": sha256 })
            };
            let folder = json!({ "Name": "x", "Path": "x", "Type": "tree", "Size": 0 });
            let files = json!([folder, file("config.json", b"hello\n"), file("model.safetensors", &files)]);
            Reply::new(200, json!({ "Code": 200, "Data": { "Files": files }, "Success": true }).to_string())
        }
        "/models/org/name/resolve/master/config.json" => Reply::new(200, "hello\n"),
        "/models/org/name/resolve/master/model.safetensors" => Reply::file(&files, asked),
        _ => Reply::new(404, ""),
    })?;
    let page = format!("{}/models/org/name", server.address);
    is_whole(&pull_of(&folder, &server, &page)?.1, &bytes)?;
    that(server.asked().iter().all(|it| it.authorization.is_none()), || "the Hub's token went to ModelScope".into())?;
    Ok(fs::remove_dir_all(folder)?)
}

pub fn another_revision_takes_the_place_of_the_first() -> Outcome {
    let (folder, bytes) = (scratch("pull-revision")?, content());
    let first = hub(&bytes[..1000], |bytes, asked, _| Reply::file(bytes, asked))?;
    pull(&folder, &first)?;
    // An interrupted run of a revision with other files leaves nothing of them.
    let aside = folder.join("models/.partial/org/name");
    fs::create_dir_all(&aside)?;
    fs::write(aside.join("tokenizer.json"), "{}")?;
    let second = hub(&bytes, |bytes, asked, _| Reply::file(bytes, asked))?;
    is_whole(&pull(&folder, &second)?.1, &bytes)?;
    Ok(fs::remove_dir_all(folder)?)
}
