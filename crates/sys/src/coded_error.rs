//! Errors that carry a code and fields instead of a sentence.
//!
//! Libraries say *what* went wrong; the sentences, in Chinese and English, stand in the catalogue of the
//! `messages` crate under the same code. So no library holds prose, and no sentence is written twice.
//!
//! ```
//! sys::coded_error! {
//!     /// What can be wrong with a corpus.
//!     pub enum CorpusError {
//!         /// The file holds no text at all.
//!         Empty { path: String } = "corpus.empty",
//!     }
//! }
//! use sys::Coded;
//! let error = CorpusError::Empty { path: "a.txt".into() };
//! assert_eq!(error.code(), "corpus.empty");
//! assert_eq!(error.fields(), vec![("path", "a.txt".to_string())]);
//! assert_eq!(error.to_string(), "corpus.empty (path: a.txt)");
//! ```

/// An error with a stable code and named values for the catalogue's sentence.
pub trait Coded: std::error::Error {
    /// `area.what`, the key in both catalogues.
    fn code(&self) -> &'static str;
    /// Values for the sentence's placeholders, in declared order.
    fn fields(&self) -> Vec<(&'static str, String)>;
    /// The coded error behind this one: the placeholder `{cause}` is its sentence.
    fn behind(&self) -> Option<&(dyn Coded + Send + Sync)> {
        None
    }
}

/// A coded error behind another.
pub type Cause = Box<dyn Coded + Send + Sync>;

/// Declares an error enum whose variants have named fields (each `Display`) and a code. A variant that says `by Cause`
/// after its fields has one more, `cause`, the coded error behind it:
///
/// ```
/// sys::coded_error! {
///     /// Why a lamp stays dark.
///     pub enum LampError {
///         /// There is no current.
///         NoCurrent {} = "lamp.no_current",
///         /// Something it needs is missing.
///         Dark { room: String } by Cause = "lamp.dark",
///     }
/// }
/// use sys::Coded;
/// let error = LampError::Dark { room: "hall".into(), cause: Box::new(LampError::NoCurrent {}) };
/// assert_eq!(error.to_string(), "lamp.dark (room: hall, cause: lamp.no_current)");
/// assert_eq!(error.behind().map(|cause| cause.code()), Some("lamp.no_current"));
/// ```
#[macro_export]
macro_rules! coded_error {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident { $($field:ident : $ty:ty),* $(,)? } $(by $cause:ident)? = $code:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $name { $($(#[$vmeta])* $variant { $(#[allow(missing_docs)] $field: $ty,)* $(#[allow(missing_docs)] cause: $crate::$cause)? }),* }
        impl $crate::Coded for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),* }
            }
            fn fields(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$variant { $($field,)* .. } => vec![$((stringify!($field), $field.to_string())),*]),* }
            }
            #[allow(irrefutable_let_patterns)]
            fn behind(&self) -> Option<&(dyn $crate::Coded + Send + Sync)> {
                $($(if let Self::$variant { cause, .. } = self {
                    let cause: &$crate::$cause = cause;
                    return Some(&**cause);
                })?)*
                None
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let cause = $crate::Coded::behind(self).map(|cause| ("cause", cause.to_string()));
                let fields: Vec<String> =
                    $crate::Coded::fields(self).into_iter().chain(cause).map(|(k, v)| format!("{k}: {v}")).collect();
                write!(f, "{}", $crate::Coded::code(self))?;
                if fields.is_empty() { Ok(()) } else { write!(f, " ({})", fields.join(", ")) }
            }
        }
        impl std::error::Error for $name {}
    };
}

/// Declares an error enum that is one of several coded errors, with `From` for each; code and fields are the inner ones.
///
/// ```
/// sys::coded_error! {
///     /// What can be wrong with A.
///     pub enum A {
///         /// It is B.
///         B {} = "a.b",
///     }
/// }
/// sys::coded_union! {
///     /// Why nothing was loaded.
///     pub enum LoadError {
///         /// It was A's fault.
///         A(A),
///     }
/// }
/// use sys::Coded;
/// assert_eq!(LoadError::from(A::B {}).code(), "a.b");
/// ```
#[macro_export]
macro_rules! coded_union {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident($inner:ty)),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $name { $($(#[$vmeta])* $variant($inner)),* }
        $(impl From<$inner> for $name {
            fn from(error: $inner) -> Self { Self::$variant(error) }
        })*
        impl $crate::Coded for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant(error) => $crate::Coded::code(error)),* }
            }
            fn fields(&self) -> Vec<(&'static str, String)> {
                match self { $(Self::$variant(error) => $crate::Coded::fields(error)),* }
            }
            fn behind(&self) -> Option<&(dyn $crate::Coded + Send + Sync)> {
                match self { $(Self::$variant(error) => $crate::Coded::behind(error)),* }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$variant(error) => std::fmt::Display::fmt(error, f)),* }
            }
        }
        impl std::error::Error for $name {}
    };
}
