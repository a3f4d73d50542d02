//! Getting data: named public data sets, mirrors, checksums, cache.
