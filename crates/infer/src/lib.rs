//! Generation: paged key/value cache, sampler, scheduler, the engine that runs them.
