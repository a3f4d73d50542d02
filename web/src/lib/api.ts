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
settings: Record<string, number | string | boolean>, 
/**
 * The data set that it reads, if it is a public one; null for recipes that make their text up.
 */
dataset: DatasetLine | null, };

/**
 * A public data set.
 */
export type DatasetLine = { 
/**
 * As recipes call it.
 */
name: string, 
/**
 * What it is.
 */
title: string, 
/**
 * Licence of the data, as its source states it, in the asker's language.
 */
licence: string, 
/**
 * Size of all its files.
 */
bytes: number, 
/**
 * The first computer that is asked for it.
 */
host: string, 
/**
 * Whether training finds it.
 */
here: boolean, };

/**
 * How far a download is, event `progress`.
 */
export type Fetching = { 
/**
 * Bytes of the data set that are here.
 */
have: number, 
/**
 * Bytes of it in all.
 */
bytes: number, 
/**
 * The computer that is asked.
 */
host: string, };

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
 * Steps whose checkpoints were damaged and set aside when the run went on, ascending.
 */
damaged: Array<number>, 
/**
 * What happens before its first step, while that is so.
 */
preparing: Preparing | null, 
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
 * What a training process does before its first step.
 */
export type Preparing = { 
/**
 * Each stage follows the one before.
 */
stage: 'stories' | 'text' | 'tokenizer' | 'tokens' | 'model', 
/**
 * Unix seconds when it began.
 */
since: number, 
/**
 * The share of it that is done, where it can tell.
 */
share?: number, };

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
 * Where the time of a run went; of one that was resumed, that of its last profiled process.
 */
export type RunProfile = { 
/**
 * Steps that were measured.
 */
steps: number, 
/**
 * Every phase, in the order of a step.
 */
phases: Array<ProfilePhase>, 
/**
 * The operations of forward and backward, those that took longest first.
 */
ops: Array<ProfileOp>, 
/**
 * The layers of the model, in the order of the forward pass; none of a run that an earlier version measured.
 */
layers: Array<ProfileLayer>, 
/**
 * What the machine does at most.
 */
peaks: ProfilePeaks | null, 
/**
 * What the last step held.
 */
memory: ProfileMemory | null, 
/**
 * Whether there is a trace of the last steps.
 */
has_trace: boolean, };

/**
 * What a run does with its time.
 */
export type ProfilePhase = { 
/**
 * Which phase.
 */
phase: 'batch' | 'forward' | 'backward' | 'update' | 'validation' | 'samples' | 'checkpoint', 
/**
 * Seconds of all its occurrences.
 */
seconds: number, };

/**
 * A kind of operation.
 */
export type ProfileOp = { 
/**
 * As the engine calls it.
 */
name: string, 
/**
 * Times it was computed in a step.
 */
calls_per_step: number, 
/**
 * Milliseconds of a step in its forward computations.
 */
forward_ms: number, 
/**
 * Milliseconds of a step in its backward computations.
 */
backward_ms: number, 
/**
 * Floating-point operations a second of its forward computations, in thousand millions; null if it computes nothing
 * that counts.
 */
gflops: number | null, 
/**
 * Bytes a second that its forward computations read and write at least, in thousand millions; null if nothing says how many.
 */
gb_per_s: number | null, };

/**
 * A layer of the model.
 */
export type ProfileLayer = { 
/**
 * `embedding`, `block 0` and so on, `head`.
 */
name: string, 
/**
 * Milliseconds of a step in its forward computations.
 */
forward_ms: number, 
/**
 * Milliseconds of a step in its backward computations.
 */
backward_ms: number, };

/**
 * What the machine does at most.
 */
export type ProfilePeaks = { 
/**
 * Floating-point operations in f32 in a second, in thousand millions.
 */
gflops: number, 
/**
 * Bytes that are read from memory in a second, in thousand millions.
 */
gb_per_s: number, };

/**
 * What a step holds, over its time.
 */
export type ProfileMemory = { 
/**
 * Weights, gradients and the optimiser's moments: there all the time.
 */
held_bytes: number, 
/**
 * The most at once, those included.
 */
peak_bytes: number, 
/**
 * Results kept for the backward pass, and gradients on their way.
 */
points: Array<ProfileMemoryPoint>, };

/**
 * A moment of a step.
 */
export type ProfileMemoryPoint = { 
/**
 * Milliseconds since the step began.
 */
ms: number, 
/**
 * Bytes besides those that are there all the time.
 */
bytes: number, };

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
data?: string, 
/**
 * Whether to measure where the time goes, operation by operation.
 */
profile?: boolean, };

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
 * The run it comes from; ORG/NAME of one that others published.
 */
id: string, 
/**
 * Step of its newest checkpoint; 0 of a published one.
 */
step: number, 
/**
 * Steps planned; with fewer done it is a model that has not learned out. 0 of a published one.
 */
steps: number, 
/**
 * What its run is doing.
 */
state: RunState, 
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
val_loss: number | null, 
/**
 * The only characters that a text for it may hold; null if it reads every text.
 */
alphabet: string | null, 
/**
 * Whether others made it.
 */
is_published: boolean, };

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
seed?: number, 
/**
 * A lab whose function, from the learner's own file, does the engine's work.
 */
plug?: string, };

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
step: number | null, 
/**
 * Steps of newer checkpoints that are damaged and were passed over.
 */
damaged: Array<number>, };

/**
 * An answer with a learner's function beside the engine's, event `plugged`.
 */
export type Plugged = { 
/**
 * Tokens a second with the learner's function, reading the prompt included.
 */
tokens_per_s: number, 
/**
 * The same with the engine's.
 */
engine_tokens_per_s: number, 
/**
 * Places compared: each token that was chosen, the end among them.
 */
n: number, 
/**
 * Places where both hold the same token for the likeliest.
 */
n_same: number, 
/**
 * The first place, counted from 0, where they do not.
 */
first_other: number | null, 
/**
 * The largest difference of two logits.
 */
max_abs: number, 
/**
 * The last lines that the learner's code printed.
 */
printed: string, };

/**
 * Why a learner's function gives no answer, event `unplugged`; the end, too.
 */
export type Unplugged = { 
/**
 * What happened.
 */
fault: FaultShown, 
/**
 * The last lines that the learner's code printed.
 */
printed: string, };

/**
 * A wish to see where a model looks.
 */
export type LookAt = { 
/**
 * The id of any [`crate::Model`]; null is the small one that the program brings along.
 */
model: string | null, 
/**
 * The text it reads.
 */
text: string, };

/**
 * Where it looks.
 */
export type Looked = { 
/**
 * The text by tokens; a character's earlier bytes show as nothing, its last byte as the character.
 */
tokens: Array<string>, 
/**
 * Tokens at the end that are not shown.
 */
left_out_tokens: number, 
/**
 * Layers that attend.
 */
n_layers: number, 
/**
 * Heads of a layer.
 */
n_heads: number, 
/**
 * For each head, layer by layer: the weights in thousandths. Query 0 has one, for itself; query 1 has two; and so on.
 * What comes later is behind the mask and has none.
 */
heads: Array<Array<number>>, };

/**
 * A model that is here.
 */
export type LibraryModel = { 
/**
 * A run's name, or ORG/NAME.
 */
id: string, 
/**
 * Whether it was trained here.
 */
is_run: boolean, 
/**
 * The page or the path that it came from; null if nobody wrote it down.
 */
source: string | null, 
/**
 * The commit, where its server named one.
 */
revision: string | null, 
/**
 * Its family, as its publisher's files call it.
 */
architecture: string | null, 
/**
 * What it can be used for here; null if for nothing.
 */
does: ModelUse | null, 
/**
 * Why not.
 */
problem: Problem | null, 
/**
 * The licence that its files state.
 */
license: string | null, 
/**
 * Number of parameters.
 */
n_params: number | null, 
/**
 * Tokens it reads at most.
 */
context: number | null, 
/**
 * Size of its files; of a run, of its newest checkpoint.
 */
bytes: number, };

/**
 * What a model can be used for.
 */
export type ModelUse = "chats" | "continues" | "vectors" | "labels";

/**
 * All that is known of a model without running it.
 */
export type LibraryPage = { 
/**
 * As in the list.
 */
model: LibraryModel, 
/**
 * Where it stands.
 */
path: string, 
/**
 * Arrays by the type of their numbers.
 */
types: Array<TypeCount>, 
/**
 * Tokens it tells apart.
 */
vocab_size: number | null, 
/**
 * The kind of its tokenizer.
 */
tokenizer: string | null, 
/**
 * The Jinja source of its chat template.
 */
template: string | null, 
/**
 * Its card in Markdown, without the front matter.
 */
card: string | null, 
/**
 * Its files.
 */
files: Array<FileLine>, };

/**
 * How many arrays hold numbers of one type.
 */
export type TypeCount = { 
/**
 * The type.
 */
name: string, 
/**
 * Arrays.
 */
n: number, };

/**
 * A file of a model.
 */
export type FileLine = { 
/**
 * Its path in the model's folder.
 */
path: string, 
/**
 * Its size.
 */
bytes: number, };

/**
 * A text to be cut.
 */
export type Tokenise = { 
/**
 * The model whose tokenizer it is: a run's id, or ORG/NAME.
 */
model: string, 
/**
 * At most 20,000 characters.
 */
text: string, 
/**
 * Whether markers in the text are markers; otherwise they are characters like any other.
 */
parse_markers: boolean, };

/**
 * A text by pieces.
 */
export type Tokenised = { 
/**
 * In order, with those that the tokenizer itself adds.
 */
pieces: Array<Piece>, 
/**
 * Characters of the text.
 */
n_characters: number, 
/**
 * Bytes of the text in UTF-8.
 */
n_bytes: number, 
/**
 * Entries of the vocabulary.
 */
vocab_size: number, };

/**
 * A token of a text.
 */
export type Piece = { 
/**
 * Its number in the vocabulary.
 */
id: number, 
/**
 * As the vocabulary writes it.
 */
name: string, 
/**
 * The bytes of the text that it stands for; none for what the tokenizer adds.
 */
bytes: Array<number>, 
/**
 * Those bytes as text, where they are whole characters.
 */
text: string | null, 
/**
 * Whether it is a marker.
 */
is_special: boolean, };

/**
 * A wish to know what comes next.
 */
export type AskNext = { 
/**
 * A model that writes: a run's id, or ORG/NAME.
 */
model: string, 
/**
 * The text so far.
 */
text: string, 
/**
 * Whether the text is a person's turn, which the chat template puts into words for the model.
 */
as_turn: boolean, };

/**
 * What comes next.
 */
export type NextTokens = { 
/**
 * The text as the model reads it, markers shown.
 */
prompt: string, 
/**
 * Tokens that it read.
 */
n_tokens: number, 
/**
 * Tokens at the beginning that it did not read.
 */
left_out_tokens: number, 
/**
 * The likeliest, best first.
 */
tokens: Array<NextToken>, 
/**
 * Tokens it chooses among.
 */
vocab_size: number, };

/**
 * One of them.
 */
export type NextToken = { 
/**
 * Its number in the vocabulary.
 */
id: number, 
/**
 * Its text; bytes that are no text alone show as U+FFFD.
 */
text: string, 
/**
 * Whether it is a marker and no text.
 */
is_special: boolean, 
/**
 * Its probability.
 */
probability: number, };

/**
 * Texts to be scored.
 */
export type ScoreTexts = { 
/**
 * What is asked.
 */
query: string, 
/**
 * At most twelve, of at most 500 characters.
 */
texts: Array<string>, 
/**
 * How soon repetition stops counting, 0 to 10.
 */
k1: number, 
/**
 * How much long texts are held back, 0 to 1.
 */
b: number, };

/**
 * A text with its score.
 */
export type ScoredText = { 
/**
 * Terms of the text, as its length counts them.
 */
length: number, 
/**
 * What each term of the query adds; together they are the score.
 */
parts: Array<KbPart>, };

/**
 * What an author has to know about the folder.
 */
export type Previewed = { 
/**
 * The folder.
 */
folder: string, 
/**
 * Grows whenever it was read again.
 */
version: number, 
/**
 * Why it does not load; the pages then show what loaded last.
 */
fault: Problem | null, 
/**
 * What is unsound in what they show.
 */
unsound: Array<Problem>, };

/**
 * The path.
 */
export type CoursePath = { 
/**
 * In order.
 */
stages: Array<CourseStage>, 
/**
 * Where to go now; null once everything that is built has been passed.
 */
next: NextStop | null, };

/**
 * A stage of the path.
 */
export type CourseStage = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * In order.
 */
topics: Array<CourseTopic>, };

/**
 * A topic or project of the path.
 */
export type CourseTopic = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Whether something of one's own is made, rather than a lesson read.
 */
is_project: boolean, 
/**
 * Where the learner stands.
 */
state: CourseState, 
/**
 * Nearest prerequisites.
 */
after: Array<Before>, 
/**
 * Planned hours, labs included.
 */
hours: number, };

/**
 * Where a learner stands with a topic.
 */
export type CourseState = "planned" | "locked" | "ready" | "started" | "passed" | "mastered";

/**
 * Something that comes first.
 */
export type Before = { 
/**
 * Its topic.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Where the learner stands with it.
 */
state: CourseState, };

/**
 * Where to go now.
 */
export type NextStop = { 
/**
 * The topic.
 */
topic: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * The lab to go on with; null begins with the lesson.
 */
lab: string | null, 
/**
 * Its first step that was not passed.
 */
step: string | null, 
/**
 * What that step is called.
 */
step_title: string | null, 
/**
 * Why this and nothing else; one sentence.
 */
why: string, };

/**
 * A session.
 */
export type TodayPage = { 
/**
 * How long it lasts.
 */
minutes: number, 
/**
 * Reviews in it, the most doubtful first.
 */
reviews: Array<DueReview>, 
/**
 * Reviews that are due in all.
 */
n_due: number, 
/**
 * Days until something is due again; null if something is due now or nothing will be.
 */
due_in_days: number | null, 
/**
 * What comes after the reviews; null if they fill the session, or everything that is built has been passed.
 */
next: NextStop | null, };

/**
 * A skill that is due.
 */
export type DueReview = { 
/**
 * The skill.
 */
skill: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * What its topic is called.
 */
topic_title: string, 
/**
 * Why it is asked now; one sentence.
 */
why: string, };

/**
 * The question of a review.
 */
export type ReviewQuestion = { 
/**
 * What it is about, and why now.
 */
about: DueReview, 
/**
 * Which kind of question.
 */
form: ReviewFormName, 
/**
 * The topic of the question, or the lab of the wrong solution.
 */
of: string, 
/**
 * The wrong solution, in Python.
 */
code: string | null, 
/**
 * The question; its id is the wrong solution's file for one.
 */
question: AskedQuestion, };

/**
 * The kinds of reviews.
 */
export type ReviewFormName = "quiz" | "mutant";

/**
 * An answer to a review.
 */
export type GiveReview = { 
/**
 * The skill.
 */
skill: string, 
/**
 * Which kind of question.
 */
form: ReviewFormName, 
/**
 * As in the question.
 */
of: string, 
/**
 * The question's id.
 */
item: string, 
/**
 * The variant.
 */
seed: number, 
/**
 * The position of an option counted from 0, or a number.
 */
answer: number, };

/**
 * A topic as its page shows it.
 */
export type TopicPage = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * The stage it belongs to.
 */
stage: string, 
/**
 * What the stage is called.
 */
stage_title: string, 
/**
 * Whether something of one's own is made.
 */
is_project: boolean, 
/**
 * Where the learner stands.
 */
state: CourseState, 
/**
 * Planned hours, labs included.
 */
hours: number, 
/**
 * Nearest prerequisites.
 */
after: Array<Before>, 
/**
 * What one can do afterwards.
 */
skills: Array<string>, 
/**
 * Null while it is not built.
 */
body: TopicBody | null, };

/**
 * What a built topic holds.
 */
export type TopicBody = { 
/**
 * One sentence.
 */
summary: string, 
/**
 * Measured minutes of the lesson alone.
 */
minutes: number, 
/**
 * Markdown; its fences stand in `curriculum/README.md`.
 */
lesson: string, 
/**
 * The engine's items that the lesson shows.
 */
sources: Array<SourceText>, 
/**
 * Questions in the lesson and after it.
 */
questions: Array<AskedQuestion>, 
/**
 * Its labs, in order.
 */
labs: Array<LabLine>, 
/**
 * What to read beside it.
 */
resources: Array<Reading>, };

/**
 * An item of the engine.
 */
export type SourceText = { 
/**
 * `kernels::attention::reference`.
 */
path: string, 
/**
 * The file it stands in.
 */
file: string, 
/**
 * Today's.
 */
text: string, };

/**
 * A question, and what the learner answered last.
 */
export type AskedQuestion = { 
/**
 * The item.
 */
id: string, 
/**
 * Draws this variant again.
 */
seed: number, 
/**
 * Whether it stands in the lesson, before what it asks about.
 */
is_predict: boolean, 
/**
 * Whether a number is asked for.
 */
is_number: boolean, 
/**
 * With drawn numbers in place; Markdown.
 */
text: string, 
/**
 * Shuffled; empty for a number.
 */
options: Array<string>, 
/**
 * Null until it is answered.
 */
answered: Answered | null, };

/**
 * An answer with its verdict.
 */
export type Answered = { 
/**
 * The position of an option counted from 0, or a number.
 */
answer: number, 
/**
 * Whether it was right.
 */
right: boolean, 
/**
 * The right position or number.
 */
expected: number, 
/**
 * Why; Markdown.
 */
why: string, 
/**
 * The trap that the answer shows.
 */
trap: TrapLine | null, };

/**
 * A misconception.
 */
export type TrapLine = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What one believes.
 */
says: string, 
/**
 * The topic whose lesson answers it.
 */
topic: string, 
/**
 * The heading there.
 */
anchor: string, };

/**
 * A lab of a topic.
 */
export type LabLine = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Its steps by id and title, and whether each was passed.
 */
steps: Array<[string, string, boolean]>, };

/**
 * Something to read beside a lesson.
 */
export type Reading = { 
/**
 * As published.
 */
title: string, 
/**
 * Where.
 */
url: string, 
/**
 * What in it.
 */
note: string, };

/**
 * An answer to a variant.
 */
export type GiveAnswer = { 
/**
 * The item.
 */
item: string, 
/**
 * The variant.
 */
seed: number, 
/**
 * The position of an option counted from 0, or a number.
 */
answer: number, };

/**
 * A wish for another variant.
 */
export type NewQuestion = { 
/**
 * The item.
 */
item: string, };

/**
 * A lab as its page shows it.
 */
export type LabPage = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Its topic.
 */
topic: string, 
/**
 * What the topic is called.
 */
topic_title: string, 
/**
 * Programming languages it is offered in.
 */
codes: Array<CodeName>, 
/**
 * The one asked for, else that of the file begun last, else Python.
 */
code: CodeName, 
/**
 * In order.
 */
steps: Array<LabStep>, 
/**
 * The learner's file; null before it is begun.
 */
file: LabFile | null, 
/**
 * Whether the solution was looked at before every step had passed.
 */
gave_up: boolean, 
/**
 * Why files of this language cannot be run here.
 */
missing: Problem | null, };

/**
 * The programming language of a learner's file.
 */
export type CodeName = "python" | "rust";

/**
 * A step of a lab.
 */
export type LabStep = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * What to write; Markdown.
 */
task: string, 
/**
 * Planned minutes.
 */
minutes: number, 
/**
 * `attend(q: f32[n,hd], k: f32[m,hd]) -> f32[n,hd]`.
 */
signature: string, 
/**
 * Whether it was ever passed in this programming language.
 */
passed: boolean, 
/**
 * Whether it was in another one, and not in this.
 */
passed_elsewhere: boolean, 
/**
 * The package it needs; then it is graded only where that is there.
 */
bridge: string | null, 
/**
 * Null before the first check, and for a step without hints.
 */
hints: HintState | null, };

/**
 * How far a step's hints are.
 */
export type HintState = { 
/**
 * The highest tier that is open, 0 to 4.
 */
open: number, 
/**
 * The highest that was read; 0 if none was.
 */
read: number, 
/**
 * How many there are.
 */
total: number, };

/**
 * The learner's file.
 */
export type LabFile = { 
/**
 * Where it stands.
 */
path: string, 
/**
 * What stands in it.
 */
text: string, 
/**
 * Changes with the text.
 */
version: string, };

/**
 * A wish to begin.
 */
export type StartLab = { 
/**
 * In which language.
 */
code: CodeName, };

/**
 * What was typed.
 */
export type SaveFile = { 
/**
 * Whose file.
 */
code: CodeName, 
/**
 * What stands in it from now on.
 */
text: string, 
/**
 * The version that was changed.
 */
version: string, };

/**
 * A wish to be judged.
 */
export type CheckFile = { 
/**
 * Whose file.
 */
code: CodeName, 
/**
 * This step alone; null checks all up to the first failure.
 */
step: string | null, };

/**
 * A step's verdict, event `report`.
 */
export type Report = { 
/**
 * The step.
 */
step: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Counted from 1, over all attempts in the log.
 */
attempt: number, 
/**
 * Whether every check held.
 */
passed: boolean, 
/**
 * Draws the same cases again.
 */
seed: number, 
/**
 * What was judged, in order.
 */
checks: Array<CheckShown>, 
/**
 * What failed before values could be compared.
 */
fault: FaultShown | null, 
/**
 * The property that does not hold.
 */
says: string | null, 
/**
 * The smallest case that shows it.
 */
case: CaseShown | null, 
/**
 * The trap whose wrong solution gives exactly these outputs.
 */
trap: TrapLine | null, 
/**
 * `namespaces` or `none`.
 */
sandbox: string, 
/**
 * How long it took.
 */
ms: number, 
/**
 * The last lines that the learner's code printed.
 */
printed: string, };

/**
 * One line of a verdict.
 */
export type CheckShown = { 
/**
 * The check.
 */
name: string, 
/**
 * The property; null for checks that every step has.
 */
says: string | null, 
/**
 * Whether it held.
 */
passed: boolean, };

/**
 * Why a call gave no array of the right type.
 */
export type FaultShown = { 
/**
 * The sentence.
 */
message: string, 
/**
 * Whether the sentence is the learner's program's own: an exception or a compiler's complaint.
 */
is_quoted: boolean, 
/**
 * The learner's own lines, outermost first.
 */
trace: Array<TracePlace>, 
/**
 * The line to look at, counted from 1.
 */
line: number | null, };

/**
 * A line on the way to an exception.
 */
export type TracePlace = { 
/**
 * Counted from 1.
 */
line: number, 
/**
 * The function it stands in.
 */
function: string, 
/**
 * The line itself.
 */
text: string, };

/**
 * A call that shows the failure.
 */
export type CaseShown = { 
/**
 * The function.
 */
entry: string, 
/**
 * Arguments.
 */
inputs: Array<NamedValue>, 
/**
 * For a property: the arguments of the second call that differ.
 */
varied: Array<NamedValue>, 
/**
 * What is right; for a property, what the first call gave.
 */
expected: ArrayShown | null, 
/**
 * What the learner's function gave; for a property, by the second call.
 */
found: ArrayShown | null, 
/**
 * Index of the first differing number.
 */
index: Array<number> | null, };

/**
 * An argument by name.
 */
export type NamedValue = { 
/**
 * Its name.
 */
name: string, 
/**
 * A plain integer has no dimensions and one value.
 */
value: ArrayShown, };

/**
 * An array.
 */
export type ArrayShown = { 
/**
 * Its dimensions.
 */
shape: Array<number>, 
/**
 * Row-major, as decimals or `NaN`, `inf`, `-inf`, which JSON's numbers lack.
 */
values: Array<string>, };

/**
 * The end of a check, event `done`.
 */
export type Checked = { 
/**
 * Whether every step that was judged passed.
 */
passed: boolean, 
/**
 * Why the verdicts are not in the log, if they are not.
 */
unkept: Problem | null, };

/**
 * A wish to train on the learner's file.
 */
export type TrainOn = { 
/**
 * Whose file.
 */
code: CodeName, };

/**
 * A step of both, event `step`.
 */
export type TrainedStep = { 
/**
 * Counted from 1.
 */
step: number, 
/**
 * How many there will be.
 */
steps: number, 
/**
 * The loss on the learner's products.
 */
loss: number, 
/**
 * On the engine's.
 */
engine_loss: number, 
/**
 * Tokens a second on the learner's products.
 */
tokens_per_s: number, 
/**
 * On the engine's.
 */
engine_tokens_per_s: number, 
/**
 * False once the learner's function gave up: then the engine multiplies for both.
 */
is_plugged: boolean, };

/**
 * The end, event `done`.
 */
export type Trained = { 
/**
 * Steps on the learner's products alone.
 */
steps: number, 
/**
 * Tokens a second of these.
 */
tokens_per_s: number, 
/**
 * The engine's in the same steps.
 */
engine_tokens_per_s: number, 
/**
 * The largest difference of two losses.
 */
max_apart: number, 
/**
 * Why the learner's function gave up, if it did.
 */
unplugged: Unplugged | null, 
/**
 * What was no number, if the run broke on the learner's products.
 */
broken: string | null, 
/**
 * The last lines that the learner's code printed.
 */
printed: string, };

/**
 * A wish for help.
 */
export type WantHint = { 
/**
 * With which step.
 */
step: string, 
/**
 * One that was read already; null asks for the next.
 */
tier: number | null, };

/**
 * A hint.
 */
export type HintShown = { 
/**
 * 1 to 4; 0 as long as nothing was compared that a hint could point at.
 */
tier: number, 
/**
 * The highest that is open.
 */
open: number, 
/**
 * Markdown.
 */
text: string, };

/**
 * What passes.
 */
export type Solution = { 
/**
 * A whole file with comments.
 */
text: string, };

/**
 * What the learner's page shows.
 */
export type MePage = { 
/**
 * Attempts at steps of labs, up to the one that passed.
 */
attempts: number, 
/**
 * Steps passed.
 */
passes: number, 
/**
 * Hints read.
 */
hints: number, 
/**
 * Questions answered.
 */
answers: number, 
/**
 * Of them right.
 */
right: number, 
/**
 * Titles of the topics passed.
 */
topics: Array<string>, 
/**
 * Skills that the log says something about, in the order of the path.
 */
skills: Array<SkillLine>, 
/**
 * In the order of meeting.
 */
traps: Array<MetTrap>, 
/**
 * The newest entries of the log, newest first.
 */
log: Array<LogLine>, 
/**
 * Entries in all.
 */
n_events: number, 
/**
 * Where the log stands.
 */
file: string, };

/**
 * How well the learner has a skill.
 */
export type SkillLine = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * The topic it belongs to.
 */
topic: string, 
/**
 * How likely it is that the learner has it, 0 to 1.
 */
probability: number, 
/**
 * Likely enough, and shown once more without help on a later day.
 */
is_mastered: boolean, 
/**
 * Days until it is due for review, negative once it is; null before the first success.
 */
due_in_days: number | null, };

/**
 * A misconception in the learner's log.
 */
export type MetTrap = { 
/**
 * Stable name.
 */
id: string, 
/**
 * What one believes.
 */
says: string, 
/**
 * The topic it belongs to.
 */
topic: string, 
/**
 * The heading of the lesson that answers it.
 */
anchor: string, 
/**
 * How often it showed.
 */
times: number, 
/**
 * Whether the place where it showed last was then passed.
 */
left: boolean, };

/**
 * An entry of the log.
 */
export type LogLine = { 
/**
 * Milliseconds since 1970.
 */
at: number, 
/**
 * `lab_started`, `attempt`, `hint`, `gave_up`, `quiz_answer`, `review`, `minutes`, or `other` for what this version does not know.
 */
kind: string, 
/**
 * The lab's or topic's title.
 */
place: string, 
/**
 * The step's title or the question.
 */
part: string | null, 
/**
 * Whether it was passed or right.
 */
passed: boolean | null, 
/**
 * A hint's tier, or minutes.
 */
amount: number | null, };

/**
 * What an import came to.
 */
export type ImportDone = { 
/**
 * Entries that were not there before.
 */
added: number, 
/**
 * Entries that were.
 */
known: number, 
/**
 * Lines that are none.
 */
damaged: number, };

/**
 * A knowledge base, as listed.
 */
export type KbLine = { 
/**
 * Its name.
 */
name: string, 
/**
 * Documents in it.
 */
documents: number, 
/**
 * Chunks in it.
 */
chunks: number, 
/**
 * Where its embedder is; null if vectors are learned from the documents.
 */
embedder: string | null, };

/**
 * A wish to add what is in a folder.
 */
export type AddPaths = { 
/**
 * An absolute path.
 */
folder: string, 
/**
 * Files and folders within it; none means all of it.
 */
paths: Array<string>, 
/**
 * Groups that may see it; nobody named means everybody.
 */
groups: Array<string>, 
/**
 * Users that may see it.
 */
users: Array<string>, 
/**
 * How documents are cut, if the knowledge base is new: `recursive:256`.
 */
chunking?: string, 
/**
 * Where vectors come from from now on: an encoder's folder or name, `URL#MODEL`, or `lsa`, learned from the documents.
 */
embedder?: string, };

/**
 * What a change came to.
 */
export type KbChanged = { 
/**
 * Documents that are new.
 */
added: number, 
/**
 * Documents whose content is new.
 */
changed: number, 
/**
 * Documents that stayed.
 */
unchanged: number, 
/**
 * Documents that are gone.
 */
removed: number, 
/**
 * Files of kinds that are not read.
 */
other_files: number, 
/**
 * What was left out, and why.
 */
refused: Array<Problem>, 
/**
 * Why the embedder did not open, where it did not: vectors wait for it, words go on.
 */
waits: Problem | null, };

/**
 * A document, as listed.
 */
export type KbDocument = { 
/**
 * Its id or path.
 */
document: string, 
/**
 * Its title.
 */
title: string | null, 
/**
 * Its chunks.
 */
chunks: number, 
/**
 * Groups that may see it; null is everybody.
 */
groups: Array<string> | null, 
/**
 * Users that may see it; null is everybody.
 */
users: Array<string> | null, };

/**
 * A document with what was made of it. Places are bytes of its normalised text.
 */
export type KbDocumentPage = { 
/**
 * Itself.
 */
about: KbDocument, 
/**
 * The part of the text that is shown.
 */
text: string, 
/**
 * Where that part begins.
 */
start: number, 
/**
 * Bytes of the whole text.
 */
bytes: number, 
/**
 * What the parser found, as far as it touches the part.
 */
blocks: Array<KbBlock>, 
/**
 * What is searched, as far as it touches the part.
 */
chunks: Array<KbChunk>, 
/**
 * The beginning of the file as it was read, if it is a text and still the same.
 */
source: string | null, };

/**
 * A part of a document that is one thing.
 */
export type KbBlock = { 
/**
 * `heading`, `paragraph`, `item`, `row` or `code`.
 */
kind: string, 
/**
 * A heading's, 1 to 6.
 */
level: number | null, 
/**
 * First byte.
 */
start: number, 
/**
 * Byte after the last one.
 */
end: number, 
/**
 * Where it stands in a paged file.
 */
place: KbPlace | null, };

/**
 * A chunk of a document.
 */
export type KbChunk = { 
/**
 * Place among the document's chunks, from 0.
 */
chunk: number, 
/**
 * First byte.
 */
start: number, 
/**
 * Byte after the last one.
 */
end: number, 
/**
 * First byte of what a reader is given.
 */
context_start: number, 
/**
 * Byte after it.
 */
context_end: number, 
/**
 * Headings above it, outermost first.
 */
headings: Array<string>, 
/**
 * Where it stands in a paged file.
 */
place: KbPlace | null, };

/**
 * A place on a page.
 */
export type KbPlace = { 
/**
 * Page, counted from 1.
 */
page: number, 
/**
 * Left, top, right, bottom in points from the top left corner.
 */
bounds: [number, number, number, number], };

/**
 * A wish to remove documents.
 */
export type RemoveDocuments = { 
/**
 * Their ids or paths.
 */
documents: Array<string>, };

/**
 * A wish to delete a knowledge base.
 */
export type RemoveBase = { 
/**
 * Its name again.
 */
confirm: string, };

/**
 * What a removal came to.
 */
export type Removed = { 
/**
 * Documents that are gone.
 */
removed: number, };

/**
 * What a search goes by.
 */
export type SearchBy = "words" | "meaning" | "both";

/**
 * A search.
 */
export type SearchKb = { 
/**
 * Words; a phrase in quotation marks must occur.
 */
query: string, 
/**
 * Passages wanted, 1 to 1000.
 */
k: number, 
/**
 * What it goes by; what was learned for the knowledge base if nothing is said, else words.
 */
by?: SearchBy, 
/**
 * Whether to take scores apart.
 */
explain: boolean, 
/**
 * A name that the caller has made sure of.
 */
user?: string, 
/**
 * Groups that the caller has made sure of.
 */
groups: Array<string>, 
/**
 * Whoever the knowledge base belongs to.
 */
owner: boolean, };

/**
 * A search by a learner's ranking.
 */
export type PlugKb = { 
/**
 * Words; a phrase in quotation marks must occur.
 */
query: string, 
/**
 * Passages wanted, 1 to 1000.
 */
k: number, 
/**
 * The lab whose file ranks.
 */
lab: string, 
/**
 * A name that the caller has made sure of.
 */
user?: string, 
/**
 * Groups that the caller has made sure of.
 */
groups: Array<string>, 
/**
 * Whoever the knowledge base belongs to.
 */
owner: boolean, };

/**
 * What came of it.
 */
export type KbPlugged = { 
/**
 * Both rankings; null if the learner's code gave up.
 */
compared: KbCompared | null, 
/**
 * Why it gave up.
 */
unplugged: Unplugged | null, 
/**
 * The last lines that the learner's code printed.
 */
printed: string, };

/**
 * A learner's ranking beside the engine's.
 */
export type KbCompared = { 
/**
 * Passages in the learner's order.
 */
yours: Array<KbHit>, 
/**
 * In the engine's.
 */
engine: Array<KbHit>, 
/**
 * Milliseconds of the learner's ranking.
 */
ms: number, 
/**
 * Of the engine's.
 */
engine_ms: number, 
/**
 * Places of the longer ranking.
 */
places: number, 
/**
 * The first place, counted from 0, where the passages are not the same.
 */
first_other: number | null, 
/**
 * The largest difference of two scores of a passage, relative to the engine's.
 */
max_relative: number, 
/**
 * Passages that the learner's functions found and that must not be found; they are left out.
 */
n_closed: number, };

/**
 * A found chunk, as `sanjie search --json` prints it.
 */
export type KbHit = { 
/**
 * 1 is the best.
 */
rank: number, 
/**
 * Higher is better; comparable within one search only.
 */
score: number, 
/**
 * The document's id or path.
 */
document: string, 
/**
 * Place among the document's chunks, from 0.
 */
chunk: number, 
/**
 * First byte in the document's normalised text.
 */
start: number, 
/**
 * Byte after the last one.
 */
end: number, 
/**
 * The chunk.
 */
text: string, 
/**
 * The document's title.
 */
title: string | null, 
/**
 * Headings above the chunk, outermost first.
 */
headings: Array<string>, 
/**
 * Byte ranges within `text` of the words that the query shares.
 */
highlights: Array<[number, number]>, 
/**
 * Where the chunk begins in a paged file.
 */
page: number | null, 
/**
 * Left, top, right, bottom of the chunk on that page, in points from its top left corner.
 */
bounds?: [number, number, number, number], 
/**
 * What each term adds to the score by words, if asked for.
 */
explain?: Array<KbPart>, };

/**
 * What one term adds to a score; all of them together are the score of a search by words.
 */
export type KbPart = { 
/**
 * As the index writes it.
 */
term: string, 
/**
 * Chunks that have it.
 */
documents: number, 
/**
 * How much it counts: its rarity, times the times that the query has it.
 */
weight: number, 
/**
 * What frequency and length make of it.
 */
impact: number, 
/**
 * `weight * impact`.
 */
score: number, 
/**
 * Its share of the whole score, 0 to 1.
 */
share: number, };

/**
 * A question.
 */
export type AskKb = { 
/**
 * Its words.
 */
question: string, 
/**
 * The confidence that an answer must have, 0 to 1; what was learned for the knowledge base if nothing is said.
 */
threshold?: number, 
/**
 * A name that the caller has made sure of.
 */
user?: string, 
/**
 * Groups that the caller has made sure of.
 */
groups: Array<string>, 
/**
 * Whoever the knowledge base belongs to.
 */
owner: boolean, };

/**
 * An answer, or that there is none.
 */
export type KbAnswer = { 
/**
 * The sentences together; null if the documents do not answer.
 */
answer: string | null, 
/**
 * Whether there is no answer.
 */
abstained: boolean, 
/**
 * How likely it is that the documents answer the question with this, 0 to 1.
 */
confidence: number, 
/**
 * The confidence that an answer had to have.
 */
threshold: number, 
/**
 * The sentences with their places.
 */
citations: Array<KbCitation>, };

/**
 * A quoted sentence.
 */
export type KbCitation = { 
/**
 * The document's id or path.
 */
document: string, 
/**
 * First byte in the document's normalised text.
 */
start: number, 
/**
 * Byte after the last one.
 */
end: number, 
/**
 * The sentence: exactly these bytes.
 */
text: string, };

/**
 * How well a knowledge base answers questions.
 */
export type KbEvaluated = { 
/**
 * Every metric at every depth.
 */
metrics: Array<KbMetric>, 
/**
 * What came of each question.
 */
questions: Array<KbQuestion>, 
/**
 * Questions that name nothing relevant, and were not asked.
 */
left_out: number, 
/**
 * Documents that questions call relevant and that are not there for whoever asks, so that they cannot be found.
 */
unknown: Array<string>, };

/**
 * A mean over questions.
 */
export type KbMetric = { 
/**
 * `recall`, `ndcg` or `mrr`.
 */
metric: string, 
/**
 * How deep.
 */
k: number, 
/**
 * Questions.
 */
n: number, 
/**
 * The mean.
 */
value: number, 
/**
 * The 95 % interval of the mean.
 */
ci95: [number, number], };

/**
 * What came of one question.
 */
export type KbQuestion = { 
/**
 * The question's id.
 */
id: string, 
/**
 * Its words.
 */
question: string, 
/**
 * What was retrieved, the best first.
 */
retrieved: Array<string>, 
/**
 * What should have been.
 */
relevant: Array<string>, 
/**
 * nDCG at 10; 0 if nothing relevant was retrieved.
 */
ndcg: number, };

/**
 * A way of cutting documents and weighing their titles, and how it answered the questions.
 */
export type KbWay = { 
/**
 * `recursive:256`
 */
chunking: string, 
/**
 * How many times a title word counts.
 */
title_weight: number, 
/**
 * Chunks it makes.
 */
chunks: number, 
/**
 * Questions.
 */
n: number, 
/**
 * Mean nDCG at 10.
 */
ndcg: number, 
/**
 * Its 95 % interval.
 */
ci95: [number, number], 
/**
 * Mean difference to the knowledge base as it is.
 */
difference: number, 
/**
 * Its 95 % interval; one that holds 0 says that nothing is known.
 */
difference_ci95: [number, number], 
/**
 * `current`, `better`, `worse` or `undecided`, by that interval.
 */
verdict: 'current' | 'better' | 'worse' | 'undecided', };

/**
 * What was learned from questions, and is kept in the knowledge base.
 */
export type KbCalibrated = { 
/**
 * From this confidence on there is an answer.
 */
threshold: number, 
/**
 * The share of answers that should be right.
 */
right: number, 
/**
 * Questions.
 */
n: number, 
/**
 * Those among them that the documents do not answer.
 */
unanswerable: number, 
/**
 * With the threshold as it is when nothing was learned.
 */
before: KbRates, 
/**
 * With thresholds learned from other questions.
 */
after: KbRates, 
/**
 * What searches weigh by.
 */
weights: KbWeights, };

/**
 * How answers did.
 */
export type KbRates = { 
/**
 * Of the answerable questions, the share that got an answer from the right document.
 */
coverage: number, 
/**
 * Of the answers given, the share from the right document; null if there was no answer.
 */
precision: number | null, };

/**
 * How much titles and meaning count in a search that says nothing else.
 */
export type KbWeights = { 
/**
 * How many times a title word counts.
 */
title_weight: number, 
/**
 * The share of meaning, 0 to 1.
 */
meaning: number, 
/**
 * Questions that documents answer.
 */
n: number, 
/**
 * Their mean nDCG at 10 with the usual weights.
 */
before: number, 
/**
 * The same with weights learned from other questions.
 */
after: number, 
/**
 * Whether that is better; if not, the weights are the usual ones.
 */
is_better: boolean, };

/**
 * Whether a knowledge base is whole, as far as whoever asks may see it.
 */
export type KbChecked = { 
/**
 * Documents that were looked at.
 */
documents: number, 
/**
 * Their chunks.
 */
chunks: number, 
/**
 * What is wrong; nothing if it is whole.
 */
faults: Array<string>, };
