//! One file per architecture: mathematics, weight names, presets.
