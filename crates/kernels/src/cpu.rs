//! Which instruction set the kernels use: chosen once, from the CPU and `SANJIE_CPU`.
//!
//! Every level can be forced, so that one machine with AVX-512 tests all of them. Bits may differ between
//! levels (fused or separate multiply-add), never within one.
//!
//! A wrong `SANJIE_CPU` is the world's mistake, not a bug: [`check`] reports it to the program's start, and
//! [`level`] then uses the best level the CPU has.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

/// An instruction set, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Plain Rust: whatever the compiler may assume.
    Portable,
    /// AVX2 with FMA: 8 lanes.
    Avx2,
    /// AVX-512 F, BW, DQ and VL: 16 lanes.
    Avx512,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// Whether this CPU can run the level.
    pub fn is_supported(self) -> bool {
        self <= best()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        })
    }
}

sys::coded_error! {
    /// What can be wrong with `SANJIE_CPU` and `SANJIE_THREADS`.
    pub enum CpuError {
        /// The value names no level.
        UnknownLevel { value: String } = "cpu.unknown_level",
        /// The CPU lacks the level.
        UnsupportedLevel { level: Level, best: Level } = "cpu.unsupported_level",
        /// `SANJIE_THREADS` is no number of threads.
        BadThreads { value: String } = "cpu.bad_threads",
    }
}

thread_local! {
    static FORCED: Cell<Option<Level>> = const { Cell::new(None) };
}

/// The level that kernels called from this thread use.
pub fn level() -> Level {
    static CHOSEN: OnceLock<Level> = OnceLock::new();
    FORCED.get().unwrap_or_else(|| *CHOSEN.get_or_init(|| requested().ok().flatten().unwrap_or_else(best)))
}

/// Whether `SANJIE_CPU` can be honoured.
pub fn check() -> Result<(), CpuError> {
    requested().map(drop)
}

/// Runs `f` with kernels at `level`; the rest of the process is not affected. Panics if the CPU lacks it.
pub fn with_level<T>(level: Level, f: impl FnOnce() -> T) -> T {
    struct Restore(Option<Level>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    assert!(level.is_supported(), "this CPU has no {level}");
    let _restore = Restore(FORCED.replace(Some(level)));
    f()
}

/// The best level of this CPU.
pub fn best() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("popcnt");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx2 && avx512 {
            return Level::Avx512;
        }
        if avx2 {
            return Level::Avx2;
        }
    }
    Level::Portable
}

/// Whether this CPU multiplies pairs of bf16 and adds both products in one instruction of AVX-512 (`vdpbf16ps`).
pub fn has_pairs() -> bool {
    #[cfg(target_arch = "x86_64")]
    if best() == Level::Avx512 {
        return is_x86_feature_detected!("avx512bf16");
    }
    false
}

/// Whether this CPU multiplies tiles of bf16 (AMX), and the system lets this process do so.
pub fn has_tiles() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        static HAS: OnceLock<bool> = OnceLock::new();
        // Leaf 7 tells of the extensions, in EDX: bit 22 of products of bf16, bit 24 of tiles.
        const TILES: u32 = 1 << 22 | 1 << 24;
        *HAS.get_or_init(|| {
            let (leaf, last) = (7, std::arch::x86_64::__cpuid(0).eax);
            let has = last >= leaf && std::arch::x86_64::__cpuid_count(leaf, 0).edx & TILES == TILES;
            has && best() == Level::Avx512 && sys::permit_matrix_unit()
        })
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// What makes products of bf16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bf16Unit {
    /// A matrix unit that multiplies tiles.
    Tiles,
    /// Vectors of pairs.
    Pairs,
    /// The vectors of f32, to which values are widened.
    F32,
}

/// What makes the products of bf16 called from this thread: at [`Level::Avx512`] the fastest there is.
pub fn bf16_unit() -> Bf16Unit {
    if level() != Level::Avx512 {
        Bf16Unit::F32
    } else if has_tiles() {
        Bf16Unit::Tiles
    } else if has_pairs() {
        Bf16Unit::Pairs
    } else {
        Bf16Unit::F32
    }
}

fn requested() -> Result<Option<Level>, CpuError> {
    match std::env::var("SANJIE_CPU") {
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(value)) => {
            Err(CpuError::UnknownLevel { value: value.to_string_lossy().into_owned() })
        }
        Ok(value) => parse(&value, best()),
    }
}

fn parse(value: &str, best: Level) -> Result<Option<Level>, CpuError> {
    if value.is_empty() {
        return Ok(None);
    }
    match Level::ALL.into_iter().find(|level| level.to_string() == value) {
        None => Err(CpuError::UnknownLevel { value: value.to_string() }),
        Some(level) if level > best => Err(CpuError::UnsupportedLevel { level, best }),
        Some(level) => Ok(Some(level)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_parsed_and_checked() {
        assert!(matches!(parse("", Level::Avx2), Ok(None)));
        assert!(matches!(parse("portable", Level::Avx2), Ok(Some(Level::Portable))));
        assert!(matches!(parse("avx512", Level::Avx2), Err(CpuError::UnsupportedLevel { .. })));
        assert!(matches!(parse("sse9", Level::Avx2), Err(CpuError::UnknownLevel { .. })));
    }

    #[test]
    fn a_forced_level_ends_with_its_scope() {
        let before = level();
        assert_eq!(with_level(Level::Portable, level), Level::Portable);
        assert_eq!(level(), before);
    }
}
