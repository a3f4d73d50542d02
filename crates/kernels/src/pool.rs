//! A process-wide pool of threads for short loops: `parallel_for(n, |i| ...)`.
//!
//! The caller works too. Each thread begins with a share of its own, neighbours among the task numbers and the
//! same ones loop after loop: what a kernel wrote is mostly read by the thread whose cache holds it. Whoever is
//! done takes from the others' shares. Idle workers spin for at most 50 microseconds, because kernels follow one
//! another closely, and then park, because a server may idle for hours. Work is cut by size, never by the number
//! of threads, so results do not depend on it.
//!
//! A panic in a task stops the loop and reaches the caller. A nested loop, or one started while another
//! thread has the pool, runs on its caller alone. No queues, no futures.

use crate::cpu::CpuError;
use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Longest time a thread burns cycles waiting; waking a parked thread costs about as much.
const SPIN_MAX: Duration = Duration::from_micros(50);

/// Most threads of the pool; beyond it a setting is taken for a mistake and clamped.
pub const THREADS_MAX: usize = 1024;

/// Calls `task(0) .. task(n_tasks - 1)`, each once, on the threads of the pool; returns when all are done.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// let sum = AtomicUsize::new(0);
/// kernels::pool::parallel_for(4, |i| drop(sum.fetch_add(i, Ordering::Relaxed)));
/// assert_eq!(sum.into_inner(), 6);
/// ```
pub fn parallel_for(n_tasks: usize, task: impl Fn(usize) + Sync) {
    let n_threads = threads().min(n_tasks);
    let turn = if n_threads > 1 && !INSIDE.get() { pool().take_turn() } else { None };
    match turn {
        Some(mut turn) => pool().run(&mut turn, n_tasks, n_threads, &task),
        None => (0..n_tasks).for_each(task),
    }
}

/// Calls `task` for ranges that cut `0..n_rows`; a range holds as many rows of `width` values as make a task
/// worth handing out, at least one.
pub(crate) fn parallel_rows(n_rows: usize, width: usize, task: impl Fn(Range<usize>) + Sync) {
    const TASK_VALUES: usize = 1 << 14;
    let rows = (TASK_VALUES / width.max(1)).max(1);
    parallel_for(n_rows.div_ceil(rows), |i| task(i * rows..((i + 1) * rows).min(n_rows)));
}

/// Threads that [`parallel_for`] uses when called from here.
pub fn threads() -> usize {
    match LIMIT.get() {
        0 => *DEFAULT,
        n => n,
    }
}

/// Runs `f` with loops started by this thread limited to `n_threads`.
pub fn with_threads<T>(n_threads: usize, f: impl FnOnce() -> T) -> T {
    let _restore = Restore(&LIMIT, LIMIT.replace(n_threads.clamp(1, THREADS_MAX)));
    f()
}

/// A slice that tasks may write in disjoint ranges.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T> {
    start: *mut T,
    len: usize,
}

// SAFETY: only `range` gives access, and its callers promise disjoint ranges.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(crate) fn new(slice: &mut [T]) -> Self {
        Shared { start: slice.as_mut_ptr(), len: slice.len() }
    }

    /// # Safety
    /// The slice outlives the use, and no other live range overlaps this one.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub(crate) unsafe fn range<'a>(&self, range: Range<usize>) -> &'a mut [T] {
        assert!(range.start <= range.end && range.end <= self.len, "range {range:?} of {}", self.len);
        // SAFETY: in bounds by the assertion, exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.end - range.start) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.start
    }
}

/// `SANJIE_THREADS`, else the number of cores.
static DEFAULT: LazyLock<usize> = LazyLock::new(|| {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    requested().ok().flatten().unwrap_or_else(cores).min(THREADS_MAX)
});

/// Whether `SANJIE_THREADS` can be honoured; if not, loops use every core.
pub fn check() -> Result<(), CpuError> {
    requested().map(drop)
}

/// What `SANJIE_THREADS` asks for; an empty one counts as unset.
fn requested() -> Result<Option<usize>, CpuError> {
    match std::env::var_os("SANJIE_THREADS").map(|value| value.to_string_lossy().trim().to_string()) {
        Some(value) if !value.is_empty() => match value.parse() {
            Ok(n) if n > 0 => Ok(Some(n)),
            _ => Err(CpuError::BadThreads { value }),
        },
        _ => Ok(None),
    }
}

thread_local! {
    /// Threads for loops of this thread; 0 means the process's setting.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
    /// Whether this thread is running a task.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

struct Restore<T: Copy + 'static>(&'static std::thread::LocalKey<Cell<T>>, T);

impl<T: Copy> Drop for Restore<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// The tasks that a thread begins with, on a line of the cache of their own.
#[repr(align(64))]
struct Share {
    next: AtomicUsize,
    end: usize,
}

/// One loop; lives on its caller's stack until every thread has left it.
struct Job<'a> {
    task: &'a (dyn Fn(usize) + Sync),
    /// One for each thread.
    shares: &'a [Share],
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Job<'_> {
    /// Works as the thread of this number.
    fn work(&self, thread: usize) {
        let _restore = Restore(&INSIDE, INSIDE.replace(true));
        let (others, own) = self.shares.split_at(thread);
        let result = catch_unwind(AssertUnwindSafe(|| {
            for share in own.iter().chain(others) {
                loop {
                    let i = share.next.fetch_add(1, Ordering::Relaxed);
                    if i >= share.end {
                        break;
                    }
                    (self.task)(i);
                }
            }
        }));
        if let Err(payload) = result {
            for share in self.shares {
                share.next.store(share.end, Ordering::Relaxed);
            }
            lock(&self.panic).get_or_insert(payload);
        }
    }
}

/// A job's address without its lifetime; see `Pool::run` for why it is never used too late.
#[derive(Clone, Copy)]
struct JobPointer(*const Job<'static>);

// SAFETY: a `Job` may be used from several threads: its task is `Sync`, the rest are atomics and a mutex.
unsafe impl Send for JobPointer {}

#[derive(Default)]
struct State {
    job: Option<JobPointer>,
    /// Threads of the job; workers with higher numbers stay away.
    n_threads: usize,
    n_workers: usize,
    n_parked: usize,
    caller_parked: bool,
}

#[derive(Default)]
struct Pool {
    /// Held by the thread whose loop runs, with the shares of its tasks.
    turn: Mutex<Vec<Share>>,
    state: Mutex<State>,
    /// Rises with every job, so that spinning workers need no lock.
    n_jobs: AtomicU64,
    /// Workers inside the job; changed only under `state`.
    n_inside: AtomicUsize,
    work: Condvar,
    done: Condvar,
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(Pool::default)
}

impl Pool {
    fn take_turn(&self) -> Option<MutexGuard<'_, Vec<Share>>> {
        match self.turn.try_lock() {
            Ok(turn) => Some(turn),
            // A task of an earlier loop panicked, and `run` let the panic pass after that loop had ended.
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn run(&'static self, shares: &mut Vec<Share>, n_tasks: usize, n_threads: usize, task: &(dyn Fn(usize) + Sync)) {
        shares.clear();
        shares.extend((0..n_threads).map(|thread| {
            let [first, end] = [thread, thread + 1].map(|thread| thread * n_tasks / n_threads);
            Share { next: AtomicUsize::new(first), end }
        }));
        let job = Job { task, shares, panic: Mutex::new(None) };
        {
            let mut state = lock(&self.state);
            while state.n_workers + 1 < n_threads {
                let thread = state.n_workers + 1;
                let spawned =
                    std::thread::Builder::new().name(format!("kernels-{thread}")).spawn(move || self.worker(thread));
                if spawned.is_err() {
                    break; // The system gives no more threads; the loop runs on those there are.
                }
                state.n_workers += 1;
            }
            state.job = Some(JobPointer((&raw const job).cast()));
            state.n_threads = n_threads;
            self.n_jobs.fetch_add(1, Ordering::Release);
            if state.n_parked > 0 {
                self.work.notify_all();
            }
        }
        job.work(0);
        // Nobody may join any more; those inside must leave before `job` goes out of scope.
        lock(&self.state).job = None;
        spin_until(|| self.n_inside.load(Ordering::Acquire) == 0);
        let mut state = lock(&self.state);
        while self.n_inside.load(Ordering::Acquire) != 0 {
            state.caller_parked = true;
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.caller_parked = false;
        drop(state);
        let panic = lock(&job.panic).take();
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    }

    /// The worker of this number, counted from 1: the caller of a loop is thread 0.
    fn worker(&self, thread: usize) {
        let mut seen = 0;
        loop {
            spin_until(|| self.n_jobs.load(Ordering::Acquire) != seen);
            let mut state = lock(&self.state);
            while self.n_jobs.load(Ordering::Acquire) == seen {
                state.n_parked += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.n_parked -= 1;
            }
            seen = self.n_jobs.load(Ordering::Acquire);
            let Some(JobPointer(job)) = state.job.filter(|_| thread < state.n_threads) else { continue };
            self.n_inside.fetch_add(1, Ordering::AcqRel);
            drop(state);
            // SAFETY: joined under the lock while `state.job` was set; `run` waits for `n_inside` to fall to 0
            // after clearing it, so the job lives until this thread has left.
            unsafe { &*job }.work(thread);
            let state = lock(&self.state);
            if self.n_inside.fetch_sub(1, Ordering::AcqRel) == 1 && state.caller_parked {
                self.done.notify_all();
            }
        }
    }
}

fn spin_until(ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        for _ in 0..32 {
            std::hint::spin_loop();
        }
        if start.elapsed() > SPIN_MAX {
            break;
        }
    }
}

/// Tasks that panic do so outside these locks, so poisoning carries no news.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
