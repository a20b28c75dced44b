//! Connections: opened, accepted, framed, bounded, and reported when they end.

mod accept;
pub use accept::StreamListener;

mod alias;
pub(crate) use alias::Chain;

mod connection;
pub use connection::read_stream;

mod options;
pub use options::StreamOptions;

mod outbox;
pub(crate) use outbox::Outbox;

mod shares;

mod table;
pub(crate) use table::{Change, Connections, Dialing, Route, Unsent};
