//! Calls over TCP, and between TCP and UDP.

use siptrunk::message::Transport::{self, Tcp, Udp};

use crate::capture::Capture;
use crate::gateway::{Gateway, Setup};
use crate::scenarios::{AGENT, Call, PERSON, Scenario, carried, converse, play, verified};
use crate::sipp::Part;
use crate::stage::{FIVE9, Stage};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "tcp-hand-back", play: hand_back },
    Scenario { name: "tcp-cancel", play: cancel },
    Scenario { name: "tcp-busy", play: busy },
    Scenario { name: "tcp-digest-401", play: digest_401 },
    Scenario { name: "udp-to-tcp", play: udp_to_tcp },
    Scenario { name: "tcp-to-udp", play: tcp_to_udp },
    Scenario { name: "tcp-calls-share", play: calls_share },
    Scenario { name: "tcp-connection-each", play: connection_each },
    Scenario { name: "tcp-reconnect", play: reconnect },
];

/// A gateway that reaches Five9 and Synthflow so.
fn reaching(five9: Transport, synthflow: Transport) -> Setup {
    Setup { transports: [five9, synthflow], ..Setup::default() }
}

/// A call of Five9 to Synthflow over these transports.
fn call(
    stage: &Stage<'_>,
    [five9, synthflow]: [Transport; 2],
    caller: &str,
    callee: &str,
) -> Result<Call, String> {
    let caller = Part::caller(caller, stage.five9, AGENT).over(five9);
    let callee = Part::callee(callee, stage.synthflow).over(synthflow);
    play(stage, &reaching(five9, synthflow), &caller, &callee)
}

fn hand_back(stage: &Stage<'_>) -> Result<String, String> {
    carried(&call(stage, [Tcp, Tcp], "caller-takes-hand-back.xml", "callee-hands-back.xml")?)
}

fn cancel(stage: &Stage<'_>) -> Result<String, String> {
    Ok(call(stage, [Tcp, Tcp], "caller-cancels.xml", "callee-is-cancelled.xml")?.evidence())
}

fn busy(stage: &Stage<'_>) -> Result<String, String> {
    Ok(call(stage, [Tcp, Tcp], "caller-hears-busy.xml", "callee-is-busy.xml")?.evidence())
}

fn digest_401(stage: &Stage<'_>) -> Result<String, String> {
    verified(&call(stage, [Tcp, Tcp], "caller-hangs-up.xml", "callee-verifies.xml")?)
}

fn udp_to_tcp(stage: &Stage<'_>) -> Result<String, String> {
    crossing(stage, Udp, Tcp)
}

fn tcp_to_udp(stage: &Stage<'_>) -> Result<String, String> {
    crossing(stage, Tcp, Udp)
}

/// Calls both ways, ended by the caller and by the callee, and the hand-back.
fn crossing(stage: &Stage<'_>, five9: Transport, synthflow: Transport) -> Result<String, String> {
    let both = [five9, synthflow];
    let by_caller = call(stage, both, "caller-hangs-up.xml", "callee-takes.xml")?;
    call(stage, both, "caller-waits.xml", "callee-hangs-up.xml")?;
    let carried =
        carried(&call(stage, both, "caller-takes-hand-back.xml", "callee-hands-back.xml")?)?;
    let caller = Part::caller("caller-hangs-up.xml", stage.synthflow, PERSON).over(synthflow);
    let callee = Part::callee("callee-takes.xml", stage.five9).over(five9);
    play(stage, &reaching(five9, synthflow), &caller, &callee)?;
    Ok(format!("four calls; {}; {carried}", by_caller.evidence()))
}

/// All calls at once over one connection of each side.
fn calls_share(stage: &Stage<'_>) -> Result<String, String> {
    connections(stage, false)
}

/// Each call of Five9 over a connection of its own; to Synthflow there is still one.
fn connection_each(stage: &Stage<'_>) -> Result<String, String> {
    connections(stage, true)
}

fn connections(stage: &Stage<'_>, connection_each: bool) -> Result<String, String> {
    const CALLS: usize = 20;
    let caller = Part::caller("caller-hangs-up.xml", stage.five9, AGENT).over(Tcp);
    let caller = Part { calls: CALLS, connection_each, ..caller };
    let callee = Part::callee("callee-takes.xml", stage.synthflow).over(Tcp);
    let callee = Part { calls: CALLS, ..callee };
    let capture = Capture::start(stage.ground.address, stage.folder())?;
    let call = play(stage, &reaching(Tcp, Tcp), &caller, &callee)?;
    let captured = capture.stop()?;
    let ends = (call.caller.count_received("200"), call.callee.count_received("BYE"));
    if ends != (2 * CALLS, CALLS) {
        return Err(format!("{ends:?} times 200 at the caller and BYE at the callee"));
    }
    let came = captured.connections_to(stage.ground.address)?;
    let went = captured.connections_to(stage.synthflow)?;
    let expected = (if connection_each { CALLS } else { 1 }, 1);
    if (came, went) != expected {
        return Err(format!("{came} connections came and {went} went, not {expected:?}"));
    }
    Ok(format!("{CALLS} calls over {came} connections of Five9 and {went} to Synthflow"))
}

/// Both SIPps end, and with them their connections; the next call makes new ones.
fn reconnect(stage: &Stage<'_>) -> Result<String, String> {
    const ROUNDS: usize = 3;
    let capture = Capture::start(stage.ground.address, stage.folder())?;
    let gateway = Gateway::start(stage, &reaching(Tcp, Tcp))?;
    for _ in 0..ROUNDS {
        let caller = Part::caller("caller-hangs-up.xml", stage.extra(FIVE9)?, AGENT).over(Tcp);
        let callee = Part::callee("callee-takes.xml", stage.synthflow).over(Tcp);
        converse(stage, &caller, &callee)?;
    }
    gateway.stop_idle()?;
    let went = capture.stop()?.connections_to(stage.synthflow)?;
    if went != ROUNDS {
        return Err(format!("{went} connections to Synthflow in {ROUNDS} calls"));
    }
    Ok(format!("{ROUNDS} calls, each over a new connection after SIPp closed the last"))
}
