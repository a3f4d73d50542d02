//! Which tokens the next step computes: continuous batching with chunked prefill.
//!
//! A step is one forward pass over a flat list of tokens. Every running request that has one token to go (it is
//! decoding) gets that token, so nobody's answer stalls while somebody's long prompt is read; what is left of the
//! step's token budget goes to prompts, oldest first, in chunks (Agrawal et al. 2024, "Sarathi-Serve").
//!
//! Pure arithmetic: knows neither model nor cache.

/// Tokens of one step. Large enough that matrix products work at full speed, small enough that a step of a small
/// model ends within tens of milliseconds, which is what the others wait for while a prompt is read.
pub const STEP_TOKENS: usize = 256;

/// Requests that run at once; the rest wait. Must be below [`STEP_TOKENS`], so that prompts always advance.
pub const RUNNING_MAX: usize = 64;

/// How many tokens each running request, in order of age, has computed in the next step.
///
/// `missing[i]` is how many known tokens of request i are not in its cache; at least 1. The result has the same
/// length; a 0 means that the request waits this time.
///
/// ```
/// use infer::scheduler::plan;
/// // One request decodes, two have prompts of 6 and 5 tokens, and 10 tokens fit.
/// assert_eq!(plan(&[6, 1, 5], 10), [6, 1, 3]);
/// ```
pub fn plan(missing: &[usize], step_tokens: usize) -> Vec<usize> {
    let n_decoding = missing.iter().filter(|&&n| n == 1).count();
    let mut left = step_tokens.saturating_sub(n_decoding);
    let mut share = |&n: &usize| {
        if n == 1 {
            return 1;
        }
        let chunk = n.min(left);
        left -= chunk;
        chunk
    };
    missing.iter().map(&mut share).collect()
}
