//! Calls with Kamailio between the gateway and Synthflow: it stays on the path by Record-Route, and what
//! is sent in a dialog has to come through it again, over the transport that its Route names.

use std::net::SocketAddr;

use siptrunk::message::Transport::{self, Tcp, Tls, Udp};

use crate::authority::certify;
use crate::capture::Capture;
use crate::gateway::{Gateway, Setup};
use crate::kamailio::{Kamailio, Passed};
use crate::scenarios::{AGENT, Call, PERSON, Scenario, converse, same_headers};
use crate::sipp::{Part, Proxy};
use crate::stage::{SECURED, Stage, free_port};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "kamailio-udp", play: over_udp },
    Scenario { name: "kamailio-tcp", play: over_tcp },
    Scenario { name: "kamailio-tls", play: over_tls },
    Scenario { name: "kamailio-tcp-closes", play: closed_over_tcp },
    Scenario { name: "kamailio-tls-closes", play: closed_over_tls },
    Scenario { name: "kamailio-tls-names", play: other_names },
];

/// What Kamailio's certificate names, and the gateway asks for.
const PROXY_NAME: &str = "proxy.interop.example";
/// The names of the gateway and of Kamailio.
const NAMES: [&str; 2] = [GATEWAY_NAME, PROXY_NAME];
/// What the gateway's certificate names, and Kamailio asks for.
pub(crate) const GATEWAY_NAME: &str = "gateway.interop.example";

fn over_udp(stage: &Stage<'_>) -> Result<String, String> {
    next_hop(stage, Udp)
}

fn over_tcp(stage: &Stage<'_>) -> Result<String, String> {
    next_hop(stage, Tcp)
}

fn over_tls(stage: &Stage<'_>) -> Result<String, String> {
    next_hop(stage, Tls)
}

fn closed_over_tcp(stage: &Stage<'_>) -> Result<String, String> {
    closed(stage, Tcp)
}

fn closed_over_tls(stage: &Stage<'_>) -> Result<String, String> {
    closed(stage, Tls)
}

/// Calls both ways, each ended from both ends, and a re-INVITE through the proxy.
fn next_hop(stage: &Stage<'_>, transport: Transport) -> Result<String, String> {
    let scene = Scene::set(stage, transport, NAMES, false)?;
    scene.to_synthflow("caller-hangs-up.xml", "callee-takes.xml")?;
    let reinvited = scene.to_synthflow("caller-waits.xml", "callee-reinvites.xml")?;
    same_headers(&reinvited.callee.sent("BYE")?.custom_headers(), &reinvited.caller, "BYE", 2)?;
    scene.to_five9("caller-hangs-up.xml", "callee-takes.xml")?;
    scene.to_five9("caller-waits.xml", "callee-hangs-up.xml")?;
    // Two calls that the gateway placed, and one BYE in those and one in a call that it took.
    let messages = scene.strike(["INVITE", "ACK", "BYE"].map(|method| (method, 2)))?;
    Ok(format!("four calls, {messages}"))
}

/// Calls both ways during which Kamailio closes the connection: the gateway has to open one for its BYE.
fn closed(stage: &Stage<'_>, transport: Transport) -> Result<String, String> {
    let scene = Scene::set(stage, transport, NAMES, true)?;
    let capture = Capture::start(scene.proxy.gateway, stage.folder())?;
    scene.to_synthflow("caller-hangs-up.xml", "callee-takes.xml")?;
    scene.to_five9("caller-waits.xml", "callee-hangs-up.xml")?;
    let proxy = scene.next_hop();
    let messages = scene.strike([("INVITE", 1), ("ACK", 1), ("BYE", 2)])?;
    // One for the INVITE and one for the BYE of the first call, which the BYE of the second goes over.
    match capture.stop()?.connections_to(proxy)? {
        2 => Ok(format!("two calls whose connections Kamailio closed, {messages}")),
        other => Err(format!("{other} connections to Kamailio, not 2")),
    }
}

/// A certificate of the right authority with another name is nobody's: the gateway does not dial a
/// Kamailio that shows one, and Kamailio complains of a gateway that does.
fn other_names(stage: &Stage<'_>) -> Result<String, String> {
    const OTHER: &str = "other.interop.example";
    let scene = Scene::set(stage, Tls, [GATEWAY_NAME, OTHER], false)?;
    let caller =
        Part::caller("caller-refused-503.xml", stage.five9, AGENT).start(stage)?.finish()?;
    scene.gateway.stop_idle()?;
    let refused = match scene.kamailio.finish() {
        Err(problem) if problem.contains("alert bad certificate") => caller.ladder(),
        Err(problem) => return Err(problem),
        Ok(_) => {
            return Err("Kamailio heard no alert of a gateway that should refuse it".to_owned());
        }
    };
    let scene = Scene::set(stage, Tls, [OTHER, PROXY_NAME], false)?;
    scene.to_synthflow("caller-hangs-up.xml", "callee-takes.xml")?;
    match scene.strike([]) {
        Err(problem) if problem.contains("COMPLAINT") => {
            Ok(format!("another Kamailio: {refused}; another gateway: complaints"))
        }
        Err(problem) => Err(problem),
        Ok(_) => Err("Kamailio did not complain of a gateway with another name".to_owned()),
    }
}

/// The gateway and Kamailio, running.
struct Scene<'a> {
    stage: &'a Stage<'a>,
    gateway: Gateway,
    kamailio: Kamailio,
    proxy: Proxy,
}

impl<'a> Scene<'a> {
    /// Starts both, with certificates for the names of the gateway and of Kamailio.
    fn set(
        stage: &'a Stage<'a>,
        transport: Transport,
        [gateway, proxy]: [&str; 2],
        closes: bool,
    ) -> Result<Self, String> {
        certify(stage, &[("gateway", gateway), ("kamailio", proxy)])?;
        let secured = free_port(SECURED)?;
        let reached = if transport == Tls { secured } else { stage.ground.address };
        let (kamailio, proxy) = Kamailio::start(stage, transport, reached, closes)?;
        let (next_hop, trust) = match transport {
            Tls => {
                let trust =
                    format!("tls_ca = \"@FOLDER@/authority.pem\"\ntls_name = \"{PROXY_NAME}\"");
                (kamailio.secured, trust)
            }
            Udp | Tcp => (kamailio.at, String::new()),
        };
        let setup = Setup {
            file: "next-hop.toml",
            transports: [Udp, transport],
            more: vec![
                ("@GATEWAY-TLS@", secured.to_string()),
                ("@NEXT-HOP@", next_hop.to_string()),
                ("@TRUST@", trust),
            ],
            ..Setup::default()
        };
        let gateway = Gateway::start(stage, &setup)?;
        Ok(Self { stage, gateway, kamailio, proxy })
    }

    /// Where the gateway sends what goes to Synthflow.
    fn next_hop(&self) -> SocketAddr {
        match self.proxy.transport {
            Tls => self.kamailio.secured,
            Udp | Tcp => self.kamailio.at,
        }
    }

    fn synthflow<'f>(&self, part: Part<'f>) -> Part<'f> {
        Part { behind: Some(self.proxy), ..part }
    }

    /// A call of Five9 through gateway and proxy.
    fn to_synthflow(&self, caller: &str, callee: &str) -> Result<Call, String> {
        let caller = Part::caller(caller, self.stage.five9, AGENT);
        let callee = self.synthflow(Part::callee(callee, self.stage.synthflow));
        converse(self.stage, &caller, &callee)
    }

    /// A call of Synthflow through proxy and gateway.
    fn to_five9(&self, caller: &str, callee: &str) -> Result<Call, String> {
        let caller = self.synthflow(Part::caller(caller, self.stage.synthflow, PERSON));
        let callee = Part::callee(callee, self.stage.five9);
        converse(self.stage, &caller, &callee)
    }

    /// Stops both. Kamailio has to have seen so many requests of each kind of the gateway, all that it sent
    /// over the one transport, and must have no complaint: of a request in a dialog without its Route,
    /// or of a peer that is not the gateway.
    fn strike<const N: usize>(self, expected: [(&str, usize); N]) -> Result<String, String> {
        self.gateway.stop_idle()?;
        let seen = self.kamailio.finish()?;
        let sent: Vec<&Passed> = seen.from(self.proxy.gateway).collect();
        for (method, times) in expected {
            let count = sent.iter().filter(|one| one.what == method).count();
            if count != times {
                return Err(format!("Kamailio saw {count} {method} of the gateway, not {times}"));
            }
        }
        let transport = self.proxy.transport.param();
        if let Some(one) = sent.iter().find(|one| one.transport != transport) {
            return Err(format!("{} came over {}, not {transport}", one.what, one.transport));
        }
        let kinds: Vec<&str> = sent.iter().map(|one| one.what.as_str()).collect();
        Ok(format!("Kamailio saw {} over {transport} and had no complaint", kinds.join(" ")))
    }
}
