//! The safetensors reader and writer, also against damaged files.

use check::Outcome;
use formats::safetensors::{ArrayRef, parse, read, write};
use sys::Coded;

fn sample() -> Result<Vec<u8>, check::Stop> {
    let folder = crate::folder(&format!("sample-{:?}", std::thread::current().id()))?;
    let path = folder.join("a.safetensors");
    let values = [1.0, -0.0, f32::MIN_POSITIVE, 3.5, f32::INFINITY, 6.0];
    let arrays = [
        ArrayRef { name: "wte", shape: &[2, 3], values: &values },
        ArrayRef { name: "empty", shape: &[0, 4], values: &[] },
        ArrayRef { name: "a.scalar", shape: &[], values: &[7.25] },
    ];
    write(&path, &[("zeta", "1"), ("alpha", "2")], &arrays)?;
    let bytes = std::fs::read(&path)?;
    std::fs::remove_dir_all(folder)?;
    Ok(bytes)
}

pub fn round_trip_is_exact_and_ordered() -> Outcome {
    let contents = parse(&sample()?, "sample")?;
    let mut shapes: Vec<_> = contents.arrays.iter().map(|a| (a.name.as_str(), a.shape.clone())).collect();
    check::equal(shapes.remove(0), ("wte", vec![2, 3]), "the first array")?;
    let wte = contents.get("wte").ok_or("wte is missing")?;
    check::same_bits(&wte.values, &[1.0, -0.0, f32::MIN_POSITIVE, 3.5, f32::INFINITY, 6.0], "wte")?;
    check::equal(&contents.get("a.scalar").ok_or("a.scalar is missing")?.values[..], &[7.25][..], "the scalar")?;
    check::equal(contents.metadata["zeta"].as_str(), "1", "the metadata")
}

pub fn equal_arrays_give_equal_bytes() -> Outcome {
    check::equal(sample()?, sample()?, "two writes")
}

pub fn every_truncation_is_an_error() -> Outcome {
    let bytes = sample()?;
    for len in 0..bytes.len() {
        match parse(&bytes[..len], "cut") {
            Err(error) => check::equal(error.code(), "safetensors.damaged", "the code")?,
            Ok(_) => return check::fail(format!("{len} of {} bytes were accepted", bytes.len())),
        }
    }
    check::equal(read("no-such-file").map_err(|e| e.code()).err(), Some("file.missing"), "a missing file")
}

/// A flipped bit in the data is a different number; in the header it must be an error or a consistent file.
pub fn flipped_bits_never_panic() -> Outcome {
    let bytes = sample()?;
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(contents) = parse(&damaged, "flipped") {
            for array in contents.arrays {
                check::equal(array.values.len(), array.shape.iter().product(), "values fit the shape")?;
            }
        }
    }
    Ok(())
}

fn one(dtype: &str, width: usize, data: &[u8]) -> Vec<u8> {
    let header =
        format!(r#"{{"x":{{"dtype":"{dtype}","shape":[{}],"data_offsets":[0,{}]}}}}"#, data.len() / width, data.len());
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

pub fn other_types_are_widened() -> Outcome {
    let cases: [(&str, usize, Vec<u8>); 6] = [
        ("F64", 8, (-2.5f64).to_le_bytes().into()),
        ("BF16", 2, 0xC020u16.to_le_bytes().into()),
        ("F16", 2, 0xC100u16.to_le_bytes().into()),
        ("I64", 8, (-3i64).to_le_bytes().into()),
        ("I32", 4, (-3i32).to_le_bytes().into()),
        ("BOOL", 1, vec![1]),
    ];
    for ((dtype, width, data), expected) in cases.into_iter().zip([-2.5, -2.5, -2.5, -3.0, -3.0, 1.0]) {
        check::equal(parse(&one(dtype, width, &data), "typed")?.arrays[0].values[0], expected, dtype)?;
    }
    let large = parse(&one("I64", 8, &(1i64 << 40).to_le_bytes()), "large");
    check::equal(large.map_err(|e| e.code()).err(), Some("safetensors.inexact"), "a large integer")
}

pub fn unknown_type_is_named() -> Outcome {
    let error = parse(&one("U16", 2, &[0, 0]), "typed").err().ok_or("U16 was accepted")?;
    check::equal(error.code(), "safetensors.dtype", "the code")?;
    check::that(error.to_string().contains("U16"), || error.to_string())
}
