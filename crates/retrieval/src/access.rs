//! Who may see a document.
//!
//! A document is either for everyone or names groups and users; whoever asks is a [`Viewer`]. Nothing is visible by mistake: a
//! viewer about whom nothing is known sees what is for everyone only, an empty list lets nobody in, and what cannot be read
//! as an access lets nobody in either.

use serde::{Deserialize, Serialize};

/// Who may see a document that is not for everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Groups, any of which suffices.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Single users.
    #[serde(default)]
    pub users: Vec<String>,
}

impl Access {
    /// That of a document for these; nobody named is everyone.
    pub fn of(groups: Vec<String>, users: Vec<String>) -> Option<Access> {
        (!groups.is_empty() || !users.is_empty()).then_some(Access { groups, users })
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Whoever the knowledge base belongs to.
    Owner,
    /// Somebody, as whoever calls has made sure of.
    Person {
        /// The name, if known.
        user: Option<String>,
        /// The groups that the person belongs to.
        groups: Vec<String>,
    },
}

impl Viewer {
    /// Somebody about whom nothing is known.
    pub fn anyone() -> Viewer {
        Viewer::Person { user: None, groups: vec![] }
    }

    /// Whether the viewer may see a document; `None` is for everyone.
    ///
    /// ```
    /// use retrieval::access::{Access, Viewer};
    /// let staff = Access { groups: vec!["staff".into()], users: vec![] };
    /// assert!(!Viewer::anyone().may_see(Some(&staff)));
    /// assert!(Viewer::Person { user: None, groups: vec!["staff".into()] }.may_see(Some(&staff)));
    /// ```
    pub fn may_see(&self, access: Option<&Access>) -> bool {
        match (self, access) {
            (Viewer::Owner, _) | (_, None) => true,
            (Viewer::Person { user, groups }, Some(access)) => {
                groups.iter().any(|group| access.groups.contains(group))
                    || user.as_ref().is_some_and(|user| access.users.contains(user))
            }
        }
    }
}
