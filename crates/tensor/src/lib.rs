//! Shapes, storage, operations with their gradients, and the tape that records them.
