//! Where everything is kept that the program writes on its own (runs, data sets, settings), and where public data sets may be that
//! somebody else put there.

use std::env::var_os;
use std::path::PathBuf;

/// The data folder: `$SANJIE_HOME`, else `sanjie` in the platform's place for data.
///
/// An empty variable counts as unset, and so does a relative `$XDG_DATA_HOME` (XDG Base Directory Specification). Without
/// `$HOME` the home folder is the one that the system has on record.
pub fn data_folder() -> PathBuf {
    let set = |name: &str| var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || {
        let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        home.unwrap_or_else(|| PathBuf::from("."))
    };
    let platform = || {
        if cfg!(target_os = "macos") {
            return user().join("Library/Application Support");
        }
        set("XDG_DATA_HOME").filter(|folder| folder.is_absolute()).unwrap_or_else(|| user().join(".local/share"))
    };
    set("SANJIE_HOME").unwrap_or_else(|| platform().join("sanjie"))
}

/// `$SANJIE_DATA`, a folder of public data sets that is only read; an empty variable counts as unset.
pub fn shared_data_folder() -> Option<PathBuf> {
    var_os("SANJIE_DATA").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}
