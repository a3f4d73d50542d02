//! A learner's attention in the studio's chat, on a real socket: as good as the engine's, wrong on purpose, or not
//! able to go on.

use crate::guard::{Session, status};
use crate::talk::model;
use check::{Outcome, Stop};
use serde_json::{Value, json};
use studio::Opened;

const LAB: &str = "/api/labs/causal-attention";
const SOLUTION: &str = include_str!("../../../../curriculum/self-attention/labs/causal-attention/solution.py");

/// Sees what comes after each token, too; what is defined later counts.
const UNMASKED: &str = "
def causal_attention(q, k, v, q_offsets, k_offsets):
    scores = np.einsum('nhd,mhd->hnm', q, k) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    print('no mask')
    return np.einsum('hnm,mhd->nhd', weights, v).astype(np.float32) * np.float32(3)
";
const RAISES: &str = "
def causal_attention(q, k, v, q_offsets, k_offsets):
    return q / unheard_of
";
const NOT_A_NUMBER: &str = "
def causal_attention(q, k, v, q_offsets, k_offsets):
    return q * np.float32('nan')
";

/// The status and the body of an answer.
fn ask(session: &Session, first_line: &str, body: &Value) -> Result<(u16, String), Stop> {
    let headers = [session.own_host(), session.bearer(), "Content-Type: application/json".to_string()];
    let answer = session.ask(first_line, &headers, &body.to_string())?;
    let text = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status(&answer).parse()?, text.to_string()))
}

/// The events of an answer of four tokens, with the learner's file as it is.
fn generate(session: &Session, lab: Option<&str>) -> Result<Vec<(String, Value)>, Stop> {
    let mut wanted = json!({ "model": "r", "input": { "text": "abc" }, "max_tokens": 4, "temperature": 1.0, "top_p": 1.0, "seed": 3 });
    if let Some(lab) = lab {
        wanted["plug"] = json!(lab);
    }
    let (code, text) = ask(session, "POST /api/generate", &wanted)?;
    check::that(code == 200, || format!("{code} {text}"))?;
    events_in(&text)
}

/// The events of a stream, by name.
fn events_in(text: &str) -> Result<Vec<(String, Value)>, Stop> {
    let mut events = vec![];
    for (name, data) in text.lines().zip(text.lines().skip(1)) {
        if let (Some(name), Some(data)) = (name.strip_prefix("event: "), data.strip_prefix("data: ")) {
            events.push((name.to_string(), serde_json::from_str(data)?));
        }
    }
    Ok(events)
}

fn ids(events: &[(String, Value)]) -> Vec<&Value> {
    events.iter().filter(|(name, _)| name == "token").map(|(_, token)| &token["id"]).collect()
}

/// The event that tells how the learner's function did, and how the stream ended.
fn ending(events: &[(String, Value)]) -> Result<(&Value, &str), Stop> {
    let told = events.iter().find(|(name, _)| name == "plugged" || name == "unplugged");
    match (told, events.last()) {
        (Some((_, told)), Some((last, _))) => Ok((told, last)),
        _ => check::fail(format!("{events:?}")),
    }
}

/// Passed, plugged, broken on purpose: the same tokens, other ones, a fault that names the line; then ours again.
pub fn a_learners_attention_answers() -> Outcome {
    let home = std::env::temp_dir().join(format!("sanjie-studio-plug-{}", std::process::id()));
    let checkpoint = home.join("runs/r/checkpoints/step-000001");
    std::fs::create_dir_all(&checkpoint)?;
    std::fs::write(checkpoint.join("SHA256SUMS"), "")?;
    std::fs::write(home.join("runs/r/recipe.toml"), "")?;
    let open = |_: &std::path::Path| -> Opened {
        Ok(std::sync::Arc::new(model(64, false).unwrap_or_else(|stop| panic!("a tiny model: {stop:?}"))))
    };
    let session = Session::serving(home, "/nonexistent".into(), open)?;

    let (_, lab) = ask(&session, &format!("GET {LAB}?code=python"), &Value::Null)?;
    let lab: Value = serde_json::from_str(&lab)?;
    let unknown = json!({ "model": "r", "input": { "text": "a" }, "max_tokens": 1, "temperature": 1.0, "top_p": 1.0, "plug": "x" });
    check::equal(ask(&session, "POST /api/generate", &unknown)?.0, 404, "a lab that there is not")?;
    if lab["missing"] != Value::Null {
        return check::skip(format!("nothing runs here: {}", lab["missing"]["message"]));
    }
    let mut unbegun = unknown;
    unbegun["plug"] = json!("causal-attention");
    let (code, text) = ask(&session, "POST /api/generate", &unbegun)?;
    check::that(code >= 400 && text.contains("\"code\""), || format!("a lab not begun: {code} {text}"))?;

    let (_, file) = ask(&session, &format!("POST {LAB}/start"), &json!({ "code": "python" }))?;
    let file: Value = serde_json::from_str(&file)?;
    let path = file["path"].as_str().ok_or("a begun lab has a file")?;
    let plugged = |added: &str| -> Result<Vec<(String, Value)>, Stop> {
        std::fs::write(path, format!("{SOLUTION}\n{added}"))?;
        generate(&session, Some("causal-attention"))
    };

    let engine = generate(&session, None)?;
    let passed = plugged("")?;
    check::equal(ids(&passed), ids(&engine), "tokens with a solution")?;
    let (told, last) = ending(&passed)?;
    // A model without a token that ends texts chooses exactly as many as were asked for.
    check::equal((&told["n"], &told["n_same"], &told["first_other"]), (&json!(4), &json!(4), &Value::Null), "places")?;
    check::that(told["max_abs"].as_f64().is_some_and(|apart| apart < 1e-4), || told.to_string())?;
    for speed in ["tokens_per_s", "engine_tokens_per_s"] {
        check::that(told[speed].as_f64().is_some_and(|speed| speed > 0.0), || told.to_string())?;
    }
    check::equal(last, "done", "the end")?;

    let broken = plugged(UNMASKED)?;
    let (told, last) = ending(&broken)?;
    check::that(told["max_abs"].as_f64().is_some_and(|apart| apart > 1e-3), || told.to_string())?;
    check::that(told["printed"].as_str().is_some_and(|text| text.contains("no mask")), || told.to_string())?;
    check::equal(last, "done", "the end of a wrong one")?;

    let raised = plugged(RAISES)?;
    let (told, last) = ending(&raised)?;
    let line = format!("{SOLUTION}\n{RAISES}").lines().count();
    check::equal(told["fault"]["line"].clone(), json!(line), "the line that raised")?;
    check::that(told["fault"]["message"].as_str().is_some_and(|text| text.contains("unheard_of")), || {
        told.to_string()
    })?;
    check::equal(last, "unplugged", "the end of one that raises")?;
    let (told, _) = ending(&plugged(NOT_A_NUMBER)?).map(|(told, last)| (told.clone(), last.to_string()))?;
    check::that(told["fault"]["message"].as_str().is_some_and(|text| text.contains("NaN")), || told.to_string())?;

    check::equal(ids(&generate(&session, None)?), ids(&engine), "the engine's attention afterwards")
}

const PRODUCT: &str = include_str!("../../../../curriculum/matmul-on-a-cpu/labs/matmul/solution.py");

/// As the engine's, wrong on purpose, or not able to go on: the run is told step by step, to its end.
pub fn a_learners_product_trains() -> Outcome {
    let home = std::env::temp_dir().join(format!("sanjie-studio-product-{}", std::process::id()));
    std::fs::create_dir_all(&home)?;
    let session = Session::at(home, "/nonexistent".into())?;
    let lab = "/api/labs/matmul";
    let (_, page) = ask(&session, &format!("GET {lab}?code=python"), &Value::Null)?;
    let page: Value = serde_json::from_str(&page)?;
    let wanted = json!({ "code": "python" });
    let (code, _) = ask(&session, "POST /api/labs/causal-attention/train", &wanted)?;
    check::that((400..500).contains(&code), || format!("a lab without a product: {code}"))?;
    if page["missing"] != Value::Null {
        return check::skip(format!("nothing runs here: {}", page["missing"]["message"]));
    }
    let (code, text) = ask(&session, &format!("POST {lab}/train"), &wanted)?;
    check::that(code >= 400 && text.contains("\"code\""), || format!("a lab not begun: {code} {text}"))?;
    let (_, file) = ask(&session, &format!("POST {lab}/start"), &wanted)?;
    let file: Value = serde_json::from_str(&file)?;
    let path = file["path"].as_str().ok_or("a begun lab has a file")?;
    // The last definition counts.
    let trained = |added: &str| -> Result<Vec<(String, Value)>, Stop> {
        std::fs::write(path, format!("{PRODUCT}\n{added}"))?;
        let (code, text) = ask(&session, &format!("POST {lab}/train"), &wanted)?;
        check::that(code == 200, || format!("{code} {text}"))?;
        events_in(&text)
    };
    // Whole rows at once, so that ten steps take a moment.
    let quick = "def blocked(a, b, a_turned, b_turned):\n    a, b = a.T if a_turned else a, b.T if b_turned else b\n    \
                 return sum(x[:, None] * y for x, y in zip(a.T, b))";
    for (added, tells) in [
        (quick.to_string(), None),
        (quick.replace("sum(", "np.float32(2) * sum("), None),
        (format!("{quick} * np.float32('nan')"), Some("NaN")),
        (quick.replace("    return", "    if a_turned: return missing\n    return"), Some("missing")),
    ] {
        let events = trained(&added)?;
        let steps: Vec<&Value> = events.iter().filter(|(name, _)| name == "step").map(|(_, step)| step).collect();
        check::equal(steps.len(), 10, &format!("steps with {added}: {events:?}"))?;
        let Some((last, done)) = events.last() else { return check::fail("no event") };
        check::equal(last.as_str(), "done", &added)?;
        let apart = done["max_apart"].as_f64().unwrap_or(f64::NAN);
        match tells {
            None => {
                check::equal((&done["steps"], &done["unplugged"]), (&json!(10), &Value::Null), &added)?;
                let is_right = added == quick;
                check::that((apart < 1e-3) == is_right && (is_right || apart > 1e-2), || format!("{added}: {done}"))?;
                check::that(done["tokens_per_s"].as_f64() > Some(0.0), || done.to_string())?;
            }
            Some(tells) => {
                let message = done["unplugged"]["fault"]["message"].as_str().unwrap_or_default();
                check::that(message.contains(tells), || format!("{added}: {done}"))?;
                check::that(steps.iter().all(|step| step["is_plugged"] == json!(false)), || format!("{steps:?}"))?;
            }
        }
    }
    std::fs::write(path, "def blocked(:\n")?;
    let (_, text) = ask(&session, &format!("POST {lab}/train"), &wanted)?;
    let events = events_in(&text)?;
    let told = events.iter().find(|(name, _)| name == "done").map(|(_, done)| done["unplugged"]["fault"].clone());
    check::that(told.is_some_and(|fault| fault.to_string().contains("SyntaxError")), || format!("{events:?}"))
}
