//! Tests the judge of `stories` at full size: held-out stories it accepts, planted errors it rejects, 5-gram stories it
//! accepts. Prints a line of JSON for each language; `bench/slice/stories.py` runs it.

use eval::Share;
use eval::stories::{Error, FIRST_SEED, NGram, SAMPLES, consistent, plant};
use kernels::rng;
use text::stories::{Lang, Split, document, story};

/// Held-out stories read in each language.
const HELD_OUT: u64 = 5000;
/// Documents whose plain stories the 5-grams learn from: those of the recipe `stories`, seed 1.
const LEARNT: u64 = 30_000;

fn main() {
    for lang in Lang::ALL {
        let held_out: Vec<String> = (0..HELD_OUT).map(|seed| story(lang, Split::HeldOut, seed).text).collect();
        let accepted = consistent(lang, &held_out);
        let mut counter = 0;
        let mut uniform = || {
            counter += 1;
            f64::from(rng::uniform([1, 2], counter))
        };
        let mut wrong = Vec::new();
        for error in [Error::Name, Error::Object, Error::Place, Error::Order, Error::Cause] {
            let planted = held_out
                .iter()
                .filter_map(|text| plant(lang, text, error, |n| ((uniform() * n as f64) as usize).min(n - 1)));
            wrong.extend(planted);
        }
        let missed = consistent(lang, &wrong);
        let rejected = Share::of(missed.n - missed.hits, missed.n);
        let learnt: Vec<String> = (0..LEARNT)
            .map(|i| document(lang, Split::Train, (1 << 32) + i))
            .filter(|document| !document.starts_with("<|user|>"))
            .collect();
        let five_grams = NGram::train(learnt.iter().map(String::as_str));
        let told: Vec<String> = (0..SAMPLES as u64)
            .map(|i| five_grams.tell(&story(lang, Split::HeldOut, FIRST_SEED + i).opening, 0.8, 600, &mut uniform))
            .collect();
        let by_chance = consistent(lang, &told);
        let line = serde_json::json!({
            "lang": lang.code(),
            "held_out_accepted": [accepted.value, accepted.n],
            "planted_rejected": [rejected.value, rejected.n],
            "five_gram": [by_chance.value, by_chance.n],
        });
        println!("{line}");
    }
}
