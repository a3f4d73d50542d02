//! Lessons keep their word: code prints what stands below it, twins equal the engine.

use crate::tools;
use check::{Outcome, Stop, close, equal, that};
use course::{Array, Curriculum, Value, Values};

/// What stands between two blocks' outputs; no lesson prints it.
const END_OF_BLOCK: &str = "-- end of block --";

/// A fenced block of a lesson.
struct Fence<'a> {
    info: &'a str,
    body: String,
}

pub fn code_prints_what_the_lesson_shows() -> Outcome {
    for (name, lesson) in lessons()? {
        let fences = fences(&lesson);
        let runs: Vec<usize> = (0..fences.len()).filter(|&at| fences[at].info == "python run").collect();
        let program: String = runs.iter().map(|&at| format!("{}print({END_OF_BLOCK:?})\n", fences[at].body)).collect();
        let printed = python(&program)?;
        let mut printed = printed.split(END_OF_BLOCK);
        for at in runs {
            let shown = fences.get(at + 1).filter(|next| next.info == "output").map_or("", |next| next.body.as_str());
            let found = printed.next().unwrap_or_default();
            equal(lines(found), lines(shown), &format!("{name}, output of\n{}", fences[at].body))?;
        }
    }
    Ok(())
}

/// Two queries, five keys, two heads of width three: the lesson's NumPy and the engine's kernel.
pub fn the_numpy_twin_of_attention_is_the_engines() -> Outcome {
    let wave = |n: usize, phase: f64| -> Vec<f32> { (0..n).map(|i| (i as f64 * 0.7 + phase).sin() as f32).collect() };
    let (q, k, v) = (wave(12, 0.0), wave(30, 1.0), wave(30, 2.0));
    let call = format!(
        "q, k, v = [np.array(a, dtype=np.float32) for a in ({q:?}, {k:?}, {v:?})]\n\
         print(*attention(q.reshape(2, 2, 3), k.reshape(5, 2, 3), v.reshape(5, 2, 3)).ravel())\n"
    );
    for (name, lesson) in lessons_of("self-attention")? {
        let found = printed_after(&lesson, &call)?;
        let array = |shape: [usize; 3], values: &[f32]| Value::Array(Array::f32(shape, values.to_vec()));
        let offsets = |end: i32| Value::Array(Array { shape: vec![2], values: Values::I32(vec![0, end]) });
        let engine = answers::find("causal_attention").ok_or("no answer")?;
        let arguments = [array([2, 2, 3], &q), array([5, 2, 3], &k), array([5, 2, 3], &v), offsets(2), offsets(5)];
        close(&found, engine(&arguments).floats(), 1e-5, &name)?;
    }
    Ok(())
}

/// Thirty texts of numbers for words, some of them empty: the lesson's dictionaries and the engine's plain loops.
pub fn the_python_twin_of_bm25_is_the_engines() -> Outcome {
    let texts: Vec<Vec<i32>> = (0..30).map(|i| (0..i * 7 % 11).map(|j| (i * j + j * j) % 8).collect()).collect();
    let ints = |values: Vec<i32>| Value::Array(Array { shape: vec![values.len()], values: Values::I32(values) });
    let ends = texts.iter().scan(0, |end, text| {
        *end += text.len() as i32;
        Some(*end)
    });
    let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
    let answer = |name: &str, arguments: &[Value]| Ok::<_, Stop>(answers::find(name).ok_or("no answer")?(arguments));
    let query = vec![3, 5, 3, 99];
    let scores = answer("scores_of_texts", &[ints(query.clone()), ints(texts.concat()), ints(offsets)])?;
    let best = answer("best", &[Value::Array(scores), Value::Int(12)])?;
    that(best.shape == [10, 2], || format!("{best:?}"))?;
    let call = format!("for hit in search(*build({texts:?}), {query:?}, 12): print(*hit)\n");
    for (name, lesson) in lessons_of("inverted-index")? {
        let found = printed_after(&lesson, &call)?;
        close(&found, best.floats(), 1e-5, &name)?;
    }
    Ok(())
}

/// Sizes that no tile or block divides, stored in all ways: the lesson's packed blocks and the engine's plain loops.
pub fn the_numpy_twin_of_the_product_is_the_engines() -> Outcome {
    let [m, k, n] = [5, 7, 9];
    let wave = |n: usize, phase: f64| -> Vec<f32> { (0..n).map(|i| (i as f64 * 0.7 + phase).sin() as f32).collect() };
    let (a, b) = (wave(m * k, 0.0), wave(k * n, 1.0));
    let engine = answers::find("blocked").ok_or("no answer")?;
    for (name, lesson) in lessons_of("matmul-on-a-cpu")? {
        for [a_turned, b_turned] in [[0, 0], [0, 1], [1, 0]] {
            let a_shape = if a_turned == 1 { [k, m] } else { [m, k] };
            let b_shape = if b_turned == 1 { [n, k] } else { [k, n] };
            let call = format!(
                "a, b = np.array({a:?}, np.float32), np.array({b:?}, np.float32)\n\
                 print(*gemm(a.reshape({a_shape:?}), b.reshape({b_shape:?}), {a_turned}, {b_turned}).ravel())\n"
            );
            let found = printed_after(&lesson, &call)?;
            let array = |shape: [usize; 2], values: &[f32]| Value::Array(Array::f32(shape, values.to_vec()));
            let flags = [Value::Int(a_turned), Value::Int(b_turned)];
            let arguments = [&[array(a_shape, &a), array(b_shape, &b)][..], &flags].concat();
            close(&found, engine(&arguments).floats(), 1e-5, &name)?;
        }
    }
    Ok(())
}

/// Texts of up to 40 sentences, some of them longer than the budget: the lesson's loop and the engine's recursion.
pub fn the_numpy_twin_of_chunking_is_the_engines() -> Outcome {
    let engine = answers::find("by_structure").ok_or("no answer")?;
    let texts: Vec<(Vec<usize>, Vec<i32>, usize)> = (0..40)
        .map(|n| {
            let sizes = (0..n).map(|i| 1 + (i * 7 + n * 3) % 13).collect();
            let levels = (0..n).map(|i| [0, 0, 1, 0, 2, 0, 1, 3][(i * 5 + n) % 8]).collect();
            (sizes, levels, 3 + n * 5 % 29)
        })
        .collect();
    let expected: Vec<f32> = texts
        .iter()
        .flat_map(|(sizes, levels, budget)| {
            let sizes = Array::f32([sizes.len()], sizes.iter().map(|&size| size as f32).collect());
            let levels = Array { shape: vec![levels.len()], values: Values::I32(levels.clone()) };
            let rows = engine(&[Value::Array(sizes), Value::Array(levels), Value::Int(*budget)]);
            rows.floats().to_vec()
        })
        .collect();
    let call = |(sizes, levels, budget): &(Vec<usize>, Vec<i32>, usize)| {
        format!("for row in chunk({sizes:?}, {levels:?}, {budget}): print(*row)\n")
    };
    let calls: String = texts.iter().map(call).collect();
    for (name, lesson) in lessons_of("chunking")? {
        close(&printed_after(&lesson, &calls)?, &expected, 1e-5, &name)?;
    }
    Ok(())
}

/// A block with heads that share, by the lesson's twenty lines and by the engine.
pub fn the_numpy_twin_of_a_llama_is_the_engines() -> Outcome {
    let (call, engine) = crate::checkpoint::twin()?;
    for (name, lesson) in lessons_of("reading-a-checkpoint")? {
        close(&printed_after(&lesson, &call)?, &engine, 1e-5, &name)?;
    }
    Ok(())
}

/// Every lesson in both languages, with its topic and language.
fn lessons() -> Result<Vec<(String, String)>, Stop> {
    let topics = Curriculum::load(None)?.topics;
    let built = topics.into_iter().filter_map(|topic| Some((topic.graph.id, topic.content?.lesson)));
    Ok(built.flat_map(|(id, lesson)| [(format!("{id} zh"), lesson.zh), (format!("{id} en"), lesson.en)]).collect())
}

/// Those of one topic, of which there are two.
fn lessons_of(topic: &str) -> Result<Vec<(String, String)>, Stop> {
    let found: Vec<_> = lessons()?.into_iter().filter(|(name, _)| name.starts_with(topic)).collect();
    equal(found.len(), 2, &format!("lessons of {topic}"))?;
    Ok(found)
}

/// The numbers that `call` prints below all code of a lesson.
fn printed_after(lesson: &str, call: &str) -> Result<Vec<f32>, Stop> {
    let blocks = fences(lesson).into_iter().filter(|fence| fence.info == "python run").map(|fence| fence.body);
    let printed = python(&format!("{}print({END_OF_BLOCK:?})\n{call}", blocks.collect::<String>()))?;
    let numbers = printed.split(END_OF_BLOCK).last().unwrap_or_default().split_whitespace();
    Ok(numbers.map(str::parse).collect::<Result<_, _>>()?)
}

fn fences(lesson: &str) -> Vec<Fence<'_>> {
    let mut found: Vec<Fence> = Vec::new();
    let mut is_open = false;
    for line in lesson.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(info) => {
                is_open = true;
                found.push(Fence { info: info.trim(), body: String::new() });
            }
            None if is_open => found.last_mut().unwrap().body += &format!("{line}\n"),
            None => {}
        }
    }
    found
}

fn python(program: &str) -> Result<String, Stop> {
    let output = tools()?.python?.command(program).output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    that(output.status.success(), || errors)?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Lines without blanks at their ends, and without empty ones around.
fn lines(text: &str) -> Vec<&str> {
    text.trim_matches('\n').lines().map(str::trim_end).collect()
}
