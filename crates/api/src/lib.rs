//! Wire types of hosted model APIs.
