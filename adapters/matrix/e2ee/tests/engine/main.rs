//! The engine as its callers see it, against a homeserver in memory.

mod identity;
mod messages;
mod server;
mod verification;
