use crate::lab::Array;

// zh: 矩阵乘法，五步。每一步是一个函数；最后一步用得上前面的函数。
// en: A matrix product in five steps. Each is a function, and the last one uses earlier ones.
// zh: 数组按行存放：[n, m] 的第 i 行第 j 列是 values[i * m + j]。
// en: Arrays are row-major: row i, column j of [n, m] is values[i * m + j].

// zh: C 的一小块有几行几列，求和的一段有多长。真的更大；小一些，到处都是边角。
// en: The sides of a tile of C and the length of a block of the sums. Real ones are larger; these make small cases full of edges.
pub const HEIGHT: usize = 2;
pub const WIDTH: usize = 4;
pub const DEPTH: usize = 3;

/// a [m, k], b [k, n] -> [m, n]
// zh: 三层循环，次序 i、j、p。k 可以是 0。
// en: Three loops in the order i, j, p. k may be 0.
pub fn product(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    todo!()
}

/// a [m, k], b [k, n] -> [m, k, n]
// zh: 第 i 行做完第 p 步加法以后，里面是什么。次序 i、p、j。
// en: What stands in row i after step p of its sums. The order is i, p, j.
pub fn by_rows(a: &Array<f32>, b: &Array<f32>) -> Array<f32> {
    todo!()
}

/// b [k, n] -> [panels, k, width]
// zh: 相邻的 width 列装进一块面板，最后一块不足的地方补 0。
// en: width neighbouring columns make a panel; what the last one lacks is 0.
pub fn pack(b: &Array<f32>, width: usize) -> Array<f32> {
    todo!()
}

/// c [m, n], rows [k, h], panel [k, w] -> [m, n]
// zh: 把 rows 与 panel 的乘积（h 行 w 列）加到 c 的 (i, j) 处，超出 c 的部分不要。
// en: c with the product of rows and panel (h rows, w columns) added at (i, j); what lies beyond c is dropped.
pub fn add_tile(c: &Array<f32>, rows: &Array<f32>, panel: &Array<f32>, i: usize, j: usize) -> Array<f32> {
    todo!()
}

/// a [m, k] or turned [k, m], b [k, n] or turned [n, k] -> [m, n]
// zh: a_turned 为 1 时 a 存成 [k, m]；b_turned 为 1 时 b 存成 [n, k]。
// en: a is stored as [k, m] if a_turned is 1, and b as [n, k] if b_turned is 1.
pub fn blocked(a: &Array<f32>, b: &Array<f32>, a_turned: usize, b_turned: usize) -> Array<f32> {
    todo!()
}
