//! Answers each product asked on stdin, `M N K LAYOUTS` such as `256 256 256 NT`, with the median seconds of the crate `gemm` on
//! two threads.

use std::time::Instant;

fn main() {
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [m, n, k] = [0, 1, 2].map(|i| words[i].parse::<usize>().expect("a size"));
        let (a, b, mut c) = (vec![0.5f32; m * k], vec![0.25f32; k * n], vec![0.0f32; m * n]);
        // Strides of columns and of rows.
        let (a_cs, a_rs) = if words[3].starts_with('N') { (1, k) } else { (m, 1) };
        let (b_cs, b_rs) = if words[3].ends_with('N') { (1, n) } else { (k, 1) };
        let (start, mut laps) = (Instant::now(), Vec::new());
        while start.elapsed().as_secs_f64() < 0.3 || laps.len() < 5 {
            let lap = Instant::now();
            // SAFETY: the slices have the sizes that the strides say.
            unsafe {
                gemm::gemm(
                    m,
                    n,
                    k,
                    c.as_mut_ptr(),
                    1,
                    n as isize,
                    false,
                    a.as_ptr(),
                    a_cs as isize,
                    a_rs as isize,
                    b.as_ptr(),
                    b_cs as isize,
                    b_rs as isize,
                    0.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::Rayon(2),
                );
            }
            laps.push(lap.elapsed().as_secs_f64());
        }
        laps.sort_by(f64::total_cmp);
        println!("{}", laps[laps.len() / 2]);
    }
}
