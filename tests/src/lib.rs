//! What the workspace's own tests share: the bridge's host in a simulated world.

mod bridge_host;
pub use bridge_host::{BridgeHost, Grant};
