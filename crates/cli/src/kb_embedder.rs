//! The embedder that a knowledge base's vectors come from, opened by what a person writes for it: the folder or the name of an encoder,
//! `URL#MODEL` behind an OpenAI-compatible address, or `lsa` for vectors that are learned from the documents themselves.

use crate::model::NameError;
use crate::{Failure, failure, model, say};
use api::{Embedder, EmbeddingEndpoint, EndpointError, EndpointPatience};
use infer::Encoder;
use messages::Lang;
use models::loading::LoadingError;
use retrieval::KnowledgeBase;
use retrieval::knowledge_base::OpenedEmbedder;
use std::path::Path;
use std::sync::Arc;
use text::tokenizer::TokenizerError;

sys::coded_error! {
    /// Why what was written names no embedder.
    pub enum EmbedderError {
        /// An address without a model.
        NoModel { address: String } = "kb.embedder_model",
    }
}

sys::coded_union! {
    /// Why an embedder does not open.
    pub enum OpenError {
        /// What was written.
        Written(EmbedderError),
        /// A name that leads nowhere.
        Name(NameError),
        /// What stands behind an address.
        Endpoint(EndpointError),
        /// An encoder's files.
        Model(LoadingError),
        /// Its tokenizer.
        Tokenizer(TokenizerError),
    }
}

/// Opens what a person wrote.
pub fn open(written: &str) -> Result<OpenedEmbedder, OpenError> {
    if written == "lsa" {
        return Ok(OpenedEmbedder { place: String::new(), embedder: None });
    }
    if written.starts_with("http://") || written.starts_with("https://") {
        let no_model = || EmbedderError::NoModel { address: written.to_string() };
        let (address, model) = written.rsplit_once('#').filter(|(_, model)| !model.is_empty()).ok_or_else(no_model)?;
        let key = api::key_of_environment();
        let endpoint = EmbeddingEndpoint::connect(address, model, key.as_deref(), EndpointPatience::standard());
        let embedder: Arc<dyn Embedder> = Arc::new(endpoint?);
        return Ok(OpenedEmbedder { place: written.to_string(), embedder: Some(embedder) });
    }
    let path = model::locate_pulled(Path::new(written), model::ENCODER)?;
    let encoder = Encoder::new(models::encoder::open(&path)?)?;
    let place = path.canonicalize().unwrap_or(path).display().to_string();
    Ok(OpenedEmbedder { place, embedder: Some(Arc::new(encoder)) })
}

/// Lends a knowledge base the embedder that was chosen for it; nothing if none was.
pub fn lend(kb: &mut KnowledgeBase) -> Result<(), Failure> {
    if let Some(chosen) = kb.chosen_embedder().map_err(failure)?
        && let Some(embedder) = open(&chosen.place).map_err(failure)?.embedder
    {
        kb.lend_embedder(embedder).map_err(failure)?;
    }
    Ok(())
}

/// As [`lend`]; an embedder that does not open is told, and words go on without it.
pub fn lend_if_it_opens(lang: Lang, kb: &mut KnowledgeBase) -> Result<(), Failure> {
    if let Err(error) = lend(kb) {
        let cause = messages::render(lang, error.as_ref());
        say(messages::text(lang, "cli.kb_embedder_waits", &[("cause", &cause)]));
    }
    Ok(())
}
