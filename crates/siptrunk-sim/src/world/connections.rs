//! How connections open, carry messages and end in a world: as those of the driver of real sockets.
//!
//! A connection loses nothing and keeps the order. What its link loses is repeated by the systems on
//! both ends, so that it comes late, and all that follows comes late with it.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use siptrunk_message::{Frame, Transport};
use siptrunk_transaction::{FlowEvent, FlowId, Received, Target, Ticket, TransportError};

use super::{
    Flight, NodeId, World,
    streams::{CONNECT, End, News, QUEUE, STALL, State, knock_again, other, repeat_again},
};
use crate::{fault::Passage, trace::Fate};

impl World {
    /// Breaks all connections between two nodes: both ends hear of a reset.
    pub fn reset_connections(&mut self, a: NodeId, b: NodeId) {
        for number in self.streams.of(a, Some(b)) {
            self.end(number, TransportError::Reset);
            self.end(other(number), TransportError::Reset);
        }
    }

    /// How many connections a node holds, those that are opening among them.
    pub fn connections(&self, id: NodeId) -> usize {
        self.streams.of(id, None).len()
    }

    /// Sends over this connection, or fails.
    pub(super) fn over(&mut self, id: NodeId, number: u64, ticket: Ticket, bytes: Bytes) {
        let known = self.streams.ends.get(&number);
        if known.is_some_and(|end| end.node == id && matches!(end.state, State::Open)) {
            self.write(number, ticket, bytes);
        } else {
            self.fail(id, ticket, TransportError::UnknownFlow);
        }
    }

    /// Sends to this target over a connection that is there, or a new one.
    pub(super) fn towards(&mut self, id: NodeId, target: Target, ticket: Ticket, bytes: Bytes) {
        // Without knowing whom to expect there is nothing that TLS would prove.
        if target.transport == Transport::Tls && target.domain.is_none() {
            return self.fail(id, ticket, TransportError::NotSecured);
        }
        let Some(number) = self.streams.reusable(id, &target) else {
            return self.open(id, target, ticket, bytes);
        };
        let Some(end) = self.streams.ends.get_mut(&number) else { return };
        if let State::Opening(waiting, _) = &mut end.state {
            let octets: usize = waiting.iter().map(|(_, bytes)| bytes.len()).sum();
            if octets + bytes.len() > QUEUE {
                self.fail(id, ticket, TransportError::QueueFull);
            } else {
                waiting.push((ticket, bytes));
            }
            return;
        }
        let local = end.local;
        if self.write(number, ticket, bytes) {
            let flow = FlowId::Connection(number);
            self.tell(id, FlowEvent::Opened { ticket, flow, local });
        }
    }

    fn open(&mut self, id: NodeId, target: Target, ticket: Ticket, bytes: Bytes) {
        let (number, port) = (self.streams.number(), self.streams.port());
        let fits = |at: &SocketAddr| at.is_ipv4() == target.address.is_ipv4();
        let mut listeners = self.streams.listeners.iter();
        let listener = listeners.find(|(at, (owner, transport))| {
            *owner == id && *transport == target.transport && fits(at)
        });
        let node = &self.nodes[id.0];
        let from = listener.map(|(at, _)| *at);
        let Some(from) = from.or_else(|| node.addresses.iter().copied().find(fits)) else {
            return self.fail(id, ticket, TransportError::Unreachable);
        };
        let peer = self.host(target.address);
        let ends = [SocketAddr::new(from.ip(), port), target.address];
        let state = State::Opening(vec![(ticket, bytes)], self.now);
        let mut end = End::new(id, peer, target.transport, ends, state, self.now);
        end.target = Some(target);
        self.streams.insert(number, end);
        self.knock(number, 0);
    }

    /// Whose address this is, whether anything listens on the port or not.
    fn host(&self, address: SocketAddr) -> Option<NodeId> {
        let listener = self.streams.listeners.get(&address).map(|(id, _)| *id);
        let near = |at: &SocketAddr| at.ip() == address.ip();
        let place = || self.nodes.iter().position(|node| node.addresses.iter().any(near));
        listener.or_else(|| place().map(NodeId))
    }

    pub(super) fn handle_news(&mut self, news: News) {
        match news {
            News::Knock(number, attempt) => self.knock(number, attempt),
            News::Knocked(number, back) => self.knocked(number, back),
            News::Answered(number, Ok(())) => self.opened(number),
            News::Answered(number, Err(reason)) => self.end(number, reason),
            News::Unanswered(number) => {
                let end = self.streams.ends.get(&number);
                if end.is_some_and(|end| matches!(end.state, State::Opening(..))) {
                    self.end(number, TransportError::TimedOut);
                    self.abandon(other(number), TransportError::Reset);
                }
            }
            News::Arrival(number, bytes) => self.arrived(number, &bytes),
            News::Repeat(number) => self.pump(number),
            News::Gone(number, reason) => self.end(number, reason),
        }
    }

    /// The opener's first packet leaves, and its answer is thrown for as well.
    fn knock(&mut self, number: u64, attempt: u32) {
        let Some(end) = self.streams.ends.get(&number) else { return };
        let State::Opening(_, since) = end.state else { return };
        let left = (since + CONNECT).saturating_duration_since(self.now);
        let (node, peer) = (end.node, end.peer);
        // A handshake of TLS 1.3 is one more round trip.
        let rounds = if end.transport == Transport::Tls { 2 } else { 1 };
        let (mut there, mut back, mut lost) = (Duration::ZERO, Duration::ZERO, false);
        for round in 0..rounds {
            for way in [(Some(node), peer), (peer, Some(node))] {
                let (link, rng) = self.link_of(way.0, way.1);
                let time = link.segment(rng);
                lost |= time.is_none();
                let first = round == 0 && way.0 == Some(node);
                *if first { &mut there } else { &mut back } += time.unwrap_or_default();
            }
        }
        let again = knock_again(attempt);
        if !lost && there + back < left {
            self.fly(there, Flight::News(News::Knocked(number, back)));
        } else if lost && again < left {
            self.fly(again, Flight::News(News::Knock(number, attempt + 1)));
        } else {
            self.fly(left, Flight::News(News::Unanswered(number)));
        }
    }

    /// The opener's first packet is there.
    fn knocked(&mut self, number: u64, back: Duration) {
        let Some(end) = self.streams.ends.get(&number) else { return };
        let (node, transport, ends) = (end.node, end.transport, [end.remote, end.local]);
        let listener = self.streams.listeners.get(&end.remote).copied();
        let listener = listener.filter(|(id, _)| self.nodes[id.0].up);
        let proved = match (&end.target, listener) {
            (Some(target), Some((id, _))) if transport == Transport::Tls => {
                self.streams.proves(id, target)
            }
            _ => true,
        };
        let (link, rng) = self.link_of(Some(node), listener.map(|(id, _)| id));
        let refused = link.refuses(rng);
        let answer = match listener {
            Some((_, known)) if !refused && known == transport && proved => Ok(()),
            Some((_, known)) if !refused && (known == transport || transport == Transport::Tls) => {
                Err(TransportError::NotSecured)
            }
            _ => Err(TransportError::Refused),
        };
        if let (Ok(()), Some((id, _))) = (answer, listener) {
            let mut end = End::new(id, Some(node), transport, ends, State::Open, self.now);
            if transport == Transport::Tls {
                end.identity = self.streams.certificates.get(&node).cloned();
            }
            self.streams.insert(other(number), end);
        }
        self.fly(back, Flight::News(News::Answered(number, answer)));
    }

    fn opened(&mut self, number: u64) {
        let certificates = &self.streams.certificates;
        let Some(end) = self.streams.ends.get_mut(&number) else { return };
        let State::Opening(waiting, _) = std::mem::replace(&mut end.state, State::Open) else {
            return;
        };
        if end.transport == Transport::Tls {
            end.identity = end.peer.and_then(|peer| certificates.get(&peer)).cloned();
        }
        let (node, local, flow) = (end.node, end.local, FlowId::Connection(number));
        let (tickets, messages): (Vec<Ticket>, Vec<Bytes>) = waiting.into_iter().unzip();
        end.queue.extend(messages);
        end.last = self.now;
        self.pump(number);
        for ticket in tickets {
            self.tell(node, FlowEvent::Opened { ticket, flow, local });
        }
    }

    /// Queues a message, and whether it was taken. Over the bound the connection is given up.
    fn write(&mut self, number: u64, ticket: Ticket, bytes: Bytes) -> bool {
        let Some(end) = self.streams.ends.get_mut(&number) else { return false };
        if end.queued() + bytes.len() > QUEUE {
            let node = end.node;
            self.fail(node, ticket, TransportError::QueueFull);
            self.abandon(number, TransportError::Reset);
            let (flow, reason) = (FlowId::Connection(number), TransportError::QueueFull);
            self.tell(node, FlowEvent::Closed { flow, reason });
            return false;
        }
        end.queue.push_back(bytes);
        if end.stalled.is_none() {
            self.pump(number);
        }
        true
    }

    /// Sends what is queued, up to the first that is lost on the way and has to be repeated.
    fn pump(&mut self, number: u64) {
        while let Some(end) = self.streams.ends.get(&number) {
            let (node, peer, stalled) = (end.node, end.peer, end.stalled);
            let Some(bytes) = end.queue.front().cloned() else { return };
            let (link, rng) = self.link_of(Some(node), peer);
            let time = link.segment(rng);
            let Some(time) = time else {
                return self.stall(number, stalled.unwrap_or((self.now, 0)));
            };
            let (link, rng) = self.link_of(Some(node), peer);
            let passage = link.faults.apply(bytes.clone());
            let broken = link.resets(rng);
            let there = self.streams.ends.contains_key(&other(number));
            let Some(end) = self.streams.ends.get_mut(&number) else { return };
            if broken {
                self.end(number, TransportError::Reset);
                return self.end(other(number), TransportError::Reset);
            }
            end.queue.pop_front();
            end.stalled = None;
            end.last = end.last.max(self.now + time);
            let (from, to, after) = (end.local, end.remote, end.last - self.now);
            match passage {
                Passage::Drop => self.note(from, to, bytes, Fate::Lost),
                Passage::Pass(bytes) => {
                    self.fly(after, Flight::News(News::Arrival(other(number), bytes.clone())));
                    let fate = if there { Fate::Delivered } else { Fate::NoListener };
                    self.note(from, to, bytes, fate);
                }
            }
        }
    }

    fn stall(&mut self, number: u64, (since, attempt): (std::time::Instant, u32)) {
        let left = (since + STALL).saturating_duration_since(self.now);
        if left.is_zero() {
            return self.end(number, TransportError::TimedOut);
        }
        if let Some(end) = self.streams.ends.get_mut(&number) {
            end.stalled = Some((since, attempt + 1));
        }
        self.fly(repeat_again(attempt).min(left), Flight::News(News::Repeat(number)));
    }

    fn arrived(&mut self, number: u64, bytes: &Bytes) {
        let flow = FlowId::Connection(number);
        let Some(end) = self.streams.ends.get_mut(&number) else {
            return self.inform(other(number), TransportError::Reset);
        };
        end.decoder.feed(bytes);
        let mut framed = true;
        while let Some(end) = self.streams.ends.get_mut(&number) {
            let bytes = match end.decoder.next() {
                Ok(Some(Frame::Message(bytes))) => bytes,
                Ok(Some(_)) => continue,
                Ok(None) => break,
                Err(_) => {
                    framed = false;
                    break;
                }
            };
            let received = Received {
                flow,
                transport: end.transport,
                local: end.local,
                remote: end.remote,
                identity: end.identity.clone(),
                bytes,
            };
            let node = &mut self.nodes[end.node.0];
            (node.dirty, node.heard) = (true, self.now);
            node.actor.input(self.now, received);
        }
        if !framed {
            self.inform(other(number), TransportError::Closed);
            self.end(number, TransportError::NotFramed);
        }
    }

    /// An end is gone, and its core hears of it.
    pub(super) fn end(&mut self, number: u64, reason: TransportError) {
        let Some(end) = self.remove(number) else { return };
        match end.state {
            State::Opening(waiting, _) => {
                for (ticket, _) in waiting {
                    self.fail(end.node, ticket, reason);
                }
            }
            State::Open => {
                let flow = FlowId::Connection(number);
                self.tell(end.node, FlowEvent::Closed { flow, reason });
            }
        }
    }

    /// An end is gone without a word to its own core; the other end hears of it.
    pub(super) fn abandon(&mut self, number: u64, reason: TransportError) {
        if self.remove(number).is_some() {
            self.inform(other(number), reason);
        }
    }

    /// Forgets an end. What waited on it is lost.
    fn remove(&mut self, number: u64) -> Option<End> {
        let mut end = self.streams.remove(number)?;
        self.broken.insert(end.local);
        for bytes in std::mem::take(&mut end.queue) {
            self.note(end.local, end.remote, bytes, Fate::Lost);
        }
        Some(end)
    }

    /// Has an end hear that the other one is gone: after the way, or by its own patience where
    /// nothing gets through.
    fn inform(&mut self, number: u64, reason: TransportError) {
        let Some(end) = self.streams.ends.get(&number) else { return };
        let (node, peer) = (end.node, end.peer);
        let (link, rng) = self.link_of(peer, Some(node));
        let (after, reason) = if link.partitioned {
            (STALL, TransportError::TimedOut)
        } else {
            (link.travel(rng), reason)
        };
        self.fly(after, Flight::News(News::Gone(number, reason)));
    }
}

#[cfg(test)]
mod tests;
