//! The sampler against plain loops, at its edges, and in the long run.

use check::{Golden, Outcome, equal, that};
use infer::sampler::{LogProbs, argmax};
use infer::{Penalties, Sampling, SamplingError};
use kernels::rng;

/// Logits between -3 and 3, no two alike.
fn logits(n: usize, seed: u64) -> Vec<f32> {
    (0..n as u64).map(|i| 6.0 * rng::uniform([seed, 1], i) - 3.0).collect()
}

/// Probabilities of the nucleus, as one would write them down: normalise, sort, add up, cut.
fn plain(logits: &[f32], temperature: f64, top_p: f64) -> Vec<f64> {
    let exponentials: Vec<f64> = logits.iter().map(|&x| (f64::from(x) / temperature).exp()).collect();
    let total: f64 = exponentials.iter().sum();
    let mut by_probability: Vec<(usize, f64)> = exponentials.iter().map(|e| e / total).enumerate().collect();
    by_probability.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept = vec![0.0; logits.len()];
    let mut sum = 0.0;
    for (id, probability) in by_probability {
        kept[id] = probability;
        sum += probability;
        if sum >= top_p {
            break;
        }
    }
    kept.iter().map(|probability| probability / sum).collect()
}

pub fn weights_equal_a_plain_implementation() -> Outcome {
    for (n, temperature, top_p) in [(5, 1.0, 0.5), (100, 0.3, 0.9), (100, 2.0, 0.95), (1000, 0.8, 0.01), (7, 1.0, 1.0)]
    {
        let logits = logits(n, n as u64);
        let weights = Sampling::new(temperature, top_p, 0)?.weights(&logits);
        let total: f64 = weights.iter().sum();
        let found: Vec<f32> = weights.iter().map(|weight| (weight / total) as f32).collect();
        let expected = plain(&logits, f64::from(temperature), f64::from(top_p));
        let expected: Vec<f32> = expected.iter().map(|&probability| probability as f32).collect();
        check::close(&found, &expected, 1e-6, &format!("n {n}, temperature {temperature}, top_p {top_p}"))?;
    }
    Ok(())
}

/// The golden of `make_sampling.py`: the penalty alone, then the whole chain.
pub fn penalties_and_cuts_are_those_of_transformers() -> Outcome {
    let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/sampling.safetensors"))?;
    let n_cases = golden.names().len() / 5;
    that(n_cases >= 6, || format!("{n_cases} cases"))?;
    for case in 0..n_cases {
        let of = |name: &str| golden.get(&format!("{case}/{name}")).map(|array| array.values.as_slice());
        let &[repetition, temperature, top_k, top_p] = of("settings")? else { return check::fail("four settings") };
        let text: Vec<u32> = of("text")?.iter().map(|&id| id as u32).collect();
        let (prompt, answer) = text.split_at(11);
        let penalties = Penalties { repetition, ..Penalties::NONE };
        let penalised = penalties.apply(of("logits")?, prompt, answer, &[]);
        check::close(&penalised, of("penalised")?, 1e-6, &format!("case {case}, penalised"))?;
        let sampling = Sampling::new(temperature, top_p, 0)?.with_top_k(Some(top_k as usize));
        let weights = sampling.weights(&penalised);
        let total: f64 = weights.iter().sum();
        let found: Vec<f32> = weights.iter().map(|weight| (weight / total) as f32).collect();
        check::close(&found, of("probabilities")?, 1e-5, &format!("case {case}, probabilities"))?;
    }
    Ok(())
}

/// `logit - count * frequency - (count > 0) * presence`, of OpenAI's reference.
pub fn openai_penalties_count_the_answer_alone() -> Outcome {
    let logits = logits(20, 5);
    let (prompt, answer) = ([1, 2, 2, 3], [3, 4, 4, 4]);
    for (frequency, presence) in [(0.5, 0.0), (0.0, 0.7), (-1.5, 2.0)] {
        let penalties = Penalties { frequency, presence, ..Penalties::NONE };
        let expected: Vec<f32> = (0..20)
            .map(|id| {
                let count = answer.iter().filter(|&&other| other == id).count();
                logits[id as usize] - count as f32 * frequency - if count > 0 { presence } else { 0.0 }
            })
            .collect();
        let found = penalties.apply(&logits, &prompt, &answer, &[]);
        check::close(&found, &expected, 1e-6, &format!("frequency {frequency}, presence {presence}"))?;
    }
    check::same_bits(&Penalties::NONE.apply(&logits, &prompt, &answer, &[]), &logits, "no penalty")
}

pub fn top_p_at_its_edges() -> Outcome {
    let kept = |top_p: f32, logits: &[f32]| -> Result<Vec<usize>, SamplingError> {
        let weights = Sampling::new(1.0, top_p, 0)?.weights(logits);
        Ok((0..weights.len()).filter(|&id| weights[id] > 0.0).collect())
    };
    let halves = [0.0_f32; 4]; // a quarter each
    equal(kept(0.0, &halves)?, vec![0], "0 keeps the best, of equals the lowest id")?;
    equal(kept(0.25, &halves)?, vec![0], "exactly reached is enough")?;
    equal(kept(0.26, &halves)?, vec![0, 1], "not reached takes one more")?;
    equal(kept(1.0, &halves)?, vec![0, 1, 2, 3], "1 keeps all")?;
    equal(kept(0.5, &[9.0, 0.0])?, vec![0], "one token may hold more than asked")?;
    equal(kept(1.0, &[0.0, f32::NEG_INFINITY])?, vec![0], "what cannot be stays out")?;
    equal(Sampling::new(1.0, 0.0, 3)?.choose(&[1.0, 2.0], 0), 1, "top_p 0 is greedy")?;
    equal(argmax(&[1.0, f32::NAN, 3.0, 3.0]), 2, "argmax")?;
    equal(Sampling::new(1.0, 1.0, 1)?.choose(&[0.5], 0), 0, "a vocabulary of one")
}

pub fn draws_follow_the_probabilities() -> Outcome {
    let logits = [0.0, 1.0, -1.0, 0.5, 2.0];
    let n_draws = 20_000;
    for (temperature, top_p) in [(1.0, 1.0), (0.7, 0.8)] {
        let sampling = Sampling::new(temperature, top_p, 42)?;
        let mut counts = [0.0_f64; 5];
        (0..n_draws).for_each(|position| counts[sampling.choose(&logits, position) as usize] += 1.0);
        for (count, p) in counts.iter().zip(plain(&logits, f64::from(temperature), f64::from(top_p))) {
            // Five standard deviations of a binomial count, and none at all outside of the nucleus.
            let spread = 5.0 * (p * (1.0 - p) * n_draws as f64).sqrt();
            that((count - p * n_draws as f64).abs() <= spread, || format!("{count} draws of probability {p}"))?;
        }
    }
    Ok(())
}

pub fn a_draw_depends_on_seed_and_position_alone() -> Outcome {
    let logits = logits(50, 3);
    let draw = |seed, position| Sampling::new(1.0, 1.0, seed).map(|sampling| sampling.choose(&logits, position));
    let mut seen = std::collections::BTreeSet::new();
    for i in 0..20 {
        equal(draw(i, 5)?, draw(i, 5)?, "the same seed and position")?;
        seen.insert((draw(i, 5)?, draw(1, i as usize)?));
    }
    that(seen.len() > 10, || format!("seeds and positions matter: {seen:?}"))
}

pub fn log_probabilities_are_those_of_the_model() -> Outcome {
    let logits = logits(200, 9);
    let row = LogProbs::new(&logits);
    let total: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
    let expected: Vec<f32> = logits.iter().map(|&x| (f64::from(x) - total.ln()) as f32).collect();
    let found: Vec<f32> = (0..200).map(|id| row.of(id)).collect();
    check::close(&found, &expected, 1e-6, "log-probabilities")?;
    let mut sorted: Vec<u32> = (0..200).collect();
    sorted.sort_by(|&a, &b| logits[b as usize].total_cmp(&logits[a as usize]));
    for n in [0, 1, 5, 200, 300] {
        let best: Vec<u32> = row.best(n).into_iter().map(|(id, _)| id).collect();
        equal(&best[..], &sorted[..n.min(200)], "the best")?;
    }
    let ties: Vec<u32> = LogProbs::new(&[1.0, 2.0, 2.0, 1.0]).best(3).into_iter().map(|(id, _)| id).collect();
    equal(ties, vec![1, 2, 0], "ties go to the lower id")?;
    that(LogProbs::new(&[1000.0, 0.0]).of(1) == -1000.0, || "no overflow".into())
}

pub fn impossible_parameters_are_refused() -> Outcome {
    for temperature in [-0.1, 2.1, f32::NAN, f32::INFINITY] {
        that(Sampling::new(temperature, 1.0, 0).is_err(), || format!("temperature {temperature}"))?;
    }
    for top_p in [-0.1, 1.1, f32::NAN] {
        that(Sampling::new(1.0, top_p, 0).is_err(), || format!("top_p {top_p}"))?;
    }
    for repetition in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let penalties = Penalties { repetition, ..Penalties::NONE };
        that(Sampling::greedy().with_penalties(penalties).is_err(), || format!("repetition {repetition}"))?;
    }
    for value in [-2.1, 2.1, f32::NAN] {
        for penalties in
            [Penalties { frequency: value, ..Penalties::NONE }, Penalties { presence: value, ..Penalties::NONE }]
        {
            that(Sampling::greedy().with_penalties(penalties).is_err(), || format!("{penalties:?}"))?;
        }
    }
    Ok(())
}
