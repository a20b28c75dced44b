//! A Five9 and a Synthflow with our gateway between them.

use std::time::{Duration, SystemTime};

use siptrunk::bridge::{Bridge, Event, Settings};
use siptrunk::message::Transport;
use siptrunk::profiles::{Config, Listen, MediaPorts, Region, Route, Trunk};
use siptrunk::sim::five9::{self, Five9, Five9Config};
use siptrunk::sim::synthflow::{self, Synthflow, SynthflowConfig};
use siptrunk::sim::{Link, NoHost, NodeId, Over, World};
use siptrunk::transaction::Listener;
use siptrunk_tests::BridgeHost;
use siptrunk_tests::scene::{AGENT, FIVE9, GATEWAY, SYNTHFLOW, SYNTHFLOW_TLS, address};

/// The number of the campaign, and the trunk's main number.
pub(crate) const MAIN: &str = "+18005550100";
/// A number of the public network.
pub(crate) const PHONE: &str = "+14155550123";

pub(crate) const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

/// What the stage is set with: each a plain one, to be changed.
pub(crate) struct Set {
    pub(crate) transport: Transport,
    pub(crate) five9: Five9Config,
    pub(crate) synthflow: SynthflowConfig,
    /// The gateway's trunks to them.
    pub(crate) trunks: [Trunk; 2],
    /// The link between any two.
    pub(crate) link: Link,
    /// The number that leads from Five9 to Synthflow.
    pub(crate) number: &'static str,
}

impl Set {
    pub(crate) fn over(transport: Transport) -> Self {
        let tls = transport == Transport::Tls;
        let at = if tls { SYNTHFLOW_TLS } else { SYNTHFLOW[0] };
        let gateway = address(GATEWAY);
        let five9 = Five9Config::new(address(FIVE9[0]), address(FIVE9[1]), gateway);
        let synthflow = SynthflowConfig::new(address(at), address(SYNTHFLOW[1]));
        let trunks = [
            siptrunk::profiles::Five9::self_service(FIVE9[0]).number(MAIN),
            siptrunk::profiles::Synthflow::region(Region::Us).host(at).number(AGENT),
        ];
        Self {
            transport,
            five9,
            synthflow: synthflow.number(AGENT).termination(gateway),
            trunks: trunks.map(|trunk| trunk.transport(transport)),
            link: Link::default().delay(Duration::from_millis(10)),
            number: AGENT,
        }
    }

    pub(crate) fn five9(mut self, change: impl FnOnce(Five9Config) -> Five9Config) -> Self {
        self.five9 = change(self.five9);
        self
    }

    pub(crate) fn synthflow(
        mut self,
        change: impl FnOnce(SynthflowConfig) -> SynthflowConfig,
    ) -> Self {
        self.synthflow = change(self.synthflow);
        self
    }

    pub(crate) fn trunks(mut self, change: impl FnOnce([Trunk; 2]) -> [Trunk; 2]) -> Self {
        self.trunks = change(self.trunks);
        self
    }

    fn config(&self) -> Config {
        let mut listen = Listen::on(self.transport, GATEWAY);
        if self.transport == Transport::Tls {
            // Nothing reads it: certificates of simulated worlds are names.
            listen = listen.certificate_pem("chain", "key");
        }
        let [five9, synthflow] = self.trunks.clone();
        let out = Route::from(&synthflow.name).to(&five9.name);
        let back = Route::from(&five9.name).dialed(self.number).to(&synthflow.name);
        Config::default()
            .listen(listen)
            .media(MediaPorts::range("127.0.1.1", 20_000..=20_999))
            .trunk(five9)
            .trunk(synthflow)
            .route(back)
            .route(out)
    }

    /// Sets the stage, and plays for this long.
    pub(crate) fn play(self, seconds: u64) -> Stage {
        let mut stage = Stage::new(self);
        stage.run(seconds);
        stage
    }
}

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) five9: NodeId,
    pub(crate) gateway: NodeId,
    pub(crate) synthflow: NodeId,
    pub(crate) events: Vec<Event>,
}

impl Stage {
    fn new(set: Set) -> Self {
        let config = set.config();
        let mut world = World::new(1);
        world.link_default(set.link.clone());
        let over = match set.transport {
            Transport::Udp => Over::UDP,
            Transport::Tcp => Over::TCP,
            Transport::Tls => Over::tls("127.0.1.1"),
        };
        let local = address(GATEWAY);
        let (end, agent) = (set.five9.over(over.clone()), set.synthflow.over(over));
        let at = [end.sip, local, agent.sip];
        let addresses = vec![end.sip, end.rtp];
        let core = Five9::new(end, world.seed_for("five9"), world.now());
        let five9 = world.add("five9", addresses, core, NoHost);

        let listener = Listener { transport: set.transport, ..Listener::udp(local) };
        let (seed, now) = (world.seed_for("gateway"), world.now());
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let bridge = Bridge::new(&config, Settings::default(), vec![listener], &seed, now, wall)
            .unwrap_or_else(|findings| panic!("the configuration: {findings:#?}"));
        let host = BridgeHost::new(local.ip(), 20_000..=20_999);
        let gateway = world.add("gateway", vec![local], bridge, host);

        let addresses = vec![agent.sip, agent.rtp];
        let core = Synthflow::new(agent, world.seed_for("synthflow"), world.now());
        let synthflow = world.add("synthflow", addresses, core, NoHost);
        for (node, at) in [five9, gateway, synthflow].into_iter().zip(at) {
            if set.transport.is_reliable() {
                world.listen(node, set.transport, at);
                world.certify(node, &[&at.ip().to_string()]);
            }
        }
        Self { world, five9, gateway, synthflow, events: Vec::new() }
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        self.world.run_for(Duration::from_secs(seconds));
        self.events.extend(self.world.take_events::<Bridge>(self.gateway));
    }

    pub(crate) fn ladder(&self) -> String {
        self.world.trace().ladder().to_string()
    }

    /// The Five9's report of a call, in its order.
    pub(crate) fn call(&self, index: usize) -> five9::CallReport {
        let report = self.world.node::<Five9>(self.five9).report(index);
        report.unwrap_or_else(|| panic!("no call {index} at Five9\n{}", self.ladder()))
    }

    /// The Synthflow's report of a call, in its order.
    pub(crate) fn talk(&self, index: usize) -> synthflow::CallReport {
        let report = self.world.node::<Synthflow>(self.synthflow).report(index);
        report.unwrap_or_else(|| panic!("no call {index} at Synthflow\n{}", self.ladder()))
    }

    /// Everything is over, nothing is left, and the witness is content.
    pub(crate) fn assert_over(&mut self) {
        let live = self.world.live(self.gateway);
        assert!(live.is_empty(), "the gateway keeps {live}\n{}", self.ladder());
        assert_eq!(self.world.node::<Bridge>(self.gateway).panics(), 0);
        if let Err(violations) = self.world.finish() {
            panic!("the witness saw {violations:#?}\n{}", self.ladder());
        }
    }
}
