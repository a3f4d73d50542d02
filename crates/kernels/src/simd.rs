//! Vectors of f32 behind one trait, so that a kernel is written once and compiled for each [`Level`].
//!
//! A kernel is a struct of its arguments with a generic `run::<S>`. [`dispatch`] calls it inside a function
//! compiled for the level's instructions; since `run` and everything below is `#[inline(always)]`, the
//! intrinsics melt into that function. Closures would stay outside of it, so hot loops use none.
//!
//! Also here: exp and what is built from it, by polynomials, since the C library's are scalar.
//!
//! The idea of passing the kernel as a value is that of the crates `pulp` and `highway`.

use crate::bf16::Bf16;
use crate::cpu::Level;
use crate::tile::{WholeTile, pair};

/// A kernel's arguments; `run` is its body, which must be `#[inline(always)]`.
pub(crate) trait Kernel {
    type Output;
    fn run<S: Simd>(self) -> Self::Output;
}

/// Runs `kernel` with the instructions of `level`.
#[inline]
pub(crate) fn dispatch<K: Kernel>(level: Level, kernel: K) -> K::Output {
    match level {
        Level::Portable => run_portable(kernel),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `cpu::level` and `cpu::with_level` give only levels that this CPU has.
        Level::Avx2 => unsafe { x86::run_avx2(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx512 => unsafe { x86::run_avx512(kernel) },
        #[cfg(not(target_arch = "x86_64"))]
        Level::Avx2 | Level::Avx512 => unreachable!("{level} exists on x86-64 only"),
    }
}

/// [`dispatch`] for kernels that call [`Simd::dot_pairs`]; at [`Level::Avx512`] only for a CPU with `avx512_bf16`
/// ([`crate::cpu::has_pairs`]).
#[inline]
pub(crate) fn dispatch_pairs<K: Kernel>(level: Level, kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if level == Level::Avx512 {
        assert!(crate::cpu::has_pairs(), "this CPU has no avx512_bf16");
        // SAFETY: the CPU was asked.
        return unsafe { x86::run_avx512_bf16(kernel) };
    }
    dispatch(level, kernel)
}

#[inline(never)]
fn run_portable<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Portable>()
}

/// A vector of `LANES` f32. Methods are lane by lane.
pub(crate) trait Simd: Copy {
    /// The level whose vector this is: a kernel hands large parts of itself to [`dispatch`] again, so that they
    /// are compiled once.
    const LEVEL: Level;
    const LANES: usize;
    /// Rows and vectors of the register tile of the matrix product that suits the register file.
    const TILE: (usize, usize);
    /// Whole tiles of f32 and of pairs of bf16 in the level's own way; the second only where the CPU has pairs.
    const WHOLE_TILES: Option<[WholeTile; 2]> = None;

    /// # Safety
    /// `LANES` values can be read at `from`, wherever it lies.
    unsafe fn load(from: *const f32) -> Self;
    /// `LANES` values of bf16, widened.
    ///
    /// # Safety
    /// They can be read at `from`.
    unsafe fn load_bf16(from: *const Bf16) -> Self;
    /// `LANES` pairs, each kept as the f32 of its bits: values of `first` in the lower halves, of `second` in the upper ones.
    ///
    /// # Safety
    /// They can be read at both.
    unsafe fn load_pairs(first: *const Bf16, second: *const Bf16) -> Self;
    /// # Safety
    /// `LANES` values can be written at `to`.
    unsafe fn store(self, to: *mut f32);
    /// Asks for the cache line of `place`, which may lie anywhere.
    fn prefetch(place: *const f32);
    fn splat(value: f32) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    /// The larger of both; `other` where they cannot be compared, so a NaN in `other` stays.
    fn max(self, other: Self) -> Self;
    /// The smaller of both; `other` where they cannot be compared.
    fn min(self, other: Self) -> Self;
    /// `self * factor + addend`, rounded once where the level can.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// [`Simd::mul_add`] of single values: `a * b + c` with the same rounding as a lane.
    fn mul_add_one(a: f32, b: f32, c: f32) -> f32;
    /// `sum` plus the products of pairs of bf16, each kept as the f32 of its bits: first that of the upper halves, then that of
    /// the lower ones, each rounded as [`Simd::mul_add`] does. Where the CPU has one instruction for it, that one, which
    /// takes numbers below the normal ones for 0; kernels that call it go through [`dispatch_pairs`].
    #[inline(always)]
    fn dot_pairs(self, other: Self, sum: Self) -> Self {
        let [first, second] = self.halves();
        let [other_first, other_second] = other.halves();
        second.mul_add(other_second, first.mul_add(other_first, sum))
    }

    /// Pairs of both vectors' lanes, rounded to bf16: those of `first` in the lower halves, of `second` in the upper ones. Numbers below
    /// the normal ones count as 0. Only where the CPU has an instruction for it, below [`dispatch_pairs`].
    fn round_pairs(_first: Self, _second: Self) -> Self {
        unreachable!("values are rounded as they are read for units that other levels lack")
    }

    /// As [`Simd::round_pairs`], pairs of neighbours: those of `low`, then those of `high`.
    fn round_along(_low: Self, _high: Self) -> Self {
        unreachable!("values are rounded as they are read for units that other levels lack")
    }

    /// The upper and the lower halves of pairs of bf16, widened.
    #[inline(always)]
    fn halves(self) -> [Self; 2] {
        let (mut upper, mut lower) = (self.lanes(), self.lanes());
        for lane in 0..Self::LANES {
            upper[lane] = f32::from_bits(upper[lane].to_bits() & 0xffff_0000);
            lower[lane] = f32::from_bits(lower[lane].to_bits() << 16);
        }
        // SAFETY: no vector is longer than the arrays.
        unsafe { [Self::load(upper.as_ptr()), Self::load(lower.as_ptr())] }
    }

    /// `self` where `compared >= limit` or either is NaN, else `other`.
    fn unless_below(self, compared: Self, limit: Self, other: Self) -> Self;
    /// `self` times 2 to the power of `n`, which holds integers of -125 to 128; the product is 0 or a normal number.
    fn times_exp2(self, n: Self) -> Self;
    /// Turns a square of `LANES` vectors: lane i of vector j becomes lane j of vector i. Vectors beyond are left alone.
    fn transpose(square: &mut [Self; LANES_MAX]);

    /// The first `LANES` values of `from`; `fill` for those it lacks.
    #[inline(always)]
    fn read(from: &[f32], fill: f32) -> Self {
        if from.len() >= Self::LANES {
            // SAFETY: the length is checked.
            unsafe { Self::load(from.as_ptr()) }
        } else {
            let mut lanes = [fill; LANES_MAX];
            lanes[..from.len()].copy_from_slice(from);
            // SAFETY: no vector is longer than the array.
            unsafe { Self::load(lanes.as_ptr()) }
        }
    }

    /// Writes as many lanes as `to` has room for.
    #[inline(always)]
    fn write(self, to: &mut [f32]) {
        if to.len() >= Self::LANES {
            // SAFETY: the length is checked.
            unsafe { self.store(to.as_mut_ptr()) }
        } else {
            let lanes = self.lanes();
            to.copy_from_slice(&lanes[..to.len()]);
        }
    }

    /// Writes as many lanes as `to` has room for, rounded to bf16.
    #[inline(always)]
    fn write_bf16(self, to: &mut [Bf16]) {
        for (to, value) in to.iter_mut().zip(self.lanes()) {
            *to = Bf16::rounded(value);
        }
    }

    /// 0, 1, 2 and so on.
    #[inline(always)]
    fn numbers() -> Self {
        const NUMBERS: [f32; LANES_MAX] = {
            let mut numbers = [0.0; LANES_MAX];
            let mut i = 0;
            while i < LANES_MAX {
                numbers[i] = i as f32;
                i += 1;
            }
            numbers
        };
        // SAFETY: no vector is longer than the array.
        unsafe { Self::load(NUMBERS.as_ptr()) }
    }

    /// The lanes as an array; entries beyond `LANES` are 0.
    #[inline(always)]
    fn lanes(self) -> [f32; LANES_MAX] {
        let mut lanes = [0.0; LANES_MAX];
        // SAFETY: no vector is longer than the array.
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }

    /// Sum of the lanes, pairwise: lane i with lane i + half, until one is left.
    #[inline(always)]
    fn sum(self) -> f32 {
        let mut lanes = self.lanes();
        let mut half = Self::LANES / 2;
        while half > 0 {
            for i in 0..half {
                lanes[i] += lanes[i + half];
            }
            half /= 2;
        }
        lanes[0]
    }

    /// The largest lane.
    #[inline(always)]
    fn largest(self) -> f32 {
        let lanes = self.lanes();
        let mut largest = lanes[0];
        for &lane in &lanes[1..Self::LANES] {
            largest = if lane > largest { lane } else { largest };
        }
        largest
    }

    /// e to the power of each lane, within 2 units in the last place; 0 below -86.5, infinity above 88.7.
    ///
    /// x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts, so r is exact enough), e^r by the degree-6
    /// polynomial of the Cephes library (`expf.c`), and 2^n by writing the exponent's bits.
    #[inline(always)]
    fn exp(self) -> Self {
        // Adding and taking off 1.5 * 2^23 rounds to an integer.
        const ROUND: f32 = 12_582_912.0;
        let clamped = Self::splat(88.8).min(Self::splat(-87.0).max(self));
        let round = Self::splat(ROUND);
        let n = clamped.mul_add(Self::splat(std::f32::consts::LOG2_E), round).sub(round);
        let r = n.mul_add(Self::splat(-0.693_359_4), clamped);
        let r = n.mul_add(Self::splat(2.121_944_4e-4), r);
        let mut p = Self::splat(1.987_569_1e-4);
        p = p.mul_add(r, Self::splat(1.398_2e-3));
        p = p.mul_add(r, Self::splat(8.333_452e-3));
        p = p.mul_add(r, Self::splat(4.166_579_6e-2));
        p = p.mul_add(r, Self::splat(1.666_666_5e-1));
        p = p.mul_add(r, Self::splat(0.5));
        let p = p.mul_add(r.mul(r), r.add(Self::splat(1.0)));
        p.times_exp2(n).unless_below(self, Self::splat(-86.5), Self::splat(0.0))
    }

    /// `1 / x` within one unit in the last place, where both are normal numbers.
    #[inline(always)]
    fn recip(self) -> Self {
        Self::splat(1.0).div(self)
    }

    /// `1 / (1 + e^-x)`; about 10^-38 below -87.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let inverse = Self::splat(87.0).min(Self::splat(0.0).sub(self)).exp();
        Self::splat(1.0).add(inverse).recip()
    }
}

/// Lanes of the longest vector.
pub(crate) const LANES_MAX: usize = 16;

/// Eight lanes of plain Rust, which compilers turn into what the target has.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 8]);

macro_rules! each_lane {
    ($vectors:expr, |$a:ident, $b:ident| $expression:expr) => {{
        let (left, right): (Portable, Portable) = $vectors;
        let mut lanes = [0.0; 8];
        for i in 0..8 {
            let ($a, $b) = (left.0[i], right.0[i]);
            lanes[i] = $expression;
        }
        Portable(lanes)
    }};
}

impl Simd for Portable {
    const LEVEL: Level = Level::Portable;
    const LANES: usize = 8;
    const TILE: (usize, usize) = (6, 1);

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Portable(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const Bf16) -> Self {
        // SAFETY: the caller's promise.
        Portable(unsafe { from.cast::<[Bf16; 8]>().read() }.map(Bf16::widened))
    }
    #[inline(always)]
    unsafe fn load_pairs(first: *const Bf16, second: *const Bf16) -> Self {
        // SAFETY: the caller's promise.
        let [first, second] = [first, second].map(|from| unsafe { from.cast::<[Bf16; 8]>().read() });
        Portable(std::array::from_fn(|i| pair(first[i], second[i])))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[f32; 8]>().write(self.0) }
    }
    #[inline(always)]
    fn prefetch(_place: *const f32) {}
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Portable([value; 8])
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| a / b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        each_lane!((self, self), |a, _b| a.sqrt())
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        each_lane!((self, other), |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }
    #[inline(always)]
    fn mul_add_one(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
    #[inline(always)]
    fn unless_below(self, compared: Self, limit: Self, other: Self) -> Self {
        let is_below = |i: usize| compared.0[i] < limit.0[i];
        Portable(std::array::from_fn(|i| if is_below(i) { other.0[i] } else { self.0[i] }))
    }
    #[inline(always)]
    fn times_exp2(self, n: Self) -> Self {
        // 2^n as 2^(n-1) * 2, for n = 128 does not fit an exponent.
        let half = each_lane!((n, n), |n, _same| f32::from_bits(((n as i32 + 126) as u32) << 23));
        self.mul(half).mul(Portable([2.0; 8]))
    }
    #[inline(always)]
    fn transpose(square: &mut [Self; LANES_MAX]) {
        let before = *square;
        for (i, line) in square[..Self::LANES].iter_mut().enumerate() {
            *line = Portable(std::array::from_fn(|j| before[j].0[i]));
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Bf16, Kernel, LANES_MAX, Level, Simd, WholeTile};
    use crate::tile::avx512;
    use std::arch::x86_64::*;

    #[inline(never)]
    #[target_feature(enable = "avx2,fma,popcnt")]
    pub(super) fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx2>()
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt")]
    pub(super) fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx512>()
    }

    #[inline(never)]
    #[target_feature(enable = "avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,popcnt")]
    pub(super) fn run_avx512_bf16<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx512>()
    }

    /// Eight lanes.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(__m256);

    /// Sixteen lanes.
    #[derive(Clone, Copy)]
    pub(super) struct Avx512(__m512);

    /// Methods that are one intrinsic each.
    macro_rules! intrinsics {
        ($($name:ident($($argument:ident),*) = $intrinsic:ident;)*) => {$(
            #[inline(always)]
            fn $name(self $(, $argument: Self)*) -> Self {
                // SAFETY: vectors of this type exist only below `dispatch`, which checks the CPU.
                Self(unsafe { $intrinsic(self.0 $(, $argument.0)*) })
            }
        )*};
    }

    impl Simd for Avx2 {
        const LEVEL: Level = Level::Avx2;
        const LANES: usize = 8;
        // 12 sums, 2 vectors of B and one of A: 15 of 16 registers.
        const TILE: (usize, usize) = (6, 2);

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe { _mm256_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const Bf16) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe {
                let wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(wide))
            })
        }
        #[inline(always)]
        unsafe fn load_pairs(first: *const Bf16, second: *const Bf16) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe {
                let lower = _mm256_cvtepu16_epi32(_mm_loadu_si128(first.cast()));
                let upper = _mm256_cvtepu16_epi32(_mm_loadu_si128(second.cast()));
                _mm256_castsi256_ps(_mm256_or_si256(lower, _mm256_slli_epi32::<16>(upper)))
            })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise; below `dispatch`.
            unsafe { _mm256_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        fn prefetch(place: *const f32) {
            // SAFETY: a prefetch of any address does no harm.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
        }
        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: below `dispatch`.
            Self(unsafe { _mm256_set1_ps(value) })
        }
        intrinsics! {
            add(other) = _mm256_add_ps;
            sub(other) = _mm256_sub_ps;
            mul(other) = _mm256_mul_ps;
            div(other) = _mm256_div_ps;
            sqrt() = _mm256_sqrt_ps;
            max(other) = _mm256_max_ps;
            min(other) = _mm256_min_ps;
            mul_add(factor, addend) = _mm256_fmadd_ps;
        }
        #[inline(always)]
        fn mul_add_one(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
        #[inline(always)]
        fn unless_below(self, compared: Self, limit: Self, other: Self) -> Self {
            // SAFETY: below `dispatch`.
            Self(unsafe { _mm256_blendv_ps(self.0, other.0, _mm256_cmp_ps::<_CMP_LT_OQ>(compared.0, limit.0)) })
        }
        #[inline(always)]
        fn times_exp2(self, n: Self) -> Self {
            // SAFETY: below `dispatch`.
            let half = Self(unsafe {
                // 2^n as 2^(n-1) * 2, for n = 128 does not fit an exponent.
                let biased = _mm256_add_epi32(_mm256_cvtps_epi32(n.0), _mm256_set1_epi32(126));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            });
            self.mul(half).mul(Self::splat(2.0))
        }
        #[inline(always)]
        fn transpose(square: &mut [Self; LANES_MAX]) {
            // SAFETY: below `dispatch`.
            unsafe {
                let mut fours = [_mm256_setzero_ps(); 8];
                for group in 0..2 {
                    let rows = &square[4 * group..4 * group + 4];
                    let (low, high) =
                        (_mm256_unpacklo_ps(rows[0].0, rows[1].0), _mm256_unpackhi_ps(rows[0].0, rows[1].0));
                    let (low_2, high_2) =
                        (_mm256_unpacklo_ps(rows[2].0, rows[3].0), _mm256_unpackhi_ps(rows[2].0, rows[3].0));
                    // In each half h of `fours[4 * group + c]`: column 4 h + c of the group's four rows.
                    fours[4 * group] = _mm256_shuffle_ps::<0x44>(low, low_2);
                    fours[4 * group + 1] = _mm256_shuffle_ps::<0xee>(low, low_2);
                    fours[4 * group + 2] = _mm256_shuffle_ps::<0x44>(high, high_2);
                    fours[4 * group + 3] = _mm256_shuffle_ps::<0xee>(high, high_2);
                }
                for c in 0..4 {
                    square[c] = Self(_mm256_permute2f128_ps::<0x20>(fours[c], fours[4 + c]));
                    square[4 + c] = Self(_mm256_permute2f128_ps::<0x31>(fours[c], fours[4 + c]));
                }
            }
        }
    }

    impl Simd for Avx512 {
        const LEVEL: Level = Level::Avx512;
        const LANES: usize = 16;
        // 28 sums, 2 vectors of B and one of A: 31 of 32 registers.
        const TILE: (usize, usize) = (14, 2);
        const WHOLE_TILES: Option<[WholeTile; 2]> = Some([avx512::single, avx512::paired]);

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const Bf16) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe {
                let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
            })
        }
        #[inline(always)]
        unsafe fn load_pairs(first: *const Bf16, second: *const Bf16) -> Self {
            // SAFETY: the caller's promise; below `dispatch`.
            Self(unsafe {
                let lower = _mm512_cvtepu16_epi32(_mm256_loadu_si256(first.cast()));
                let upper = _mm512_cvtepu16_epi32(_mm256_loadu_si256(second.cast()));
                _mm512_castsi512_ps(_mm512_or_si512(lower, _mm512_slli_epi32::<16>(upper)))
            })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise; below `dispatch`.
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        fn prefetch(place: *const f32) {
            // SAFETY: a prefetch of any address does no harm.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
        }
        #[inline(always)]
        fn write_bf16(self, to: &mut [Bf16]) {
            // SAFETY: below `dispatch`; no more lanes are written than there is room for. The steps are those of `Bf16::rounded`.
            unsafe {
                let bits = _mm512_castps_si512(self.0);
                let last = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
                let nearest = _mm512_add_epi32(bits, _mm512_add_epi32(last, _mm512_set1_epi32(0x7fff)));
                let is_nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0);
                let kept = _mm512_mask_or_epi32(nearest, is_nan, bits, _mm512_set1_epi32(0x0040_0000));
                let halves = _mm512_srli_epi32::<16>(kept);
                let room = (1u32 << to.len().min(Self::LANES)) - 1;
                _mm512_mask_cvtepi32_storeu_epi16(to.as_mut_ptr().cast(), room as u16, halves);
            }
        }
        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: below `dispatch`.
            Self(unsafe { _mm512_set1_ps(value) })
        }
        intrinsics! {
            add(other) = _mm512_add_ps;
            sub(other) = _mm512_sub_ps;
            mul(other) = _mm512_mul_ps;
            div(other) = _mm512_div_ps;
            sqrt() = _mm512_sqrt_ps;
            max(other) = _mm512_max_ps;
            min(other) = _mm512_min_ps;
            mul_add(factor, addend) = _mm512_fmadd_ps;
        }
        /// Newton's step from an estimate of 14 bits: a division of this width takes many times as long.
        #[inline(always)]
        fn recip(self) -> Self {
            // SAFETY: below `dispatch`.
            let estimate = Self(unsafe { _mm512_rcp14_ps(self.0) });
            // SAFETY: as above.
            let error = Self(unsafe { _mm512_fnmadd_ps(self.0, estimate.0, _mm512_set1_ps(1.0)) });
            estimate.mul_add(error, estimate)
        }
        #[inline(always)]
        fn mul_add_one(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
        #[inline(always)]
        fn dot_pairs(self, other: Self, sum: Self) -> Self {
            // SAFETY: below `dispatch_pairs`, which asks the CPU; both types are 64 bytes of which any are valid.
            Self(unsafe {
                let a = std::mem::transmute::<__m512, __m512bh>(self.0);
                _mm512_dpbf16_ps(sum.0, a, std::mem::transmute::<__m512, __m512bh>(other.0))
            })
        }
        #[inline(always)]
        fn round_pairs(first: Self, second: Self) -> Self {
            /// Lanes of 16 bits, first and second ones in turn.
            const IN_TURN: [i16; 32] = {
                let mut lanes = [0; 32];
                let mut i = 0;
                while i < 32 {
                    lanes[i] = (i / 2 + i % 2 * 16) as i16;
                    i += 1;
                }
                lanes
            };
            // SAFETY: below `dispatch_pairs`, which asks the CPU; all types are 64 bytes of which any are valid.
            Self(unsafe {
                let apart = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(second.0, first.0));
                let in_turn = std::mem::transmute::<[i16; 32], __m512i>(IN_TURN);
                _mm512_castsi512_ps(_mm512_permutexvar_epi16(in_turn, apart))
            })
        }
        #[inline(always)]
        fn round_along(low: Self, high: Self) -> Self {
            // SAFETY: as above.
            Self(unsafe { std::mem::transmute::<__m512bh, __m512>(_mm512_cvtne2ps_pbh(high.0, low.0)) })
        }
        #[inline(always)]
        fn unless_below(self, compared: Self, limit: Self, other: Self) -> Self {
            // SAFETY: below `dispatch`.
            Self(unsafe {
                let below = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(compared.0, limit.0);
                _mm512_mask_blend_ps(below, self.0, other.0)
            })
        }
        #[inline(always)]
        fn times_exp2(self, n: Self) -> Self {
            // SAFETY: below `dispatch`.
            Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
        }
        #[inline(always)]
        fn transpose(square: &mut [Self; LANES_MAX]) {
            // SAFETY: below `dispatch`.
            unsafe {
                let mut fours = [_mm512_setzero_ps(); 16];
                for group in 0..4 {
                    let rows = &square[4 * group..4 * group + 4];
                    let (low, high) =
                        (_mm512_unpacklo_ps(rows[0].0, rows[1].0), _mm512_unpackhi_ps(rows[0].0, rows[1].0));
                    let (low_2, high_2) =
                        (_mm512_unpacklo_ps(rows[2].0, rows[3].0), _mm512_unpackhi_ps(rows[2].0, rows[3].0));
                    // In each quarter q of `fours[4 * group + c]`: column 4 q + c of the group's four rows.
                    fours[4 * group] = _mm512_shuffle_ps::<0x44>(low, low_2);
                    fours[4 * group + 1] = _mm512_shuffle_ps::<0xee>(low, low_2);
                    fours[4 * group + 2] = _mm512_shuffle_ps::<0x44>(high, high_2);
                    fours[4 * group + 3] = _mm512_shuffle_ps::<0xee>(high, high_2);
                }
                for c in 0..4 {
                    let [first, second, third, fourth] = [fours[c], fours[4 + c], fours[8 + c], fours[12 + c]];
                    // Quarters 0 and 2, and 1 and 3, of the first and the last two groups.
                    let (even, even_2) =
                        (_mm512_shuffle_f32x4::<0x88>(first, second), _mm512_shuffle_f32x4::<0x88>(third, fourth));
                    let (odd, odd_2) =
                        (_mm512_shuffle_f32x4::<0xdd>(first, second), _mm512_shuffle_f32x4::<0xdd>(third, fourth));
                    square[c] = Self(_mm512_shuffle_f32x4::<0x88>(even, even_2));
                    square[4 + c] = Self(_mm512_shuffle_f32x4::<0x88>(odd, odd_2));
                    square[8 + c] = Self(_mm512_shuffle_f32x4::<0xdd>(even, even_2));
                    square[12 + c] = Self(_mm512_shuffle_f32x4::<0xdd>(odd, odd_2));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a square with its own numbers and turns it.
    struct Turned;
    impl Kernel for Turned {
        type Output = (usize, Vec<f32>);
        #[inline(always)]
        fn run<S: Simd>(self) -> (usize, Vec<f32>) {
            let numbers: Vec<f32> = (0..LANES_MAX * LANES_MAX).map(|i| i as f32).collect();
            let mut square: [S; LANES_MAX] = std::array::from_fn(|i| S::read(&numbers[i * S::LANES..], 0.0));
            S::transpose(&mut square);
            (S::LANES, square[..S::LANES].iter().flat_map(|vector| vector.lanes()[..S::LANES].to_vec()).collect())
        }
    }

    #[test]
    fn a_square_is_turned() {
        for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
            let (lanes, turned) = dispatch(level, Turned);
            let expected: Vec<f32> = (0..lanes * lanes).map(|i| (i % lanes * lanes + i / lanes) as f32).collect();
            assert_eq!(turned, expected, "{level}");
        }
    }

    struct Exp<'a>(&'a [f32], &'a mut [f32]);
    impl Kernel for Exp<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Simd>(self) {
            for i in (0..self.0.len()).step_by(S::LANES) {
                S::read(&self.0[i..], 0.0).exp().write(&mut self.1[i..]);
            }
        }
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let x: Vec<f32> = (0..200_003).map(|i| -86.0 + i as f32 * (174.5 / 200_003.0)).collect();
        for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
            let mut y = vec![0.0; x.len()];
            dispatch(level, Exp(&x, &mut y));
            for (&x, &y) in x.iter().zip(&y) {
                let exact = f64::from(x).exp();
                let error = (f64::from(y) - exact).abs() / exact;
                assert!(error < 2.0 * f64::from(f32::EPSILON), "{level}: exp({x}) is {y}, expected {exact}");
            }
        }
    }

    struct Recip<'a>(&'a [f32], &'a mut [f32]);
    impl Kernel for Recip<'_> {
        type Output = ();
        #[inline(always)]
        fn run<S: Simd>(self) {
            for i in (0..self.0.len()).step_by(S::LANES) {
                S::read(&self.0[i..], 1.0).recip().write(&mut self.1[i..]);
            }
        }
    }

    #[test]
    fn a_reciprocal_is_within_a_unit_in_the_last_place() {
        let mut x: Vec<f32> = (0..200_003).map(|i| 1.0 + i as f32 / 200_003.0).collect();
        x.extend((-125..126).map(|n| 1.3 * 2f32.powi(n)));
        for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
            let mut y = vec![0.0; x.len()];
            dispatch(level, Recip(&x, &mut y));
            for (&x, &y) in x.iter().zip(&y) {
                let error = (f64::from(y) * f64::from(x) - 1.0).abs();
                assert!(error < f64::from(f32::EPSILON), "{level}: 1 / {x} is {y}");
            }
        }
    }

    #[test]
    fn exp_of_special_values() {
        let x = [f32::NEG_INFINITY, f32::INFINITY, f32::NAN, 0.0, -100.0, 100.0];
        for level in Level::ALL.into_iter().filter(|level| level.is_supported()) {
            let mut y = [0.0; 6];
            dispatch(level, Exp(&x, &mut y));
            assert_eq!([y[0], y[1], y[3], y[4], y[5]], [0.0, f32::INFINITY, 1.0, 0.0, f32::INFINITY], "{level}");
            assert!(y[2].is_nan(), "{level}");
        }
    }
}
