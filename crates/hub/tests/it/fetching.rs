//! Every way in which a download goes wrong, and what is left on the disk.

use crate::server::{Answer, Server};
use check::{Outcome, Stop};
use hub::{DataFile, Dataset, Event, Got, HubError, Patience, Store, Words};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;
use sys::Coded;

/// Long enough for a thread to answer, short enough for a test.
const PATIENCE: Patience = Patience { connect: Duration::from_secs(5), silence: Duration::from_millis(400) };

/// 300,000 bytes without a period.
pub fn content() -> Vec<u8> {
    (0..100_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[1..].to_vec()).collect()
}

/// A folder of its own for a check.
pub fn scratch(name: &str) -> Result<PathBuf, Stop> {
    let path = std::env::temp_dir().join(format!("sanjie-hub-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// A data set `toy` of files with these contents, at these servers.
pub fn toy(addresses: &[&str], files: &[(&str, &[u8])]) -> Dataset {
    let file = |(path, bytes): &(&str, &[u8])| DataFile {
        path: path.to_string(),
        bytes: bytes.len() as u64,
        sha256: formats::checksum::sha256(bytes),
    };
    Dataset {
        name: "toy".into(),
        title: Words { en: "a toy".into(), zh: "玩具".into() },
        licence: Words { en: "none".into(), zh: "无".into() },
        addresses: addresses.iter().map(|address| address.to_string()).collect(),
        files: files.iter().map(file).collect(),
    }
}

pub fn get(store: &Store, dataset: &Dataset) -> Result<Got, HubError> {
    store.get(dataset, PATIENCE, &mut |_| ControlFlow::Continue(()))
}

/// Fails unless the set is whole and nothing else is left but the lock.
fn is_whole(folder: &Path, bytes: &[u8]) -> Outcome {
    check::that(std::fs::read(folder.join("toy/a.txt"))? == bytes, || "other bytes".into())?;
    check::equal(std::fs::read_dir(folder.join("toy"))?.count(), 1, "files of the set")?;
    check::equal(std::fs::read_dir(folder.join(".partial"))?.count(), 1, "what is left of the download")
}

/// Fetches from servers with these answers, one server a list; expects success and those ranges asked of each.
fn fetches(name: &str, servers: &[&[Answer]], ranges: &[&[&str]]) -> Outcome {
    let (folder, bytes) = (scratch(name)?, content());
    let servers = servers.iter().map(|answers| Server::start(&bytes, answers)).collect::<Result<Vec<_>, _>>()?;
    let addresses: Vec<&str> = servers.iter().map(|server| server.address.as_str()).collect();
    let got = get(&Store::at(&folder), &toy(&addresses, &[("a.txt", &bytes)]))?;
    check::equal(got, Got::Arrived, "got")?;
    is_whole(&folder, &bytes)?;
    for (server, expected) in servers.iter().zip(ranges) {
        check::equal(server.ranges(), expected.iter().map(|s| s.to_string()).collect(), "ranges asked for")?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Fetches from one server with these answers and expects this error; gives its fields and the store's folder.
fn fails(name: &str, answers: &[Answer], code: &str) -> Result<(String, PathBuf), Stop> {
    let (folder, bytes) = (scratch(name)?, content());
    let server = Server::start(&bytes, answers)?;
    match get(&Store::at(&folder), &toy(&[&server.address], &[("a.txt", &bytes)])) {
        Ok(got) => check::fail(format!("{got:?}")),
        Err(error) => {
            check::equal(error.code(), code, "code")?;
            check::that(!folder.join("toy").exists(), || "the set has its name already".into())?;
            Ok((error.to_string(), folder))
        }
    }
}

fn part(folder: &Path) -> u64 {
    std::fs::metadata(folder.join(".partial/toy/a.txt.part")).map_or(0, |metadata| metadata.len())
}

pub fn a_file_arrives_once_and_whole() -> Outcome {
    let (folder, bytes) = (scratch("once")?, content());
    let server = Server::start(&bytes, &[Answer::Well])?;
    let dataset = toy(&[&server.address], &[("a.txt", &bytes)]);
    let store = Store::at(&folder);
    check::that(store.found(&dataset).is_none(), || "there before it was fetched".into())?;
    let mut received = 0;
    store.get(&dataset, PATIENCE, &mut |event| {
        if let Event::Received { bytes } = event {
            received += bytes;
        }
        ControlFlow::Continue(())
    })?;
    check::equal(received, bytes.len() as u64, "bytes told")?;
    check::that(store.found(&dataset).is_some(), || "not there".into())?;
    is_whole(&folder, &bytes)?;
    check::equal(get(&store, &dataset)?, Got::AlreadyHere, "the second time")?;
    check::equal(server.ranges().len(), 1, "requests")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_missing_file_is_fetched_from_the_mirror() -> Outcome {
    fetches("mirror", &[&[Answer::Status(404)], &[Answer::Status(503)], &[Answer::Well]], &[&[""], &[""], &[""]])
}

pub fn a_broken_connection_goes_on_where_it_stopped() -> Outcome {
    let answers = [Answer::StopsAfter(100_000), Answer::StopsAfter(50_000), Answer::Well];
    fetches("broken", &[&answers], &[&["", "bytes=100000-", "bytes=150000-"]])
}

pub fn a_part_of_last_time_is_gone_on_with() -> Outcome {
    let (folder, bytes) = (scratch("part")?, content());
    std::fs::create_dir_all(folder.join(".partial/toy"))?;
    std::fs::write(folder.join(".partial/toy/a.txt.part"), &bytes[..70_001])?;
    let server = Server::start(&bytes, &[Answer::Well])?;
    get(&Store::at(&folder), &toy(&[&server.address], &[("a.txt", &bytes)]))?;
    check::equal(server.ranges(), vec!["bytes=70001-".to_string()], "ranges asked for")?;
    is_whole(&folder, &bytes)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn whoever_stops_keeps_what_arrived() -> Outcome {
    let (folder, bytes) = (scratch("stops")?, content());
    let server = Server::start(&bytes, &[Answer::Well, Answer::Well])?;
    let dataset = toy(&[&server.address], &[("a.txt", &bytes)]);
    let store = Store::at(&folder);
    let stopped = store.get(&dataset, PATIENCE, &mut |event| match event {
        Event::Received { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    check::equal(stopped.err().map(|error| error.code()), Some("hub.stopped"), "the end")?;
    let have = part(&folder);
    check::that(have > 0 && have < bytes.len() as u64 && store.found(&dataset).is_none(), || {
        format!("{have} bytes are here")
    })?;
    get(&store, &dataset)?;
    check::equal(server.ranges().last(), Some(&format!("bytes={have}-")), "what is asked for then")?;
    is_whole(&folder, &bytes)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn what_arrived_before_the_network_failed_is_kept() -> Outcome {
    let answers = [Answer::StopsAfter(100_000), Answer::Status(500)];
    let (words, folder) = fails("kept", &answers, "hub.incomplete")?;
    check::that(words.contains("HTTP 500"), || words.clone())?;
    check::equal(part(&folder), 100_000, "bytes kept")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_server_that_ignores_ranges_starts_over() -> Outcome {
    fetches("ignored", &[&[Answer::StopsAfter(100_000), Answer::IgnoresRange]], &[&["", "bytes=100000-"]])
}

pub fn a_bad_part_is_thrown_away_and_the_whole_fetched() -> Outcome {
    // As many bytes as a part, as many as the whole, and more.
    for (n, ranges) in [(70_000, vec!["bytes=70000-", ""]), (300_000, vec![""]), (300_001, vec![""])] {
        let (folder, bytes) = (scratch("bad-part")?, content());
        std::fs::create_dir_all(folder.join(".partial/toy"))?;
        std::fs::write(folder.join(".partial/toy/a.txt.part"), vec![7; n])?;
        let server = Server::start(&bytes, &[Answer::Well])?;
        get(&Store::at(&folder), &toy(&[&server.address], &[("a.txt", &bytes)]))?;
        check::equal(server.ranges(), ranges.into_iter().map(String::from).collect(), "ranges asked for")?;
        is_whole(&folder, &bytes)?;
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

pub fn wrong_bytes_are_refused_and_not_kept() -> Outcome {
    let mut wrong = content();
    wrong[123_456] ^= 1;
    let longer = [content(), vec![0]].concat();
    for bytes in [wrong, longer] {
        let (words, folder) = fails("wrong", &[Answer::OtherBytes(bytes)], "hub.checksum")?;
        check::that(words.contains(&formats::checksum::sha256(&content())), || words.clone())?;
        check::that(!folder.join(".partial/toy/a.txt.part").exists(), || "wrong bytes are kept".into())?;
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

pub fn a_page_in_place_of_the_file_is_refused() -> Outcome {
    let (words, folder) = fails("page", &[Answer::Status(200)], "hub.checksum")?;
    check::that(words.contains("hub.other_size (bytes: 4)"), || words.clone())?;
    check::that(!folder.join(".partial/toy/a.txt.part").exists(), || "the page is kept".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn wrong_bytes_give_way_to_the_mirror() -> Outcome {
    let mut wrong = content();
    wrong[5] ^= 1;
    fetches("wrong-mirror", &[&[Answer::OtherBytes(wrong)], &[Answer::Well]], &[&[""], &[""]])
}

pub fn redirects_are_followed() -> Outcome {
    let target = Server::start(&content(), &[Answer::Well])?;
    fetches("redirect", &[&[Answer::Redirect(format!("{}a.txt", target.address))]], &[&[""]])
}

pub fn a_silent_server_gives_way_to_the_mirror() -> Outcome {
    fetches("silent", &[&[Answer::Silence], &[Answer::Well]], &[&[""], &[""]])
}

pub fn a_server_that_falls_silent_gives_way_to_the_mirror() -> Outcome {
    let answers = [Answer::FallsSilentAfter(100_000), Answer::FallsSilentAfter(0)];
    fetches("stall", &[&answers, &[Answer::Well]], &[&["", "bytes=100000-"], &["bytes=100000-"]])
}

pub fn no_network_names_the_address() -> Outcome {
    let folder = scratch("offline")?;
    // Nothing listens on a port that was just given back.
    let address = format!("http://{}/", std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    match get(&Store::at(&folder), &toy(&[&address, "http://no-such-host.invalid/"], &[("a b.txt", b"x")])) {
        Ok(got) => return check::fail(format!("{got:?}")),
        Err(error) => {
            check::equal(error.code(), "hub.unreachable", "code")?;
            let words = error.to_string();
            check::that(words.contains(&format!("address: {address}a%20b.txt")), || words.clone())?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_damaged_file_is_fetched_again_and_the_others_stay() -> Outcome {
    let (folder, bytes) = (scratch("damaged")?, content());
    let server = Server::start(&bytes, &[Answer::Well])?;
    let dataset = toy(&[&server.address], &[("a.txt", &bytes), ("deep/b.txt", b"small")]);
    std::fs::create_dir_all(folder.join("toy"))?;
    std::fs::write(folder.join("toy/a.txt"), "damaged")?;
    std::fs::write(folder.join("toy/b.txt"), "small")?;
    std::fs::write(folder.join("toy/mine.txt"), "the person's own")?;
    let store = Store::at(&folder);
    check::that(store.found(&dataset).is_none(), || "damaged, but counted as there".into())?;
    check::equal(get(&store, &dataset)?, Got::Arrived, "got")?;
    check::equal(server.ranges().len(), 1, "requests")?;
    check::that(std::fs::read(folder.join("toy/a.txt"))? == bytes, || "still damaged".into())?;
    check::that(folder.join("toy/mine.txt").exists(), || "the person's file is gone".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_folder_that_cannot_be_written_is_named() -> Outcome {
    let folder = scratch("unwritable")?;
    std::fs::write(folder.join("file"), "")?;
    match get(&Store::at(folder.join("file")), &toy(&["http://127.0.0.1:1/"], &[("a.txt", b"x")])) {
        Ok(got) => return check::fail(format!("{got:?}")),
        Err(error) => check::equal(error.code(), "file.write", "code")?,
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn two_processes_do_not_fetch_the_same() -> Outcome {
    let folder = scratch("busy")?;
    std::fs::create_dir_all(folder.join(".partial"))?;
    let lock = std::fs::File::create(folder.join(".partial/toy.lock"))?;
    lock.try_lock()?;
    match get(&Store::at(&folder), &toy(&["http://127.0.0.1:1/"], &[("a.txt", b"x")])) {
        Ok(got) => return check::fail(format!("{got:?}")),
        Err(error) => check::equal(error.code(), "hub.busy", "code")?,
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
