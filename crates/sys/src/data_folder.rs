//! Where everything is kept that the program writes on its own: runs, data sets, settings.

use std::env::var_os;
use std::path::PathBuf;

/// The data folder: `$SANJIE_HOME`, else `sanjie` in the platform's place for data.
pub fn data_folder() -> PathBuf {
    let user = || var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let platform = || {
        if cfg!(target_os = "macos") {
            return user().join("Library/Application Support");
        }
        var_os("XDG_DATA_HOME").map_or_else(|| user().join(".local/share"), PathBuf::from)
    };
    var_os("SANJIE_HOME").map_or_else(|| platform().join("sanjie"), PathBuf::from)
}
