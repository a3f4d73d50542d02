//! The whole register tile of AVX-512, 14 rows of two vectors, in assembly.
//!
//! A multiply-add may read one factor from memory into all lanes. Compilers see that two of them share the factor and load it
//! once, which is three instructions in the place of two. A core takes in six in a cycle, half of them where another thread shares it, as on
//! most rented machines: there the tile was bound by them, and this one is a fifth faster. Sums and their order are those of
//! [`tile`](super::tile()).
//!
//! Other heights, at the lower edge of a matrix, are left to the compiler.

use super::Strip;
use crate::Write;
use std::arch::asm;

/// A step along k: `$op` adds to sum `$low` and `$high` what row `$r` of A gives with both vectors of B.
macro_rules! step {
    ($op:literal) => {
        step!($op, 0 0 1, 1 2 3, 2 4 5, 3 6 7, 4 8 9, 5 10 11, 6 12 13, 7 14 15, 8 16 17, 9 18 19, 10 20 21, 11 22 23, 12 24 25, 13 26 27)
    };
    ($op:literal, $($r:literal $low:literal $high:literal),*) => {
        concat!(
            "vmovups zmm28, [{b}]\n",
            "vmovups zmm29, [{b} + 64]\n",
            "add {b}, {stride}\n",
            $(
                $op, " zmm", $low, ", zmm28, dword ptr [{a} + 4*", $r, "]{{1to16}}\n",
                $op, " zmm", $high, ", zmm29, dword ptr [{a} + 4*", $r, "]{{1to16}}\n",
            )*
            "add {a}, {a_step}\n",
            "prefetcht0 [{fetch}]\n",
            "add {fetch}, {fetch_step}\n",
        )
    };
}

/// `$body` for each sum, with the numbers of a row's two.
macro_rules! rows {
    ($body:ident) => {
        concat!(
            $body!(0, 1),
            $body!(2, 3),
            $body!(4, 5),
            $body!(6, 7),
            $body!(8, 9),
            $body!(10, 11),
            $body!(12, 13),
            $body!(14, 15),
            $body!(16, 17),
            $body!(18, 19),
            $body!(20, 21),
            $body!(22, 23),
            $body!(24, 25),
            $body!(26, 27),
        )
    };
}

macro_rules! zero {
    ($low:literal, $high:literal) => {
        concat!(
            "vpxord zmm",
            $low,
            ", zmm",
            $low,
            ", zmm",
            $low,
            "\nvpxord zmm",
            $high,
            ", zmm",
            $high,
            ", zmm",
            $high,
            "\n"
        )
    };
}

macro_rules! set {
    ($low:literal, $high:literal) => {
        concat!("vmovups [{c}], zmm", $low, "\nvmovups [{c} + 64], zmm", $high, "\nadd {c}, {c_stride}\n")
    };
}

macro_rules! add_and_set {
    ($low:literal, $high:literal) => {
        concat!(
            "vaddps zmm",
            $low,
            ", zmm",
            $low,
            ", [{c}]\nvaddps zmm",
            $high,
            ", zmm",
            $high,
            ", [{c} + 64]\n",
            set!($low, $high)
        )
    };
}

macro_rules! whole_tile {
    ($(#[$doc:meta])* $name:ident, $op:literal, $features:literal) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The CPU has the instruction. `depth` steps of 14 places of `a` and of two vectors of the panel can be read, 14 rows of two
        /// vectors of C can be written.
        #[target_feature(enable = $features)]
        pub(crate) unsafe fn $name(Strip { depth, a, a_step, panel, fetch, target }: Strip) {
            let bytes = size_of::<f32>();
            // SAFETY: the caller's promise; a prefetch of any address does no harm.
            unsafe {
                asm!(
                    rows!(zero),
                    "test {turns}, {turns}",
                    "jz 3f",
                    "2:",
                    step!($op), step!($op), step!($op), step!($op),
                    "dec {turns}",
                    "jnz 2b",
                    "3:",
                    "test {rest}, {rest}",
                    "jz 5f",
                    "4:",
                    step!($op),
                    "dec {rest}",
                    "jnz 4b",
                    "5:",
                    "test {is_added}, {is_added}",
                    "jz 6f",
                    rows!(add_and_set),
                    "jmp 7f",
                    "6:",
                    rows!(set),
                    "7:",
                    turns = inout(reg) depth / 4 => _,
                    rest = inout(reg) depth % 4 => _,
                    a = inout(reg) a => _,
                    a_step = in(reg) a_step * bytes,
                    b = inout(reg) panel.values.as_ptr() => _,
                    stride = in(reg) panel.stride * bytes,
                    fetch = inout(reg) fetch.0 => _,
                    fetch_step = in(reg) fetch.1 * bytes,
                    c = inout(reg) target.c => _,
                    c_stride = in(reg) target.stride * bytes,
                    is_added = in(reg) usize::from(target.write == Write::Add),
                    out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _, out("zmm6") _,
                    out("zmm7") _, out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _, out("zmm12") _,
                    out("zmm13") _, out("zmm14") _, out("zmm15") _, out("zmm16") _, out("zmm17") _, out("zmm18") _,
                    out("zmm19") _, out("zmm20") _, out("zmm21") _, out("zmm22") _, out("zmm23") _, out("zmm24") _,
                    out("zmm25") _, out("zmm26") _, out("zmm27") _, out("zmm28") _, out("zmm29") _,
                    options(nostack),
                );
            }
        }
    };
}

whole_tile!(
    /// Of f32.
    single, "vfmadd231ps", "avx512f"
);
whole_tile!(
    /// Of pairs of bf16.
    paired, "vdpbf16ps", "avx512f,avx512bf16"
);
