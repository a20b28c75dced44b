//! A Five9 and a Synthflow that are each other's trunk.

use std::{net::SocketAddr, time::Duration};

use siptrunk_message::Transport;
use siptrunk_sim::{
    Link, NoHost, NodeId, Over, World,
    five9::{self, Five9, Five9Config},
    synthflow::{self, Synthflow, SynthflowConfig},
};

pub(crate) const AGENT: &str = "+12065551234";
pub(crate) const CALLER: &str = "+14155550123";
pub(crate) const MAIN: &str = "+18005550100";

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

const ENDS: [&str; 4] = ["127.0.2.1:5060", "127.0.2.1:4000", "127.0.3.1:32681", "127.0.3.1:4000"];

/// A Five9 whose gateway is the Synthflow.
pub(crate) fn five9() -> Five9Config {
    let [sip, rtp, gateway, _] = ENDS.map(address);
    Five9Config::new(sip, rtp, gateway)
}

/// A Synthflow whose termination URI is the Five9.
pub(crate) fn synthflow() -> SynthflowConfig {
    let [five9, _, sip, rtp] = ENDS.map(address);
    SynthflowConfig::new(sip, rtp).number(AGENT).termination(five9)
}

/// The address of the Five9.
pub(crate) fn five9_address() -> SocketAddr {
    address(ENDS[0])
}

/// The address of the Synthflow.
pub(crate) fn synthflow_address() -> SocketAddr {
    address(ENDS[2])
}

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) five9: NodeId,
    pub(crate) synthflow: NodeId,
}

impl Scene {
    pub(crate) fn new(five9: Five9Config, synthflow: SynthflowConfig) -> Self {
        Self::seeded(1, five9, synthflow)
    }

    pub(crate) fn seeded(seed: u64, five9: Five9Config, synthflow: SynthflowConfig) -> Self {
        let mut world = World::new(seed);
        let link = Link::default().delay(Duration::from_millis(10));
        world.link_default(link);
        let transport = five9.over.transport();
        let (at, to) = (vec![five9.sip, five9.rtp], vec![synthflow.sip, synthflow.rtp]);
        let core = Five9::new(five9, world.seed_for("five9"), world.now());
        let five9 = world.add("five9", at.clone(), core, NoHost);
        let core = Synthflow::new(synthflow, world.seed_for("synthflow"), world.now());
        let synthflow = world.add("synthflow", to.clone(), core, NoHost);
        for (node, at) in [(five9, at[0]), (synthflow, to[0])] {
            if transport.is_reliable() {
                world.listen(node, transport, at);
                world.certify(node, &[&at.ip().to_string()]);
            }
        }
        Self { world, five9, synthflow }
    }

    /// The same over another transport.
    pub(crate) fn over(
        transport: Transport,
        five9: Five9Config,
        synthflow: SynthflowConfig,
    ) -> Self {
        let over = |peer: SocketAddr| match transport {
            Transport::Udp => Over::UDP,
            Transport::Tcp => Over::TCP,
            Transport::Tls => Over::tls(&peer.ip().to_string()),
        };
        let (a, b) = (five9.sip, synthflow.sip);
        Self::new(five9.over(over(b)), synthflow.over(over(a)))
    }

    /// Runs until nothing more happens; refreshes of registrations never end.
    pub(crate) fn rested(mut self) -> Self {
        assert!(self.world.run_to_rest(Duration::from_secs(600)), "still busy");
        self.clean();
        self
    }

    pub(crate) fn run(mut self, seconds: u64) -> Self {
        self.world.run_for(Duration::from_secs(seconds));
        self
    }

    /// Nothing is left of any call, and the witness is content.
    pub(crate) fn clean(&mut self) {
        for node in [self.five9, self.synthflow] {
            let live = self.world.live(node);
            assert!(live.is_empty(), "left behind: {live}\n{}", self.ladder());
        }
        if let Err(violations) = self.world.finish() {
            panic!("{violations:#?}\n{}", self.ladder());
        }
    }

    pub(crate) fn ladder(&self) -> String {
        self.world.trace().ladder().to_string()
    }

    pub(crate) fn end(&self) -> &Five9 {
        self.world.node(self.five9)
    }

    pub(crate) fn agent(&self) -> &Synthflow {
        self.world.node(self.synthflow)
    }

    /// The Five9's report of a call.
    pub(crate) fn call(&self, index: usize) -> five9::CallReport {
        let report = self.end().report(index);
        report.unwrap_or_else(|| panic!("no call {index}\n{}", self.ladder()))
    }

    /// The Synthflow's report of a call.
    pub(crate) fn talk(&self, index: usize) -> synthflow::CallReport {
        let report = self.agent().report(index);
        report.unwrap_or_else(|| panic!("no call {index}\n{}", self.ladder()))
    }
}
