//! The one training loop: recipes, data loading, optimisers, checkpoints.
