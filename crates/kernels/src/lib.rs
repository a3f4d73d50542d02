//! Slices in, slices out: the arithmetic of the engine, each kernel beside its plain reference.
