//! Files that the person fetched in another way.

use crate::fetching::{content, get, scratch, toy};
use check::Outcome;
use hub::{Got, Store};
use sys::Coded;

pub fn a_right_file_is_taken_whatever_its_name() -> Outcome {
    let (folder, bytes) = (scratch("take")?, content());
    let dataset = toy(&[], &[("a.txt", &bytes)]);
    std::fs::write(folder.join("download (1)"), &bytes)?;
    let store = Store::at(folder.join("data"));
    let offered = [folder.join("download (1)")];
    check::equal(store.take(&dataset, &offered)?, Got::Arrived, "got")?;
    check::that(std::fs::read(folder.join("data/toy/a.txt"))? == bytes, || "other bytes".into())?;
    check::that(offered[0].exists(), || "the person's file is gone".into())?;
    check::equal(store.take(&dataset, &offered)?, Got::AlreadyHere, "the second time")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_wrong_file_is_refused() -> Outcome {
    let (folder, bytes) = (scratch("refuse")?, content());
    let dataset = toy(&[], &[("a.txt", &bytes)]);
    let mut wrong = bytes.clone();
    wrong[9] ^= 1;
    std::fs::write(folder.join("same-size"), &wrong)?;
    std::fs::write(folder.join("short"), "short")?;
    let store = Store::at(folder.join("data"));
    for (name, code, word) in [
        ("same-size", "hub.not_this_file", formats::checksum::sha256(&wrong)),
        ("short", "hub.not_this_file", "hub.other_size (bytes: 5)".into()),
        ("absent", "file.missing", "absent".into()),
    ] {
        match store.take(&dataset, &[folder.join(name)]) {
            Ok(got) => return check::fail(format!("{name}: {got:?}")),
            Err(error) => {
                check::equal(error.code(), code, name)?;
                check::that(error.to_string().contains(&word), || error.to_string())?;
            }
        }
        check::that(!folder.join("data/toy").exists(), || format!("{name} made a data set"))?;
    }
    std::fs::write(folder.join("right"), &bytes)?;
    check::equal(store.take(&dataset, &[folder.join("right")])?, Got::Arrived, "the right file")?;
    for (name, code) in [("same-size", "hub.not_this_file"), ("absent", "file.missing")] {
        let again = store.take(&dataset, &[folder.join(name)]).map_err(|error| error.code());
        check::equal(again, Err(code), &format!("{name}, where the data set is here already"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_folder_beside_the_store_is_asked_before_the_network() -> Outcome {
    let (folder, bytes) = (scratch("beside")?, content());
    let dataset = toy(&["http://127.0.0.1:1/"], &[("deep/a.txt", &bytes), ("b.txt", b"second")]);
    std::fs::create_dir_all(folder.join("shared/toy"))?;
    std::fs::write(folder.join("shared/toy/a.txt"), &bytes)?;
    let store = Store::at(folder.join("data")).beside(Some(folder.join("shared")));
    // The size of the second is right, and its bytes are not: that one is fetched, from where nobody answers.
    std::fs::write(folder.join("shared/toy/b.txt"), b"decoys")?;
    check::equal(store.found(&dataset), Some(folder.join("shared/toy")), "whole by the sizes of its files")?;
    check::equal(
        get(&store, &dataset).map_err(|error| error.code()),
        Err("hub.unreachable"),
        "a file with other bytes",
    )?;
    check::equal(store.folder(&dataset).exists(), false, "half a set")?;
    std::fs::write(folder.join("shared/toy/b.txt"), b"second")?;
    check::equal(get(&store, &dataset)?, Got::Arrived, "both are there")?;
    check::equal(store.found(&dataset), Some(folder.join("data/toy")), "its own folder comes first")?;
    check::that(std::fs::read(folder.join("data/toy/a.txt"))? == bytes, || "other bytes".into())?;
    check::that(folder.join("shared/toy/a.txt").exists(), || "what was there is gone".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Beside the store, as an offer, in an offered folder: what is packed is unpacked, and what is damaged is nobody's file.
pub fn packed_files_are_unpacked() -> Outcome {
    let (folder, bytes) = (scratch("packed")?, content());
    let dataset = toy(&["http://127.0.0.1:1/"], &[("deep/a.txt", &bytes)]);
    let shared = folder.join("shared/toy");
    std::fs::create_dir_all(&shared)?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &bytes)?;
    let packed = packed.finish()?;
    let offered = shared.join("a.txt.gz");
    for (is_whole, written) in [(false, &packed[..packed.len() / 2]), (true, &packed[..])] {
        std::fs::write(&offered, written)?;
        for (name, take) in [
            ("beside", &(|store: &Store| get(store, &dataset)) as &dyn Fn(&Store) -> _),
            ("offered", &|store| store.take(&dataset, std::slice::from_ref(&offered))),
            ("folder", &|store| store.take(&dataset, std::slice::from_ref(&shared))),
        ] {
            let data = folder.join(format!("{name}-{is_whole}"));
            let store = Store::at(&data).beside(Some(folder.join("shared")));
            let got = take(&store);
            check::equal(got.is_ok(), is_whole, &format!("{name}: {got:?}"))?;
            let read = std::fs::read(data.join("toy/a.txt"));
            check::that(read.ok() == is_whole.then(|| bytes.clone()), || format!("{name}: other bytes"))?;
            check::equal(take(&store).ok(), is_whole.then_some(Got::AlreadyHere), &format!("{name} once more"))?;
        }
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn several_files_may_come_one_by_one_or_in_a_folder() -> Outcome {
    let folder = scratch("several")?;
    let dataset = toy(&[], &[("a.txt", b"first"), ("deep/b.txt", b"second"), ("c.txt", b"third")]);
    std::fs::create_dir_all(folder.join("mine"))?;
    for (name, text) in [("one", "first"), ("mine/b.txt", "second"), ("mine/c.txt", "third"), ("mine/d.txt", "other")] {
        std::fs::write(folder.join(name), text)?;
    }
    let store = Store::at(folder.join("data"));
    match store.take(&dataset, &[folder.join("one")]) {
        Ok(got) => return check::fail(format!("{got:?}")),
        Err(error) => {
            check::equal(error.code(), "hub.still_missing", "code")?;
            check::that(error.to_string().contains("b.txt, c.txt"), || error.to_string())?;
        }
    }
    check::equal(store.take(&dataset, &[folder.join("mine")])?, Got::Arrived, "got")?;
    check::equal(std::fs::read_dir(folder.join("data/toy"))?.count(), 3, "files")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
