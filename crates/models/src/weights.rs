//! Weights by their published names, both ways.
//!
//! Our parameter names and layouts are those of the published checkpoints, so the map is the identity so far; a
//! missing, surplus or misshapen array is an error that names it.
