//! One session of learning: what is due for review, then the next step of the path.
//!
//! It lasts 25 minutes, as long as one can keep one's mind on a thing without a break (Cirillo's pomodoro). Reviews come
//! first, since they are what time takes away; if they fill the session, the path waits for the next one.

use crate::Curriculum;
use crate::events::Event;
use crate::progress::{self, Next};
use crate::review::{self, Card};

/// How long a session lasts.
pub const MINUTES: f64 = 25.0;
/// Planned for one review: reading, thinking, and reading why.
pub const REVIEW_MINUTES: f64 = 2.0;
/// With less than this left, nothing new is begun.
const BEGIN_MINUTES: f64 = 5.0;

/// What to do now.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// Reviews that fit, the most doubtful first.
    pub reviews: Vec<Card<'a>>,
    /// Reviews that are due in all.
    pub n_due: usize,
    /// Then this, if there is time for it.
    pub next: Option<Next>,
    /// Days until something is due again; `None` if something is due now or nothing will be.
    pub due_in_days: Option<i64>,
}

/// The session that begins at `now`, in milliseconds since 1970.
pub fn session<'a>(curriculum: &'a Curriculum, events: &[Event], now: i64) -> Session<'a> {
    let cards = review::cards(curriculum, events, now);
    let soonest = cards.iter().map(|card| card.due_in_days(now)).min();
    let mut reviews: Vec<Card> = cards.into_iter().filter(|card| card.is_due(now)).collect();
    let n_due = reviews.len();
    reviews.truncate((MINUTES / REVIEW_MINUTES) as usize);
    let left = MINUTES - reviews.len() as f64 * REVIEW_MINUTES;
    let next = if left < BEGIN_MINUTES { None } else { progress::next(curriculum, events) };
    Session { reviews, n_due, next, due_in_days: soonest.filter(|days| *days > 0) }
}
