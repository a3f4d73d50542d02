//! File formats: bytes to named arrays and back, every size checked before it is trusted.
