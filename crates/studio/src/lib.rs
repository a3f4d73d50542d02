//! The web application's server: runs as child processes, chat, pages.
