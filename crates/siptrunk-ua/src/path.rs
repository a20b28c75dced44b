//! The way to a dialog's peer: its next hop is resolved once and kept; what is to be sent before
//! that waits.

use std::{net::SocketAddr, time::Instant};

use siptrunk_message::{Transport, Uri};
use siptrunk_transaction::{FlowId, QuestionId, Target, To};

use crate::{
    Answer,
    context::Context,
    owner::Owner,
    target::{Domains, Located, locate},
};

/// Where requests inside a dialog go.
#[derive(Debug)]
pub(crate) struct Path {
    hop: Hop,
    /// The flow that the dialog was made over.
    flow: FlowId,
    /// Who was at its other end.
    remote: SocketAddr,
    /// Whether the flow is the only way, whatever Contact and Route say.
    pinned: bool,
    /// Whether the flow was a connection that has closed.
    closed: bool,
    /// Whom the peer has to prove to be when a new connection has to be opened.
    domains: Domains,
}

#[derive(Debug)]
enum Hop {
    Unknown,
    Asking { question: QuestionId, deadline: Instant },
    Known(To),
}

impl Path {
    pub(crate) fn new(flow: FlowId, remote: SocketAddr, pinned: bool, domains: Domains) -> Self {
        Self { hop: Hop::Unknown, flow, remote, pinned, closed: false, domains }
    }

    /// Where a request goes whose next hop is this URI; `None` while the world is asked.
    pub(crate) fn find(
        &mut self,
        now: Instant,
        cx: &mut Context,
        owner: Owner,
        next_hop: &Uri<'_>,
    ) -> Option<To> {
        match &self.hop {
            Hop::Known(to) => return Some(to.clone()),
            Hop::Asking { .. } => return None,
            Hop::Unknown => {}
        }
        let to = match locate(next_hop) {
            _ if self.pinned => To::Flow(self.flow),
            Located::Target(target) => self.keep_to_flow(self.named(target)),
            Located::Nowhere => To::Flow(self.flow),
            Located::Name(lookup) => {
                let question = cx.ask(owner, lookup);
                let deadline = now + cx.config.resolve_timeout;
                self.hop = Hop::Asking { question, deadline };
                return None;
            }
        };
        self.hop = Hop::Known(to.clone());
        Some(to)
    }

    /// Takes the world's answer; where it has none, the way that the dialog came is the best
    /// guess. `true` if this was waited for.
    pub(crate) fn answered(&mut self, id: QuestionId, answer: Answer) -> bool {
        if !matches!(self.hop, Hop::Asking { question, .. } if question == id) {
            return false;
        }
        let targets = match answer {
            Answer::Targets(targets) => targets,
            Answer::Unresolved => Vec::new(),
        };
        // The peer that we talk to already is the best of several addresses.
        let same = targets.iter().find(|target| target.address.ip() == self.remote.ip());
        let to = match same.or_else(|| targets.first()) {
            Some(target) => self.keep_to_flow(target.clone()),
            None => To::Flow(self.flow),
        };
        self.hop = Hop::Known(to);
        true
    }

    /// Whether the flow is the only way, whatever Contact and Route say.
    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// Gives up waiting for an answer that is overdue.
    pub(crate) fn handle_timeout(&mut self, now: Instant, cx: &mut Context) -> bool {
        match self.hop {
            Hop::Asking { question, deadline } if deadline <= now => {
                cx.withdraw(question);
                self.answered(question, Answer::Unresolved)
            }
            _ => false,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.hop {
            Hop::Asking { deadline, .. } => Some(deadline),
            Hop::Unknown | Hop::Known(_) => None,
        }
    }

    /// Forgets the next hop: the remote target moved.
    pub(crate) fn forget(&mut self, cx: &mut Context) {
        self.close(cx);
        self.hop = Hop::Unknown;
    }

    /// Forgets a connection that is closed.
    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        if matches!(&self.hop, Hop::Known(To::Flow(known)) if *known == flow) {
            self.hop = Hop::Unknown;
        }
        if self.flow == flow {
            // Only an address can lead there again.
            self.pinned = false;
            self.closed = true;
        }
    }

    /// Nothing more is to be sent.
    pub(crate) fn close(&mut self, cx: &mut Context) {
        if let Hop::Asking { question, .. } = self.hop {
            cx.withdraw(question);
        }
    }

    /// The target of a URI that has an address for a host: if that is an address of the peer's, its
    /// certificate is to name what it named before, not the address, which it hardly ever names.
    fn named(&self, mut target: Target) -> Target {
        if let Some(domain) = &mut target.domain
            && let Some(known) = self.domains.of(target.address.ip())
        {
            *domain = known.clone();
        }
        target
    }

    /// The same socket, or the same connection, as long as it leads to the target: the peer knows
    /// us by it.
    fn keep_to_flow(&self, target: Target) -> To {
        match self.flow {
            FlowId::Datagram { listener, local, .. }
                if target.transport == Transport::Udp
                    && target.address.is_ipv4() == local.is_ipv4() =>
            {
                To::Flow(FlowId::Datagram { listener, local, peer: target.address })
            }
            FlowId::Connection(_) if !self.closed && target.address.ip() == self.remote.ip() => {
                To::Flow(self.flow)
            }
            _ => To::Target(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use siptrunk_transaction::{Domain, Listener, PeerIdentity, Seed};

    use super::*;
    use crate::{Config, Destination, SessionId, target::Search};

    const OWNER: Owner = Owner::Session(SessionId(1));

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn context() -> Context {
        let mut config = Config::default();
        config.transaction.listeners.push(Listener::udp(address("127.0.1.1:5060")));
        Context::new(config, &Seed([0; 32]))
    }

    fn find(path: &mut Path, cx: &mut Context, uri: &str) -> Option<To> {
        path.find(Instant::now(), cx, OWNER, &uri.parse::<Uri<'static>>().unwrap())
    }

    fn datagram(peer: &str) -> FlowId {
        FlowId::Datagram { listener: 3, local: address("127.0.1.1:0").ip(), peer: address(peer) }
    }

    #[test]
    fn a_dialog_over_udp_stays_on_its_socket() {
        let mut cx = context();
        let mut path = Path::new(
            datagram("127.0.2.1:5060"),
            address("127.0.2.1:5060"),
            false,
            Domains::default(),
        );
        let to = find(&mut path, &mut cx, "sip:b@127.0.2.7:5070");
        assert_eq!(to, Some(To::Flow(datagram("127.0.2.7:5070"))));
        // Kept, whatever is asked for next, until the target moves.
        assert_eq!(find(&mut path, &mut cx, "sip:b@127.0.2.8"), to);
        path.forget(&mut cx);
        let to = find(&mut path, &mut cx, "sip:b@127.0.2.8");
        assert_eq!(to, Some(To::Flow(datagram("127.0.2.8:5060"))));
    }

    #[test]
    fn a_dialog_over_a_connection_stays_on_it_while_it_leads_there() {
        let mut cx = context();
        let flow = FlowId::Connection(9);
        let remote = address("127.0.2.1:40000");
        let mut path = Path::new(flow, remote, false, Domains::default());
        let same = "sip:b@127.0.2.1:5060;transport=tcp";
        assert_eq!(find(&mut path, &mut cx, same), Some(To::Flow(flow)));
        let mut path = Path::new(flow, remote, false, Domains::default());
        let Some(To::Target(target)) = find(&mut path, &mut cx, "sip:b@127.0.2.2;transport=tcp")
        else {
            panic!("another host is another connection")
        };
        assert_eq!(target.address, address("127.0.2.2:5060"));
        assert_eq!(target.transport, Transport::Tcp);
    }

    #[test]
    fn a_closed_connection_is_not_used_again_whether_it_was_the_only_way_or_not() {
        let mut cx = context();
        let flow = FlowId::Connection(9);
        for pinned in [false, true] {
            let mut path = Path::new(flow, address("127.0.2.1:40000"), pinned, Domains::default());
            let contact = "sip:b@127.0.2.1:5060;transport=tcp";
            assert_eq!(find(&mut path, &mut cx, contact), Some(To::Flow(flow)));
            path.handle_closed(FlowId::Connection(8));
            assert_eq!(find(&mut path, &mut cx, contact), Some(To::Flow(flow)));
            path.handle_closed(flow);
            let Some(To::Target(target)) = find(&mut path, &mut cx, contact) else {
                panic!("the connection is gone, pinned: {pinned}")
            };
            assert_eq!(target.address, address("127.0.2.1:5060"));
        }
    }

    #[test]
    fn of_several_addresses_the_peer_that_we_talk_to_is_taken() {
        let mut cx = context();
        let mut path = Path::new(
            datagram("127.0.2.2:5060"),
            address("127.0.2.2:5060"),
            false,
            Domains::default(),
        );
        assert_eq!(find(&mut path, &mut cx, "sip:b@pbx.example"), None);
        let (question, _) = cx.poll_question().unwrap();
        assert_eq!(find(&mut path, &mut cx, "sip:b@pbx.example"), None, "asked once");
        assert!(cx.poll_question().is_none());
        let targets = ["127.0.2.1:5060", "127.0.2.2:5070"].map(|at| Target::udp(address(at)));
        assert!(path.answered(question, Answer::Targets(targets.to_vec())));
        assert!(!path.answered(question, Answer::Unresolved), "once");
        let to = find(&mut path, &mut cx, "sip:b@pbx.example");
        assert_eq!(to, Some(To::Flow(datagram("127.0.2.2:5070"))));
    }

    // RFC 5922 7.3: what is compared is where the call was sent to, not what a Contact says.
    #[test]
    fn a_new_connection_to_the_peer_verifies_what_the_first_one_did() {
        let mut cx = context();
        let flow = FlowId::Connection(9);
        let remote = address("127.0.2.1:5061");
        let identity = PeerIdentity::new(["*.wild.example", "gw.example"].map(str::to_owned));
        let of_target = {
            let target = Target {
                transport: Transport::Tls,
                address: remote,
                domain: Some(Domain::new("trunk.example")),
            };
            let destination = Destination::Targets(vec![target]);
            Search::begin(Instant::now(), &mut cx, OWNER, destination).domains()
        };
        let domain = |path: &mut Path, cx: &mut Context, uri: &str| match find(path, cx, uri) {
            Some(To::Target(target)) => target.domain.map(|domain| domain.to_string()),
            other => panic!("{other:?}"),
        };
        for (domains, proven) in [
            (of_target.clone().or_proven(remote, Some(&identity)), "trunk.example"),
            (Domains::default().or_proven(remote, Some(&identity)), "gw.example"),
            (Domains::default().or_proven(remote, None), "127.0.2.1"),
        ] {
            let mut path = Path::new(flow, remote, false, domains);
            path.handle_closed(flow);
            let contact = "sip:b@127.0.2.1:5061;transport=tls";
            assert_eq!(domain(&mut path, &mut cx, contact).unwrap(), proven);
            path.forget(&mut cx);
            // Another address proves itself, and without TLS there is nothing to prove.
            let other = domain(&mut path, &mut cx, "sip:b@127.0.2.9;transport=tls");
            assert_eq!(other.unwrap(), "127.0.2.9");
            path.forget(&mut cx);
            let plain = domain(&mut path, &mut cx, "sip:b@127.0.2.1;transport=tcp");
            assert_eq!(plain, None);
        }
    }
}
