//! The matrix unit of some x86-64 CPUs, AMX: a process must ask the system before it uses it.
//!
//! Its registers take 8 KiB a thread to save, so Linux hands them to those who ask. Elsewhere nobody is asked, and the unit stays
//! unused.
//!
//! Source: Linux, "Using XSTATE features in user space applications".

/// Asks for the unit, for all threads of this process; whether it may be used. False where the CPU or the system does not know it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub fn permit_matrix_unit() -> bool {
    /// `ARCH_REQ_XCOMP_PERM`.
    const REQUEST: libc::c_long = 0x1023;
    /// `XFEATURE_XTILEDATA`.
    const TILES: libc::c_long = 18;
    // SAFETY: the call takes two numbers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST, TILES) == 0 }
}

/// Asks for the unit: there is none to ask for.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub fn permit_matrix_unit() -> bool {
    false
}
