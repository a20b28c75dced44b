//! A simulated world with a Five9 end, the bridge as gateway, and a Synthflow end.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use siptrunk::bridge::{Bridge, Event, Settings};
use siptrunk::message::{Limits, Message, Transport};
use siptrunk::profiles::{Config, Generic, HandBackBy, Listen, MediaPorts, Region, Route, Trunk};
use siptrunk::sim::five9::{CallPlan, Five9, Five9Config};
use siptrunk::sim::synthflow::{Synthflow, SynthflowConfig};
use siptrunk::sim::{Link, NodeId, Over, World};
use siptrunk::transaction::Listener;

use crate::{BridgeHost, Grant};

/// The gateway's address.
pub const GATEWAY: &str = "127.0.1.1:5060";
/// The Five9 end's signalling and media addresses.
pub const FIVE9: [&str; 2] = ["127.0.2.1:5060", "127.0.2.1:30000"];
/// The Synthflow end's signalling and media addresses.
pub const SYNTHFLOW: [&str; 2] = ["127.0.3.1:32681", "127.0.3.1:40000"];
/// Its signalling address over TLS, which has a port of its own.
pub const SYNTHFLOW_TLS: &str = "127.0.3.1:32682";
/// The number that leads to the agent.
pub const AGENT: &str = "+12065551234";
/// The number of the caller.
pub const CALLER: &str = "+18005550199";

/// What a scene is made of.
pub struct Plan {
    /// The seed of everything.
    pub seed: u64,
    /// The calls of Five9.
    pub calls: Vec<CallPlan>,
    /// The Synthflow end.
    pub synthflow: SynthflowConfig,
    /// What both trunks go over, as the configuration has it.
    pub transport: Transport,
    /// The gateway's configuration.
    pub config: Config,
    /// The gateway's times and limits.
    pub settings: Settings,
    /// How the gateway's host answers for media ports.
    pub grant: Grant,
    /// How long the gateway's host takes to look up a name; `None`: for ever.
    pub lookup: Option<Duration>,
    /// The names that the gateway's host knows.
    pub names: Vec<(&'static str, SocketAddr)>,
    /// The gateway's media ports.
    pub ports: std::ops::RangeInclusive<u16>,
    /// What every link does.
    pub link: Link,
}

/// An address written in a test.
///
/// # Panics
/// If it is none.
pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address written by hand")
}

impl Default for Plan {
    fn default() -> Self {
        let [sip, rtp] = SYNTHFLOW.map(address);
        Self {
            seed: 1,
            calls: vec![CallPlan::new(AGENT, CALLER)],
            synthflow: SynthflowConfig::new(sip, rtp).number(AGENT),
            transport: Transport::Udp,
            config: config(),
            settings: Settings::default(),
            grant: Grant::Now,
            lookup: Some(Duration::ZERO),
            names: Vec::new(),
            ports: 20_000..=20_999,
            link: Link::default(),
        }
    }
}

impl Plan {
    /// The usual plan with both trunks over this transport.
    pub fn over(transport: Transport) -> Self {
        let mut plan = Self { transport, config: config_over(transport), ..Self::default() };
        if transport == Transport::Tls {
            plan.synthflow.sip = address(SYNTHFLOW_TLS);
        }
        plan
    }

    /// The Synthflow end over the plan's transport.
    pub fn agent(&self) -> SynthflowConfig {
        self.synthflow.clone().over(over(self.transport))
    }
}

/// The self-service trunk of these scenes.
pub fn five9() -> Trunk {
    siptrunk::profiles::Five9::self_service(FIVE9[0])
        .number("+18005550100")
        .hand_back(HandBackBy::Bye)
}

/// The Synthflow trunk of these scenes.
pub fn synthflow() -> Trunk {
    siptrunk::profiles::Synthflow::region(Region::Us).host(SYNTHFLOW[0]).number(AGENT)
}

/// The same over another transport.
fn synthflow_over(transport: Transport) -> Trunk {
    if transport == Transport::Tls {
        let tls = siptrunk::profiles::Synthflow::region(Region::Us).host(SYNTHFLOW_TLS);
        tls.number(AGENT).transport(transport)
    } else {
        synthflow().transport(transport)
    }
}

/// Five9 and Synthflow, joined both ways.
pub fn config() -> Config {
    config_over(Transport::Udp)
}

fn config_over(transport: Transport) -> Config {
    let mut listen = Listen::on(transport, GATEWAY);
    if transport == Transport::Tls {
        // Nothing reads it: certificates of simulated worlds are names.
        listen = listen.certificate_pem("chain", "key");
    }
    Config::default()
        .listen(listen)
        .media(MediaPorts::range("127.0.1.1", 20_000..=20_999))
        .trunk(five9().transport(transport))
        .trunk(synthflow_over(transport))
        .route(Route::from("five9").dialed(AGENT).to("synthflow"))
        .route(Route::from("synthflow").to("five9"))
}

/// A carrier without a profile, for scenes that need a third trunk.
pub fn carrier(name: &str, host: &str, number: &str) -> Trunk {
    Generic::trunk(name, host).number(number)
}

/// The nodes of a [`Plan`] in a world.
#[derive(Debug, Clone, Copy)]
pub struct Nodes {
    /// The Five9 end.
    pub five9: NodeId,
    /// The bridge.
    pub gateway: NodeId,
    /// The Synthflow end.
    pub synthflow: NodeId,
}

impl Nodes {
    /// Adds them; nothing has happened yet.
    ///
    /// # Panics
    /// If the plan's configuration has a finding that forbids a start.
    pub fn add(world: &mut World, plan: Plan) -> Self {
        let end = plan.agent();
        world.link_default(plan.link);
        let [sip, rtp] = FIVE9.map(address);
        let mut config = Five9Config::new(sip, rtp, address(GATEWAY));
        config.timers = plan.synthflow.timers;
        config.calls = plan.calls;
        config.over = over(plan.transport);
        let now = world.now();
        let caller = Five9::new(config, world.seed_for("five9"), now);
        let five9 = world.add("five9", vec![sip, rtp], caller, siptrunk::sim::NoHost);

        let local = address(GATEWAY);
        let listener = Listener { transport: plan.transport, ..Listener::udp(local) };
        let seed = world.seed_for("gateway");
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let bridge = Bridge::new(&plan.config, plan.settings, vec![listener], &seed, now, wall)
            .unwrap_or_else(|findings| panic!("the scene's configuration: {findings:?}"));
        let mut host = BridgeHost::new(local.ip(), plan.ports).grant(plan.grant);
        host.lookup = plan.lookup;
        for (name, address) in plan.names {
            host = host.name(name, vec![address]);
        }
        let gateway = world.add("gateway", vec![local], bridge, host);

        let agent = plan.synthflow.sip;
        let addresses = vec![agent, plan.synthflow.rtp];
        let end = Synthflow::new(end, world.seed_for("synthflow"), world.now());
        let synthflow = world.add("synthflow", addresses, end, siptrunk::sim::NoHost);
        for (id, at) in [(five9, sip), (gateway, local), (synthflow, agent)] {
            if plan.transport.is_reliable() {
                world.listen(id, plan.transport, at);
                world.certify(id, &[&at.ip().to_string()]);
            }
        }
        Self { five9, gateway, synthflow }
    }
}

/// What a scripted end speaks over; over TLS the gateway must name its address.
fn over(transport: Transport) -> Over {
    match transport {
        Transport::Udp => Over::UDP,
        Transport::Tcp => Over::TCP,
        Transport::Tls => Over::tls(&address(GATEWAY).ip().to_string()),
    }
}

/// A world that runs a [`Plan`].
pub struct Scene {
    /// The world.
    pub world: World,
    /// The Five9 end.
    pub five9: NodeId,
    /// The bridge.
    pub gateway: NodeId,
    /// The Synthflow end.
    pub synthflow: NodeId,
    /// What the gateway told, so far.
    pub events: Vec<Event>,
}

impl Scene {
    /// Sets the scene; nothing has happened yet.
    ///
    /// # Panics
    /// If the plan's configuration has a finding that forbids a start.
    pub fn new(plan: Plan) -> Self {
        let mut world = World::new(plan.seed);
        let Nodes { five9, gateway, synthflow } = Nodes::add(&mut world, plan);
        Self { world, five9, gateway, synthflow, events: Vec::new() }
    }

    /// Lets time pass and gathers what the gateway told.
    pub fn run_for(&mut self, span: Duration) {
        self.world.run_for(span);
        self.events.extend(self.world.take_events::<Bridge>(self.gateway));
    }

    /// The bridge.
    pub fn bridge(&self) -> &Bridge {
        self.world.node::<Bridge>(self.gateway)
    }

    /// The records of calls that ended.
    pub fn ended(&self) -> Vec<&siptrunk::bridge::CallRecord> {
        let mut ended = Vec::new();
        for event in &self.events {
            if let Event::Ended { record } = event {
                ended.push(&**record);
            }
        }
        ended
    }

    /// The records of INVITEs that were refused.
    pub fn refused(&self) -> Vec<&siptrunk::bridge::CallRecord> {
        let mut refused = Vec::new();
        for event in &self.events {
            if let Event::Refused { record } = event {
                refused.push(&**record);
            }
        }
        refused
    }

    /// The Five9 end's report of its call of this number, in the order of the plan.
    ///
    /// # Panics
    /// If there is no such call.
    pub fn caller(&self, call: usize) -> siptrunk::sim::five9::CallReport {
        self.world.node::<Five9>(self.five9).report(call).expect("a call of the plan")
    }

    /// The Synthflow end's reports, in the order of arrival.
    pub fn agents(&self) -> Vec<siptrunk::sim::synthflow::CallReport> {
        self.world.node::<Synthflow>(self.synthflow).reports()
    }

    /// What passed between everybody so far, to print.
    pub fn ladder(&self) -> String {
        self.world.trace().ladder().to_string()
    }

    /// A call of the plan was carried, heard by both sides and handed back, whatever became of others.
    ///
    /// # Panics
    /// If it was not.
    pub fn assert_carried(&self, call: usize) {
        let report = self.caller(call);
        assert!(report.answered(), "call {call}: {report}\n{}", self.ladder());
        assert!(report.audio.exact(), "call {call}: {report}\n{}", self.ladder());
        assert_eq!(report.hand_back().count(), 4, "call {call}: {report}\n{}", self.ladder());
    }

    /// The messages that the gateway sent to an address.
    pub fn sent_to(&self, to: SocketAddr) -> Vec<Message> {
        let gateway = address(GATEWAY);
        let entries =
            self.world.trace().sip().filter(|entry| entry.from == gateway && entry.to == to);
        entries
            .filter_map(|entry| Message::parse(entry.bytes.clone(), &Limits::default()).ok())
            .collect()
    }

    /// Nothing is left of any call: no object in the gateway, no port, no fault on the wire.
    ///
    /// # Panics
    /// If something is left, with the ladder of what happened.
    pub fn assert_clean(&mut self) {
        let live = self.world.live(self.gateway);
        let sessions = self.world.host_mut::<BridgeHost>(self.gateway).media().sessions();
        let ladder = self.world.trace().ladder().to_string();
        assert!(live.is_empty(), "the gateway keeps {live}\n{ladder}");
        assert_eq!(sessions, 0, "media sessions are left\n{ladder}");
        assert_eq!(self.bridge().panics(), 0, "a step panicked\n{ladder}");
        if let Err(violations) = self.world.finish() {
            panic!("the witness saw {violations:#?}\n{ladder}");
        }
    }
}
