# zh: 矩阵乘法，五步。每一步是一个函数；最后一步用得上前面的函数。
# en: A matrix product in five steps. Each is a function, and the last one uses earlier ones.
# zh: 数组都是 float32，返回的也要是 float32。循环和加法都自己写：@、np.matmul、np.dot、np.inner、np.einsum 都不许用。
# en: Arrays are float32, and so must be what you return. Write loops and sums yourself: @, np.matmul, np.dot, np.inner and np.einsum are refused.
import numpy as np

# zh: C 的一小块有几行几列，求和的一段有多长。真的更大；小一些，到处都是边角。
# en: The sides of a tile of C and the length of a block of the sums. Real ones are larger; these make small cases full of edges.
HEIGHT, WIDTH, DEPTH = 2, 4, 3


def product(a, b):
    # zh: a [m, k]，b [k, n] -> [m, n]。三层循环，次序 i、j、p。k 可以是 0。
    # en: a [m, k], b [k, n] -> [m, n]. Three loops in the order i, j, p. k may be 0.
    raise NotImplementedError


def by_rows(a, b):
    # zh: a [m, k]，b [k, n] -> [m, k, n]：第 i 行做完第 p 步加法以后，里面是什么。次序 i、p、j。
    # en: a [m, k], b [k, n] -> [m, k, n]: what stands in row i after step p of its sums. The order is i, p, j.
    raise NotImplementedError


def pack(b, width):
    # zh: b [k, n] -> [面板数, k, width]：相邻的 width 列装进一块面板，最后一块不足的地方补 0。
    # en: b [k, n] -> [panels, k, width]: width neighbouring columns make a panel; what the last one lacks is 0.
    raise NotImplementedError


def add_tile(c, rows, panel, i, j):
    # zh: c [m, n]，rows [k, h]，panel [k, w] -> [m, n]：把 rows 与 panel 的乘积（h 行 w 列）加到 c 的 (i, j) 处，超出 c 的部分不要。
    # en: c [m, n], rows [k, h], panel [k, w] -> [m, n]: c with the product of rows and panel (h rows, w columns) added at (i, j); what lies beyond c is dropped.
    raise NotImplementedError


def blocked(a, b, a_turned, b_turned):
    # zh: a 存成 [m, k]，a_turned 为 1 时存成 [k, m]；b 存成 [k, n]，b_turned 为 1 时存成 [n, k] -> [m, n]。
    # en: a is stored as [m, k], or as [k, m] if a_turned is 1; b as [k, n], or as [n, k] if b_turned is 1 -> [m, n].
    raise NotImplementedError
