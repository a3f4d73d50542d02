//! `sanjie data` from the outside.

use crate::{sanjie, scratch, succeed};
use check::Outcome;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::time::Duration;

pub fn sets_are_listed_in_both_languages() -> Outcome {
    let folder = scratch("data-list")?;
    for (lang, words) in [("en", "Shakespeare, 40,000 lines"), ("zh", "莎士比亚")] {
        let output = succeed(sanjie(&folder).args(["data", "list", "--lang", lang]).output()?)?;
        let text = String::from_utf8(output.stdout)?;
        check::that(text.contains("tinyshakespeare") && text.contains(words), || text.clone())?;
    }
    let output = succeed(sanjie(&folder).args(["data", "list", "--json"]).output()?)?;
    let sets: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let first = &sets[0];
    check::equal(first["name"].as_str(), Some("tinyshakespeare"), "name")?;
    check::equal(first["files"][0]["sha256"].as_str().map(str::len), Some(64), "sha256")?;
    let addresses = first["files"][0]["addresses"].as_array().map(Vec::len);
    check::that(addresses > Some(1), || "no mirror".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_given_file_makes_a_recipe_work() -> Outcome {
    let file = check::data("tinyshakespeare/input.txt")?;
    let folder = scratch("data-from")?;
    let train = |name: &str| {
        let mut command = sanjie(&folder);
        command.env_remove("SANJIE_DATA").args(["train", "shakespeare-tiny", "--out", name]);
        command.args(["--set", "train.steps=1", "--set", "model.d_model=16", "--set", "samples.max_tokens=2"]);
        command
    };
    let output = train("before").output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::equal(output.status.code(), Some(1), "exit code")?;
    check::that(words.contains("sanjie data get tinyshakespeare"), || words.clone())?;
    for words in ["is here, every", "is here already"] {
        let mut command = sanjie(&folder);
        command.args(["data", "get", "tinyshakespeare", "--from"]).arg(&file);
        let output = succeed(command.output()?)?;
        let place = folder.join("data/tinyshakespeare").display().to_string();
        check::equal(String::from_utf8(output.stdout)?.trim_end().to_string(), place, "place")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        check::that(said.contains(words), || said.clone())?;
    }
    succeed(train("after").output()?)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Where no network is, and nothing of a set in the data folder.
pub fn a_shared_folder_is_looked_into() -> Outcome {
    let file = check::data("tinyshakespeare/input.txt")?;
    let folder = scratch("data-shared")?;
    let shared = folder.join("shared");
    std::fs::create_dir_all(shared.join("tinyshakespeare"))?;
    std::fs::copy(&file, shared.join("tinyshakespeare/input.txt"))?;
    let command = |arguments: &[&str]| {
        let mut command = sanjie(&folder);
        command.env("SANJIE_DATA", &shared).env("HTTPS_PROXY", "http://127.0.0.1:1").args(arguments);
        command
    };
    let place = shared.join("tinyshakespeare").display().to_string();
    for (lang, licence) in [("en", "public domain"), ("zh", "公有领域")] {
        let text = String::from_utf8(succeed(command(&["data", "list", "--lang", lang]).output()?)?.stdout)?;
        let is_line = |line: &&str| line.starts_with("* tinyshakespeare ") && line.ends_with(&place);
        let line = text.lines().find(is_line).ok_or_else(|| format!("not here: {text}"))?;
        check::that(line.contains(licence), || line.to_string())?;
    }
    let output = succeed(command(&["data", "list", "--json"]).output()?)?;
    let sets: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    check::equal((&sets[0]["here"], sets[0]["path"].as_str()), (&true.into(), Some(place.as_str())), "where")?;
    // A folder of that name with nothing to read, as a broken download leaves, is passed over.
    std::fs::create_dir_all(folder.join("data/tinyshakespeare"))?;
    let small = ["train.steps=1", "model.d_model=16", "samples.max_tokens=2"].map(|setting| ["--set", setting]);
    let train = [&["train", "shakespeare-tiny", "--out", "run"][..], &small.concat()].concat();
    succeed(command(&train).output()?)?;
    let output = succeed(command(&["data", "get", "tinyshakespeare"]).output()?)?;
    let own = folder.join("data/tinyshakespeare");
    check::equal(String::from_utf8(output.stdout)?.trim_end().to_string(), own.display().to_string(), "place")?;
    check::that(own.join("input.txt").is_file(), || "not copied".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn the_proxy_is_used_and_a_failure_names_the_address() -> Outcome {
    let folder = scratch("data-proxy")?;
    let proxy = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", proxy.local_addr()?);
    // Reads the first line of each request and closes: a proxy that leads nowhere.
    let (sender, asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in proxy.incoming().flatten() {
            let mut line = String::new();
            let _ = BufReader::new(stream).read_line(&mut line);
            let _ = sender.send(line);
        }
    });
    let mut command = sanjie(&folder);
    for name in ["ALL_PROXY", "all_proxy", "http_proxy", "HTTP_PROXY", "https_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let output =
        command.env("HTTPS_PROXY", &address).env_remove("SANJIE_DATA").args(["data", "get", "gsm8k"]).output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::equal(output.status.code(), Some(1), "exit code")?;
    for expected in ["https://raw.githubusercontent.com/", "train.jsonl", "--from FILE"] {
        check::that(words.contains(expected), || words.clone())?;
    }
    let asked = asked.recv_timeout(Duration::from_secs(30))?;
    check::that(asked.starts_with("CONNECT raw.githubusercontent.com:443"), || asked.clone())?;
    check::that(!folder.join("data/gsm8k").exists(), || "a set without its files".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn bad_names_and_files_are_refused() -> Outcome {
    let folder = scratch("data-bad")?;
    let cases: [(&[&str], i32, &str); 3] = [
        (&["get", "tinyshakespear"], 1, "did you mean `tinyshakespeare`"),
        (&["get", "tinyshakespeare", "--from", "text.txt"], 1, "1115394 bytes"),
        (&["get", "tinyshakespeare", "--from", "nowhere.txt"], 1, "nowhere.txt does not exist"),
    ];
    for (arguments, code, words) in cases {
        let output = sanjie(&folder).arg("data").args(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        check::equal(output.status.code(), Some(code), words)?;
        check::that(said.contains(words), || said.clone())?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
