//! The answers' numbers, where they can be worked out by hand.

use check::{Outcome, close, equal};
use course::{Array, Value, Values};

fn array(shape: &[usize], values: &[f32]) -> Value {
    Value::Array(Array::f32(shape, values.to_vec()))
}

fn answer(name: &str, arguments: &[Value]) -> Array {
    answers::find(name).unwrap_or_else(|| panic!("no answer {name}"))(arguments)
}

pub fn softmax() -> Outcome {
    let weights = answer("softmax", &[array(&[2, 2], &[1e4, 1e4, 0.0, 3f32.ln()])]);
    close(weights.floats(), &[0.5, 0.5, 0.25, 0.75], 1e-6, "weights")?;
    equal(answer("softmax", &[array(&[2, 0], &[])]).shape, vec![2, 0], "no columns")?;
    equal(answer("softmax", &[array(&[0, 2], &[])]).shape, vec![0, 2], "no rows")
}

pub fn attention_without_and_with_a_mask() -> Outcome {
    // A query of zeros takes the average of what it sees.
    let (q, k) = (array(&[2, 1], &[0.0, 0.0]), array(&[3, 1], &[5.0, -1.0, 2.0]));
    let v = array(&[3, 1], &[3.0, 6.0, 12.0]);
    let [q, k, v] = [q, k, v];
    close(answer("attend", &[q.clone(), k.clone(), v.clone()]).floats(), &[7.0, 7.0], 1e-6, "attend")?;
    close(answer("attend_causal", &[q, k, v]).floats(), &[4.5, 7.0], 1e-6, "attend_causal")
}

pub fn heads() -> Outcome {
    // q and k are zero, v is x, the output doubles: each row is twice the average of the rows up to it.
    let x = array(&[2, 2], &[1.0, 2.0, 3.0, 6.0]);
    let w_qkv = array(&[2, 6], &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let w_out = array(&[2, 2], &[2.0, 0.0, 0.0, 2.0]);
    for n_heads in [1, 2] {
        let y = answer("multi_head", &[x.clone(), w_qkv.clone(), w_out.clone(), Value::Int(n_heads)]);
        close(y.floats(), &[2.0, 4.0, 4.0, 8.0], 1e-6, "multi_head")?;
    }
    Ok(())
}

pub fn packed() -> Outcome {
    let offsets =
        |values: &[i32]| Value::Array(Array { shape: vec![values.len()], values: Values::I32(values.to_vec()) });
    let q = array(&[2, 1, 1], &[0.0, 0.0]);
    let (k, v) = (array(&[3, 1, 1], &[1.0, 2.0, 3.0]), array(&[3, 1, 1], &[4.0, 8.0, 10.0]));
    // Three sequences: one cached position before the query, none at all, one position.
    let arguments = [q, k, v, offsets(&[0, 1, 1, 2]), offsets(&[0, 2, 2, 3])];
    close(answer("causal_attention", &arguments).floats(), &[6.0, 10.0], 1e-6, "causal_attention")
}

fn ints(values: &[i32]) -> Value {
    Value::Array(Array { shape: vec![values.len()], values: Values::I32(values.to_vec()) })
}

/// The lesson's four notes: oolong tea ninety degrees; green tea warm water; black tea boiling water; and one of twelve words
/// with four times water. Of the query, oolong and water, the lists alone.
fn notes() -> [Value; 4] {
    let lengths = array(&[4], &[4.0, 4.0, 4.0, 12.0]);
    [ints(&[0, 1, 4]), ints(&[0, 1, 2, 3]), array(&[4], &[1.0, 1.0, 1.0, 4.0]), lengths]
}

pub fn a_score_by_hand() -> Outcome {
    let rarities = answer("idf", &[Value::Int(4), ints(&[0, 1, 2, 3, 4])]);
    let by_hand = [5.0 / 0.5, 5.0 / 1.5, 2.0, 5.0 / 3.5, 5.0 / 4.5].map(f32::ln);
    close(rarities.floats(), &by_hand, 1e-6, "ln((N + 1) / (n + 0.5))")?;
    // Once in a text of mean length counts 1; twice 5.2 / 3.6.
    let arguments = [array(&[1, 2], &[1.0, 2.0]), array(&[1], &[7.0]), array(&[2], &[3.0, 9.0])];
    close(answer("score", &arguments).floats(), &[3.0 + 9.0 * 5.2 / 3.6], 1e-5, "one text")?;
    let [starts, texts, frequencies, lengths] = notes();
    let arguments = [ints(&[0, 1]), array(&[2], &[1.0, 1.0]), starts, texts, frequencies, lengths];
    let (oolong, water) = ((5f32 / 1.5).ln(), (5f32 / 3.5).ln());
    let by_hand = [oolong * 2.6 / 2.2, water * 2.6 / 2.2, water * 2.6 / 2.2, water * 10.4 / 6.8];
    close(answer("scores", &arguments).floats(), &by_hand, 1e-5, "the notes")
}

pub fn postings_and_the_best() -> Outcome {
    let rows = answer("postings", &[ints(&[2, 0, 2, 0]), ints(&[0, 3, 3, 4])]);
    equal(
        (rows.shape.clone(), rows.floats()),
        (vec![3, 3], &[0.0, 0.0, 1.0, 0.0, 2.0, 1.0, 2.0, 0.0, 2.0][..]),
        "rows",
    )?;
    equal(answer("postings", &[ints(&[]), ints(&[0, 0])]).shape, vec![0, 3], "no terms")?;
    let found = answer("best", &[array(&[5], &[2.0, 3.0, 0.0, 3.0, 2.0]), Value::Int(3)]);
    equal(found.floats(), &[1.0, 3.0, 3.0, 3.0, 0.0, 2.0][..], "ties by number")?;
    equal(answer("best", &[array(&[2], &[0.0, -1.0]), Value::Int(3)]).shape, vec![0, 2], "nothing is found")
}

pub fn texts_that_come_and_go() -> Outcome {
    let [starts, texts, frequencies, lengths] = notes();
    let live = |states: &[i32]| {
        let given = [&starts, &texts, &frequencies, &lengths].map(Value::clone);
        let query = [ints(&[0, 1]), array(&[2], &[1.0, 1.0])];
        answer("live_scores", &[&query[..], &given[..], &[ints(states)]].concat())
    };
    // Without the last note: three of length 4, two with water.
    let (oolong, water) = ((4f32 / 1.5).ln(), (4f32 / 2.5).ln());
    close(live(&[2, 2, 2, 0]).floats(), &[oolong, water, water, 0.0], 1e-6, "the last one deleted")?;
    // Hidden it counts as before.
    let (oolong, water) = ((5f32 / 1.5).ln() * 2.6 / 2.2, (5f32 / 3.5).ln() * 2.6 / 2.2);
    close(live(&[2, 1, 2, 1]).floats(), &[oolong, 0.0, water, 0.0], 1e-6, "two hidden")?;
    equal(live(&[0, 0, 0, 0]).floats(), &[0.0; 4][..], "all deleted")
}

pub fn texts_and_their_lists_score_alike() -> Outcome {
    // The notes with numbers for words; 5 is in none of them.
    let terms = [0, 1, 2, 3, 4, 1, 9, 6, 8, 1, 7, 6, 6, 7, 6, 10, 6, 11, 12, 13, 14, 6, 15, 1];
    let found = answer("scores_of_texts", &[ints(&[0, 6, 5]), ints(&terms), ints(&[0, 4, 8, 12, 24])]);
    let [starts, texts, frequencies, lengths] = notes();
    let by_lists = answer("scores", &[ints(&[0, 1]), array(&[2], &[1.0, 1.0]), starts, texts, frequencies, lengths]);
    close(found.floats(), by_lists.floats(), 1e-6, "scores")
}

pub fn a_product_by_hand() -> Outcome {
    let (a, b) = (array(&[2, 2], &[1.0, 2.0, 3.0, 4.0]), array(&[2, 2], &[5.0, 6.0, 7.0, 8.0]));
    let by_hand = [19.0, 22.0, 43.0, 50.0];
    equal(answer("product", &[a.clone(), b.clone()]).floats(), &by_hand[..], "product")?;
    equal(answer("product", &[array(&[2, 0], &[]), array(&[0, 1], &[])]).floats(), &[0.0; 2][..], "no terms")?;
    let states = answer("by_rows", &[a.clone(), b.clone()]);
    equal(states.shape.clone(), vec![2, 2, 2], "states")?;
    equal(states.floats(), &[5.0, 6.0, 19.0, 22.0, 15.0, 18.0, 43.0, 50.0][..], "the rows of each step")?;
    let (a_turned, b_turned) = (array(&[2, 2], &[1.0, 3.0, 2.0, 4.0]), array(&[2, 2], &[5.0, 7.0, 6.0, 8.0]));
    for (a, b, turned) in [(&a, &b, [0, 0]), (&a, &b_turned, [0, 1]), (&a_turned, &b, [1, 0])] {
        let arguments = [a.clone(), b.clone(), Value::Int(turned[0]), Value::Int(turned[1])];
        equal(answer("blocked", &arguments).floats(), &by_hand[..], &format!("turned {turned:?}"))?;
    }
    Ok(())
}

pub fn panels_and_a_tile_at_the_edge() -> Outcome {
    let b = array(&[2, 5], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let panels = answer("pack", &[b, Value::Int(2)]);
    equal(panels.shape.clone(), vec![3, 2, 2], "panels")?;
    equal(panels.floats(), &[0.0, 1.0, 5.0, 6.0, 2.0, 3.0, 7.0, 8.0, 4.0, 0.0, 9.0, 0.0][..], "packed")?;
    // The tile [[7, 26], [3, 30]] at the last column of two rows: one column of it lies inside.
    let (rows, panel) = (array(&[2, 2], &[2.0, 3.0, 1.0, 0.0]), array(&[2, 2], &[1.0, 10.0, 5.0, 6.0]));
    let arguments = [array(&[2, 3], &[1.0; 6]), rows, panel, Value::Int(0), Value::Int(2)];
    equal(answer("add_tile", &arguments).floats(), &[1.0, 1.0, 8.0, 1.0, 1.0, 4.0][..], "added")
}

pub fn chunks_by_hand() -> Outcome {
    let windows = |n, size, overlap| answer("windows", &[Value::Int(n), Value::Int(size), Value::Int(overlap)]);
    equal(windows(10, 4, 1).floats(), &[0.0, 4.0, 3.0, 7.0, 6.0, 10.0][..], "windows")?;
    equal(windows(0, 4, 1).shape, vec![0, 2], "no tokens")?;
    let sizes = |values: &[f32]| array(&[values.len()], values);
    let packed = answer("pack_sentences", &[sizes(&[3.0, 4.0, 2.0, 9.0, 1.0]), Value::Int(7)]);
    equal(packed.floats(), &[0.0, 7.0, 7.0, 9.0, 9.0, 16.0, 16.0, 18.0, 18.0, 19.0][..], "whole sentences")?;
    // The lesson's page: three sections of 21, 21 and 13 words.
    let page = sizes(&[1.0, 8.0, 6.0, 6.0, 2.0, 5.0, 8.0, 6.0, 2.0, 7.0, 4.0]);
    let levels = ints(&[2, 0, 0, 1, 2, 0, 0, 1, 2, 0, 0]);
    let cut = answer("by_structure", &[page.clone(), levels.clone(), Value::Int(24)]);
    equal(cut.floats(), &[0.0, 21.0, 21.0, 42.0, 42.0, 55.0][..], "sections")?;
    let rows = answer("parents", &[page, levels, Value::Int(24), Value::Int(12)]);
    equal(&rows.floats()[12..16], &[21.0, 28.0, 21.0, 42.0][..], "a child and its parent")?;
    equal(rows.shape, vec![8, 4], "children")?;
    let depths = answer("depths", &[array(&[5], &[0.8, 0.7, 0.2, 0.6, 0.9])]);
    close(depths.floats(), &[0.0, 0.1, 1.3, 0.3, 0.0], 1e-6, "depths")
}
