//! Blocks against the `gguf` package, products against widened weights.

use check::Outcome;
use kernels::Write;
use kernels::gemm::{Gemm, Layout, gemm};
use kernels::quantised::{Matrix, Quant, RowOrder, dequantise, gather, matmul};

/// The blocks of the golden file in each type.
fn blocks(golden: &check::Golden, quant: Quant) -> Result<Vec<u8>, check::Stop> {
    Ok(golden.get(&format!("{}/bytes", quant.name()))?.values.iter().map(|&byte| byte as u8).collect())
}

fn golden() -> Result<check::Golden, check::Stop> {
    check::Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/dequantised.safetensors"))
}

pub fn every_type_has_the_bits_of_the_gguf_package() -> Outcome {
    let golden = golden()?;
    for quant in Quant::ALL {
        let bytes = blocks(&golden, quant)?;
        let expected = &golden.get(&format!("{}/values", quant.name()))?.values;
        let mut values = vec![0.0; expected.len()];
        dequantise(quant, &bytes, &mut values);
        check::same_bits(&values, expected, quant.name())?;
    }
    Ok(())
}

pub fn half_precision_is_exact_everywhere() -> Outcome {
    for bits in 0..=u16::MAX {
        let mut value = [0.0];
        dequantise(Quant::F16, &bits.to_le_bytes(), &mut value);
        let (sign, exponent, mantissa) = (bits >> 15, i32::from(bits >> 10 & 31), f64::from(bits & 1023));
        let size = match exponent {
            0 => mantissa * 2f64.powi(-24),
            31 if mantissa == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15),
        };
        let expected = if sign == 1 { -size } else { size } as f32;
        let same = value[0].to_bits() == expected.to_bits() || value[0].is_nan() && expected.is_nan();
        check::that(same, || format!("{bits:04x}: expected {expected}, found {}", value[0]))?;
    }
    Ok(())
}

/// The same bits as with the widened weights, for few and for many rows, in both orders of rows.
pub fn a_product_is_that_of_the_values() -> Outcome {
    let golden = golden()?;
    let (n, k) = (200, 256);
    for quant in Quant::ALL {
        let one = blocks(&golden, quant)?;
        let bytes: Vec<u8> = one.iter().copied().cycle().take(quant.bytes_of(n * k)).collect();
        let mut wide = vec![0.0; n * k];
        dequantise(quant, &bytes, &mut wide);
        for order in [RowOrder::Stored, RowOrder::Halves { d_head: 10 }] {
            let rows: Vec<f32> = (0..n).flat_map(|row| wide[order.stored(row) * k..][..k].to_vec()).collect();
            let matrix = Matrix { quant, bytes: &bytes, width: k, order };
            for m in [1, 3, 40] {
                let x: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.37).sin()).collect();
                let (mut found, mut expected) = (vec![0.0; m * n], vec![0.0; m * n]);
                matmul(&x, matrix, &mut found);
                let (a, b, write) = (Layout::Normal, Layout::Transposed, Write::Set);
                gemm(Gemm { m, n, k, a, b, write }, &x, &rows, &mut expected);
                check::same_bits(&found, &expected, &format!("{} with {m} rows, {order:?}", quant.name()))?;
            }
            let mut found = vec![0.0; 2 * k];
            gather(&[199, 7], matrix, &mut found);
            check::same_bits(&found, &[&rows[199 * k..], &rows[7 * k..8 * k]].concat(), "rows of a table")?;
        }
    }
    Ok(())
}
