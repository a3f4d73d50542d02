//! A learner's function in the place of the engine's: the file of a lab, running and ready to be asked.
//!
//! Passed or not: a broken one may be plugged in, too. What it does wrong is told as a check of its lab tells it.

use super::check::{fault_shown, last_printed};
use super::{Answer, Learning, refused};
use crate::learning::FaultShown;
use answers::plug::ranking::{self, LearnerRanking};
use answers::plug::{LearnerAttention, PlugFault};
use course::desk::{self, DeskError};
use course::lab::Lab;
use course::run::{Cancel, Source};
use messages::Lang;
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

/// A learner's attention, and the right to run it.
pub struct PlugIn {
    /// Ready to be called.
    pub attention: LearnerAttention,
    /// Ends its process.
    pub cancel: Cancel,
    _slot: OwnedSemaphorePermit,
}

/// An answer with a learner's function beside the engine's, event `plugged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Plugged {
    /// Tokens a second with the learner's function, reading the prompt included.
    pub tokens_per_s: f64,
    /// The same with the engine's.
    pub engine_tokens_per_s: f64,
    /// Places compared: each token that was chosen, the end among them.
    pub n: u32,
    /// Places where both hold the same token for the likeliest.
    pub n_same: u32,
    /// The first place, counted from 0, where they do not.
    pub first_other: Option<u32>,
    /// The largest difference of two logits.
    pub max_abs: f32,
    /// The last lines that the learner's code printed.
    pub printed: String,
}

/// Why a learner's function gives no answer, event `unplugged`; the end, too.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Unplugged {
    /// What happened.
    pub fault: FaultShown,
    /// The last lines that the learner's code printed.
    pub printed: String,
}

impl Learning<'_> {
    /// Starts the learner's file of `lab`; the inner error is what keeps it from being loaded.
    pub(crate) fn plug_in(&self, lab: &str, slot: OwnedSemaphorePermit) -> Answer<Result<PlugIn, PlugFault>> {
        let lab = self.lab(lab)?;
        let step = answers::plug::step(lab).map_err(refused)?;
        let source = self.begun(lab)?;
        let tools = self.tools();
        let cancel = Cancel::default();
        let grader = self.grader(lab, &tools, &cancel);
        let opened = LearnerAttention::open(&grader, step, &source).map_err(refused)?;
        Ok(opened.map(|attention| PlugIn { attention, cancel, _slot: slot }).map_err(PlugFault::Code))
    }

    /// Starts the learner's file of `lab` as a ranking; the inner error is what keeps it from being loaded.
    pub(crate) fn plug_in_ranking(&self, lab: &str) -> Answer<Result<LearnerRanking, PlugFault>> {
        let lab = self.lab(lab)?;
        let steps = ranking::steps(lab).map_err(refused)?;
        let source = self.begun(lab)?;
        let tools = self.tools();
        let grader = self.grader(lab, &tools, &Cancel::default());
        let opened = LearnerRanking::open(&grader, steps, &source).map_err(refused)?;
        Ok(opened.map_err(PlugFault::Code))
    }

    /// The learner's file of `lab`.
    fn begun(&self, lab: &Lab) -> Answer<Source> {
        let file = desk::own_file(lab, None, &self.events()?);
        let file = file.ok_or_else(|| refused(DeskError::NoFile { lab: lab.id.clone() }))?;
        desk::read(&file).map_err(refused)
    }
}

/// What went wrong, in words.
pub(crate) fn unplugged(fault: &PlugFault, printed: &str, lang: Lang) -> Unplugged {
    let fault = match fault {
        PlugFault::Code(fault) => fault_shown(fault, lang),
        fault => FaultShown { message: messages::render(lang, fault), is_quoted: false, trace: vec![], line: None },
    };
    Unplugged { fault, printed: last_printed(printed) }
}
