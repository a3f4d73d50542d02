//! Integration checks of `formats`.

mod checksum;
mod published;
mod safetensors;

fn main() {
    check::main(check::suite![
        safetensors::round_trip_is_exact_and_ordered,
        safetensors::equal_arrays_give_equal_bytes,
        safetensors::every_truncation_is_an_error,
        safetensors::flipped_bits_never_panic,
        safetensors::other_types_are_widened,
        safetensors::unknown_type_is_named,
        published::a_gguf_file_of_the_gguf_package_is_read,
        published::shards_are_read_as_one,
        published::an_index_cannot_lead_astray,
        published::a_truncated_gguf_file_is_refused,
        published::a_damaged_gguf_file_never_panics,
        published::promises_of_a_gguf_file_are_checked,
        checksum::known_value,
        checksum::damage_is_found,
        checksum::a_list_cannot_lead_out_of_its_folder,
    ]);
}

/// A fresh folder for one check.
fn folder(name: &str) -> std::io::Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("sanjie-formats-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
