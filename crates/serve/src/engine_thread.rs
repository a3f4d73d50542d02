//! The thread that owns a model's engine: takes jobs between steps, hands out events, survives panics.

use crate::handle::{GenerationEvent, HandleError};
use infer::{Limits, Prepared, RequestId, TextEngine, TextEvent, TextModel};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// A request with the way back.
pub(crate) struct Job {
    pub prepared: Prepared,
    pub events: mpsc::Sender<GenerationEvent>,
    /// Held while the request is open.
    pub slot: OwnedSemaphorePermit,
}

/// The way back of a request in the engine.
struct Open {
    events: mpsc::Sender<GenerationEvent>,
    slot: OwnedSemaphorePermit,
}

impl Open {
    /// Sends the last event. The slot is given back first: who hears the end may count on the place being free.
    fn end(self, event: GenerationEvent) {
        drop(self.slot);
        send(&self.events, event);
    }
}

/// Runs until every handle is gone and every request is done.
pub(crate) fn run(model: &TextModel, mut jobs: mpsc::Receiver<Job>) {
    let mut engine = model.engine(Limits::standard());
    let mut open = BTreeMap::new();
    loop {
        if engine.is_idle() {
            match jobs.blocking_recv() {
                Some(job) => accept(&mut engine, &mut open, job),
                None => return,
            }
        }
        while let Ok(job) = jobs.try_recv() {
            accept(&mut engine, &mut open, job);
        }
        open.retain(|id, request: &mut Open| {
            let wanted = !request.events.is_closed();
            if !wanted {
                engine.cancel(*id);
            }
            wanted
        });
        // The engine forgets everything that the panic may have left half done.
        match catch_unwind(AssertUnwindSafe(|| engine.step())) {
            Ok(events) => events.into_iter().for_each(|event| deliver(&mut open, event)),
            Err(_) => {
                for request in engine.reset().iter().filter_map(|id| open.remove(id)) {
                    request.end(GenerationEvent::Failed(HandleError::StepFailed {}));
                }
            }
        }
    }
}

fn accept(engine: &mut TextEngine, open: &mut BTreeMap<RequestId, Open>, job: Job) {
    let Job { prepared, events, slot } = job;
    match engine.submit(prepared) {
        Ok(id) => drop(open.insert(id, Open { events, slot })),
        Err(_) => {
            let limit = Limits::standard().waiting;
            Open { events, slot }.end(GenerationEvent::Failed(HandleError::QueueFull { limit }));
        }
    }
}

fn deliver(open: &mut BTreeMap<RequestId, Open>, event: TextEvent) {
    match event {
        TextEvent::Scored { request, tokens } => {
            if let Some(to) = open.get(&request) {
                send(&to.events, GenerationEvent::Scored(tokens));
            }
        }
        TextEvent::Token { request, token } => {
            if let Some(to) = open.get(&request) {
                let infer::TextToken { text, id, logprob, alternatives } = token;
                send(&to.events, GenerationEvent::Token { text, id, logprob, alternatives });
            }
        }
        TextEvent::Done { request, finish_reason, usage } => {
            if let Some(to) = open.remove(&request) {
                to.end(GenerationEvent::Done { finish_reason, usage });
            }
        }
    }
}

/// The channel has room for a whole answer, so the only failure is a reader who left; the next step notices.
fn send(events: &mpsc::Sender<GenerationEvent>, event: GenerationEvent) {
    drop(events.try_send(event));
}
