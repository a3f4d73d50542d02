//! How much memory there is, and how much this process takes: to refuse what cannot fit before the system ends the process for it.

/// Bytes of memory that this process may hope for: the machine's, or what its control group is given, if less.
///
/// `None` where the system does not say it in a file, which so far means anywhere but on Linux.
pub fn memory_bytes() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = total(&read("/proc/meminfo")?)?;
    let group = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse().ok());
    Some(group.map_or(machine, |group: u64| group.min(machine)))
}

/// Bytes of main memory that this process takes now; `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    kibibytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The most that it ever took.
pub fn resident_bytes_max() -> Option<u64> {
    kibibytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// `MemTotal` of `/proc/meminfo`.
fn total(meminfo: &str) -> Option<u64> {
    kibibytes(meminfo, "MemTotal:")
}

/// Bytes of a line such as `MemTotal:  24683656 kB`.
fn kibibytes(facts: &str, name: &str) -> Option<u64> {
    let line = facts.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read() {
        assert_eq!(total("MemTotal:       24683656 kB\nMemFree:  1 kB\n"), Some(24_683_656 * 1024));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        if cfg!(target_os = "linux") {
            assert!(memory_bytes().is_some_and(|bytes| bytes > 1 << 26));
            let block = std::hint::black_box(vec![1u8; 1 << 24]);
            assert!(resident_bytes().is_some_and(|bytes| bytes > block.len() as u64));
            assert!(resident_bytes_max() >= resident_bytes());
        }
    }
}
