//! Weights that no longer change, packed for products.

use check::{Outcome, equal, same_bits};
use tensor::ops::{self, Layout};
use tensor::{Cx, Init, ParamsBuilder, Tensor};

pub fn packed_weights_give_the_same_bits() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let table = builder.table("table", [5, 24], Init::Normal(1.0));
    let weight = builder.param("weight", &[70, 24], Init::Normal(1.0));
    let bias = builder.param("bias", &[70], Init::Normal(1.0));
    let mut params = builder.build();
    params.initialise(3);
    let forward = |params: &tensor::Params, n: usize| {
        let cx = Cx::inference(params);
        let x = Tensor::from_vec(&[n, 24], (0..n * 24).map(|i| (i as f32 * 0.7).sin()).collect());
        let y = ops::linear(&cx, &x, &cx.param(weight), Some(&cx.param(bias)), Layout::Transposed);
        (y.values().to_vec(), cx.param(table).values().to_vec())
    };
    let before = [1, 9, 40].map(|n| forward(&params, n));
    params.pack(kernels::Products::F32);
    equal(params.len(), 5 * 24 + 70, "the table and the bias stay")?;
    for (n, (expected, table)) in [1, 9, 40].into_iter().zip(before) {
        let (found, same_table) = forward(&params, n);
        same_bits(&found, &expected, &format!("{n} rows"))?;
        same_bits(&same_table, &table, "the table")?;
    }
    Ok(())
}
