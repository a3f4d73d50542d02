//! Talking to a model: which ones there are, and tokens as they come.
//!
//! The engine is behind [`Speaker`], the seam between HTTP and the thread that owns a model; `engine.rs` is the
//! real one, tests bring their own. A conversation's state lives in the page: every request carries the whole
//! text, and closing the connection drops the receiver, which stops the generation.

use crate::App;
use crate::attention::{self, LookAt, Looked};
use crate::failure::{Failure, Problem, StudioError};
use crate::figure_model;
use crate::kept::{Kept, MODELS_MAX};
use crate::learning::{self, PlugIn, Plugged};
use crate::library::{self, AskNext, NextTokens, Place};
use crate::runs::{RunFolder, RunState};
use answers::plug::PlugFault;
use axum::response::sse::Event;
use formats::checksum::SUMS_FILE;
use messages::Lang;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use text::tokenizer::Tokenizer;
use tokio::sync::mpsc::{Receiver, channel};

/// Models kept open at a time; each owns its weights and a thread.
const OPEN_MODELS_MAX: usize = 2;

/// A model that can be talked to.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Model {
    /// The run it comes from; ORG/NAME of one that others published.
    pub id: String,
    /// Step of its newest checkpoint; 0 of a published one.
    pub step: u64,
    /// Steps planned; with fewer done it is a model that has not learned out. 0 of a published one.
    pub steps: u64,
    /// What its run is doing.
    pub state: RunState,
    /// Whether it answers turns; otherwise it continues text.
    pub chats: bool,
    /// Number of parameters.
    pub n_params: Option<u64>,
    /// Tokens its window holds.
    pub context: Option<u64>,
    /// Newest validation loss in nats per token.
    pub val_loss: Option<f64>,
    /// The only characters that a text for it may hold; null if it reads every text.
    pub alphabet: Option<String>,
    /// Whether others made it.
    pub is_published: bool,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename_all = "lowercase")]
pub enum Role {
    /// Whoever set the conversation up.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: String,
}

/// What to generate from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename_all = "snake_case")]
pub enum Input {
    /// Text to continue.
    Text(String),
    /// Turns to answer.
    Messages(Vec<Turn>),
}

/// A request for text.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Generate {
    /// A [`Model`]'s id.
    pub model: String,
    /// What to generate from.
    pub input: Input,
    /// Tokens at most.
    pub max_tokens: u32,
    /// 0 takes the most probable token each time.
    pub temperature: f32,
    /// Share of the probability to draw from.
    pub top_p: f32,
    /// Repeats a draw; a random one without it.
    #[serde(default)]
    #[ts(optional)]
    pub seed: Option<u64>,
    /// A lab whose function, from the learner's own file, does the engine's work.
    #[serde(default)]
    #[ts(optional)]
    pub plug: Option<String>,
}

/// A token that could have stood in a place.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Alternative {
    /// Its text; bytes that are no text alone show as U+FFFD.
    pub text: String,
    /// Its number in the vocabulary.
    pub id: u32,
    /// Natural logarithm of its probability.
    pub logprob: f32,
}

/// A token as it was chosen.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Token {
    /// The text it adds; empty while a character is incomplete.
    pub text: String,
    /// Its number in the vocabulary.
    pub id: u32,
    /// Natural logarithm of its probability.
    pub logprob: f32,
    /// The most probable tokens of this place, best first.
    pub alternatives: Vec<Alternative>,
}

/// The end of a generation.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Done {
    /// `stop` (the model ended) or `length` (the limit did).
    pub finish_reason: String,
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Tokens generated.
    pub completion_tokens: u32,
}

/// The prompt as the model reads it.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Prompt {
    /// With all markers.
    pub text: String,
    /// Its tokens.
    pub tokens: u32,
    /// Oldest turns that the model does not see, because its window holds no more.
    pub left_out_turns: u32,
    /// Tokens at the beginning of a text that the model does not see, for the same reason.
    pub left_out_tokens: u32,
    /// Training step of the weights that answer.
    pub step: Option<u64>,
    /// Steps of newer checkpoints that are damaged and were passed over.
    pub damaged: Vec<u64>,
}

/// What a [`Speaker`] reports.
#[derive(Clone, Debug)]
pub enum Spoken {
    /// The prompt as the model reads it; first.
    Prompt(Prompt),
    /// One token.
    Token(Token),
    /// How the learner's function did; before the end.
    Plugged(Plugged),
    /// The learner's function gave up; the end too.
    Unplugged {
        /// Why.
        fault: PlugFault,
        /// What its code printed.
        printed: String,
    },
    /// The end.
    Done(Done),
    /// Something went wrong; the end too.
    Failed(Refusal),
}

/// An error of a library below.
pub type Refusal = Arc<dyn sys::Coded + Send + Sync>;

/// A model that is open; dropping the receiver cancels.
pub trait Speaker: Send + Sync {
    /// Reads the prompt, which may take a moment, then generates on the engine's own thread. Called within the
    /// server's runtime, where blocking is allowed.
    fn speak(&self, request: &Generate) -> Result<Receiver<Spoken>, Refusal>;

    /// As [`Speaker::speak`], with the learner's attention in the place of the engine's, and the two compared.
    fn speak_plugged(&self, request: &Generate, plug: PlugIn) -> Result<Receiver<Spoken>, Refusal>;

    /// Reads a text that is not empty and tells where each token looked.
    fn look(&self, text: &str) -> Result<Looked, Refusal>;

    /// Reads a text and tells what it takes for likely as the next token.
    fn next(&self, wanted: &AskNext) -> Result<NextTokens, Refusal>;
}

/// An open model, or why it could not be opened.
pub type Opened = Result<Arc<dyn Speaker>, Refusal>;

/// Opens runs and keeps the last few open.
pub(crate) struct Speakers {
    open: fn(&Path) -> Opened,
    recent: Kept<Arc<dyn Speaker>>,
    /// The characters that the tokenizer of a run's checkpoint reads; `None` if it reads every text.
    alphabets: Kept<Option<String>>,
}

impl Speakers {
    pub fn new(open: fn(&Path) -> Opened) -> Speakers {
        Speakers { open, recent: Kept::at_most(OPEN_MODELS_MAX), alphabets: Kept::at_most(MODELS_MAX) }
    }

    /// The alphabet of a checkpoint's tokenizer; reading one takes a moment, so it is kept. A file that cannot be read is
    /// found out when the model is opened.
    fn alphabet(&self, run: &RunFolder, step: u64) -> Option<String> {
        let checkpoint = run.checkpoint(step);
        let sums = std::fs::read(checkpoint.join(SUMS_FILE)).unwrap_or_default();
        let read = || -> Result<Option<String>, ()> {
            let json = std::fs::read(checkpoint.join("tokenizer.json")).map_err(drop)?;
            Ok(Tokenizer::from_json(json).map_err(drop)?.alphabet())
        };
        self.alphabets.get(&run.path, &sums, read).unwrap_or(None)
    }

    /// The model of a place; reading it may take a second.
    fn get(&self, place: &Place) -> Opened {
        self.recent.get(&place.path, &place.stamp, || (self.open)(&place.path))
    }
}

impl App {
    /// Runs that have a checkpoint, newest first; then published models that write.
    pub(crate) fn models(&self, lang: Lang) -> Result<Vec<Model>, StudioError> {
        let trained = self.runs(lang)?.into_iter().filter_map(|run| {
            let step = *run.checkpoints.last()?;
            let folder = self.run(&run.id).ok()?;
            Some(Model {
                step,
                steps: run.steps.max(step),
                state: run.state,
                alphabet: self.speakers.alphabet(&folder, step),
                chats: run.chats,
                n_params: run.n_params,
                context: run.settings.get("model.max_seq_len").and_then(serde_json::Value::as_u64),
                val_loss: run.val_loss,
                id: run.id,
                is_published: false,
            })
        });
        Ok(trained.chain(self.published_models()).collect())
    }
}

/// Starts a generation and returns what is spoken; whoever drops it frees the engine at once, even while a long prompt is
/// being read.
pub(crate) async fn generate(app: Arc<App>, request: Generate) -> Result<Receiver<Spoken>, Failure> {
    check_ranges(&request)?;
    let model = request.model.clone();
    let Some(lab) = request.plug.clone() else {
        return ask(app, model, move |speaker| speaker.speak(&request)).await;
    };
    let slot = app.learning.checks.clone().acquire_owned().await.expect("nobody closes it");
    let desk = app.clone();
    match crate::blocking(move || desk.learning.now().plug_in(&lab, slot)).await? {
        Ok(plug) => ask(app, model, move |speaker| speaker.speak_plugged(&request, plug)).await,
        Err(fault) => {
            let (sender, receiver) = channel(1);
            let _ = sender.try_send(Spoken::Unplugged { fault, printed: String::new() });
            Ok(receiver)
        }
    }
}

/// Where a model looks.
pub(crate) async fn look(app: Arc<App>, LookAt { model, text }: LookAt) -> Result<Looked, Failure> {
    library::check_given(&text)?;
    let Some(model) = model else {
        let looked = crate::blocking(move || attention::look(figure_model::model(), &text)).await;
        return looked.map_err(Failure::of);
    };
    ask(app, model, move |speaker| speaker.look(&text)).await
}

/// Asks a model, where blocking is allowed: of a run the one of its newest checkpoint.
pub(crate) async fn ask<T: Send + 'static>(
    app: Arc<App>,
    model: String,
    question: impl FnOnce(&dyn Speaker) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Failure> {
    crate::blocking(move || {
        let place = app.place(&model)?;
        app.speakers.get(&place).and_then(|speaker| question(&*speaker)).map_err(Failure::of)
    })
    .await
}

/// Refuses what no sampler can do; upper limits are the engine's.
fn check_ranges(request: &Generate) -> Result<(), StudioError> {
    let bad = |field, expected, found: String| Err(StudioError::OutOfRange { field, expected, found });
    if !(0.0..=2.0).contains(&request.temperature) {
        return bad("temperature", "0 <= temperature <= 2", request.temperature.to_string());
    }
    if !(0.0..=1.0).contains(&request.top_p) {
        return bad("top_p", "0 <= top_p <= 1", request.top_p.to_string());
    }
    if matches!(&request.input, Input::Messages(turns) if turns.is_empty()) {
        return bad("input.messages", "1 turn or more", "0".to_string());
    }
    if request.max_tokens == 0 {
        return bad("max_tokens", "max_tokens >= 1", "0".to_string());
    }
    Ok(())
}

/// What is spoken as the page receives it.
pub(crate) fn event(spoken: &Spoken, lang: Lang) -> Event {
    let made = match spoken {
        Spoken::Prompt(prompt) => Event::default().event("prompt").json_data(prompt),
        Spoken::Token(token) => Event::default().event("token").json_data(token),
        Spoken::Plugged(plugged) => Event::default().event("plugged").json_data(plugged),
        Spoken::Unplugged { fault, printed } => {
            Event::default().event("unplugged").json_data(learning::unplugged(fault, printed, lang))
        }
        Spoken::Done(done) => Event::default().event("done").json_data(done),
        Spoken::Failed(error) => Event::default().event("failed").json_data(Problem::of(lang, error.as_ref())),
    };
    made.expect("these types serialise")
}
