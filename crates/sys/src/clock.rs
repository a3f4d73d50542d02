//! The wall clock as a number: time since 1970 (UTC), without leap seconds. A clock set before that reads 0.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970.
pub fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Whole seconds since 1970.
pub fn unix_seconds() -> u64 {
    unix_time().as_secs()
}

/// Whole milliseconds since 1970.
pub fn unix_millis() -> i64 {
    i64::try_from(unix_time().as_millis()).unwrap_or(i64::MAX)
}
