//! What the layer knows of open connections: their transport, our address on them, and which
//! transactions hang on them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use siptrunk_message::Transport;

use crate::{FlowId, Ticket};

/// Connections by number. Datagram flows need no table.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: BTreeMap<u64, Connection>,
    /// Ordered pairs, so that those of one connection stand together.
    users: BTreeSet<(u64, Ticket)>,
}

/// One open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) transport: Transport,
    pub(crate) local: SocketAddr,
}

impl Connections {
    /// A message came over this flow, or it was opened.
    pub(crate) fn note(&mut self, flow: FlowId, transport: Transport, local: SocketAddr) {
        if let FlowId::Connection(number) = flow {
            self.open.entry(number).or_insert(Connection { transport, local });
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<Connection> {
        self.open.get(&number).copied()
    }

    /// This transaction hangs on the flow.
    pub(crate) fn join(&mut self, flow: FlowId, ticket: Ticket) {
        if let FlowId::Connection(number) = flow {
            self.users.insert((number, ticket));
        }
    }

    /// This transaction does not need the flow any more.
    pub(crate) fn leave(&mut self, flow: FlowId, ticket: Ticket) {
        if let FlowId::Connection(number) = flow {
            self.users.remove(&(number, ticket));
        }
    }

    /// How many transactions hang on any connection.
    pub(crate) fn users(&self) -> usize {
        self.users.len()
    }

    /// The connection closed: who hung on it, in the order of their tickets.
    pub(crate) fn close(&mut self, number: u64) -> Vec<Ticket> {
        self.open.remove(&number);
        let mut those = self.users.split_off(&(number, Ticket(0)));
        if let Some(next) = number.checked_add(1) {
            self.users.append(&mut those.split_off(&(next, Ticket(0))));
        }
        those.into_iter().map(|(_, ticket)| ticket).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_names_the_transactions_of_that_connection_only() {
        let local: SocketAddr = "127.0.1.1:5060".parse().unwrap();
        let mut connections = Connections::default();
        for (number, ticket) in [(1, 9), (2, 4), (2, 3), (3, 1), (2, 8), (u64::MAX, 7)] {
            let flow = FlowId::Connection(number);
            connections.note(flow, Transport::Tcp, local);
            connections.join(flow, Ticket(ticket));
        }
        connections.leave(FlowId::Connection(2), Ticket(8));
        assert_eq!(connections.close(2), [Ticket(3), Ticket(4)]);
        assert_eq!(connections.get(2), None);
        assert_eq!(connections.close(2), []);
        assert_eq!(connections.close(1), [Ticket(9)]);
        assert_eq!(connections.close(3), [Ticket(1)]);
        assert_eq!(connections.close(u64::MAX), [Ticket(7)]);
        assert!(connections.users.is_empty());
    }
}
