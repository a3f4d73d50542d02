//! One session of learning on a real socket: what is due, its question, the answer, the log.

use crate::guard::Session;
use crate::learning;
use check::{Outcome, Stop, equal, that};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3_600_000;

fn ask(session: &Session, first_line: &str, body: &str) -> Result<(u16, Value), Stop> {
    let (status, value, _) = learning::ask(session, first_line, body)?;
    Ok((status, value))
}

/// A log in which `step` was passed some days ago.
fn passed(step: &str, days_ago: i64) -> String {
    let at = sys::unix_millis() - days_ago * DAY;
    json!({
        "id": format!("{step}{days_ago}"), "at": at, "kind": "attempt", "lab": "causal-attention", "step": step, "passed": true,
        "seed": 1, "source": "a", "trap": null, "ms": 1, "assisted": false, "failed": null,
    })
    .to_string()
}

pub fn what_is_due_is_asked_and_kept() -> Outcome {
    let session = Session::start("today")?;
    let (_, today) = ask(&session, "GET /api/today", "")?;
    equal((today["n_due"].clone(), today["next"]["topic"].clone()), (json!(0), json!("self-attention")), "a newcomer")?;
    that(today["next"]["why"].as_str().is_some_and(|why| why.len() > 20), || "no reason".into())?;
    equal(ask(&session, "GET /api/review", "")?.1, Value::Null, "a newcomer's review")?;

    ask(&session, "POST /api/me/import", &passed("softmax", 9))?;
    let (_, today) = ask(&session, "GET /api/today", "")?;
    equal((today["n_due"].clone(), today["reviews"][0]["skill"].clone()), (json!(1), json!("softmax")), "due")?;
    let (_, review) = ask(&session, "GET /api/review?lang=zh", "")?;
    equal(review["about"]["skill"].clone(), json!("softmax"), "the question's skill")?;
    let question = &review["question"];
    equal(ask(&session, "GET /api/review?lang=zh", "")?.1["question"].clone(), question.clone(), "asked again")?;
    let given = |answer: Value, item: &Value| {
        json!({
            "skill": "softmax", "form": review["form"], "of": review["of"], "item": item, "seed": question["seed"],
            "answer": answer,
        })
        .to_string()
    };
    if question["is_number"] == json!(false) {
        equal(ask(&session, "POST /api/review", &given(json!(9), &question["id"]))?.0, 400, "no such option")?;
    }
    equal(ask(&session, "POST /api/review", &given(json!(0), &json!("no-such")))?.0, 404, "no such question")?;
    let (code, answered) = ask(&session, "POST /api/review", &given(json!(0), &question["id"]))?;
    equal((code, answered["answer"].clone()), (200, json!(0.0)), "the verdict")?;

    let (_, me) = ask(&session, "GET /api/me", "")?;
    equal(
        (me["log"][0]["kind"].clone(), me["log"][0]["passed"].clone()),
        (json!("review"), answered["right"].clone()),
        "log",
    )?;
    let skill = &me["skills"][0];
    equal(skill["id"].clone(), json!("softmax"), "the skill")?;
    that(skill["due_in_days"].as_i64().is_some_and(|days| days >= 1), || format!("{skill}"))?;
    let (_, today) = ask(&session, "GET /api/today", "")?;
    equal(today["n_due"].clone(), json!(0), "due afterwards")
}

pub fn the_figure_has_a_model_before_the_learner_has() -> Outcome {
    let session = Session::start("figure")?;
    let asked = json!({ "model": null, "text": "Tom puts the kite in the drawer." }).to_string();
    let (code, looked) = ask(&session, "POST /api/attention", &asked)?;
    equal((code, looked["tokens"].as_array().is_some_and(|tokens| tokens.len() > 5)), (200, true), "a look")?;
    let empty = json!({ "model": null, "text": "  " }).to_string();
    equal(ask(&session, "POST /api/attention", &empty)?.0, 400, "an empty text")
}
