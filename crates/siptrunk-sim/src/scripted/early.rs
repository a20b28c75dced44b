//! Packets that come before the answer that says whose they are.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;

/// How many are kept: more than an answer can be late on a working network.
const MOST: usize = 64;

/// Who offers has to be ready before the answer comes (RFC 3264 section 5.1): a packet that overtakes it
/// is kept until then.
#[derive(Debug, Default)]
pub(crate) struct Early(VecDeque<(SocketAddr, Bytes)>);

impl Early {
    /// Keeps a packet, if there is room.
    pub(crate) fn keep(&mut self, from: SocketAddr, bytes: Bytes) {
        if self.0.len() < MOST {
            self.0.push_back((from, bytes));
        }
    }

    /// All that were kept, in the order in which they came.
    pub(crate) fn take(&mut self) -> VecDeque<(SocketAddr, Bytes)> {
        std::mem::take(&mut self.0)
    }
}
