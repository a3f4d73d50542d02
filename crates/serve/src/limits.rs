//! What the server takes at most.

use std::time::Duration;

/// Requests that run or wait on one model. A further one is refused at once (429): a queue of many minutes serves
/// nobody, and each open request holds its prompt and its answer.
pub const OPEN_REQUESTS_MAX: usize = 256;

/// Bytes of a request's body: far more than any context holds.
pub const BODY_BYTES_MAX: usize = 4 << 20;

/// How long the head of a request may take to arrive, and how long a connection without one is kept.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a request's body may take to arrive: a few megabytes do within a second, and each connection that is
/// waited for holds a socket and what has arrived.
pub const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Answers that one request may ask for, over all its prompts: a single client shall not fill the queue.
pub const CHOICES_MAX: usize = 64;

/// Stop strings, OpenAI's limit.
pub const STOPS_MAX: usize = 4;

/// Bytes of a stop string: this much text may be held back while it is awaited.
pub const STOP_BYTES_MAX: usize = 256;

/// Alternatives for each token, OpenAI's limit for chats.
pub const ALTERNATIVES_MAX: usize = 20;

/// Tokens of a completion that names no limit: OpenAI's default.
pub const COMPLETION_TOKENS_DEFAULT: usize = 16;

/// How long answers in progress may go on after the server was told to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Texts of one request for vectors, OpenAI's limit.
pub const INPUTS_MAX: usize = 2048;

/// Tokens of waiting requests that an encoder reads at once; beyond it the first to come would wait for the last.
pub const TOGETHER_TOKENS_MAX: usize = 1 << 14;
