//! Each layer against the same one of PyTorch (`goldens/make_layers.py`): values, and the gradients of all that has one.

use check::{Golden, Outcome, Stop, close, equal};
use nn::{
    AttentionSpec, Batch, Embedding, LayerNorm, Linear, Mlp, MlpSpec, RmsNorm, SwigluMlp, attention,
    attention_both_ways,
};
use tensor::{Cx, Grads, Init, ParamId, Params, ParamsBuilder, Role, Tensor};

/// How close to PyTorch, which adds in another order.
const TOLERANCE: f64 = 1e-5;

/// A layer laid out beside its input, which is a parameter as well, so that its gradient can be read.
struct Bench {
    golden: Golden,
    layer: &'static str,
    builder: ParamsBuilder,
    x: Option<ParamId>,
}

impl Bench {
    fn new(layer: &'static str) -> Result<Bench, Stop> {
        let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/layers.safetensors"))?;
        let mut builder = ParamsBuilder::new();
        let input = golden.get(&format!("{layer}.x"))?;
        let x = (input.shape.len() == 2).then(|| builder.param("x", &input.shape, Init::Zeros));
        Ok(Bench { golden, layer, builder, x })
    }

    fn array(&self, name: &str) -> Result<&[f32], Stop> {
        Ok(&self.golden.get(&format!("{}.{name}", self.layer))?.values)
    }

    /// Fills the weights, runs `forward` on the input, and compares the result and every gradient.
    fn compare(mut self, forward: impl Fn(&Cx, Option<&Tensor>) -> Tensor) -> Outcome {
        let mut params = std::mem::take(&mut self.builder).build();
        for entry in params.entries().to_vec() {
            let name = if entry.name == "x" { "x".to_string() } else { format!("w.{}", entry.name) };
            let found = self.golden.get(&format!("{}.{name}", self.layer))?;
            equal(&found.shape, &entry.shape, &format!("{}: shape of {}", self.layer, entry.name))?;
            params.weights_mut()[entry.range].copy_from_slice(&found.values);
        }
        let mut grads = Grads::zeros(&params);
        {
            let cx = Cx::training(&params, [0, 0]);
            let x = self.x.map(|x| cx.param(x));
            let y = forward(&cx, x.as_ref());
            close(y.values(), self.array("y")?, TOLERANCE, &format!("{}: y", self.layer))?;
            cx.backward_from(&y, self.array("dy")?.to_vec(), &mut grads);
        }
        for entry in params.entries() {
            let name = if entry.name == "x" { "dx".to_string() } else { format!("g.{}", entry.name) };
            let what = format!("{}: {name}", self.layer);
            close(&grads.values()[entry.range.clone()], self.array(&name)?, TOLERANCE, &what)?;
        }
        Ok(())
    }
}

fn input(x: Option<&Tensor>) -> &Tensor {
    x.expect("the layer reads numbers")
}

pub fn layers_and_their_gradients_are_those_of_pytorch() -> Outcome {
    let mut bench = Bench::new("linear")?;
    let linear = Linear::new(&mut bench.builder, "l", [6, 7], 0.1, true);
    bench.compare(|cx, x| linear.forward(cx, input(x)))?;

    let mut bench = Bench::new("rows")?;
    let rows = Linear::rows(&mut bench.builder, "l", [6, 7], 0.1, true);
    bench.compare(|cx, x| rows.forward(cx, input(x)))?;

    let mut bench = Bench::new("embedding")?;
    let table = Embedding::new(&mut bench.builder, "e", [9, 6], 0.1);
    bench.compare(|cx, _| table.forward(cx, &[3, 0, 3, 8]))?;

    let mut bench = Bench::new("as_head")?;
    let head = Embedding::new(&mut bench.builder, "e", [9, 6], 0.1);
    bench.compare(|cx, x| head.as_head(cx, input(x)))?;

    let mut bench = Bench::new("layer_norm")?;
    let norm = LayerNorm::new(&mut bench.builder, "n", 6, 1e-5, true);
    bench.compare(|cx, x| norm.forward(cx, input(x)))?;

    for layer in ["rms_norm", "heads_norm"] {
        let mut bench = Bench::new(layer)?;
        let norm = RmsNorm::new(&mut bench.builder, "n", 6, 1e-5);
        bench.compare(|cx, x| norm.forward(cx, input(x)))?;
    }

    let mut bench = Bench::new("mlp")?;
    let spec = MlpSpec { up: "up", down: "down", d_model: 6, d_ff: 24, std: [0.1, 0.1], bias: true };
    let mlp = Mlp::new(&mut bench.builder, &spec);
    bench.compare(|cx, x| mlp.forward(cx, input(x)))?;

    let mut bench = Bench::new("swiglu")?;
    let mlp = SwigluMlp::new(&mut bench.builder, "m", [6, 16], [0.1, 0.1]);
    bench.compare(|cx, x| {
        let nothing = Tensor::from_vec(input(x).shape(), vec![0.0; input(x).n_values()]);
        mlp.forward_onto(cx, &nothing, input(x))
    })
}

pub fn attention_and_its_gradients_are_those_of_pytorch() -> Outcome {
    let spec = AttentionSpec { n_heads: 4, n_kv_heads: 2, d_head: 3, scale: 1.0 / 3f32.sqrt(), window: None };
    let batch = Batch::packed(vec![0; 7], vec![0, 5, 7]);
    for layer in ["attention", "both_ways"] {
        let mut bench = Bench::new(layer)?;
        let mut part = |name, width| Linear::rows(&mut bench.builder, name, [6, width], 0.1, false);
        let parts = [part("q", 12), part("k", 6), part("v", 6)];
        bench.compare(|cx, x| {
            let [q, k, v] = [0, 1, 2].map(|i| parts[i].forward(cx, input(x)));
            match layer {
                "attention" => attention(cx, [&q, &k, &v], spec, &batch, None),
                _ => attention_both_ways(cx, [&q, &k, &v], spec, &batch),
            }
        })?;
    }
    Ok(())
}

/// One operation without the scores in memory, against the scores and plain arithmetic; through a table and through rows.
pub fn a_loss_at_the_head_is_that_of_its_scores() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let table = Embedding::new(&mut builder, "e", [9, 6], 1.0);
    let rows = Linear::rows(&mut builder, "l", [6, 9], 1.0, false);
    let params = initialised(builder);
    let cx = Cx::inference(&params);
    let x = Tensor::from_vec(&[3, 6], (0..18).map(|i| (i as f32 * 0.7).sin()).collect());
    let (targets, weights) = ([2, 0, 8], [1.0, 0.0, 3.0]);
    for (found, scores) in [
        (table.head_loss(&cx, &x, &targets, &weights), table.as_head(&cx, &x)),
        (rows.head_loss(&cx, &x, &targets, &weights), rows.forward(&cx, &x)),
    ] {
        let surprise = |i: usize| {
            let row = &scores.values()[i * 9..(i + 1) * 9];
            row.iter().map(|s| f64::from(*s).exp()).sum::<f64>().ln() - f64::from(row[targets[i] as usize])
        };
        let expected = (surprise(0) + 3.0 * surprise(2)) / 4.0;
        close(&[found.item()], &[expected as f32], 1e-5, "weighted mean of the surprise")?;
    }
    Ok(())
}

pub fn parameters_are_declared_by_their_published_names() -> Outcome {
    let mut b = ParamsBuilder::new();
    Embedding::new(&mut b, "wte", [9, 6], 0.1);
    Embedding::positions(&mut b, "wpe", [4, 6], 0.1);
    Linear::new(&mut b, "attn", [6, 18], 0.1, false);
    Linear::rows(&mut b, "proj", [18, 6], 0.1, true);
    LayerNorm::new(&mut b, "ln", 6, 1e-5, true);
    RmsNorm::new(&mut b, "rms", 6, 1e-5);
    SwigluMlp::new(&mut b, "mlp", [6, 16], [0.1, 0.1]);
    let declared: Vec<(String, Vec<usize>, Role)> =
        b.entries().iter().map(|entry| (entry.name.clone(), entry.shape.clone(), entry.role)).collect();
    let expected = [
        ("wte.weight", vec![9, 6], Role::Table),
        ("wpe.weight", vec![4, 6], Role::Table),
        ("attn.weight", vec![6, 18], Role::Matrix),
        ("proj.weight", vec![6, 18], Role::Matrix),
        ("proj.bias", vec![6], Role::Vector),
        ("ln.weight", vec![6], Role::Vector),
        ("ln.bias", vec![6], Role::Vector),
        ("rms.weight", vec![6], Role::Vector),
        ("mlp.gate_proj.weight", vec![16, 6], Role::Matrix),
        ("mlp.up_proj.weight", vec![16, 6], Role::Matrix),
        ("mlp.down_proj.weight", vec![6, 16], Role::Matrix),
    ];
    equal(declared, expected.map(|(name, shape, role)| (name.to_string(), shape, role)).to_vec(), "declarations")?;
    let params = initialised(b);
    let of = |name: &str| {
        let entry = params.entries().iter().find(|entry| entry.name == name).expect("declared");
        &params.weights()[entry.range.clone()]
    };
    equal(of("ln.weight"), &[1.0; 6][..], "a norm begins as nothing but a norm")?;
    equal(of("ln.bias"), &[0.0; 6][..], "and without a shift")?;
    equal(of("proj.bias"), &[0.0; 6][..], "biases")
}

pub fn a_head_by_columns_has_no_loss() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let heads =
        [Linear::new(&mut builder, "a", [6, 9], 1.0, false), Linear::rows(&mut builder, "b", [6, 9], 1.0, true)];
    let params = initialised(builder);
    for head in &heads {
        let loss = || head.head_loss(&Cx::inference(&params), &Tensor::from_vec(&[1, 6], vec![0.0; 6]), &[0], &[1.0]);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(loss())));
        equal(outcome.is_err(), true, "a head that has none panics")?;
    }
    Ok(())
}

fn initialised(builder: ParamsBuilder) -> Params {
    let mut params = builder.build();
    params.initialise(3);
    params
}
