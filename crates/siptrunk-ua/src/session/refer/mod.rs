//! REFER inside a dialog (RFC 3515): where it leads, and the subscription that it makes, on the side
//! that follows it and on the side that asked.

mod notifier;
mod subscriber;
mod target;

pub(crate) use notifier::{Notice, Notifier};
pub use subscriber::ReferProgress;
pub(crate) use subscriber::Subscriber;
pub use target::ReferTarget;

/// The package of these subscriptions (RFC 3515 3.1).
pub(crate) const PACKAGE: &str = "refer";
