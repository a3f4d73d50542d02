//! Text to tokens and back: tokenizers, chat templates, corpora, packing.
