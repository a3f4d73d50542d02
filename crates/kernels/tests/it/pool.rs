//! The pool: every task once, panics that reach the caller, loops within loops, limits.

use check::{Outcome, equal, fail};
use kernels::pool::{parallel_for, threads, with_threads};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub fn each_task_runs_once() -> Outcome {
    for n_threads in [1, 2, 5] {
        for n_tasks in [0, 1, 2, 63, 1000] {
            let counts: Vec<AtomicUsize> = (0..n_tasks).map(|_| AtomicUsize::new(0)).collect();
            with_threads(n_threads, || {
                parallel_for(n_tasks, |i| {
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
            });
            let once = counts.iter().all(|count| count.load(Ordering::Relaxed) == 1);
            equal(once, true, &format!("{n_tasks} tasks on {n_threads} threads ran once each"))?;
        }
    }
    Ok(())
}

pub fn a_panic_reaches_the_caller_and_the_pool_lives_on() -> Outcome {
    for n_threads in [1, 3] {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            with_threads(n_threads, || parallel_for(50, |i| assert!(i != 17, "task {i} gave up")));
        }));
        let Err(payload) = outcome else { return fail("the panic was lost") };
        let text = payload.downcast_ref::<String>().cloned().unwrap_or_default();
        equal(text, "task 17 gave up".to_string(), "the panic's own words")?;
        each_task_runs_once()?;
    }
    Ok(())
}

pub fn loops_may_nest() -> Outcome {
    let sum = AtomicUsize::new(0);
    with_threads(3, || {
        parallel_for(10, |i| {
            parallel_for(10, |j| {
                sum.fetch_add(10 * i + j, Ordering::Relaxed);
            });
        });
    });
    equal(sum.into_inner(), 4950, "sum over both loops")
}

pub fn callers_on_many_threads_do_not_meet() -> Outcome {
    let sums: Vec<AtomicUsize> = (0..4).map(|_| AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for sum in &sums {
            scope.spawn(|| {
                for _ in 0..200 {
                    with_threads(3, || {
                        parallel_for(20, |i| {
                            sum.fetch_add(i, Ordering::Relaxed);
                        });
                    });
                }
            });
        }
    });
    equal(sums.into_iter().map(AtomicUsize::into_inner).collect::<Vec<_>>(), vec![200 * 190; 4], "sums of the callers")
}

pub fn a_limit_holds_in_its_scope_alone() -> Outcome {
    let before = threads();
    let ids = Mutex::new(HashSet::new());
    with_threads(1, || {
        parallel_for(100, |_| {
            ids.lock().unwrap().insert(std::thread::current().id());
        });
    });
    equal(ids.into_inner()?.len(), 1, "threads seen under a limit of 1")?;
    equal(with_threads(2, || with_threads(7, threads)), 7, "the inner limit counts")?;
    equal(threads(), before, "the limit ended")
}
