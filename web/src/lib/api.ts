// Made from the Rust types of crate `studio`; do not edit.
// After a change there: UPDATE=1 cargo test -p studio api_types

/**
 * An error as the page receives it.
 */
export type Problem = { 
/**
 * Stable code, `area.what`.
 */
code: string, 
/**
 * The sentence, in the asker's language: what happened, why, what to do.
 */
message: string, };

/**
 * A run that can be started by name.
 */
export type Recipe = { 
/**
 * `stories`, as `sanjie train` calls it.
 */
name: string, 
/**
 * Everything the recipe decides.
 */
settings: Record<string, number | string | boolean>, };

/**
 * One run, as listed.
 */
export type Run = { 
/**
 * Name of its folder.
 */
id: string, 
/**
 * The recipe it came from, where known.
 */
recipe: string, 
/**
 * What it is doing.
 */
state: RunState, 
/**
 * Optimiser steps done.
 */
step: number, 
/**
 * Steps planned; 0 until known.
 */
steps: number, 
/**
 * Unix seconds.
 */
started_at: number, 
/**
 * Unix seconds of the last report.
 */
updated_at: number, 
/**
 * Newest line of the metrics.
 */
last: Metric | null, 
/**
 * Newest validation loss, in nats per token.
 */
val_loss: number | null, 
/**
 * Steps that have a checkpoint, ascending.
 */
checkpoints: Array<number>, 
/**
 * Why it failed.
 */
problem: Problem | null, 
/**
 * Scalar parameters of the model, from its newest checkpoint.
 */
n_params: number | null, 
/**
 * Tokens the model distinguishes, from its newest checkpoint.
 */
vocab_size: number | null, 
/**
 * Whether the model answers turns of a conversation; otherwise it continues text.
 */
chats: boolean, 
/**
 * The resolved recipe.
 */
settings: Record<string, number | string | boolean>, };

/**
 * What a run is doing.
 */
export type RunState = "starting" | "running" | "finished" | "interrupted" | "failed" | "killed";

/**
 * One optimiser step, as crate `train` writes it. A type of the wire with fields that may be absent, so that a line
 * of another version is still a point of the curve.
 */
export type Metric = { 
/**
 * Counted from 1.
 */
step: number, 
/**
 * Training loss in nats per token; absent when it is not a number.
 */
loss: number | null, 
/**
 * Validation loss in nats per token, at steps that validate.
 */
val_loss?: number, 
/**
 * Learning rate.
 */
lr: number | null, 
/**
 * Norm of the gradient before clipping.
 */
grad_norm: number | null, 
/**
 * Tokens seen so far.
 */
tokens: number | null, 
/**
 * Tokens per second of this step alone.
 */
tokens_per_s: number | null, 
/**
 * Seconds since the run began, without pauses between its processes.
 */
elapsed_s: number | null, };

/**
 * Text the model wrote while it was learning.
 */
export type Sample = { 
/**
 * After this step.
 */
step: number, 
/**
 * What it was given.
 */
prompt: string, 
/**
 * What it wrote.
 */
text: string, 
/**
 * `zh` or `en`, where the recipe knows.
 */
lang?: string, };

/**
 * All a run has written so far.
 */
export type History = { 
/**
 * The run.
 */
run: Run, 
/**
 * Its metrics, by step.
 */
metrics: Array<Metric>, 
/**
 * Its samples, by step.
 */
samples: Array<Sample>, };

/**
 * What to start.
 */
export type StartRun = { 
/**
 * A built-in recipe.
 */
recipe: string, 
/**
 * Changes to it, by dotted key.
 */
settings: Record<string, number | string | boolean>, 
/**
 * A text file or folder to learn from, where the recipe does not bring its own.
 */
data?: string, };

/**
 * A run that was started.
 */
export type Started = { 
/**
 * Its name.
 */
id: string, };

/**
 * How far to go on.
 */
export type ResumeRun = { 
/**
 * A larger total number of steps; without it the run goes on to the planned end.
 */
steps?: number, };

/**
 * Proof that the person meant this run.
 */
export type DeleteRun = { 
/**
 * The run's name once more.
 */
confirm: string, };

/**
 * A model that can be talked to.
 */
export type Model = { 
/**
 * The run it comes from.
 */
id: string, 
/**
 * Step of its newest checkpoint.
 */
step: number, 
/**
 * Whether it answers turns; otherwise it continues text.
 */
chats: boolean, 
/**
 * Number of parameters.
 */
n_params: number | null, 
/**
 * Tokens its window holds.
 */
context: number | null, 
/**
 * Newest validation loss in nats per token.
 */
val_loss: number | null, };

/**
 * Who speaks.
 */
export type Role = "system" | "user" | "assistant";

/**
 * One turn of a conversation.
 */
export type Turn = { 
/**
 * Who speaks.
 */
role: Role, 
/**
 * What was said.
 */
content: string, };

/**
 * What to generate from.
 */
export type Input = { "text": string } | { "messages": Array<Turn> };

/**
 * A request for text.
 */
export type Generate = { 
/**
 * A [`Model`]'s id.
 */
model: string, 
/**
 * What to generate from.
 */
input: Input, 
/**
 * Tokens at most.
 */
max_tokens: number, 
/**
 * 0 takes the most probable token each time.
 */
temperature: number, 
/**
 * Share of the probability to draw from.
 */
top_p: number, 
/**
 * Repeats a draw; a random one without it.
 */
seed?: number, };

/**
 * A token that could have stood in a place.
 */
export type Alternative = { 
/**
 * Its text; bytes that are no text alone show as U+FFFD.
 */
text: string, 
/**
 * Its number in the vocabulary.
 */
id: number, 
/**
 * Natural logarithm of its probability.
 */
logprob: number, };

/**
 * A token as it was chosen.
 */
export type Token = { 
/**
 * The text it adds; empty while a character is incomplete.
 */
text: string, 
/**
 * Its number in the vocabulary.
 */
id: number, 
/**
 * Natural logarithm of its probability.
 */
logprob: number, 
/**
 * The most probable tokens of this place, best first.
 */
alternatives: Array<Alternative>, };

/**
 * The end of a generation.
 */
export type Done = { 
/**
 * `stop` (the model ended) or `length` (the limit did).
 */
finish_reason: string, 
/**
 * Tokens of the prompt.
 */
prompt_tokens: number, 
/**
 * Tokens generated.
 */
completion_tokens: number, };

/**
 * The prompt as the model reads it.
 */
export type Prompt = { 
/**
 * With all markers.
 */
text: string, 
/**
 * Its tokens.
 */
tokens: number, 
/**
 * Oldest turns that the model does not see, because its window holds no more.
 */
left_out_turns: number, 
/**
 * Tokens at the beginning of a text that the model does not see, for the same reason.
 */
left_out_tokens: number, 
/**
 * Training step of the weights that answer.
 */
step: number | null, };
