//! Tiny random models, a server around one, and a client of few lines.

use check::Stop;
use formats::{checksum, safetensors};
use infer::{Codec, TextModel};
use messages::Lang;
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig, weights};
use serde_json::{Value, json};
use serve::{EncoderHandle, ModelHandle};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use text::template::{ChatTemplate, STORIES_TEMPLATE};
use text::tokenizer::Tokenizer;

const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyz ABC.,?!\n三阶";
const SPECIAL: [&str; 4] = ["<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"];

/// A base model: characters and no markers, so it writes until a limit stops it.
pub fn base(context: usize) -> Result<TextModel, Stop> {
    model(context, Tokenizer::train_characters([CHARACTERS], &[])?, None)
}

/// A model with the chat template of `stories`.
pub fn chatty(context: usize) -> Result<TextModel, Stop> {
    let tokenizer = Tokenizer::train_characters([CHARACTERS], &SPECIAL)?;
    model(context, tokenizer, Some(ChatTemplate::new(STORIES_TEMPLATE)?))
}

/// What `transformers` makes of chats with tools: `template`, and `cases` of `body` and `prompt`.
pub fn golden_of_tools() -> Result<Value, Stop> {
    Ok(serde_json::from_slice(&std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/tools.json"))?)?)
}

/// A model with the template of [`golden_of_tools`], which knows tools and thoughts.
pub fn with_tools(golden: &Value) -> Result<TextModel, Stop> {
    let template = ChatTemplate::new(golden["template"].as_str().unwrap_or_default())?;
    model(4096, Tokenizer::train_bytes(&["<|im_start|>", "<|im_end|>"]), Some(template))
}

/// A base model of whole documents: a marker stands before each, and so before every prompt.
pub fn storyteller(context: usize) -> Result<TextModel, Stop> {
    let tokenizer = Tokenizer::train_characters([CHARACTERS], &SPECIAL)?.beginning_with("<|endoftext|>");
    model(context, tokenizer, None)
}

fn config(context: usize, vocab_size: usize) -> ModelConfig {
    ModelConfig::Gpt(GptConfig {
        vocab_size,
        n_layers: 1,
        n_heads: 2,
        d_model: 8,
        max_seq_len: context,
        dropout: 0.0,
        bias: false,
        positions: Positions::Learned,
    })
}

fn model(context: usize, tokenizer: Tokenizer, template: Option<ChatTemplate>) -> Result<TextModel, Stop> {
    let (model, mut params) = Model::new(&config(context, tokenizer.vocab_size()))?;
    params.initialise(11);
    Ok(TextModel::from_parts(model, params, Codec::new(tokenizer, template))?)
}

/// A model whose weights are another's, so that every step panics.
pub fn broken() -> Result<TextModel, Stop> {
    let whole = base(64)?;
    let (_, params) = Model::new(&config(1, 1))?;
    Ok(TextModel { params, ..whole })
}

/// Writes a checkpoint of a chatty model into an empty folder of this name; returns its path.
pub fn checkpoint(name: &str) -> Result<PathBuf, Stop> {
    let folder = std::env::temp_dir().join(format!("sanjie-serve-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let model = chatty(128)?;
    let tokenizer = model.codec.tokenizer();
    let state = json!({
        "format_version": models::folder::FORMAT_VERSION,
        "step": 7,
        "model": config(128, tokenizer.vocab_size()),
        "chat_template": STORIES_TEMPLATE,
    });
    safetensors::write(folder.join("model.safetensors"), &[], &weights::to_arrays(&model.params))?;
    safetensors::write(folder.join("optimizer.safetensors"), &[], &[])?;
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_json())?;
    std::fs::write(folder.join("state.json"), serde_json::to_vec(&state)?)?;
    let names = ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json"];
    checksum::write_sums(&folder, &names)?;
    Ok(folder)
}

/// Removes a folder when it goes out of scope.
pub struct Removed<'a>(pub &'a Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        std::fs::remove_dir_all(self.0).ok();
    }
}

/// A server on a free port of the loopback interface, for as long as the test binary runs.
pub struct Server<H = ModelHandle> {
    pub address: SocketAddr,
    pub handle: H,
}

impl Server<EncoderHandle> {
    /// The tiny encoder of the goldens, called `bert`; its words are w0, w1 and so on.
    pub fn of_encoder() -> Result<Self, Stop> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families/bert");
        let handle = EncoderHandle::open(folder)?;
        let address = listen(serve::encoder_router(handle.clone(), Lang::En))?;
        Ok(Server { address, handle })
    }
}

impl Server {
    pub fn of(model: TextModel) -> Result<Server, Stop> {
        Server::start(ModelHandle::new("tiny", model), Lang::En)
    }

    pub fn start(handle: ModelHandle, lang: Lang) -> Result<Server, Stop> {
        let address = listen(serve::router(handle.clone(), lang))?;
        Ok(Server { address, handle })
    }
}

fn listen(routes: axum::Router) -> Result<SocketAddr, Stop> {
    let (ready, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            ready.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, routes).await.unwrap();
        });
    });
    Ok(address.recv()?)
}

/// A client that takes any method and any status.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    config.allow_non_standard_methods(true).build().into()
}

impl<H> Server<H> {
    pub fn get(&self, path: &str) -> Result<(u16, Value), Stop> {
        self.send("GET", path, "")
    }

    pub fn post(&self, path: &str, body: Value) -> Result<(u16, Value), Stop> {
        self.send("POST", path, body.to_string())
    }

    /// The status that a page of `origin` gets, which calls this server `host`.
    pub fn post_from_page(&self, host: &str, origin: &str, body: &Value) -> Result<u16, Stop> {
        let request = ureq::http::Request::builder()
            .method("POST")
            .uri(format!("http://{}/v1/completions", self.address))
            .header("host", host)
            .header("origin", origin)
            .header("content-type", "text/plain")
            .body(body.to_string())?;
        Ok(agent().run(request)?.status().as_u16())
    }

    /// Status and headers.
    pub fn headers_of(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, BTreeMap<String, String>), Stop> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = agent().run(request.body(())?)?;
        let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let told = reply.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok((reply.status().as_u16(), told))
    }

    /// Status and JSON body.
    pub fn send(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Result<(u16, Value), Stop> {
        let (status, text) = self.exchange(method, path, body.into())?;
        Ok((status, serde_json::from_str(&text).map_err(|e| Stop::Failed(format!("{path}: {e} in {text:?}")))?))
    }

    /// The JSON of each event; fails unless the stream is ended by `[DONE]`.
    pub fn stream(&self, path: &str, mut body: Value) -> Result<Vec<Value>, Stop> {
        body["stream"] = json!(true);
        let (status, text) = self.exchange("POST", path, body.to_string().into_bytes())?;
        check::equal(status, 200, path)?;
        let mut events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        check::equal(events.pop(), Some("[DONE]"), "the last event")?;
        Ok(events.into_iter().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    fn exchange(&self, method: &str, path: &str, body: Vec<u8>) -> Result<(u16, String), Stop> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json")
            .body(body)?;
        let mut reply = agent().run(request)?;
        Ok((reply.status().as_u16(), reply.body_mut().read_to_string()?))
    }
}
